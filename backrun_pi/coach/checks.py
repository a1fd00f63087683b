"""What a start needs, and what is missing now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backrun_pi.coach.inputs import CoachInput
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import Freshness, SessionKind, Source

# Reason classes: the count after a refusal is the count after the alarm call of the same loss.
CLASS_OF = {
    Source.IMU: 1,
    Source.GNSS: 2,
    Source.RECORDER: 4,
    Source.MOTOR: 6,
}
POWER_CLASS = 5
SETTINGS_CLASS = 7


@dataclass(frozen=True, slots=True)
class Missing:
    """One part a start lacks."""

    reason_class: int
    """[-] Number that is buzzed after the refusal."""
    because: str
    """In plain language."""
    may_come: bool
    """Worth waiting for."""
    is_soft: bool
    """The wearer may go without it, by pressing again."""


def missing(
    given: CoachInput, kind: SessionKind, settings: CoachSettings
) -> tuple[Missing, ...]:
    """Return all a start lacks now, most important first."""
    return tuple(_missing(given, kind, settings))


def _missing(
    given: CoachInput, kind: SessionKind, settings: CoachSettings
) -> Iterator[Missing]:
    sources = given.health.sources
    imu = sources.get(Source.IMU, Freshness.ABSENT)
    if imu is not Freshness.OK:
        yield Missing(1, f"motion sensor {imu.value}", imu is Freshness.LATE, is_soft=False)
    elif given.state is None:
        yield Missing(1, "no movement felt yet", may_come=True, is_soft=False)
    yield from _power_and_card(given, settings)
    for source, what in ((Source.RECORDER, "recorder"), (Source.MOTOR, "motor")):
        freshness = sources.get(source, Freshness.OK)
        if freshness in (Freshness.LATE, Freshness.LOST):
            is_late = freshness is Freshness.LATE
            yield Missing(CLASS_OF[source], f"{what} {freshness.value}", is_late, is_soft=False)
    if sources.get(Source.SETTINGS) is Freshness.LOST:
        # Others are in force, and may be felt: announced once, then the wearer decides.
        because = given.health.causes.get(Source.SETTINGS, "the settings cannot be used")
        yield Missing(SETTINGS_CLASS, because, may_come=False, is_soft=True)
    # A map that cannot be read is no reason to stay at home: it is announced as MAP_OFF, and
    # the look cues go on as on unknown ground.
    if kind is not SessionKind.TREADMILL:
        yield from _position(given, settings)


def _power_and_card(given: CoachInput, settings: CoachSettings) -> Iterator[Missing]:
    status = given.status
    if status is None:
        return
    if status.charge_p is not None and status.charge_p < settings.charge_min:
        because = f"battery at {status.charge_p:.0%}"
        yield Missing(POWER_CLASS, because, may_come=False, is_soft=False)
    if status.is_undervolted:
        because = "the supply voltage is too low"
        yield Missing(POWER_CLASS, because, may_come=False, is_soft=False)
    free = status.card_free_bytes
    if free is not None and free < settings.card_full_bytes:
        because = f"{free / 1e6:.0f} MB left on the card"
        yield Missing(CLASS_OF[Source.RECORDER], because, may_come=False, is_soft=False)


def _position(given: CoachInput, settings: CoachSettings) -> Iterator[Missing]:
    freshness = given.health.sources.get(Source.GNSS, Freshness.ABSENT)
    state = given.state
    if freshness is Freshness.LOST:
        yield Missing(
            2,
            "no GPS position: the receiver is silent or has no fix",
            may_come=True,
            is_soft=True,
        )
    elif freshness is Freshness.ABSENT:
        yield Missing(2, "no GPS receiver", may_come=False, is_soft=True)
    elif state is None or state.lat_deg is None or state.sigma_m is None:
        yield Missing(2, "no GPS position", may_come=True, is_soft=True)
    elif state.sigma_m > settings.fix_sigma_m:
        because = f"GPS position only good to {state.sigma_m:.0f} m"
        yield Missing(2, because, may_come=True, is_soft=True)
