"""Draws the vocabulary as a picture: time to the right, a bar for each pulse."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from backrun_pi.haptics.patterns import SHOWN_COUNT, Pattern

PX_PER_S = 90
ROW_PX = 34
LEFT_PX = 120
TEXT_PX = 560
WIDTH_PX = 1000

_STYLE = (
    "text{font:13px sans-serif;fill:#222}.n{font-weight:600}.s{fill:#555}"
    "rect.p{fill:#0b6e99}line{stroke:#ddd}"
)


def draw(patterns: Sequence[Pattern]) -> str:
    """Return an SVG of the patterns, one row each, with its name and its meaning."""
    height_px = ROW_PX * (len(patterns) + 1)
    rows = [_row(n, pattern) for n, pattern in enumerate(patterns)]
    grid = [
        f'<line x1="{LEFT_PX + s * PX_PER_S}" y1="{ROW_PX - 8}" '
        f'x2="{LEFT_PX + s * PX_PER_S}" y2="{height_px - 6}"/>'
        f'<text class="s" x="{LEFT_PX + s * PX_PER_S - 4}" y="16">{s} s</text>'
        for s in range(5)
    ]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height_px}" '
        f'role="img" aria-label="The vocabulary of cues">'
    )
    return "\n".join(
        [
            opening,
            f"<style>{_STYLE}</style>",
            '<rect width="100%" height="100%" fill="#fff"/>',
            *grid,
            *rows,
            "</svg>\n",
        ]
    )


def _row(number: int, pattern: Pattern) -> str:
    middle_px = ROW_PX * (number + 1) + 4
    at_s = 0.0
    bars = []
    for beat in pattern.shown():
        bars.append(
            f'<rect class="p" x="{LEFT_PX + at_s * PX_PER_S:.1f}" y="{middle_px - 9}" '
            f'width="{beat.on_s * PX_PER_S:.1f}" height="18" rx="2"/>'
        )
        at_s += beat.on_s + beat.gap_s
    meaning = pattern.meaning + (f" (here {SHOWN_COUNT})" if pattern.is_counting else "")
    return (
        f'<g><text class="n" x="8" y="{middle_px + 4}">{escape(pattern.name)}</text>'
        + "".join(bars)
        + f'<text x="{TEXT_PX}" y="{middle_px + 4}">{escape(meaning)}</text></g>'
    )
