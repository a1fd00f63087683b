"""`backrun motion`: direction, cadence and speed of IMU recordings, at 10 Hz."""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backrun_pi.app.pipeline import ASKED
from backrun_pi.errors import OutputError, RouteError, quoted
from backrun_pi.messages import (
    Direction,
    FixMode,
    FloatArray,
    Gait,
    GnssFix,
    ImuBatch,
    Phase,
    RunnerState,
)
from backrun_pi.motion.estimator import Motion
from backrun_pi.motion.settings import MotionSettings

IMU_COLUMNS = ("t_s", "ax_mps2", "ay_mps2", "az_mps2", "gx_rps", "gy_rps", "gz_rps")
GNSS_COLUMNS = ("t_s", "lat_deg", "lon_deg", "speed_mps", "course_deg", "sigma_m")
MOST = {"t_s": 9e9, "lat_deg": 90.0, "lon_deg": 180.0}
"""[s, deg] What lies beyond is no time that nanoseconds can count, or not on the earth."""
LEAST = {"speed_mps": 0.0, "sigma_m": 0.0}
"""[m/s, m] Sizes, which have no sign."""
TICK_NS = 50_000_000
GNSS_LATENCY_S = 0.2  # how old the values of a FILE.gnss.csv are on arrival


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the files and the output folder."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.csv", help="IMU samples")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="FILE.jsonl go here"
    )
    parser.add_argument(
        "--phases",
        type=Path,
        metavar="FILE.csv",
        help="t_s,phase: what the wearer was asked to do from t_s on; a phase of the coach"
        " (warm_up, backward, recover, ...), forward or backward",
    )


def run(args: argparse.Namespace) -> int:
    """Read, estimate, write one file after the other."""
    phases = [] if args.phases is None else read_phases(args.phases)
    for path in args.files:
        imu = read_imu(path)
        gnss = path.with_suffix(".gnss.csv")
        fixes = read_fixes(gnss) if gnss.exists() else []
        try:
            args.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{args.out}: cannot be made: {error.strerror}") from error
        target = args.out / f"{path.stem}.jsonl"
        _write(target, (line(state) for state in states(imu, fixes, phases)))
        print(f"{path.name}: {len(imu.t_ns)} samples, {len(fixes)} fixes", file=sys.stderr)
    return 0


def states(
    imu: ImuBatch,
    fixes: Sequence[GnssFix],
    phases: Sequence[tuple[int, Direction | None]] = (),
) -> Iterator[RunnerState]:
    """Run the estimator over a recording in ticks of 50 ms, as the companion does.

    Args:
        imu: the samples.
        fixes: the receiver's epochs, by their arrival.
        phases: time [ns] and direction asked for from then on, rising; none without a coach.

    Yields:
        One state every 100 ms; it uses no sample and no fix later than its `t_ns`.
    """
    motion = Motion(MotionSettings(gnss_latency_s=GNSS_LATENCY_S))
    first = int(imu.t_ns[0])
    ticks = range(first + TICK_NS, int(imu.t_ns[-1]) + TICK_NS + 1, TICK_NS)
    starts = np.searchsorted(imu.t_ns, [first, *ticks], side="left").tolist()
    due = asked = 0
    for number, now_ns in enumerate(ticks):
        a, b = starts[number], starts[number + 1]
        batch = None
        if b > a:
            batch = ImuBatch(
                t_ns=imu.t_ns[a:b],
                accel_mps2=imu.accel_mps2[a:b],
                gyro_rps=imu.gyro_rps[a:b],
                accel_lsb_mps2=0.0,
                gyro_lsb_rps=0.0,
                chip_c=None,
                gap_s=0.0,
            )
        arrived = []
        while due < len(fixes) and fixes[due].t_ns < now_ns:
            arrived.append(fixes[due])
            due += 1
        while asked < len(phases) and phases[asked][0] <= now_ns:
            asked += 1
        expected = phases[asked - 1][1] if asked else None
        state = motion.step(now_ns, batch, arrived, expected)
        if number % 2 == 0:  # what was decided holds until the next decision
            yield replace(state, t_ns=max(state.t_ns, int(imu.t_ns[max(0, b - 1)])))


def line(state: RunnerState) -> dict[str, object]:
    """Turn a state into the object of one line."""
    return {
        "t_s": round(state.t_ns * 1e-9, 3),
        "state": _name(state),
        "p_backward": _rounded(state.p_backward, 3),
        "cadence_spm": _rounded(state.cadence_spm, 1),
        "speed_mps": _rounded(state.speed_mps, 2),
        "speed_sigma_mps": _rounded(state.speed_sigma_mps, 2),
        "because": list(state.because),
    }


def _name(state: RunnerState) -> str:
    if state.gait in {Gait.STILL, Gait.TURNING}:
        return str(state.gait.value)
    if state.direction is Direction.UNKNOWN or state.gait is Gait.UNKNOWN:
        return "unknown"
    return f"{state.direction.value}_{state.gait.value}"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def read_imu(path: Path) -> ImuBatch:
    """Read IMU samples.

    Raises:
        RouteError: It is missing or not such a table; the text names the line.
    """
    rows = _plain_table(path, IMU_COLUMNS)
    if rows is None:
        rows = np.array(_table(path, IMU_COLUMNS, ()), dtype=np.float64)
    t_ns = np.round(rows[:, 0] * 1e9).astype(np.int64)
    steps = np.diff(t_ns)
    if (steps <= 0).any():
        raise RouteError(f"{path}: line {int(np.argmax(steps <= 0)) + 3}: time does not rise")
    return ImuBatch(
        t_ns=t_ns,
        accel_mps2=rows[:, 1:4],
        gyro_rps=rows[:, 4:7],
        accel_lsb_mps2=0.0,
        gyro_lsb_rps=0.0,
        chip_c=None,
        gap_s=0.0,
    )


def read_fixes(path: Path) -> list[GnssFix]:
    """Read the receiver's epochs; `t_s` is their arrival.

    Raises:
        RouteError: As `read_imu`.
    """
    rows = _table(
        path, GNSS_COLUMNS, ("course_deg", "speed_mps", "sigma_m", "lat_deg", "lon_deg")
    )
    return [
        GnssFix(
            t_ns=round(t * 1e9),
            utc_s=None,
            mode=FixMode.NONE if math.isnan(lat) or math.isnan(lon) else FixMode.THREE_D,
            lat_deg=_number(lat),
            lon_deg=_number(lon),
            altitude_m=None,
            speed_mps=_number(speed),
            course_rad=None if math.isnan(course) else math.radians(course),
            sigma_m=_number(sigma),
            satellites=None,
            is_estimated=False,
            is_stuck=False,
        )
        for t, lat, lon, speed, course, sigma in rows
    ]


def read_phases(path: Path) -> list[tuple[int, Direction | None]]:
    """Read what the wearer was asked to do: time [ns], and the direction that it promises.

    Raises:
        RouteError: As `read_imu`.
    """
    directions: dict[str, Direction | None] = {p.value: ASKED.get(p) for p in Phase}
    directions |= {d.value: d for d in (Direction.FORWARD, Direction.BACKWARD)}
    found: list[tuple[int, Direction | None]] = []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if not {"t_s", "phase"} <= {name.strip() for name in reader.fieldnames or ()}:
                raise RouteError(f"{path}: line 1: no columns t_s, phase")
            for row in reader:
                name = (row["phase"] or "").strip()
                try:
                    found.append((round(float(row["t_s"]) * 1e9), directions[name]))
                except (TypeError, ValueError, OverflowError):
                    raise RouteError(f"{path}: line {reader.line_num}: not a time") from None
                except KeyError:
                    known = ", ".join(directions)
                    raise RouteError(
                        f"{path}: line {reader.line_num}: {quoted(name)} is no phase ({known})"
                    ) from None
    except FileNotFoundError:
        raise RouteError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RouteError(f"{path}: cannot be read: {error}") from error
    return sorted(found, key=lambda each: each[0])


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _plain_table(path: Path, columns: Sequence[str]) -> FloatArray | None:
    """Return a table of just these columns; None when it has to be read cell by cell."""
    try:
        with path.open(encoding="utf-8") as file:
            head, *lines = file.read().splitlines() or [""]
        if head.strip() != ",".join(columns) or not any(map(str.strip, lines)):
            return None
        rows = np.loadtxt(lines, delimiter=",", comments=None, ndmin=2)
    except (OSError, ValueError):
        return None  # the slow way names the line and the error
    if rows.shape[1] != len(columns) or not np.isfinite(rows).all():
        return None
    return rows if np.abs(rows[:, 0]).max() <= MOST["t_s"] else None


def _table(
    path: Path, columns: Sequence[str], may_be_empty: Sequence[str]
) -> list[list[float]]:
    """Read the columns asked for; an empty cell of a column that may be is NaN."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            names = [name.strip() for name in next(reader, [])]
            missing = [name for name in columns if name not in names]
            if missing:
                raise RouteError(f"{path}: line 1: no column {', '.join(missing)}")
            places = [
                _Place(
                    names.index(name),
                    name in may_be_empty,
                    LEAST.get(name, -MOST.get(name, math.inf)),
                    MOST.get(name, math.inf),
                )
                for name in columns
            ]
            rows = [
                _plain_row(cells, places) or _row(path, reader.line_num, cells, places)
                for cells in reader
                if cells
            ]
    except FileNotFoundError:
        raise RouteError(f"{path}: there is no such file") from None
    except OSError as error:
        raise RouteError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise RouteError(f"{path}: not a table of text: {error}") from error
    if not rows:
        raise RouteError(f"{path}: line 2: no samples")
    return rows


class _Place(NamedTuple):
    """Where a column stands, and what it may hold."""

    at: int
    may_be_empty: bool
    least: float
    most: float


def _plain_row(cells: Sequence[str], places: Sequence[_Place]) -> list[float] | None:
    """Return the values of a row without a gap or an error: there are many."""
    try:
        values = [float(cells[place.at]) for place in places]
    except (ValueError, IndexError):
        return None
    is_plain = all(
        place.least <= value <= place.most for value, place in zip(values, places, strict=True)
    )
    return values if is_plain and math.isfinite(sum(values)) else None


def _row(
    path: Path, number: int, cells: Sequence[str], places: Sequence[_Place]
) -> list[float]:
    values = []
    for place, may_be_empty, least, most in places:
        text = cells[place].strip() if place < len(cells) else ""
        try:
            value = math.nan if not text and may_be_empty else float(text)
        except ValueError:
            raise RouteError(f"{path}: line {number}: not a number: {quoted(text)}") from None
        if not (math.isfinite(value) or (may_be_empty and math.isnan(value))):
            raise RouteError(f"{path}: line {number}: not a finite number: {quoted(text)}")
        if value < least or value > most:  # a gap is neither
            raise RouteError(f"{path}: line {number}: out of range: {quoted(text)}")
        values.append(value)
    return values


def _write(target: Path, lines: Iterator[dict[str, object]]) -> None:
    from backrun_pi.files import named_in_errors, replacing

    with (
        named_in_errors(target),
        replacing(target) as new,
        new.open("w", encoding="utf-8") as file,
    ):
        file.writelines(json.dumps(each) + "\n" for each in lines)
