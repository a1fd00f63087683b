"""Foxglove's schemas for its map and log panels, and plain JSON schemas of our own messages.

Foxglove knows a schema by its name (docs.foxglove.dev, message schemas). Its reader of JSON
schemas follows no reference and no union: ours are written out, and a value that is not known
is left out of a message instead of being null.
"""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import msgspec

from backrun_pi.messages import Alert, ImuBatch, Priority, RunnerState
from backrun_pi.record import codec
from backrun_pi.units import NS_PER_S
from backrun_pi.vocabulary import condition_name

Json = dict[str, Any]
NUMBER: Json = {"type": "number"}
TEXT: Json = {"type": "string"}
TIME: Json = {
    "type": "object",
    "title": "time",
    "properties": {"sec": {"type": "integer"}, "nsec": {"type": "integer"}},
}
LOCATION_FIX: Json = {
    "title": "foxglove.LocationFix",
    "type": "object",
    "properties": {
        "timestamp": TIME,
        "frame_id": TEXT,
        "latitude": NUMBER,
        "longitude": NUMBER,
        "altitude": NUMBER,
        "position_covariance": {
            "type": "array",
            "items": NUMBER,
            "minItems": 9,
            "maxItems": 9,
        },
        "position_covariance_type": {"type": "integer", "enum": [0, 1, 2, 3]},
    },
}
LOG: Json = {
    "title": "foxglove.Log",
    "type": "object",
    "properties": {
        "timestamp": TIME,
        "level": {"type": "integer", "enum": [0, 1, 2, 3, 4, 5]},
        "message": TEXT,
        "name": TEXT,
        "file": TEXT,
        "line": {"type": "integer"},
    },
}
DIAGONAL_KNOWN = 2
INFO, WARNING, ERROR = 2, 3, 4
LEVELS = {Priority.STOP: ERROR, Priority.BLIND: ERROR, Priority.CAUTION: WARNING}
"""Priority -> level of the log panel; anything else is information."""


def location_fix(state: RunnerState, t_ns: int) -> bytes | None:
    """Return where the runner was as `foxglove.LocationFix`; None without a position."""
    if state.lat_deg is None or state.lon_deg is None:
        return None
    variance_m2 = state.sigma_m**2 if state.sigma_m is not None else math.nan
    covariance = [variance_m2, 0.0, 0.0, 0.0, variance_m2, 0.0, 0.0, 0.0, 0.0]
    is_known = math.isfinite(variance_m2)
    return msgspec.json.encode(
        {
            "timestamp": _time(t_ns),
            "frame_id": "runner",
            "latitude": state.lat_deg,
            "longitude": state.lon_deg,
            "altitude": 0.0,  # not measured: the panel wants a number
            "position_covariance": covariance if is_known else [0.0] * 9,
            "position_covariance_type": DIAGONAL_KNOWN if is_known else 0,
        }
    )


def log(alert: Alert, t_ns: int) -> bytes:
    """Return what was felt, and why, as `foxglove.Log`."""
    because = "; ".join(alert.because)
    name = condition_name(alert.condition)
    return msgspec.json.encode(
        {
            "timestamp": _time(t_ns),
            "level": LEVELS.get(alert.priority, INFO),
            "message": f"{name}: {because}" if because else name,
            "name": alert.condition.value,
            "file": "",
            "line": 0,
        }
    )


def message(boot: int, record: object) -> bytes:
    """Return a record as a JSON object, without what is not known."""
    return msgspec.json.encode(_known(msgspec.json.decode(codec.as_line(boot, record))))


def schema_of(kind: type) -> bytes:
    """Return the JSON schema of what `message` makes of records of a kind."""
    if kind is ImuBatch:
        fields = {field.name: _plain({}, {}) for field in dataclasses.fields(kind)}
    else:
        found = msgspec.json.schema(kind)
        definitions = found.get("$defs", {})
        fields = _plain(found, definitions).get("properties", {})
    properties = {"record": TEXT, "boot": {"type": "integer"}, **fields}
    schema = {"title": kind.__name__, "type": "object", "properties": properties}
    return json.dumps(schema).encode()


def _time(t_ns: int) -> Json:
    sec, nsec = divmod(t_ns, NS_PER_S)
    return {"sec": sec, "nsec": nsec}


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _known(one) for key, one in value.items() if one is not None}
    return [_known(one) for one in value] if isinstance(value, list) else value


def _plain(node: Json, definitions: Json) -> Json:
    """Return a schema without references and unions."""
    if "$ref" in node:
        return _plain(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
    if "anyOf" in node:
        kinds = [one for one in node["anyOf"] if one.get("type") != "null"]
        return _plain(kinds[0], definitions) if len(kinds) == 1 else {}
    if "enum" in node:
        kind = "string" if all(isinstance(one, str) for one in node["enum"]) else "integer"
        return {"type": kind, "enum": node["enum"]}
    plain: Json = {"type": node["type"]} if "type" in node else {}
    if "properties" in node:
        inner = node["properties"].items()
        plain["properties"] = {key: _plain(one, definitions) for key, one in inner}
    if isinstance(node.get("items"), dict):
        plain["items"] = _plain(node["items"], definitions)
    return plain
