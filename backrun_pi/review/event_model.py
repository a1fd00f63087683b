"""What happened in a session: alerts, hazards, checks, faults, presses."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages import Priority, Source, Stage


@dataclass(frozen=True, slots=True)
class AlertPin:
    """One alert, and where it was given."""

    t_s: float
    """[s] When."""
    condition: str
    """Value of the Condition."""
    title: str
    """Name of the condition."""
    priority: Priority
    """Its rank."""
    pattern: str
    """Name in the vocabulary."""
    because: tuple[str, ...]
    """Why, as it was recorded."""
    lat_deg: float | None
    """[deg] Where the runner was. None without a position."""
    lon_deg: float | None
    """[deg]"""
    hazard_id: str | None
    """The hazard it is about. None when about none."""


@dataclass(frozen=True, slots=True)
class HazardSeen:
    """A hazard that was oncoming at some time of the session."""

    hazard_id: str
    """Stable within the session."""
    kind: str
    """A kind of the tag table, `mark`, or `bend`."""
    osm_id: str | None
    """`n1`, `w1`, `r1`; None for a mark."""
    severity: int
    """[-] 3 fall, drop, vehicle; 2 trip or bump; 1 nuisance."""
    stage: Stage
    """The most urgent stage it reached."""
    first_s: float
    """[s] First time it was oncoming."""
    last_s: float
    """[s] Last time it was oncoming."""
    contact_s: float | None
    """[s] Shortest time to contact."""
    distance_m: float
    """[m] Nearest distance along the course."""
    lat_deg: float | None
    """[deg] Where it is, reckoned from the runner's position, course and the distance."""
    lon_deg: float | None
    """[deg]"""
    because: tuple[str, ...]
    """The reason at its most urgent."""


@dataclass(frozen=True, slots=True)
class StartCheck:
    """One answer of the check before the start."""

    t_s: float
    """[s] When."""
    is_passed: bool
    """False: the start was refused."""
    text: str
    """What was found, as it was recorded."""


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A time in which the device could not do all of its work."""

    start_s: float
    """[s] When it was noticed."""
    end_s: float | None
    """[s] When it was over. None: until the end."""
    source: Source
    """The part."""
    text: str
    """What it meant for the runner."""
    cause: str = ""
    """Why, as it was recorded. Empty when the log does not name it."""


@dataclass(frozen=True, slots=True)
class PressLine:
    """A press of the button."""

    t_s: float
    """[s] When."""
    press: str
    """Value of the Press."""
