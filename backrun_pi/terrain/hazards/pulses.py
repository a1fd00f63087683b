"""When a hazard is worth a pulse, once for each.

A pulse is given when a contact is due and the harm of silence outweighs the harm of a false
alarm. The runner feels one pulse however many hazards caused it. A pulse is a false alarm only
if all its hazards are, so their miss probabilities multiply; unlikely hazards wait and join
the next pulse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backrun_pi.terrain.hazards.candidate import HazardKey, MarkIndex
from backrun_pi.terrain.hazards.lookbehind import Threat
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.units import NS_PER_S

_SURE_ROUTE = 0.5
_LATE_S = 2.0  # a doubtful warning, or a second one, comes too late then
_PASSED_S = 1.0  # after the time it was expected at: the place along the way is off by as much


@dataclass(slots=True)
class Warned:
    """What is known of a hazard that was announced."""

    announced_ns: int
    seen_ns: int
    p: float
    is_joined: bool
    """Too unlikely for a pulse of its own: it only joined one that was given anyway."""
    after: dict[HazardKey, int] = field(default_factory=dict)
    """What was announced too and comes well before it, and when [ns] it is passed at last."""


@dataclass(slots=True)
class Pulses:
    """Decides what is worth a pulse."""

    settings: TerrainSettings
    is_wide: bool = False
    """The runner deviates from the middle of the way as on a wide path."""
    is_scouted: bool = False
    """A scout walked here."""
    warned: dict[HazardKey, Warned] = field(default_factory=dict)
    _pulse_ns: int | None = None

    def step(
        self,
        now_ns: int,
        threats: Mapping[HazardKey, Threat],
        speed_mps: float,
        worth: Mapping[HazardKey, float],
    ) -> list[HazardKey]:
        """Return the hazards to be announced now for the first time.

        Args:
            now_ns: [ns] Time.
            threats: What is on the predicted path.
            speed_mps: [m/s] For the time to contact.
            worth: Harm of missing each, in missed falls; only hazards to be announced.
        """
        self._age(now_ns, threats)
        fresh = [
            threat
            for key, threat in threats.items()
            if key in worth
            and threat.p >= self.settings.join_p
            and self._is_news(now_ns, threat, threats, speed_mps)
        ]
        joined = self._joined(now_ns, fresh, speed_mps, worth)
        if joined is None:
            return []
        if not self._is_in_pulse(now_ns):
            self._pulse_ns = now_ns
        for threat in fresh:
            self.warned[threat.key] = Warned(now_ns, now_ns, threat.p, threat.key in joined)
        for threat in fresh:
            if isinstance(threat.key, MarkIndex):
                self.warned[threat.key].after = self._sooner(now_ns, threat, threats, speed_mps)
        return [threat.key for threat in fresh]

    def forget(self) -> None:
        """Count nothing as announced."""
        self.warned.clear()
        self._pulse_ns = None

    def is_announced(self, threat: Threat) -> bool:
        """Say whether a hazard was announced, and not only as one that joined a pulse."""
        known = self.warned.get(threat.key)
        return known is not None and (not known.is_joined or threat.p >= self.settings.alone_p)

    def _age(self, now_ns: int, threats: Mapping[HazardKey, Threat]) -> None:
        for key in threats:
            if key in self.warned:
                self.warned[key].seen_ns = now_ns
        rearm_ns = self.settings.rearm_s * NS_PER_S
        self.warned = {
            key: known
            for key, known in self.warned.items()
            if now_ns - known.seen_ns < rearm_ns
        }

    def _joined(
        self,
        now_ns: int,
        fresh: Sequence[Threat],
        speed_mps: float,
        worth: Mapping[HazardKey, float],
    ) -> set[HazardKey] | None:
        """Return which of the fresh hazards only join a pulse, None when there is none."""
        if not fresh:
            return None
        likely = [threat for threat in fresh if threat.p >= self.settings.alone_p]
        if self._is_in_pulse(now_ns) or self._is_worth(likely, speed_mps, worth):
            return {threat.key for threat in fresh} - {threat.key for threat in likely}
        return set() if self._is_worth(fresh, speed_mps, worth) else None

    def _sooner(
        self,
        now_ns: int,
        threat: Threat,
        threats: Mapping[HazardKey, Threat],
        speed_mps: float,
    ) -> dict[HazardKey, int]:
        """Return what is announced too, is likely, and comes well before a hazard."""
        before_m = threat.distance_m - self.settings.pulse_s * speed_mps
        return {
            key: now_ns + round((other.distance_m / speed_mps + _PASSED_S) * NS_PER_S)
            for key, other in threats.items()
            if key in self.warned
            and other.p >= self.settings.stop_p
            and other.distance_m < before_m
        }

    def _is_news(
        self,
        now_ns: int,
        threat: Threat,
        threats: Mapping[HazardKey, Threat],
        speed_mps: float,
    ) -> bool:
        """Say whether a hazard is to be announced.

        It is news once. An edge alongside is news again when it comes nearer. A mark that was
        announced while something sooner lay before it is announced again when that was passed:
        a mark has no name, so the first pulse may have been taken for what was passed.
        """
        known = self.warned.get(threat.key)
        if known is None:
            return True
        settings = self.settings
        since_s = (now_ns - known.announced_ns) / NS_PER_S
        is_late = threat.distance_m < _LATE_S * speed_mps
        is_due = since_s > settings.pulse_s and threat.p >= settings.stop_p and not is_late
        if known.after and is_due:
            return all(
                key not in threats or threats[key].distance_m <= 0.0 or now_ns > passed_ns
                for key, passed_ns in known.after.items()
            )
        if threat.near_p < settings.beside_near:
            return False
        if threat.p > settings.nearer_factor * known.p + settings.nearer_p:
            return since_s > settings.remind_s
        return threat.p > settings.beside_p and since_s > settings.beside_s

    def _is_in_pulse(self, now_ns: int) -> bool:
        started = self._pulse_ns
        return started is not None and now_ns - started <= self.settings.pulse_s * NS_PER_S

    def _is_worth(
        self, fresh: Sequence[Threat], speed: float, worth: Mapping[HazardKey, float]
    ) -> bool:
        if all(threat.distance_m > self._due_s(threat) * speed for threat in fresh):
            return False
        gain, for_nothing = 0.0, 1.0
        branch_gain, branch_near = 0.0, 0.0
        for threat in fresh:
            if threat.p < self.settings.stop_p and threat.distance_m < _LATE_S * speed:
                continue  # doubtful, and nobody can act on it any more
            harm, near = threat.p * worth[threat.key], min(1.0, threat.near_p)
            if threat.route_p > _SURE_ROUTE:
                gain += harm
                for_nothing *= 1.0 - near
            else:  # hazards on one doubtful branch come together or not at all
                branch_gain, branch_near = max(branch_gain, harm), max(branch_near, near)
        for_nothing *= 1.0 - branch_near
        return gain + branch_gain > self._false_cost() * for_nothing

    def _due_s(self, threat: Threat) -> float:
        """Return how long before contact a pulse may be given for a hazard."""
        settings = self.settings
        is_sure = threat.p >= settings.stop_p and threat.route_p >= settings.sure_route_p
        return settings.due_s if is_sure else settings.doubtful_due_s

    def _false_cost(self) -> float:
        settings = self.settings
        if self.is_wide:
            return settings.false_cost_wide
        return settings.false_cost_scouted if self.is_scouted else settings.false_cost
