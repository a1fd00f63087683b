"""summary.json: the numbers of a session for other programs, and the index's memory of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from backrun_pi.review.index_model import SessionLine, line_of
from backrun_pi.review.model import SessionReview

SCHEMA = 1


class _Known(msgspec.Struct):
    """The part of a summary that the index reads back."""

    line: SessionLine


_known = msgspec.json.Decoder(_Known)


def as_tables(
    review: SessionReview, *, has_positions: bool, drawn_with: str = ""
) -> dict[str, Any]:
    """Return what summary.json holds; no position is in it."""
    return {
        "schema": SCHEMA,
        "facts": review.facts,
        "phases": review.phases,
        "laps": review.laps,
        "looks": review.looks,
        "alerts": [
            {"t_s": pin.t_s, "condition": pin.condition, "because": pin.because}
            for pin in review.alerts
        ],
        "checks": review.checks,
        "route": review.route,
        "stretches": review.stretches,
        "faults": review.faults,
        "advice": [str(phrase) for phrase in review.advice],
        "exports_have_positions": has_positions,
        "line": line_of(review, drawn_with),
    }


def encode(review: SessionReview, *, has_positions: bool, drawn_with: str = "") -> bytes:
    """Return the file."""
    tables = as_tables(review, has_positions=has_positions, drawn_with=drawn_with)
    return msgspec.json.format(msgspec.json.encode(tables), indent=1) + b"\n"


def line_in(path: Path) -> SessionLine | None:
    """Return what the index shows of a session; None when the summary is not ours."""
    try:
        return _known.decode(path.read_bytes()).line
    except (msgspec.DecodeError, OSError):
        return None  # a folder somebody else put there is not listed
