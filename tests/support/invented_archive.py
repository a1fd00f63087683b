"""An archive of invented sessions: as many as asked for, the same for the same seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from backrun_pi.review.exports.parquet_archive import schema

FIRST_DAY = datetime(2025, 9, 1, 7, 0, tzinfo=UTC)
BOUTS, BOUT_S, REST_S, STAND_S = 5, 50, 50, 20
SESSION_S = STAND_S + BOUTS * (BOUT_S + REST_S)  # 520 rows a session
GROUPS = ("knees", "hamstrings", "runners")
PLACES = 40


def invented_archive(
    out: Path, *, sessions: int, wearers: int = 200, seed: int = 1
) -> dict[str, int]:
    """Write an archive, one file per wearer and table, and return its rows by table."""
    rng = np.random.default_rng(seed)
    counts = np.full(wearers, sessions // wearers)
    counts[: sessions % wearers] += 1
    rows: dict[str, int] = {}
    for number, count in enumerate(counts):
        for table, columns in _of_wearer(number, int(count), rng).items():
            made = pa.table(columns, schema=schema(table))
            path = out / table / "year=2025" / f"w{number:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            parquet.write_table(made, path, compression="zstd")
            rows[table] = rows.get(table, 0) + made.num_rows
    return rows


def _of_wearer(number: int, count: int, rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    wearer = f"w{number:05d}"
    names = [f"{wearer}-{n:05d}" for n in range(count)]
    is_leaving = rng.random() < 0.2
    days = np.cumsum(rng.integers(2, 6, count)) + int(rng.integers(0, 60))
    if is_leaving:
        days = np.minimum(days, days[0] + 40)
    starts = [FIRST_DAY + timedelta(days=int(day), seconds=number) for day in days]
    pace = rng.uniform(0.7, 1.5) * (1.0 + 0.002 * np.arange(count))
    bouts = _bouts(names, pace, rng)
    return {
        "sessions": _sessions(names, wearer, number, starts, bouts, rng),
        "seconds": _seconds(names, starts, pace, rng),
        "bouts": bouts,
        "alerts": _alerts(names, rng),
        "hazards": _hazards(names, rng),
        "places": _places(names, pace, rng),
    }


def _some(rng: np.random.Generator, values: Any, share: float) -> Any:
    """Return values, a share of them unknown."""
    return pa.array(values, mask=rng.random(len(values)) < share)


def _sessions(
    names: list[str],
    wearer: str,
    number: int,
    starts: list[datetime],
    bouts: dict[str, Any],
    rng: np.random.Generator,
) -> dict[str, Any]:
    count = len(names)
    backward_m = np.asarray(bouts["backward_m"]).reshape(count, BOUTS).sum(axis=1)
    early = np.asarray(bouts["is_early_end"]).reshape(count, BOUTS).sum(axis=1)
    is_dated = rng.random(count) >= 0.01
    return {
        "session": names,
        "wearer": [wearer] * count,
        "wearer_group": [GROUPS[number % len(GROUPS)]] * count,
        "kind": ["treadmill" if u < 0.1 else "training" for u in rng.random(count)],
        "start_utc": [s if dated else None for s, dated in zip(starts, is_dated, strict=True)],
        "day": [s.date() if dated else None for s, dated in zip(starts, is_dated, strict=True)],
        "duration_s": np.full(count, float(SESSION_S)),
        "distance_m": backward_m * 2.1,
        "backward_s": np.full(count, float(BOUTS * BOUT_S)),
        "backward_m": backward_m,
        "bouts_done": BOUTS - early,
        "bouts_planned": np.full(count, BOUTS),
        "alerts": rng.integers(5, 60, count),
        "stops": rng.integers(0, 4, count),
        "looks_left": rng.integers(5, 12, count),
        "looks_right": rng.integers(5, 12, count),
        "faults": rng.integers(0, 2, count),
        "is_refused": rng.random(count) < 0.02,
        "is_broken_off": rng.random(count) < 0.03,
    }


def _seconds(
    names: list[str], starts: list[datetime], pace: Any, rng: np.random.Generator
) -> dict[str, Any]:
    count, size = len(names), len(names) * SESSION_S
    t_s = np.tile(np.arange(SESSION_S, dtype=float), count)
    cycle = (t_s - STAND_S) % (BOUT_S + REST_S)
    is_moving = t_s >= STAND_S
    is_backward = is_moving & (cycle < BOUT_S)
    speed = np.repeat(pace, SESSION_S) * np.where(is_moving, 1.0, 0.0)
    speed = np.maximum(0.0, speed + rng.normal(0.0, 0.15, size) * is_moving)
    start_us = np.array([s.replace(tzinfo=None) for s in starts], "M8[us]")
    utc = np.repeat(start_us, SESSION_S) + (t_s * 1e6).astype("m8[us]")
    step = np.where(is_moving, ((t_s - STAND_S) // (0.5 * (BOUT_S + REST_S))), 0)
    unknown = pa.nulls(size, pa.float64())
    return {
        "session": np.repeat(names, SESSION_S),
        "t_s": t_s,
        "utc": utc,
        "phase": np.where(is_backward, "backward", "recover"),
        "direction": np.where(
            is_backward, "backward", np.where(is_moving, "forward", "unknown")
        ),
        "gait": np.where(is_moving, np.where(speed > 1.6, "run", "walk"), "still"),
        "step": step.astype(np.int64),
        "p_backward": np.where(is_backward, 0.98, 0.02),
        "speed_mps": _some(rng, speed, 0.02),
        "speed_cap_mps": np.where(is_backward, 1.2, np.nan),
        "cadence_spm": _some(rng, 90.0 + 40.0 * speed + rng.normal(0.0, 4.0, size), 0.02),
        "distance_m": np.cumsum(speed.reshape(count, SESSION_S), axis=1).ravel(),
        "lat_deg": unknown,
        "lon_deg": unknown,
        "sigma_m": np.full(size, 2.5),
        "hazard": pa.nulls(size, pa.string()),
    }


def _bouts(names: list[str], pace: Any, rng: np.random.Generator) -> dict[str, Any]:
    size = len(names) * BOUTS
    speed = np.repeat(pace, BOUTS) + rng.normal(0.0, 0.05, size)
    number = np.tile(np.arange(BOUTS), len(names))
    return {
        "session": np.repeat(names, BOUTS),
        "bout": number + 1,
        "step": 2 * number,
        "start_s": STAND_S + number * float(BOUT_S + REST_S),
        "duration_s": np.full(size, float(BOUT_S)),
        "planned_s": np.full(size, float(BOUT_S)),
        "backward_s": rng.uniform(0.8, 1.0, size) * BOUT_S,
        "backward_m": speed * BOUT_S,
        "speed_mps": speed,
        "speed_sd_mps": rng.uniform(0.05, 0.25, size),
        "speed_cap_mps": np.full(size, 1.2),
        "cadence_spm": 90.0 + 40.0 * speed,
        "cadence_sd_spm": rng.uniform(2.0, 9.0, size),
        "asymmetry_p": _some(rng, rng.uniform(0.0, 0.12, size), 0.1),
        "looks_left": rng.integers(0, 3, size),
        "looks_right": rng.integers(0, 3, size),
        "alerts": rng.integers(0, 3, size),
        "is_early_end": rng.random(size) < 0.1,
    }


def _alerts(names: list[str], rng: np.random.Generator) -> dict[str, Any]:
    each = rng.integers(2, 12, len(names))
    size = int(each.sum())
    is_stop = rng.random(size) < 0.2
    after = np.where(is_stop, rng.gamma(4.0, 0.25, size), np.nan)
    return {
        "session": np.repeat(names, each),
        "t_s": rng.uniform(STAND_S, SESSION_S, size),
        "condition": np.where(is_stop, "stop_hazard", "caution_hazard"),
        "priority": np.where(is_stop, "stop", "caution"),
        "place": _some(rng, _place(size, rng), 0.1),
        "standing_after_s": pa.array(after, mask=~is_stop | (rng.random(size) < 0.05)),
        "lat_deg": pa.nulls(size, pa.float64()),
        "lon_deg": pa.nulls(size, pa.float64()),
    }


def _hazards(names: list[str], rng: np.random.Generator) -> dict[str, Any]:
    each = rng.integers(0, 8, len(names))
    size = int(each.sum())
    return {
        "session": np.repeat(names, each),
        "t_s": rng.uniform(STAND_S, SESSION_S, size),
        "kind": np.where(rng.random(size) < 0.5, "bench", "bollard"),
        "place": _some(rng, _place(size, rng), 0.1),
        "severity": rng.integers(1, 4, size),
        "contact_s": _some(rng, rng.uniform(0.2, 9.0, size), 0.2),
        "distance_m": rng.uniform(0.5, 15.0, size),
        "lat_deg": pa.nulls(size, pa.float64()),
        "lon_deg": pa.nulls(size, pa.float64()),
    }


def _places(names: list[str], pace: Any, rng: np.random.Generator) -> dict[str, Any]:
    size = 2 * len(names)
    time_s = rng.uniform(40.0, 120.0, size)
    return {
        "session": np.repeat(names, 2),
        "place": _place(size, rng),
        "backward_s": time_s,
        "backward_m": time_s * np.repeat(pace, 2),
        "looks": rng.integers(0, 10, size),
        "alerts": rng.integers(0, 6, size),
    }


def _place(size: int, rng: np.random.Generator) -> Any:
    return np.char.add("p", rng.integers(0, PLACES, size).astype(str))
