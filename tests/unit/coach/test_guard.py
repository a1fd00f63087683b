"""The weekly guard with clocks that are wrong, and the journal under it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.coach.guard import week_so_far
from backrun_pi.coach.journal import Journal, JournalEntry
from backrun_pi.coach.plan import Gates, Plan, Step, Week
from backrun_pi.coach.progress import position

DAY_S = 86400.0
T0_S = 1_790_000_000.0
PLAN = Plan(
    name="two weeks",
    weeks=tuple(Week(repeats=n, steps=(Step(go="backward", time_s=60.0),)) for n in (5, 6)),
    gates=Gates(),
)


class Kept:
    """A journal file that grows over boots."""

    def __init__(self) -> None:
        self.data = b""
        self.number = 0

    def boot(self, boot: str = "") -> Journal:
        self.number += 1
        return Journal(self.data, boot or f"boot{self.number}")

    def line(
        self,
        journal: Journal,
        line: JournalEntry,
        utc_s: float | None = None,
        t_s: float = 0.0,
        wall_s: float = 0.0,
        session: str = "",
    ) -> None:
        change = journal.append(
            line, t_ns=round(t_s * 1e9), utc_s=utc_s, wall_s=wall_s, session=session, because=()
        )
        self.data += change.data

    def session(
        self,
        utc_s: float | None,
        bouts: int = 5,
        took_3m_s: float | None = 2.8,
        has_fall: bool = False,
        is_early: bool = False,
    ) -> None:
        """Add a whole session, in a boot of its own."""
        journal = self.boot()
        name = journal.next_id()
        start = JournalEntry("start", kind="training", week=1, repeats=5)
        self.line(journal, start, utc_s, session=name)
        self.line(journal, JournalEntry("began", number=1), utc_s, session=name)
        for n in range(bouts):
            bout = JournalEntry(
                "bout", number=n + 1, planned_s=60.0, backward_s=60.0, is_early=is_early
            )
            self.line(journal, bout, utc_s, session=name)
        if took_3m_s is not None:
            self.line(journal, JournalEntry("ready", took_s=took_3m_s), utc_s, session=name)
        if has_fall:
            self.line(journal, JournalEntry("fall"), utc_s, session=name)
        self.line(journal, JournalEntry("end", repeats=bouts), utc_s, session=name)

    def done(self, utc_s: float | None, wall_s: float = 0.0) -> int:
        return week_so_far(self.boot(), 2, utc_s, wall_s).done


def two_sessions() -> Kept:
    kept = Kept()
    kept.session(T0_S - 3 * DAY_S)
    kept.session(T0_S - 1 * DAY_S)
    return kept


def test_two_sessions_fill_the_week_and_a_trusted_clock_says_when_it_is_free() -> None:
    week = week_so_far(two_sessions().boot(), 2, T0_S, 0.0)
    assert week.is_full
    assert week.next_in_s == 4 * DAY_S


def test_the_week_rolls_by_seven_times_twenty_four_hours() -> None:
    kept = two_sessions()
    assert kept.done(T0_S + 4 * DAY_S - 1) == 2
    assert kept.done(T0_S + 4 * DAY_S + 1) == 1
    assert kept.done(T0_S + 6 * DAY_S + 1) == 0


def test_a_clock_that_goes_backward_frees_nothing() -> None:
    kept = two_sessions()
    for utc_s in (T0_S - 30 * DAY_S, T0_S - 2 * DAY_S, 1.71e9):
        assert kept.done(utc_s) == 2
    for wall_s in (0.0, 946_684_800.0, T0_S - 100 * DAY_S):
        assert kept.done(None, wall_s) == 2


def test_a_wall_clock_that_jumps_on_by_more_than_a_week_frees_nothing() -> None:
    kept = two_sessions()
    for days in (7.5, 30, 365, 20_000):
        assert kept.done(None, T0_S + days * DAY_S) == 2


def test_a_wall_clock_within_a_week_of_the_last_trusted_time_is_believed() -> None:
    assert two_sessions().done(None, T0_S + 4.5 * DAY_S) == 1


def test_sessions_without_any_trusted_time_count_into_the_present_week() -> None:
    kept = Kept()
    kept.session(None)
    kept.session(None)
    for wall_s in (0.0, T0_S, T0_S + 1000 * DAY_S):
        week = week_so_far(kept.boot(), 2, None, wall_s)
        assert week.is_full
        assert week.next_in_s is None
    assert kept.done(T0_S) == 2


def test_a_session_without_a_date_is_bounded_by_the_next_trusted_time() -> None:
    kept = Kept()
    kept.session(None)
    kept.session(T0_S)
    assert kept.done(T0_S + 6.9 * DAY_S) == 2
    assert kept.done(T0_S + 7.1 * DAY_S) == 0


def test_a_date_that_comes_later_in_the_same_boot_dates_the_session() -> None:
    kept = Kept()
    journal = kept.boot("b")
    kept.line(
        journal, JournalEntry("start", kind="training", repeats=5), t_s=100.0, session="0001"
    )
    kept.line(journal, JournalEntry("began"), t_s=200.0, session="0001")
    assert journal.needs_time()
    kept.line(journal, JournalEntry("time"), utc_s=T0_S, t_s=2100.0)
    assert not journal.needs_time()
    session = kept.boot().sessions()[0]
    assert session.utc_s == T0_S - 2000.0


def test_a_nonsense_date_in_the_journal_is_no_date() -> None:
    kept = Kept()
    kept.session(315_964_800.0)  # 1980, as an unlocked receiver says
    kept.session(9e9)
    assert kept.done(T0_S) == 2
    assert kept.done(T0_S + 400 * DAY_S) == 2


def test_a_line_torn_by_a_power_cut_hides_nothing_but_itself() -> None:
    kept = two_sessions()
    whole = kept.data
    for cut in range(len(whole) - 200, len(whole)):
        torn = Kept()
        torn.data = whole[:cut]
        torn.session(T0_S)
        assert torn.done(T0_S) >= 2


def test_garbage_in_the_journal_is_stepped_over() -> None:
    kept = two_sessions()
    kept.data = b"\x00\xff{}\n[1]\n" + kept.data + b"nonsense\n"
    assert kept.done(T0_S) == 2


@given(
    st.lists(st.floats(0.0, 6.9), min_size=2, max_size=2),
    st.one_of(st.none(), st.floats(0.0, 4e9)),
    st.floats(0.0, 4e9),
)
def test_no_step_of_any_clock_frees_a_place_that_a_trusted_time_filled(
    days_ago: list[float], utc_s: float | None, wall_s: float
) -> None:
    # Whatever clock follows, unless it is a trusted time that really is later.
    kept = Kept()
    for days in sorted(days_ago, reverse=True):
        kept.session(T0_S - days * DAY_S)
    latest_s = T0_S - min(days_ago) * DAY_S
    is_proof = utc_s is not None and utc_s > latest_s
    is_believed = utc_s is None and latest_s <= wall_s <= latest_s + 7 * DAY_S
    if not is_proof and not is_believed:
        assert kept.done(utc_s, wall_s) == 2


# --- where in the plan -------------------------------------------------------------------


def test_the_plan_goes_on_after_two_complete_sessions() -> None:
    kept = Kept()
    assert position(PLAN, kept.boot()).week == 1
    kept.session(T0_S)
    assert (position(PLAN, kept.boot()).week, position(PLAN, kept.boot()).done) == (1, 1)
    kept.session(T0_S + DAY_S)
    assert position(PLAN, kept.boot()).week == 2
    kept.session(T0_S + 8 * DAY_S)
    kept.session(T0_S + 9 * DAY_S)
    where = position(PLAN, kept.boot())
    assert (where.week, where.is_finished) == (2, True)


def test_a_session_that_was_broken_off_is_done_again() -> None:
    kept = Kept()
    kept.session(T0_S, bouts=3)
    where = position(PLAN, kept.boot())
    assert (where.week, where.done) == (1, 0)
    kept.session(T0_S, bouts=4)
    assert position(PLAN, kept.boot()).done == 1, "four of five bouts are enough"
    kept.session(T0_S, bouts=5, is_early=True)
    assert position(PLAN, kept.boot()).done == 1


def test_a_fall_repeats_the_week() -> None:
    kept = Kept()
    kept.session(T0_S)
    kept.session(T0_S, has_fall=True)
    where = position(PLAN, kept.boot())
    assert (where.week, where.done) == (1, 0)
    assert "fall" in where.because[0]


@pytest.mark.parametrize(
    ("took_s", "week"), [(2.9, 2), (3.0, 2), (3.1, 1), (4.4, 1), (None, 2)]
)
def test_running_begins_only_after_three_metres_in_three_seconds(
    took_s: float | None, week: int
) -> None:
    walk = Week(repeats=5, steps=(Step(go="backward", time_s=60.0, cap_mps=1.2),))
    jog = Week(
        repeats=5,
        steps=(Step(go="backward", time_s=60.0, cap_mps=1.2, late_cap_mps=1.6),),
    )
    plan = Plan(name="p", weeks=(walk, jog))
    kept = Kept()
    kept.session(T0_S)
    kept.session(T0_S + DAY_S, took_3m_s=took_s)
    where = position(plan, kept.boot())
    assert where.week == week
    if week == 1:
        assert "running begins at 3.0 s" in where.because[0]
    slow = Plan(name="p", weeks=(walk, walk))
    assert position(slow, kept.boot()).week == 2


def test_three_metres_in_four_and_a_half_seconds_repeat_the_week() -> None:
    for took_s, done in ((4.4, 1), (4.5, 0), (9.0, 0), (None, 1)):
        kept = Kept()
        kept.session(T0_S, took_3m_s=took_s)
        assert position(PLAN, kept.boot()).done == done
