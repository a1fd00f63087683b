"""Steps, repeats, look cues, speed, and the plan file."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.coach.bout import Bout, Progress
from backrun_pi.coach.countdown import countdown
from backrun_pi.coach.going import Going
from backrun_pi.coach.intervals import Programme
from backrun_pi.coach.plan import Plan, Step, Week, load_plan, plan_from
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.coach.shoulder import LookBasis, Shoulder
from backrun_pi.coach.speed import Readiness, SpeedCap
from backrun_pi.coach.steps import Planned, flatten
from backrun_pi.errors import ConfigError
from backrun_pi.messages import (
    ActiveCondition,
    BoutLimit,
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


class Run(Programme):
    """A programme with the motion of somebody who follows it."""

    def __init__(self, planned: tuple[Planned, ...]) -> None:
        super().__init__(planned, SETTINGS)
        self.going = Going()

    def go(
        self, state: RunnerState | None, limits: Sequence[BoutLimit] = (), **more: bool
    ) -> Progress:
        self.going.step(TICK_S, state)
        return self.step(TICK_S, self.going, limits, **more)


def programme_of(*steps: Step, repeats: int = 3, **more: Any) -> Run:
    plan, week = plan_with(*steps, repeats=repeats, **more)
    return Run(flatten(plan, week, 0))


def run_through(programme: Run) -> tuple[list[Phase], list[ActiveCondition], list[Bout]]:
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
        found = programme.go(state(direction, distance_m))
        cues += found.conditions
        done += [found.bout] if found.bout else []
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
def test_no_bout_begins_while_it_may_not_and_then_it_is_counted_down_again(
    from_s: float, for_s: float
) -> None:
    programme = programme_of(BOUT, REST, repeats=1)
    now_s, end_s = 0.0, from_s + for_s
    cues: list[tuple[float, ActiveCondition]] = []
    while programme.phase is not Phase.BACKWARD:
        now_s += TICK_S
        may_go_back = not from_s <= now_s < end_s
        walks = state(Direction.FORWARD)
        facts = programme.go(walks, may_go_back=may_go_back).conditions
        assert may_go_back or not facts
        cues += [(now_s, fact) for fact in facts]
    assert [fact.condition for _, fact in cues[-4:]] == [C.COUNTDOWN] * 3 + [C.SWITCH_BACKWARD]
    counted = [t_s for t_s, _ in cues[-4:]]
    assert [b - a for a, b in itertools.pairwise(counted)] == pytest.approx([1.0] * 3, abs=0.11)


def test_a_bout_under_way_goes_on_when_no_new_one_may_begin() -> None:
    programme = programme_of(BOUT, REST, repeats=1)
    while not programme.has_begun:
        programme.go(state())
    for _ in range(round(30.0 / TICK_S) + 2):
        programme.go(None, may_go_back=False)
    assert programme.phase is not Phase.BACKWARD


def test_the_last_rest_is_walked_only_when_the_week_has_one() -> None:
    for has_rest in (False, True):
        plan, week = plan_with(BOUT, REST, has_last_rest=has_rest)
        goes = [planned.step.go for planned in flatten(plan, week, 0)]
        assert goes.count("forward") == (5 if has_rest else 4)


def test_the_setting_of_repeats_goes_before_the_week() -> None:
    plan, week = plan_with(BOUT, REST)
    assert max(p.bout for p in flatten(plan, week, 7)) == 7


def test_a_step_by_distance_ends_where_the_way_is_covered() -> None:
    programme = programme_of(Step(go="backward", distance_m=40.0), REST, repeats=1)
    _, _, done = run_through(programme)
    assert done[0].backward_s == pytest.approx(40.0, abs=0.7)
    assert done[0].planned_s is None


def test_a_step_by_distance_is_counted_down_as_one_by_time() -> None:
    programme = programme_of(Step(go="backward", distance_m=40.0), REST, repeats=1)
    while programme.phase is not Phase.BACKWARD:
        programme.go(state(Direction.FORWARD))
    ticks: list[tuple[float, str]] = []
    at_s = distance_m = 0.0
    while programme.phase is Phase.BACKWARD:
        at_s += TICK_S
        distance_m += TICK_S
        facts = programme.go(state(distance_m=distance_m)).conditions
        ticks += [(at_s, fact.key) for fact in facts]
    assert [key for _, key in ticks] == ["3", "2", "1", ""]
    end_s = ticks[-1][0]
    assert [end_s - t for t, _ in ticks[:3]] == pytest.approx([3.0, 2.0, 1.0], abs=0.06)


def test_an_open_step_lasts_until_it_is_ended() -> None:
    programme = programme_of(Step(go="backward", is_open=True), REST, repeats=1)
    for _ in range(20_000):
        is_first = programme.index == 0
        programme.go(state(Direction.FORWARD if is_first else Direction.BACKWARD))
    assert programme.phase is Phase.BACKWARD
    assert programme.remaining_s is None
    found = programme.skip()
    assert [fact.condition for fact in found.conditions] == [C.SWITCH_FORWARD]
    assert found.bout is not None
    assert found.bout.backward_s > 900.0
    assert not found.bout.is_early


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
def test_each_second_of_a_countdown_is_announced_once_whatever_the_tick(tick_s: float) -> None:
    left_s, reported = 6.0, []
    while left_s > 0:
        reported += [fact.key for fact in countdown(left_s, left_s - tick_s)]
        left_s -= tick_s
    assert reported == ["3", "2", "1"]


def test_a_restored_programme_goes_on_in_the_middle_of_its_step() -> None:
    programme = programme_of(BOUT, REST)
    programme.restore(3, 12.0)
    assert programme.phase is Phase.BACKWARD
    assert programme.remaining_s == 18.0
    programme.restore(99, 0.0)
    assert programme.is_done
    assert programme.phase is Phase.FREE
    assert programme.go(None) == Progress()


def test_without_any_state_a_late_bout_begins_by_the_clock() -> None:
    programme = programme_of(BOUT, REST, repeats=1)
    seconds = 0.0
    while not programme.is_done:
        programme.go(None)
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
    is_walked: bool = False,
    dropped: Sequence[int] = (),
) -> list[tuple[float, Condition]]:
    shoulder = Shoulder(SETTINGS)
    shoulder.begin_bout()
    found: list[tuple[float, Condition]] = []
    look_ns: int | None = None
    for tick in range(round(seconds / TICK_S)):
        now_s = tick * TICK_S
        has_alert = alert_s is not None and now_s >= alert_s
        basis = LookBasis(
            speed_mps=speed_mps,
            remaining_s=None if remaining_s is None else remaining_s - now_s,
            last_alert_ns=round(alert_s * 1e9) if has_alert and alert_s is not None else None,
            last_caution_ns=_at_ns(caution_s, now_s),
            last_look_ns=look_ns,
            is_scouted=is_scouted,
            is_walked=is_walked,
            is_partner=is_partner,
        )
        fact = shoulder.step(round(now_s * 1e9), TICK_S, basis)
        if fact is not None and len(found) not in dropped:
            look_ns = round(now_s * 1e9)
        if fact is not None:
            found.append((now_s, fact.condition))
    return found


def _at_ns(at_s: float | None, now_s: float) -> int | None:
    return None if at_s is None or now_s < at_s else round(at_s * 1e9)


def test_a_look_that_was_dropped_is_asked_for_again_over_the_same_shoulder() -> None:
    sides = [c for _, c in looks(60.0, dropped=(0, 3, 4))]
    given = [c for n, c in enumerate(sides) if n not in {0, 3, 4}]
    assert given == ([C.LOOK_LEFT, C.LOOK_RIGHT] * 9)[: len(given)]
    assert sides[:2] == [C.LOOK_LEFT, C.LOOK_LEFT]
    assert looks(60.0, dropped=(0,))[1][0] == pytest.approx(4.95 + 2.0, abs=0.06)


def test_looks_are_rarer_on_ground_that_was_walked_forward_today() -> None:
    pauses = [b - a for (a, _), (b, _) in itertools.pairwise(looks(100.0, is_walked=True))]
    assert pauses == pytest.approx([15.0] * len(pauses), abs=0.06)
    assert len(looks(100.0, is_walked=True, is_scouted=True)) == 4


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
    reported = []
    speeds = [1.2] * 3 + [0.9] * 2 + [1.2] * 5 + [1.1] * 3 + [0.99] * 2 + [1.1] * 5
    for second, speed in enumerate(speeds):
        fact = cap.step(second * 1_000_000_000, speed, 1.0, from_steps=False)
        reported.append(fact is not None)
    assert reported == [
        False, False, True, False, False, False, False, True, True, True,
        True, True, True, False, False, False, False, False, False, False,
    ]  # fmt: skip


def test_an_unknown_speed_is_never_too_fast() -> None:
    cap = SpeedCap(SETTINGS)
    for speed, most in ((None, 1.0), (3.0, None)):
        for n in range(10):
            assert cap.step(n * 1_000_000_000, speed, most, from_steps=False) is None


def test_a_speed_from_steps_is_too_fast_only_when_it_is_clear() -> None:
    for speed, is_announced in ((1.4, False), (1.6, True)):
        cap = SpeedCap(SETTINGS)
        reported = [cap.step(n * 1_000_000_000, speed, 1.0, from_steps=True) for n in range(10)]
        assert any(reported) is is_announced


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


def test_a_distance_from_steps_alone_says_nothing_about_readiness() -> None:
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


def begin(programme: Run, phase: Phase) -> None:
    """Follow the programme until a phase begins."""
    while programme.phase is not phase:
        is_bout = programme.phase is Phase.BACKWARD
        programme.go(state(Direction.BACKWARD if is_bout else Direction.FORWARD))


def test_reminders_to_go_forward_grow_rarer_and_the_rest_is_still_owed() -> None:
    programme = programme_of(BOUT, Step(go="forward", time_s=60.0), repeats=5)
    begin(programme, Phase.RECOVER)
    reminders: list[float] = []
    for tick in range(round(600.0 / TICK_S)):
        found = programme.go(state(Direction.BACKWARD))
        reminders += [
            tick * TICK_S for f in found.conditions if f.condition is C.SWITCH_FORWARD
        ]
    assert reminders == pytest.approx([10, 30, 70, 150, 270, 390, 510], abs=1.0)
    assert (programme.phase, programme.index) == (Phase.RECOVER, 2)
    assert programme.beyond_s == pytest.approx(599.5, abs=1.0)
    remaining_s = programme.remaining_s
    assert remaining_s == pytest.approx(60.0 - SETTINGS.rest_late_s, abs=1.0)


def test_later_reminders_are_counted_down() -> None:
    programme = programme_of(BOUT, Step(go="forward", time_s=60.0))
    begin(programme, Phase.RECOVER)
    cues: list[tuple[float, ActiveCondition]] = []
    for tick in range(round(35.0 / TICK_S)):
        found = programme.go(state(Direction.BACKWARD))
        cues += [(tick * TICK_S, fact) for fact in found.conditions]
    assert [fact.key for _, fact in cues] == [
        "reminder 1", "reminder 3", "reminder 2", "reminder 1", "reminder 2",
    ]  # fmt: skip
    counted = [t for t, _ in cues[1:]]
    assert [b - a for a, b in itertools.pairwise(counted)] == pytest.approx([1.0] * 3, abs=0.11)


def test_walking_forward_in_a_rest_brings_no_reminder() -> None:
    programme = programme_of(BOUT, Step(go="forward", time_s=60.0))
    cues: list[ActiveCondition] = []
    while programme.phase is not Phase.BACKWARD:
        cues += programme.go(state(Direction.FORWARD)).conditions
    assert [fact for fact in cues if fact.condition is C.SWITCH_FORWARD] == []


@pytest.mark.parametrize("early_s", [0.5, 1.5, 2.5, 2.9])
def test_turning_early_is_the_bout_and_not_its_end(early_s: float) -> None:
    programme = programme_of(BOUT, REST, repeats=2)
    done: list[Bout] = []
    switches: list[Condition] = []
    is_counted = False
    while not programme.is_done:
        phase = programme.phase
        wanted = phase is Phase.BACKWARD
        remaining_s = programme.remaining_s
        if is_counted and remaining_s is not None and remaining_s <= early_s:
            wanted = not wanted and programme.phase is not Phase.COOL_DOWN
        found = programme.go(state(Direction.BACKWARD if wanted else Direction.FORWARD))
        counted = [f for f in found.conditions if f.condition is C.COUNTDOWN]
        is_counted = (is_counted or bool(counted)) and programme.phase is phase
        done += [found.bout] if found.bout else []
        switches += [f.condition for f in found.conditions if "switch" in f.condition.value]
    assert [bout.is_early for bout in done] == [False, False]
    assert switches == [C.SWITCH_BACKWARD, C.SWITCH_FORWARD] * 2
    assert all(bout.backward_s == pytest.approx(30.0 - early_s, abs=0.7) for bout in done)


@given(st.lists(st.tuples(st.floats(0.1, 8.0), st.sampled_from(list(Direction))), max_size=40))
def test_ticks_of_a_countdown_are_a_second_apart_whatever_the_wearer_does(
    doings: list[tuple[float, Direction]],
) -> None:
    programme = programme_of(Step(go="backward", time_s=12.0), REST, repeats=3)
    ticks: list[tuple[float, str]] = []
    now_s = 0.0
    for for_s, direction in doings:
        for _ in range(round(for_s / TICK_S)):
            now_s += TICK_S
            found = programme.go(state(direction)).conditions
            ticks += [(now_s, f.key) for f in found if f.key in {"3", "2", "1"}]
    keys = [key for _, key in ticks]
    assert keys == (["3", "2", "1"] * 40)[: len(keys)]
    for (one_s, one), (two_s, _) in itertools.pairwise(ticks):
        assert one == "1" or two_s - one_s == pytest.approx(1.0, abs=0.11)


def test_a_direction_that_flickers_begins_no_bout() -> None:
    programme = programme_of(BOUT, REST)
    begin(programme, Phase.BACKWARD)
    for tick in range(round(8.0 / TICK_S)):
        flicker = tick % 20 < 2
        programme.go(state(Direction.BACKWARD if flicker else Direction.FORWARD))
    assert not programme.has_begun
    for _ in range(round(0.6 / TICK_S)):
        programme.go(state(Direction.BACKWARD))
    assert programme.has_begun


def test_a_flicker_of_backward_does_not_keep_a_bout_open_that_was_left() -> None:
    programme = programme_of(BOUT, REST)
    begin(programme, Phase.BACKWARD)
    for _ in range(round(5.0 / TICK_S)):
        programme.go(state(Direction.BACKWARD))
    seconds = 0.0
    while programme.phase is Phase.BACKWARD:
        flicker = round(seconds / TICK_S) % 100 < 2
        programme.go(state(Direction.BACKWARD if flicker else Direction.FORWARD))
        seconds += TICK_S
    assert seconds == pytest.approx(SETTINGS.lapse_s, abs=1.5)


# --- where a bout may begin and end -----------------------------------------------------

BENCH = "bench in the way"
ROAD = "a road crosses"
LONG_BOUT = Step(go="backward", time_s=60.0)
WALK = Step(go="forward", time_s=30.0)


def walk_towards(
    programme: Run, limit: BoutLimit, most_s: float = 200.0
) -> tuple[float, list[ActiveCondition]]:
    """Walk at 1 m/s towards something until the next switch; return its time and the cues."""
    cues: list[ActiveCondition] = []
    index, now_s = programme.index, 0.0
    while programme.index == index:
        now_s += TICK_S
        left_m = limit.distance_m - now_s
        near = (BoutLimit(max(0.0, left_m), limit.is_traffic, limit.because),)
        wanted = programme.phase is Phase.BACKWARD
        found = programme.go(
            state(Direction.BACKWARD if wanted else Direction.FORWARD),
            near if left_m > -1.0 else (),
        )
        cues += found.conditions
        assert now_s < most_s
    return now_s, cues


def test_a_switch_to_backward_waits_until_an_obstacle_is_passed() -> None:
    programme = programme_of(LONG_BOUT, WALK)
    at_s, cues = walk_towards(programme, BoutLimit(16.0, False, BENCH))
    assert at_s == pytest.approx(16.0 + 1.0 + 3.0, abs=0.2)
    assert [fact.key for fact in cues] == ["3", "2", "1", ""]


def test_a_switch_waits_for_a_road_as_far_as_the_bout_reaches() -> None:
    for distance_m, at_s in ((45.0, 49.0), (80.0, 15.0)):
        programme = programme_of(LONG_BOUT, WALK)
        programme.go(state(Direction.FORWARD))
        found_s, _ = walk_towards(programme, BoutLimit(distance_m, True, ROAD))
        assert found_s == pytest.approx(at_s, abs=0.3)


def test_after_a_minute_without_a_place_the_clock_goes_on_with_a_caution() -> None:
    programme = programme_of(LONG_BOUT, WALK, repeats=1)
    seconds, cues = 0.0, []
    while programme.phase is Phase.WARM_UP:
        seconds += TICK_S
        limits = (BoutLimit(2.0, False, BENCH),)
        found = programme.go(state(Direction.FORWARD), limits)
        cues += [(seconds, fact.condition) for fact in found.conditions]
    assert [c for _, c in cues] == [
        C.NO_CLEAR_GROUND, *[C.COUNTDOWN] * 3, C.SWITCH_BACKWARD
    ]  # fmt: skip
    assert cues[0][0] == pytest.approx(15.0 - 3.0 + 60.0, abs=0.2)
    assert cues[1][0] - cues[0][0] >= 1.5


def test_a_bout_ends_up_to_fifteen_seconds_early_and_the_next_one_takes_it_over() -> None:
    programme = programme_of(LONG_BOUT, WALK, repeats=2)
    begin(programme, Phase.BACKWARD)
    while (programme.remaining_s or 0.0) > 14.0:
        programme.go(state())
    bout = None
    while bout is None:
        bout = programme.go(state(), (BoutLimit(6.0, False, BENCH),)).bout
    assert not bout.is_early
    assert bout.cut_because == BENCH
    assert bout.backward_s == pytest.approx(46.0 + 3.0, abs=0.6)
    assert programme.owed_s == pytest.approx(11.0, abs=0.2)
    begin(programme, Phase.BACKWARD)
    assert programme.remaining_s == pytest.approx(71.0, abs=0.3)
    _, _, done = run_through(programme)
    assert done[0].backward_s == pytest.approx(71.0, abs=0.7)


def test_a_bout_that_has_long_to_go_does_not_end_before_an_obstacle_but_before_a_road() -> None:
    for is_traffic in (False, True):
        programme = programme_of(LONG_BOUT, WALK, repeats=2)
        begin(programme, Phase.BACKWARD)
        while (programme.remaining_s or 0.0) > 40.0:
            programme.go(state())
        limit = BoutLimit(6.0, is_traffic, ROAD if is_traffic else BENCH)
        ends = [programme.go(state(), (limit,)).bout for _ in range(round(5.0 / TICK_S))]
        assert any(ends) is is_traffic


def test_going_backward_early_ends_the_wait_for_a_place() -> None:
    programme = programme_of(LONG_BOUT, WALK)
    near = (BoutLimit(3.0, False, BENCH),)
    for _ in range(round(20.0 / TICK_S)):
        programme.go(state(Direction.FORWARD), near)
    assert programme.held_because == BENCH
    seconds = 0.0
    while programme.phase is Phase.WARM_UP:
        programme.go(state(Direction.BACKWARD), near)
        seconds += TICK_S
    assert seconds == pytest.approx(1.0, abs=0.2), "half a second is a flicker"


@pytest.mark.parametrize("early_s", [4.0, 5.0])
def test_a_runner_who_changes_direction_before_the_countdown_has_changed(
    early_s: float,
) -> None:
    programme = programme_of(BOUT, REST, repeats=2)
    done: list[Bout] = []
    switches: list[Condition] = []
    ticks = 0
    wants_back = False
    while not programme.is_done:
        before, remaining_s = programme.phase, programme.remaining_s
        is_near = remaining_s is not None and remaining_s <= early_s
        if is_near and before is not Phase.COOL_DOWN:
            wants_back = before is not Phase.BACKWARD
        found = programme.go(state(Direction.BACKWARD if wants_back else Direction.FORWARD))
        ticks += sum(f.condition is C.COUNTDOWN for f in found.conditions)
        done += [found.bout] if found.bout else []
        switches += [f.condition for f in found.conditions if "switch" in f.condition.value]
    assert [bout.is_early for bout in done] == [False, False]
    assert switches == [C.SWITCH_BACKWARD, C.SWITCH_FORWARD] * 2
    assert ticks == 3, "only the end of the session is counted down"


def test_a_runner_who_missed_the_switch_does_not_begin_the_next_bout_by_going_on() -> None:
    programme = programme_of(BOUT, Step(go="forward", time_s=30.0), repeats=2)
    begin(programme, Phase.RECOVER)
    for _ in range(round(90.0 / TICK_S)):
        programme.go(state(Direction.BACKWARD))
    assert programme.phase is Phase.RECOVER


def test_a_bout_that_is_left_for_the_other_way_is_reminded_of_before_it_is_over() -> None:
    doubted = replace(state(Direction.UNKNOWN), mount=MountState.DOUBTED)
    for stray in (state(Direction.FORWARD), doubted):
        programme = programme_of(LONG_BOUT, WALK)
        begin(programme, Phase.BACKWARD)
        for _ in range(round(5.0 / TICK_S)):
            programme.go(state(Direction.BACKWARD))
        seconds, reminded_s = 0.0, None
        while reminded_s is None and seconds < 19.0:
            found = programme.go(stray)
            seconds += TICK_S
            if any(f.condition is C.REMIND_BACKWARD for f in found.conditions):
                reminded_s = seconds
        assert reminded_s == pytest.approx(10.5, abs=1.1)


def test_a_treadmill_knows_no_places() -> None:
    plan, week = plan_with(LONG_BOUT, WALK, repeats=1)
    going = Going()
    belt = Programme(flatten(plan, week, 0), SETTINGS, plan.treadmill)
    seconds = 0.0
    while belt.phase is Phase.WARM_UP:
        going.step(TICK_S, state(Direction.FORWARD))
        belt.step(TICK_S, going, (BoutLimit(0.0, True, ROAD),))
        seconds += TICK_S
    assert seconds == pytest.approx(15.0, abs=0.1)


def test_nobody_is_switched_while_sitting_on_a_bench() -> None:
    programme = programme_of(BOUT, REST)
    sits = dataclasses.replace(state(Direction.UNKNOWN), gait=Gait.STILL)
    for _ in range(round(60.0 / TICK_S)):
        assert programme.go(sits).conditions == ()
    assert programme.phase is Phase.WARM_UP
    begin(programme, Phase.BACKWARD)
