"""A session as MCAP, every record with its time in UTC, for Foxglove. An optional extra."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backrun_pi.files import named_in_errors, replacing
from backrun_pi.messages import Alert, RunnerState
from backrun_pi.optional_library import imported
from backrun_pi.record import codec
from backrun_pi.record.reader import read_session
from backrun_pi.review.analysis.session_clock import SessionClock
from backrun_pi.review.exports import foxglove
from backrun_pi.units import NS_PER_S


def to_mcap(session: Path, out: Path) -> list[Path]:
    """Write every record of a session as an MCAP file, a topic per kind, positions included.

    Two topics more carry Foxglove's own schemas: `/location` fills its map panel, `/log` its
    log panel.

    Raises:
        SessionError: The session cannot be read.
        OutputError: The extra is not installed, or the file cannot be written.
    """
    writing = imported("mcap.writer", "mcap")
    recording = read_session(session)
    clock = SessionClock.of(recording)
    start_s = clock.start_utc_s
    if start_s is None:
        start_s = clock.start_wall_s or 0.0
    path = out / f"{recording.session_id}.mcap"

    def write(new: Path) -> None:
        with new.open("wb") as stream:
            writer = writing.Writer(stream)
            writer.start(profile="", library="backrun_pi")
            topics = _Topics(writer)
            for record in recording:
                t_s = start_s + clock.moment_s(record)
                topics.take(record.message, round(t_s * NS_PER_S))
            writer.finish()

    return [_written(path, write)]


class _Topics:
    """The topics of an MCAP file: one per kind of message, made when it first comes."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._channels: dict[str, int] = {}
        self._count = 0

    def take(self, message: object, t_ns: int) -> None:
        """Write a message, and what Foxglove's panels show of it."""
        kind = type(message)
        self._add(f"/{kind.__name__}", t_ns, kind.__name__, foxglove.message(0, message))
        if isinstance(message, RunnerState):
            fix = foxglove.location_fix(message, t_ns)
            if fix is not None:
                self._add("/location", t_ns, "foxglove.LocationFix", fix)
        elif isinstance(message, Alert):
            self._add("/log", t_ns, "foxglove.Log", foxglove.log(message, t_ns))

    def _add(self, topic: str, t_ns: int, schema: str, data: bytes) -> None:
        if topic not in self._channels:
            self._channels[topic] = self._registered(topic, schema)
        self._writer.add_message(self._channels[topic], t_ns, data, t_ns, self._count)
        self._count += 1

    def _registered(self, topic: str, schema: str) -> int:
        own = {
            "foxglove.LocationFix": foxglove.LOCATION_FIX,
            "foxglove.Log": foxglove.LOG,
        }.get(schema)
        data = json.dumps(own).encode() if own else foxglove.schema_of(codec.KINDS[schema])
        number = self._writer.register_schema(name=schema, encoding="jsonschema", data=data)
        channel: int = self._writer.register_channel(
            topic=topic, message_encoding="json", schema_id=number
        )
        return channel


def _written(path: Path, write: Callable[[Path], None]) -> Path:
    with named_in_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as new:
            write(new)
    return path
