"""Stretches of many extracts: each path once, ranked, resumable, with the notice everywhere."""

from __future__ import annotations

import csv
import json
import struct
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.atlas import job, part, tiles
from backrun_pi.atlas.geoparquet import facts_of, line, points_of
from backrun_pi.atlas.part import ExtractReport, attempted, make_part, part_name
from backrun_pi.atlas.stretches import Claim, once
from backrun_pi.atlas.tables import Totals
from backrun_pi.cli.main import main
from backrun_pi.errors import OutputError
from backrun_pi.maps.layout import ATTRIBUTION
from tests.support.extracts import GOOD, LAT_DEG, LIKELY, LON_DEG, UNKNOWN, Line, invented

parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is an extra")
pytest.importorskip("h3", reason="h3 is an extra")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an extract with a good, a likely and an unknown stretch."""
    lines = (
        Line(1, 0.0, 0.0, 300.0, GOOD),
        Line(2, 200.0, 0.0, 250.0, LIKELY),
        Line(3, 400.0, 0.0, 200.0, UNKNOWN),
    )
    return invented(tmp_path_factory.mktemp("town") / "town.osm", lines)


def atlas(out: Path, *words: str | Path) -> int:
    """Run the command."""
    return main(["atlas", *(str(word) for word in words), "--out", str(out), "--json"])


def rows(out: Path) -> list[dict[str, Any]]:
    """Return the merged stretches."""
    with parquet.ParquetFile(out / "atlas.parquet") as file:
        found: list[dict[str, Any]] = file.read().to_pylist()
    return found


def test_a_stretch_says_how_it_suits_and_what_is_missing(town: Path, tmp_path: Path) -> None:
    assert atlas(tmp_path, town) == 0
    found = {row["way_ids"][0]: row for row in rows(tmp_path)}
    assert {way: row["suitability"] for way, row in found.items()} == {
        1: "good",
        2: "likely",
        3: "unknown",
    }
    assert found[1]["length_m"] == pytest.approx(300.0, rel=0.02)
    assert found[1]["doubts"] == []
    assert found[2]["doubts"] == ["smoothness not tagged"]
    assert found[2]["way_missing_tags"] == ["smoothness"]
    assert found[3]["way_missing_tags"] == [""]
    assert found[1]["data_until"].startswith("2026-03-01")
    assert sorted(row["rank_in_cell"] for row in found.values()) == [1, 2, 3]
    assert found[1]["rank_in_cell"] == 1


def test_the_file_is_geoparquet_with_lines_in_longitude_and_latitude(
    town: Path, tmp_path: Path
) -> None:
    assert atlas(tmp_path, town) == 0
    geo = json.loads(facts_of(tmp_path / "atlas.parquet")["geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert geo["columns"]["geometry"] == {"encoding": "WKB", "geometry_types": ["LineString"]}
    for row in rows(tmp_path):
        order, kind, count = struct.unpack_from("<BII", row["geometry"])
        assert (order, kind) == (1, 2)
        assert len(row["geometry"]) == 9 + 16 * count
        points = points_of(row["geometry"])
        assert all(
            abs(lon - LON_DEG) < 0.01 and abs(lat - LAT_DEG) < 0.01 for lon, lat in points
        )


def test_a_line_comes_back_from_its_bytes() -> None:
    assert points_of(line([(60.0, 24.0), (60.5, 24.5)])) == [(24.0, 60.0), (24.5, 60.5)]


def test_every_file_carries_the_notice(town: Path, tmp_path: Path) -> None:
    assert atlas(tmp_path, town) == 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".parquet", ".json", ".csv", ".html"}
    for path in files:
        if path.suffix == ".parquet":
            facts = facts_of(path)
            assert facts["attribution"] == ATTRIBUTION
            assert "ODbL" in facts["licence"]
        else:
            text = path.read_text(encoding="utf-8").encode().decode("utf-8")
            assert "OpenStreetMap contributors" in text, path
            assert "ODbL" in text, path


def test_the_tables_count_one_tag_from_good_and_contacts(town: Path, tmp_path: Path) -> None:
    assert atlas(tmp_path, town) == 0
    tables = json.loads((tmp_path / "tables.json").read_text())
    assert tables["one_tag_from_good_km"] == {"smoothness": pytest.approx(0.25, rel=0.02)}
    assert tables["contacts_per_100_m_km"]["0 to 0.05"]["good"] == pytest.approx(0.3, rel=0.02)
    lines = (tmp_path / "survey.csv").read_text().splitlines()
    (entry,) = csv.DictReader(lines[1:])
    assert (entry["tag"], entry["way"]) == ("smoothness", "2")
    assert entry["link"] == "https://www.openstreetmap.org/way/2"


def test_a_contact_falls_into_its_class() -> None:
    totals = Totals()
    usual = {"suitability": "good", "length_m": 1000.0, "data_until": None}
    ways: dict[str, list[Any]] = {"way_ids": [], "way_missing_tags": [], "way_lengths_m": []}
    totals.take([{**usual, **ways, "contacts_per_100_m": value} for value in (0.0, 0.3, 7.0)])
    kept = {name: km for name, km in totals.contact_km() if km}
    assert kept == {
        "0 to 0.05": {"good": 1.0},
        "0.2 to 0.5": {"good": 1.0},
        "1 and more": {"good": 1.0},
    }
    assert totals.data_until is None


def test_a_path_in_two_extracts_is_kept_once_by_who_knows_all_of_it(tmp_path: Path) -> None:
    # West ends in the middle of way 1; east holds all of it and 500 m on both sides.
    west = invented(tmp_path / "west.osm", [Line(1, 0.0, 0.0, 250.0, GOOD)])
    wide = [Line(1, 0.0, 0.0, 400.0, GOOD), Line(9, 900.0, -500.0, 900.0, UNKNOWN)]
    east = invented(tmp_path / "east.osm", wide)
    assert atlas(tmp_path / "out", west, east) == 0
    found = [row for row in rows(tmp_path / "out") if row["way_ids"] == [1]]
    assert [(row["extract"], row["is_whole"]) for row in found] == [("east.osm", True)]
    assert json.loads((tmp_path / "out/tables.json").read_text())["doubles"] == 1


def test_what_lies_on_the_ways_of_a_better_one_is_the_same_path() -> None:
    claims = [
        Claim([1, 2], [100.0, 100.0]),
        Claim([2, 3], [60.0, 50.0]),
        Claim([3, 1], [80.0, 20.0]),
    ]
    assert list(once(claims)) == [0, 2]


def test_a_damaged_extract_is_skipped_with_its_reason(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(b"no extract at all")
    missing = tmp_path / "missing.osm.pbf"
    assert atlas(tmp_path / "out", bad, town, missing) == 0
    said = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [one["part"] is None for one in said[:3]] == [True, False, True]
    assert "cut short or not an OpenStreetMap extract" in said[0]["skipped"]
    skipped = json.loads((tmp_path / "out/tables.json").read_text())["skipped"]
    assert [Path(one["extract"]).name for one in skipped] == ["bad.osm.pbf", "missing.osm.pbf"]
    assert "cut short" in (tmp_path / "out/index.html").read_text()


def test_nothing_usable_is_a_failure_with_a_whole_page(tmp_path: Path) -> None:
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(b"no extract at all")
    assert atlas(tmp_path / "out", bad) == 1
    assert rows(tmp_path / "out") == []
    assert "0 stretches" in (tmp_path / "out/index.html").read_text()


def test_a_finished_extract_is_not_built_again_until_it_changes(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_part(town, tmp_path)
    assert first.is_built
    with monkeypatch.context() as patch:
        patch.setattr(part, "build_map", None)
        again = make_part(town, tmp_path)
    assert (again.is_built, again.stretches) == (False, first.stretches)
    changed = tmp_path / town.name
    changed.write_bytes(town.read_bytes())
    assert make_part(changed, tmp_path).is_built
    changed.write_bytes(town.read_bytes() + b"\n")
    assert make_part(changed, tmp_path).is_built


def test_a_build_that_is_cut_off_leaves_nothing_that_counts(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(part, "write_part", cut)
        with pytest.raises(KeyboardInterrupt):
            make_part(town, tmp_path)
    assert not list((tmp_path / "parts").glob("*")) if (tmp_path / "parts").exists() else True
    # What a kill leaves behind does not count either, and is cleared away.
    (tmp_path / "work/town-left").mkdir(parents=True)
    torn = tmp_path / "parts" / f"{part_name(town)}.parquet"
    torn.parent.mkdir(exist_ok=True)
    torn.write_bytes(b"PAR1 torn")
    (report,) = job.make_parts([town], tmp_path, "local", None)
    assert report.is_built
    assert not (tmp_path / "work").exists()


def test_the_same_extracts_give_the_same_bytes(town: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert atlas(tmp_path / name, town) == 0
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file():
            other = tmp_path / "two" / path.relative_to(tmp_path / "one")
            assert path.read_bytes() == other.read_bytes(), path


def test_what_the_machine_refuses_is_tried_again_and_then_said(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refused(extract: Path, _out: Path) -> ExtractReport:
        tried.append(extract)
        raise OutputError("the disk is full")

    monkeypatch.setattr(part, "make_part", refused)
    (report,) = job.make_parts([town], tmp_path, "local", None)
    assert len(tried) == part.ATTEMPTS
    assert report.part is None
    assert "failed 3 times: the disk is full" in report.because
    with pytest.raises(OutputError):
        attempted(town, tmp_path, 1)


def test_spark_gets_a_task_for_each_extract(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import contextmanager

    class Context:
        """Spark's context, in this process."""

        slices = 0

        @property
        def sparkContext(self) -> Context:  # noqa: N802 - Spark's own name
            return self

        def parallelize(self, items: list[str], slices: int) -> Context:
            self.items, self.slices = items, slices
            return self

        def map(self, task: Any) -> Context:
            self.found = [task(item) for item in self.items]
            return self

        def collect(self) -> list[ExtractReport]:
            return self.found

    context = Context()

    @contextmanager
    def session(_master: str | None) -> Any:
        yield context

    monkeypatch.setattr(job, "spark_session", session)
    monkeypatch.setattr(job, "_attempt", lambda: 1)
    reports = list(job.make_parts([town, town], tmp_path, "spark", "spark://there:7077"))
    assert context.slices == 2
    assert [one.is_built for one in reports] == [True, False]


def test_tiles_hold_cells_from_afar_and_stretches_from_near(town: Path, tmp_path: Path) -> None:
    assert atlas(tmp_path, town) == 0
    for zoom, kind in ((6, "Polygon"), (9, "Polygon"), (12, "LineString")):
        x, y = tiles.tile_of(LAT_DEG, LON_DEG, zoom)
        tile = json.loads((tmp_path / f"tiles/{zoom}/{x}/{y}.json").read_text())
        assert {one["geometry"]["type"] for one in tile["features"]} == {kind}
    assert len(tile["features"]) == 3
    assert not list(tmp_path.rglob("*.lines"))


def test_a_tile_has_the_numbers_of_web_maps() -> None:
    # Greenwich and the equator meet at the corner of four tiles.
    assert tiles.tile_of(0.1, -0.1, 1) == (0, 0)
    assert tiles.tile_of(-0.1, 0.1, 1) == (1, 1)
    assert tiles.tile_of(90.0, 180.0, 3) == (7, 0)
    assert tiles.tile_of(60.17, 24.94, 12) == (2331, 1185)


def test_the_page_asks_its_own_server_alone(town: Path, tmp_path: Path) -> None:
    assert atlas(tmp_path, town) == 0
    page = unescape((tmp_path / "index.html").read_text())
    assert "default-src 'none'" in page
    assert "connect-src 'self'" in page
    assert "0.3\u00a0km good" in page
    assert "smoothness" in page


def test_extracts_come_from_folders_and_lists(town: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text(f"{town}\n\n")
    assert atlas(tmp_path / "a", "--list", listed) == 0
    assert atlas(tmp_path / "b", town.parent) == 0
    assert rows(tmp_path / "a") == rows(tmp_path / "b")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "name extracts"),
        (["EMPTY"], "holds no extract"),
        (["--list", "nowhere.txt"], "cannot be read"),
        (["x.osm", "--master", "spark://a"], "--engine spark"),
    ],
)
def test_wrong_use_is_one_clear_line(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    given = [str(tmp_path / "empty") if word == "EMPTY" else word for word in words]
    assert atlas(tmp_path / "out", *given) == 2
    assert says in capsys.readouterr().err
