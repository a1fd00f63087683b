"""The index of the drive: the plan, the weekly load, trends, stretches, every session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from backrun_pi.messages import Phase, SessionKind
from backrun_pi.review import layout
from backrun_pi.review.index_model import PlanProgress, SessionLine, WeekLoad
from backrun_pi.review.report import strips
from backrun_pi.review.report.locale import (
    PER_MPS,
    SPEED_DIGITS,
    UNKNOWN,
    Locale,
    known,
    mean_speed_mps,
    trusted_utc,
)
from backrun_pi.review.report.session_tables import stretch_cells, stretch_heads, stretch_name
from backrun_pi.timezone import zone
from backrun_pi.vocabulary import KINDS, PHASES

_TREND_SESSIONS = 24
"""[-] Sessions in a trend: a quarter of a year at two a week."""
_LOAD_WEEKS = 12
"""[-] Weeks in the load."""
_MOST_DOTS = 5
"""[-] Dots under a bar."""
_MOST_STRETCHES = 3
"""[-] Stretches that are followed over the sessions."""
LOAD_HEADS = (
    ("Week from", ""),
    ("Sessions", "number"),
    ("Backward", "number"),
    ("Way backward", "number"),
)
SESSION_HEADS = (
    ("Session", ""),
    ("Kind", ""),
    ("Length", "number"),
    ("Bouts", "number"),
    ("Backward", "number"),
    ("Way backward", "number"),
    ("Mean speed", "number"),
    ("Stops", "number"),
    ("Cautions", "number"),
    ("Note", ""),
)


def values(
    lines: Sequence[SessionLine], plan: PlanProgress | None, show: Locale
) -> dict[str, Any]:
    """Return what the index shows."""
    newest = sorted(lines, key=_order, reverse=True)
    return {
        "story": _story(newest, show),
        "plan": _plan(plan, show),
        "load": _load(plan, show),
        "trends": _trends(newest, show),
        "stretch_heads": stretch_heads(show, "Session"),
        "stretches": _stretches(newest, show),
        "session_heads": [(show.text(name), css) for name, css in SESSION_HEADS],
        "sessions": [_session(line, show) for line in newest],
    }


def _order(line: SessionLine) -> tuple[float, str]:
    """Sessions without a date come last; their names count up."""
    return (trusted_utc(line.facts.start_utc_s) or 0.0, line.facts.session_id)


def _is_training(line: SessionLine) -> bool:
    return line.facts.kind is not SessionKind.SCOUTING and not line.facts.is_refused


def _story(lines: Sequence[SessionLine], show: Locale) -> str:
    if not lines:
        return show.text(
            "No session is recorded yet. Clip the device on, press once, follow its cues."
        )
    return show.text(
        "%(sessions)s, %(time)s and %(way)s backward in all.",
        sessions=show.count(sum(map(_is_training, lines)), "training", "trainings"),
        time=show.duration(sum(line.facts.backward_s for line in lines)),
        way=show.distance(sum(line.facts.backward_m for line in lines)),
    )


def _plan(plan: PlanProgress | None, show: Locale) -> dict[str, Any] | None:
    if plan is None or (plan.plan is None and not plan.text):
        return None
    lines = [line[:1].upper() + line[1:].replace("`", "") for line in plan.text]
    if plan.sessions_left is not None:
        left = show.count(plan.sessions_left, "session", "sessions")
        allowed = show.text("This week still allows %(sessions)s.", sessions=left)
        if plan.sessions_left <= 0:
            allowed = show.text(
                "This week allows no further session: rest is part of the plan."
            )
        lines.insert(0, allowed)
    name = f" · {plan.plan}" if plan.plan else ""
    weeks, week_line = [], ""
    if plan.week is not None and plan.weeks:
        week_line = show.text("Week %(week)d of %(weeks)d", week=plan.week, weeks=plan.weeks)
        weeks = [_week_css(week, plan.week) for week in range(1, plan.weeks + 1)]
    return {
        "title": show.text("Your plan") + name,
        "lines": lines,
        "weeks": weeks,
        "week_line": week_line,
    }


def _week_css(week: int, now: int) -> str:
    if week < now:
        return "is-done"
    return "is-now" if week == now else "is-next"


def _load(plan: PlanProgress | None, show: Locale) -> dict[str, Any] | None:
    if plan is None or not plan.load:
        return None
    weeks = plan.load[-_LOAD_WEEKS:]
    items = [
        strips.Bar(
            label=show.day_month(week.start_utc_s),
            value=week.backward_s / 60.0,
            note=show.count(week.sessions, "session", "sessions"),
            dots=min(week.sessions, _MOST_DOTS),
        )
        for week in weeks
    ]
    return {
        "drawing": strips.bars(items, "min", show),
        "heads": [(show.text(name), css) for name, css in LOAD_HEADS],
        "rows": [_week(week, show) for week in weeks],
    }


def _week(week: WeekLoad, show: Locale) -> tuple[str, list[str]]:
    cells = [str(week.sessions), show.duration(week.backward_s), show.distance(week.backward_m)]
    return show.short_date(week.start_utc_s), cells


def _trends(newest: Sequence[SessionLine], show: Locale) -> list[dict[str, Any]]:
    trained = [
        line for line in reversed(newest) if _is_training(line) and line.facts.backward_s >= 1.0
    ][-_TREND_SESSIONS:]
    unit = show.chart_speed_unit
    speed = [
        (_day(line, show), None if mps is None else mps * PER_MPS[unit])
        for line in trained
        for mps in [_speed_mps(line)]
    ]
    cadence = [(_day(line, show), known(line.cadence_spm)) for line in trained]
    return [
        *_trend(
            "speed", show.text("Mean backward speed"), (unit, SPEED_DIGITS[unit]), speed, show
        ),
        *_trend("cadence", show.text("Backward cadence"), ("steps/min", 0), cadence, show),
    ]


def _trend(
    key: str,
    title: str,
    unit: tuple[str, int],
    pairs: Sequence[tuple[str, float | None]],
    show: Locale,
) -> list[dict[str, Any]]:
    found = [(name, value) for name, value in pairs if value is not None]
    if len(found) < 2:  # one point is no trend
        return []
    name = show.text(unit[0])
    return [
        {
            "key": key,
            "title": title,
            "under": show.text("%(unit)s, session by session", unit=name),
            "drawing": strips.trend(found, name, unit[1], show),
        }
    ]


def _speed_mps(line: SessionLine) -> float | None:
    return mean_speed_mps(line.facts.backward_m, line.facts.backward_s)


def _zone(line: SessionLine) -> tzinfo:
    return zone(line.facts.time_zone)


def _day(line: SessionLine, show: Locale) -> str:
    start_s = trusted_utc(line.facts.start_utc_s)
    return line.facts.session_id if start_s is None else show.day_month(start_s, _zone(line))


def _stretches(newest: Sequence[SessionLine], show: Locale) -> list[dict[str, Any]]:
    """Return the ways that several sessions ran backward on, the most used first."""
    sessions: dict[str, list[SessionLine]] = {}
    for line in newest:
        for one in line.stretches:
            sessions.setdefault(one.way_id, []).append(line)
    again = {way: lines for way, lines in sessions.items() if len(lines) > 1}
    most = sorted(again, key=lambda way: (-len(again[way]), way))[:_MOST_STRETCHES]
    return [
        {
            "name": stretch_name(way, show),
            "rows": [
                (
                    layout.page(line.facts.session_id),
                    _day(line, show),
                    stretch_cells(next(s for s in line.stretches if s.way_id == way), show),
                )
                for line in again[way][:_TREND_SESSIONS]
            ],
        }
        for way in most
    ]


def _session(line: SessionLine, show: Locale) -> dict[str, Any]:
    facts = line.facts
    start_s = trusted_utc(facts.start_utc_s)
    name = facts.session_id
    if start_s is not None:
        clock = show.time_of_day(start_s, _zone(line))[:5]
        name = f"{show.short_date(start_s, _zone(line))}, {clock}"
    done = UNKNOWN
    if facts.bouts_planned and not facts.is_refused:
        done = show.text(
            "%(done)d of %(planned)d", done=facts.bouts_done, planned=facts.bouts_planned
        )
    notes = []
    if not facts.is_whole or facts.lost_s > 0:
        notes.append(show.text("recording not complete"))
    if line.faults:
        notes.append(show.count(line.faults, "fault", "faults"))
    return {
        "is_training": _is_training(line),
        "link": layout.page(facts.session_id),
        "name": name,
        "kind": show.text(PHASES[Phase.REFUSED] if facts.is_refused else KINDS[facts.kind]),
        "cells": [
            show.duration(facts.duration_s),
            done,
            show.duration(facts.backward_s),
            show.distance(facts.backward_m),
            show.speed(_speed_mps(line)),
            str(line.stops),
            str(line.cautions),
        ],
        "notes": notes,
    }
