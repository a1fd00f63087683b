"""When each FIFO sample was taken: a filter between the chip's clock and ours."""

from __future__ import annotations

import numpy as np

from backrun_pi.messages import IntArray
from backrun_pi.sensors.imu.settings import ImuSettings


class SampleClock:
    """Gives samples their time from how many there are, and learns the chip's real period.

    A FIFO that is read at `t` with `n` samples says that the newest is between zero and one
    period old; on average half a period. A growing-memory alpha-beta filter (the recursive
    least-squares line through such points) follows phase and period; its memory is capped, so
    it goes on following a clock that drifts with temperature.

    Steps: 1. Predict the newest sample: last + n periods. 2. Compare with `t` minus half a
    period. 3. Correct phase by alpha and period by beta, within the tolerance of the
    oscillator. 4. A surprise beyond `resync_periods` is a gap: start again from `t`.

    Source: Kalata 1984, IEEE AES-20(2), tracking index; alpha = 2(2k-1)/(k(k+1)) and
    beta = 6/(k(k+1)) are the least-squares gains of k points.
    """

    def __init__(self, nominal_period_s: float, settings: ImuSettings) -> None:
        self._settings = settings
        self._nominal_ns = nominal_period_s * 1e9
        self._period_ns = self._nominal_ns
        self._last_ns: int | None = None
        self._is_broken = False
        self._points = 1

    @property
    def period_s(self) -> float:
        """Return the learned sample period [s]."""
        return self._period_ns * 1e-9

    def breaks(self) -> None:
        """Note that samples were thrown away: the next batch starts after a gap."""
        self._is_broken = True

    def stamp(self, count: int, t_ns: int) -> tuple[IntArray, float]:
        """Return the times of `count` new samples, and the gap before them [s].

        Args:
            count: Samples in this drain, at least 1.
            t_ns: When the FIFO count was read.

        Returns:
            Shape (count,), strictly rising, none after `t_ns`; and the lost time.
        """
        if self._last_ns is None or self._is_broken:
            return self._restart(count, t_ns)
        last_ns = self._last_ns
        predicted_ns = last_ns + count * self._period_ns
        error_ns = t_ns - self._period_ns / 2.0 - predicted_ns
        if error_ns > self._settings.resync_periods * self._period_ns:
            return self._restart(count, t_ns)
        k = self._points = min(self._points + 1, self._settings.period_memory)
        newest_ns = predicted_ns + error_ns * 2.0 * (2 * k - 1) / (k * (k + 1))
        self._learn(error_ns * 6.0 / (k * (k + 1)) / count)
        newest_ns = max(min(newest_ns, float(t_ns)), float(last_ns + count))
        return self._spread(last_ns, (newest_ns - last_ns) / count, count), 0.0

    def _learn(self, change_ns: float) -> None:
        slack_ns = self._nominal_ns * self._settings.period_tolerance
        low_ns, high_ns = self._nominal_ns - slack_ns, self._nominal_ns + slack_ns
        self._period_ns = min(max(self._period_ns + change_ns, low_ns), high_ns)

    def _restart(self, count: int, t_ns: int) -> tuple[IntArray, float]:
        """Start the phase from now, keep the period that was learned."""
        last_ns, self._is_broken = self._last_ns, False
        start_ns = t_ns - self._period_ns / 2.0 - count * self._period_ns
        gap_s = 0.0
        if last_ns is not None:
            gap_s = max(0.0, (start_ns - last_ns) * 1e-9)
            start_ns = max(start_ns, float(last_ns))
        step_ns = min(self._period_ns, max((t_ns - start_ns) / count, 1.0))
        return self._spread(round(start_ns), step_ns, count), gap_s

    def _spread(self, start_ns: int, step_ns: float, count: int) -> IntArray:
        times_ns = [start_ns + round(k * step_ns) for k in range(1, count + 1)]
        self._last_ns = times_ns[-1]
        return np.array(times_ns, dtype=np.int64)
