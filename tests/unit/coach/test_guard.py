"""The weekly guard with clocks that are wrong, and the journal under it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.coach.guard import WeekSoFar, week_so_far
from backrun_pi.coach.journal import Journal, JournalEntry
from backrun_pi.coach.local_days import LocalDays, local_days
from backrun_pi.coach.plan import Gates, Plan, Step, Week
from backrun_pi.coach.progress import position
from backrun_pi.timezone import zone_name

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

    def week(self, utc_s: float | None, zone: str = "") -> WeekSoFar:
        return week_so_far(self.boot(), 2, 0, utc_s, local_days(zone))

    def done(self, utc_s: float | None, zone: str = "") -> int:
        return self.week(utc_s, zone).done


def two_sessions() -> Kept:
    kept = Kept()
    kept.session(T0_S - 3 * DAY_S)
    kept.session(T0_S - 1 * DAY_S)
    return kept


def utc(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def test_two_sessions_fill_the_week_and_a_trusted_clock_tells_when_it_is_free() -> None:
    kept = Kept()
    kept.session(utc("2026-06-02T18:00"))
    kept.session(utc("2026-06-05T18:00"))
    week = kept.week(utc("2026-06-06T12:00"))
    assert week.is_full
    assert week.next_in_s == utc("2026-06-09T00:00") - utc("2026-06-06T12:00")


def test_tuesday_and_friday_stay_allowed_whatever_the_hour() -> None:
    kept = Kept()
    kept.session(utc("2026-06-02T20:30"))
    kept.session(utc("2026-06-05T18:00"))
    assert kept.done(utc("2026-06-08T23:59")) == 2
    assert kept.done(utc("2026-06-09T06:00")) == 1, "Tuesday, hours before the same time"
    kept.session(utc("2026-06-09T06:00"))
    assert kept.done(utc("2026-06-12T05:00")) == 1


def test_days_are_those_of_the_wearers_zone() -> None:
    kept = Kept()
    kept.session(utc("2026-06-02T19:00", "America/Los_Angeles"))  # Wednesday in UTC
    kept.session(utc("2026-06-05T19:00", "America/Los_Angeles"))
    tuesday_s = utc("2026-06-09T12:00", "America/Los_Angeles")
    assert kept.done(tuesday_s, "America/Los_Angeles") == 1
    assert kept.done(tuesday_s, "") == 2


ZONES = {
    "Europe/Helsinki": (60.17, 24.94),
    "America/Los_Angeles": (34.05, -118.24),
    "Asia/Kolkata": (28.61, 77.21),
    "Australia/Sydney": (-33.87, 151.21),
    "Asia/Shanghai": (43.83, 87.62),
    "Pacific/Auckland": (-36.85, 174.76),
    "Atlantic/Reykjavik": (64.15, -21.94),
}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [6, 12, 20])
def test_training_on_tuesday_and_friday_is_never_refused_and_a_third_time_always(
    zone: str, hour: int
) -> None:
    rng = np.random.default_rng([hour, len(zone)])
    days = local_days(zone_name(*ZONES[zone]) or "")
    starts: list[float] = []
    monday = datetime(2026, 1, 5, tzinfo=ZoneInfo(zone))
    refused = third = 0
    for week in range(200):
        for weekday in (1, 4):
            day = monday + timedelta(days=7 * week + weekday)
            start = day.replace(hour=hour) + timedelta(hours=rng.uniform(-2.5, 2.5))
            now_s = start.timestamp()
            refused += is_refused(starts, now_s, days)
            starts.append(now_s)
        extra = monday + timedelta(days=7 * week + int(rng.integers(5, 7)), hours=hour)
        third += is_refused(starts, extra.timestamp(), days)
    assert (refused, third) == (0, 200)


def is_refused(starts: list[float], now_s: float, days: LocalDays) -> bool:
    kept = Kept()
    for start_s in starts[-4:]:  # what is older than two weeks matters to no rule
        kept.session(start_s, bouts=1)
    return week_so_far(kept.boot(), 2, 0, now_s, days).is_full


def test_a_trusted_clock_that_goes_backward_frees_nothing() -> None:
    kept = two_sessions()
    for utc_s in (T0_S - 30 * DAY_S, T0_S - 2 * DAY_S, 1.71e9):
        assert kept.done(utc_s) == 2


def test_without_a_trusted_time_nothing_is_refused_and_the_date_is_wanted() -> None:
    week = two_sessions().week(None)
    assert not week.is_full
    assert week.wants_date
    assert week.next_in_s is None
    kept = Kept()
    kept.session(T0_S)
    assert not kept.week(None).wants_date, "one more is allowed on whatever day"


def test_sessions_of_this_boot_need_no_date() -> None:
    kept = Kept()
    journal = kept.boot("b")
    for n in range(2):
        name = f"000{n + 1}"
        start = JournalEntry("start", kind="treadmill", repeats=5)
        kept.line(journal, start, t_s=3600.0 * n, session=name)
        kept.line(journal, JournalEntry("began"), t_s=3600.0 * n + 60.0, session=name)
    for days_on, is_full in ((0.2, True), (5.8, True), (6.2, False)):
        now_ns = round((days_on * DAY_S) * 1e9)
        again = Journal(kept.data, "b")
        assert week_so_far(again, 2, now_ns, None, local_days("")).is_full is is_full
    assert not week_so_far(Journal(kept.data, "c"), 2, 0, None, local_days("")).is_full


def test_a_session_without_a_date_counts_from_the_last_trusted_time_before_it() -> None:
    kept = Kept()
    kept.session(utc("2026-06-02T18:00"))
    kept.session(None)
    assert kept.done(utc("2026-06-08T18:00")) == 2
    kept.session(utc("2026-06-20T18:00"))
    assert kept.done(utc("2026-06-20T19:00")) == 1


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
    kept.session(T0_S)
    kept.session(315_964_800.0)  # 1980, as an unlocked receiver says
    kept.session(9e9)
    assert kept.done(T0_S + DAY_S) == 3
    assert kept.done(T0_S + 400 * DAY_S) == 0


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
    st.lists(st.floats(0.0, 5.9), min_size=2, max_size=2),
    st.floats(0.0, 4e9),
    st.sampled_from(["", *ZONES]),
)
def test_no_trusted_clock_frees_a_place_before_the_seventh_day(
    days_ago: list[float], utc_s: float, zone: str
) -> None:
    kept = Kept()
    for days in sorted(days_ago, reverse=True):
        kept.session(T0_S - days * DAY_S)
    if utc_s <= T0_S:
        assert kept.done(utc_s, zone) == 2


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
