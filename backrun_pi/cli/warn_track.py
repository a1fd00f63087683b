"""A track of positions from a CSV file, replayed into the room."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from backrun_pi.errors import RouteError, quoted
from backrun_pi.messages import Direction, Gait, MountState, OncomingHazard, RunnerState
from backrun_pi.terrain.scouting.marks import Everywhere, Mark, encode
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from backrun_pi.units import NS_PER_S

_COLUMNS = ("t_s", "lat_deg", "lon_deg", "speed_mps", "course_deg", "sigma_m", "direction")
_MARK_COLUMNS = ("t_s", "lat_deg", "lon_deg")
_MOST = {"t_s": 9e9, "lat_deg": 90.0, "lon_deg": 180.0}
"""[s, deg] What lies beyond is no time that nanoseconds can count, or not on the earth."""
_SIZES = frozenset({"speed_mps", "sigma_m"})  # which have no sign


@dataclass(frozen=True, slots=True)
class Onset:
    """The moment an obstacle is first announced."""

    t_s: float
    hazard: OncomingHazard


def read_track(path: Path) -> Iterator[RunnerState]:
    """Read a track, one state a line.

    Raises:
        RouteError: The file is missing, lacks a column or has a cell that is no number.
    """
    for line, row in _rows(path, _COLUMNS):
        backward = row["direction"].strip() == "backward"
        course = _number(path, line, row, "course_deg")
        speed = _number(path, line, row, "speed_mps")
        lat, lon = _number(path, line, row, "lat_deg"), _number(path, line, row, "lon_deg")
        t_s = _number(path, line, row, "t_s")
        if t_s is None:
            raise RouteError(f"{path}: line {line}: t_s is empty")
        yield RunnerState(
            t_ns=round(t_s * 1e9),
            direction=Direction.BACKWARD if backward else Direction.FORWARD,
            gait=Gait.UNKNOWN,
            p_backward=None,
            because=("track",),
            cadence_spm=None,
            speed_mps=speed,
            course_rad=None if course is None else math.radians(course),
            facing_rad=None,
            lat_deg=lat,
            lon_deg=lon,
            sigma_m=_number(path, line, row, "sigma_m"),
            position_age_s=0.0 if lat is not None else None,
            distance_m=0.0,
            mount=MountState.UNKNOWN,
            turn_rps=None,
            impact_mps2=None,
        )


def read_presses(paths: Sequence[Path], settings: TerrainSettings) -> bytes:
    """Read presses of scouting walks as the content of a marks file.

    A file is a walk; where its clock goes back, the next walk begins.

    Raises:
        RouteError: A file is missing, lacks a column or has a cell that is no number.
    """
    data = b""
    for number, path in enumerate(paths, 1):
        data += encode(Everywhere())
        last_s = -math.inf
        for line, row in _rows(path, _MARK_COLUMNS):
            lat, lon = _number(path, line, row, "lat_deg"), _number(path, line, row, "lon_deg")
            if lat is None or lon is None:
                raise RouteError(f"{path}: line {line}: a mark without a position")
            t_s = _number(path, line, row, "t_s")
            if t_s is not None and t_s < last_s:
                data += encode(Everywhere())
            last_s = last_s if t_s is None else t_s
            data += encode(Mark(f"m{number}.{line}", lat, lon, settings.mark_sigma_m))
    return data


def onsets(
    terrain: Terrain, states: Iterator[RunnerState], *, has_bends: bool = False
) -> Iterator[Onset]:
    """Replay a track; yield each obstacle when it is first announced.

    A bend is no obstacle: it has a pattern of its own, and is listed only when asked for.
    """
    bends: set[str] = set()
    for state in states:
        hazards, _ = terrain.step(state)
        for hazard in terrain.news():
            yield Onset(state.t_ns / NS_PER_S, hazard)
        now = {hazard.hazard_id for hazard in hazards if hazard.kind == "bend"}
        for hazard in hazards if has_bends else ():
            if hazard.hazard_id in now - bends:
                yield Onset(state.t_ns / NS_PER_S, hazard)
        bends = now


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise RouteError(f"{path}: line 1: no column {', '.join(missing)}")
            for row in reader:
                yield reader.line_num, {name: row[name] or "" for name in columns}
    except FileNotFoundError:
        raise RouteError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RouteError(f"{path}: cannot be read: {error}") from error


def _number(path: Path, line: int, row: dict[str, str], name: str) -> float | None:
    text = row[name].strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise RouteError(
            f"{path}: line {line}: {name} is not a number: {quoted(text)}"
        ) from None
    if not math.isfinite(value):
        return None
    if abs(value) > _MOST.get(name, math.inf) or (name in _SIZES and value < 0.0):
        raise RouteError(f"{path}: line {line}: {name} is out of range: {quoted(text)}")
    return value
