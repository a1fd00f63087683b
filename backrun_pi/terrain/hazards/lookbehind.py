"""What is on the predicted path, and how likely it is touched.

Steps: 1. from every hypothesis of the matcher, follow the ways to the horizon; a junction
splits the probability. 2. The probability of contact with a hazard is the sum over the branches
that pass it.
"""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.terrain.hazards.candidate import HazardCandidate, HazardKey, Lie
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.matcher import Matcher
from backrun_pi.terrain.matching.way_graph import Walk
from backrun_pi.terrain.settings import TerrainSettings

_LEAST_BRANCH = 0.01
_BEHIND_M = 1.0  # the place along the way is off by about so much: a spot is not passed yet


@dataclass(slots=True)
class Threat:
    """A hazard on the predicted path."""

    key: HazardKey
    """Which feature or mark it is."""
    p: float
    """[-] Probability of contact."""
    near_p: float
    """[-] Probability that it comes near enough for a warning to feel true."""
    distance_m: float
    """[m] To the first contact, on the likeliest branch that meets it; below 0: reached."""
    offset_m: float
    """[m] Across the course, left positive."""
    share: float
    """[-] What that branch contributes to p."""
    route_p: float
    """[-] Probability that the runner goes where it is met."""
    fall: int = 0
    """[-] 1 the ground falls there, -1 it rises, 0 neither or not known."""
    lie: Lie = Lie.SPOT
    """How it lies to the predicted path; ACROSS once the path is likely to meet it."""


@dataclass(slots=True)
class LookBehind:
    """Follows the predicted path."""

    corridors: Corridors
    matcher: Matcher
    settings: TerrainSettings

    def threats(self, reach_m: float) -> dict[HazardKey, Threat]:
        """Return what may be touched within a distance along the way."""
        found: dict[HazardKey, Threat] = {}
        for hypothesis in self.matcher.hypotheses:
            if hypothesis.weight > _LEAST_BRANCH:
                path = _Path(-hypothesis.s_m, hypothesis.weight, {})
                self._follow(hypothesis.walk, path, reach_m, found)
        return found

    def _follow(
        self, walk: Walk, path: _Path, reach_m: float, found: dict[HazardKey, Threat]
    ) -> None:
        """Note the hazards along one edge, then go on along every branch."""
        length = walk.edge.length_m
        for candidate in self.corridors.along(walk.edge):
            first = candidate.s_m if walk.is_forward else length - candidate.s_back_m
            last = first + candidate.length_m
            distance = path.begin_m + first
            behind = (
                path.begin_m + last if candidate.lie is Lie.ALONGSIDE else distance + _BEHIND_M
            )
            if behind > 0.0 and distance < reach_m:
                _add(candidate, walk.is_forward, distance, path, found)
        end = path.begin_m + length
        if end > reach_m:
            return
        onward = self.corridors.onward(walk)
        for number, (branch, share) in enumerate(onward):
            chance = path.chance * share
            if chance > _LEAST_BRANCH:
                passed = path.passed if number == len(onward) - 1 else dict(path.passed)
                self._follow(branch, _Path(end, chance, passed), reach_m, found)


@dataclass(slots=True)
class _Path:
    """How far one predicted path has come."""

    begin_m: float
    """[m] From the runner to where the present edge begins."""
    chance: float
    """[-] That it is taken."""
    passed: dict[HazardKey, tuple[float, float]]
    """Contact and near probability that earlier edges of it brought, by hazard."""


def _add(
    candidate: HazardCandidate,
    is_forward: bool,
    distance: float,
    path: _Path,
    found: dict[HazardKey, Threat],
) -> None:
    """Add what this branch brings beyond what it brought on earlier edges."""
    key, chance = candidate.key, path.chance
    is_met = key in path.passed
    before, near_before = path.passed.get(key, (0.0, 0.0))
    gain = chance * max(0.0, candidate.p - before)
    near_gain = chance * max(0.0, candidate.near_p - near_before)
    path.passed[key] = max(candidate.p, before), max(candidate.near_p, near_before)
    offset = candidate.l_m if is_forward else -candidate.l_m
    fall = candidate.fall[0] if is_forward else candidate.fall[1]
    threat = found.get(key)
    if threat is None:
        found[key] = Threat(
            key=key,
            p=gain,
            near_p=near_gain,
            distance_m=distance,
            offset_m=offset,
            share=gain,
            route_p=chance,
            fall=fall,
            lie=candidate.lie,
        )
        return
    threat.p += gain
    threat.near_p += near_gain
    threat.route_p += 0.0 if is_met else chance
    is_met_across = candidate.lie is Lie.ACROSS and candidate.p * chance > threat.p / 2.0
    if is_met_across and threat.lie is not Lie.ACROSS:
        threat.lie, threat.share = Lie.ACROSS, 0.0
    elif candidate.lie is Lie.ALONGSIDE and threat.lie is Lie.SPOT:
        threat.lie = Lie.ALONGSIDE
    if gain > threat.share or threat.share <= 0.0:
        threat.distance_m, threat.offset_m, threat.fall = distance, offset, fall
        threat.share = max(gain, _LEAST_BRANCH)
