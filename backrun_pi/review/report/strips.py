"""Small drawings of the index as inline SVG: bars of the weekly load, a trend line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.review.report import words

_WIDTH = 460
"""[px] Of the drawing; it scales with the page."""
_HEIGHT = 190
_MOST_LABELS = 8
"""[-] Bars with room for a date under each; of more, every other one is named."""
_LEAST_SPAN = 0.3
"""[-] Of the mean: a trend is not blown up to fill its frame."""
_TOP = 26
_FLOOR = 140
"""[px] Where the bars stand."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its words."""

    label: str
    """Under the bar, escaped."""
    value: float
    """Height, in the unit of the strip."""
    note: str
    """For the description of the drawing."""
    dots: int
    """[-] Counted out under the label."""


def bars(items: Sequence[Bar], unit: str) -> str:
    """Return bars from zero, each with its number above it."""
    top = max((bar.value for bar in items), default=0.0) or 1.0
    slot = _WIDTH / max(4, len(items))
    wide = min(56.0, slot * 0.62)
    every = 1 if len(items) <= _MOST_LABELS else 2
    odd = (len(items) - 1) % every  # the newest is always named
    parts = []
    for n, bar in enumerate(items):
        middle = slot * (n + 0.5)
        tall = max(2.0, (_FLOOR - _TOP) * bar.value / top)
        css = "bar-fill" if bar.value > 0 else "bar-empty"
        parts.append(
            f'<rect class="{css}" x="{middle - wide / 2:.1f}" y="{_FLOOR - tall:.1f}" '
            f'width="{wide:.1f}" height="{tall:.1f}" rx="3"/>'
            f"{_written(middle, _FLOOR - tall - 7, f'{bar.value:.1f}', 'value')}"
            f"{_written(middle, _FLOOR + 18, bar.label) if n % every == odd else ''}"
            f"{_counted(middle, bar.dots)}"
        )
    told = "; ".join(f"{bar.label}: {bar.value:.1f} {unit}, {bar.note}" for bar in items)
    floor = f'<path class="axis" d="M0 {_FLOOR + 0.5}H{_WIDTH}"/>'
    return _drawing(told, floor + "".join(parts), _FLOOR + 38)


def trend(dots: Sequence[tuple[str, float]], unit: str, digits: int) -> str:
    """Return a line through the sessions, with numbers at the first, the best and the last."""
    values = [value for _, value in dots]
    low, high = min(values), max(values)
    middle = (low + high) / 2.0
    span = max(high - low, _LEAST_SPAN * abs(middle)) or 1.0
    low, high = middle - 0.65 * span, middle + 0.65 * span
    step = (_WIDTH - 80) / max(1, len(dots) - 1)

    def place(n: int, value: float) -> tuple[float, float]:
        return 40 + n * step, _FLOOR - (_FLOOR - _TOP) * (value - low) / (high - low)

    points = [place(n, value) for n, value in enumerate(values)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    named = {0, len(values) - 1, values.index(max(values))}
    marks = []
    for n, (x, y) in enumerate(points):
        marks.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>')
        if n in named:
            marks.append(_written(x, y - 12, f"{values[n]:.{digits}f}", "value"))
    floor_y = _FLOOR + 30
    ends = _written(40, floor_y, dots[0][0]) + _written(_WIDTH - 40, floor_y, dots[-1][0])
    told = "; ".join(f"{name}: {value:.{digits}f} {unit}" for name, value in dots)
    floor = f'<path class="axis" d="M0 {_FLOOR + 10.5}H{_WIDTH}"/>'
    return _drawing(
        told, f'{floor}<path class="trend" d="{path}"/>{"".join(marks)}{ends}', _HEIGHT
    )


def _drawing(told: str, parts: str, height: int) -> str:
    return (
        f'<svg class="bars" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{words.text(told)}">{parts}</svg>'
    )


def _counted(middle: float, amount: int) -> str:
    first = middle - 4.5 * (amount - 1)
    circles = (
        f'<circle class="bar-fill" cx="{first + 9 * n:.1f}" cy="{_FLOOR + 30}" r="3"/>'
        for n in range(amount)
    )
    return "".join(circles)


def _written(x: float, y: float, shown: str, css: str = "name") -> str:
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{shown}</text>'
