"""THE TABLES of an archive of many sessions: their columns, and the rows of one session.

The types stand here and are not inferred: a session in which a value was never known must not
give a column another type than its neighbours have.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backrun_pi.messages import Condition, Direction, Gait, Phase, Place, Priority, RunnerState
from backrun_pi.record.reader import Recording
from backrun_pi.review.analysis.session_clock import SessionClock
from backrun_pi.review.event_model import AlertPin
from backrun_pi.review.exports.pseudonyms import Pseudonyms
from backrun_pi.review.index_model import obstacles
from backrun_pi.review.model import PhaseRow, SessionReview, TrackPoint

Row = dict[str, Any]

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "sessions": {
        **dict.fromkeys(("session", "wearer", "wearer_group", "kind"), "string"),
        "start_utc": "time",
        "day": "date",
        **dict.fromkeys(("duration_s", "distance_m", "backward_s", "backward_m"), "float64"),
        **dict.fromkeys(("bouts_done", "bouts_planned", "alerts", "stops"), "int64"),
        **dict.fromkeys(("looks_left", "looks_right", "faults"), "int64"),
        "is_refused": "bool",
        "is_broken_off": "bool",
    },
    "seconds": {
        "session": "string",
        "t_s": "float64",
        "utc": "time",
        **dict.fromkeys(("phase", "direction", "gait"), "string"),
        "step": "int64",
        **dict.fromkeys(("p_backward", "speed_mps", "speed_cap_mps"), "float64"),
        **dict.fromkeys(("cadence_spm", "distance_m", "lat_deg", "lon_deg"), "float64"),
        "sigma_m": "float64",
        "hazard": "string",
    },
    "bouts": {
        "session": "string",
        "bout": "int64",
        "step": "int64",
        **dict.fromkeys(("start_s", "duration_s", "planned_s", "backward_s"), "float64"),
        **dict.fromkeys(("backward_m", "speed_mps", "speed_sd_mps"), "float64"),
        **dict.fromkeys(("speed_cap_mps", "cadence_spm", "cadence_sd_spm"), "float64"),
        "asymmetry_p": "float64",
        **dict.fromkeys(("looks_left", "looks_right", "alerts"), "int64"),
        "is_early_end": "bool",
    },
    "alerts": {
        "session": "string",
        "t_s": "float64",
        **dict.fromkeys(("condition", "priority", "place"), "string"),
        "standing_after_s": "float64",
        "lat_deg": "float64",
        "lon_deg": "float64",
    },
    "hazards": {
        "session": "string",
        "t_s": "float64",
        **dict.fromkeys(("kind", "place"), "string"),
        "severity": "int64",
        **dict.fromkeys(("contact_s", "distance_m", "lat_deg", "lon_deg"), "float64"),
    },
    "places": {
        "session": "string",
        "place": "string",
        **dict.fromkeys(("backward_s", "backward_m"), "float64"),
        **dict.fromkeys(("looks", "alerts"), "int64"),
    },
}
"""Table -> column -> type: `time` is UTC in microseconds, `date` its day, any other a type
of Arrow. The day stands apart because a data base would compute it in a zone of its own."""

LONGEST_STOP_S = 15.0
"""[s] A stand that begins later than this after a STOP has another reason."""
_POSITIONS = ("lat_deg", "lon_deg")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose session it is, and what of it may be in an archive."""

    wearer: str | None = None
    """As the clinic calls them; an archive holds only its pseudonym. None: not said."""
    group: str | None = None
    """Stands in the archive as it is. None: not said."""
    pseudonyms: Pseudonyms | None = None
    """Needed to name a wearer; places are named by it too. None: places are left out."""
    has_positions: bool = False
    """True keeps coordinates, and names ways by their OpenStreetMap id."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When the runner came to a place, and when they began to stand."""

    place_from_s: tuple[float, ...]
    places: tuple[str | None, ...]
    standing_s: tuple[float, ...]
    """[s] Each second-of-session at which a state of standing was recorded."""

    @classmethod
    def of(cls, recording: Recording) -> Moments:
        """Return the moments of a recording."""
        clock = SessionClock.of(recording)
        places: list[tuple[float, str | None]] = []
        standing: list[float] = []
        for record in recording.only(Place, RunnerState):
            if record.boot >= len(clock.boots):
                continue  # of a boot without any tick: nothing places it
            t_s, message = clock.moment_s(record), record.message
            if isinstance(message, Place):
                name = message.way_id or ("scouted" if message.is_scouted else None)
                places.append((t_s, name))
            elif message.gait is Gait.STILL:
                standing.append(t_s)
        return cls(
            tuple(t_s for t_s, _ in places), tuple(name for _, name in places), tuple(standing)
        )

    def place_at(self, t_s: float) -> str | None:
        """Return the way or scouted ground at a time; None when it was not known."""
        index = bisect.bisect_right(self.place_from_s, t_s) - 1
        return None if index < 0 else self.places[index]

    def standing_after_s(self, t_s: float) -> float | None:
        """Return how long after a time the runner stood; None when they did not."""
        index = bisect.bisect_left(self.standing_s, t_s)
        if index == len(self.standing_s):
            return None
        after_s = self.standing_s[index] - t_s
        return after_s if after_s <= LONGEST_STOP_S else None


@dataclass(frozen=True, slots=True)
class ArchiveNames:
    """The names of a session in an archive."""

    session: str
    wearer: str | None
    group: str | None
    subject: Subject

    @classmethod
    def of(cls, session_id: str, subject: Subject) -> ArchiveNames:
        """Return the names; a wearer's session is named after them, as ids may repeat."""
        if subject.wearer is None or subject.pseudonyms is None:
            return cls(session_id, None, subject.group, subject)
        wearer = subject.pseudonyms.of("wearer", subject.wearer)
        session = subject.pseudonyms.of(f"session of {subject.wearer}", session_id)
        return cls(f"{wearer}-{session}", wearer, subject.group, subject)

    def place(self, name: str | None) -> str | None:
        """Return how a place is called: by its id, by a pseudonym, or not at all."""
        if name is None or self.subject.has_positions:
            return name
        names = self.subject.pseudonyms
        return None if names is None else names.of("place", name)


def rows_of(review: SessionReview, moments: Moments, subject: Subject) -> dict[str, list[Row]]:
    """Return the rows of every table for one session."""
    names = ArchiveNames.of(review.facts.session_id, subject)
    tables = {
        "sessions": [_session(review, names)],
        "seconds": _seconds(review),
        "bouts": [
            _bout(row, review.track) for row in review.phases if row.phase is Phase.BACKWARD
        ],
        "alerts": [_alert(pin, moments, names) for pin in review.alerts],
        "hazards": [
            {
                "t_s": one.first_s,
                "kind": one.kind,
                "place": names.place(moments.place_at(one.first_s)),
                "severity": one.severity,
                "contact_s": one.contact_s,
                "distance_m": one.distance_m,
                "lat_deg": one.lat_deg,
                "lon_deg": one.lon_deg,
            }
            for one in review.hazards
        ],
        "places": [
            {
                "place": names.place(one.way_id),
                "backward_s": one.backward_s,
                "backward_m": one.backward_m,
                "looks": one.looks,
                "alerts": one.alerts,
            }
            for one in review.stretches
        ],
    }
    hidden = {} if subject.has_positions else dict.fromkeys(_POSITIONS)
    return {
        table: [
            {"session": names.session, **row, **(hidden if "lat_deg" in row else {})}
            for row in rows
        ]
        for table, rows in tables.items()
    }


def _session(review: SessionReview, names: ArchiveNames) -> Row:
    facts = review.facts
    start = _utc(facts.start_utc_s)
    return {
        "wearer": names.wearer,
        "wearer_group": names.group,
        "kind": facts.kind.value,
        "start_utc": start,
        "day": None if start is None else start.date(),
        "duration_s": facts.duration_s,
        "distance_m": facts.distance_m,
        "backward_s": facts.backward_s,
        "backward_m": facts.backward_m,
        "bouts_done": facts.bouts_done,
        "bouts_planned": facts.bouts_planned,
        "alerts": len(review.alerts),
        "stops": len(obstacles(review.alerts, Priority.STOP)),
        "looks_left": review.looks.left,
        "looks_right": review.looks.right,
        "faults": len(review.faults),
        "is_refused": facts.is_refused,
        "is_broken_off": facts.end_because == "broken off",
    }


def _seconds(review: SessionReview) -> list[Row]:
    starts_s = [row.start_s for row in review.phases]
    rows = []
    for point in review.track:
        index = bisect.bisect_right(starts_s, point.t_s) - 1
        step = review.phases[index].step if index >= 0 else None
        rows.append(_second(point, step, review.facts.start_utc_s))
    return rows


def _second(point: TrackPoint, step: int | None, start_utc_s: float | None) -> Row:
    return {
        "t_s": point.t_s,
        "utc": None if start_utc_s is None else _utc(start_utc_s + point.t_s),
        "phase": point.phase.value,
        "direction": point.direction.value,
        "gait": point.gait.value,
        "step": step,
        "p_backward": point.p_backward,
        "speed_mps": point.speed_mps,
        "speed_cap_mps": point.speed_cap_mps,
        "cadence_spm": point.cadence_spm,
        "distance_m": point.distance_m,
        "lat_deg": point.lat_deg,
        "lon_deg": point.lon_deg,
        "sigma_m": point.sigma_m,
        "hazard": point.hazard,
    }


def _bout(row: PhaseRow, track: Sequence[TrackPoint]) -> Row:
    first = bisect.bisect_left(track, row.start_s, key=_time_of)
    last = bisect.bisect_left(track, row.end_s, key=_time_of)
    backward = [one for one in track[first:last] if one.direction is Direction.BACKWARD]
    return {
        "bout": row.bout,
        "step": row.step,
        "start_s": row.start_s,
        "duration_s": row.end_s - row.start_s,
        "planned_s": row.planned_s,
        "backward_s": row.backward_s,
        "backward_m": row.backward_m,
        "speed_mps": row.mean_speed_mps,
        "speed_sd_mps": _deviation([one.speed_mps for one in backward]),
        "speed_cap_mps": row.speed_cap_mps,
        "cadence_spm": row.cadence_spm,
        "cadence_sd_spm": _deviation([one.cadence_spm for one in backward]),
        "asymmetry_p": row.asymmetry_p,
        "looks_left": row.looks_left,
        "looks_right": row.looks_right,
        "alerts": row.alerts,
        "is_early_end": row.is_early_end,
    }


def _alert(pin: AlertPin, moments: Moments, names: ArchiveNames) -> Row:
    is_stop = pin.condition == Condition.STOP_HAZARD.value
    return {
        "t_s": pin.t_s,
        "condition": pin.condition,
        "priority": pin.priority.name.lower(),
        "place": names.place(moments.place_at(pin.t_s)),
        "standing_after_s": moments.standing_after_s(pin.t_s) if is_stop else None,
        "lat_deg": pin.lat_deg,
        "lon_deg": pin.lon_deg,
    }


def _time_of(point: TrackPoint) -> float:
    return point.t_s


def _deviation(values: Sequence[float | None]) -> float | None:
    """Return the standard deviation of what is known, None below two values."""
    found = [value for value in values if value is not None]
    if len(found) < 2:
        return None
    mean = sum(found) / len(found)
    return math.sqrt(sum((value - mean) ** 2 for value in found) / (len(found) - 1))


def _utc(utc_s: float | None) -> datetime | None:
    return None if utc_s is None else datetime.fromtimestamp(utc_s, UTC)
