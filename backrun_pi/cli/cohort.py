"""The command `backrun cohort`: named questions about an archive of many sessions."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backrun_pi.errors import BadInput

if TYPE_CHECKING:
    from backrun_pi.cohort.answer_files import Answer
    from backrun_pi.cohort.question import Asked

ALL, LIST = "all", "list"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("question", metavar="QUESTION", help="a name, `all`, or `list`")
    parser.add_argument("archive", type=Path, nargs="?", metavar="ARCHIVE")
    parser.add_argument("--by", metavar="WHOM", help="all, group or wearer")
    parser.add_argument("--period", metavar="P", help="all, year, month or week")
    parser.add_argument("--since", metavar="DAY", help="first day, 2026-01-31")
    parser.add_argument("--until", metavar="DAY", help="day after the last")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="a parameter; see list",
    )
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    parser.add_argument("--master", metavar="URL", help="of Spark; without it, this machine")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write JSON, CSV and a page here"
    )


def run(args: argparse.Namespace) -> int:
    """Answer, or list what can be asked."""
    from backrun_pi.cohort.answer_files import Answer
    from backrun_pi.cohort.engine import answer, opened
    from backrun_pi.cohort.question import question, questions, values_of

    if args.question == LIST:
        return _list(args)
    if args.archive is None:
        raise BadInput("ARCHIVE: name the folder that `log export --to parquet` made")
    if args.master is not None and args.engine != "spark":
        raise BadInput(f"--master {args.master}: is for --engine spark")
    asked = _asked(args)
    chosen = list(questions().values()) if args.question == ALL else [question(args.question)]
    with_values = [(one, values_of(one, asked)) for one in chosen]
    with opened(args.archive, args.engine, args.master) as engine:
        answers = [
            Answer(one, values, answer(engine, one, values)) for one, values in with_values
        ]
    for one in answers:
        _show(one, args)
    if args.out is not None:
        _write(answers, args)
    return 0


def _asked(args: argparse.Namespace) -> Asked:
    from backrun_pi.cohort.question import Asked

    numbers = {}
    for text in args.set:
        name, _, value = text.partition("=")
        try:
            numbers[name] = float(value)
        except ValueError:
            raise BadInput(f"--set {text}: give NAME=NUMBER") from None
    return Asked(args.by, args.period, args.since, args.until, numbers)


def _list(args: argparse.Namespace) -> int:
    from backrun_pi.cohort.question import questions

    for one in questions().values():
        if args.json or not sys.stdout.isatty():
            numbers = {each.name: each.default for each in one.parameters}
            line = {"question": one.name, "title": one.title, "about": one.about}
            print(json.dumps({**line, **one.defaults, "set": numbers}))
            continue
        print(f"{one.name:<10} {one.title}: {one.about}")
        for each in one.parameters:
            print(f"{'':<10}   --set {each.name}={each.default:g}: {each.says}")
    return 0


def _show(one: Answer, args: argparse.Namespace) -> None:
    from backrun_pi.cohort.answer_files import as_json, shown

    if args.json or not sys.stdout.isatty():
        sys.stdout.write(as_json(one))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=one.question.title)
    for column in one.question.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        table.add_column(f"{column.title}{unit}".replace("[", r"\["))
    for row in one.rows:
        pairs = zip(row, one.question.columns, strict=True)
        table.add_row(*(shown(value, column) for value, column in pairs))
    Console().print(table)


def _write(answers: list[Answer], args: argparse.Namespace) -> None:
    from backrun_pi.cohort import page
    from backrun_pi.cohort.answer_files import as_csv, as_json
    from backrun_pi.files import named_in_errors, write_atomic
    from backrun_pi.review.report.locale import Locale

    texts = {"index.html": page.render(answers, args.archive.resolve().name, Locale())}
    for one in answers:
        texts[f"{one.question.name}.json"] = as_json(one)
        texts[f"{one.question.name}.csv"] = as_csv(one)
    with named_in_errors(args.out):
        args.out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_atomic(args.out / name, text.encode())
            print(f"backrun: {args.out / name}: written", file=sys.stderr)
