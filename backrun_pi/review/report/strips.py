"""Small drawings of the index, as numbers for inline SVG: bars of the load, a trend line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.review.report.locale import Locale

_WIDTH = 460
"""[px] Of the drawing; it scales with the page."""
_LEFT = 44
"""[px] Room of the y axis."""
_MOST_LABELS = 8
"""[-] Bars with room for a date under each; of more, every other one is named."""
_LEAST_SPAN = 0.3
"""[-] Of the mean: a trend is not blown up to fill its frame."""
_TOP = 26
_FLOOR = 140
"""[px] Where the bars stand."""
_TICKS = 3
"""[-] Lines of the y axis, about."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its label."""

    label: str
    """Under the bar."""
    value: float
    """Height, in the unit of the strip."""
    note: str
    """For the description of the drawing."""
    dots: int
    """[-] Counted out under the label."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the template draws; every position is in px of the view box."""

    width: int
    height: int
    label: str
    """Alternative text for people who cannot see it."""
    paths: tuple[tuple[str, str], ...]
    """(CSS class, path)."""
    boxes: tuple[tuple[str, str, str, str, str], ...]
    """(CSS class, x, y, width, height)."""
    dots: tuple[tuple[str, str, str, str], ...]
    """(CSS class, x, y, radius)."""
    texts: tuple[tuple[str, str, str, str, str], ...]
    """(CSS class, anchor, x, y, text)."""


def bars(items: Sequence[Bar], unit: str, show: Locale) -> Drawing:
    """Return bars from zero, with a y axis and each with its number above it."""
    top = max((bar.value for bar in items), default=0.0) or 1.0
    slot = (_WIDTH - _LEFT) / max(4, len(items))
    wide = min(56.0, slot * 0.62)
    every = 1 if len(items) <= _MOST_LABELS else 2
    odd = (len(items) - 1) % every  # the newest is always named
    paths, texts = _axis(0.0, top, _FLOOR, 0, show)
    boxes, dots = [], []
    for n, bar in enumerate(items):
        middle = _LEFT + slot * (n + 0.5)
        tall = max(2.0, (_FLOOR - _TOP) * bar.value / top)
        css = "bar-fill" if bar.value > 0 else "bar-empty"
        boxes.append((css, _px(middle - wide / 2), _px(_FLOOR - tall), _px(wide), _px(tall)))
        texts.append(_text(middle, _FLOOR - tall - 7, show.number(bar.value, 1), "value"))
        if n % every == odd:
            texts.append(_text(middle, _FLOOR + 18, bar.label))
        first = middle - 4.5 * (bar.dots - 1)
        dots += [
            ("bar-fill", _px(first + 9 * dot), _px(_FLOOR + 30), "3") for dot in range(bar.dots)
        ]
    label = "; ".join(
        f"{bar.label}: {show.number(bar.value, 1)} {unit}, {bar.note}" for bar in items
    )
    return _drawing(_FLOOR + 38, label, paths, boxes=boxes, dots=dots, texts=texts)


def trend(pairs: Sequence[tuple[str, float]], unit: str, digits: int, show: Locale) -> Drawing:
    """Return a line through the sessions with a y axis, numbers at the best and the last."""
    values = [value for _, value in pairs]
    low, high = min(values), max(values)
    middle = (low + high) / 2.0
    span = max(high - low, _LEAST_SPAN * abs(middle)) or 1.0
    low, high = middle - 0.65 * span, middle + 0.65 * span
    step = (_WIDTH - _LEFT - 60) / max(1, len(pairs) - 1)

    def place(n: int, value: float) -> tuple[float, float]:
        return _LEFT + 20 + n * step, _FLOOR - (_FLOOR - _TOP) * (value - low) / (high - low)

    points = [place(n, value) for n, value in enumerate(values)]
    line = "M" + "L".join(f"{_px(x)} {_px(y)}" for x, y in points)
    named = {len(values) - 1, values.index(max(values))}
    paths, texts = _axis(low, high, _FLOOR, digits, show)
    dots = [("dot", _px(x), _px(y), "4.5") for x, y in points]
    texts += [
        _text(points[n][0], points[n][1] - 12, show.number(values[n], digits), "value")
        for n in sorted(named)
    ]
    texts += [
        _text(points[0][0], _FLOOR + 22, pairs[0][0]),
        _text(points[-1][0], _FLOOR + 22, pairs[-1][0]),
    ]
    label = "; ".join(f"{name}: {show.number(value, digits)} {unit}" for name, value in pairs)
    return _drawing(_FLOOR + 34, label, [*paths, ("trend", line)], dots=dots, texts=texts)


def _axis(
    low: float, high: float, floor: int, digits: int, show: Locale
) -> tuple[list[tuple[str, str]], list[tuple[str, str, str, str, str]]]:
    """Return lines at round values with their numbers, and the floor."""
    step = _round_step((high - low) / _TICKS)
    places = max(digits if step < 1.0 else 0, -math.floor(math.log10(step)))
    paths, texts = [("axis", f"M{_LEFT} {floor + 0.5}H{_WIDTH}")], []
    value = math.ceil(low / step) * step
    while value <= high + 1e-9 * step:
        y = floor - (floor - _TOP) * (value - low) / (high - low)
        paths.append(("axis", f"M{_LEFT} {_px(y)}H{_WIDTH}"))
        texts.append(_text(_LEFT - 6, y + 4, show.number(value, places), "tick", "end"))
        value += step
    return paths, texts


def _round_step(raw: float) -> float:
    """Return 1, 2 or 5 times a power of ten, not below a step."""
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * one for one in (1.0, 2.0, 5.0, 10.0) if power * one >= raw - 1e-12)


def _drawing(
    height: int,
    label: str,
    paths: Sequence[tuple[str, str]],
    *,
    boxes: Sequence[tuple[str, str, str, str, str]] = (),
    dots: Sequence[tuple[str, str, str, str]],
    texts: Sequence[tuple[str, str, str, str, str]],
) -> Drawing:
    return Drawing(
        width=_WIDTH,
        height=height,
        label=label,
        paths=tuple(paths),
        boxes=tuple(boxes),
        dots=tuple(dots),
        texts=tuple(texts),
    )


def _text(
    x: float, y: float, shown: str, css: str = "name", anchor: str = "middle"
) -> tuple[str, str, str, str, str]:
    return css, anchor, _px(x), _px(y), shown


def _px(value: float) -> str:
    return f"{value:.1f}"
