"""Texts of a map, a mark, a log or a setting never act as markup, formula, path or time."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.review import layout
from backrun_pi.review.analysis.phases_and_laps import spans
from backrun_pi.review.analysis.segments import WayCovered
from backrun_pi.review.analysis.track_points import LONGEST_TRACK_S, track_points
from backrun_pi.review.exports import csv_file, gpx_file
from backrun_pi.review.report import page
from tests.support import report_samples as samples


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r\n=cmd|'/C calc'!A0"]
)
def test_no_cell_of_a_table_begins_a_formula(text: str) -> None:
    sample = samples.park()
    pins = tuple(replace(pin, because=(text,), condition=text) for pin in sample.alerts)
    track = tuple(replace(point, hazard=text) for point in sample.track)
    table = csv_file.encode(replace(sample, alerts=pins, track=track)).decode()
    rows = list(csv.DictReader(io.StringIO(table)))
    assert any(row["because"] for row in rows)
    for row in rows:
        for name in ("hazard", "alert", "because"):
            assert row[name][:1] not in set(csv_file.FORMULA_STARTS)


@pytest.mark.parametrize("name", ["20260921-1253", "0001-84ad", "s1", "A_b-3"])
def test_an_id_that_a_recorder_gives_is_the_name_of_its_folder(name: str) -> None:
    assert layout.folder_name(name) == name


@given(
    name=st.one_of(
        st.text(max_size=300),
        st.sampled_from(
            ["", ".", "..", "../../etc/passwd", "/etc", "a\\b", "CON", "nul", "a.", ".x"]
        ),
    )
)
def test_any_other_id_is_a_plain_name_inside_the_drive(name: str) -> None:
    folder = layout.folder_name(name)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", folder)
    assert folder.lower() not in {"con", "nul", "aux", "prn"}
    assert (Path("/drive") / layout.page(folder)).resolve().is_relative_to(f"/drive/{folder}")


def test_two_strange_ids_stay_apart() -> None:
    assert layout.folder_name("../a") != layout.folder_name("/a")


@given(text=st.text(max_size=40))
def test_any_reason_leaves_the_gpx_file_readable(text: str) -> None:
    sample = samples.park(bouts=1)
    pins = tuple(replace(pin, because=(text,)) for pin in sample.alerts)
    try:
        text.encode()
    except UnicodeEncodeError:  # no JSON of a log can hold a lone surrogate
        return
    ET.fromstring(gpx_file.encode(replace(sample, alerts=pins)))  # noqa: S314 - our own


def test_a_log_with_a_wild_clock_is_drawn_in_bounded_steps() -> None:
    duration_s = 31.0 * 365 * 86_400
    programme = spans([], duration_s)
    points = track_points(WayCovered([], duration_s), programme, [], [], [])
    assert len(points) <= LONGEST_TRACK_S + 2
    assert points[-1].t_s == duration_s


def test_a_speed_beyond_all_numbers_is_unknown_on_the_page() -> None:
    sample = samples.park(bouts=1)
    track = tuple(replace(point, speed_mps=1e308, lat_deg=1e308) for point in sample.track)
    facts = replace(sample.facts, distance_m=1e308, backward_m=1e308, backward_s=1e308)
    html = page.render_session(replace(sample, facts=facts, track=track), None)
    assert "Not recorded: speed" in html
