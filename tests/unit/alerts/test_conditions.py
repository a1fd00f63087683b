"""Which conditions hold, from what the other rooms know."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from backrun_pi.alerts.conditions import (
    Situation,
    active_conditions,
    is_backward,
    open_gates,
    switch_in_s,
)
from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import TABLE, Gate
from backrun_pi.messages import (
    ActiveCondition,
    CoachState,
    Condition,
    DeviceStatus,
    Direction,
    Freshness,
    Gait,
    Health,
    MountState,
    OncomingHazard,
    Phase,
    Place,
    RunnerState,
    SessionKind,
    Source,
    SourceEvent,
    Stage,
    Suitability,
)

NOW_NS = 100_000_000_000
SETTINGS = AlertsSettings()
C = Condition
ALL_OK: dict[Source, Freshness] = dict.fromkeys(
    (s for s in Source if s is not Source.PARTNER), Freshness.OK
)
RUNNER = RunnerState(
    t_ns=NOW_NS, direction=Direction.BACKWARD, gait=Gait.WALK, p_backward=0.9,
    because=("gait",), cadence_spm=110.0, speed_mps=1.0, course_rad=0.0, facing_rad=3.1,
    lat_deg=60.0, lon_deg=25.0, sigma_m=2.5, position_age_s=0.2, distance_m=10.0,
    mount=MountState.CALIBRATED, turn_rps=0.0, impact_mps2=15.0,
)  # fmt: skip
COACH = CoachState(
    t_ns=NOW_NS, kind=SessionKind.TRAINING, phase=Phase.BACKWARD, since_ns=0, step=1, bout=1,
    bouts=5, remaining_s=30.0, speed_cap_mps=1.0, is_recording=True, session_id="0001",
    because=(),
)  # fmt: skip
IDLE = replace(COACH, phase=Phase.IDLE, is_recording=False, session_id=None)
TREADMILL = replace(COACH, kind=SessionKind.TREADMILL)
PLACE = Place(NOW_NS, True, None, "w1", None, Suitability.GOOD, (), False)
HAZARD = OncomingHazard(
    NOW_NS, "n7", "bench", "n7", 2, Stage.CAUTION, 6.0, 0.1, 6.0, 0.8, ("bench in the way",)
)
STATUS = DeviceStatus(NOW_NS, 3.9, 0.8, 40.0, False, 8_000_000_000)


def held(
    *,
    sources: dict[Source, Freshness] | None = None,
    events: tuple[SourceEvent, ...] = (),
    status: DeviceStatus | None = STATUS,
    state: RunnerState | None = RUNNER,
    coach: CoachState = COACH,
    hazards: tuple[OncomingHazard, ...] = (),
    place: Place | None = PLACE,
) -> tuple[ActiveCondition, ...]:
    health = Health(NOW_NS, {**ALL_OK, **(sources or {})})
    found = active_conditions(
        Situation(NOW_NS, health, events, status, state, coach, hazards, place), SETTINGS
    )
    for fact in found:
        assert isinstance(fact.because, tuple)
        assert all(fact.because), "every fact says why"
        assert fact.because
    return found


def names(found: tuple[ActiveCondition, ...]) -> list[Condition]:
    return [fact.condition for fact in found]


def test_when_all_is_well_nothing_is_stated() -> None:
    assert held() == ()


@pytest.mark.parametrize(
    ("source", "condition"),
    [
        (Source.IMU, C.IMU_LOST),
        (Source.GNSS, C.GNSS_LOST),
        (Source.MAP, C.MAP_OFF),
        (Source.MOTOR, C.MOTOR_FAULT),
        (Source.RECORDER, C.RECORDER_FAULT),
        (Source.BUTTON, C.BUTTON_FAULT),
    ],
)
def test_every_lost_source_is_stated_and_a_late_one_is_not(
    source: Source, condition: Condition
) -> None:
    assert names(held(sources={source: Freshness.LOST})) == [condition]
    assert held(sources={source: Freshness.LATE}) == ()
    assert held(sources={source: Freshness.ABSENT}) == ()


def test_a_loss_says_its_cause() -> None:
    health = Health(
        NOW_NS,
        {**ALL_OK, Source.IMU: Freshness.LOST},
        {Source.IMU: "bus 1, address 0x68: no answer"},
    )
    (fact,) = active_conditions(
        Situation(NOW_NS, health, (), STATUS, RUNNER, COACH, (), PLACE), SETTINGS
    )
    assert fact.because == ("imu lost: bus 1, address 0x68: no answer",)


def test_a_loss_without_a_known_cause_makes_none_up() -> None:
    (lost,) = held(sources={Source.RECORDER: Freshness.LOST})
    assert lost.because == ("recorder lost",)


def test_a_lost_partner_is_stated_only_in_partner_mode() -> None:
    lost = {Source.PARTNER: Freshness.LOST}
    assert held(sources=lost) == ()
    assert names(held(sources=lost, coach=replace(COACH, is_partner_mode=True))) == [
        C.PARTNER_LOST
    ]
    back = (SourceEvent(NOW_NS, Source.PARTNER, Freshness.OK, "in reach"),)
    assert held(events=back) == ()


def test_a_refusal_is_not_cut_short_by_the_loss_that_it_names() -> None:
    lost = dict.fromkeys(Source, Freshness.LOST)
    low = replace(STATUS, charge_p=0.1)
    refused = replace(COACH, phase=Phase.REFUSED)
    assert names(held(sources=lost, status=low, coach=refused)) == [C.BATTERY_LOW]


def test_without_a_session_only_the_devices_own_body_is_spoken_of() -> None:
    everything = dict.fromkeys(Source, Freshness.LOST)
    low = replace(STATUS, charge_p=0.1)
    found = held(sources=everything, status=low, coach=IDLE, hazards=(HAZARD,), state=None)
    own = {C.BATTERY_LOW, C.KEPT_DAMAGED, C.RECORDER_FAULT}
    assert set(names(found)) == own, "the card that did not take the end, too"


def test_a_runner_state_that_is_missing_or_old_is_a_lost_sense() -> None:
    assert names(held(state=None)) == [C.IMU_LOST]
    assert C.IMU_LOST not in names(held(state=replace(RUNNER, t_ns=NOW_NS - 1_000_000_000)))
    assert C.IMU_LOST in names(held(state=replace(RUNNER, t_ns=NOW_NS - 1_000_000_001)))
    checking = replace(COACH, phase=Phase.CHECKING)
    assert held(state=None, coach=checking) == (), "a start says it in its own way"


def test_a_loss_is_stated_once_whatever_else_says_so() -> None:
    old = replace(RUNNER, t_ns=0)
    assert names(held(sources={Source.IMU: Freshness.LOST}, state=old)) == [C.IMU_LOST]


@pytest.mark.parametrize(
    ("source", "condition"),
    [(Source.IMU, C.IMU_BACK), (Source.GNSS, C.GNSS_BACK), (Source.PARTNER, C.PARTNER_CLEAR)],
)
def test_what_comes_back_is_stated_once_with_its_cause(
    source: Source, condition: Condition
) -> None:
    event = SourceEvent(NOW_NS, source, Freshness.OK, "samples again")
    partnered = replace(COACH, is_partner_mode=True)
    found = held(events=(event,), coach=partnered)
    assert names(found) == [condition]
    assert found[0].because == ("samples again",)
    lost = SourceEvent(NOW_NS, source, Freshness.LOST, "gone")
    assert held(events=(lost,)) == ()


def test_a_receiver_without_a_fix_is_a_lost_position() -> None:
    assert names(held(state=replace(RUNNER, lat_deg=None))) == [C.GNSS_LOST]
    assert names(held(state=replace(RUNNER, position_age_s=None))) == [C.GNSS_LOST]
    assert held(state=replace(RUNNER, position_age_s=1.6)) == ()
    assert names(held(state=replace(RUNNER, position_age_s=1.7))) == [C.GNSS_LOST]


def test_an_uncertain_position_is_stated() -> None:
    assert held(state=replace(RUNNER, sigma_m=6.0)) == ()
    assert names(held(state=replace(RUNNER, sigma_m=6.1))) == [C.GNSS_POOR]


def test_a_map_that_does_not_guide_is_stated_with_its_reason() -> None:
    off = replace(PLACE, is_guiding=False, not_guiding_because="off the map", busy_kind="tram")
    found = held(place=off)
    assert names(found) == [C.MAP_OFF]
    assert found[0].because == ("off the map",)
    assert held(place=replace(off, not_guiding_because=None))[0].because


def test_without_a_position_the_cause_is_announced_not_the_map() -> None:
    off = replace(PLACE, is_guiding=False)
    assert names(held(place=off, sources={Source.GNSS: Freshness.LOST})) == [C.GNSS_LOST]
    assert names(held(place=off, state=replace(RUNNER, lat_deg=None))) == [C.GNSS_LOST]
    assert names(held(place=off, sources={Source.MAP: Freshness.LOST})) == [C.MAP_OFF]


def test_a_busy_way_or_else_a_bad_stretch_is_stated_with_what_it_is() -> None:
    busy = replace(
        PLACE, busy_kind="cycleway", verdict=Suitability.BAD, verdict_because=("cobbles",)
    )
    assert [(f.condition, f.because) for f in held(place=busy)] == [
        (C.ON_BUSY_WAY, ("on a cycleway",))
    ]
    found = held(place=replace(busy, busy_kind=None))
    assert [(f.condition, f.key, f.because) for f in found] == [
        (C.BAD_STRETCH, "cobbles", ("cobbles",))
    ]
    assert held(place=None) == ()


@pytest.mark.parametrize("phase", list(Phase))
def test_ground_and_others_are_stated_at_the_start_and_then_only_moving_backward(
    phase: Phase,
) -> None:
    if phase in {Phase.IDLE, Phase.REFUSED}:
        return
    forward = replace(RUNNER, direction=Direction.FORWARD)
    still = replace(RUNNER, gait=Gait.STILL)
    coach = replace(COACH, phase=phase)
    busy = replace(
        PLACE, busy_kind="cycleway", verdict=Suitability.BAD, verdict_because=("cobbles",)
    )
    bad = replace(busy, busy_kind=None)
    for place, condition in ((busy, C.ON_BUSY_WAY), (bad, C.BAD_STRETCH)):
        expected = [condition] if phase is Phase.STAND else []
        assert names(held(place=place, state=forward, coach=coach)) == expected
        assert names(held(place=place, state=still, coach=coach)) == expected
        assert names(held(place=place, coach=coach)) == [condition], "moving backward it is"


def test_a_hazard_is_stated_with_its_own_reason_and_identity() -> None:
    found = held(hazards=(HAZARD, replace(HAZARD, hazard_id="n8", stage=Stage.STOP)))
    assert [(f.condition, f.key, f.because) for f in found] == [
        (C.CAUTION_HAZARD, "n7", ("bench in the way",)),
        (C.STOP_HAZARD, "n8", ("bench in the way",)),
    ]


def test_a_bend_is_a_bend_unless_it_is_a_stop() -> None:
    bend = replace(HAZARD, kind="bend")
    assert names(held(hazards=(bend,))) == [C.BEND]
    assert names(held(hazards=(replace(bend, stage=Stage.STOP),))) == [C.STOP_HAZARD]


def test_an_edge_alongside_is_a_condition_of_its_own_until_contact_is_predicted() -> None:
    ditch = replace(HAZARD, kind="ditch", is_edge=True)
    assert [(f.condition, f.key) for f in held(hazards=(ditch,))] == [(C.EDGE, "n7")]
    drifting = replace(ditch, stage=Stage.STOP)
    assert [(f.condition, f.key) for f in held(hazards=(drifting,))] == [(C.STOP_HAZARD, "n7")]


def test_the_next_switch_is_known_where_a_step_by_time_ends_in_one() -> None:
    forward = replace(RUNNER, direction=Direction.FORWARD)
    backward = replace(RUNNER, direction=Direction.BACKWARD)
    resting = replace(COACH, phase=Phase.RECOVER, remaining_s=4.0)
    assert switch_in_s(backward, COACH) == 30.0
    assert switch_in_s(forward, resting) == 4.0
    assert switch_in_s(backward, resting) is None, "the clock of the rest stands"
    assert switch_in_s(forward, replace(COACH, phase=Phase.COOL_DOWN)) is None
    assert switch_in_s(backward, replace(COACH, remaining_s=None)) is None


def test_a_map_that_does_not_guide_here_waits_until_ready_was_felt() -> None:
    blind = replace(PLACE, is_guiding=False, not_guiding_because="off the map")
    standing = replace(COACH, phase=Phase.STAND, since_ns=NOW_NS)
    assert C.MAP_OFF not in names(held(place=blind, coach=standing))
    later = replace(standing, since_ns=NOW_NS - 2_000_000_000)
    assert C.MAP_OFF in names(held(place=blind, coach=later))
    assert C.MAP_OFF in names(held(place=blind)), "at once when it was left on the way"


def test_an_edge_may_be_announced_in_the_seconds_before_a_bout_begins_beside_it() -> None:
    walking = replace(RUNNER, direction=Direction.FORWARD)
    resting = replace(COACH, phase=Phase.RECOVER, remaining_s=9.0)
    edge = TABLE[C.EDGE].gate
    assert edge in open_gates(walking, resting, SETTINGS)
    assert TABLE[C.CAUTION_HAZARD].gate not in open_gates(walking, resting, SETTINGS)
    for other in (replace(resting, remaining_s=20.0), replace(resting, phase=Phase.COOL_DOWN)):
        assert edge not in open_gates(walking, other, SETTINGS)
    assert edge not in open_gates(replace(walking, gait=Gait.STILL), resting, SETTINGS)
    assert edge in open_gates(replace(walking, direction=Direction.BACKWARD), COACH, SETTINGS)


def test_on_a_treadmill_nothing_of_the_outdoors_is_stated() -> None:
    lost = {Source.GNSS: Freshness.LOST, Source.MAP: Freshness.LOST}
    back = SourceEvent(NOW_NS, Source.GNSS, Freshness.OK, "fix")
    indoors = replace(RUNNER, lat_deg=None, sigma_m=99.0)
    found = held(
        sources=lost, state=indoors, coach=TREADMILL, hazards=(HAZARD,), events=(back,),
        place=replace(PLACE, is_guiding=False),
    )  # fmt: skip
    assert found == ()
    assert names(held(sources={Source.IMU: Freshness.LOST}, coach=TREADMILL)) == [C.IMU_LOST]


def test_the_space_left_is_announced_in_megabytes() -> None:
    low = replace(STATUS, card_free_bytes=52_400_000)
    assert held(status=low)[0].because == ("52 MB left on the card",)


def test_what_is_left_out_hides_nothing_that_follows() -> None:
    lost = {Source.GNSS: Freshness.LOST, Source.RECORDER: Freshness.LOST}
    assert names(held(sources=lost, coach=TREADMILL)) == [C.RECORDER_FAULT]
    health = Health(NOW_NS, {Source.PARTNER: Freshness.LOST, Source.IMU: Freshness.OK, **lost})
    found = active_conditions(
        Situation(NOW_NS, health, (), None, RUNNER, COACH, (), None), SETTINGS
    )
    assert names(found) == [C.GNSS_LOST, C.RECORDER_FAULT]
    events = (
        SourceEvent(NOW_NS, Source.MAP, Freshness.OK, "read again"),
        SourceEvent(NOW_NS, Source.IMU, Freshness.LOST, "gone"),
        SourceEvent(NOW_NS, Source.GNSS, Freshness.OK, "fix"),
        SourceEvent(NOW_NS, Source.IMU, Freshness.OK, "samples"),
    )
    assert names(held(events=events)) == [C.GNSS_BACK, C.IMU_BACK]
    assert names(held(events=events, coach=TREADMILL)) == [C.IMU_BACK]


def test_a_silent_receiver_is_not_announced_twice_and_an_absent_one_not_at_all() -> None:
    blind = replace(RUNNER, lat_deg=None, position_age_s=9.0, sigma_m=50.0)
    lost = held(sources={Source.GNSS: Freshness.LOST}, state=blind)
    assert names(lost) == [C.GNSS_LOST]
    assert held(sources={Source.GNSS: Freshness.ABSENT}, state=blind) == ()
    health = Health(NOW_NS, {Source.IMU: Freshness.OK})
    assert (
        active_conditions(
            Situation(NOW_NS, health, (), None, blind, COACH, (), PLACE), SETTINGS
        )
        == ()
    )


def test_on_a_treadmill_the_cause_of_a_lost_sense_is_announced() -> None:
    assert held(state=None, coach=TREADMILL)[0].condition is C.IMU_LOST


def test_an_unknown_direction_is_stated_only_in_a_bout_and_only_when_moving() -> None:
    unknown = replace(RUNNER, direction=Direction.UNKNOWN)
    assert names(held(state=unknown)) == [C.DIRECTION_UNKNOWN]
    assert held(state=unknown)[0].because == ("gait",)
    assert held(state=replace(unknown, because=()))[0].because == ("no evidence",)
    for gait in (Gait.UNKNOWN, Gait.TURNING, Gait.RUN):
        assert names(held(state=replace(unknown, gait=gait))) == [C.DIRECTION_UNKNOWN]
    assert held(state=replace(unknown, gait=Gait.STILL)) == ()
    assert held(state=unknown, coach=replace(COACH, phase=Phase.RECOVER)) == ()


def test_what_a_lost_sensor_cannot_know_is_not_announced_beside_the_loss() -> None:
    unknown = replace(RUNNER, direction=Direction.UNKNOWN, mount=MountState.WRONG)
    assert names(held(sources={Source.IMU: Freshness.LOST}, state=unknown)) == [C.IMU_LOST]


def test_a_wrong_mount_is_stated() -> None:
    assert names(held(state=replace(RUNNER, mount=MountState.WRONG))) == [C.WRONG_MOUNT]
    assert held(state=replace(RUNNER, mount=MountState.CORRECTED)) == ()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (replace(STATUS, charge_p=0.21), []),
        (replace(STATUS, charge_p=0.20), [C.BATTERY_LOW]),
        (replace(STATUS, charge_p=0.08), [C.BATTERY_LOW]),
        (replace(STATUS, charge_p=0.07), [C.BATTERY_CRITICAL]),
        (replace(STATUS, is_undervolted=True), [C.BATTERY_CRITICAL]),
        (replace(STATUS, charge_p=None, battery_v=3.51), []),
        (replace(STATUS, charge_p=None, battery_v=3.5), [C.BATTERY_LOW]),
        (replace(STATUS, charge_p=None, battery_v=3.35), [C.BATTERY_CRITICAL]),
        (replace(STATUS, charge_p=0.5, battery_v=3.0), []),
        (replace(STATUS, charge_p=None, battery_v=None), []),
        (replace(STATUS, card_free_bytes=99_999_999), [C.CARD_NEARLY_FULL]),
        (replace(STATUS, card_free_bytes=100_000_000), []),
        (replace(STATUS, card_free_bytes=None), []),
        (None, []),
    ],
)
def test_battery_and_card(status: DeviceStatus | None, expected: list[Condition]) -> None:
    found = held(status=status)
    assert names(found) == expected
    assert all(fact.because[0] for fact in found)


@pytest.mark.parametrize(
    ("direction", "gait", "phase", "expected"),
    [
        (Direction.BACKWARD, Gait.WALK, Phase.BACKWARD, True),
        (Direction.BACKWARD, Gait.RUN, Phase.FREE, True),
        (Direction.BACKWARD, Gait.UNKNOWN, Phase.BACKWARD, True),
        (Direction.BACKWARD, Gait.STILL, Phase.BACKWARD, False),
        (Direction.FORWARD, Gait.WALK, Phase.BACKWARD, False),
        (Direction.UNKNOWN, Gait.WALK, Phase.BACKWARD, True),
        (Direction.UNKNOWN, Gait.UNKNOWN, Phase.BACKWARD, True),
        (Direction.UNKNOWN, Gait.STILL, Phase.BACKWARD, False),
        (Direction.UNKNOWN, Gait.WALK, Phase.RECOVER, False),
    ],
)
def test_not_knowing_the_direction_never_closes_the_gate_in_a_bout(
    direction: Direction, gait: Gait, phase: Phase, expected: bool
) -> None:
    state = replace(RUNNER, direction=direction, gait=gait)
    assert is_backward(state, replace(COACH, phase=phase)) is expected


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize(
    ("direction", "gait", "is_open"),
    [
        (Direction.BACKWARD, Gait.WALK, True),
        (Direction.UNKNOWN, Gait.WALK, True),
        (Direction.UNKNOWN, Gait.UNKNOWN, True),
        (Direction.FORWARD, Gait.RUN, False),
        (Direction.BACKWARD, Gait.STILL, False),
        (Direction.UNKNOWN, Gait.STILL, False),
    ],
)
def test_no_phase_of_the_coach_arms_a_stop_or_silences_it(
    phase: Phase, direction: Direction, gait: Gait, *, is_open: bool
) -> None:
    state = replace(RUNNER, direction=direction, gait=gait)
    found = open_gates(state, replace(COACH, phase=phase), SETTINGS)
    assert (TABLE[C.STOP_HAZARD].gate in found) is is_open


def test_without_any_state_the_gate_is_open_in_a_bout() -> None:
    assert is_backward(None, COACH)
    assert not is_backward(None, IDLE)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"notices_per_minute": 7}, "notices_per_minute is above per_minute"),
        ({"charge_critical": 0.21}, "charge_critical is above charge_low"),
        ({"battery_critical_v": 3.51}, "battery_critical_v is above battery_low_v"),
    ],
)
def test_limits_in_the_wrong_order_are_refused(changes: dict[str, float], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        msgspec.convert(changes, AlertsSettings)


def test_limits_that_are_equal_are_allowed() -> None:
    settings = AlertsSettings(
        notices_per_minute=6, charge_critical=0.2, battery_critical_v=3.5, battery_low_v=3.5
    )
    assert settings.per_minute == settings.notices_per_minute


DOUBTED = replace(RUNNER, direction=Direction.FORWARD, mount=MountState.DOUBTED)


@pytest.mark.parametrize("gait", [Gait.WALK, Gait.RUN, Gait.UNKNOWN, Gait.TURNING])
def test_a_doubted_mount_closes_no_gate_while_the_legs_move(gait: Gait) -> None:
    state = replace(DOUBTED, gait=gait, direction=Direction.UNKNOWN)
    assert open_gates(state, IDLE, SETTINGS) == frozenset(Gate)


def test_a_doubted_mount_of_a_runner_who_stands_opens_no_more_than_standing_does() -> None:
    still = replace(DOUBTED, gait=Gait.STILL)
    assert open_gates(still, IDLE, SETTINGS) == open_gates(
        replace(RUNNER, gait=Gait.STILL), IDLE, SETTINGS
    )
    assert Gate.BACKWARD not in open_gates(still, IDLE, SETTINGS)


def test_a_doubted_mount_is_announced_with_what_may_be_wrong() -> None:
    (fact,) = held(state=DOUBTED, coach=replace(COACH, phase=Phase.WARM_UP))
    assert fact.condition is C.WRONG_MOUNT
    assert "worn in front" in fact.because[0]


@pytest.mark.parametrize("source", [Source.SETTINGS, Source.KEPT])
def test_a_source_without_which_it_still_warns_is_no_loss(source: Source) -> None:
    assert held(sources={source: Freshness.LOST}) == ()


def test_a_receiver_that_gives_less_than_it_should_is_a_poor_position_of_its_own() -> None:
    health = Health(NOW_NS, ALL_OK, degraded={Source.GNSS: "no speed and no course"})
    (fact,) = active_conditions(
        Situation(NOW_NS, health, (), STATUS, RUNNER, COACH, (), PLACE), SETTINGS
    )
    assert (fact.condition, fact.key) == (C.GNSS_POOR, "degraded")
    assert fact.because == ("no speed and no course",)
