"""What is on the predicted path, how likely it is touched, and when to say so.

Steps: 1. from every idea of the matcher, walk the ways on to the horizon; a junction splits
the probability. 2. The probability of contact with a thing is the sum over the branches that
pass it. 3. A pulse is given when a contact is due and the harm of silence outweighs the harm
of a buzz for nothing; everything likely enough is named in it.

A pulse is felt as one, whatever it names: so the chance that it is for nothing is the product
of the chances of its things, and what is less likely waits for a pulse that comes anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from backrun_pi.terrain.hazards.candidate import MARK, HazardCandidate
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.matcher import Matcher
from backrun_pi.terrain.matching.way_graph import Walk
from backrun_pi.terrain.settings import TerrainSettings

_LEAST_BRANCH = 0.01
_SURE_ROUTE = 0.5
_LATE_S = 2.0  # a word for something doubtful, or a second one, comes too late then
_PASSED_S = 1.0  # after the time it was expected at: the place along the way is off by as much


@dataclass(slots=True)
class Threat:
    """A thing on the predicted path."""

    at: int
    """[-] Row in the map's features, or a mark (below zero)."""
    p: float
    near_p: float
    distance_m: float
    """[m] To the first contact, on the likeliest branch that meets it."""
    offset_m: float
    share: float
    """[-] What that branch contributes to p."""
    route_p: float
    """[-] Probability that the runner goes where it is met."""
    fall: int = 0
    """[-] 1 the ground falls there, -1 it rises, 0 neither or not known."""


@dataclass(slots=True)
class LookBehind:
    """Walks the predicted path."""

    corridors: Corridors
    matcher: Matcher
    settings: TerrainSettings

    def threats(self, reach_m: float) -> dict[int, Threat]:
        """Return what may be touched within a distance along the way."""
        found: dict[int, Threat] = {}
        for idea in self.matcher.ideas:
            if idea.weight > _LEAST_BRANCH:
                self._follow(idea.walk, -idea.s_m, reach_m, idea.weight, {}, found)
        return found

    def _follow(
        self,
        walk: Walk,
        begin_m: float,
        reach_m: float,
        chance: float,
        passed: dict[int, tuple[float, float]],
        found: dict[int, Threat],
    ) -> None:
        """Note the things along one edge, then go on along every branch."""
        length = walk.edge.length_m
        for thing in self.corridors.along(walk.edge):
            along = thing.s_m if walk.is_forward else length - thing.s_back_m
            distance = begin_m + along
            if -1.0 < distance < reach_m:
                _add(thing, walk, max(0.0, distance), chance, passed, found)
        end = begin_m + length
        if end > reach_m:
            return
        onward = self.corridors.onward(walk)
        for number, (branch, share) in enumerate(onward):
            if chance * share > _LEAST_BRANCH:
                seen = passed if number == len(onward) - 1 else dict(passed)
                self._follow(branch, end, reach_m, chance * share, seen, found)


def _add(
    thing: HazardCandidate,
    walk: Walk,
    distance: float,
    chance: float,
    passed: dict[int, tuple[float, float]],
    found: dict[int, Threat],
) -> None:
    """Add what this branch brings beyond what it brought on earlier edges."""
    is_met = thing.at in passed
    before, near_before = passed.get(thing.at, (0.0, 0.0))
    gain = max(0.0, thing.p - before)
    near_gain = max(0.0, thing.near_p - near_before)
    passed[thing.at] = max(thing.p, before), max(thing.near_p, near_before)
    offset = thing.l_m if walk.is_forward else -thing.l_m
    fall = thing.fall[0] if walk.is_forward else thing.fall[1]
    threat = found.get(thing.at)
    if threat is None:
        p, near = chance * gain, chance * near_gain
        found[thing.at] = Threat(thing.at, p, near, distance, offset, p, chance, fall)
        return
    threat.p += chance * gain
    threat.near_p += chance * near_gain
    threat.route_p += 0.0 if is_met else chance
    if chance * gain > threat.share:
        threat.distance_m, threat.offset_m, threat.share = distance, offset, chance * gain
        threat.fall = fall


@dataclass(slots=True)
class _Warned:
    told_ns: int
    seen_ns: int
    p: float
    after: dict[int, int] = field(default_factory=dict)
    """What was told of too and comes well before it, and when [ns] it is passed at last."""


@dataclass(slots=True)
class Pulses:
    """Decides what is worth a buzz, once for each thing."""

    settings: TerrainSettings
    is_wide: bool = False
    """The runner strays as on a wide path."""
    warned: dict[int, _Warned] = field(default_factory=dict)
    _pulse_ns: int | None = None

    def step(
        self,
        now_ns: int,
        threats: dict[int, Threat],
        speed_mps: float,
        worth: dict[int, float],
    ) -> list[int]:
        """Return the things to be told of now for the first time.

        Args:
            now_ns: Time.
            threats: What is on the predicted path.
            speed_mps: For the time to contact.
            worth: Harm of missing each thing, in missed falls; only things to be told of.
        """
        for at in threats:
            if at in self.warned:
                self.warned[at].seen_ns = now_ns
        rearm_ns = self.settings.rearm_s * 1e9
        self.warned = {
            at: known for at, known in self.warned.items() if now_ns - known.seen_ns < rearm_ns
        }
        fresh = [
            threat
            for at, threat in threats.items()
            if at in worth
            and threat.p >= self.settings.join_p
            and self._is_news(now_ns, threat, threats, speed_mps)
        ]
        if not fresh or not self._is_worth(now_ns, fresh, speed_mps, worth):
            return []
        if not self._is_in_pulse(now_ns):
            self._pulse_ns = now_ns
        for threat in fresh:
            self.warned[threat.at] = _Warned(now_ns, now_ns, threat.p)
        for threat in fresh:
            if threat.at <= MARK:
                known = self.warned[threat.at]
                known.after = self._sooner(now_ns, threat, threats, speed_mps)
        return [threat.at for threat in fresh]

    def forget(self) -> None:
        """Count nothing as told."""
        self.warned.clear()
        self._pulse_ns = None

    def _sooner(
        self, now_ns: int, threat: Threat, threats: dict[int, Threat], speed_mps: float
    ) -> dict[int, int]:
        """Return what is told of too, is likely, and comes well before a thing."""
        before_m = threat.distance_m - self.settings.pulse_s * speed_mps
        return {
            at: now_ns + round((other.distance_m / speed_mps + _PASSED_S) * 1e9)
            for at, other in threats.items()
            if at in self.warned
            and other.p >= self.settings.stop_p
            and other.distance_m < before_m
        }

    def _is_news(
        self, now_ns: int, threat: Threat, threats: dict[int, Threat], speed_mps: float
    ) -> bool:
        """Say whether a thing is to be told of.

        It is news once. Water, a wall or a drop alongside is news again. A mark that was told
        of while something sooner lay before it is told again when that was passed: a mark has
        no name, so whoever felt the first word may take it for what he passed.
        """
        known = self.warned.get(threat.at)
        if known is None:
            return True
        settings = self.settings
        since_s = (now_ns - known.told_ns) * 1e-9
        is_late = threat.distance_m < _LATE_S * speed_mps
        is_due = since_s > settings.pulse_s and threat.p >= settings.stop_p and not is_late
        if known.after and is_due:
            return all(
                at not in threats or threats[at].distance_m <= 0.0 or now_ns > passed_ns
                for at, passed_ns in known.after.items()
            )
        if threat.near_p < settings.beside_near:
            return False
        if threat.p > settings.nearer_factor * known.p + settings.nearer_p:
            return since_s > settings.remind_s
        return threat.p > settings.beside_p and since_s > settings.beside_s

    def _is_in_pulse(self, now_ns: int) -> bool:
        started = self._pulse_ns
        return started is not None and now_ns - started <= self.settings.pulse_s * 1e9

    def _is_worth(
        self, now_ns: int, fresh: list[Threat], speed: float, worth: dict[int, float]
    ) -> bool:
        if self._is_in_pulse(now_ns):
            return True
        due_m = self.settings.due_s * speed
        if all(threat.distance_m > due_m for threat in fresh):
            return False
        gain, for_nothing = 0.0, 1.0
        branch_gain, branch_near = 0.0, 0.0
        for threat in fresh:
            if threat.p < self.settings.stop_p and threat.distance_m < _LATE_S * speed:
                continue  # doubtful, and nobody can act on it any more
            harm, near = threat.p * worth[threat.at], min(1.0, threat.near_p)
            if threat.route_p > _SURE_ROUTE:
                gain += harm
                for_nothing *= 1.0 - near
            else:  # things on one doubtful branch come together or not at all
                branch_gain, branch_near = max(branch_gain, harm), max(branch_near, near)
        for_nothing *= 1.0 - branch_near
        settings = self.settings
        cost = settings.false_cost_wide if self.is_wide else settings.false_cost
        return gain + branch_gain > cost * for_nothing
