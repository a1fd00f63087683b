"""A hazard as seen from one piece of way, and what names it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backrun_pi.messages import FastEnum
from backrun_pi.terrain.hazards.contact_probability import ContactChances

LONG_M = 5.0
"""[m] What goes on along the way for longer is a line, not a spot."""

FeatureRow = int
"""[-] Row in the map's features."""


@dataclass(frozen=True, slots=True)
class MarkIndex:
    """Names a scouting mark."""

    index: int
    """[-] Place in the list of marks."""


@dataclass(frozen=True, slots=True)
class LineEnd:
    """Names an end of a scouted line in the open."""

    node: tuple[int, int]
    """[1e-7 deg] Latitude and longitude."""


HazardKey = FeatureRow | MarkIndex | LineEnd
"""What a hazard is, within one session: a feature of the map, a mark, or where what is known
ends."""


class Lie(FastEnum):
    """How a hazard lies to the way."""

    SPOT = "spot"
    ALONGSIDE = "alongside"
    """A line that keeps to one side of the way and goes the same way as it does."""
    ACROSS = "across"
    """A line that the way meets."""


@dataclass(frozen=True, slots=True)
class HazardCandidate:
    """Where it is met along the piece, and how likely."""

    key: HazardKey
    """Which feature or mark it is."""
    s_m: float
    """[m] Where contact begins, walking from a to b."""
    s_back_m: float
    """[m] Where contact begins, walking from b to a; counted from a."""
    l_m: float
    """[m] Offset to the left of a-b of its nearest part."""
    p: float
    """[-] Probability of contact for a runner who walks the whole piece."""
    near_p: float
    """[-] Probability that it comes near enough for a warning to feel true."""
    fall: tuple[int, int]
    """[-] Met from a to b, and from b to a: 1 the ground falls there, -1 it rises, 0 neither
    or not known."""
    chances: ContactChances
    """Of contact and coming near, as the map alone has it and as a scouting changes it."""
    lie: Lie = Lie.SPOT
    """How it lies to the piece of way."""

    @property
    def length_m(self) -> float:
        """Return how far it stretches along the way."""
        return self.s_back_m - self.s_m

    def marked(self, caused: float) -> HazardCandidate:
        """Return it after a scouting, one of whose marks was for it with this chance."""
        p, near = self.chances.after(caused)
        return replace(self, p=p, near_p=near)
