"""The report in a real browser: offline from file://, one cursor, every eye, every hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.review.index_model import line_of
from backrun_pi.review.model import SessionReview
from backrun_pi.review.report import page
from backrun_pi.review.report.locale import Locale
from tests.support import report_samples as samples

Show = Callable[..., Any]
AXE = Path(__file__).with_name("axe.min.js")
REVIEWS: dict[str, Callable[[], SessionReview]] = {
    "park": samples.park,
    "treadmill": samples.treadmill,
    "silent": samples.silent,
    "torn": samples.torn,
    "blink": samples.blink,
    "scouting": samples.scouting,
    "second": samples.second,
}
PHONE = 390
STATE = "return window.backrun.state()"
AXE_RUN = """
const done = arguments[arguments.length - 1];
const named = (node) => node.target.join(" ") + ": " + node.failureSummary;
axe.run({resultTypes: ["violations"]}).then(({violations}) =>
  done(violations.map((v) => [v.impact, v.id, v.nodes.map(named).join(" | ")])));
"""


def session_page(name: str = "park") -> str:
    layers = None if name in {"treadmill", "blink"} else samples.layers()
    return page.render_session(REVIEWS[name](), layers, ("s.fit", "s.gpx", "summary.json"))


def index_page() -> str:
    lines = [line_of(samples.park(bouts=n, name=f"s{n}")) for n in (3, 4, 5)]
    return page.render_index([*lines, line_of(samples.torn())], samples.progress())


PAGES = (*REVIEWS, "index", "empty index")


def html_of(name: str) -> str:
    if name == "index":
        return index_page()
    return page.render_index([], None) if name == "empty index" else session_page(name)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_loads_offline_without_a_complaint_or_a_request(
    show: Show, name: str, scheme: str
) -> None:
    opened = show(html_of(name), scheme=scheme)
    assert opened.complaints() == []
    asked = opened.requests()
    assert [url for url in asked if not url.startswith(("file://", "data:"))] == []
    assert len([url for url in asked if url.startswith("file://")]) == 1


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, PHONE, 768, 1280])
def test_no_page_is_wider_than_the_screen(show: Show, name: str, width: int) -> None:
    opened = show(html_of(name), width=width)
    assert opened.run("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["park", "treadmill", "silent", "torn", "scouting", "second"])
def test_every_chart_has_drawn_something(show: Show, name: str) -> None:
    opened = show(session_page(name))
    # Colours differ across a drawn canvas; an empty one is all transparent.
    drawn = opened.run(
        "return [...document.querySelectorAll('[data-chart] canvas')].map((c) => {"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " return d.some((v) => v !== 0); })"
    )
    assert len(drawn) >= 4
    assert all(drawn)


def test_a_point_on_a_chart_moves_the_map_every_chart_and_the_words(show: Show) -> None:
    opened = show(session_page())
    before = opened.run(STATE)
    opened.run(
        "const over = document.querySelector('[data-chart=speed] .u-over');"
        "const r = over.getBoundingClientRect();"
        "over.dispatchEvent(new MouseEvent('mousemove',"
        " {clientX: r.left + r.width * 0.7, clientY: r.top + 20, bubbles: true}));"
    )
    after = opened.run(STATE)
    assert abs(after["t"] - 0.7 * samples.park().facts.duration_s) < 8.0
    assert max(abs(t - after["t"]) for t in after["charts"]) < 1.0
    assert after["map"] != before["map"]
    point = samples.park().track[after["index"]]
    assert point.lat_deg == pytest.approx(after["map"]["lat"], abs=1e-5)
    shown = opened.run("return document.querySelector('[data-read=speed]').textContent")
    assert shown == f"{3.6 * (point.speed_mps or 0.0):.1f} km/h"


def test_a_point_on_the_route_moves_every_chart(show: Show) -> None:
    opened = show(session_page())
    opened.run("document.querySelector('[data-map]').scrollIntoView()")
    opened.run(
        "const s = window.backrun.session, i = 400;"
        "const at = window.backrun.map.latLngToContainerPoint("
        " [s.columns.lat[i], s.columns.lon[i]]);"
        "const m = document.querySelector('[data-map]');"
        "const r = m.getBoundingClientRect();"
        "m.dispatchEvent(new MouseEvent('mousemove',"
        " {clientX: r.left + at.x, clientY: r.top + at.y, bubbles: true}));"
    )
    after = opened.run(STATE)
    assert abs(after["t"] - 400.0) < 4.0
    assert max(abs(t - after["t"]) for t in after["charts"]) < 1.0


def test_the_slider_moves_everything_by_keyboard_and_says_where_it_is(show: Show) -> None:
    opened = show(session_page())
    opened.run("document.querySelector('#scrub').focus()")
    before = opened.run(STATE)["t"]
    for _ in range(5):
        opened.command(
            "Input.dispatchKeyEvent",
            type="keyDown",
            key="ArrowRight",
            code="ArrowRight",
            windowsVirtualKeyCode=39,
        )
        opened.command(
            "Input.dispatchKeyEvent",
            type="keyUp",
            key="ArrowRight",
            code="ArrowRight",
            windowsVirtualKeyCode=39,
        )
    opened.settle()
    after = opened.run(STATE)
    assert after["t"] == before + 5.0
    assert max(abs(t - after["t"]) for t in after["charts"]) < 1.0
    shown = opened.run("return document.querySelector('#scrub').getAttribute('aria-valuetext')")
    assert "Backward 1" in shown


def test_a_part_of_the_table_shows_that_part_and_the_button_the_whole(show: Show) -> None:
    opened = show(session_page())
    row = next(row for row in samples.park().phases if row.bout == 2)
    opened.run(
        "[...document.querySelectorAll('[data-from]')]"
        ".find((b) => b.textContent === 'Backward 2').click()"
    )
    opened.settle()
    low, high = opened.run(STATE)["range"]
    assert low == pytest.approx(row.start_s - 3.0)
    assert high == pytest.approx(row.end_s + 3.0)
    assert opened.run(STATE)["t"] == pytest.approx(row.start_s, abs=1.0)
    opened.run("document.querySelector('[data-do=whole]').click()")
    opened.settle()
    assert opened.run(STATE)["range"] == [0, pytest.approx(samples.park().facts.duration_s)]


def test_dragging_across_a_chart_looks_closer_in_every_chart(show: Show) -> None:
    opened = show(session_page())
    box = opened.run(
        "const o = document.querySelector('[data-chart=speed] .u-over');"
        "o.scrollIntoView({block: 'center'}); const r = o.getBoundingClientRect();"
        "return [r.left, r.top, r.width]"
    )
    spots = [box[0] + box[2] * 0.25, box[0] + box[2] * 0.5]
    y = box[1] + 30
    for kind, x in (
        ("mouseMoved", spots[0]),
        ("mousePressed", spots[0]),
        ("mouseMoved", spots[1]),
        ("mouseReleased", spots[1]),
    ):
        opened.command(
            "Input.dispatchMouseEvent",
            type=kind,
            x=x,
            y=y,
            button="left",
            buttons=1,
            clickCount=1,
        )
    opened.settle()
    length_s = samples.park().facts.duration_s
    low, high = opened.run(STATE)["range"]
    assert low == pytest.approx(0.25 * length_s, abs=10.0)
    assert high == pytest.approx(0.5 * length_s, abs=10.0)
    assert not opened.run("return document.querySelector('[data-do=whole]').hidden")


def test_a_hazard_opens_and_says_why_by_keyboard(show: Show) -> None:
    opened = show(session_page())
    opened.run("document.querySelector('.pin.is-met').focus()")
    opened.command(
        "Input.dispatchKeyEvent",
        type="keyDown",
        key="Enter",
        code="Enter",
        windowsVirtualKeyCode=13,
        text="\r",
    )
    opened.command(
        "Input.dispatchKeyEvent",
        type="keyUp",
        key="Enter",
        code="Enter",
        windowsVirtualKeyCode=13,
    )
    opened.wait("document.querySelector('.leaflet-popup-content') !== null")
    shown = opened.run("return document.querySelector('.leaflet-popup-content').textContent")
    assert "Bench" in shown
    assert "2.9 s to contact at 0.8 m/s" in shown


def test_an_alert_pin_opens_with_its_reason_and_moves_the_moment(show: Show) -> None:
    opened = show(session_page())
    opened.run("document.querySelector('.pin.is-stop').click()")
    opened.wait("document.querySelector('.leaflet-popup-content') !== null")
    shown = opened.run("return document.querySelector('.leaflet-popup-content').textContent")
    assert "because bench 2.4 m away" in shown
    assert opened.run(STATE)["t"] == 254.0


def test_a_line_of_the_alert_table_opens_its_pin(show: Show) -> None:
    opened = show(session_page())
    opened.run("document.querySelector('#alerts [data-at=\"254.0\"]').click()")
    opened.wait("document.querySelector('.leaflet-popup-content') !== null")
    shown = opened.run("return document.querySelector('.leaflet-popup-content').textContent")
    assert "Stop: obstacle close" in shown
    assert opened.run(STATE)["t"] == 254.0


def test_text_of_the_log_stays_text_in_a_popup(show: Show) -> None:
    opened = show(session_page())
    opened.run(
        "[...document.querySelectorAll('.pin.is-caution')]"
        ".find((p) => p.title.includes('cycleway')).click()"
    )
    opened.wait("document.querySelector('.leaflet-popup-content') !== null")
    shown = opened.run("return document.querySelector('.leaflet-popup-content').textContent")
    assert "cycleway <w2> in 5 m & busy" in shown


EVIL = '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/"><img src=x><b>evil</b>'


def test_no_text_of_a_map_becomes_markup_on_the_map(show: Show) -> None:
    layers = samples.layers()
    points = tuple(replace(point, kind=EVIL, text=EVIL) for point in layers.points)
    lines = tuple(replace(line, kind=EVIL) for line in layers.lines)
    evil = replace(layers, points=points, lines=lines, attribution=EVIL)
    opened = show(page.render_session(samples.park(), evil))
    opened.run("window.backrun.map.setZoom(19)")
    opened.settle()
    opened.run("document.querySelectorAll('.pin').forEach((pin) => pin.click())")
    opened.settle()
    count = "return document.querySelectorAll('body img, body meta, body b').length"
    kept = len(re.findall(r"<b>", page.render_session(samples.park(), samples.layers())))
    assert opened.run(count) == kept
    credit = "return document.querySelector('.leaflet-control-attribution').textContent"
    assert opened.run(credit) == EVIL
    assert opened.requests() == [opened.driver.current_url]


def test_from_near_each_hazard_has_its_symbol_and_its_name_at_a_tap(show: Show) -> None:
    opened = show(session_page())
    symbols = (
        "return [...document.querySelectorAll('.pin.is-spot use')].map((u) => u.href.baseVal)"
    )
    opened.run("window.backrun.map.setZoom(15)")
    opened.settle()
    assert opened.run(symbols) == []
    opened.run("window.backrun.map.setZoom(18)")
    opened.settle()
    assert {"#i-g-bench", "#i-g-post", "#i-g-edge"} <= set(opened.run(symbols))
    opened.run("document.querySelector('.pin.is-spot[title=Bollard]').click()")
    opened.wait("document.querySelector('.leaflet-popup-content') !== null")
    shown = opened.run("return document.querySelector('.leaflet-popup-content').textContent")
    assert "Bollard" in shown
    missing = opened.run(
        "return [...document.querySelectorAll('use')].map((u) => u.href.baseVal)"
        ".filter((name) => !document.querySelector(name))"
    )
    assert missing == []


@pytest.mark.parametrize("name", ["park", "index"])
def test_a_table_names_the_columns_that_a_phone_hides(show: Show, name: str) -> None:
    notes = (
        "return [...document.querySelectorAll('[data-more]')]"
        ".filter((note) => !note.hidden).map((note) => note.textContent)"
    )
    assert show(html_of(name), width=1280).run(notes) == []
    found = show(html_of(name), width=PHONE).run(notes)
    assert all(note.startswith("Swipe the table for: ") for note in found)
    assert any(note.endswith("Note") for note in found)


def test_a_german_page_loads_without_a_complaint_and_writes_german_numbers(show: Show) -> None:
    opened = show(page.render_session(samples.park(), samples.layers(), (), Locale("de")))
    assert opened.complaints() == []
    assert "," in opened.run("return document.querySelector('[data-read=speed]').textContent")
    assert opened.run("return document.querySelector('[data-read=direction]').textContent") in {
        "rückwärts",
        "vorwärts",
        "nicht bekannt",
    }


def test_coaching_cues_are_on_the_map_only_when_asked_for(show: Show) -> None:
    opened = show(session_page())
    count = "return document.querySelectorAll('.pin.is-coach').length"
    assert opened.run(count) == 0
    opened.run("document.querySelector('[data-do=cues]').click()")
    assert opened.run(count) > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_button_chooses_the_theme_against_the_system(show: Show, scheme: str) -> None:
    opened = show(session_page(), scheme=scheme)
    opened.run("localStorage.clear(); location.reload()")
    opened.settle()
    paper = "return getComputedStyle(document.body).backgroundColor"
    theme = "return document.documentElement.dataset.theme"
    assert opened.run(theme) == scheme
    first = opened.run(paper)
    seen = set()
    for _ in range(3):
        opened.run("document.querySelector('[data-do=theme]').click()")
        seen.add((opened.run(theme), opened.run(paper)))
    assert len(seen) == 2
    assert (scheme, first) in seen
    opened.run("localStorage.clear()")


def test_a_dark_page_prints_on_white(show: Show) -> None:
    opened = show(session_page(), scheme="dark")
    opened.run("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.run("return document.documentElement.dataset.theme") == "light"
    opened.run("window.dispatchEvent(new Event('afterprint'))")
    assert opened.run("return document.documentElement.dataset.theme") == "dark"
    assert len(opened.command("Page.printToPDF")["data"]) > 10_000


def test_without_scripts_the_tables_stay_and_nothing_dead_is_shown(show: Show) -> None:
    blank = show("<!doctype html><title>blank</title>")
    blank.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        opened = show(session_page(), is_scripted=False)
        visible = opened.driver.find_element("tag name", "body").text
    finally:
        blank.command("Emulation.setScriptExecutionDisabled", value=False)
    assert "need JavaScript" in visible
    assert "Backward 3" in visible
    for dead in ("Session clock", "Theme", "Show the cues"):
        assert dead not in visible


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        *((name, "light", 1280) for name in PAGES),
        *((name, "dark", 1280) for name in ("park", "torn", "index")),
        *((name, "light", PHONE) for name in ("park", "treadmill", "index")),
    ],
)
def test_axe_finds_no_serious_accessibility_fault(
    show: Show, name: str, scheme: str, width: int
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is missing: run tests/browser/setup.sh")
    opened = show(html_of(name), scheme=scheme, width=width)
    opened.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    # Runs in a world of its own, so the page's policy need not allow it.
    opened.command("Page.enable")
    opened.run(AXE.read_text(encoding="utf-8"))
    found = opened.driver.execute_async_script(AXE_RUN)
    assert [one for one in found if one[0] in {"serious", "critical"}] == []
    assert found == []
