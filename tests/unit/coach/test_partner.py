"""What the partner's button says."""

from __future__ import annotations

import pytest

from backrun_pi.coach.partner import Partner
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ButtonEdge, Condition

MS = 1_000_000
C = Condition


class Run:
    """A partner's button and a clock of ticks."""

    def __init__(self) -> None:
        self.partner = Partner(CoachSettings())
        self.now_ms = 0
        self.seen: list[tuple[int, Condition]] = []
        self.is_standing = False
        self.is_linked = True

    def run(self, length_ms: int, *edges_ms: int) -> list[Condition]:
        """Run; the edges (from now) are down, up, down..."""
        begin_ms, before = self.now_ms, len(self.seen)
        edges = [ButtonEdge((begin_ms + at) * MS, n % 2 == 0) for n, at in enumerate(edges_ms)]
        for at in range(begin_ms + 50, begin_ms + length_ms + 1, 50):
            due = [edge for edge in edges if (at - 50) * MS < edge.t_ns <= at * MS]
            facts = self.partner.step(
                at * MS, due, is_linked=self.is_linked, is_standing=self.is_standing
            )
            self.seen += [(at, fact.condition) for fact in facts]
            self.now_ms = at
        return sorted({condition for _, condition in self.seen[before:]}, key=str)

    def first_ms(self, condition: Condition) -> int:
        return next(at for at, seen in self.seen if seen is condition)


def test_one_press_is_stop_within_half_a_second() -> None:
    run = Run()
    assert run.run(2000, 100, 220) == [C.PARTNER_STOP]
    assert run.first_ms(C.PARTNER_STOP) - 100 <= 400


def test_two_presses_are_caution_and_no_stop() -> None:
    run = Run()
    assert run.run(2000, 100, 180, 300, 400) == [C.PARTNER_CAUTION]


def test_a_stop_stands_until_it_is_taken_back() -> None:
    run = Run()
    run.run(20_000, 100, 200)
    assert run.run(1000) == [C.PARTNER_STOP]
    assert C.PARTNER_CLEAR in run.run(2000, 100, 1400)
    assert run.run(5000) == []


def test_a_stop_ends_when_the_wearer_stands_but_is_announced_first() -> None:
    run = Run()
    run.is_standing = True
    assert run.run(900, 100, 200) == [C.PARTNER_STOP]
    run.run(2000)
    assert run.run(1000) == []


def test_clutching_the_button_in_fright_says_stop_and_nothing_else() -> None:
    run = Run()
    assert run.run(5000, 100, 4000) == [C.PARTNER_STOP]


def test_a_second_press_while_stop_stands_is_not_all_right_again() -> None:
    run = Run()
    run.run(3000, 100, 200)
    assert run.run(3000, 100, 300) == [C.PARTNER_STOP]


def test_a_caution_passes_by_itself() -> None:
    run = Run()
    run.run(2000, 100, 180, 300, 400)
    run.run(5000)
    assert run.run(1000) == []


def test_a_click_may_be_as_short_as_a_remote_makes_it() -> None:
    run = Run()
    assert run.run(2000, 100, 100) == [C.PARTNER_STOP]
    run = Run()
    assert run.run(2000, 100, 104, 300, 304) == [C.PARTNER_CAUTION]


def test_two_keys_for_one_press_are_one_press() -> None:
    run = Run()
    assert run.run(2000, 100, 108, 116, 124) == [C.PARTNER_STOP]
    run = Run()
    assert run.run(2000, 100, 108, 116, 124, 320, 328, 336, 344) == [C.PARTNER_CAUTION]


@pytest.mark.parametrize("presses", range(3, 12))
@pytest.mark.parametrize("every_ms", [90, 150, 250])
def test_hammering_on_the_button_says_stop(presses: int, every_ms: int) -> None:
    run = Run()
    edges = [100 + every_ms * n + up for n in range(presses) for up in (0, 40)]
    assert C.PARTNER_STOP in run.run(edges[-1] + 1000, *edges)
    assert run.first_ms(C.PARTNER_STOP) <= 100 + 2 * every_ms + 50


@pytest.mark.parametrize("between_ms", [310, 400, 600])
def test_two_slow_presses_are_stop_and_not_caution(between_ms: int) -> None:
    run = Run()
    found = run.run(3000, 100, 180, 100 + between_ms, 180 + between_ms)
    assert found == [C.PARTNER_STOP]


def test_a_link_that_falls_while_the_button_is_down_takes_nothing_back() -> None:
    run = Run()
    run.run(2000, 100, 200)
    run.run(500, 100)
    run.is_linked = False
    assert run.run(5000) == [C.PARTNER_STOP]


def test_a_hold_after_a_stop_that_was_obeyed_is_all_right_and_no_new_stop() -> None:
    run = Run()
    run.run(500, 100, 200)
    run.is_standing = True
    run.run(4000)
    assert run.run(1000) == []
    assert run.run(2000, 100, 1500) == [C.PARTNER_CLEAR]
    run.is_standing = False
    assert run.run(3000) == []


def test_a_press_after_a_stop_that_was_obeyed_is_a_new_stop() -> None:
    run = Run()
    run.run(500, 100, 200)
    run.is_standing = True
    run.run(4000)
    run.is_standing = False
    assert run.run(1000, 100, 220) == [C.PARTNER_STOP]


@pytest.mark.parametrize("every_ms", [150, 350, 600, 900])
def test_clutching_the_button_after_frantic_presses_stays_stop(every_ms: int) -> None:
    run = Run()
    edges = [100 + every_ms * n + up for n in range(4) for up in (0, 60)]
    edges[-1] += 4000
    run.run(edges[-1] + 100, *edges)
    seen = {condition for _, condition in run.seen}
    assert C.PARTNER_CLEAR not in seen
    assert run.seen[-1][1] is C.PARTNER_STOP


def test_frantic_presses_are_one_stop() -> None:
    run = Run()
    keys: set[str] = set()
    for n in range(8):
        run.run(350, 10, 60)
        facts = run.partner.step(run.now_ms * MS + n, (), is_linked=True, is_standing=False)
        keys |= {fact.key for fact in facts if fact.condition is C.PARTNER_STOP}
    assert len(keys) == 1
