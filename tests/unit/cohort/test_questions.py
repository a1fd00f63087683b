"""Every question answers by whom and when it is asked; the figures are right by hand."""

from __future__ import annotations

import itertools
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.cli.main import main
from backrun_pi.cohort import engine as engines
from backrun_pi.cohort.engine import Spark, answer, opened, translated
from backrun_pi.cohort.question import BY, PERIODS, Asked, question, questions, values_of, views
from backrun_pi.errors import BadInput, OutputError
from backrun_pi.review.exports.archive_tables import COLUMNS

pytest.importorskip("pyarrow", reason="pyarrow is an extra")
pytest.importorskip("duckdb", reason="duckdb is an extra")
pytest.importorskip("sqlglot", reason="sqlglot is an extra")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small archive of invented sessions."""
    from tests.support.invented_archive import invented_archive

    folder = tmp_path_factory.mktemp("archive")
    invented_archive(folder, sessions=24, wearers=6)
    return folder


def rows(archive: Path, name: str, asked: Asked) -> list[dict[str, Any]]:
    """Return an answer as named values."""
    one = question(name)
    with opened(archive, "duckdb") as engine:
        found = answer(engine, one, values_of(one, asked))
    names = [column.name for column in one.columns]
    return [dict(zip(names, row, strict=True)) for row in found]


def written(tmp_path: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    """Return an archive made by hand."""
    from backrun_pi.review.exports.parquet_archive import write_rows

    for table in COLUMNS:
        write_rows(tmp_path / table / "one.parquet", table, tables.get(table, []))
    return tmp_path


def visit(name: str, wearer: str, day: str, **others: Any) -> dict[str, Any]:
    """Return a row of a session."""
    from datetime import date

    usual = {"kind": "training", "is_refused": False, "is_broken_off": False, "faults": 0}
    counts = dict.fromkeys(("bouts_done", "bouts_planned", "looks_left", "looks_right"), 0)
    amounts = {"backward_s": 60.0, "backward_m": 70.0}
    who = {"session": name, "wearer": wearer, "day": date.fromisoformat(day)}
    return {**usual, **counts, **amounts, **who, **others}


def test_every_question_answers_by_everybody_group_and_wearer(archive: Path) -> None:
    with opened(archive, "duckdb") as engine:
        for one, by in itertools.product(questions().values(), BY):
            found = answer(engine, one, values_of(one, Asked(by=by)))
            assert found, one.name
            assert ({row[0] for row in found} == {"all"}) == (by == "all")


def test_a_period_is_named_by_its_first_day_or_its_month_or_year(archive: Path) -> None:
    forms = {
        "all": "all",
        "year": r"\d{4}",
        "month": r"\d{4}-\d{2}",
        "week": r"\d{4}-\d{2}-\d{2}",
    }
    for period in PERIODS:
        found = rows(archive, "looks", Asked(by="all", period=period))
        assert all(re.fullmatch(f"{forms[period]}|undated", row["period"]) for row in found)


def test_load_counts_what_was_done_of_the_plan_and_weeks_above_the_limit(
    tmp_path: Path,
) -> None:
    # Three sessions of one week, two allowed; 7 of 10 bouts; one of three sessions whole.
    sessions = [
        visit("a", "w", "2026-03-02", bouts_done=4, bouts_planned=4, backward_s=240.0),
        visit("b", "w", "2026-03-04", bouts_done=2, bouts_planned=4, backward_s=120.0),
        visit("c", "w", "2026-03-06", bouts_done=1, bouts_planned=2, backward_s=60.0),
        visit("refused", "w", "2026-03-07", is_refused=True),
        visit("scouting", "w", "2026-03-08", kind="scouting"),
    ]
    archive = written(tmp_path, {"sessions": sessions})
    (row,) = rows(archive, "load", Asked(by="all", period="month"))
    assert (row["period"], row["sessions"], row["wearers"]) == ("2026-03", 3, 1)
    assert (row["backward_min"], row["done_pct"]) == (7.0, 70.0)
    assert (row["whole_pct"], row["over_limit_pct"]) == (33.3, 100.0)
    (wider,) = rows(archive, "load", Asked(by="all", numbers={"most_per_week": 3}))
    assert wider["over_limit_pct"] == 0.0


def test_the_time_until_standing_is_that_of_stop_cues_alone(tmp_path: Path) -> None:
    def cue(after_s: float | None, condition: str = "stop_hazard") -> dict[str, Any]:
        return {"session": "a", "condition": condition, "standing_after_s": after_s}

    alerts = [cue(0.5), cue(1.0), cue(2.0), cue(None), cue(9.0, "caution_hazard")]
    archive = written(tmp_path, {"sessions": [visit("a", "w", "2026-03-02")], "alerts": alerts})
    (row,) = rows(archive, "stop", Asked(by="all", period="all"))
    assert (row["stops"], row["stood_pct"], row["in_time_pct"]) == (4, 75.0, 50.0)
    assert (row["median_s"], row["slow_s"]) == (1.0, 2.0)


def test_near_contacts_are_counted_per_kilometre_of_their_place(tmp_path: Path) -> None:
    places = [
        {"session": "a", "place": "p", "backward_m": 500.0, "alerts": 3},
        {"session": "a", "place": "short", "backward_m": 20.0, "alerts": 1},
    ]
    near = {"session": "a", "place": "p", "severity": 2, "contact_s": 1.0}
    hazards = [
        near,
        {**near, "severity": 1},
        {**near, "contact_s": 4.0},
        {**near, "place": None},
    ]
    archive = written(
        tmp_path,
        {
            "sessions": [visit("a", "w", "2026-03-02")],
            "places": places,
            "hazards": hazards,
        },
    )
    (row,) = rows(archive, "warnings", Asked())
    assert (row["place"], row["alerts_per_km"], row["near_per_km"]) == ("p", 6.0, 2.0)
    wider = rows(archive, "warnings", Asked(numbers={"near_s": 5.0, "least_km": 0.0}))
    assert [one["near_per_km"] for one in wider] == [4.0, 0.0]


def test_who_has_not_come_for_four_weeks_has_dropped_out(tmp_path: Path) -> None:
    sessions = [
        visit("a1", "a", "2026-03-02"),
        visit("a2", "a", "2026-03-12"),
        visit("b1", "b", "2026-03-05"),
        visit("b2", "b", "2026-04-20", is_broken_off=True),
    ]
    (row,) = rows(written(tmp_path, {"sessions": sessions}), "dropouts", Asked(by="all"))
    assert (row["started"], row["wearers"], row["gone"]) == ("2026-03", 2, 1)
    assert (row["stay_days"], row["broken_pct"]) == (10, 25.0)


def test_the_change_of_variation_is_since_the_first_period(tmp_path: Path) -> None:
    def bout(session: str, asymmetry_p: float, speed_sd_mps: float) -> dict[str, Any]:
        return {
            "session": session,
            "bout": 1,
            "backward_s": 50.0,
            "speed_mps": 1.0,
            "speed_sd_mps": speed_sd_mps,
            "asymmetry_p": asymmetry_p,
        }

    archive = written(
        tmp_path,
        {
            "sessions": [visit("a", "w", "2026-03-02"), visit("b", "w", "2026-04-02")],
            "bouts": [bout("a", 0.08, 0.2), bout("b", 0.05, 0.1)],
        },
    )
    first, last = rows(archive, "variation", Asked(by="wearer"))
    assert (first["asymmetry_pct"], first["asymmetry_change"]) == (8.0, 0.0)
    assert (last["asymmetry_pct"], last["asymmetry_change"]) == (5.0, -3.0)
    assert (first["speed_cv_pct"], last["speed_cv_change"]) == (20.0, -10.0)
    assert first["cadence_cv_pct"] is None


def test_days_limit_an_answer(archive: Path) -> None:
    everything = rows(archive, "load", Asked(by="all", period="all"))[0]["sessions"]
    part = rows(archive, "load", Asked(by="all", period="all", since="2025-10-01"))
    rest = rows(archive, "load", Asked(by="all", period="all", until="2025-10-01"))
    assert 0 < part[0]["sessions"] < everything
    assert part[0]["sessions"] + rest[0]["sessions"] <= everything


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Asked(by="somebody"), "--by somebody"),
        (Asked(period="day"), "--period day"),
        (Asked(since="yesterday"), "--since yesterday"),
        (Asked(numbers={"most_per_week": 99}), "give 1 to 14"),
        (Asked(numbers={"colour": 1}), "it has most_per_week"),
    ],
)
def test_what_cannot_be_asked_is_named(asked: Asked, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        values_of(question("load"), asked)


def test_a_text_of_the_user_stays_a_text_in_the_sql() -> None:
    sql = translated("SELECT 1 WHERE 'x' = :by", "duckdb", {"by": "'; DROP TABLE x; --"})
    assert sql == "SELECT 1 WHERE 'x' = '''; DROP TABLE x; --'"


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_every_question_is_written_for_every_engine(dialect: str) -> None:
    for one in questions().values():
        values = values_of(one, Asked())
        for sql in [one.sql, *(sql for _, sql in views())]:
            assert ":" not in translated(sql, dialect, values)


class Session:
    """A Spark that answers with the SQL it was given."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.sql_text = ""

    def sql(self, text: str) -> Session:
        self.sql_text = text
        return self

    def createOrReplaceTempView(self, name: str) -> None:  # noqa: N802 - Spark's own name
        self.kept.append(name)

    def collect(self) -> list[list[Any]]:
        return [[self.sql_text]]


def test_spark_keeps_views_and_gives_rows() -> None:
    spark = Spark(session := Session())
    spark.define("visits", "SELECT 1")
    assert session.kept == ["visits"]
    assert spark.rows("SELECT 2") == [("SELECT 2",)]


def test_spark_is_opened_with_every_table(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import contextmanager

    class Reader(Session):
        @property
        def read(self) -> Reader:
            return self

        def option(self, *_words: str) -> Reader:
            return self

        def parquet(self, _path: str) -> Reader:
            return self

    reader = Reader()

    @contextmanager
    def session(_master: str | None) -> Any:
        yield reader

    monkeypatch.setattr(engines, "spark_session", session)
    with opened(archive, "spark", "spark://nowhere:7077"):
        assert reader.kept == [f"all_{name}" for name in COLUMNS]


def test_an_engine_that_gives_up_is_an_output_that_failed(archive: Path) -> None:
    with opened(archive, "duckdb") as engine, pytest.raises(OutputError, match="gave up"):
        answer(engine, question("load"), {"by": "all"})


def test_a_folder_that_is_no_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no sessions"), opened(tmp_path, "duckdb"):
        pass
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions/a.parquet").write_text("no")
    with pytest.raises(BadInput, match="is not a Parquet file"), opened(tmp_path, "duckdb"):
        pass


def test_an_archive_of_an_older_version_is_named(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    (tmp_path / "sessions").mkdir()
    parquet.write_table(pa.table({"session": ["a"]}), tmp_path / "sessions/a.parquet")
    with pytest.raises(BadInput, match="has no column wearer"), opened(tmp_path, "duckdb"):
        pass


def test_the_command_writes_json_csv_and_one_offline_page(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cohort", "all", str(archive), "--out", str(tmp_path), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"index.html"} | {
        f"{q}.{end}" for q in questions() for end in ("json", "csv")
    }
    kept = [json.loads(line) for line in (tmp_path / "load.json").read_text().splitlines()]
    assert [line for line in lines if "done_pct" in line] == kept
    table = (tmp_path / "load.csv").read_text().splitlines()
    assert table[0].startswith("who,period,wearers,sessions,backward_min")
    assert len(table) == len(kept) + 1
    page = (tmp_path / "index.html").read_text()
    assert "default-src 'none'" in unescape(page)
    assert all(one.title in page for one in questions().values())
    assert page.count('<svg class="bars"') >= len(questions())
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_page_of_an_answer_without_rows_says_so(tmp_path: Path) -> None:
    archive = written(tmp_path / "a", {"sessions": [visit("a", "w", "2026-03-02")]})
    out = tmp_path / "out"
    assert main(["cohort", "stop", str(archive), "--out", str(out)]) == 0
    assert "Nothing in the archive answers this." in (out / "index.html").read_text()


def test_one_period_is_drawn_as_bars_and_a_long_table_is_cut(
    archive: Path, tmp_path: Path
) -> None:
    assert (
        main(["cohort", "load", str(archive), "--period", "all", "--out", str(tmp_path)]) == 0
    )
    assert "bar-fill" in (tmp_path / "index.html").read_text()


def test_the_questions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", "list"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["question"] for line in lines] == list(questions())
    assert {"set": {"gone_days": 28.0}}.items() <= lines[0].items()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["cohort", "load"], "ARCHIVE"),
        (["cohort", "why", "."], "there is no such question"),
        (["cohort", "load", ".", "--set", "x"], "NAME=NUMBER"),
        (["cohort", "load", ".", "--master", "spark://a"], "--engine spark"),
    ],
)
def test_wrong_use_is_one_clear_line(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert says in capsys.readouterr().err


def test_a_terminal_gets_tables(
    archive: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["cohort", "looks", str(archive)]) == 0
    assert main(["cohort", "list"]) == 0
    shown = capsys.readouterr().out
    assert "Looks over the shoulder" in shown
    assert "--set gone_days=28" in shown
