"""A whole session, from the press that starts it to the one that ends it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from backrun_pi.coach.inputs import Request
from backrun_pi.coach.journal import JOURNAL, Journal
from backrun_pi.coach.plan import Gates, Plan, load_plan
from backrun_pi.coach.resume import RESUME
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import (
    Condition,
    DeviceStatus,
    Direction,
    Freshness,
    Gait,
    Phase,
    SessionKind,
    Source,
)
from tests.support.coach_wearer import (
    DAY_S,
    SHIPPED,
    STILL,
    UTC0_S,
    C,
    Wearer,
)


def test_a_session_goes_from_press_to_press_through_every_phase() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.FREE, 400.0)
    wearer.run(30.0)
    wearer.press(2.2)
    assert wearer.phases == [
        Phase.IDLE,
        Phase.STAND,
        Phase.WARM_UP,
        Phase.BACKWARD,
        Phase.RECOVER,
        Phase.BACKWARD,
        Phase.COOL_DOWN,
        Phase.FREE,
        Phase.IDLE,
    ]
    assert wearer.requests == [Request.START_RECORD, Request.END_RECORD]
    assert wearer.count(C.READY) == 1
    assert wearer.whats() == [
        "start", "began", "bout", "ready", "began", "bout", "end",
    ]  # fmt: skip


def test_the_phases_last_as_long_as_the_plan_says() -> None:
    wearer = Wearer()
    wearer.start()
    assert wearer.until(Phase.WARM_UP) <= 5.1
    assert wearer.until(Phase.BACKWARD) == pytest.approx(20.0, abs=0.051)
    assert wearer.until(Phase.RECOVER) == pytest.approx(60.0, abs=0.151)
    assert wearer.until(Phase.BACKWARD) == pytest.approx(20.0, abs=0.051)
    assert wearer.until(Phase.COOL_DOWN) == pytest.approx(60.0, abs=0.151)
    assert wearer.until(Phase.FREE) == pytest.approx(15.0, abs=0.051)


def test_each_switch_is_counted_down_three_two_one() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.FREE, 400.0)
    switches = wearer.times(C.SWITCH_BACKWARD) + wearer.times(C.SWITCH_FORWARD)
    assert len(switches) == 4
    ticks = wearer.times(C.COUNTDOWN)
    for switch_s in switches:
        before = [switch_s - t for t in ticks if 0 < switch_s - t < 5]
        assert before == pytest.approx([3.0, 2.0, 1.0], abs=0.06)


def test_recording_goes_on_after_the_programme_until_a_long_press() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.FREE, 400.0)
    wearer.run(300.0)
    assert wearer.is_recording()
    wearer.press(2.2)
    assert not wearer.is_recording()
    assert wearer.state.state.session_id is None


def test_the_end_of_the_programme_says_how_many_bouts_were_done() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.FREE, 400.0)
    ends = [fact for fact in wearer.facts if fact.condition is C.SESSION_END]
    assert [fact.count for fact in ends] == [2]


def test_every_press_is_felt_at_once() -> None:
    wearer = Wearer()
    wearer.tick()
    pressed_s = wearer.now_s
    wearer.press(0.2)
    assert wearer.times(C.PRESS_TICK)[0] - pressed_s <= 0.1


def test_a_bout_waits_for_real_backward_motion_and_reminds() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.BACKWARD)
    began_s = wearer.now_s
    wearer.does = (Direction.FORWARD, Gait.WALK, 1.2)
    wearer.run(15.0)
    assert [round(t - began_s) for t in wearer.times(C.REMIND_BACKWARD)] == [10]
    assert wearer.state.state.remaining_s == 60.0
    wearer.does = None
    assert wearer.until(Phase.RECOVER) == pytest.approx(60.0, abs=0.2)
    assert wearer.lines()[-2]["backward_s"] == pytest.approx(60.0, abs=0.06)


def test_a_bout_that_never_begins_is_skipped_and_logged_as_early() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.does = (Direction.FORWARD, Gait.WALK, 1.2)
    assert wearer.until(Phase.RECOVER) == pytest.approx(60.0, abs=0.2)
    bout = next(line for line in wearer.lines() if line["what"] == "bout")
    assert bout["is_early"] is True
    assert bout.get("backward_s", 0.0) == 0.0


def test_a_bout_that_is_left_is_over_early_and_is_not_counted_as_done() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.run(20.0)
    wearer.does = (Direction.FORWARD, Gait.WALK, 1.2)
    assert wearer.until(Phase.RECOVER) == pytest.approx(20.0, abs=0.2)
    wearer.does = None
    wearer.until(Phase.FREE, 300.0)
    bouts = [line for line in wearer.lines() if line["what"] == "bout"]
    assert bouts[0]["is_early"] is True
    assert bouts[0]["backward_s"] == pytest.approx(20.0, abs=0.2)
    ends = [fact for fact in wearer.facts if fact.condition is C.SESSION_END]
    assert [fact.count for fact in ends] == [1]


def test_losing_the_sense_of_direction_does_not_stop_the_clock_of_a_bout() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.run(5.0)
    wearer.does = (Direction.UNKNOWN, Gait.WALK, 1.0)
    assert wearer.until(Phase.RECOVER) == pytest.approx(55.0, abs=0.2)


def test_standing_in_a_bout_stops_its_clock_and_pauses_after_twenty_seconds() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.run(30.0)
    wearer.does = STILL
    wearer.run(10.0)
    assert wearer.state.state.remaining_s == pytest.approx(30.0, abs=0.2)
    assert wearer.until(Phase.PAUSED) == pytest.approx(10.0, abs=0.1)
    wearer.run(60.0)
    assert wearer.phase() is Phase.PAUSED
    wearer.does = (Direction.BACKWARD, Gait.WALK, 0.8)
    assert wearer.until(Phase.BACKWARD) == pytest.approx(2.0, abs=0.1)
    assert wearer.until(Phase.RECOVER) == pytest.approx(30.0, abs=0.3)


def test_a_double_press_pauses_and_a_short_one_goes_on() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.RECOVER)
    wearer.run(10.0)
    left_s = wearer.state.state.remaining_s
    assert left_s is not None
    wearer.press(0.15, 0.15)
    assert wearer.phase() is Phase.PAUSED
    wearer.does = (Direction.FORWARD, Gait.WALK, 1.0)
    wearer.run(120.0)
    assert wearer.phase() is Phase.PAUSED, "a pause by the button is ended by the button"
    wearer.press(0.2)
    assert wearer.phase() is Phase.RECOVER
    assert wearer.state.state.remaining_s == pytest.approx(left_s, abs=1.5)
    assert (wearer.count(C.PAUSED), wearer.count(C.RESUMED)) == (1, 1)


def test_a_short_press_asks_for_the_number_of_the_bout() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.RECOVER)
    wearer.until(Phase.BACKWARD)
    wearer.press(0.2)
    asked = [fact for fact in wearer.facts if fact.condition is C.REPEAT_NUMBER]
    assert [fact.count for fact in asked] == [2]


def test_an_unknown_sequence_does_nothing_and_says_so() -> None:
    wearer = Wearer()
    wearer.tick()
    wearer.press(0.15, 0.15, 0.15)
    assert wearer.phase() is Phase.IDLE
    assert wearer.count(C.PRESS_UNKNOWN) == 1
    wearer.press(2.2)
    assert wearer.count(C.PRESS_UNKNOWN) == 2
    assert wearer.requests == []


def test_a_very_long_press_closes_the_session_says_so_and_then_switches_off() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.press(5.5)
    assert wearer.count(C.POWER_OFF) == 1
    assert wearer.requests == [Request.START_RECORD, Request.END_RECORD]
    wearer.run(5.0)
    assert wearer.requests[-1] is Request.POWER_OFF
    assert wearer.files[RESUME] == b""


# --- starts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "word", "count"),
    [
        (Source.IMU, "motion sensor", 1),
        (Source.RECORDER, "recorder", 4),
        (Source.MOTOR, "motor", 6),
    ],
)
def test_a_start_without_a_part_it_cannot_do_without_is_refused_with_the_reason(
    source: Source, word: str, count: int
) -> None:
    wearer = Wearer()
    wearer.sources[source] = Freshness.LOST
    wearer.start()
    assert wearer.phase() is Phase.REFUSED
    refused = [fact for fact in wearer.facts if fact.condition is C.REFUSED]
    assert [fact.count for fact in refused] == [count]
    assert word in refused[0].because[0]
    wearer.press(0.2)
    assert wearer.phase() is Phase.REFUSED, "and pressing again does not help"


def test_a_start_with_an_empty_battery_or_a_full_card_is_refused() -> None:
    for status in (
        DeviceStatus(0, None, 0.05, None, None, None),
        DeviceStatus(0, None, None, None, True, None),
        DeviceStatus(0, None, None, None, None, 1_000_000),
    ):
        wearer = Wearer()
        wearer.status = status
        wearer.start()
        assert wearer.phase() is Phase.REFUSED


def test_a_start_waits_for_a_position_and_then_refuses() -> None:
    wearer = Wearer()
    wearer.has_fix = False
    wearer.start()
    assert wearer.phase() is Phase.CHECKING
    assert wearer.until(Phase.REFUSED) == pytest.approx(60.0, abs=1.0)
    assert wearer.facts[-1].because == ("no GPS position",)


def test_a_start_goes_on_as_soon_as_there_is_a_position() -> None:
    wearer = Wearer()
    wearer.has_fix = False
    wearer.start()
    wearer.run(20.0)
    wearer.has_fix = True
    assert wearer.until(Phase.STAND) <= 0.1


def test_after_a_refusal_for_want_of_a_position_a_second_press_goes_without() -> None:
    wearer = Wearer()
    wearer.has_fix = False
    wearer.start()
    wearer.until(Phase.REFUSED)
    wearer.press(0.2)
    assert wearer.phase() is Phase.STAND


def test_a_sensor_that_is_only_late_is_waited_for() -> None:
    wearer = Wearer()
    wearer.sources[Source.IMU] = Freshness.LATE
    wearer.start()
    assert wearer.phase() is Phase.CHECKING
    wearer.sources[Source.IMU] = Freshness.OK
    wearer.run(0.1)
    assert wearer.phase() is Phase.STAND


def test_a_refused_start_goes_back_to_idle_and_is_written_down() -> None:
    wearer = Wearer()
    wearer.sources[Source.IMU] = Freshness.LOST
    wearer.start()
    assert wearer.until(Phase.IDLE) == pytest.approx(30.0, abs=1.0)
    assert wearer.whats() == ["start", "refused", "end"]
    assert wearer.requests == [Request.START_RECORD, Request.END_RECORD]


def test_a_missing_map_is_no_reason_to_stay_at_home() -> None:
    wearer = Wearer()
    wearer.sources[Source.MAP] = Freshness.LOST
    wearer.start()
    assert wearer.phase() is Phase.STAND


def test_a_wearer_who_does_not_stand_still_is_reminded_and_not_kept_waiting_for_ever() -> None:
    wearer = Wearer()
    wearer.does = (Direction.FORWARD, Gait.WALK, 1.0)
    wearer.start()
    assert wearer.until(Phase.WARM_UP) == pytest.approx(15.0, abs=1.0)
    assert wearer.count(C.STAND_STILL) == 1


# --- the week ---------------------------------------------------------------------------


def trained(days_ago: float, files: bytes = b"", bouts: int = 2) -> bytes:
    """Return the journal of a session some days ago, after what was there."""
    wearer = Wearer(journal=files, utc_s=UTC0_S - days_ago * DAY_S, boot_id=f"d{days_ago}")
    wearer.start()
    for _ in range(bouts):
        wearer.until(Phase.BACKWARD)
        wearer.run(61.0)
    wearer.press(2.2)
    return wearer.files[JOURNAL]


def test_a_third_session_within_seven_days_is_refused_once_and_a_long_press_overrides() -> None:
    files = trained(2.0, trained(5.0))
    wearer = Wearer(journal=files)
    wearer.start()
    assert wearer.phase() is Phase.REFUSED
    assert wearer.count(C.WEEKLY_LIMIT) == 1
    assert wearer.count(C.REFUSED) == 0
    wearer.press(0.2)
    assert wearer.phase() is Phase.REFUSED, "a short press overrides nothing"
    wearer.press(2.2)
    assert wearer.phase() is Phase.STAND
    override = next(line for line in wearer.lines() if line["what"] == "override")
    assert override["is_override"] is True


def test_a_third_session_is_fine_when_the_first_is_older_than_seven_days() -> None:
    wearer = Wearer(journal=trained(2.0, trained(7.1)))
    wearer.start()
    assert wearer.phase() is Phase.STAND


def test_a_session_without_backward_motion_uses_no_place_of_the_week() -> None:
    wearer = Wearer(journal=trained(1.0, trained(2.0, trained(3.0), bouts=0)))
    wearer.start()
    assert wearer.phase() is Phase.REFUSED
    wearer = Wearer(journal=trained(2.0, trained(3.0), bouts=0))
    wearer.start()
    assert wearer.phase() is Phase.STAND


def test_a_start_gets_the_same_answer_before_and_after_the_first_date() -> None:
    files = trained(2.0, trained(5.0))
    for wait_s in (0.0, 5.0, 25.0):
        wearer = Wearer(journal=files, utc_s=None)
        wearer.wall_s = UTC0_S + 400 * DAY_S  # a clock that nobody set right
        wearer.run(wait_s)
        wearer.start()
        assert wearer.phase() is Phase.CHECKING, "it waits for the date"
        wearer.run(3.0)
        wearer.utc0_s = UTC0_S
        wearer.tick()
        assert wearer.phase() is Phase.REFUSED
        assert wearer.count(C.WEEKLY_LIMIT) == 1


def test_without_any_date_a_start_is_allowed_and_says_what_was_not_checked() -> None:
    wearer = Wearer(journal=trained(2.0, trained(5.0)), utc_s=None)
    wearer.start()
    wearer.until(Phase.STAND)
    ready = next(fact for fact in wearer.facts if fact.condition is C.READY)
    assert "weekly limit was not checked" in ready.because[0]
    wearer = Wearer(journal=trained(2.0, trained(5.0)), utc_s=None)
    wearer.sources[Source.GNSS] = Freshness.ABSENT
    wearer.start()
    assert wearer.phase() is Phase.STAND, "without a receiver there is no date to wait for"


def test_a_free_week_waits_for_no_date() -> None:
    wearer = Wearer(journal=trained(2.0), utc_s=None)
    wearer.start()
    assert wearer.phase() is Phase.STAND


def test_a_scouting_lap_is_always_allowed() -> None:
    wearer = Wearer(journal=trained(2.0, trained(5.0)))
    wearer.tick()
    wearer.press(0.15, 0.15)
    assert wearer.phase() is Phase.SCOUTING


# --- scouting, treadmill, partner --------------------------------------------------------


def test_in_scouting_a_short_press_marks_and_a_double_takes_it_back() -> None:
    wearer = Wearer()
    wearer.tick()
    wearer.press(0.15, 0.15)
    wearer.run(20.0)
    wearer.press(0.2)
    wearer.press(0.2)
    wearer.press(0.15, 0.15)
    assert wearer.requests == [
        Request.START_RECORD,
        Request.MARK,
        Request.MARK,
        Request.UNMARK,
    ]
    assert (wearer.count(C.MARK_SET), wearer.count(C.MARK_UNDONE)) == (2, 1)
    wearer.press(2.2)
    assert wearer.requests[-1] is Request.END_RECORD
    assert wearer.phase() is Phase.IDLE


def test_without_a_receiver_a_session_is_a_treadmill_session() -> None:
    wearer = Wearer()
    wearer.sources[Source.GNSS] = Freshness.ABSENT
    wearer.has_fix = False
    wearer.start()
    assert wearer.state.state.kind is SessionKind.TREADMILL
    assert wearer.phase() is Phase.STAND
    assert wearer.count(C.HANDRAIL) == 1
    wearer.until(Phase.FREE, 400.0)
    assert wearer.count(C.LOOK_LEFT) + wearer.count(C.LOOK_RIGHT) == 0


def test_the_setting_makes_a_treadmill_session_of_it_even_with_a_receiver() -> None:
    wearer = Wearer(settings=CoachSettings(mode="treadmill"))
    wearer.start()
    assert wearer.state.state.kind is SessionKind.TREADMILL


def test_a_double_press_switches_the_partner_mode_when_there_is_a_partner_button() -> None:
    wearer = Wearer()
    wearer.partner = True
    wearer.start()
    wearer.until(Phase.WARM_UP)
    assert wearer.is_partner_mode(), "it is on when the link stands at the start"
    wearer.press(0.15, 0.15)
    assert not wearer.is_partner_mode()
    assert (wearer.count(C.PARTNER_MODE), wearer.count(C.PARTNER_OFF)) == (0, 1)
    wearer.press(0.15, 0.15)
    assert wearer.is_partner_mode()
    assert (wearer.count(C.PARTNER_MODE), wearer.count(C.PARTNER_OFF)) == (1, 1)


def test_a_lost_partner_is_stated_at_once_and_only_in_partner_mode() -> None:
    wearer = Wearer()
    wearer.partner = True
    wearer.start()
    wearer.until(Phase.WARM_UP)
    wearer.partner = False
    wearer.tick()
    assert wearer.count(C.PARTNER_LOST) == 1
    wearer.press(0.15, 0.15)
    before = wearer.count(C.PARTNER_LOST)
    wearer.run(5.0)
    assert wearer.count(C.PARTNER_LOST) == before


def test_a_link_that_comes_after_the_start_joins_and_its_loss_is_announced() -> None:
    wearer = Wearer()
    wearer.partner = False
    wearer.start()
    wearer.until(Phase.BACKWARD)
    assert not wearer.is_partner_mode()
    wearer.partner = True
    wearer.tick()
    assert wearer.is_partner_mode()
    assert wearer.count(C.PARTNER_MODE) == 1
    wearer.partner = False
    wearer.run(1.0)
    assert wearer.count(C.PARTNER_LOST) > 0
    wearer.partner = True
    wearer.run(1.0)
    assert wearer.count(C.PARTNER_MODE) == 1


def test_a_link_does_not_switch_on_what_the_wearer_switched_off() -> None:
    wearer = Wearer()
    wearer.partner = True
    wearer.start()
    wearer.until(Phase.WARM_UP)
    wearer.press(0.15, 0.15)
    for is_linked in (False, True):
        wearer.partner = is_linked
        wearer.run(1.0)
    assert not wearer.is_partner_mode()


def test_sitting_on_a_bench_in_a_rest_is_a_pause() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.RECOVER)
    wearer.run(5.0)
    wearer.does = STILL
    wearer.run(21.0)
    assert wearer.phase() is Phase.PAUSED
    wearer.run(60.0)
    assert wearer.phase() is Phase.PAUSED
    wearer.does = (Direction.FORWARD, Gait.WALK, 1.2)
    assert wearer.until(Phase.RECOVER) == pytest.approx(2.0, abs=0.1)
    assert wearer.until(Phase.BACKWARD) >= 4.9


def test_eleven_minutes_without_a_rest_are_one_bout_and_ten_minutes_beyond() -> None:
    wearer = Wearer(settings=CoachSettings(repeats=5))
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.does = (Direction.BACKWARD, Gait.WALK, 0.65)
    wearer.run(660.0)
    wearer.press(2.2)
    lines = wearer.lines()
    assert sum(line["what"] == "bout" for line in lines) == 1
    beyond = [line for line in lines if line["what"] == "beyond"]
    assert [line["backward_s"] for line in beyond] == [pytest.approx(600.0, abs=3.0)]
    assert wearer.count(C.SWITCH_FORWARD) <= 9


def test_nobody_walking_forward_in_a_bout_is_asked_to_look_round() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.run(10.0)
    before = wearer.count(C.LOOK_LEFT) + wearer.count(C.LOOK_RIGHT)
    wearer.does = (Direction.FORWARD, Gait.WALK, 1.2)
    wearer.run(18.0)
    assert wearer.count(C.LOOK_LEFT) + wearer.count(C.LOOK_RIGHT) == before


# --- looks, speed ------------------------------------------------------------------------


def test_look_cues_alternate_every_eight_metres_on_unknown_ground() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.RECOVER)
    looks = [(t, c) for t, c in wearer.seen if c in (C.LOOK_LEFT, C.LOOK_RIGHT)]
    assert [c for _, c in looks[:4]] == [C.LOOK_LEFT, C.LOOK_RIGHT, C.LOOK_LEFT, C.LOOK_RIGHT]
    gaps = [b - a for (a, _), (b, _) in itertools.pairwise(looks)]
    assert gaps == pytest.approx([8.0 / 0.8] * len(gaps), abs=0.06)
    assert len(looks) >= 5


def test_the_next_session_begins_with_the_other_shoulder() -> None:
    wearer = Wearer(journal=trained(2.0))
    wearer.start()
    wearer.until(Phase.RECOVER)
    looks = [c for _, c in wearer.seen if c in (C.LOOK_LEFT, C.LOOK_RIGHT)]
    assert looks[0] is C.LOOK_RIGHT


def test_a_second_session_of_the_same_boot_begins_as_after_a_restart() -> None:
    # A replay begins with a new coach: it must say the same.
    same = Wearer()
    same.start()
    same.until(Phase.BACKWARD)
    same.run(13.0)
    same.press(2.2)
    fresh = Wearer(journal=same.files[JOURNAL], boot_id="b00t-1")
    fresh.now_ns, fresh.distance_m = same.now_ns, same.distance_m
    same.seen.clear()
    for wearer in (same, fresh):
        wearer.start()
        wearer.until(Phase.RECOVER)
    assert same.seen == fresh.seen
    assert same.state.state == fresh.state.state


def test_too_fast_is_stated_above_the_cap_of_the_plan_only_in_a_bout() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.does = (Direction.FORWARD, Gait.RUN, 2.5)
    wearer.until(Phase.BACKWARD)
    assert wearer.count(C.TOO_FAST) == 0
    wearer.does = (Direction.BACKWARD, Gait.RUN, 0.9)
    wearer.run(10.0)  # the readiness check is over
    wearer.does = (Direction.BACKWARD, Gait.RUN, 1.3)
    began_s = wearer.now_s
    wearer.run(5.0)
    assert wearer.times(C.TOO_FAST)[0] - began_s == pytest.approx(2.0, abs=0.15)
    assert wearer.state.state.speed_cap_mps == 1.0


# --- falls -------------------------------------------------------------------------------


def fallen() -> Wearer:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.run(5.0)
    wearer.impact_mps2 = 70.0
    wearer.tick()
    wearer.impact_mps2, wearer.tilt_rad, wearer.does = 10.0, 1.5, STILL
    return wearer


def test_a_fall_in_a_bout_is_asked_about_and_then_called_out_though_the_bout_pauses() -> None:
    wearer = fallen()
    wearer.run(60.0)
    assert wearer.times(C.FALL_ALARM)[0] - wearer.times(C.FALL_SUSPECTED)[0] == pytest.approx(
        30.0, abs=0.1
    )
    assert wearer.seen[-1][1] is C.FALL_ALARM
    assert [w for w in wearer.whats() if w in ("suspect", "fall")] == ["suspect", "fall"]


def test_a_press_after_a_fall_only_says_that_all_is_well() -> None:
    wearer = fallen()
    wearer.run(10.0)
    assert wearer.count(C.FALL_SUSPECTED) > 0
    phase, asked = wearer.phase(), wearer.count(C.REPEAT_NUMBER)
    wearer.press(0.2)
    before = wearer.count(C.FALL_SUSPECTED)
    wearer.run(5.0)
    assert wearer.phase() is phase
    assert wearer.count(C.REPEAT_NUMBER) == asked
    assert wearer.count(C.FALL_SUSPECTED) == before
    assert "fall" not in wearer.whats()


# --- power cuts --------------------------------------------------------------------------


def reboot(old: Wearer, **changes: object) -> Wearer:
    """Cut the power now; return the device after its next start, 20 s later."""
    new = Wearer(
        journal=old.files[JOURNAL],
        resume=old.files[RESUME],
        boot_id="b00t-2",
        utc_s=None,
    )
    new.wall_s = old.wall_s + old.now_s + 20.0 - new.now_s
    for name, value in changes.items():
        setattr(new, name, value)
    return new


def test_after_a_power_cut_the_bout_goes_on_where_it_was_and_says_so() -> None:
    old = Wearer()
    old.start()
    old.until(Phase.BACKWARD)
    old.run(40.0)
    new = reboot(old)
    new.tick()
    assert new.phase() is Phase.BACKWARD
    assert new.state.state.session_id == old.state.state.session_id
    assert new.count(C.RESUMED) == 1
    assert new.requests == [Request.START_RECORD]
    assert new.state.state.because == ("resumed after a power cut",)
    assert new.state.state.remaining_s == pytest.approx(20.0, abs=5.2)
    new.until(Phase.FREE, 300.0)
    ends = [fact for fact in new.facts if fact.condition is C.SESSION_END]
    assert [fact.count for fact in ends] == [2]


@pytest.mark.parametrize("phase", [Phase.STAND, Phase.WARM_UP, Phase.RECOVER, Phase.COOL_DOWN])
def test_a_power_cut_in_any_phase_is_resumed_in_that_phase(phase: Phase) -> None:
    old = Wearer()
    old.start()
    old.until(phase, 300.0)
    old.run(1.0)
    new = reboot(old)
    new.tick()
    assert new.phase() is phase
    new.until(Phase.FREE, 400.0)


def test_a_paused_and_a_scouting_session_are_resumed_as_such() -> None:
    old = Wearer()
    old.start()
    old.until(Phase.BACKWARD)
    old.press(0.15, 0.15)
    new = reboot(old)
    new.tick()
    assert new.phase() is Phase.PAUSED
    new.press(0.2)
    assert new.phase() is Phase.BACKWARD
    old = Wearer()
    old.tick()
    old.press(0.15, 0.15)
    new = reboot(old)
    new.tick()
    assert new.phase() is Phase.SCOUTING


def test_a_session_of_long_ago_is_closed_not_resumed() -> None:
    old = Wearer()
    old.start()
    old.until(Phase.BACKWARD)
    new = reboot(old, wall_s=old.wall_s + DAY_S)
    new.tick()
    assert new.phase() is Phase.IDLE
    assert new.whats()[-1] == "end"
    assert new.files[RESUME] == b""
    assert new.count(C.RESUMED) == 0
    assert new.count(C.NOT_RESUMED) == 1


def test_a_wall_clock_that_was_set_right_meanwhile_ends_no_session() -> None:
    old = Wearer()
    old.wall_s = UTC0_S - 5.0 * DAY_S  # slow, while the receiver gives the trusted time
    old.start()
    old.until(Phase.BACKWARD)
    new = reboot(old)
    new.wall_s = UTC0_S + old.now_s + 20.0 - new.now_s
    new.tick()
    assert new.phase() is Phase.BACKWARD
    assert new.count(C.NOT_RESUMED) == 0


@pytest.mark.parametrize("years", [-31.0, 31.0])
def test_a_clock_that_is_off_by_years_ends_no_session(years: float) -> None:
    old = Wearer()
    old.start()
    old.until(Phase.BACKWARD)
    new = reboot(old)
    new.wall_s += years * 365.25 * DAY_S
    new.tick()
    assert (new.phase(), new.count(C.RESUMED)) == (Phase.BACKWARD, 1)


def test_a_resumed_session_is_closed_when_a_trusted_time_says_it_was_yesterday() -> None:
    old = Wearer()
    old.start()
    old.until(Phase.BACKWARD)
    new = reboot(old)
    new.run(30.0)
    assert new.phase() is Phase.BACKWARD
    new.utc0_s = UTC0_S + DAY_S
    new.tick()
    assert new.phase() is Phase.IDLE
    assert new.requests == [Request.START_RECORD, Request.END_RECORD]
    assert "end" in new.whats()
    assert new.count(C.NOT_RESUMED) == 1


def test_a_resumed_session_goes_on_when_the_trusted_time_agrees() -> None:
    old = Wearer()
    old.start()
    old.until(Phase.BACKWARD)
    new = reboot(old)
    new.run(30.0)
    new.utc0_s = UTC0_S + old.now_s + 20.0 - 10.0
    new.run(1.0)
    assert new.phase() is Phase.BACKWARD


def test_a_stopped_session_is_not_resumed() -> None:
    old = Wearer()
    old.start()
    old.until(Phase.BACKWARD)
    old.press(2.2)
    new = reboot(old)
    new.tick()
    assert new.phase() is Phase.IDLE


def test_a_session_whose_end_was_written_is_not_opened_again_by_its_old_place() -> None:
    old = Wearer()
    old.start()
    old.until(Phase.BACKWARD)
    place = old.files[RESUME]
    old.press(2.2)
    old.files[RESUME] = place  # the power went between the two files
    new = reboot(old)
    new.tick()
    assert (new.phase(), new.files[RESUME]) == (Phase.IDLE, b"")
    assert new.count(C.NOT_RESUMED) == 0, "it is over, and they know it"


@pytest.mark.parametrize("left", [0, 20])
def test_an_open_session_whose_place_is_unreadable_is_closed_and_announced_once(
    left: int,
) -> None:
    old = Wearer()
    old.start()
    old.until(Phase.RECOVER)
    old.until(Phase.BACKWARD)
    old.files[RESUME] = old.files[RESUME][:left]
    new = reboot(old)
    new.run(5.0)
    assert new.phase() is Phase.IDLE
    (found,) = {fact for fact in new.facts if fact.condition is C.NOT_RESUMED}
    assert found.because == ("its place could not be read",)
    assert new.whats()[-1] == "end"
    later = reboot(new)
    later.tick()
    assert later.count(C.NOT_RESUMED) == 0


def test_two_coaches_with_the_same_inputs_say_the_same() -> None:
    def story() -> Sequence[tuple[float, Condition]]:
        wearer = Wearer()
        wearer.start()
        wearer.until(Phase.RECOVER)
        wearer.press(0.2)
        return wearer.seen

    assert story() == story()


# --- the shipped plan --------------------------------------------------------------------


def test_the_shipped_plan_rises_from_a_slow_walk_over_eight_weeks() -> None:
    plan = load_plan(SHIPPED)
    assert len(plan.weeks) == 8
    assert plan.sessions_per_week == 2
    assert all(5 <= week.repeats <= 10 for week in plan.weeks)
    caps = [
        max(step.late_cap_mps or 0.0, step.cap_mps or 0.0)
        for week in plan.weeks
        for step in week.steps
        if step.go == "backward"
    ]
    assert caps[0] == 0.8
    assert caps == sorted(caps)
    slowest_mps = 3.0 / plan.gates.not_ready_s
    starts = [s.cap_from_mps for week in plan.weeks for s in week.steps if s.cap_from_mps]
    assert min(starts) > slowest_mps, "keeping to the plan fails no gate"
    assert all(s.time_s == 60.0 for week in plan.weeks for s in week.steps)


def test_the_settings_choose_week_and_repeats() -> None:
    plan = replace_weeks(load_plan(SHIPPED))
    wearer = Wearer(plan=plan, settings=CoachSettings(week=4, repeats=3))
    wearer.start()
    assert wearer.state.state.bouts == 3
    wearer.until(Phase.BACKWARD)
    wearer.run(25.0)
    assert wearer.state.state.speed_cap_mps == pytest.approx(1.2)


def replace_weeks(plan: Plan) -> Plan:
    return msgspec.structs.replace(plan, warm_up_s=15.0, gates=Gates())


def test_the_journal_numbers_its_sessions() -> None:
    files = trained(1.0, trained(2.0))
    ids = [session.start.id for session in Journal(files, "x").sessions()]
    assert [one[:4] for one in ids] == ["0001", "0002"]


def test_the_message_of_the_state_can_be_changed_by_nobody() -> None:
    wearer = Wearer()
    state = wearer.tick().state
    assert replace(state, step=3) != state


# --- never in the dark -------------------------------------------------------------------


def test_a_start_that_waits_for_a_position_ticks_every_ten_seconds() -> None:
    wearer = Wearer()
    wearer.has_fix = False
    wearer.start()
    begin_s = wearer.now_s
    wearer.run(35.0)
    assert wearer.phase() is Phase.CHECKING
    ticks = [t - begin_s for t in wearer.times(C.SEARCHING)]
    assert ticks == pytest.approx([10.0, 20.0, 30.0], abs=0.7)
    wearer.has_fix = True
    wearer.run(25.0)
    assert wearer.count(C.SEARCHING) == 3


def test_no_look_is_asked_for_while_standing_after_the_programme() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.FREE, 400.0)
    before = wearer.count(C.LOOK_LEFT) + wearer.count(C.LOOK_RIGHT)
    wearer.does = (Direction.BACKWARD, Gait.STILL, 0.0)
    wearer.run(30.0)
    assert wearer.count(C.LOOK_LEFT) + wearer.count(C.LOOK_RIGHT) == before
    wearer.does = (Direction.BACKWARD, Gait.WALK, 0.8)
    wearer.run(30.0)
    assert wearer.count(C.LOOK_LEFT) + wearer.count(C.LOOK_RIGHT) == before + 3
