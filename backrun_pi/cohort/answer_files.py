"""Answers as JSON lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backrun_pi.cohort.question import Column, Question, Value
from backrun_pi.review.exports.csv_file import plain_text


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with what it was asked with and what was found."""

    question: Question
    values: dict[str, Value]
    rows: Sequence[Sequence[Any]]


def as_json(answer: Answer) -> str:
    """Return one object a line."""
    names = [column.name for column in answer.question.columns]
    lines = [json.dumps(dict(zip(names, row, strict=True))) for row in answer.rows]
    return "".join(f"{line}\n" for line in lines)


def as_csv(answer: Answer) -> str:
    """Return a table with one line of names; what is not known is an empty cell."""
    stream = io.StringIO(newline="")
    table = csv.writer(stream, lineterminator="\r\n")  # as RFC 4180 and spreadsheets want it
    table.writerow([column.name for column in answer.question.columns])
    for row in answer.rows:
        table.writerow(
            [
                shown(value, column)
                for value, column in zip(row, answer.question.columns, strict=True)
            ]
        )
    return stream.getvalue()


def shown(value: Any, column: Column) -> str:
    """Return a value as it reads in a table, to its last digit."""
    if value is None:
        return ""
    if column.digits is None:
        return plain_text(str(value))
    return f"{value:.{column.digits}f}"
