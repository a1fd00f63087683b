"""The part of the session page that the scripts bring to life: map, charts, one time cursor."""

from __future__ import annotations

from backrun_pi.messages import SessionKind
from backrun_pi.review.model import MapLayers, SessionReview
from backrun_pi.review.report import markup, payload, words

_LINES = (
    ("backward", "Backward"),
    ("forward", "Forward"),
    ("unsure", "Direction not known"),
)
_WAYS = (("path", "Path"), ("road", "Road"), ("busy", "Cycleway or busy street"))
_SHAPES = (
    ("stop", "Stop"),
    ("caution", "Caution"),
    ("blind", "Cannot warn"),
    ("notice", "Notice"),
    ("met", "Hazard met"),
    ("hazard", "Mapped hazard"),
    ("mark", "Your mark"),
)
_CHARTS = {
    "speed": ("Speed", "m/s", 2),
    "cadence": ("Cadence", "steps/min", 0),
    "p_backward": ("Probability of backward", "0 to 1", 2),
    "sigma": ("GPS uncertainty (1 sigma)", "m", 1),
}
"""Name of the column -> (title, unit, digits)."""
_MISSING = {
    "speed": "speed",
    "cadence": "cadence (no steps were felt)",
    "p_backward": "probability of backward",
    "sigma": "GPS uncertainty (no position)",
}
_CELLS = (
    ("time", "Session clock"),
    ("utc", "UTC"),
    ("phase", "Part"),
    ("direction", "Direction"),
    ("speed", "Speed"),
    ("cadence", "Cadence"),
    ("p_backward", "P(backward)"),
    ("sigma", "GPS sigma"),
)
_NO_SCRIPT = "The map and the charts need JavaScript; the tables below do without."


def study(review: SessionReview, layers: MapLayers | None) -> str:
    """Return the map beside the charts, with what is not there said in words."""
    has_map = payload.has_route(review)
    columns = payload.shown_columns(review.track)
    if not has_map and not columns and not review.phases:
        body = markup.plain("Too little was recorded to draw a map or a chart.")
        return markup.card("study", "How it went", body)
    shown = [name for name in _CHARTS if name in columns]
    charts = [_chart(name, columns[name], "cap" in columns) for name in shown]
    hint = "Drag across a chart to look closer."
    tools = (
        f'<div class="tools"><p class="fine">{hint}</p><button type="button" class="button" '
        'data-do="whole" hidden>Show the whole session</button></div>'
    )
    side = _map_side(review, layers) if has_map else ""
    body = (
        f"<noscript>{markup.plain(_NO_SCRIPT)}</noscript>{_readout(review, set(columns))}"
        f'<div class="study{" has-map" if has_map else ""}" data-scripted hidden>{side}'
        f'<div>{tools}<div class="charts">{_lane(review)}{"".join(charts)}</div></div></div>'
        f"{_gaps(review, set(columns), has_map)}"
    )
    return markup.card("study", "Where and how" if has_map else "How it went", body)


def _gaps(review: SessionReview, columns: set[str], has_map: bool) -> str:
    lines = []
    if not has_map:
        is_indoors = review.facts.kind is SessionKind.TREADMILL
        why = "A treadmill session has no route" if is_indoors else "No position was received"
        lines.append(f"{why}, so there is no map.")
    missing = [told for name, told in _MISSING.items() if name not in columns]
    if missing:
        lines.append(f"Not recorded: {', '.join(missing)}.")
    return f'<p class="fine gaps">{" ".join(lines)}</p>' if lines else ""


def _readout(review: SessionReview, columns: set[str]) -> str:
    has_utc = words.trusted_utc(review.facts.start_utc_s) is not None
    shown = {"time", "phase", "direction"} | columns | ({"utc"} if has_utc else set())
    cells = "".join(
        f'<div class="is-{key}"><dt>{name}</dt><dd data-read="{key}">{words.UNKNOWN}</dd></div>'
        for key, name in _CELLS
        if key in shown
    )
    end_s = max(1, round(review.facts.duration_s))
    slider = (
        '<label for="scrub">Moment</label><input id="scrub" type="range" min="0" '
        f'max="{end_s}" step="1" value="0" data-do="scrub">'
    )
    return (
        f'<div class="readout" data-scripted hidden><dl>{cells}</dl>'
        f'<div class="scrub">{slider}</div></div>'
    )


def _map_side(review: SessionReview, layers: MapLayers | None) -> str:
    styles = (*_LINES, *(() if layers is None else _WAYS))
    lines = "".join(f"<li>{markup.stroke(css, 22, 16)}{name}</li>" for css, name in styles)
    drawn = _drawn_shapes(review, layers)
    shapes = "".join(
        f"<li>{markup.icon(css)}{name}</li>" for css, name in _SHAPES if css in drawn
    )
    cues = (
        '<label class="switch"><input type="checkbox" data-do="cues"> '
        "Show the cues of the programme</label>"
    )
    return (
        '<figure class="map-side"><div class="map" data-map role="region" '
        'aria-label="Map of the route"></div>'
        f'<figcaption><ul class="legend">{lines}{shapes}</ul>'
        f"{cues if words.CUE[0] in drawn else ''}</figcaption></figure>"
    )


def _drawn_shapes(review: SessionReview, layers: MapLayers | None) -> set[str]:
    shapes = {words.rank(pin)[0] for pin in review.alerts}
    if review.hazards:
        shapes.add("met")
    if layers is not None:
        shapes |= {"mark" if point.kind == "mark" else "hazard" for point in layers.points}
    return shapes


def _lane(review: SessionReview) -> str:
    parts = words.count(len(review.phases), "part")
    told = words.count(len(review.alerts), "alert or cue", "alerts and cues")
    return _figure(
        "lane",
        "<b>Programme and alerts</b>",
        "",
        f"Programme of {parts}, {told}; the tables below say the same.",
    )


def _chart(name: str, column: list[float | None], has_cap: bool) -> str:
    label, unit, digits = _CHARTS[name]
    values = [value for raw in column if (value := words.known(raw)) is not None]
    low, high = (words.number(value, digits) for value in (min(values), max(values)))
    span = f"{low} to {high}, mean {words.number(sum(values) / len(values), digits)}"
    key = ""
    if name == "speed" and has_cap:
        told = "plan cap, filled where above"
        key = f'<span class="key">{markup.stroke("cap", 20, 10)}{told}</span>'
    told = f"{label} over time, in {unit}: {span}."
    return _figure(name, f"<b>{label}</b> {unit}{key}", span, told)


def _figure(name: str, caption: str, span: str, told: str) -> str:
    return (
        f'<figure class="chart" data-chart="{name}"><figcaption><span>{caption}</span>'
        f"<span>{span}</span></figcaption>"
        f'<div class="plot" role="img" aria-label="{told}"></div></figure>'
    )
