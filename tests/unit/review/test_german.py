"""German is complete, fits the texts of today, and is what the compiled catalogue holds."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from backrun_pi.review.index_model import line_of
from backrun_pi.review.report import page
from backrun_pi.review.report.locale import Locale
from tests.support import report_samples as samples
from tests.support.html_reading import body_text

ROOT = Path(__file__).parents[3]
GERMAN = Locale("de", "min/km")


@pytest.fixture(scope="module")
def catalogue() -> ModuleType:
    """Return the script that keeps the catalogue."""
    spec = importlib.util.spec_from_file_location(
        "rebuild", ROOT / "config" / "catalogue" / "rebuild.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_of_the_report_is_translated(catalogue: ModuleType) -> None:
    # Fix it with: python config/catalogue/rebuild.py, then fill in de.po and run it again
    known = {message.id: message.string for message in catalogue.read()}
    missing = [source for source in catalogue.sources() if not known.get(source)]
    assert missing == []
    assert {key for key in known if key} == catalogue.sources()


def test_a_translation_has_the_same_values_as_its_text(catalogue: ModuleType) -> None:
    values = re.compile(r"%\([a-z_]+\)[sd]|%%")
    for message in catalogue.read():
        if isinstance(message.id, str) and message.id:
            assert sorted(values.findall(message.id)) == sorted(values.findall(message.string))


def test_the_compiled_catalogue_is_that_of_the_text_file(catalogue: ModuleType) -> None:
    assert catalogue.PO.with_suffix(".mo").read_bytes() == catalogue.compiled(catalogue.read())


def test_a_german_page_speaks_german_and_counts_in_german() -> None:
    html = page.render_session(samples.park(), samples.layers(), (), GERMAN)
    text = body_text(html)
    assert '<html lang="de">' in html
    assert "4 von 5 Läufen zu Ende gelaufen." in text
    assert "min/km" in text
    for english in ("Next time", "Backward", "bouts", "Where and how", "Silence never"):
        assert english not in text
    assert re.search(r"\d,\d", text)


def test_a_german_index_speaks_german() -> None:
    lines = [line_of(samples.park(name=f"s{n}")) for n in range(3)]
    text = body_text(page.render_index(lines, samples.progress(), GERMAN))
    assert "3 Trainings" in text
    assert "Woche 3 von 8" in text
    assert "All sessions" not in text
