"""Named questions: SQL files that say their parameters, their columns and what they draw."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from backrun_pi.errors import BadInput

Value = str | float | int | None

TEXT = "text"
BY = ("all", "group", "wearer")
PERIODS = ("all", "year", "month", "week")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HEAD = re.compile(r"^-- (\w+): (.*)$", re.MULTILINE)
_VIEW = re.compile(r"^-- view: (\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a question can be asked with."""

    name: str
    default: float
    least: float
    most: float
    says: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer."""

    name: str
    title: str
    unit: str
    digits: int | None
    """[-] Shown after the point. None: a text."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn of an answer: places of columns."""

    value: int
    over: int
    """The x axis."""
    each: int
    """A drawing for each of its values."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as its file says it."""

    name: str
    title: str
    about: str
    defaults: Mapping[str, str]
    """Of `by` and `period`."""
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    chart: Chart
    sql: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is asked with; what is not given is as the question has it."""

    by: str | None = None
    period: str | None = None
    since: str | None = None
    """First day, YYYY-MM-DD. None: from the first on."""
    until: str | None = None
    """Day after the last. None: to the last."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Parameters of the question."""


@cache
def questions() -> Mapping[str, Question]:
    """Return every question by its name."""
    files = resources.files(__package__).joinpath("questions").iterdir()
    texts = {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
        for file in files
        if file.name.endswith(".sql") and file.name != "views.sql"
    }
    return {name: _question(name, texts[name]) for name in sorted(texts)}


@cache
def views() -> tuple[tuple[str, str], ...]:
    """Return (name, SQL) of what the questions stand on, in the order they need each other."""
    file = resources.files(__package__).joinpath("questions/views.sql")
    _, *parts = _VIEW.split(file.read_text(encoding="utf-8"))
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return tuple((name, sql.strip().rstrip(";")) for name, sql in pairs)


def question(name: str) -> Question:
    """Return a question. Raises BadInput with those there are."""
    known = questions()
    if name not in known:
        raise BadInput(f"{name}: there is no such question; there are {', '.join(known)}")
    return known[name]


def values_of(question: Question, asked: Asked) -> dict[str, Value]:
    """Return every value that the SQL of a question needs.

    Raises:
        BadInput: A value is unknown, of another kind, or out of its bounds.
    """
    values: dict[str, Value] = {
        "by": _one_of("--by", asked.by or question.defaults["by"], BY),
        "period": _one_of("--period", asked.period or question.defaults["period"], PERIODS),
        "since": _day("--since", asked.since),
        "until": _day("--until", asked.until),
    }
    known = {parameter.name: parameter for parameter in question.parameters}
    for name in asked.numbers:
        if name not in known:
            names = ", ".join(known) or "none"
            raise BadInput(
                f"--set {name}: {question.name} has no such parameter; it has {names}"
            )
    for name, parameter in known.items():
        value = asked.numbers.get(name, parameter.default)
        if not parameter.least <= value <= parameter.most:
            bounds = f"{parameter.least:g} to {parameter.most:g}"
            raise BadInput(f"--set {name}={value:g}: give {bounds}: {parameter.says}")
        values[name] = int(value) if float(value).is_integer() else value
    return values


def _one_of(option: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise BadInput(f"{option} {value}: give one of {', '.join(allowed)}")
    return value


def _day(option: str, value: str | None) -> str | None:
    if value is not None and not _DAY.fullmatch(value):
        raise BadInput(f"{option} {value}: give a day as 2026-12-31")
    return value


def _question(name: str, text: str) -> Question:
    heads: dict[str, list[str]] = {}
    for key, value in _HEAD.findall(text):
        heads.setdefault(key, []).append(value)
    columns = tuple(_column(line) for line in heads["column"])
    places = [column.name for column in columns]
    drawn = [places.index(part.strip()) for part in heads["chart"][0].split("|")]
    return Question(
        name=name,
        title=heads["title"][0],
        about=heads["about"][0],
        defaults=dict(line.split(" = ", 1) for line in heads["default"]),
        parameters=tuple(_parameter(line) for line in heads.get("parameter", ())),
        columns=columns,
        chart=Chart(value=drawn[0], over=drawn[1], each=drawn[2]),
        sql=_HEAD.sub("", text).strip(),
    )


def _column(line: str) -> Column:
    name, title, unit, digits = (part.strip() for part in line.split("|"))
    return Column(name, title, unit, None if digits == TEXT else int(digits))


def _parameter(line: str) -> Parameter:
    name, default, least, most, says = (part.strip() for part in line.split("|"))
    return Parameter(name, float(default), float(least), float(most), says)
