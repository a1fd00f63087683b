"""The player: cues of the vocabulary as pulses that never merge."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.haptics.drawing import draw
from backrun_pi.haptics.patterns import (
    GAP_S,
    MAX_PULSE_S,
    MIN_PULSE_S,
    PATTERNS,
    PAUSE_S,
    Rhythm,
    length_s,
    pulse_s,
    shorts,
)
from backrun_pi.haptics.player import Player, PlayerOutput, effort_of
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.messages import (
    Alert,
    Condition,
    Direction,
    Gait,
    MotorPulse,
    MountState,
    Priority,
    RunnerState,
    Side,
)

TICK_NS = 50_000_000
SETTINGS = HapticsSettings()
NAMES = st.sampled_from(sorted(PATTERNS))


STILL_S = SETTINGS.motor_stop_s + SETTINGS.still_s


def alert(
    pattern: str,
    priority: Priority = Priority.INFO,
    count: int = 1,
    condition: Condition = Condition.READY,
) -> Alert:
    return Alert(0, condition, priority, pattern, "", count, 0, ())


SIDES = {
    "look_left": Side.LEFT,
    "look_right": Side.RIGHT,
    "backward_now": Side.LEFT,
    "forward_now": Side.RIGHT,
}


class Run:
    """A player and a clock of ticks."""

    def __init__(self, settings: HapticsSettings = SETTINGS) -> None:
        self.player = Player(settings)
        self.now_ns = 0
        self.pulses: list[MotorPulse] = []

    def tick(
        self,
        one: Alert | None = None,
        effort: float | None = 0.0,
        ticks: int = 1,
        *,
        is_motor_silent: bool = False,
        late_ns: int = 0,
    ) -> PlayerOutput:
        self.now_ns += TICK_NS * ticks
        out = self.player.step(
            self.now_ns, one, effort, is_motor_silent=is_motor_silent, late_ns=late_ns
        )
        self.pulses += out.pulses
        return out

    def play(self, one: Alert, effort: float | None = 0.0, seconds: float = 12.0) -> None:
        self.tick(one, effort)
        for _ in range(round(seconds * 20)):
            self.tick(None, effort)


def gaps_s(pulses: list[MotorPulse]) -> list[float]:
    return [(b.t_ns - a.t_ns) * 1e-9 - a.duration_s for a, b in itertools.pairwise(pulses)]


@given(NAMES, st.integers(1, 3), st.floats(0.0, 1.0))
def test_every_cue_is_played_whole_with_pulses_that_are_felt_and_gaps_that_part_them(
    name: str, count: int, effort: float
) -> None:
    run = Run()
    run.play(alert(name, count=count), effort)
    beats = PATTERNS[name].played(count)
    assert len(run.pulses) == len(beats)
    assert all(p.duration_s >= MIN_PULSE_S for p in run.pulses)
    assert all(p.duration_s <= MAX_PULSE_S for p in run.pulses)
    assert all(gap >= 2.0 * SETTINGS.motor_stop_s - 1e-6 for gap in gaps_s(run.pulses))
    assert all(p.pattern == name for p in run.pulses)


@given(NAMES, st.integers(1, 3))
def test_ticks_lengthen_a_cue_by_less_than_a_tick_for_each_beat(name: str, count: int) -> None:
    run = Run()
    run.play(alert(name, count=count))
    last = run.pulses[-1]
    played_s = (last.t_ns - run.pulses[0].t_ns) * 1e-9 + last.duration_s
    wanted_s = length_s(PATTERNS[name], count)
    assert wanted_s - 1e-6 <= played_s <= wanted_s + 0.05 * len(run.pulses)


@given(st.lists(st.integers(1, 8), min_size=60, max_size=60))
def test_late_ticks_never_make_two_pulses_merge(late: list[int]) -> None:
    run = Run()
    run.tick(alert("unknown"))
    for ticks in late:
        run.tick(ticks=ticks)
    assert all(gap >= 2.0 * SETTINGS.motor_stop_s - 1e-6 for gap in gaps_s(run.pulses))


@given(NAMES, st.lists(st.sampled_from([0, 20, 60, 110, 250]), min_size=20, max_size=20))
def test_a_pulse_that_really_began_late_costs_no_silence(name: str, late_ms: list[int]) -> None:
    run = Run()
    late_ns = 0
    real: list[tuple[float, float]] = []
    for tick in range(400):
        before = len(run.pulses)
        run.tick(alert(name) if tick == 0 else None, 0.0, late_ns=late_ns)
        late_ns = 0
        if len(run.pulses) > before:
            late_ns = late_ms[before % len(late_ms)] * 1_000_000
            pulse = run.pulses[-1]
            on_s = (pulse.t_ns + late_ns) * 1e-9
            real.append((on_s, on_s + pulse.duration_s))
    beats = PATTERNS[name].played(1)
    assert len(real) == len(beats)
    for (_, off_s), (on_s, _), beat in zip(real, real[1:], beats, strict=False):
        assert on_s - off_s >= beat.gap_s - SETTINGS.late_s - 1e-6


def test_the_first_pulse_starts_on_the_tick_of_the_alert() -> None:
    run = Run()
    out = run.tick(alert("stop", Priority.STOP))
    assert [(p.t_ns, p.pattern) for p in out.pulses] == [(run.now_ns, "stop")]


@pytest.mark.parametrize(
    ("name", "priority"),
    [("stop", Priority.STOP), ("blind_imu", Priority.BLIND), ("caution", Priority.CAUTION)],
)
@pytest.mark.parametrize("ticks", range(1, 12))
def test_a_newer_cue_silences_the_old_one_and_waits_until_the_motor_is_still(
    name: str, priority: Priority, ticks: int
) -> None:
    run = Run()
    old = alert("end")
    run.tick(old)
    for _ in range(ticks):
        run.tick()
    last = run.pulses[-1]
    ended_ns = min(run.now_ns + TICK_NS, last.t_ns + round(last.duration_s * 1e9))
    out = run.tick(alert(name, priority))
    assert out.is_off is (ended_ns == run.now_ns)
    assert out.progress.cut == (old,)
    while run.pulses[-1].pattern != name:
        run.tick()
    still_s = (run.pulses[-1].t_ns - ended_ns) * 1e-9
    assert STILL_S - 1e-6 <= still_s <= STILL_S + 0.05


def test_a_stop_begins_on_its_own_tick_when_the_motor_is_still() -> None:
    run = Run()
    run.play(alert("tick"))
    out = run.tick(alert("stop", Priority.STOP))
    assert [(p.t_ns, p.pattern) for p in out.pulses] == [(run.now_ns, "stop")]


def test_looks_and_directions_are_felt_on_a_side_and_everything_else_on_both() -> None:
    for name, pattern in PATTERNS.items():
        run = Run()
        out = run.tick(alert(name, count=2))
        side = SIDES.get(name, Side.BOTH)
        assert pattern.side is side
        assert [pulse.side for pulse in out.pulses] == [side]


@given(NAMES, st.sampled_from([p for p in Priority if p is not Priority.STOP]))
def test_nothing_below_stop_takes_over_from_stop(name: str, priority: Priority) -> None:
    run = Run()
    run.tick(alert("stop", Priority.STOP))
    is_loss = priority is Priority.BLIND
    for _ in range(60):
        run.tick(alert(name, priority) if len(run.pulses) < 3 else None)
    felt = [p.pattern for p in run.pulses[:3]]
    assert felt == ["stop", "stop", name if is_loss else "stop"]
    assert {p.duration_s for p in run.pulses[:2]} == {run.pulses[0].duration_s}, "none was cut"


def test_stop_has_a_floor_of_strength_and_the_rest_follows_the_setting() -> None:
    weak = HapticsSettings(strength=0.3, stop_floor=0.8)
    run = Run(weak)
    run.play(alert("caution", Priority.CAUTION))
    assert {p.strength for p in run.pulses} == {0.3}
    run = Run(weak)
    run.play(alert("stop", Priority.STOP))
    assert {p.strength for p in run.pulses} == {0.8}
    run = Run(HapticsSettings(strength=1.0, stop_floor=0.8))
    run.play(alert("stop", Priority.STOP))
    assert {p.strength for p in run.pulses} == {1.0}


def test_pulses_grow_with_effort() -> None:
    lengths = []
    for effort in (0.0, 0.5, 1.0, None, 7.0):
        run = Run()
        run.play(alert("caution"), effort)
        lengths.append(run.pulses[0].duration_s)
    assert lengths == pytest.approx([0.3, 0.33, 0.36, 0.33, 0.36])


def test_a_hang_drops_the_rest_of_a_word() -> None:
    run = Run()
    run.tick(alert("stop", Priority.STOP))
    out = run.tick(ticks=30)
    assert out.is_off
    assert out.pulses == ()
    assert run.tick().pulses == ()


def test_an_alert_after_a_hang_is_played() -> None:
    run = Run()
    run.tick(alert("end"))
    assert [p.pattern for p in run.tick(alert("caution"), ticks=100).pulses] == ["caution"]


def test_what_became_of_a_cue_is_reported_once() -> None:
    run = Run()
    one = alert("tick")
    outs = [run.tick(one), *(run.tick() for _ in range(10))]
    assert outs[0].progress.playing is one
    assert outs[0].progress.began_ns == TICK_NS
    assert [out.progress.completed for out in outs].count(one) == 1
    assert outs[-1].progress.playing is None
    assert outs[-1].progress.ended_ns == TICK_NS + 150_000_000


def test_what_stop_does_not_yield_to_is_reported_as_cut() -> None:
    run = Run()
    run.tick(alert("stop", Priority.STOP))
    late = alert("caution", Priority.CAUTION)
    assert run.tick(late).progress.cut == (late,)


def test_a_silent_motor_cuts_a_cue_and_is_tried_with_its_own_until_it_turns() -> None:
    run = Run()
    one = alert("caution", Priority.CAUTION)
    run.tick(one)
    fault = alert("blind_motor", Priority.BLIND, condition=Condition.MOTOR_FAULT)
    assert run.tick(fault, is_motor_silent=True).progress.cut == (one,)
    for _ in range(100):
        run.tick(is_motor_silent=True)
    tries = [p.t_ns for p in run.pulses if p.pattern == "blind_motor"]
    assert len(tries) in {4, 5}
    retry_ns = round(SETTINGS.motor_retry_s * 1e9)
    gaps_ns = {b - a for a, b in itertools.pairwise(tries)}
    assert gaps_ns == {retry_ns + TICK_NS}, "known on the tick after"
    run.pulses.clear()
    completed = [run.tick().progress.completed for _ in range(200)]
    assert fault in completed, "whole, from its first beat"
    assert len(run.pulses) == len(PATTERNS["blind_motor"].played(1))


def test_a_count_is_played_in_groups_of_four_and_closed() -> None:
    run = Run()
    run.play(alert("number", count=7))
    inside = [GAP_S, GAP_S, GAP_S]
    assert [round(gap, 2) for gap in gaps_s(run.pulses)] == [PAUSE_S, *inside, PAUSE_S, *inside]


def test_the_count_after_a_refusal_is_set_off_by_a_pause() -> None:
    run = Run()
    run.play(alert("refused", count=2))
    gaps = [round(gap, 2) for gap in gaps_s(run.pulses)]
    assert gaps == [GAP_S, GAP_S, GAP_S, PAUSE_S, GAP_S, GAP_S]


def test_a_pattern_that_does_not_count_is_the_same_for_every_count() -> None:
    assert PATTERNS["stop"].played(1) == PATTERNS["stop"].played(9)
    assert len(shorts(9)) == 9


def test_a_cue_begins_when_its_first_beat_really_began() -> None:
    player = Player(SETTINGS)
    one = player.step(0, alert("blind_imu"), 0.0)
    assert one.progress.began_ns == 0
    after = player.step(150_000_000, None, 0.0, late_ns=100_000_000)
    assert after.progress.began_ns == 100_000_000


def test_the_motor_is_never_on_for_five_seconds_in_any_ten() -> None:
    for name, pattern in PATTERNS.items():
        on_s = sum(pulse_s(beat.on_s, 0.4) for beat in pattern.played(10))
        assert on_s < 5.0, name


def test_every_rhythm_is_used() -> None:
    assert {pattern.rhythm for pattern in PATTERNS.values()} == set(Rhythm)


RUNNER = RunnerState(
    t_ns=0, direction=Direction.BACKWARD, gait=Gait.RUN, p_backward=None, because=(),
    cadence_spm=165.0, speed_mps=None, course_rad=None, facing_rad=None, lat_deg=None,
    lon_deg=None, sigma_m=None, position_age_s=None, distance_m=0.0, mount=MountState.UNKNOWN,
    turn_rps=None, impact_mps2=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (None, None),
        (replace(RUNNER, gait=Gait.UNKNOWN), None),
        (replace(RUNNER, gait=Gait.STILL), 0.0),
        (replace(RUNNER, gait=Gait.WALK), 0.25),
        (replace(RUNNER, gait=Gait.TURNING), 0.25),
        (replace(RUNNER, cadence_spm=None), 0.75),
        (replace(RUNNER, cadence_spm=100.0), 0.5),
        (RUNNER, 0.75),
        (replace(RUNNER, cadence_spm=250.0), 1.0),
    ],
)
def test_effort_rises_from_standing_to_a_fast_run(
    state: RunnerState | None, expected: float | None
) -> None:
    assert effort_of(state, SETTINGS) == expected


def test_the_drawing_has_a_bar_for_each_beat_and_names_every_pattern() -> None:
    patterns = tuple(PATTERNS.values())
    picture = draw(patterns)
    bars = sum(len(pattern.shown()) for pattern in patterns)
    assert picture.count('<rect class="p"') == bars
    assert all(f">{pattern.name}</text>" in picture for pattern in patterns)


def test_settings_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="below run_effort_to_spm"):
        HapticsSettings(run_effort_from_spm=190.0, run_effort_to_spm=150.0)


def test_a_late_call_before_the_first_pulse_holds_nothing_up() -> None:
    run, late = Run(), Run()
    run.tick()
    late.tick(late_ns=400_000_000)
    for one in (run, late):
        one.play(alert("good"), seconds=2.0)
    assert late.pulses == run.pulses
