"""What a day on the twin was like: contacts, cues a minute, directions that were wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backrun_pi.app.cue_log import (
    CueLog,
    CueOutcome,
    Reading,
    by_condition,
    no_vocabulary,
    unread,
)
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.geo import wrap_pi
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.maps.query import features_near
from backrun_pi.messages import Condition, Direction, Gait, Phase, Stage

TICK_S = 0.05
MOVES_MPS = 0.2  # slower than any backward walk of the plans
SETTLED_S = 2.5  # a direction may be wrong for so long after a change
PHASE_S = 5.0  # the cue, the reaction and the turn after a change of phase
CONTACT_M = 0.75
IN_TIME_S = 3.0
CONTACT_AGAIN_S = 5.0
NAMED_FOR_S = 60.0  # what was named longer ago is forgotten; an edge is a state and is not
LOOK_EVERY = 4  # ticks between two looks at the map
FOLLOWED_S = 15.0
REACH_M = 20.0

WARNINGS = frozenset(
    {
        Condition.STOP_HAZARD,
        Condition.CAUTION_HAZARD,
        Condition.BEND,
        Condition.EDGE,
        Condition.ON_BUSY_WAY,
        Condition.BAD_STRETCH,
    }
)
_NAMING = WARNINGS - {Condition.ON_BUSY_WAY, Condition.BAD_STRETCH}
_FORWARD_PHASES = frozenset({Phase.WARM_UP, Phase.RECOVER, Phase.COOL_DOWN})


@dataclass(frozen=True, slots=True)
class BodyPath:
    """Where the body really is and how it moves."""

    lat_deg: float
    lon_deg: float
    speed_mps: float
    """[m/s] Over ground."""
    is_backward: bool
    """It moves, and faces away from where it goes."""


def body(
    place_deg: tuple[float, float], east_mps: float, north_mps: float, facing_rad: float
) -> BodyPath:
    """Return the truth of one moment; the place as latitude and longitude."""
    speed_mps = math.hypot(east_mps, north_mps)
    apart_rad = wrap_pi(facing_rad - math.atan2(east_mps, north_mps))
    is_backward = speed_mps > MOVES_MPS and abs(apart_rad) > math.pi / 2.0
    return BodyPath(*place_deg, speed_mps, is_backward)


@dataclass(slots=True)
class _Warning:
    """A warning, what it named, and how near the body came."""

    cue: CueOutcome
    key: str
    names: frozenset[str]
    edges: frozenset[str]
    is_stale: bool
    is_standing: bool
    at_m: float | None = None
    after_m: float | None = None
    nearest_m: float | None = None


@dataclass(slots=True)
class _Contact:
    """The body within reach of a solid feature while moving backward."""

    t_s: float
    osm_id: str
    kind: str
    is_edge: bool


@dataclass(slots=True)
class _Seconds:
    """Sums of time."""

    recording: float = 0.0
    backward: float = 0.0
    false_backward: float = 0.0
    false_forward: float = 0.0
    antiphase: float = 0.0


class Experience:
    """Collects one day, tick by tick; `summary` judges it."""

    def __init__(self, map_file: MapFile | None) -> None:
        self._map = map_file
        self._solid = (
            {}
            if map_file is None
            else {
                rule.kind: rule
                for rule in map_file.rules
                if rule.is_solid and rule.severity >= 2
            }
        )
        self.log = CueLog()
        self._warnings: list[_Warning] = []
        self._contacts: list[_Contact] = []
        self._near_s: dict[str, float] = {}
        self._seconds = _Seconds()
        self._ticks = 0
        self._truth = Direction.UNKNOWN
        self._truth_s = 0.0
        self._phase: Phase | None = None
        self._phase_s = 0.0

    def follow(self, t_s: float, inputs: Inputs, outputs: Outputs, now: BodyPath) -> None:
        """See one tick and the truth of it."""
        self._ticks += 1
        self.log.follow(t_s, inputs.now_ns, outputs.alert, outputs.haptics.progress)
        self._time(t_s, outputs, now)
        if outputs.alert is not None and outputs.alert.condition in WARNINGS:
            self._warn(outputs, now)
        if self._map is not None and self._ticks % LOOK_EVERY == 0:
            self._look(t_s, now)

    def _time(self, t_s: float, outputs: Outputs, now: BodyPath) -> None:
        seconds, phase = self._seconds, outputs.coach.state.phase
        truth = Direction.UNKNOWN
        if now.speed_mps > MOVES_MPS:
            truth = Direction.BACKWARD if now.is_backward else Direction.FORWARD
        if truth is not self._truth:
            self._truth, self._truth_s = truth, t_s
        if phase is not self._phase:
            self._phase, self._phase_s = phase, t_s
        seconds.recording += TICK_S * outputs.coach.state.is_recording
        seconds.backward += TICK_S * now.is_backward
        is_declared = outputs.state.gait is not Gait.STILL
        if is_declared and t_s - self._truth_s > SETTLED_S:
            declared = outputs.state.direction
            is_back, is_forth = declared is Direction.BACKWARD, declared is Direction.FORWARD
            seconds.false_backward += TICK_S * (is_back and not now.is_backward)
            seconds.false_forward += TICK_S * (is_forth and now.is_backward)
        if t_s - self._phase_s > PHASE_S:
            is_against = (phase is Phase.BACKWARD and truth is Direction.FORWARD) or (
                phase in _FORWARD_PHASES and truth is Direction.BACKWARD
            )
            seconds.antiphase += TICK_S * is_against

    def _warn(self, outputs: Outputs, now: BodyPath) -> None:
        alert = self.log.cues[-1].alert
        names = frozenset(h.osm_id for h in outputs.hazards if h.osm_id is not None)
        edges = frozenset(h.kind for h in outputs.hazards if h.is_edge)
        meant = [
            h
            for h in outputs.hazards
            if h.stage is Stage.STOP and (h.obstacle_id or h.hazard_id) == alert.key
        ]
        is_stop = alert.condition is Condition.STOP_HAZARD
        is_stale = is_stop and not any(h.distance_m >= 0.0 for h in meant)
        is_standing = is_stop and now.speed_mps < MOVES_MPS / 2.0
        ids = {h.osm_id for h in outputs.hazards if (h.obstacle_id or h.hazard_id) == alert.key}
        key = next((osm_id for osm_id in ids if osm_id is not None), alert.key)
        self._warnings.append(
            _Warning(
                cue=self.log.cues[-1],
                key=key,
                names=names,
                edges=edges,
                is_stale=is_stale,
                is_standing=is_standing,
            )
        )

    def _look(self, t_s: float, now: BodyPath) -> None:
        """Look at the map around the true place: contacts, and the end of warnings."""
        open_ones = [w for w in self._warnings[-8:] if t_s - w.cue.t_s <= FOLLOWED_S]
        if self._map is None or not (open_ones or now.is_backward):
            return
        reach_m = REACH_M if open_ones else CONTACT_M
        found = [
            line
            for line in features_near(self._map, now.lat_deg, now.lon_deg, reach_m)
            if line["what"] == "hazard"
        ]
        for line in found:
            rule = self._solid.get(line["kind"])
            if now.is_backward and rule is not None and line["distance_m"] <= CONTACT_M:
                self._touch(t_s, line["osm_id"], line["kind"], is_edge=rule.is_edge)
        for warning in open_ones:
            distance_m = next(
                (line["distance_m"] for line in found if line["osm_id"] == warning.key), None
            )
            _approach(warning, t_s, distance_m)

    def _touch(self, t_s: float, osm_id: str, kind: str, *, is_edge: bool) -> None:
        if t_s - self._near_s.get(osm_id, -math.inf) > CONTACT_AGAIN_S:
            self._contacts.append(_Contact(t_s, osm_id, kind, is_edge))
        self._near_s[osm_id] = t_s

    def summary(self, readings: Sequence[Reading]) -> dict[str, Any]:
        """Judge the day by what was read."""
        self.log.read(readings)
        cues = self.log.over()
        seconds = self._seconds
        return {
            "cues": by_condition(cues),
            "unread": unread(cues),
            "no_vocabulary": no_vocabulary(readings, self.log.unfinished_s()),
            "stop": self._stops(cues),
            "contacts": self._judged(),
            "cues_per_min": self._rates(cues),
            "false_backward_s": round(seconds.false_backward, 1),
            "false_forward_s": round(seconds.false_forward, 1),
            "antiphase_s": round(seconds.antiphase, 1),
            "warnings": [_as_json(warning) for warning in self._warnings],
        }

    def _stops(self, cues: list[CueOutcome]) -> dict[str, int]:
        stops = {Condition.STOP_HAZARD, Condition.PARTNER_STOP}
        mine = [cue for cue in cues if cue.alert.condition in stops]
        return {
            "announced": len(mine),
            "read": sum(cue.is_read for cue in mine),
            "stale": sum(w.is_stale or _is_passed(w) for w in self._warnings),
            "standing": sum(w.is_standing for w in self._warnings),
        }

    def _judged(self) -> dict[str, int]:
        found = {"all": len(self._contacts), "in_time": 0, "late": 0, "missed": 0}
        for contact in self._contacts:
            before_s = [
                contact.t_s - w.cue.begun_s
                for w in self._warnings
                if w.cue.begun_s is not None and w.cue.is_read and _names(w, contact)
            ]
            if any(s >= IN_TIME_S for s in before_s):
                found["in_time"] += 1
            else:
                found["late" if any(0.0 <= s < IN_TIME_S for s in before_s) else "missed"] += 1
        return found

    def _rates(self, cues: list[CueOutcome]) -> dict[str, float]:
        times = [cue.begun_s for cue in cues if cue.begun_s is not None]
        minutes = max(self._seconds.recording / 60.0, TICK_S)
        outside = sum(w.cue.begun_s is not None for w in self._warnings)
        backward_min = self._seconds.backward / 60.0
        return {
            "mean": round(len(times) / minutes, 2),
            "most": max((sum(0.0 <= b - a < 60.0 for b in times) for a in times), default=0),
            "backward_outside_programme": (
                round(outside / backward_min, 2) if backward_min > 0.0 else 0.0
            ),
        }


def _approach(warning: _Warning, t_s: float, distance_m: float | None) -> None:
    if distance_m is None:
        return
    if warning.at_m is None:
        warning.at_m = distance_m
    elif warning.after_m is None and t_s - warning.cue.t_s >= 1.0:
        warning.after_m = distance_m
    nearest_m = warning.nearest_m
    warning.nearest_m = distance_m if nearest_m is None else min(nearest_m, distance_m)


def _is_passed(warning: _Warning) -> bool:
    """Return whether the body was on its way from what a STOP named."""
    if warning.cue.alert.condition is not Condition.STOP_HAZARD or warning.is_stale:
        return False
    at_m, after_m = warning.at_m, warning.after_m
    return at_m is not None and after_m is not None and at_m > 0.0 and after_m > at_m + 0.3


def _names(warning: _Warning, contact: _Contact) -> bool:
    """Return whether a warning named what was touched, and is not forgotten.

    What was announced as an edge alongside is a state, whatever it is drawn as.
    """
    begun_s = warning.cue.begun_s
    if warning.cue.alert.condition not in _NAMING or begun_s is None:
        return False
    if contact.kind in warning.edges:
        return True
    is_remembered = contact.is_edge or contact.t_s - begun_s <= NAMED_FOR_S
    return is_remembered and contact.osm_id in warning.names


def _as_json(warning: _Warning) -> dict[str, Any]:
    return {
        "t_s": round(warning.cue.t_s, 2),
        "condition": warning.cue.alert.condition.value,
        "named": warning.key,
        "nearest_m": warning.nearest_m,
        "is_read": warning.cue.is_read,
    }
