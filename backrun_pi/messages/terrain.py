"""Messages of terrain: hazards on the course, places, routes, the ground of a bout."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages.base import FastEnum


class Stage(FastEnum):
    """How near an oncoming hazard is in time."""

    CAUTION = "caution"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class OncomingHazard:
    """One mapped, marked or geometric hazard on the course. Sent while it is oncoming."""

    t_ns: int
    """[ns] When it was judged."""
    hazard_id: str
    """Stable within a session; the same obstacle keeps it."""
    kind: str
    """A kind of the tag table, `mark`, `bend`, `line_end` (the scouted line ends in the open)
    or `left_line` (the runner left it)."""
    osm_id: str | None
    """`n1`, `w1`, `r1`; None for a mark."""
    severity: int
    """[-] 3 fall, drop, vehicle; 2 trip or bump; 1 nuisance."""
    stage: Stage
    """CAUTION or STOP."""
    distance_m: float
    """[m] Along the course to the first contact."""
    offset_m: float
    """[m] Across the course, left positive."""
    contact_s: float | None
    """[s] Time to contact at the present speed. None when standing."""
    p_contact: float
    """[-] [0, 1] Probability of contact on the predicted path."""
    because: tuple[str, ...]
    """The reason in plain words."""
    obstacle_id: str = ""
    """The obstacle in the world: a mark and the mapped hazard it was set for share one, and are
    announced once. Empty: `hazard_id` is it."""
    is_edge: bool = False
    """It runs alongside the way: a state that is announced as it begins. All objects of one
    kind on one side are one edge with one id. STOP only while new contact is predicted."""


class Suitability(FastEnum):
    """How well a stretch suits backward running. Never GOOD because tags are missing."""

    GOOD = "good"
    LIKELY = "likely"
    """Even by its surface, nothing against it, but how smooth it is nobody has tagged."""
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the runner is on the map."""

    t_ns: int
    """[ns] When it was judged."""
    is_guiding: bool
    """False while the map cannot warn: sigma too large, fix too old, off the map."""
    not_guiding_because: str | None
    """Why not, in plain words."""
    way_id: str | None
    """The way under the feet, None in the open."""
    busy_kind: str | None
    """Kind of busy way the runner is on (cycleway, road2, tram...), None when on none."""
    verdict: Suitability
    """Of the stretch under the feet."""
    verdict_because: tuple[str, ...]
    """Reasons of the verdict."""
    is_scouted: bool
    """A scouting lap covered this ground."""


@dataclass(frozen=True, slots=True)
class RouteStretch:
    """Part of the way from the start, with one verdict."""

    from_m: float
    """[m] Along the way."""
    to_m: float
    """[m] Along the way."""
    verdict: Suitability
    """How well it suits backward running."""
    because: tuple[str, ...]
    """Reasons of the verdict."""


@dataclass(frozen=True, slots=True)
class BoutGround:
    """What a backward bout would meet along a known line."""

    step_m: float
    """[m] Length of one piece of the line."""
    contacts: tuple[float, ...]
    """[-] Expected contacts of each piece, run backward without any warning."""
    has_traffic: tuple[bool, ...]
    """Whether others drive, ride or cross on each piece."""


@dataclass(frozen=True, slots=True)
class RouteVerdict:
    """The way from the start, judged once at the beginning of a session."""

    t_ns: int
    """[ns] When the judging was complete."""
    is_scouted: bool
    """The line is that of a scouting walk; else the mapped way under the feet, both ways."""
    stretches: tuple[RouteStretch, ...]
    """In the order of the line, without a gap."""
    ground: BoutGround | None = None
    """What a bout would meet along it. None in logs before there were plans."""


@dataclass(frozen=True, slots=True)
class BoutLimit:
    """Something on the course that a backward bout should not meet."""

    distance_m: float
    """[m] Along the course, to where it begins; 0 on it."""
    is_traffic: bool
    """Others drive, ride or cross there."""
    because: str
    """What it is."""


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where on the known line the wearer is."""

    along_m: float
    """[m] From the beginning of the line."""
    is_onward: bool
    """They go towards its end."""


@dataclass(frozen=True, slots=True)
class PlannedBout:
    """A bout as it was laid over a known line."""

    number: int
    """[-] From 1, counted from the first that was still to come."""
    walk_m: float
    """[m] Where it begins, along the way that is still to be walked."""
    from_m: float
    """[m] Where it begins, along the line."""
    to_m: float
    """[m] Where it ends, along the line."""
    backward_s: float
    """[s] Its length."""
    contacts: float
    """[-] Expected contacts in it, without any warning."""
    traffic_m: float
    """[m] Length on which others drive, ride or cross."""


@dataclass(frozen=True, slots=True)
class BoutPlan:
    """The bouts to come, laid over the line; made at the start and when one is over."""

    t_ns: int
    """[ns] When it was made."""
    done: int
    """[-] Bouts that were over by then."""
    bouts: tuple[PlannedBout, ...]
    """Those to come."""
