"""Steps, repeats, look cues, speed, and the plan file."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.coach.intervals import Bout, Programme, countdown, flatten
from backrun_pi.coach.plan import Plan, Step, Week, load_plan, plan_from
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.coach.shoulder import Shoulder
from backrun_pi.coach.speed import Readiness, SpeedCap
from backrun_pi.errors import ConfigError
from backrun_pi.messages import (
    ActiveCondition,
    Condition,
    Direction,
    Gait,
    MountState,
    Phase,
    RunnerState,
)

TICK_S = 0.05
SETTINGS = CoachSettings()
BOUT = Step(go="backward", time_s=30.0)
REST = Step(go="forward", time_s=5.0)
C = Condition


def state(direction: Direction = Direction.BACKWARD, distance_m: float = 0.0) -> RunnerState:
    return RunnerState(
        t_ns=0, direction=direction, gait=Gait.WALK, p_backward=None, because=(),
        cadence_spm=None, speed_mps=1.0, course_rad=None, facing_rad=None, lat_deg=None,
        lon_deg=None, sigma_m=None, position_age_s=None, distance_m=distance_m,
        mount=MountState.CALIBRATED, turn_rps=None, impact_mps2=None,
    )  # fmt: skip


def plan_with(*steps: Step, repeats: int = 3, **more: Any) -> tuple[Plan, Week]:
    week = Week(repeats=repeats, steps=steps, **more)
    return Plan(name="p", weeks=(week,), warm_up_s=15.0, cool_down_s=15.0), week


def programme_of(*steps: Step, repeats: int = 3, **more: Any) -> Programme:
    plan, week = plan_with(*steps, repeats=repeats, **more)
    return Programme(flatten(plan, week, 0), SETTINGS)


def run_through(programme: Programme) -> tuple[list[Phase], list[ActiveCondition], list[Bout]]:
    """Do what it says at 1 m/s until it is done."""
    phases = [programme.phase]
    cues: list[ActiveCondition] = []
    done: list[Bout] = []
    distance_m = 0.0
    for _ in range(200_000):
        if programme.is_done:
            return phases, cues, done
        distance_m += TICK_S
        wanted = programme.phase is Phase.BACKWARD
        direction = Direction.BACKWARD if wanted else Direction.FORWARD
        facts, bouts = programme.step(TICK_S, state(direction, distance_m))
        cues += facts
        done += bouts
        if programme.phase is not phases[-1]:
            phases.append(programme.phase)
    raise AssertionError("it never ends")


@given(st.integers(1, 6), st.booleans())
def test_the_bouts_are_as_many_as_chosen_not_one_more(repeats: int, has_rest: bool) -> None:
    programme = programme_of(BOUT, REST, repeats=repeats, has_last_rest=has_rest)
    phases, cues, done = run_through(programme)
    assert phases.count(Phase.BACKWARD) == repeats
    assert phases.count(Phase.RECOVER) == repeats - 1
    assert [bout.number for bout in done] == list(range(1, repeats + 1))
    assert all(bout.backward_s == pytest.approx(30.0, abs=0.06) for bout in done)
    switches = [f.condition for f in cues if "switch" in f.condition.value]
    assert switches == [C.SWITCH_BACKWARD, C.SWITCH_FORWARD] * repeats


@given(st.floats(0.0, 60.0), st.floats(0.1, 30.0))
def test_no_bout_begins_while_it_may_not_and_then_it_is_counted_down_anew(
    from_s: float, for_s: float
) -> None:
    programme = programme_of(BOUT, REST, repeats=1)
    now_s, end_s = 0.0, from_s + for_s
    cues: list[tuple[float, ActiveCondition]] = []
    while programme.phase is not Phase.BACKWARD:
        now_s += TICK_S
        may_go_back = not from_s <= now_s < end_s
        walks = state(Direction.FORWARD)
        facts, _ = programme.step(TICK_S, walks, may_go_back=may_go_back)
        assert may_go_back or not facts
        cues += [(now_s, fact) for fact in facts]
    assert [fact.condition for _, fact in cues[-4:]] == [C.COUNTDOWN] * 3 + [C.SWITCH_BACKWARD]
    counted = [t_s for t_s, _ in cues[-4:]]
    assert [b - a for a, b in itertools.pairwise(counted)] == pytest.approx([1.0] * 3, abs=0.11)


def test_a_bout_under_way_goes_on_when_no_new_one_may_begin() -> None:
    programme = programme_of(BOUT, REST, repeats=1)
    while not programme.has_begun:
        programme.step(TICK_S, state())
    for _ in range(round(30.0 / TICK_S) + 2):
        programme.step(TICK_S, None, may_go_back=False)
    assert programme.phase is not Phase.BACKWARD


def test_the_last_rest_is_walked_only_when_the_week_has_one() -> None:
    for has_rest in (False, True):
        plan, week = plan_with(BOUT, REST, has_last_rest=has_rest)
        goes = [planned.step.go for planned in flatten(plan, week, 0)]
        assert goes.count("forward") == (5 if has_rest else 4)


def test_the_setting_of_repeats_goes_before_the_week() -> None:
    plan, week = plan_with(BOUT, REST)
    assert max(p.repeat for p in flatten(plan, week, 7)) == 7


def test_a_step_by_distance_ends_where_the_way_is_covered() -> None:
    programme = programme_of(Step(go="backward", distance_m=40.0), REST, repeats=1)
    _, _, done = run_through(programme)
    assert done[0].backward_s == pytest.approx(40.0, abs=0.3)
    assert done[0].planned_s is None


def test_a_step_by_distance_is_counted_down_as_one_by_time() -> None:
    programme = programme_of(Step(go="backward", distance_m=40.0), REST, repeats=1)
    while programme.phase is not Phase.BACKWARD:
        programme.step(TICK_S, state(Direction.FORWARD))
    ticks: list[tuple[float, str]] = []
    at_s = distance_m = 0.0
    while programme.phase is Phase.BACKWARD:
        at_s += TICK_S
        distance_m += TICK_S
        facts, _ = programme.step(TICK_S, state(distance_m=distance_m))
        ticks += [(at_s, fact.key) for fact in facts]
    assert [key for _, key in ticks] == ["3", "2", "1", ""]
    end_s = ticks[-1][0]
    assert [end_s - t for t, _ in ticks[:3]] == pytest.approx([3.0, 2.0, 1.0], abs=0.06)


def test_an_open_step_lasts_until_it_is_ended() -> None:
    programme = programme_of(Step(go="backward", is_open=True), REST, repeats=1)
    for _ in range(20_000):
        programme.step(
            TICK_S, state(Direction.FORWARD if programme.index == 0 else Direction.BACKWARD)
        )
    assert programme.phase is Phase.BACKWARD
    assert programme.remaining_s is None
    facts, bouts = programme.skip()
    assert [fact.condition for fact in facts] == [C.SWITCH_FORWARD]
    assert bouts[0].backward_s > 900.0
    assert not bouts[0].is_early


def test_two_backward_steps_in_a_row_are_one_bout() -> None:
    programme = programme_of(BOUT, Step(go="backward", time_s=10.0), REST, repeats=2)
    phases, cues, done = run_through(programme)
    assert phases.count(Phase.BACKWARD) == 2
    assert [bout.planned_s for bout in done] == [40.0, 40.0]
    assert [f.key for f in cues if f.key == "step"] == ["step", "step"]


def test_the_cap_rises_inside_a_step_and_the_late_cap_holds_at_its_end() -> None:
    step = Step(
        go="backward", time_s=60.0, cap_mps=1.2, cap_from_mps=0.8, late_cap_mps=1.6, late_s=20.0
    )
    assert step.cap_at(0.0) == 0.8
    assert step.cap_at(10.0) == pytest.approx(1.0)
    assert step.cap_at(20.0) == pytest.approx(1.2)
    assert step.cap_at(39.9) == pytest.approx(1.2)
    assert step.cap_at(40.0) == 1.6
    assert Step(go="backward", time_s=60.0).cap_at(5.0) is None


@given(st.floats(0.02, 0.3))
def test_each_second_of_a_countdown_is_told_once_whatever_the_tick(tick_s: float) -> None:
    left_s, told = 6.0, []
    while left_s > 0:
        told += [fact.key for fact in countdown(left_s, left_s - tick_s)]
        left_s -= tick_s
    assert told == ["3", "2", "1"]


def test_a_restored_programme_goes_on_in_the_middle_of_its_step() -> None:
    programme = programme_of(BOUT, REST)
    programme.restore(3, 12.0)
    assert programme.phase is Phase.BACKWARD
    assert programme.remaining_s == 18.0
    programme.restore(99, 0.0)
    assert programme.is_done
    assert programme.phase is Phase.FREE
    assert programme.step(TICK_S, None) == ((), ())


def test_without_any_state_a_late_bout_begins_by_the_clock() -> None:
    programme = programme_of(BOUT, REST, repeats=1)
    seconds = 0.0
    while not programme.is_done:
        programme.step(TICK_S, None)
        seconds += TICK_S
    assert seconds == pytest.approx(15.0 + 10.0 + 30.0 + 15.0, abs=0.3)


# --- look cues --------------------------------------------------------------------------


def looks(
    seconds: float,
    *,
    is_scouted: bool = False,
    is_partner: bool = False,
    alert_s: float | None = None,
    remaining_s: float | None = None,
    speed_mps: float | None = 1.0,
    caution_s: float | None = None,
) -> list[tuple[float, Condition]]:
    shoulder = Shoulder(SETTINGS)
    shoulder.begin_bout()
    found = []
    for tick in range(round(seconds / TICK_S)):
        now_s = tick * TICK_S
        has_alert = alert_s is not None and now_s >= alert_s
        fact = shoulder.step(
            round(now_s * 1e9),
            TICK_S,
            speed_mps,
            None if remaining_s is None else remaining_s - now_s,
            round(alert_s * 1e9) if has_alert and alert_s is not None else None,
            round(caution_s * 1e9) if caution_s is not None and now_s >= caution_s else None,
            is_scouted=is_scouted,
            is_partner=is_partner,
        )
        if fact is not None:
            found.append((now_s, fact.condition))
    return found


def test_looks_come_every_eight_seconds_at_one_metre_a_second_and_change_sides() -> None:
    found = looks(40.0)
    assert [t for t, _ in found] == pytest.approx([4.95, 12.95, 20.95, 28.95, 36.95], abs=0.06)
    sides = [c for _, c in found]
    assert sides == [C.LOOK_LEFT, C.LOOK_RIGHT] * 2 + [C.LOOK_LEFT]


@pytest.mark.parametrize(
    ("speed_mps", "pause_s"),
    [(0.0, 10.0), (0.6, 10.0), (0.8, 10.0), (1.0, 8.0), (1.25, 6.4), (2.5, 6.0), (None, 6.0)],
)
def test_the_blind_way_between_looks_is_eight_metres_within_six_and_ten_seconds(
    speed_mps: float | None, pause_s: float
) -> None:
    times = [t for t, _ in looks(100.0, speed_mps=speed_mps)]
    pauses = [two - one for one, two in itertools.pairwise(times)]
    assert pauses == pytest.approx([pause_s] * len(pauses), abs=0.06)


def test_looks_are_rarer_on_scouted_ground_and_with_a_partner() -> None:
    assert [len(looks(100.0)), len(looks(100.0, is_scouted=True))] == [12, 4]
    assert len(looks(100.0, is_partner=True)) == 3
    assert len(looks(100.0, is_partner=True, is_scouted=True)) == 3


def test_a_caution_says_look_round_so_the_next_look_comes_a_whole_pause_after_it() -> None:
    assert [t for t, _ in looks(20.0, caution_s=9.0)] == pytest.approx([4.95, 17.0], abs=0.06)


def test_no_look_within_two_seconds_of_an_alert() -> None:
    for alert_s in (2.0, 3.0, 3.9, 3.95):
        first_s = looks(20.0, alert_s=alert_s)[0][0]
        assert first_s - alert_s >= 2.0 - 1e-6 or first_s < alert_s


def test_no_look_within_two_seconds_of_a_countdown() -> None:
    assert all(60.0 - t >= 5.0 for t, _ in looks(60.0, remaining_s=60.0))


# --- speed ------------------------------------------------------------------------------


def test_too_fast_has_a_delay_and_a_hysteresis() -> None:
    cap = SpeedCap(SETTINGS)
    told = []
    speeds = [1.2] * 3 + [0.9] * 2 + [1.2] * 5 + [1.1] * 3 + [0.99] * 2 + [1.1] * 5
    for second, speed in enumerate(speeds):
        fact = cap.step(second * 1_000_000_000, speed, 1.0, from_steps=False)
        told.append(fact is not None)
    assert told == [
        False, False, True, False, False, False, False, True, True, True,
        True, True, True, False, False, False, False, False, False, False,
    ]  # fmt: skip


def test_an_unknown_speed_is_never_too_fast() -> None:
    cap = SpeedCap(SETTINGS)
    for speed, most in ((None, 1.0), (3.0, None)):
        for n in range(10):
            assert cap.step(n * 1_000_000_000, speed, most, from_steps=False) is None


def test_a_speed_from_steps_is_too_fast_only_when_it_is_clear() -> None:
    for speed, is_told in ((1.4, False), (1.6, True)):
        cap = SpeedCap(SETTINGS)
        told = [cap.step(n * 1_000_000_000, speed, 1.0, from_steps=True) for n in range(10)]
        assert any(told) is is_told


def test_the_readiness_is_the_fastest_three_metres_backward() -> None:
    readiness = Readiness()
    distance_m = 0.0
    for tick in range(600):
        speed = 1.2 if 200 <= tick < 300 else 0.6
        distance_m += speed * TICK_S
        now_ns = round(tick * TICK_S * 1e9)
        readiness.step(now_ns, state(distance_m=distance_m), is_fresh=True)
    assert readiness.best_s == pytest.approx(3.0 / 1.2, rel=0.06)


def test_forward_motion_says_nothing_about_readiness() -> None:
    readiness = Readiness()
    for tick in range(600):
        there = state(Direction.FORWARD, tick * 0.1)
        readiness.step(tick * 50_000_000, there, is_fresh=True)
    assert readiness.best_s is None


def test_a_way_told_by_steps_alone_says_nothing_about_readiness() -> None:
    readiness = Readiness()
    for tick in range(600):
        there = state(distance_m=tick * 0.05)
        readiness.step(tick * 50_000_000, there, is_fresh=tick % 40 > 20)
    assert readiness.best_s is None


# --- the plan file ----------------------------------------------------------------------


def tables(**changes: Any) -> dict[str, Any]:
    step = {"go": "backward", "time_s": 60}
    return {"name": "x", "weeks": [{"repeats": 5, "steps": [step]}], **changes}


def faults_of(found: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        plan_from(found, "my.toml")
    return caught.value.faults


def test_a_small_plan_takes_the_defaults() -> None:
    plan = plan_from(tables(), "my.toml")
    assert plan.sessions_per_week == 2
    assert plan.gates.not_ready_s == 4.5


def test_all_faults_of_a_plan_are_named_at_once_with_their_place() -> None:
    steps = [{"go": "backwards", "time_s": 60}, {"go": "forward"}]
    faults = faults_of(
        tables(
            weeks=[{"repeats": 0, "steps": steps}, {"repeats": 5, "stepss": []}],
            gates={"ready_ss": 3.0},
        )
    )
    text = "\n".join(faults)
    assert "week 1 step 1 go" in text
    assert "week 1 step 2" in text
    assert "exactly one of time_s, distance_m and is_open" in text
    assert "did you mean steps?" in text
    assert "did you mean ready_s?" in text


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"weeks": []}, "weeks"),
        ({"weeks": 3}, "weeks"),
        ({"weeks": [3]}, "week 1 must be a table"),
        ({"weeks": [{"repeats": 5, "steps": [3]}]}, "week 1 step 1 must be a table"),
        ({"weeks": [{"repeats": 5, "steps": []}]}, "steps"),
        (
            {"weeks": [{"repeats": 5, "steps": [{"go": "forward", "time_s": 9}]}]},
            "backward step",
        ),
        ({"warm_up_s": 5}, "warm_up_s"),
        ({"gates": {"ready_s": 5.0, "not_ready_s": 4.0}}, "ready_s is above not_ready_s"),
        ({"sessions_per_week": 9}, "sessions_per_week"),
        ({"nam": "x"}, "did you mean name?"),
    ],
)
def test_a_fault_of_a_plan_is_named(change: dict[str, Any], word: str) -> None:
    assert any(word in fault for fault in faults_of(tables(**change)))


@pytest.mark.parametrize(
    ("step", "word"),
    [
        ({"time_s": 60, "distance_m": 50}, "exactly one"),
        ({"time_s": 60, "cap_from_mps": 0.5}, "cap_from_mps needs cap_mps"),
        ({"is_open": True, "late_cap_mps": 1.5}, "late_cap_mps needs time_s"),
    ],
)
def test_a_step_that_contradicts_itself_is_refused(step: dict[str, Any], word: str) -> None:
    week = {"repeats": 5, "steps": [{"go": "backward", **step}]}
    assert any(word in fault for fault in faults_of(tables(weeks=[week])))


def test_a_plan_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_plan(tmp_path / "plan.toml")


def test_who_goes_on_backward_in_a_forward_step_is_told_to_turn_again() -> None:
    programme = programme_of(BOUT, Step(go="forward", time_s=60.0))
    told: list[tuple[float, str]] = []
    for tick in range(round(60.0 / TICK_S)):
        # The warm-up of 15 s first: it is a forward step as well.
        facts, _ = programme.step(TICK_S, state(Direction.BACKWARD))
        told += [
            (tick * TICK_S, fact.key) for fact in facts if fact.condition is C.SWITCH_FORWARD
        ]
        if programme.phase is Phase.BACKWARD:
            break
    assert [key for _, key in told] == ["reminder 1"]
    assert told[0][0] == pytest.approx(SETTINGS.onset_wait_s, abs=2 * TICK_S)


def test_who_walks_forward_in_a_forward_step_is_left_in_peace() -> None:
    programme = programme_of(BOUT, Step(go="forward", time_s=60.0))
    cues: list[ActiveCondition] = []
    while programme.phase is not Phase.BACKWARD:
        facts, _ = programme.step(TICK_S, state(Direction.FORWARD))
        cues += facts
    assert [fact for fact in cues if fact.condition is C.SWITCH_FORWARD] == []
