"""Who comes by themselves, from the radar: targets that are faster than the own speed allows.

Whatever stands closes at the own speed times the cosine of its bearing. A radar on a moving
body sees every wall that way; only what exceeds it is a mover, and only when three of four
reports have it: its line has no checksum.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

from backrun_pi.lookout.settings import LookoutSettings
from backrun_pi.messages import RearSample

_OF_NS, _TIMES = 450_000_000, 3  # three of the last four reports
_GATE_M, _GATE_MPS = 2.5, 0.9
_KEPT_NS = 700_000_000
_LEARN_MPS = 0.8  # slower, the radar sees nothing that stands
_LEARN_TARGETS = 20
_MEANINGS = {b"+\n": True, b"-\n": False}


def is_readable(kept: bytes) -> bool:
    """Return whether what was kept is a sign that was learned."""
    return kept in _MEANINGS


class Comer:
    """One mover."""

    __slots__ = (
        "bearing_rad",
        "closing_mps",
        "closing_sigma_mps",
        "name",
        "range_m",
        "seen_ns",
    )

    def __init__(
        self, name: str, sample: RearSample, range_m: float, closing_mps: float
    ) -> None:
        self.name = name
        self.range_m, self.closing_mps = range_m, closing_mps
        self.closing_sigma_mps = sample.closing_sigma_mps or 0.0
        self.bearing_rad = sample.bearing_rad
        self.seen_ns: deque[int] = deque((sample.t_ns,), maxlen=8)

    @property
    def is_confirmed(self) -> bool:
        """Return whether enough of the last reports have it."""
        newest_ns = self.seen_ns[-1]
        return sum(newest_ns - t_ns <= _OF_NS for t_ns in self.seen_ns) >= _TIMES

    def range_at(self, t_ns: int) -> float:
        """Return its range at a moment [m]."""
        return self.range_m - self.closing_mps * (t_ns - self.seen_ns[-1]) * 1e-9


class SignOfComing:
    """Which of the two signs means that something comes: documented both ways.

    Moving backward nearly all targets come, for most of them stand. After twenty of them the
    majority decides; until then every target counts as coming.
    """

    def __init__(self, kept: bytes | None) -> None:
        self._is_as_documented = _MEANINGS.get(kept or b"")
        self._votes = self._targets = 0

    def learn(self, closing_mps: float) -> bytes | None:
        """Take the sign of one target; return what to keep when it is decided."""
        if self._is_as_documented is not None or closing_mps == 0.0:
            return None
        self._targets += 1
        self._votes += closing_mps > 0.0
        if self._targets < _LEARN_TARGETS:
            return None
        self._is_as_documented = 2 * self._votes >= self._targets
        return next(
            kept for kept, is_so in _MEANINGS.items() if is_so == self._is_as_documented
        )

    def signed(self, closing_mps: float) -> float:
        """Return a closing speed, positive when the range falls."""
        if self._is_as_documented is None:
            return abs(closing_mps)
        return closing_mps if self._is_as_documented else -closing_mps


class Comers:
    """All movers of the radar."""

    def __init__(self, settings: LookoutSettings, kept: bytes | None) -> None:
        self._settings = settings
        self._sign = SignOfComing(kept)
        self._made = 0
        self._comers: list[Comer] = []

    def confirmed(self) -> Iterable[Comer]:
        """Return what is certain enough to be announced."""
        return (comer for comer in self._comers if comer.is_confirmed)

    def take(self, sample: RearSample, own_mps: float, *, is_backward: bool) -> bytes | None:
        """Take one target; return the learned sign when it is to be kept."""
        if sample.range_m is None or sample.closing_mps is None:
            return None
        learned = None
        if is_backward and own_mps > _LEARN_MPS:
            learned = self._sign.learn(sample.closing_mps)
        closing_mps = self._sign.signed(sample.closing_mps)
        excess_mps = closing_mps - own_mps * math.cos(sample.bearing_rad)
        if excess_mps >= self._settings.comes_mps:
            self._assign(sample, sample.range_m, closing_mps)
        return learned

    def forget(self, now_ns: int) -> None:
        """Drop who was not seen again."""
        self._comers = [one for one in self._comers if now_ns - one.seen_ns[-1] <= _KEPT_NS]

    def _assign(self, sample: RearSample, range_m: float, closing_mps: float) -> None:
        for comer in self._comers:
            foreseen_m = comer.range_at(sample.t_ns)
            is_near = abs(foreseen_m - range_m) <= _GATE_M
            if is_near and abs(comer.closing_mps - closing_mps) <= _GATE_MPS:
                comer.range_m = foreseen_m + 0.5 * (range_m - foreseen_m)
                comer.closing_mps += 0.4 * (closing_mps - comer.closing_mps)
                comer.bearing_rad += 0.4 * (sample.bearing_rad - comer.bearing_rad)
                if sample.t_ns > comer.seen_ns[-1]:
                    comer.seen_ns.append(sample.t_ns)
                return
        self._made += 1
        self._comers.append(Comer(f"comes{self._made}", sample, range_m, closing_mps))
