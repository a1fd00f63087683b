"""What the partner's button says."""

from __future__ import annotations

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

    def run(self, length_ms: int, *edges_ms: int) -> list[Condition]:
        """Run; the edges (from now) are down, up, down..."""
        begin_ms, before = self.now_ms, len(self.seen)
        edges = [ButtonEdge((begin_ms + at) * MS, n % 2 == 0) for n, at in enumerate(edges_ms)]
        for at in range(begin_ms + 50, begin_ms + length_ms + 1, 50):
            due = [edge for edge in edges if (at - 50) * MS < edge.t_ns <= at * MS]
            facts = self.partner.step(at * MS, due, is_standing=self.is_standing)
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


def test_a_stop_ends_when_the_wearer_stands_but_is_told_first() -> None:
    run = Run()
    run.is_standing = True
    assert run.run(900, 100, 200) == [C.PARTNER_STOP]
    run.run(2000)
    assert run.run(1000) == []


def test_who_clutches_the_button_in_fright_says_stop_and_nothing_else() -> None:
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
