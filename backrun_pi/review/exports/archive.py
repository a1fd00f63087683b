"""Sessions for other worlds: MCAP for Foxglove, Parquet for data bases. Optional extras."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backrun_pi.errors import OutputError
from backrun_pi.files import named_in_errors, replacing
from backrun_pi.messages import Alert, RunnerState
from backrun_pi.record import codec
from backrun_pi.record.reader import read_session
from backrun_pi.review.analysis.session_clock import SessionClock
from backrun_pi.review.analysis.session_review import review_session
from backrun_pi.review.exports import foxglove
from backrun_pi.review.model import SessionReview
from backrun_pi.review.settings import ReviewSettings
from backrun_pi.units import NS_PER_S


def to_mcap(session: Path, out: Path) -> list[Path]:
    """Write every record of a session as an MCAP file, a topic per kind, positions included.

    Two topics more carry Foxglove's own schemas: `/location` fills its map panel, `/log` its
    log panel.

    Raises:
        SessionError: The session cannot be read.
        OutputError: The extra is not installed, or the file cannot be written.
    """
    writing = _extra("mcap.writer", "mcap")
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


def to_parquet(session: Path, out: Path) -> list[Path]:
    """Write the seconds and the alerts of a session as Parquet, partitioned by year and month.

    `OUT/seconds/year=2026/month=9/ID.parquet` holds one row a second and
    `OUT/sessions/year=2026/month=9/ID.parquet` one row: what a data base asks for first. All
    positions are in it.

    Raises:
        SessionError: The session cannot be read, or holds nothing.
        OutputError: The extra is not installed, or a file cannot be written.
    """
    review = review_session(read_session(session), ReviewSettings())
    return [
        write_rows(out / "seconds", review, seconds(review)),
        write_rows(out / "sessions", review, [totals(review)]),
    ]


def write_rows(out: Path, review: SessionReview, rows: list[dict[str, Any]]) -> Path:
    """Write rows as one Parquet file of a session. Raises OutputError."""
    arrow = _extra("pyarrow", "parquet")
    parquet = _extra("pyarrow.parquet", "parquet")
    path = out / _partition(review) / f"{review.facts.session_id}.parquet"
    table = arrow.Table.from_pylist(rows)
    return _written(path, lambda new: parquet.write_table(table, new, compression="zstd"))


def seconds(review: SessionReview) -> list[dict[str, Any]]:
    """Return one row a second."""
    start_utc_s = review.facts.start_utc_s
    return [
        {
            "session": review.facts.session_id,
            "t_s": point.t_s,
            "utc": None if start_utc_s is None else _utc(start_utc_s + point.t_s),
            "phase": point.phase.value,
            "direction": point.direction.value,
            "gait": point.gait.value,
            "p_backward": point.p_backward,
            "speed_mps": point.speed_mps,
            "speed_cap_mps": point.speed_cap_mps,
            "cadence_spm": point.cadence_spm,
            "distance_m": point.distance_m,
            "lat_deg": point.lat_deg,
            "lon_deg": point.lon_deg,
            "sigma_m": point.sigma_m,
            "hazard": point.hazard,
        }
        for point in review.track
    ]


def totals(review: SessionReview) -> dict[str, Any]:
    """Return the one row of a session."""
    facts = review.facts
    return {
        "session": facts.session_id,
        "kind": facts.kind.value,
        "start_utc": None if facts.start_utc_s is None else _utc(facts.start_utc_s),
        "duration_s": facts.duration_s,
        "distance_m": facts.distance_m,
        "backward_s": facts.backward_s,
        "backward_m": facts.backward_m,
        "bouts_done": facts.bouts_done,
        "bouts_planned": facts.bouts_planned,
        "alerts": len(review.alerts),
        "looks_left": review.looks.left,
        "looks_right": review.looks.right,
        "faults": len(review.faults),
    }


def _partition(review: SessionReview) -> str:
    start_utc_s = review.facts.start_utc_s
    if start_utc_s is None:
        return "year=0/month=0"  # no trusted date: kept apart, never guessed
    day = _utc(start_utc_s)
    return f"year={day.year}/month={day.month}"


def _utc(utc_s: float) -> datetime:
    return datetime.fromtimestamp(utc_s, UTC)


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


def _extra(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        text = f"this export needs an extra: pip install 'backrun-pi[{extra}]' ({error})"
        raise OutputError(text) from error


def _written(path: Path, write: Callable[[Path], None]) -> Path:
    with named_in_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as new:
            write(new)
    return path
