"""The report pages: self-contained, honest about gaps, harmless whatever the log holds."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backrun_pi.messages import (
    Condition,
    Priority,
    RouteStretch,
    RouteVerdict,
    Suitability,
)
from backrun_pi.review.index_model import line_of
from backrun_pi.review.model import SessionReview
from backrun_pi.review.phrase import Phrase
from backrun_pi.review.report import legend, page, payload
from backrun_pi.review.report.locale import Locale
from tests.support import report_samples as samples
from tests.support.html_reading import body_text, read

EVERY: dict[str, Callable[[], SessionReview]] = {
    "park": samples.park,
    "treadmill": samples.treadmill,
    "silent": samples.silent,
    "torn": samples.torn,
    "blink": samples.blink,
    "scouting": samples.scouting,
    "second": samples.second,
}
HOUR_BYTES = 1_500_000


def data_of(html: str) -> Any:
    found = re.search(r'<script type="application/json" id="session-data">(.*?)</script>', html)
    assert found
    return json.loads(found.group(1))


def unpack(column: dict[str, Any]) -> list[float | None]:
    total, values = 0, []
    for step in column["v"]:
        total += step or 0
        values.append(None if step is None else total / column["s"])
    return values


@pytest.fixture(params=sorted(EVERY))
def html(request: pytest.FixtureRequest) -> str:
    review = EVERY[request.param]()
    layers = samples.layers() if request.param != "blink" else None
    return page.render_session(review, layers, ("s.fit", "summary.json"))


def test_every_element_of_a_page_is_closed_where_it_was_opened(html: str) -> None:
    reader = read(html)
    assert reader.faults == []
    assert reader.open == []


def test_ids_are_unique_and_every_reference_has_its_target(html: str) -> None:
    elements = read(html).elements
    ids = [attrs["id"] for _, attrs in elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    wanted = [a[key] for _, a in elements for key in ("aria-labelledby", "for") if key in a]
    wanted += [a["href"][1:] for _, a in elements if a.get("href", "").startswith("#")]
    assert set(wanted) <= set(ids)


def test_the_policy_allows_exactly_the_code_the_page_carries(html: str) -> None:
    reader = read(html)
    policy = next(a["content"] for tag, a in reader.elements if "http-equiv" in a)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    data = json.dumps(data_of(html))
    for kind, rule in (("script", "script-src"), ("style", "style-src")):
        hashes = set()
        for code in reader.code[kind]:
            if kind == "script" and code.lstrip().startswith("{") and json.loads(code):
                assert json.dumps(json.loads(code)) == data
                continue
            digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
            hashes.add(f"'sha256-{digest}'")
        assert set(rules[rule].split()) == hashes
    assert rules["default-src"] == "'none'"


def test_nothing_in_a_page_asks_the_network(html: str) -> None:
    for tag, attrs in read(html).elements:
        assert tag not in {"img", "iframe", "object", "embed", "base"}
        assert "src" not in attrs
        assert "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)
        assert "://" not in attrs.get("href", "")
    assert "sourceMappingURL" not in html


@pytest.mark.parametrize("name", ["NaN", "nan", "undefined", "None", "inf", "null"])
def test_the_unknown_is_a_dash_and_never_a_name_of_the_machine(html: str, name: str) -> None:
    assert not re.search(rf"\b{name}\b", body_text(html))


def test_no_page_calls_anything_safe(html: str) -> None:
    assert "safe" not in body_text(html).lower()
    assert "Silence never means clear" in body_text(html)


def test_an_hour_fits_into_a_megabyte_and_a_half() -> None:
    review = samples.park(bouts=30)
    assert review.facts.duration_s > 3600.0
    assert len(page.render_session(review, samples.layers()).encode()) < HOUR_BYTES


def test_a_session_longer_than_two_hours_is_thinned() -> None:
    review = samples.park(bouts=80)
    assert len(data_of(page.render_session(review, None))["t"]["v"]) <= 7200


def test_a_treadmill_session_has_no_map_and_says_why() -> None:
    html = page.render_session(samples.treadmill(), None)
    assert "data-map" not in [name for _, a in read(html).elements for name in a]
    assert "A treadmill session has no route" in body_text(html)
    assert data_of(html)["map"] is None


def test_a_session_without_alerts_does_not_speak_of_a_clear_way() -> None:
    text = body_text(page.render_session(samples.silent(), samples.layers()))
    assert "No warning was given. That says nothing about the place." in text


def test_a_torn_recording_is_named_at_the_top_with_what_was_lost() -> None:
    text = body_text(page.render_session(samples.torn(), None))
    assert "This recording is not complete" in text
    assert "power lost" in text
    assert "0.8 s are lost" in text


def test_a_second_with_nothing_known_has_no_chart_and_says_so() -> None:
    html = page.render_session(samples.blink(), None)
    assert "data-chart" not in [name for _, a in read(html).elements for name in a]
    assert "Too little was recorded" in body_text(html)
    assert "date not known" in body_text(html)


def test_a_scouting_lap_shows_its_marks_on_the_map_and_counts_them() -> None:
    html = page.render_session(samples.scouting(), None)
    assert [alert["rank"] for alert in data_of(html)["alerts"]] == ["mark", "mark"]
    assert "Marks 2 obstacles marked by a press" in body_text(html)


def test_what_was_not_recorded_is_named() -> None:
    sample = samples.treadmill()
    track = tuple(replace(point, cadence_spm=None) for point in sample.track)
    text = body_text(page.render_session(replace(sample, track=track), None))
    assert "Not recorded: cadence (no steps were felt), GPS uncertainty (no position)." in text


def test_map_data_is_credited_where_it_is_drawn_and_only_there() -> None:
    credit = "© OpenStreetMap contributors, Open Database License (ODbL)"
    assert credit in body_text(page.render_session(samples.park(), samples.layers()))
    assert credit not in body_text(page.render_session(samples.park(), None))


def test_the_way_from_the_start_is_reported_stretch_by_stretch_when_it_was_judged() -> None:
    html = page.render_session(samples.park(), samples.layers())
    rows = re.findall(r'<tr><th scope="row">(Good|Bad|Unknown)</th>', html)
    assert rows == ["Unknown", "Bad", "Good"]
    assert "bend of 44 degrees; &lt;sett&gt;" in html
    assert "The way from the start" not in page.render_session(samples.treadmill(), None)


def test_the_numbers_of_the_charts_are_those_of_the_review() -> None:
    review = samples.park()
    data = data_of(page.render_session(review, samples.layers()))
    for name, values, step in (
        ("speed", [point.speed_mps for point in review.track], 0.005),
        ("cap", [point.speed_cap_mps for point in review.track], 0.005),
        ("cadence", [point.cadence_spm for point in review.track], 0.5),
        ("p_backward", [point.p_backward for point in review.track], 0.005),
        ("sigma", [point.sigma_m for point in review.track], 0.05),
        ("lat", [point.lat_deg for point in review.track], 0.5e-6),
    ):
        for shown, true in zip(unpack(data["columns"][name]), values, strict=True):
            assert (shown is None) == (true is None)
            assert shown is None or true is None or abs(shown - true) <= step * 1.001


def test_a_hazard_that_was_met_is_drawn_once_where_the_map_has_it() -> None:
    data = data_of(page.render_session(samples.park(), samples.layers()))
    met = [point for point in data["map"]["points"] if point["met"]]
    assert sorted(point["k"] for point in met) == ["bench", "bend"]
    bench = next(point for point in met if point["k"] == "bench")
    assert "2.9\u00a0s to contact" in bench["when"]


@given(text=st.text(max_size=60))
@settings(max_examples=60)
def test_no_text_of_a_log_or_a_map_becomes_markup(text: str) -> None:
    evil = f"</script><img src=x>{text}<!--"
    sample = samples.torn()
    pins = tuple(replace(pin, title=evil, because=(evil,)) for pin in sample.alerts[:3])
    checks = tuple(replace(check, text=evil) for check in sample.checks)
    review = replace(
        sample,
        facts=replace(sample.facts, session_id=evil, end_because=evil, start_utc_s=None),
        alerts=pins,
        checks=checks,
        advice=(Phrase("%(evil)s", {"evil": evil}),),
        route=RouteVerdict(0, False, (RouteStretch(0.0, 9.0, Suitability.BAD, (evil,)),)),
    )
    layers = samples.layers()
    spots = tuple(replace(spot, text=evil, kind=evil) for spot in layers.points)
    html = page.render_session(review, replace(layers, points=spots, attribution=evil))
    reader = read(html)
    assert reader.faults == []
    assert not any(tag == "img" for tag, _ in reader.elements)
    assert data_of(html)["alerts"][0]["title"] == evil


@given(
    values=st.lists(
        st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True, width=32)),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=60)
def test_numbers_that_are_none_are_unknown_on_the_page(values: list[float | None]) -> None:
    sample = samples.blink()
    track = tuple(
        replace(
            sample.track[0], t_s=float(n), speed_mps=value, sigma_m=value, cadence_spm=value
        )
        for n, value in enumerate(values)
    )
    html = page.render_session(replace(sample, track=track), None)
    assert not re.search(r"\b(nan|inf)\b", body_text(html))
    data_of(html)


def test_every_word_list_is_whole() -> None:
    assert set(legend.RANKS) == set(Priority)


@pytest.mark.parametrize(
    ("seconds", "clock", "length"),
    [
        (0.0, "0:00", "0\u00a0s"),
        (59.6, "1:00", "1\u00a0min"),
        (247.0, "4:07", "4\u00a0min 7\u00a0s"),
        (3_847.0, "1:04:07", "1\u00a0h 4\u00a0min"),
    ],
)
def test_times_read_as_a_person_says_them(seconds: float, clock: str, length: str) -> None:
    assert Locale().clock(seconds) == clock
    assert Locale().duration(seconds) == length


@pytest.mark.parametrize("utc_s", [0.0, -1.0, 1e18, float("nan"), float("inf")])
def test_a_date_that_cannot_be_is_not_shown(utc_s: float) -> None:
    sample = samples.park()
    review = replace(sample, facts=replace(sample.facts, start_utc_s=utc_s))
    html = page.render_session(review, None)
    assert "date not known" in body_text(html)
    assert data_of(html)["utc0"] is None
    page.render_index([line_of(review)], None)


def test_a_cue_never_hides_a_warning_of_the_same_condition() -> None:
    pin = samples.park().alerts[0]
    tick = replace(pin, condition=Condition.PRESS_TICK.value, priority=Priority.INFO)
    assert legend.rank(tick) == legend.CUE
    for priority in (Priority.STOP, Priority.BLIND, Priority.CAUTION):
        assert legend.rank(replace(tick, priority=priority)) == legend.RANKS[priority]


def test_a_number_that_rounds_to_zero_has_no_sign() -> None:
    assert Locale().number(-0.004, 2, "m") == "0.00\u00a0m"


def test_the_index_lists_the_newest_session_first_and_links_to_its_page() -> None:
    old, new = samples.park(name="20261114-1"), samples.park(name="20261121-1")
    old = replace(old, facts=replace(old.facts, start_utc_s=samples.UTC0_S - 604_800.0))
    html = page.render_index([line_of(old), line_of(new)], samples.progress())
    links = [a["href"] for tag, a in read(html).elements if tag == "a" and "/" in a["href"]]
    assert links == ["20261121-1/index.html", "20261114-1/index.html"]


def test_the_index_is_whole_html_with_and_without_sessions() -> None:
    torn, blink = line_of(samples.torn()), line_of(samples.blink())
    for lines in ([], [blink], [torn, blink, line_of(samples.treadmill())]):
        for plan in (None, samples.progress()):
            reader = read(page.render_index(lines, plan))
            assert reader.faults == []
            assert reader.open == []
            assert not re.search(r"\b(nan|None)\b", " ".join(reader.text))


def test_the_index_says_what_the_plan_still_allows() -> None:
    text = body_text(page.render_index([line_of(samples.park())], samples.progress()))
    assert "Week 3 of 8" in text
    assert "This week still allows 1\u00a0session." in text or "allows 1 session" in text
    full = replace(samples.progress(), sessions_left=0)
    assert "rest is part of the plan" in body_text(page.render_index([], full))


def test_a_trend_of_equal_sessions_is_a_level_line() -> None:
    lines = [line_of(samples.park(name=f"s{n}")) for n in range(3)]
    assert 'class="trend"' in page.render_index(lines, None)


def test_the_drawing_libraries_are_those_whose_checksums_were_taken() -> None:
    vendor = resources.files("backrun_pi.review.report").joinpath("vendor")
    sums = vendor.joinpath("SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert len(sums) == 6
    for line in sums:
        digest, name = line.split()
        assert hashlib.sha256(vendor.joinpath(name).read_bytes()).hexdigest() == digest


def test_our_scripts_and_styles_keep_the_words_of_the_house() -> None:
    for file in resources.files("backrun_pi.review.report").joinpath("assets").iterdir():
        found = re.findall(r"\b(?:head(?:ing)s?|ahea[d]|safe\w*)\b", file.read_text("utf-8"))
        assert found == [], file.name


def test_our_scripts_write_no_markup() -> None:
    for file in resources.files("backrun_pi.review.report").joinpath("assets").iterdir():
        code = file.read_text("utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", code
        )


def test_the_payload_is_json_without_any_character_of_markup() -> None:
    packed = payload.encode(samples.park(), samples.layers(), Locale())
    assert not set("<>&") & set(packed)
    assert json.loads(packed)["utc0"] == samples.UTC0_S
