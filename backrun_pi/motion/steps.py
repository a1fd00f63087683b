"""Step times, and figures of the training: cadence, contact, left against right."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from backrun_pi.messages import FloatArray
from backrun_pi.motion.stream import GRID_HZ, Z

CONTACT_MPS2 = -4.0
"""[m/s2] Vertical acceleration above this is ground contact (specific force over 0.6 g)."""
DECISION_S = 0.2
"""[s] Between decisions; see `direction_classifier`."""
CADENCE_S = 5.0
"""[s] Step frequencies averaged for the cadence; enough for 2 % over 10 s."""
CONTACTS = 20
"""[-] Contacts of each foot behind the figure, and step times of each."""
NEAREST = 0.6
"""[-] Of a step: two peaks nearer than this are one step of two humps."""
_HANN = np.hanning(16)[1:-1]  # 0.28 s: leaves the step, damps its harmonics
_HANN /= _HANN.sum()
_DELAY = (len(_HANN) - 1) / 2.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a training log may show."""

    cadence_spm: float | None
    """[steps/min] None when no steps are felt."""
    contact_s: float | None
    """[s] Mean ground contact while there is flight. None in walking."""
    contact_asymmetry: float | None
    """[-] Difference of the two feet's contact times over their mean. Which foot is which is
    not claimed. None in walking and with fewer than ten contacts of each."""
    step_asymmetry: float | None
    """[-] Difference of the times from one foot to the other and back, over their mean: in
    walking, where contacts overlap, the limp that one sensor at the waist can feel."""

    def asymmetry_p(self, *, is_run: bool) -> float | None:
        """Return the difference that shows in this gait."""
        return self.contact_asymmetry if is_run else self.step_asymmetry


class Steps:
    """Follows steps on the 50 Hz grid; advanced by the new points of each decision."""

    def __init__(self) -> None:
        self._hz: deque[float] = deque(maxlen=round(CADENCE_S / DECISION_S))
        self._contacts: tuple[deque[float], deque[float]] = (
            deque(maxlen=CONTACTS),
            deque(maxlen=CONTACTS),
        )
        self._foot = 0
        self._since: float | None = None
        self._last_z = 0.0
        self._at = 0
        self._tail = np.empty(0)
        self._peaks: deque[float] = deque(maxlen=2 * CONTACTS + 1)

    def forget(self) -> None:
        """Start again: the steps have stopped."""
        self._hz.clear()
        for contacts in self._contacts:
            contacts.clear()
        self._since = None
        self._tail = np.empty(0)
        self._peaks.clear()

    def step(
        self, fresh: FloatArray, step_hz: float, is_run: bool, *, is_full: bool = True
    ) -> None:
        """Take the new grid points, shape (n, 7), and the step frequency of the window.

        A window that is not full of steps yet has a frequency too low, and does not count.
        """
        if is_full:
            self._hz.append(step_hz)
        self._mark(fresh[:, Z], step_hz)
        if is_run:
            self._touch(fresh[:, Z])
        else:
            self._since = None
        self._at += len(fresh)

    @property
    def cadence_spm(self) -> float | None:
        """Return [steps/min] of the last seconds, None when no steps are felt."""
        return 60.0 * sum(self._hz) / len(self._hz) if self._hz else None

    def figures(self) -> Figures:
        """Return the figures of the last seconds."""
        cadence = self.cadence_spm
        gaps = [b - a for a, b in zip(self._peaks, list(self._peaks)[1:], strict=False)]
        uneven = _apart(gaps[0::2], gaps[1::2])
        one, two = self._contacts
        apart = _apart(one, two)
        if apart is None:
            return Figures(cadence, None, None, uneven)
        mean = (sum(one) + sum(two)) / (len(one) + len(two))
        return Figures(cadence, mean, apart, uneven)

    def _mark(self, z: FloatArray, step_hz: float) -> None:
        """Find the peaks of the smoothed vertical acceleration."""
        self._tail = np.concatenate((self._tail, z))
        if len(self._tail) < len(_HANN) + 2:
            return
        smooth = np.convolve(self._tail, _HANN, "valid").tolist()
        first = self._at + len(z) - len(self._tail) + _DELAY
        for k in range(1, len(smooth) - 1):
            low, top, high = smooth[k - 1 : k + 2]
            if low < top >= high:
                at = first + k + 0.5 * (low - high) / (low - 2.0 * top + high)
                if not self._peaks or at - self._peaks[-1] > NEAREST * GRID_HZ / step_hz:
                    self._peaks.append(at)
        self._tail = self._tail[-(len(_HANN) + 1) :]

    def _touch(self, points: FloatArray) -> None:
        """Find where the force crosses the line between flight and contact."""
        for k, z in enumerate(points.tolist(), self._at + 1):
            last, self._last_z = self._last_z, z
            if (last > CONTACT_MPS2) == (z > CONTACT_MPS2):
                continue
            at = k - (z - CONTACT_MPS2) / (z - last)
            if z > CONTACT_MPS2:
                self._since = at
            elif self._since is not None:
                contact_s = (at - self._since) / GRID_HZ
                if 0.08 < contact_s < 0.6:  # sprint to shuffle: else it was no step
                    self._foot = 1 - self._foot
                    self._contacts[self._foot].append(contact_s)
                self._since = None


def _apart(one: deque[float] | list[float], two: deque[float] | list[float]) -> float | None:
    """Return the difference of two means over their mean, None when there is too little."""
    if min(len(one), len(two)) < CONTACTS // 2:
        return None
    a, b = sum(one) / len(one), sum(two) / len(two)
    return 2.0 * abs(a - b) / (a + b)
