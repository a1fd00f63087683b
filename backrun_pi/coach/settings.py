"""Settings of `coach`: how a session is run."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=600.0)]


class CoachSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Session, button, cues, fall. Doses and speeds stand in the plan."""

    mode: Literal["training", "treadmill"] = "training"
    """What a short press starts. Without a receiver it is always the treadmill."""
    treadmill_speed: Literal["steps", "belt"] = "steps"
    """Where a treadmill's speed comes from: cadence and the step model, or the belt as the
    plan says, set by hand before each bout (`backrun plan` lists it)."""
    week: Annotated[int, msgspec.Meta(ge=0, le=52)] = 0
    """[-] Week of the plan to run; 0 takes it from what was done so far."""
    zone: str = ""
    """[IANA name] Time zone of the weekly limit's days, such as Europe/Helsinki; empty takes
    the zone of the position."""
    repeats: Annotated[int, msgspec.Meta(ge=0, le=40)] = 0
    """[-] Bouts of a session; 0 takes them from the plan."""
    fix_wait_s: Seconds = 60.0
    """[s] A start waits this long for a position; a cold start takes 30 s under open sky."""
    fix_sigma_m: Annotated[float, msgspec.Meta(ge=1.0, le=50.0)] = 12.0
    """[m] A start wants a position at least this certain."""
    search_tick_s: Annotated[float, msgspec.Meta(ge=2.0, le=60.0)] = 10.0
    """[s] Between the ticks that say it still waits: a minute of silence feels dead."""
    check_wait_s: Seconds = 5.0
    """[s] A start waits this long for sensors that are only late."""
    refused_s: Seconds = 30.0
    """[s] How long after a refusal a press can still override it."""
    card_full_bytes: Annotated[int, msgspec.Meta(ge=1_000_000)] = 50_000_000
    """[B] No start with less free space: an hour of recording takes 47 MB (8.8 h on the
    twin): the first session of a start fits."""
    charge_min: Annotated[float, msgspec.Meta(ge=0.0, le=0.5)] = 0.07
    """[-] No start below this state of charge."""
    stand_s: Annotated[float, msgspec.Meta(ge=3.0, le=30.0)] = 5.0
    """[s] Stand still: gravity and gyro offset are learned."""
    stand_most_s: Annotated[float, msgspec.Meta(ge=5.0, le=60.0)] = 15.0
    """[s] Goes on after this even if the wearer never stood still."""
    onset_wait_s: Annotated[float, msgspec.Meta(ge=3.0, le=60.0)] = 10.0
    """[s] A bout waits this long for real backward motion, then reminds, and reminds again
    at this distance."""
    remind_longer: Annotated[float, msgspec.Meta(ge=1.0, le=4.0)] = 2.0
    """[-] Each pause between reminders is longer than the one before by this."""
    remind_most_s: Annotated[float, msgspec.Meta(ge=10.0, le=600.0)] = 120.0
    """[s] Longest pause between reminders."""
    rest_late_s: Annotated[float, msgspec.Meta(ge=1.5, le=20.0)] = 4.0
    """[s] Backward for longer than this after the switch is no rest any more: its clock
    stands. Reaction 0.7 s, half a turn 1.6 s, the direction is known 1.2 s later."""
    hold_s: Annotated[float, msgspec.Meta(ge=0.0, le=20.0)] = 8.0
    """[s] A switch to backward waits while something lies this near on the course; 0 never
    waits. The horizon of a warning (due_s of the terrain)."""
    hold_most_s: Annotated[float, msgspec.Meta(ge=0.0, le=300.0)] = 60.0
    """[s] Longest wait for a place; then the bout begins by the clock, with a caution."""
    plan_longer_share: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.15
    """[-] By which a session may become longer where its bouts are laid over a known line;
    0 keeps them where the clock puts them."""
    bout_early_s: Annotated[float, msgspec.Meta(ge=0.0, le=30.0)] = 15.0
    """[s] A bout ends up to this much early before something on the course."""
    bout_extra_s: Annotated[float, msgspec.Meta(ge=0.0, le=60.0)] = 20.0
    """[s] Most that a bout takes over from earlier ones that ended early."""
    backward_mps: Annotated[float, msgspec.Meta(ge=0.3, le=3.3)] = 0.8
    """[m/s] Speed of the first bout as far as the plan allows it, before it is known."""
    pace_s: Annotated[float, msgspec.Meta(ge=1.0, le=120.0)] = 20.0
    """[s] Over about this time the speed of bouts is averaged."""
    lapse_s: Annotated[float, msgspec.Meta(ge=5.0, le=120.0)] = 20.0
    """[s] A bout without backward motion for this long is over early; standing this long
    before the end of a bout or a rest is a pause."""
    onset_most_s: Annotated[float, msgspec.Meta(ge=20.0, le=300.0)] = 60.0
    """[s] A bout that never began is skipped after this."""
    look_unknown_m: Annotated[float, msgspec.Meta(ge=4.0, le=12.0)] = 8.0
    """[m] Longest blind way on unknown ground: the zone of a warning at 1 m/s ends there."""
    look_least_s: Annotated[float, msgspec.Meta(ge=4.0, le=10.0)] = 6.0
    """[s] Never a look cue sooner after the last, however fast they are."""
    look_most_s: Annotated[float, msgspec.Meta(ge=6.0, le=15.0)] = 10.0
    """[s] Never later on unknown ground, however slow; six a minute."""
    look_scouted_s: Annotated[float, msgspec.Meta(ge=6.0, le=30.0)] = 25.0
    """[s] Between look cues on scouted ground."""
    look_partner_s: Annotated[float, msgspec.Meta(ge=6.0, le=60.0)] = 30.0
    """[s] Between look cues while a partner watches."""
    look_walked_s: Annotated[float, msgspec.Meta(ge=6.0, le=30.0)] = 15.0
    """[s] Between look cues on ground that was walked forward in this session: seen, not
    marked, and others may have come."""
    look_clear_s: Annotated[float, msgspec.Meta(ge=2.0, le=10.0)] = 2.0
    """[s] No look cue this soon after any alert, nor before a countdown."""
    too_fast_on: Annotated[float, msgspec.Meta(ge=1.0, le=2.0)] = 1.15
    """[-] Too fast from this many times the cap."""
    too_fast_steps: Annotated[float, msgspec.Meta(ge=1.0, le=3.0)] = 1.5
    """[-] As `too_fast_on` where the speed comes from steps, which give it to 25 %."""
    too_fast_off: Annotated[float, msgspec.Meta(ge=0.8, le=2.0)] = 1.0
    """[-] Not any more below this many times the cap."""
    too_fast_s: Annotated[float, msgspec.Meta(ge=0.5, le=10.0)] = 2.0
    """[s] For this long before it is said; the speed wobbles within a stride."""
    debounce_s: Annotated[float, msgspec.Meta(ge=0.005, le=0.1)] = 0.03
    """[s] A contact has settled when it did not change for this long."""
    short_s: Annotated[float, msgspec.Meta(ge=0.3, le=1.2)] = 0.8
    """[s] Longest short press."""
    double_s: Annotated[float, msgspec.Meta(ge=0.2, le=1.0)] = 0.4
    """[s] Longest pause inside a double press."""
    long_s: Annotated[float, msgspec.Meta(ge=1.0, le=3.0)] = 1.8
    """[s] Shortest long press; taught as 2 s."""
    very_long_s: Annotated[float, msgspec.Meta(ge=3.5, le=10.0)] = 4.8
    """[s] Shortest very long press; taught as 5 s. Acts while still held."""
    stuck_s: Annotated[float, msgspec.Meta(ge=8.0, le=120.0)] = 15.0
    """[s] A button down for longer than this is a fault, not a press."""
    partner_decides_s: Annotated[float, msgspec.Meta(ge=0.15, le=0.5)] = 0.3
    """[s] After the partner's press: no second one by then means STOP."""
    partner_echo_s: Annotated[float, msgspec.Meta(ge=0.0, le=0.12)] = 0.08
    """[s] A second press sooner than this is the same one: some remotes send two keys for a
    press, and no thumb taps faster than about eight times a second."""
    partner_held_s: Annotated[float, msgspec.Meta(ge=0.8, le=3.0)] = 1.0
    """[s] The partner's press held this long takes back STOP and caution."""
    partner_calm_s: Annotated[float, msgspec.Meta(ge=1.0, le=10.0)] = 2.0
    """[s] A hold takes back only when it begins this long after the press before it: sooner it
    is a thumb that clutches the button."""
    impact_mps2: Annotated[float, msgspec.Meta(ge=20.0, le=150.0)] = 35.0
    """[m/s2] Specific force at the waist that may be a fall (about 3.5 g; running stays
    below about 3 g)."""
    fall_still_s: Annotated[float, msgspec.Meta(ge=1.0, le=20.0)] = 5.0
    """[s] Stillness after the impact that makes it a suspected fall."""
    fall_unsure_s: Annotated[float, msgspec.Meta(ge=1.0, le=30.0)] = 8.0
    """[s] As `fall_still_s`, while the lean of the trunk is not known."""
    fall_within_s: Annotated[float, msgspec.Meta(ge=2.0, le=30.0)] = 8.0
    """[s] The stillness must begin this soon after the impact."""
    fall_tilt_rad: Annotated[float, msgspec.Meta(ge=0.5, le=1.57)] = 0.87
    """[rad] The trunk leans more than this after a fall (50 degrees); upright is no fall."""
    fall_moved_s: Annotated[float, msgspec.Meta(ge=0.5, le=20.0)] = 3.0
    """[s] The wearer was on their feet this shortly before the impact: a device that is put
    down was not."""
    fall_cancel_s: Annotated[float, msgspec.Meta(ge=10.0, le=60.0)] = 30.0
    """[s] Time to say that all is well, before the alarm."""
    resume_save_s: Annotated[float, msgspec.Meta(ge=1.0, le=60.0)] = 5.0
    """[s] How often the place in the session is saved."""
    resume_most_s: Annotated[float, msgspec.Meta(ge=60.0, le=7200.0)] = 900.0
    """[s] A session interrupted for longer than this is closed, not resumed."""

    def __post_init__(self) -> None:
        """Refuse press lengths and speeds in the wrong order."""
        if not self.short_s < self.long_s < self.very_long_s < self.stuck_s:
            raise ValueError("short_s < long_s < very_long_s < stuck_s is wanted")
        if self.look_least_s > self.look_most_s:
            raise ValueError("look_least_s is above look_most_s")
        if self.too_fast_off > self.too_fast_on:
            raise ValueError("too_fast_off is above too_fast_on")
        if self.stand_s > self.stand_most_s:
            raise ValueError("stand_s is above stand_most_s")
        if self.zone:
            _check_zone(self.zone)


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - seldom given

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"zone {name!r} is not in the time zone database") from error
