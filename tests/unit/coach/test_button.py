"""The press grammar, from bouncing edges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.coach.button import ButtonGrammar, Debounce
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ButtonEdge, ButtonPress, Press

TICK_NS = 50_000_000
MS = 1_000_000
SETTINGS = CoachSettings()


def edges_of(*spans_ms: int) -> list[ButtonEdge]:
    """Return edges: down, up, down..., the spans lie between them; the first is at 1 s."""
    t_ns, is_pressed = 1_000_000_000, True
    found = [ButtonEdge(t_ns, is_pressed)]
    for span in spans_ms:
        t_ns += span * MS
        is_pressed = not is_pressed
        found.append(ButtonEdge(t_ns, is_pressed))
    return found


def played(edges: list[ButtonEdge], most_s: float = 12.0) -> list[ButtonPress]:
    button = ButtonGrammar(SETTINGS)
    found: list[ButtonPress] = []
    left = list(edges)
    for tick in range(round(most_s * 20)):
        now_ns = tick * TICK_NS
        due = [edge for edge in left if edge.t_ns <= now_ns]
        left = left[len(due) :]
        found += button.step(now_ns, due)
    return found


def words(*spans_ms: int) -> list[Press]:
    return [press.press for press in played(edges_of(*spans_ms))]


def test_a_short_press() -> None:
    assert words(200) == [Press.DOWN, Press.SHORT]


def test_a_double_press() -> None:
    assert words(150, 150, 150) == [Press.DOWN, Press.DOWN, Press.DOUBLE]


def test_two_presses_far_apart_are_two_short_ones() -> None:
    assert words(150, 600, 150) == [Press.DOWN, Press.SHORT, Press.DOWN, Press.SHORT]


def test_a_long_press_counts_when_it_is_let_go() -> None:
    found = played(edges_of(2500))
    assert [press.press for press in found] == [Press.DOWN, Press.LONG]
    assert found[-1].t_ns == 3_500_000_000


def test_a_very_long_press_acts_while_it_is_held_and_only_once() -> None:
    found = played(edges_of(8000))
    assert [press.press for press in found] == [Press.DOWN, Press.VERY_LONG]
    assert 5_800_000_000 <= found[-1].t_ns <= 5_850_000_000


def test_three_short_presses_are_unknown() -> None:
    assert words(150, 150, 150, 150, 150)[-1] is Press.UNKNOWN


def test_a_press_between_short_and_long_is_unknown() -> None:
    assert words(1200) == [Press.DOWN, Press.UNKNOWN]


def test_a_long_press_right_after_a_short_one_is_unknown() -> None:
    assert words(150, 150, 2500) == [Press.DOWN, Press.DOWN, Press.UNKNOWN]


def test_a_bouncing_contact_is_one_press() -> None:
    assert words(3, 2, 4, 1, 190, 2, 3) == [Press.DOWN, Press.SHORT]


def test_a_spike_shorter_than_the_settling_time_is_no_press() -> None:
    assert words(10) == []


def test_a_press_has_the_time_of_its_first_edge() -> None:
    assert played(edges_of(3, 2, 200))[0].t_ns == 1_000_000_000


def test_a_button_that_stays_down_is_stuck_after_a_while_and_free_when_let_go() -> None:
    button = ButtonGrammar(SETTINGS)
    button.step(0, [ButtonEdge(0, True)])
    for second in range(1, 16):
        button.step(second * 1_000_000_000, ())
        assert not button.is_stuck(second * 1_000_000_000)
    assert button.is_stuck(16_000_000_000)
    button.step(17_000_000_000, [ButtonEdge(16_500_000_000, False)])
    assert not button.is_stuck(17_000_000_000)


def test_after_a_very_long_press_the_next_short_one_is_short() -> None:
    assert words(6000, 1000, 200) == [Press.DOWN, Press.VERY_LONG, Press.DOWN, Press.SHORT]


@given(st.lists(st.integers(1, 3000), max_size=12))
def test_no_sequence_of_edges_gives_more_than_one_meaning_for_each_press(
    spans_ms: list[int],
) -> None:
    if len(spans_ms) % 2 == 0:
        spans_ms = [*spans_ms, 100]
    found = words(*spans_ms)
    downs = found.count(Press.DOWN)
    assert len(found) - downs <= downs
    assert bool(downs) == bool(len(found) - downs), "each press is felt and means something"


@given(st.lists(st.tuples(st.integers(1, 200), st.booleans()), max_size=30))
def test_settled_edges_alternate_and_never_go_back_in_time(
    raw: list[tuple[int, bool]],
) -> None:
    debounce = Debounce(0.03)
    t_ns = 0
    settled: list[ButtonEdge] = []
    for span_ms, is_pressed in raw:
        t_ns += span_ms * MS
        settled += debounce.step(t_ns, [ButtonEdge(t_ns, is_pressed)])
    settled += debounce.step(t_ns + 1_000_000_000, ())
    assert [edge.is_pressed for edge in settled] == [n % 2 == 0 for n in range(len(settled))]
    times = [edge.t_ns for edge in settled]
    assert times == sorted(times)
