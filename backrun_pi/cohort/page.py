"""Answers as one page that opens offline: charts and tables in the manner of the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backrun_pi.cohort.answer_files import Answer, shown
from backrun_pi.cohort.question import Column
from backrun_pi.review.report import environment, strips
from backrun_pi.review.report.locale import UNKNOWN, Locale

_MOST_ROWS = 400
"""[-] Of a table; the CSV beside the page has all."""
_MOST_CHARTS = 6
_MOST_BARS = 10
_CREDITS = (
    "Wearers and places are named by a keyed hash: who holds the key can name them, nobody "
    "else. Groups, days and what was measured are as recorded: hand it on with care."
)


def render(answers: Sequence[Answer], archive: str, show: Locale) -> str:
    """Return the page of some answers.

    Args:
        answers: In the order of the page.
        archive: Name of the archive.
        show: For whom it is.
    """
    names = ", ".join(answer.question.title.lower() for answer in answers)
    values = {
        "home": "#main",
        "title": "Many sessions",
        "archive": archive,
        "story": f"Answers: {names}.",
        "answers": [_card(answer, show) for answer in answers],
        "credits": _CREDITS,
    }
    return environment.render("cohort.html", show, values, scripts=(environment.TABLES_SCRIPT,))


def _card(answer: Answer, show: Locale) -> dict[str, Any]:
    question = answer.question
    left = len(answer.rows) - _MOST_ROWS
    asked = (f"{name} = {value}" for name, value in answer.values.items() if value is not None)
    note = f"{left} rows more are in {question.name}.csv." if left > 0 else ""
    return {
        "key": question.name,
        "title": question.title,
        "about": question.about,
        "asked": f"Asked with {', '.join(asked)}.",
        "charts": _charts(answer, show),
        "heads": [(_head(column), _css(column)) for column in question.columns],
        "rows": [
            [
                (shown(value, column) or UNKNOWN, _css(column))
                for value, column in zip(row, question.columns, strict=True)
            ]
            for row in answer.rows[:_MOST_ROWS]
        ],
        "note": note if answer.rows else "Nothing in the archive answers this.",
    }


def _charts(answer: Answer, show: Locale) -> list[tuple[str, strips.Drawing]]:
    chart, columns = answer.question.chart, answer.question.columns
    value, over, each = columns[chart.value], columns[chart.over], columns[chart.each]
    series: dict[str, list[tuple[str, float]]] = {}
    for row in answer.rows:
        if row[chart.value] is not None:
            name = f"{each.title} {shown(row[chart.each], each)}"
            pair = shown(row[chart.over], over), float(row[chart.value])
            series.setdefault(name, []).append(pair)
    title, digits = _head(value), value.digits or 0
    if all(len(pairs) == 1 for pairs in series.values()):
        first = [(name, pairs[0][1]) for name, pairs in series.items()][:_MOST_BARS]
        return [(title, _bars(first, value.unit, show))] if first else []
    drawn = []
    for name, pairs in list(series.items())[:_MOST_CHARTS]:
        is_ranked = over.name == "place"
        if is_ranked or len(pairs) == 1:
            drawing = _bars(pairs[:_MOST_BARS], value.unit, show)
        else:
            drawing = strips.trend(pairs, value.unit, digits, show)
        drawn.append((f"{title}: {name}", drawing))
    return drawn


def _bars(pairs: Sequence[tuple[str, float]], unit: str, show: Locale) -> strips.Drawing:
    items = [strips.Bar(label=name, value=amount, note="", dots=0) for name, amount in pairs]
    return strips.bars(items, unit, show)


def _head(column: Column) -> str:
    return f"{column.title}, {column.unit}" if column.unit else column.title


def _css(column: Column) -> str:
    return "" if column.digits is None else "number"
