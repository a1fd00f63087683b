"""The page of an atlas: a map from its tiles, the best stretches, the two tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backrun_pi.atlas.geoparquet import NOTICE
from backrun_pi.atlas.part import ExtractReport
from backrun_pi.atlas.tables import Totals
from backrun_pi.atlas.tiles import CELL_LEVELS, STRETCH_ZOOM
from backrun_pi.maps.layout import ATTRIBUTION
from backrun_pi.review.report import environment
from backrun_pi.review.report.locale import UNKNOWN, Locale

_MOST_SKIPPED = 50
NAMES = ("good", "likely", "unknown")


@dataclass(frozen=True, slots=True)
class AtlasFacts:
    """What the page tells of an atlas."""

    totals: Totals
    best: Sequence[Mapping[str, Any]]
    """Rows, the best first."""
    skipped: Sequence[ExtractReport]
    doubles: int
    box: tuple[float, float, float, float]
    """[deg] south, west, north, east of the stretches."""


def render(facts: AtlasFacts, show: Locale) -> str:
    """Return the page; it asks its own server for tiles, and nobody else."""
    totals = facts.totals
    km = {name: show.number(totals.way_m[name] / 1000.0, 1, "km") for name in NAMES}
    values = {
        "home": "#main",
        "credit": ATTRIBUTION,
        "credits": f"Map data {NOTICE}. The atlas is under the same licence.",
        "story": (
            f"{totals.stretches} stretches: {km['good']} good, {km['likely']} likely, "
            f"{km['unknown']} unknown. Data until {totals.data_until or UNKNOWN}."
        ),
        "missing": [(tag, show.number(length, 1, "km")) for tag, length in totals.missing_km()],
        "contacts": [
            (name, [show.number(by_name.get(one, 0.0), 1, "km") for one in NAMES])
            for name, by_name in totals.contact_km()
        ],
        "best": [_best(row, show) for row in facts.best],
        "doubles": facts.doubles,
        "skipped": [(one.extract, one.because) for one in facts.skipped[:_MOST_SKIPPED]],
    }
    data = {
        "box": facts.box,
        "levels": [*CELL_LEVELS, STRETCH_ZOOM],
        "stretch_zoom": STRETCH_ZOOM,
        "names": NAMES,
        "credit": ATTRIBUTION,
    }
    return environment.render(
        "atlas.html",
        show,
        values,
        styles=environment.ATLAS_STYLES,
        scripts=environment.ATLAS_SCRIPTS,
        data=json.dumps(data),
        requests="'self'",
    )


def _best(row: Mapping[str, Any], show: Locale) -> dict[str, Any]:
    return {
        "place": f"{row['lat_deg']:.5f} {row['lon_deg']:.5f}",
        "suitability": row["suitability"],
        "cells": [
            show.number(row["length_m"], 0, "m"),
            show.number(row["contacts_per_100_m"], 2),
            show.number(row["score"], 2),
        ],
        "doubts": "; ".join(row["doubts"]),
        "ways": ", ".join(str(way) for way in row["way_ids"]),
    }
