"""Rules of the arbiter: one winner, nothing cancels STOP, no flood, no silence about a loss."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.alerts.arbiter import Arbiter
from backrun_pi.alerts.motor_time import Moment
from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import HAZARD_GATES, TABLE, Gate
from backrun_pi.haptics.player import Player
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.messages import ActiveCondition, Alert, Condition, CueProgress, Priority

TICK_NS = 50_000_000
SETTINGS = AlertsSettings()
C = Condition
CALL_S = 1.4  # short short long, walking, with late ticks: its long beat is over


def fact(condition: Condition, key: str = "", count: int = 1) -> ActiveCondition:
    return ActiveCondition(condition, (f"{condition.value} {key}",), key, count)


def gates(*, is_backward: bool) -> frozenset[Gate]:
    """Return the open gates while moving backward, or forward."""
    if is_backward:
        return frozenset({Gate.ALWAYS, *HAZARD_GATES})
    return frozenset({Gate.ALWAYS, Gate.NOT_BACKWARD})


class Run:
    """An arbiter, the player that reports to it, and a clock of ticks."""

    def __init__(self) -> None:
        self.arbiter, self.player = Arbiter(SETTINGS), Player(HapticsSettings())
        self.now_ns = 1_000_000_000_000  # as after a quarter of an hour
        self.alerts: list[Alert] = []
        self.completed: list[Alert] = []
        self.progress = CueProgress()
        self.switch_in_s: float | None = None
        self.is_motor_silent = False

    def tick(self, *facts: ActiveCondition, is_backward: bool = True) -> Alert | None:
        return self.step(facts, gates(is_backward=is_backward))

    def step(self, facts: Sequence[ActiveCondition], is_open: frozenset[Gate]) -> Alert | None:
        self.now_ns += TICK_NS
        moment = Moment(
            self.now_ns, is_open, self.progress, self.switch_in_s, self.is_motor_silent
        )
        alert = self.arbiter.step(moment, facts)
        self.progress = self.player.step(
            self.now_ns, alert, 0.25, is_motor_silent=self.is_motor_silent
        ).progress
        if alert is not None:
            self.alerts.append(alert)
        if self.progress.completed is not None:
            self.completed.append(self.progress.completed)
        return alert

    def hold(
        self, seconds: float, *facts: ActiveCondition, is_backward: bool = True
    ) -> list[Alert]:
        before = len(self.alerts)
        for _ in range(round(seconds * 20)):
            self.tick(*facts, is_backward=is_backward)
        return self.alerts[before:]


def announced(alerts: Sequence[Alert]) -> list[Condition]:
    return [alert.condition for alert in alerts]


def test_the_higher_rank_wins() -> None:
    run = Run()
    alert = run.tick(fact(C.LOOK_LEFT), fact(C.STOP_HAZARD, "a"), fact(C.CAUTION_HAZARD, "b"))
    assert alert is not None
    assert alert.condition is C.STOP_HAZARD
    assert alert.priority is Priority.STOP
    assert alert.pattern == "stop"
    assert alert.because == ("stop_hazard a",)


def test_the_first_tick_begins_no_cue_and_loses_none() -> None:
    arbiter, is_open = Arbiter(SETTINGS), gates(is_backward=False)
    stated = (fact(C.NOT_RESUMED), fact(C.RESUMED))
    assert arbiter.step(Moment(TICK_NS, is_open, is_first=True), stated) is None
    alert = arbiter.step(Moment(2 * TICK_NS, is_open), ())
    assert alert is not None
    assert alert.since_ns == TICK_NS


def test_of_equal_ranks_the_newer_one_wins() -> None:
    run = Run()
    run.hold(0.1, fact(C.BEND, "old"))
    alert = run.tick(fact(C.BEND, "old"), fact(C.CAUTION_HAZARD, "new"))
    assert alert is not None
    assert alert.key == "new"


def test_of_equal_ranks_of_equal_age_the_first_of_the_table_wins() -> None:
    for facts in (
        (fact(C.IMU_LOST), fact(C.RECORDER_FAULT)),
        (fact(C.RECORDER_FAULT), fact(C.IMU_LOST)),
    ):
        alert = Run().tick(*facts)
        assert alert is not None
        assert alert.condition is C.IMU_LOST


def test_an_alert_says_since_when_its_condition_holds() -> None:
    run = Run()
    run.tick(fact(C.MAP_OFF))
    first_ns = run.now_ns
    run.hold(0.6, fact(C.MAP_OFF))
    assert [alert.since_ns for alert in run.alerts] == [first_ns]
    assert run.alerts[0].t_ns == first_ns + 500_000_000


def test_a_caution_is_announced_once_for_as_long_as_it_holds() -> None:
    assert announced(Run().hold(30.0, fact(C.CAUTION_HAZARD, "bench"))) == [C.CAUTION_HAZARD]


def test_a_caution_is_announced_again_when_the_hazard_comes_back_after_the_re_arm_time() -> (
    None
):
    run = Run()
    run.hold(1.0, fact(C.CAUTION_HAZARD, "bench"))
    run.hold(18.0)
    assert run.hold(1.0, fact(C.CAUTION_HAZARD, "bench")) == []
    run.hold(20.1)
    assert announced(run.hold(1.0, fact(C.CAUTION_HAZARD, "bench"))) == [C.CAUTION_HAZARD]


def test_a_hazard_that_flickers_is_announced_once() -> None:
    run = Run()
    for _ in range(40):
        run.hold(0.2, fact(C.CAUTION_HAZARD, "bench"))
        run.hold(0.3)
    assert announced(run.alerts) == [C.CAUTION_HAZARD]


def test_two_cautions_within_three_seconds_are_one_cue() -> None:
    run = Run()
    both = (fact(C.CAUTION_HAZARD, "bench"), fact(C.CAUTION_HAZARD, "tree"))
    run.hold(2.0, both[0])
    run.hold(20.0, *both)
    assert [alert.key for alert in run.alerts] == ["bench"]


def test_two_cautions_more_than_three_seconds_apart_are_two_cues() -> None:
    run = Run()
    both = (fact(C.CAUTION_HAZARD, "bench"), fact(C.CAUTION_HAZARD, "tree"))
    run.hold(3.1, both[0])
    run.hold(2.0, *both)
    assert [alert.key for alert in run.alerts] == ["bench", "tree"]


def test_exactly_three_seconds_still_count_as_soon_and_a_minute_as_over() -> None:
    run = Run()
    run.tick(fact(C.CAUTION_HAZARD, "bench"))
    run.hold(2.95)
    assert run.tick(fact(C.CAUTION_HAZARD, "tree")) is None
    run = Run()
    first_ns = 0
    for n in range(6):
        run.tick(fact(C.PARTNER_CAUTION, str(n)))
        first_ns = first_ns or run.now_ns
        run.hold(1.95)
    assert len(run.alerts) == 6
    while run.now_ns < first_ns + 60_000_000_000 - TICK_NS:
        run.tick(fact(C.PARTNER_CAUTION, "late"))
    assert len(run.alerts) == 6
    assert run.tick(fact(C.PARTNER_CAUTION, "late")) is not None


def test_a_caution_of_another_kind_waits_and_is_not_swallowed() -> None:
    run = Run()
    both = (fact(C.CAUTION_HAZARD, "bench"), fact(C.ON_BUSY_WAY, "cycleway"))
    run.hold(0.1, both[0])
    run.hold(10.0, both[1])
    assert announced(run.alerts) == [C.CAUTION_HAZARD, C.ON_BUSY_WAY]
    gap_s = (run.alerts[1].t_ns - run.alerts[0].t_ns) * 1e-9
    assert gap_s == pytest.approx(3.0, abs=0.06)


def test_a_busy_way_is_announced_again_after_ten_minutes_or_entered_after_five() -> None:
    run = Run()
    run.hold(5.0, fact(C.ON_BUSY_WAY), is_backward=False)
    assert announced(run.alerts) == [C.ON_BUSY_WAY]
    run.hold(60.0)
    assert run.hold(530.0, fact(C.ON_BUSY_WAY)) == [], "left, and entered again"
    assert announced(run.hold(10.0, fact(C.ON_BUSY_WAY))) == [C.ON_BUSY_WAY]
    run.hold(310.0)
    assert announced(run.hold(2.0, fact(C.ON_BUSY_WAY))) == [C.ON_BUSY_WAY]


def test_a_busy_way_waits_for_an_obstacle_to_be_passed_but_not_for_ever() -> None:
    run = Run()
    run.hold(0.1, fact(C.CAUTION_HAZARD, "n1"))
    both = (fact(C.CAUTION_HAZARD, "n1"), fact(C.ON_BUSY_WAY))
    assert announced(run.hold(20.0, *both)) == []
    assert announced(run.hold(0.1, fact(C.ON_BUSY_WAY))) == [C.ON_BUSY_WAY]
    run = Run()
    run.hold(0.1, fact(C.CAUTION_HAZARD, "n1"))
    alerts = run.hold(SETTINGS.crowded_s + 0.2, *both)
    assert announced(alerts) == [C.ON_BUSY_WAY], "among obstacles all the time"


@pytest.mark.parametrize("low", [C.EDGE, C.ON_BUSY_WAY, C.CAUTION_HAZARD, C.BEND, C.TOO_FAST])
@pytest.mark.parametrize("switch", [C.SWITCH_FORWARD, C.SWITCH_BACKWARD])
def test_a_change_of_direction_begins_on_its_own_tick_before_anything_that_is_not_a_stop(
    low: Condition, switch: Condition
) -> None:
    for ticks in range(60):
        run = Run()
        for tick in range(80):
            run.switch_in_s = max(0.0, ticks * 0.05 - tick * 0.05)
            facts = [fact(low)] if tick >= 1 else []
            if tick == ticks:
                run.switch_in_s = 60.0
                facts.append(fact(switch))
                assert announced([a for a in (run.tick(*facts),) if a]) == [switch], (
                    low,
                    ticks,
                )
                break
            run.tick(*facts)


def test_a_busy_way_cuts_no_other_cue_short() -> None:
    run = Run()
    run.tick(fact(C.READY), is_backward=False)
    waited = run.hold(3.0, fact(C.ON_BUSY_WAY), is_backward=False)
    assert announced(waited) == [C.ON_BUSY_WAY]
    assert (waited[0].t_ns - run.alerts[0].t_ns) * 1e-9 == pytest.approx(2.35, abs=0.06)


def test_a_stop_is_never_merged_into_a_caution() -> None:
    run = Run()
    run.hold(0.5, fact(C.CAUTION_HAZARD, "bench"))
    assert announced(run.hold(0.1, fact(C.STOP_HAZARD, "tree"))) == [C.STOP_HAZARD]


def test_a_stop_pre_empts_on_the_very_tick_it_arises() -> None:
    run = Run()
    run.tick(fact(C.GNSS_LOST))
    run.hold(0.15, fact(C.GNSS_LOST))
    alert = run.tick(fact(C.GNSS_LOST), fact(C.STOP_HAZARD, "a"))
    assert alert is not None
    assert alert.condition is C.STOP_HAZARD


def test_a_stop_is_repeated_while_it_holds_and_ends_with_it() -> None:
    run = Run()
    alerts = run.hold(11.0, fact(C.STOP_HAZARD, "a"))
    assert [round((a.t_ns - alerts[0].t_ns) * 1e-9, 2) for a in alerts] == [0.0, 5.0, 10.0]
    assert run.hold(10.0) == []


def test_two_stops_are_announced_in_one_rhythm_not_through_each_other() -> None:
    run = Run()
    run.hold(1.0, fact(C.STOP_HAZARD, "a"))
    run.hold(10.0, fact(C.STOP_HAZARD, "a"), fact(C.STOP_HAZARD, "b"))
    gaps = [(b.t_ns - a.t_ns) * 1e-9 for a, b in zip(run.alerts, run.alerts[1:], strict=False)]
    assert gaps
    assert min(gaps) >= 4.95


def test_a_stop_that_remains_when_another_has_passed_is_still_announced() -> None:
    run = Run()
    run.hold(1.0, fact(C.STOP_HAZARD, "a"), fact(C.STOP_HAZARD, "b"))
    alerts = run.hold(5.0, fact(C.STOP_HAZARD, "b"))
    assert [alert.key for alert in alerts] == ["b"]


def test_after_a_stop_no_caution_follows_for_the_same_hazard() -> None:
    run = Run()
    run.hold(12.0, fact(C.STOP_HAZARD, "a"))
    assert run.hold(10.0, fact(C.CAUTION_HAZARD, "a")) == []
    assert announced(run.hold(1.0, fact(C.CAUTION_HAZARD, "b"))) == [C.CAUTION_HAZARD]


def test_nothing_but_a_gate_or_its_end_stops_a_stop() -> None:
    run = Run()
    everything = [
        fact(condition, "x") for condition in Condition if condition is not C.STOP_HAZARD
    ]
    alerts = run.hold(8.0, *everything, fact(C.STOP_HAZARD, "a"))
    assert alerts[0].priority is Priority.STOP
    assert {alert.priority for alert in alerts} == {Priority.STOP, Priority.BLIND}


@pytest.mark.parametrize(
    "condition", [c for c, row in TABLE.items() if row.gate in HAZARD_GATES]
)
def test_a_backward_row_is_silent_while_they_does_not_move_backward(
    condition: Condition,
) -> None:
    run = Run()
    assert run.hold(30.0, fact(condition), is_backward=False) == []
    assert run.hold(2.0, fact(condition)) != []


def test_moving_in_an_unknown_direction_lets_a_stop_through_and_no_caution() -> None:
    perhaps = frozenset({Gate.ALWAYS, Gate.NOT_BACKWARD, Gate.UNLESS_FORWARD})
    run = Run()
    for _ in range(220):
        run.step((fact(C.STOP_HAZARD, "a"), fact(C.CAUTION_HAZARD, "b")), perhaps)
    assert announced(run.alerts) == [C.STOP_HAZARD] * 3, "repeated: it was not answered"


@pytest.mark.parametrize(
    "condition", [c for c, row in TABLE.items() if row.gate is Gate.NOT_BACKWARD]
)
def test_a_notice_waits_until_the_bout_is_over(condition: Condition) -> None:
    run = Run()
    assert run.hold(30.0, fact(condition)) == []
    assert announced(run.hold(1.0, fact(condition), is_backward=False)) == [condition]


def test_a_loss_is_announced_again_each_minute_while_it_lasts() -> None:
    assert len(Run().hold(125.0, fact(C.GNSS_LOST))) == 3


def test_a_loss_that_flickers_is_one_loss() -> None:
    run = Run()
    for _ in range(10):
        run.hold(1.0, fact(C.IMU_LOST))
        run.hold(0.4)
    assert announced(run.alerts) == [C.IMU_LOST]


def test_a_loss_that_came_back_and_is_lost_again_is_announced_at_once_and_not_as_back() -> None:
    run = Run()
    run.hold(4.0, fact(C.GNSS_LOST))
    run.hold(1.1)
    run.tick(fact(C.GNSS_BACK))
    run.hold(0.2)
    before_ns = run.now_ns
    again = run.hold(6.0, fact(C.GNSS_LOST))
    assert announced(again)[0] is C.GNSS_LOST
    assert again[0].t_ns - before_ns <= 200_000_000


def test_a_loss_that_comes_back_after_it_was_over_is_announced_again() -> None:
    run = Run()
    run.hold(2.0, fact(C.IMU_LOST))
    run.hold(3.2)
    assert announced(run.hold(0.5, fact(C.IMU_LOST))) == [C.IMU_LOST]


def test_two_losses_at_once_are_both_announced_within_two_seconds() -> None:
    run = Run()
    alerts = run.hold(2.0, fact(C.IMU_LOST), fact(C.RECORDER_FAULT))
    assert announced(alerts) == [C.IMU_LOST, C.RECORDER_FAULT]


def test_the_call_of_a_loss_is_never_cut_by_another_loss() -> None:
    run = Run()
    run.hold(6.0, fact(C.IMU_LOST), fact(C.RECORDER_FAULT), fact(C.MOTOR_FAULT))
    gaps = [(b.t_ns - a.t_ns) * 1e-9 for a, b in itertools.pairwise(run.alerts)]
    assert gaps[0] == pytest.approx(1.55, abs=0.051)
    assert min(gaps) >= 1.5, "short short long, at full effort"


def test_what_has_to_wait_holds_up_nothing_else() -> None:
    run = Run()
    run.tick(fact(C.CAUTION_HAZARD, "bench"))
    run.hold(1.5)
    waiting = fact(C.ON_BUSY_WAY, "cycleway")
    run.hold(0.6, waiting)
    assert run.tick(waiting, fact(C.SWITCH_FORWARD)) is not None
    run = Run()
    run.tick(fact(C.STOP_HAZARD, "a"))
    run.hold(3.0, fact(C.STOP_HAZARD, "b"))
    alerts = run.hold(0.5, fact(C.STOP_HAZARD, "b"), fact(C.IMU_LOST))
    assert announced(alerts) == [C.IMU_LOST]


def test_what_was_announced_is_remembered_for_as_long_as_its_row_says() -> None:
    run = Run()
    run.hold(5.0, fact(C.BATTERY_LOW), is_backward=False)
    run.hold(120.0, fact(C.COUNTDOWN))
    assert run.hold(5.0, fact(C.BATTERY_LOW), is_backward=False) == [], "re-arm of 600 s"
    run = Run()
    run.hold(10.0, fact(C.BATTERY_CRITICAL))
    run.hold(25.0)
    assert run.hold(5.0, fact(C.BATTERY_CRITICAL)) == [], "over only after 30 s"
    run = Run()
    run.hold(29.0, fact(C.COUNTDOWN))
    run.hold(0.5, fact(C.STOP_HAZARD, "a"))
    run.tick(fact(C.GNSS_BACK))
    assert announced(run.hold(5.0)) == [C.GNSS_BACK], "still waiting after 20 s"


def test_a_fact_of_one_tick_waits_for_the_motor_as_long_as_its_row_says() -> None:
    run = Run()
    run.tick(fact(C.CAUTION_HAZARD, "a"))
    run.tick(fact(C.READY))
    assert announced(run.hold(3.0)) == [C.READY]


def test_a_fact_of_one_tick_is_dropped_when_it_would_come_too_late() -> None:
    run = Run()
    run.tick(fact(C.STOP_HAZARD, "a"))
    run.tick(fact(C.LOOK_LEFT))
    assert run.hold(10.0) == []


def test_the_same_cue_can_be_announced_again_at_once_when_it_is_a_new_one() -> None:
    run = Run()
    for _ in range(3):
        run.tick(fact(C.COUNTDOWN, "3"))
        run.hold(0.95)
    assert announced(run.alerts) == [C.COUNTDOWN] * 3


def test_the_switch_is_not_delayed_by_anything_below_caution() -> None:
    for condition in (C.LOOK_RIGHT, C.TOO_FAST, C.READY, C.GNSS_BACK):
        run = Run()
        run.hold(TABLE[condition].on_delay_s + 0.05, fact(condition))
        assert announced(run.alerts) == [condition]
        alert = run.tick(fact(C.SWITCH_FORWARD))
        assert alert is not None
        assert alert.condition is C.SWITCH_FORWARD


def test_ready_waits_for_the_news_of_the_receiver_and_cuts_nothing() -> None:
    run = Run()
    run.tick(fact(C.GNSS_BACK))
    run.hold(0.5)
    run.tick(fact(C.READY))
    assert announced(run.hold(4.0)) == [C.READY]
    assert announced(run.completed) == [C.GNSS_BACK, C.READY]


@pytest.mark.parametrize("condition", [C.GNSS_BACK, C.READY, C.LOOK_LEFT, C.PRESS_TICK])
def test_nothing_is_begun_between_the_ticks_of_a_countdown(condition: Condition) -> None:
    run = Run()
    for second in ("3", "2", "1"):
        run.tick(fact(C.COUNTDOWN, second))
        run.hold(0.5)
        run.tick(fact(condition))
        run.hold(0.4)
    run.tick(fact(C.SWITCH_FORWARD))
    assert announced(run.alerts) == [C.COUNTDOWN] * 3 + [C.SWITCH_FORWARD]


def test_the_count_of_a_counting_pattern_keeps_the_motor_longer() -> None:
    run = Run()
    alert = run.tick(fact(C.REPEAT_NUMBER, count=10))
    assert alert is not None
    assert alert.count == 10
    assert run.hold(4.0, fact(C.LOOK_LEFT)) == []
    assert announced(run.hold(3.0, fact(C.LOOK_LEFT))) == [C.LOOK_LEFT]


def test_no_more_than_six_counted_cues_a_minute() -> None:
    run = Run()
    for n in range(30):
        run.hold(0.5, fact(C.CAUTION_HAZARD, f"h{n}"))
        run.hold(3.5)
    in_first_minute = [a for a in run.alerts if a.t_ns - run.alerts[0].t_ns < 60e9]
    assert len(in_first_minute) == 6
    assert len(run.alerts) > 6


def test_notices_leave_room_for_cautions() -> None:
    run = Run()
    for n in range(8):
        run.hold(0.2, fact(C.GNSS_BACK, str(n)))
        run.hold(3.0)
    assert announced(run.alerts) == [C.GNSS_BACK] * 3
    assert announced(run.hold(0.1, fact(C.CAUTION_HAZARD, "a"))) == [C.CAUTION_HAZARD]


def test_a_stop_and_a_loss_are_announced_however_much_was_announced_before() -> None:
    run = Run()
    for n in range(12):
        run.hold(0.5, fact(C.CAUTION_HAZARD, f"h{n}"))
        run.hold(2.7)
    assert announced(run.hold(0.1, fact(C.STOP_HAZARD, "a"))) == [C.STOP_HAZARD]
    run.hold(3.5)
    assert announced(run.hold(0.1, fact(C.IMU_LOST))) == [C.IMU_LOST]


def test_old_hazards_are_forgotten() -> None:
    run = Run()
    for n in range(300):
        run.hold(0.2, fact(C.CAUTION_HAZARD, f"h{n}"))
    run.hold(40.0, fact(C.COUNTDOWN))
    assert len(run.arbiter._tracks) < 10


# --- properties -------------------------------------------------------------------------

CONDITIONS = st.sampled_from(list(Condition))
FACTS = st.lists(
    st.builds(fact, CONDITIONS, st.sampled_from(["", "a", "b"]), st.integers(1, 10)),
    max_size=4,
)
STORIES = st.lists(st.tuples(FACTS, st.booleans(), st.integers(1, 40)), max_size=8)


def play(
    story: list[tuple[list[ActiveCondition], bool, int]],
) -> list[tuple[list[ActiveCondition], bool, int, Alert | None]]:
    """Return for each tick: facts, is_backward, now_ns, alert."""
    run, ticks = Run(), []
    for facts, is_backward, length in story:
        for _ in range(length):
            alert = run.tick(*facts, is_backward=is_backward)
            ticks.append((facts, is_backward, run.now_ns, alert))
    return ticks


@given(STORIES)
def test_nothing_but_a_loss_between_two_beats_begins_while_a_stop_plays(
    story: list[tuple[list[ActiveCondition], bool, int]],
) -> None:
    run = Run()
    for facts, is_backward, length in story:
        for _ in range(length):
            playing = run.progress.playing
            alert = run.tick(*facts, is_backward=is_backward)
            if playing is not None and playing.priority is Priority.STOP:
                is_loss = alert is not None and alert.priority is Priority.BLIND
                assert alert is None or is_loss or run.progress.completed is playing


@given(STORIES)
def test_a_stop_fact_is_announced_at_once_unless_one_was_just_announced_or_obeyed(
    story: list[tuple[list[ActiveCondition], bool, int]],
) -> None:
    announced_ns: int | None = None
    halted_s, has_obeyed = 0.0, False
    for facts, is_backward, now_ns, alert in play(story):
        halted_s = 0.0 if is_backward else halted_s + TICK_NS * 1e-9
        has_obeyed = has_obeyed or halted_s >= SETTINGS.answered_s
        if alert is not None and alert.priority is Priority.STOP:
            announced_ns = now_ns
        stops = [f for f in facts if TABLE[f.condition].priority is Priority.STOP]
        open_stops = [
            f for f in stops if TABLE[f.condition].gate not in HAZARD_GATES or is_backward
        ]
        if open_stops:
            assert announced_ns is not None
            # A fall alarm is the longest word of this rank; its repeat is 6 s.
            most_s = SETTINGS.answered_rearm_s if has_obeyed else 6.0
            assert now_ns - announced_ns <= (most_s + 0.1) * 1e9


@given(STORIES)
def test_every_alert_tells_a_fact_that_held_and_was_not_gated(
    story: list[tuple[list[ActiveCondition], bool, int]],
) -> None:
    last: dict[tuple[Condition, str], int] = {}
    for facts, is_backward, now_ns, alert in play(story):
        for one in facts:
            if is_backward or TABLE[one.condition].gate not in HAZARD_GATES:
                last[one.condition, one.key] = now_ns
        if alert is None:
            continue
        row = TABLE[alert.condition]
        assert now_ns - last[alert.condition, alert.key] <= row.expires_after_s * 1e9
        assert alert.priority is row.priority
        assert alert.pattern == row.pattern
        if row.gate is Gate.NOT_BACKWARD:
            assert not is_backward


@given(STORIES)
def test_no_minute_holds_more_than_six_counted_cues(
    story: list[tuple[list[ActiveCondition], bool, int]],
) -> None:
    times = [
        now_ns
        for _, _, now_ns, alert in play(story)
        if alert is not None and TABLE[alert.condition].is_rate_limited
    ]
    for n, t_ns in enumerate(times):
        assert sum(t_ns <= other < t_ns + 60e9 for other in times[n:]) <= SETTINGS.per_minute


@given(STORIES)
def test_the_same_story_gives_the_same_alerts(
    story: list[tuple[list[ActiveCondition], bool, int]],
) -> None:
    assert [t[3] for t in play(story)] == [t[3] for t in play(story)]


@given(STORIES)
def test_the_order_of_the_facts_changes_nothing(
    story: list[tuple[list[ActiveCondition], bool, int]],
) -> None:
    # Facts of the same condition and key differ in nothing that is reported.
    unique = [
        (list({(f.condition, f.key): fact(f.condition, f.key) for f in facts}.values()), b, n)
        for facts, b, n in story
    ]
    mixed = [(facts[::-1], b, n) for facts, b, n in unique]
    assert [t[3] for t in play(unique)] == [t[3] for t in play(mixed)]


@given(
    st.sampled_from(
        [c for c, r in TABLE.items() if r.priority is Priority.BLIND and r.preemptible_after_s]
    ),
    FACTS,
    st.integers(0, 40),
)
def test_a_loss_is_announced_within_two_seconds_unless_a_stop_or_fall_is_being_announced(
    loss: Condition, others: list[ActiveCondition], ticks_before: int
) -> None:
    louder = {c for c, r in TABLE.items() if r.priority is Priority.STOP} | {C.FALL_SUSPECTED}
    blind = {c for c, r in TABLE.items() if r.priority is Priority.BLIND}
    quiet = [f for f in others if f.condition not in louder | blind]
    run = Run()
    for _ in range(ticks_before):
        run.tick(*quiet)
    assert loss in announced(run.hold(2.0, *quiet, fact(loss)))


def test_a_stop_that_was_obeyed_is_not_announced_again_for_the_same_hazard() -> None:
    run = Run()
    assert announced(run.hold(1.0, fact(C.STOP_HAZARD, "n1"))) == [C.STOP_HAZARD]
    assert run.hold(5.0, is_backward=False) == []
    assert run.hold(10.0, fact(C.STOP_HAZARD, "n1"), fact(C.CAUTION_HAZARD, "n1")) == []
    assert announced(run.hold(1.0, fact(C.STOP_HAZARD, "n2"))) == [C.STOP_HAZARD]


def test_an_obeyed_stop_arms_again_when_it_was_not_oncoming_for_half_a_minute() -> None:
    run = Run()
    run.hold(1.0, fact(C.STOP_HAZARD, "n1"))
    run.hold(60.0, is_backward=False)
    assert C.STOP_HAZARD not in announced(run.hold(20.0, fact(C.STOP_HAZARD, "n1")))
    run.hold(30.2)
    assert announced(run.hold(1.0, fact(C.STOP_HAZARD, "n1"))) == [C.STOP_HAZARD]


def test_going_on_past_an_obeyed_stop_is_one_caution_at_most() -> None:
    run = Run()
    run.hold(1.0, fact(C.STOP_HAZARD, "n1"))
    run.hold(40.0, is_backward=False)
    after = run.hold(15.0, fact(C.STOP_HAZARD, "n1"))
    assert announced(after) in ([], [C.CAUTION_HAZARD])


def test_whatever_was_oncoming_when_they_stopped_was_seen_too() -> None:
    run = Run()
    both = (fact(C.STOP_HAZARD, "n1"), fact(C.CAUTION_HAZARD, "n2"))
    run.hold(2.5, *both)
    run.hold(5.0, is_backward=False)
    assert C.STOP_HAZARD not in announced(
        run.hold(5.0, fact(C.STOP_HAZARD, "n1"), fact(C.CAUTION_HAZARD, "n2"))
    )
    assert announced(run.hold(1.0, fact(C.STOP_HAZARD, "n2"))) == [C.STOP_HAZARD]


def test_a_stop_that_is_not_obeyed_goes_on_through_a_flicker_of_the_gate() -> None:
    run = Run()
    run.hold(1.0, fact(C.STOP_HAZARD, "n1"))
    run.hold(0.5, is_backward=False)
    assert announced(run.hold(4.0, fact(C.STOP_HAZARD, "n1"))) == [C.STOP_HAZARD]


def test_an_answered_caution_never_silences_the_stop_for_the_same_hazard() -> None:
    run = Run()
    assert announced(run.hold(2.0, fact(C.CAUTION_HAZARD, "n1"))) == [C.CAUTION_HAZARD]
    run.hold(3.0, is_backward=False)
    assert announced(run.hold(1.0, fact(C.STOP_HAZARD, "n1"))) == [C.STOP_HAZARD]


def test_both_presses_of_a_double_one_are_felt() -> None:
    run = Run()
    run.tick(fact(C.PRESS_TICK))
    run.hold(0.25)
    run.tick(fact(C.PRESS_TICK))
    run.hold(3.0)
    assert announced(run.alerts) == [C.PRESS_TICK, C.PRESS_TICK]


def test_a_press_during_a_look_cue_is_felt_right_after_it() -> None:
    run = Run()
    run.tick(fact(C.LOOK_RIGHT))
    run.hold(0.2)
    run.tick(fact(C.PRESS_TICK))
    assert announced(run.hold(3.0)) == [C.PRESS_TICK]


def test_a_tick_that_still_waits_when_the_answer_comes_is_dropped() -> None:
    run = Run()
    run.tick(fact(C.LOOK_RIGHT))
    run.hold(0.2)
    run.tick(fact(C.PRESS_TICK))
    run.hold(0.5)
    run.tick(fact(C.REPEAT_NUMBER))
    assert announced(run.hold(5.0)) == [C.REPEAT_NUMBER]


def test_a_runner_on_the_ground_is_not_asked_to_turn_the_device_round() -> None:
    run = Run()
    lying = (fact(C.FALL_SUSPECTED), fact(C.WRONG_MOUNT), fact(C.DIRECTION_UNKNOWN))
    run.hold(6.0, fact(C.WRONG_MOUNT), is_backward=False)
    assert set(announced(run.hold(28.0, *lying, is_backward=False))) == {C.FALL_SUSPECTED}


def test_a_switch_that_had_to_wait_for_the_longest_cue_above_it_is_not_missed() -> None:
    for loss in (c for c, row in TABLE.items() if row.priority is Priority.BLIND):
        run = Run()
        run.tick(fact(loss), fact(C.SWITCH_FORWARD))
        if TABLE[loss].on_delay_s > 0.0:
            continue
        assert C.SWITCH_FORWARD in announced(run.hold(7.0, fact(loss))), loss


# --- what the motor did -----------------------------------------------------------------


def test_a_loss_that_a_stop_cuts_is_announced_again_as_soon_as_the_motor_is_free() -> None:
    run = Run()
    run.hold(0.5, fact(C.IMU_LOST))
    run.hold(0.1, fact(C.IMU_LOST), fact(C.STOP_HAZARD, "a"))
    run.hold(7.0, fact(C.IMU_LOST))
    assert announced(run.alerts) == [C.IMU_LOST, C.STOP_HAZARD, C.IMU_LOST]
    assert announced(run.completed) == [C.IMU_LOST], "it began instead of the third beat"
    assert (run.alerts[2].t_ns - run.alerts[1].t_ns) * 1e-9 <= 2.55


def test_a_switch_that_a_stop_cuts_is_announced_again() -> None:
    run = Run()
    run.tick(fact(C.SWITCH_BACKWARD))
    run.hold(0.3)
    run.tick(fact(C.STOP_HAZARD, "a"))
    run.hold(6.0)
    assert announced(run.completed) == [C.STOP_HAZARD, C.SWITCH_BACKWARD]


def test_a_caution_that_a_stop_cuts_does_not_follow_it_at_once() -> None:
    run = Run()
    run.hold(0.3, fact(C.CAUTION_HAZARD, "b"))
    run.hold(9.0, fact(C.CAUTION_HAZARD, "b"), fact(C.STOP_HAZARD, "a"))
    assert set(announced(run.alerts[1:])) == {C.STOP_HAZARD}
    later = run.hold(10.0, fact(C.CAUTION_HAZARD, "b"))
    assert announced(later) == [C.CAUTION_HAZARD]


def test_two_losses_and_a_stop_at_once_are_all_felt_within_six_seconds() -> None:
    run = Run()
    losses = (fact(C.IMU_LOST), fact(C.RECORDER_FAULT))
    begun: dict[Condition, float] = {}
    start_ns = run.now_ns
    for tick in range(300):
        run.tick(*losses, *((fact(C.STOP_HAZARD, "a"),) if tick < 20 else ()))
        playing = run.progress.playing
        if playing is not None and run.progress.began_ns is not None:
            begun.setdefault(playing.condition, (run.now_ns - start_ns) * 1e-9)
    assert next(iter(begun)) is C.STOP_HAZARD
    call_s = 1.5
    assert all(begun[fact_.condition] + call_s <= 6.0 for fact_ in losses), begun
    assert {C.IMU_LOST, C.RECORDER_FAULT} <= set(announced(run.completed))


OFFSETS = st.integers(0, 120)
LOSSES = st.sampled_from([c for c, r in TABLE.items() if r.pattern.startswith("blind_")])


@given(st.lists(LOSSES, min_size=2, max_size=2, unique=True), OFFSETS, OFFSETS, OFFSETS)
def test_two_losses_and_a_stop_of_any_order_and_moment_are_all_understood(
    losses: list[Condition], first: int, second: int, stop: int
) -> None:
    run = Run()
    at = dict(zip(losses, (first, second), strict=True)) | {C.STOP_HAZARD: stop}
    begun: dict[Condition, float] = {}
    called: dict[Condition, float] = {}
    stopped: list[tuple[float, float]] = []
    for tick in range(max(at.values()) + 160):
        now_s = tick * 0.05
        run.tick(*(fact(c) for c, from_tick in at.items() if tick >= from_tick))
        playing, began_ns = run.progress.playing, run.progress.began_ns
        if playing is None or began_ns is None:
            continue
        began_s = now_s - (run.now_ns - began_ns) * 1e-9
        begun.setdefault(playing.condition, began_s)
        if playing.condition is C.STOP_HAZARD:
            stopped.append((began_s, now_s))
        elif now_s - began_s >= CALL_S:
            called.setdefault(playing.condition, now_s)
    on_s = {c: TABLE[c].on_delay_s for c in losses}
    held_s = {c: tick * 0.05 + on_s.get(c, 0.0) for c, tick in at.items()}
    assert begun[C.STOP_HAZARD] - held_s[C.STOP_HAZARD] <= 0.46
    for loss in losses:
        # STOP first; then the alarm call, at once when its second beat is over. Where that
        # of one loss had to wait for a STOP, the other one comes so much later.
        is_stopped = any(
            b <= held_s[loss] + 2.0 and e >= held_s[loss] - 0.45 for b, e in stopped
        )
        is_two = is_stopped and abs(held_s[losses[0]] - held_s[losses[1]]) < 4.0
        assert is_two or begun[loss] - held_s[loss] <= 2.0 + 0.051
        assert called[loss] <= max(held_s.values()) + 6.1, (at, begun, called)


@given(LOSSES, st.integers(0, 40))
def test_a_loss_while_a_stop_plays_is_felt_within_two_seconds_and_cuts_no_beat(
    loss: Condition, ticks: int
) -> None:
    run = Run()
    stop = fact(C.STOP_HAZARD, "a")
    run.hold(0.05 * (ticks + 1), stop)
    held_ns = run.now_ns + round(TABLE[loss].on_delay_s * 1e9)
    while run.progress.playing is None or run.progress.playing.condition is not loss:
        before = run.progress
        run.tick(stop, fact(loss))
    assert before.ended_ns is not None
    assert before.ended_ns <= run.now_ns, "between two beats"
    while run.progress.began_ns is None:
        run.tick(stop, fact(loss))
    assert (run.progress.began_ns - held_ns) * 1e-9 <= 2.0
    assert announced(run.alerts) == [C.STOP_HAZARD, loss]


def test_a_stop_whose_third_beat_gave_way_is_repeated_when_it_is_due_and_no_sooner() -> None:
    run = Run()
    stop = fact(C.STOP_HAZARD, "a")
    run.tick(stop)
    run.hold(8.0, stop, fact(C.IMU_LOST))
    assert announced(run.alerts)[:3] == [C.STOP_HAZARD, C.IMU_LOST, C.STOP_HAZARD]
    assert (run.alerts[2].t_ns - run.alerts[0].t_ns) * 1e-9 >= 4.95
    assert announced(run.completed)[0] is C.IMU_LOST


def test_a_stop_that_is_only_repeated_waits_for_the_alarm_call_of_a_loss() -> None:
    run = Run()
    stop = fact(C.STOP_HAZARD, "a")
    run.hold(4.5, stop)
    run.hold(6.0, stop, fact(C.BATTERY_CRITICAL))
    assert announced(run.alerts)[:3] == [C.STOP_HAZARD, C.BATTERY_CRITICAL, C.STOP_HAZARD]
    assert (run.alerts[2].t_ns - run.alerts[1].t_ns) * 1e-9 >= CALL_S
    first_s, again_s = (run.alerts[n].t_ns * 1e-9 for n in (0, 2))
    assert again_s - first_s <= 6.2


def test_a_stop_for_something_new_cuts_an_alarm_call() -> None:
    run = Run()
    run.hold(0.5, fact(C.BATTERY_CRITICAL))
    run.hold(0.05, fact(C.BATTERY_CRITICAL), fact(C.STOP_HAZARD, "a"))
    assert announced(run.alerts) == [C.BATTERY_CRITICAL, C.STOP_HAZARD]


def test_two_losses_never_cut_each_other_for_ever() -> None:
    run = Run()
    run.hold(30.0, fact(C.BATTERY_CRITICAL), fact(C.RECORDER_FAULT))
    assert len(run.alerts) <= 4
    assert {a.condition for a in run.completed} == {C.BATTERY_CRITICAL, C.RECORDER_FAULT}


def test_no_cue_begins_that_would_delay_a_change_of_direction() -> None:
    for condition in (C.LOOK_RIGHT, C.CAUTION_HAZARD, C.ON_BUSY_WAY, C.TOO_FAST):
        run = Run()
        for tick in range(80):
            run.switch_in_s = 2.0 - 0.05 * tick
            cues = (fact(condition, "x"),) if tick < 40 else ()
            run.tick(*cues, *((fact(C.SWITCH_FORWARD),) if tick == 40 else ()))
        switch = next(a for a in run.alerts if a.condition is C.SWITCH_FORWARD)
        assert switch in run.completed
        assert switch.t_ns == switch.since_ns, condition


def test_a_silent_motor_is_only_asked_for_its_own_fault() -> None:
    run = Run()
    run.is_motor_silent = True
    run.hold(5.0, fact(C.MOTOR_FAULT), fact(C.STOP_HAZARD, "a"), fact(C.GNSS_LOST))
    assert announced(run.alerts) == [C.MOTOR_FAULT]
    run.is_motor_silent = False
    run.hold(14.0, fact(C.MOTOR_FAULT), fact(C.GNSS_LOST))
    assert {C.MOTOR_FAULT, C.GNSS_LOST} <= set(announced(run.completed))


def test_a_stop_of_a_hazard_that_is_gone_is_not_announced_late() -> None:
    run = Run()
    run.tick(fact(C.FALL_ALARM))
    run.hold(2.0, fact(C.STOP_HAZARD, "a"))
    assert C.STOP_HAZARD not in announced(run.hold(8.0))
