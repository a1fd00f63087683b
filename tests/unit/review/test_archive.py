"""MCAP and Parquet carry what the log holds; without their extra one clear line names it."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.cli.main import main
from backrun_pi.errors import OutputError
from backrun_pi.record.reader import read_session
from backrun_pi.review.analysis.session_review import review_session
from backrun_pi.review.exports import archive, fit_file
from backrun_pi.review.exports.archive_tables import COLUMNS, Subject
from backrun_pi.review.exports.parquet_archive import to_parquet
from backrun_pi.review.settings import ReviewSettings
from backrun_pi.units import NS_PER_S
from tests.support.record_parts import LEGS, UTC_S, recorded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a short invented session."""
    return recorded(
        tmp_path_factory.mktemp("card"), legs=(replace(LEGS[1], seconds=30.0), LEGS[2])
    )


def extra(module: str) -> Any:
    """Import an optional package or skip."""
    return pytest.importorskip(module, reason=f"{module} is an extra")


def test_mcap_has_a_topic_per_kind_in_utc(folder: Path, tmp_path: Path) -> None:
    reader = extra("mcap.reader")
    (path,) = archive.to_mcap(folder, tmp_path)
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    with path.open("rb") as stream:
        for _, channel, message in reader.make_reader(stream).iter_messages():
            row = message.log_time, json.loads(message.data)
            found.setdefault(channel.topic, []).append(row)
    states = found["/RunnerState"]
    recorded_states = [
        one for one in read_session(folder) if type(one.message).__name__ == "RunnerState"
    ]
    assert len(states) == len(recorded_states)
    assert states[0][0] == pytest.approx(UTC_S * NS_PER_S, abs=NS_PER_S)
    assert states[-1][1]["distance_m"] == recorded_states[-1].message.distance_m


def test_mcap_fills_the_map_and_the_log_panel_of_foxglove(folder: Path, tmp_path: Path) -> None:
    reader = extra("mcap.reader")
    (path,) = archive.to_mcap(folder, tmp_path)
    found: dict[str, list[dict[str, Any]]] = {}
    with path.open("rb") as stream:
        for schema, _, message in reader.make_reader(stream).iter_messages():
            assert schema.encoding == "jsonschema"
            found.setdefault(schema.name, []).append(json.loads(message.data))
    fix = found["foxglove.LocationFix"][-1]
    state = found["RunnerState"][-1]
    assert (fix["latitude"], fix["longitude"]) == (state["lat_deg"], state["lon_deg"])
    assert fix["position_covariance"][0] == pytest.approx(state["sigma_m"] ** 2)
    assert fix["timestamp"]["sec"] == pytest.approx(UTC_S, abs=120)
    assert len(found["foxglove.Log"]) == len(found["Alert"])
    assert found["foxglove.Log"][0]["message"]


def _problems(schema: Any, value: Any, where: str) -> list[str]:
    """Return what of a value a schema does not allow, by the few keywords that ours use."""
    kinds: dict[str, Any] = {
        "number": (int, float),
        "integer": int,
        "string": str,
        "object": dict,
        "array": list,
        "boolean": bool,
    }
    if "type" in schema and not isinstance(value, kinds[schema["type"]]):
        return [f"{where}: {value!r} is no {schema['type']}"]
    if value is None or ("enum" in schema and value not in schema["enum"]):
        return [f"{where}: {value!r}"]
    if isinstance(value, dict) and "properties" in schema:
        unnamed = [f"{where}.{key}" for key in value if key not in schema["properties"]]
        return unnamed + [
            text
            for key, one in value.items()
            if key in schema["properties"]
            for text in _problems(schema["properties"][key], one, f"{where}.{key}")
        ]
    if isinstance(value, list):
        items = schema.get("items", {})
        return [text for one in value for text in _problems(items, one, where)]
    return []


def test_every_message_fits_the_schema_that_stands_beside_it(
    folder: Path, tmp_path: Path
) -> None:
    reader = extra("mcap.reader")
    (path,) = archive.to_mcap(folder, tmp_path)
    seen = set()
    with path.open("rb") as stream:
        for schema, _, message in reader.make_reader(stream).iter_messages():
            rules = json.loads(schema.data)
            assert "$ref" not in schema.data.decode()
            assert rules["properties"]
            assert _problems(rules, json.loads(message.data), schema.name) == []
            seen.add(schema.name)
    assert {"RunnerState", "CoachState", "Alert", "foxglove.Log"} <= seen


def test_parquet_is_partitioned_by_year_and_month(folder: Path, tmp_path: Path) -> None:
    parquet = extra("pyarrow.parquet")
    written = to_parquet(folder, tmp_path, Subject(has_positions=True))
    review = review_session(read_session(folder), ReviewSettings())
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        f"{table}/year=2026/month=9/{folder.name}.parquet" for table in COLUMNS
    ]
    (whole,) = parquet.ParquetFile(written[0]).read().to_pylist()
    seconds = parquet.ParquetFile(written[1]).read().to_pylist()
    assert len(seconds) == len(review.track)
    assert whole["backward_s"] == review.facts.backward_s
    assert seconds[60]["direction"] == "backward"


def test_one_query_reads_all_sessions(folder: Path, tmp_path: Path) -> None:
    extra("pyarrow.parquet")
    duckdb = extra("duckdb")
    to_parquet(folder, tmp_path, Subject())
    table = duckdb.read_parquet(f"{tmp_path}/sessions/*/*/*.parquet", hive_partitioning=True)
    ((total,),) = table.filter("year = 2026").aggregate("sum(backward_s)").fetchall()
    assert total == pytest.approx(60.0, abs=0.5)


def _export(kind: str, folder: Path, out: Path) -> list[Path]:
    if kind == "mcap":
        return archive.to_mcap(folder, out)
    return to_parquet(folder, out, Subject())


@pytest.mark.parametrize("kind", ["mcap", "parquet"])
def test_a_missing_extra_is_named(
    kind: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(OutputError, match=rf"backrun-pi\[{kind}\]"):
        _export(kind, folder, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_command_exports(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra("mcap.reader")
    assert main(["log", "export", str(folder), "--to", "mcap", "--out", str(tmp_path)]) == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert Path(row["written"]).stat().st_size == row["bytes"]


def test_the_makers_own_decoder_takes_the_fit_file(folder: Path) -> None:
    # The package brings a top-level `tests` of its own: install it in a folder apart.
    sdk = extra("garmin_fit_sdk")
    review = review_session(read_session(folder), ReviewSettings())
    data = bytearray(fit_file.encode(review))
    assert sdk.Decoder(sdk.Stream.from_byte_array(data)).check_integrity()
    messages, errors = sdk.Decoder(sdk.Stream.from_byte_array(data)).read()
    assert errors == []
    assert len(messages["record_mesgs"]) == len(review.track)
    assert [lap["intensity"] for lap in messages["lap_mesgs"]] == ["recovery", "interval"]
    assert len(messages["workout_step_mesgs"]) == 2
