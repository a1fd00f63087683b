"""The index of the drive: where the plan stands, the weekly load, the trend, every session."""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.messages import SessionKind
from backrun_pi.review import layout
from backrun_pi.review.index_model import PlanProgress, SessionLine, WeekLoad
from backrun_pi.review.report import markup, strips, words
from backrun_pi.vocabulary import KINDS

_TREND_SESSIONS = 24
"""[-] Sessions in a trend: a quarter of a year at two a week."""
_LOAD_WEEKS = 12
"""[-] Weeks in the load."""
_MOST_DOTS = 5
"""[-] Dots under a bar."""
_LOAD_HEADS = (
    ("Week from", ""),
    ("Sessions", "number"),
    ("Backward", "number"),
    ("Way backward", "number"),
)
_SESSION_HEADS = (
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


def main_part(lines: Sequence[SessionLine], plan: PlanProgress | None) -> str:
    """Return the main part of the index."""
    newest = sorted(lines, key=_order, reverse=True)
    cards = [part for part in (_progress(plan), _load(plan), *_trends(newest)) if part]
    parts = [_hero(newest), _columns(cards), _sessions(newest)]
    return f'<main id="main">{"".join(parts)}</main>'


def _columns(parts: Sequence[str]) -> str:
    return f'<div class="columns is-wide">{"".join(parts)}</div>' if parts else ""


def _order(line: SessionLine) -> tuple[float, str]:
    """Sessions without a date come last; their names count up."""
    return (words.trusted_utc(line.facts.start_utc_s) or 0.0, line.facts.session_id)


def _hero(lines: Sequence[SessionLine]) -> str:
    story = "No session is recorded yet. Clip the device on, press once, follow its cues."
    if lines:
        trained = sum(line.facts.kind is not SessionKind.SCOUTING for line in lines)
        time = words.duration(sum(line.facts.backward_s for line in lines))
        way = words.distance(sum(line.facts.backward_m for line in lines))
        story = f"{words.count(trained, 'session')}, {time} and {way} backward in all."
    return (
        '<section class="hero"><p class="eyebrow">Your backward running</p>'
        f'<h1>All sessions</h1><p class="lead">{story}</p></section>'
    )


def _progress(plan: PlanProgress | None) -> str:
    if plan is None or (plan.plan is None and not plan.text):
        return ""
    lines = [f"<p>{words.text(line[:1].upper() + line[1:])}</p>" for line in plan.text]
    if plan.sessions_left is not None:
        left = words.count(plan.sessions_left, "session")
        told = f"This week still allows {left}."
        if plan.sessions_left <= 0:
            told = "This week allows no further session: rest is part of the plan."
        lines.insert(0, f"<p>{told}</p>")
    name = f" · {words.text(plan.plan)}" if plan.plan else ""
    body = _meter(plan) + "".join(lines)
    return markup.card("plan", f"Your plan{name}", body, "next")


def _meter(plan: PlanProgress) -> str:
    if plan.week is None or not plan.weeks:
        return ""
    cells = []
    for week in range(1, plan.weeks + 1):
        css = "is-done" if week < plan.week else ("is-now" if week == plan.week else "is-next")
        cells.append(f'<li class="{css}"></li>')
    return (
        f"<p><strong>Week {plan.week} of {plan.weeks}</strong></p>"
        f'<ol class="meter" aria-hidden="true">{"".join(cells)}</ol>'
    )


def _load(plan: PlanProgress | None) -> str:
    if plan is None or not plan.load:
        return ""
    weeks = plan.load[-_LOAD_WEEKS:]
    bars = [
        strips.Bar(
            label=words.day_month(week.start_utc_s),
            value=week.backward_s / 60.0,
            note=words.count(week.sessions, "session"),
            dots=min(week.sessions, _MOST_DOTS),
        )
        for week in weeks
    ]
    rows = markup.table("Weekly load", _LOAD_HEADS, [_week(week) for week in weeks])
    body = (
        '<p class="under">Minutes backward per week, from Monday; a dot for each session.</p>'
        f"{strips.bars(bars, 'min')}<details><summary>As a table</summary>{rows}</details>"
    )
    return markup.card("load", "Weekly load", body)


def _week(week: WeekLoad) -> str:
    cells = [
        str(week.sessions),
        words.duration(week.backward_s),
        words.distance(week.backward_m),
    ]
    day = words.short_date(week.start_utc_s)
    return f'<tr><th scope="row">{day}</th>{markup.numbers(cells)}</tr>'


def _trends(newest: Sequence[SessionLine]) -> list[str]:
    trained = [
        line
        for line in reversed(newest)
        if line.facts.kind is not SessionKind.SCOUTING and line.facts.backward_s >= 1.0
    ][-_TREND_SESSIONS:]
    speed = [(_name(line), _speed(line)) for line in trained]
    cadence = [(_name(line), words.known(line.cadence_spm)) for line in trained]
    return [
        *_trend("speed", "Mean backward speed", ("m/s", 2), speed),
        *_trend("cadence", "Backward cadence", ("steps/min", 0), cadence),
    ]


def _trend(
    key: str, title: str, unit: tuple[str, int], pairs: Sequence[tuple[str, float | None]]
) -> list[str]:
    dots = [(name, value) for name, value in pairs if value is not None]
    if len(dots) < 2:  # one point is no trend
        return []
    under = f'<p class="under">{unit[0]}, session by session</p>'
    return [markup.card(key, title, under + strips.trend(dots, *unit))]


def _speed(line: SessionLine) -> float | None:
    return words.mean_speed(line.facts.backward_m, line.facts.backward_s)


def _name(line: SessionLine) -> str:
    start_s = words.trusted_utc(line.facts.start_utc_s)
    return words.text(line.facts.session_id) if start_s is None else words.day_month(start_s)


def _sessions(newest: Sequence[SessionLine]) -> str:
    if not newest:
        return ""
    rows = [_session(line) for line in newest]
    return markup.card("list", "Sessions", markup.table("Sessions", _SESSION_HEADS, rows))


def _session(line: SessionLine) -> str:
    facts = line.facts
    start_s = words.trusted_utc(facts.start_utc_s)
    name = words.text(facts.session_id)
    if start_s is not None:
        name = f"{words.short_date(start_s)}, {words.utc_clock(start_s)[:5]} UTC"
    done = f"{facts.bouts_done} of {facts.bouts_planned}" if facts.bouts_planned else ""
    cells = [
        words.duration(facts.duration_s),
        done or words.UNKNOWN,
        words.duration(facts.backward_s),
        words.distance(facts.backward_m),
        words.number(_speed(line), 2, "m/s"),
        str(line.stops),
        str(line.cautions),
    ]
    notes = [] if facts.is_whole and facts.lost_s <= 0 else ["recording not complete"]
    if line.faults:
        notes.append(words.count(line.faults, "fault"))
    tags = " ".join(f'<span class="tag">{note}</span>' for note in notes)
    css = "is-other" if facts.kind is SessionKind.SCOUTING else "is-backward"
    link = f'<a href="{words.text(layout.page(facts.session_id))}">{name}</a>'
    return (
        f'<tr class="{css}"><th scope="row">{link}</th><td>{KINDS[facts.kind]}</td>'
        f"{markup.numbers(cells)}<td>{tags}</td></tr>"
    )
