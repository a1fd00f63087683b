"""Brings `de.po` up to date with the texts of the report, and compiles it to `de.mo`.

Run: python config/catalogue/rebuild.py (needs Babel, of the dev dependencies). What is not
translated yet is listed and stays empty in the file, to be filled in by hand.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backrun_pi import vocabulary  # noqa: E402
from backrun_pi.maps.tags import RULES  # noqa: E402
from backrun_pi.messages import Suitability  # noqa: E402
from backrun_pi.review.report import (  # noqa: E402
    index_page,
    legend,
    locale,
    session_tables,
    study,
)

REVIEW = ROOT / "backrun_pi" / "review"
PO = REVIEW / "report" / "catalogue" / "de.po"
KEYWORDS = {"text": None, "t": None, "Phrase": None, "count": (2, 3)}


def sources() -> set[str | tuple[str, str]]:
    """Return every text of the report, a pair where there is a singular and a plural."""
    found: set[str | tuple[str, str]] = set(filter(None, _tables()))
    for path in sorted(REVIEW.rglob("*.py")):
        found |= _extracted("python", path)
    for path in sorted(REVIEW.rglob("templates/*.html")):
        found |= _extracted("jinja2", path)
    return found


def updated(old: Catalog) -> Catalog:
    """Return the catalogue with today's texts and the translations it had."""
    new = Catalog(locale="de", project="backrun_pi", charset="utf-8")
    new.revision_date = new.creation_date = old.creation_date
    for source in sorted(sources(), key=str):
        key = source[0] if isinstance(source, tuple) else source
        kept = old.get(key)
        new.add(source, kept.string if kept is not None else None)
    return new


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as gettext reads it."""
    stream = io.BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def read() -> Catalog:
    """Return the catalogue as it lies in the tree."""
    with PO.open("rb") as stream:
        return read_po(stream, locale="de")


def main() -> None:
    """Rewrite both files, and list what has no translation."""
    catalogue = updated(read())
    with PO.open("wb") as stream:
        write_po(stream, catalogue, width=96, omit_header=False)
    PO.with_suffix(".mo").write_bytes(compiled(catalogue))
    missing = [message.id for message in catalogue if message.id and not message.string]
    for source in missing:
        print(source)
    print(f"{len(catalogue)} texts, {len(missing)} without a translation", file=sys.stderr)


def _extracted(method: str, path: Path) -> set[str | tuple[str, str]]:
    with path.open("rb") as stream:
        rows = list(extract(method, stream, KEYWORDS))
    return {
        source if isinstance(source, str) else (source[0], source[1]) for _, source, *_ in rows
    }


def _tables() -> Iterator[str]:
    """Yield the texts that stand in tables and not in calls."""
    for names in (vocabulary.CONDITIONS, vocabulary.PHASES, vocabulary.KINDS):
        yield from names.values()
    for names in (vocabulary.SOURCES, vocabulary.LOSSES):
        yield from names.values()
    yield from (vocabulary.BROKEN_OFF, vocabulary.TORN)
    yield from (name for _, name in (*legend.RANKS.values(), legend.CUE, legend.MARK))
    yield from (*legend.SEVERITIES.values(), *legend.STAGES.values(), *legend.NAMES.values())
    yield from (legend.hazard_name(kind) for kind in {rule.kind for rule in RULES})
    yield from (legend.MARKED, *(one.value.capitalize() for one in Suitability))
    yield from (*locale.DAYS, *locale.MONTHS, *locale.SHORT_MONTHS)
    for pairs in (study.LINES, study.WAYS, study.SHAPES, study.CELLS):
        yield from (name for _, name in pairs)
    yield from (name for title, unit, _ in study.CHARTS.values() for name in (title, unit))
    yield from study.MISSING.values()
    for heads in (session_tables.BOUT_HEADS, session_tables.STRETCH_HEADS):
        yield from (name.lstrip("#") for name in heads)
    for heads in (
        session_tables.ALERT_HEADS,
        session_tables.ROUTE_HEADS,
        session_tables.PLANNED_HEADS,
    ):
        yield from (name.lstrip("#") for name in heads)
    yield from session_tables.ROUTE_LINES.values()
    for heads in (index_page.LOAD_HEADS, index_page.SESSION_HEADS):
        yield from (name for name, _ in heads)
    yield from ("Way", "Session", "steps/min")


if __name__ == "__main__":
    main()
