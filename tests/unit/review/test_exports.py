"""Exports say the same as the log, read well elsewhere, and do not show where one lives."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fitdecode
import fitparse
import gpxpy
import pytest
from fit_tool.fit_file import FitFile as OtherFitFile
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.errors import OutputError, SessionError
from backrun_pi.geo import distance_m
from backrun_pi.messages import Direction, SessionKind
from backrun_pi.record.reader import read_session
from backrun_pi.review import layout
from backrun_pi.review.analysis.session_review import review_session
from backrun_pi.review.drive.build import build, write_index
from backrun_pi.review.exports import csv_file, fit_encoding, fit_file, gpx_file
from backrun_pi.review.exports.privacy import for_export, has_positions
from backrun_pi.review.model import SessionReview
from backrun_pi.review.settings import ReviewSettings
from tests.support.record_parts import LAT_DEG, LEGS, LON_DEG, UTC_S, Desk, recorded, session

SETTINGS = ReviewSettings()
OPEN = ReviewSettings(is_trimmed=False)
INTENSITY = {Direction.BACKWARD: "interval", Direction.FORWARD: "recovery"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the invented session."""
    return recorded(tmp_path_factory.mktemp("card"))


@pytest.fixture(scope="module")
def review(folder: Path) -> SessionReview:
    """Return its review."""
    return review_session(read_session(folder), SETTINGS)


@pytest.fixture(scope="module")
def treadmill(tmp_path_factory: pytest.TempPathFactory) -> SessionReview:
    """Return the review of a session without places and without a trusted date."""
    path = recorded(
        tmp_path_factory.mktemp("card"), kind=SessionKind.TREADMILL, begin_utc_s=None
    )
    return review_session(read_session(path), SETTINGS)


def rng(seed: int = 1) -> random.Random:
    """Return a repeatable source of trims."""
    return random.Random(seed)  # noqa: S311 - repeatable


def fit_messages(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Decode a FIT file, checksum and all."""
    found: dict[str, list[dict[str, Any]]] = {}
    with fitdecode.FitReader(io.BytesIO(data), check_crc=fitdecode.CrcCheck.RAISE) as reader:
        for frame in reader:
            if isinstance(frame, fitdecode.FitDataMessage):
                values = {field.name: field.value for field in frame.fields}
                found.setdefault(frame.name, []).append(values)
    return found


def test_laps_of_the_fit_file_tile_the_session(review: SessionReview) -> None:
    messages = fit_messages(fit_file.encode(review))
    laps, (whole,) = messages["lap"], messages["session"]
    assert laps[0]["start_time"] == whole["start_time"]
    for lap, after in itertools.pairwise(laps):
        end_s = lap["start_time"].timestamp() + lap["total_elapsed_time"]
        assert end_s == after["start_time"].timestamp()
        assert lap["timestamp"] == after["start_time"]
    for name in ("total_elapsed_time", "total_timer_time", "total_distance"):
        assert sum(lap[name] for lap in laps) == pytest.approx(whole[name], abs=0.06)
    assert whole["num_laps"] == len(laps)


def test_totals_of_the_fit_file_equal_the_log(review: SessionReview) -> None:
    facts = review.facts
    messages = fit_messages(fit_file.encode(review))
    (whole,) = messages["session"]
    assert whole["total_elapsed_time"] == pytest.approx(facts.duration_s, abs=0.001)
    assert whole["total_distance"] == pytest.approx(facts.distance_m, abs=0.01)
    assert whole["backward_distance"] == pytest.approx(100 * facts.backward_m, abs=1)
    assert whole["backward_pct"] == 24
    assert whole["total_strides"] == pytest.approx((facts.steps or 0) / 2, abs=1)
    assert messages["record"][-1]["distance"] == pytest.approx(facts.distance_m, abs=0.01)
    assert whole["start_time"] == datetime.fromtimestamp(UTC_S, UTC)


def test_intensity_of_a_lap_is_its_direction(review: SessionReview) -> None:
    laps = fit_messages(fit_file.encode(review))["lap"]
    wanted = [INTENSITY.get(lap.direction, "rest") for lap in review.laps]
    assert [lap["intensity"] for lap in laps] == wanted
    assert set(wanted) == {"rest", "interval", "recovery"}


def test_laps_point_to_the_steps_of_the_workout(review: SessionReview) -> None:
    messages = fit_messages(fit_file.encode(review))
    steps = {step["message_index"]: step for step in messages["workout_step"]}
    assert messages["workout"][0]["num_valid_steps"] == len(steps) == 8
    assert steps[1]["wkt_step_name"] == "backward 1"
    assert (steps[1]["duration_time"], steps[1]["intensity"]) == (60.0, "interval")
    pointers = [lap["wkt_step_index"] for lap in messages["lap"]]
    assert pointers == [None, *range(8)]


def test_own_fields_stand_on_records_and_on_the_session_only(review: SessionReview) -> None:
    messages = fit_messages(fit_file.encode(review))
    own = {field["field_name"] for field in messages["field_description"]}
    for name, rows in messages.items():
        has_own = own & set(rows[0])
        assert bool(has_own) == (name in {"record", "session"}), name
    directions = [record["direction"] for record in messages["record"]]
    assert set(directions) == {0, 1, 2}


def test_records_carry_strides_speed_and_place(review: SessionReview) -> None:
    record = fit_messages(fit_file.encode(review))["record"][400]
    point = review.track[400]
    assert record["cadence"] + record["fractional_cadence"] == pytest.approx(56.0)
    assert record["enhanced_speed"] == pytest.approx(point.speed_mps)
    assert record["position_lat"] * 180 / 2**31 == pytest.approx(point.lat_deg, abs=1e-6)
    assert record["position_long"] * 180 / 2**31 == pytest.approx(point.lon_deg, abs=1e-6)


def test_the_required_messages_come_in_the_required_order(review: SessionReview) -> None:
    messages = fit_messages(fit_file.encode(review))
    assert next(iter(messages)) == "file_id"
    assert list(messages)[-1] == "activity"
    assert messages["file_id"][0]["type"] == "activity"
    assert [event["event_type"] for event in messages["event"]] == ["start", "stop_all"]
    assert messages["activity"][0]["num_sessions"] == 1


@pytest.mark.filterwarnings("ignore:.*utcfromtimestamp:DeprecationWarning")  # in fitparse
def test_three_other_readers_take_the_fit_file(review: SessionReview, tmp_path: Path) -> None:
    data = fit_file.encode(review)
    path = tmp_path / "a.fit"
    path.write_bytes(data)
    ours = fit_messages(data)
    parsed = fitparse.FitFile(io.BytesIO(data), check_crc=True)
    counts: dict[str, int] = {}
    for message in parsed.get_messages():
        counts[message.name] = counts.get(message.name, 0) + 1
    assert counts["record"] == len(ours["record"]) == len(review.track)
    assert counts["lap"] == len(review.laps)
    other = OtherFitFile.from_file(str(path))
    names = [record.message.name for record in other.records if not record.is_definition]
    assert names.count("record") == len(review.track)


def test_a_treadmill_session_has_laps_and_times_but_no_position(
    treadmill: SessionReview,
) -> None:
    messages = fit_messages(fit_file.encode(treadmill))
    assert messages["session"][0]["sub_sport"] == "treadmill"
    assert len(messages["lap"]) == len(treadmill.laps) > 5
    assert "position_lat" not in messages["record"][0]
    assert messages["session"][0]["total_distance"] > 900


def test_the_same_session_has_the_same_identity_at_every_export(review: SessionReview) -> None:
    one, two = (fit_messages(fit_file.encode(review))["file_id"] for _ in range(2))
    assert one == two
    assert one[0]["serial_number"] > 0


@given(value=st.one_of(st.none(), st.integers(), st.floats(allow_nan=False, width=32)))
def test_a_value_that_does_not_fit_is_unknown_never_another(value: float | None) -> None:
    file = fit_encoding.FitFile()
    layout_u8 = fit_encoding.Layout(20, ((253, fit_encoding.U32), (4, fit_encoding.U8)))
    if value in {float("inf"), float("-inf")}:
        value = None
    file.add(layout_u8, 1000, value)
    (record,) = fit_messages(file.to_bytes())["record"]
    fits = value is not None and 0 <= round(value) < 255
    assert record["cadence"] == (round(value) if fits and value is not None else None)


def test_many_kinds_of_messages_share_the_sixteen_local_numbers() -> None:
    file = fit_encoding.FitFile()
    layouts = [
        fit_encoding.Layout(20, ((253, fit_encoding.U32), *((n, fit_encoding.U8),)))
        for n in range(40, 60)
    ]
    for _ in range(2):
        for one in layouts:
            file.add(one, 1000, 7)
    assert len(fit_messages(file.to_bytes())["record"]) == 40


def test_the_gpx_file_reads_back_with_cadence_and_reasons(review: SessionReview) -> None:
    data = gpx_file.encode(review).decode()
    gpx = gpxpy.parse(data)
    points = gpx.tracks[0].segments[0].points
    assert len(points) == len(review.track)
    assert points[100].time == datetime.fromtimestamp(UTC_S + 100, UTC)
    assert data.count("<gpxtpx:cad>56</gpxtpx:cad>") > 600
    assert [pin.description for pin in gpx.waypoints] == ["stop_hazard why"]
    assert gpx.length_2d() == pytest.approx(review.facts.distance_m, rel=0.02)


def test_a_hole_in_the_positions_breaks_the_line(review: SessionReview) -> None:
    holed = tuple(
        replace(point, lat_deg=None, lon_deg=None) if 100 <= point.t_s < 130 else point
        for point in review.track
    )
    gpx = gpxpy.parse(gpx_file.encode(replace(review, track=holed)).decode())
    assert [len(one.points) for one in gpx.tracks[0].segments] == [100, 566]


def test_the_csv_file_has_a_row_a_second_and_empty_cells_for_the_unknown(
    review: SessionReview, treadmill: SessionReview
) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_file.encode(review).decode())))
    assert tuple(rows[0]) == csv_file.COLUMNS
    assert len(rows) == len(review.track)
    assert rows[330]["direction"] == "backward"
    assert rows[0]["utc"].startswith("2026-09-21T")
    assert [row["because"] for row in rows if "stop_hazard" in row["alert"]] == [
        "stop_hazard why"
    ]
    bare = list(csv.DictReader(io.StringIO(csv_file.encode(treadmill).decode())))
    assert {row["lat_deg"] + row["utc"] for row in bare} == {""}


@given(seed=st.integers())
def test_an_export_hides_both_ends_and_keeps_all_times(seed: int) -> None:
    review = _REVIEWS[0]
    shared = for_export(review, SETTINGS, rng(seed))
    shown = [point for point in shared.track if point.lat_deg is not None]
    total_m = review.facts.distance_m
    assert [point.t_s for point in shared.track] == [point.t_s for point in review.track]
    assert shown[0].distance_m >= SETTINGS.trim_least_m
    assert shown[-1].distance_m <= total_m - SETTINGS.trim_least_m
    assert shared.facts == review.facts
    for pin in shared.alerts:
        if not shown[0].t_s <= pin.t_s <= shown[-1].t_s:
            assert pin.lat_deg is None


_REVIEWS: list[SessionReview] = []


@pytest.fixture(scope="module", autouse=True)
def _keep(review: SessionReview) -> None:
    _REVIEWS[:] = [review]


def test_two_exports_are_trimmed_differently(review: SessionReview) -> None:
    firsts = {
        next(p.t_s for p in for_export(review, SETTINGS, rng(seed)).track if p.lat_deg)
        for seed in range(20)
    }
    assert len(firsts) > 5


def test_a_short_way_shows_no_position_at_all(review: SessionReview) -> None:
    short = replace(review, facts=replace(review.facts, distance_m=390.0))
    assert not has_positions(for_export(short, SETTINGS, rng()))


def test_positions_can_be_left_in_or_left_out_by_a_setting(review: SessionReview) -> None:
    assert for_export(review, OPEN, rng()) == review
    none = for_export(review, ReviewSettings(has_positions=False), rng())
    assert not has_positions(none)
    assert all(pin.lat_deg is None for pin in none.alerts)
    assert all(hazard.lat_deg is None for hazard in none.hazards)
    assert all(hazard.osm_id is None for hazard in none.hazards)


def test_a_trim_that_is_longer_at_least_than_at_most_is_refused() -> None:
    with pytest.raises(ValueError, match="trim_least_m"):
        ReviewSettings(trim_least_m=600.0)


def test_no_file_of_an_export_shows_the_first_or_last_door(
    folder: Path, tmp_path: Path
) -> None:
    build([folder], tmp_path, SETTINGS, rng=rng())
    door = LAT_DEG, LON_DEG
    name = folder.name
    gpx = gpxpy.parse((tmp_path / layout.export(name, "gpx")).read_text())
    fit = fit_messages((tmp_path / layout.export(name, "fit")).read_bytes())
    scale = 180 / 2**31
    places = [(p.latitude, p.longitude) for p in gpx.tracks[0].segments[0].points]
    places += [
        (record["position_lat"] * scale, record["position_long"] * scale)
        for record in fit["record"]
        if record["position_lat"] is not None
    ]
    table = csv.DictReader(io.StringIO((tmp_path / layout.export(name, "csv")).read_text()))
    places += [(float(r["lat_deg"]), float(r["lon_deg"])) for r in table if r["lat_deg"]]
    assert len(places) > 900
    assert min(distance_m(*door, *place) for place in places) >= 199.0
    summary = (tmp_path / layout.summary(name)).read_text()
    assert not re.search(r"60\.17|lat_deg", summary)


def test_the_drive_holds_what_its_index_links_to(folder: Path, tmp_path: Path) -> None:
    written = build([folder], tmp_path, SETTINGS, rng=rng())
    assert all(path.is_file() for path in written)
    assert {path.relative_to(tmp_path).as_posix() for path in written} == {
        layout.INDEX,
        layout.README,
        layout.page(folder.name),
        layout.summary(folder.name),
        *(layout.export(folder.name, kind) for kind in ("fit", "gpx", "csv")),
    }
    assert layout.page(folder.name) in (tmp_path / layout.INDEX).read_text()
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]
    facts = json.loads((tmp_path / layout.summary(folder.name)).read_text())["facts"]
    assert facts["session_id"] == folder.name
    readme = (tmp_path / layout.README).read_text()
    assert "WHERE YOU WERE" in readme
    assert "OpenStreetMap contributors" in readme


def test_a_report_stays_when_its_raw_log_is_gone(folder: Path, tmp_path: Path) -> None:
    build([folder], tmp_path, SETTINGS, rng=rng())
    desk = Desk()
    recorder = desk.recorder(session_id="20260923-0700")
    desk.play(recorder, session(legs=LEGS[:3]))
    recorder.close()
    later = desk.card.put_on(tmp_path / "card") / "sessions" / "20260923-0700"
    build([later], tmp_path, SETTINGS, rng=rng())
    index = (tmp_path / layout.INDEX).read_text()
    assert layout.page(folder.name) in index
    assert layout.page("20260923-0700") in index


def test_a_power_cut_while_a_report_is_replaced_loses_none(
    folder: Path, tmp_path: Path
) -> None:
    build([folder], tmp_path, SETTINGS, rng=rng())
    (tmp_path / folder.name).rename(tmp_path / f".{folder.name}.old")
    (tmp_path / f".{folder.name}.new").mkdir()
    build([], tmp_path, SETTINGS, rng=rng())
    assert (tmp_path / layout.page(folder.name)).is_file()
    assert layout.page(folder.name) in (tmp_path / layout.INDEX).read_text()


def test_a_folder_of_somebody_else_is_not_listed(folder: Path, tmp_path: Path) -> None:
    build([folder], tmp_path, SETTINGS, rng=rng())
    (tmp_path / "alien").mkdir()
    (tmp_path / "alien" / layout.SUMMARY).write_text("{}")
    write_index(tmp_path, SETTINGS)
    assert "alien" not in (tmp_path / layout.INDEX).read_text()


def test_progress_is_reported_session_by_session(folder: Path, tmp_path: Path) -> None:
    calls: list[tuple[int, int, str]] = []
    build([folder], tmp_path, SETTINGS, lambda *what: calls.append(what), rng=rng())
    assert calls == [(0, 1, f"reviewing {folder.name}"), (1, 1, "writing the index")]


def test_one_spoilt_session_does_not_keep_the_others_from_the_drive(
    folder: Path, tmp_path: Path
) -> None:
    spoilt = tmp_path / "spoilt"
    spoilt.mkdir()
    (spoilt / "log-0001.jsonl").write_bytes(bytes(500))
    left_out: list[Path] = []
    out = tmp_path / "out"
    build(
        [spoilt, folder],
        out,
        SETTINGS,
        rng=rng(),
        unreadable=lambda path, _: left_out.append(path),
    )
    assert left_out == [spoilt]
    assert (out / layout.page(folder.name)).is_file()
    with pytest.raises(SessionError, match="no record"):
        build([spoilt], out, SETTINGS, rng=rng())


def test_what_cannot_be_written_or_read_is_reported_and_leaves_nothing(
    folder: Path, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here")
    with pytest.raises(OutputError, match="file"):
        build([folder], blocked, SETTINGS)
    with pytest.raises(SessionError):
        build([tmp_path / "gone"], tmp_path / "out", SETTINGS)
    assert list((tmp_path / "out").iterdir()) == []
