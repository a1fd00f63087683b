"""Values of tags as mappers write them: lists, ranges, levels, layers, lengths, slopes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

_LIST = re.compile(r"[;,|]")
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"^({_NUMBER})\s*(?:-|\u2013|to|\.\.)\s*({_NUMBER})$")
_LENGTH = re.compile(
    rf"^[~<>≈]?\s*(?:ca\.?|about)?\s*({_NUMBER})\s*"
    r"(m|meters?|metres?|cm|mm|ft|feet|foot|in|inch|inches|'|\"|\u2019|\u201d|\u2033|\u2032|yd|yards?)?\.?$"
)
_FEET_INCHES = re.compile(
    rf"^({_NUMBER})\s*(?:'|\u2019|\u2032|ft|feet|foot)\s*({_NUMBER})\s*(?:\"|''|\u201d|\u2033|in|inch|inches)?$"
)
_SLOPE = re.compile(rf"^[~<>≈]?\s*({_NUMBER})\s*(%|°|deg|‰)?$")
_RATIO = re.compile(rf"^({_NUMBER})\s*[:/]\s*({_NUMBER})$")
_M_OF = {
    name: metres
    for metres, names in (
        (0.01, ("cm",)),
        (0.001, ("mm",)),
        (0.3048, ("ft", "feet", "foot", "'", "\u2019", "\u2032")),
        (0.0254, ("in", "inch", "inches", '"', "\u201d", "\u2033")),
        (0.9144, ("yd", "yard", "yards")),
    )
    for name in names
}
"""[m] Of a unit of length; any other is the metre."""
_GROUND_LEVEL = 1.0  # nearer to 0 than a whole storey: a mezzanine, a landing
_STEEPEST_DEG = 60.0

GROUND_TUNNELS = frozenset(
    {"no", "building_passage", "covered", "avalanche_protector", "arcade"}
)
"""Values of `tunnel` that do not lie below the ground."""
LOW_BRIDGES = frozenset({"no", "boardwalk", "low_water_crossing", "simple_brunnel"})
"""Values of `bridge` that do not lie above it."""


def parts(value: str) -> list[str]:
    """Return the members of a list, in lower case, blanks inside a word as underscores."""
    words = (part.strip().lower().replace(" ", "_") for part in _LIST.split(value))
    return [word for word in words if word]


def numbers(value: str) -> list[tuple[float, float]]:
    """Return the numbers and ranges of a list as (low, high); what is none is left out."""
    found = []
    for part in parts(value):
        span = _RANGE.match(part.replace("_", " "))
        if span is not None:
            low, high = sorted((float(span[1]), float(span[2])))
            found.append((low, high))
            continue
        try:
            number = float(part)
        except ValueError:
            continue
        if math.isfinite(number):
            found.append((number, number))
    return found


def is_at_ground(level: str | None) -> bool:
    """Whether a list of storeys holds the ground; a text without a number is no reason."""
    spans = numbers(level) if level else []
    near = _GROUND_LEVEL
    return not spans or any(low < near and high > -near for low, high in spans)


def layer(tags: Mapping[str, str]) -> int:
    """Return the layer of a way: of a list the one nearest to 0; 1 a bridge, -1 a tunnel."""
    spans = numbers(tags.get("layer", ""))
    if spans:
        nearest = min((max(low, min(0.0, high)) for low, high in spans), key=abs)
        return int(max(-100.0, min(100.0, nearest)))
    if is_bridge(tags):
        return 1
    return -1 if is_tunnel(tags) else 0


def is_bridge(tags: Mapping[str, str]) -> bool:
    """Whether a way is carried over something."""
    return tags.get("bridge") not in {None, *LOW_BRIDGES}


def is_tunnel(tags: Mapping[str, str]) -> bool:
    """Whether a way lies below the ground; an archway through a building does not."""
    return tags.get("tunnel") not in {None, *GROUND_TUNNELS}


def width_m(value: str) -> float | None:
    """Return the least width that a text names; None when it cannot be read.

    Metres unless a unit is given: feet and inches as the wiki has them (`7'6"`, `3 ft`), cm,
    mm, yards; decimal commas, ranges and lists (`1-2`, `1;2`) with their least.
    """
    text = re.sub(r"(?<=\d),(?=\d{1,2}(?:\D|$))", ".", value.strip().lower())
    found = [_one_width_m(part.strip()) for part in text.split(";") if part.strip()]
    known = [one for one in found if one is not None]
    return min(known) if known and len(known) == len(found) else None


def _one_width_m(text: str) -> float | None:
    both = _FEET_INCHES.match(text)
    if both is not None:
        return _positive(float(both[1]) * 0.3048 + float(both[2]) * 0.0254)
    span = re.match(rf"^({_NUMBER})\s*(?:-|\u2013|to)\s*({_NUMBER}\s*\D*)$", text)
    if span is not None:
        last = _LENGTH.match(span[2].strip())
        unit = (last[2] or "") if last else ""
        return None if last is None else _one_width_m(f"{span[1]}{unit}")
    match = _LENGTH.match(text)
    if match is None:
        return None
    return _positive(float(match[1]) * _M_OF.get(match[2] or "m", 1.0))


def _positive(metres: float) -> float | None:
    return round(metres, 2) if metres > 0.0 else None


def slope_percent(value: str) -> float | None:
    """Return the steepest slope that a text names, signed along the way; None for words."""
    text = value.strip().lower().replace(",", ".")
    if text in {"no", "flat", "level"}:
        return 0.0
    found = []
    for part in text.split(";"):
        slope = _one_slope(part.strip())
        if slope is None:
            return None
        found.append(slope)
    return max(found, key=abs, default=None)


def _one_slope(text: str) -> float | None:
    ratio = _RATIO.match(text)
    if ratio is not None:
        run = float(ratio[2])
        return None if run == 0.0 else round(100.0 * float(ratio[1]) / run, 1)
    span = re.match(rf"^({_NUMBER})\s*%?\s*-\s*({_NUMBER}\s*[%°]?)$", text)
    if span is not None:
        return _one_slope(span[2].replace(" ", ""))
    match = _SLOPE.match(text)
    if match is None:
        return None
    number = float(match[1])
    if match[2] in {"°", "deg"}:
        steepest = max(-_STEEPEST_DEG, min(_STEEPEST_DEG, number))
        return round(math.tan(math.radians(steepest)) * 100.0, 1)
    return number / 10.0 if match[2] == "‰" else number
