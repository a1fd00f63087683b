"""Two sessions on the twin decide what they decided when their references were written.

One has no map and loses its sensors, the other is the park with its map: alerts, hazards,
places and what the runner did are kept, so that a change of any of them is seen in its commit.
A change on purpose rewrites the references in the same commit: BACKRUN_REWRITE=1 make test
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backrun_pi.cli.main import main
from backrun_pi.messages import Alert, CoachState, OncomingHazard, Place, RunnerState, Tick
from backrun_pi.record.reader import read_session
from tests.support.short_training import SHORT

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "config" / "scenarios"
NEAR_S = 0.15  # three ticks: what a sum in another order may move
Row = dict[str, object]


def _scenario(name: str, folder: Path) -> Path:
    if name == "park":
        return SCENARIOS / "park.toml"
    path = folder / "short.toml"
    path.write_text(SHORT.format(plan=SCENARIOS.parent / "plans" / "default.toml"))
    return path


def _changes(session: Path) -> Iterator[tuple[float, Row]]:
    """Yield what was decided, when it changes, by seconds since the first tick."""
    start_ns: int | None = None
    last: dict[str, Row] = {}
    seen: dict[str, str] = {}
    for record in read_session(session):
        message = record.message
        if isinstance(message, Tick) and start_ns is None:
            start_ns = message.t_ns
        if start_ns is None:
            continue
        row: Row | None = None
        match message:
            case Alert():
                row = {"alert": message.condition.value, "key": message.key}
            case CoachState():
                row = {"phase": message.phase.value, "bout": message.bout}
            case RunnerState():
                row = {"direction": message.direction.value, "gait": message.gait.value}
            case Place():
                row = {"guiding": message.is_guiding, "busy": message.busy_kind}
            case OncomingHazard() if seen.get(message.hazard_id) != message.stage.value:
                seen[message.hazard_id] = message.stage.value
                row = {"hazard": message.hazard_id, "stage": message.stage.value}
            case _:
                pass
        kind = type(message).__name__
        if row is None or (kind != "Alert" and last.get(kind) == row):
            continue
        last[kind] = row
        yield round((message.t_ns - start_ns) * 1e-9, 2), row


@pytest.mark.slow
@pytest.mark.parametrize("name", ["park", "short"])
def test_a_session_decides_what_its_reference_did(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    # Status 0: what the scenario expects was felt in time.
    assert main(["simulate", str(_scenario(name, tmp_path)), "--out", str(out), "--quiet"]) == 0
    (session,) = (out / "sessions").iterdir()
    found = [{"t_s": t_s, **row} for t_s, row in _changes(session)]
    reference = HERE / f"{name}.jsonl"
    if os.environ.get("BACKRUN_REWRITE"):
        reference.write_text("".join(json.dumps(row) + "\n" for row in found))
    expected = [json.loads(line) for line in reference.read_text().splitlines()]
    for row, wish in zip(found, expected, strict=False):
        assert {**row, "t_s": 0} == {**wish, "t_s": 0}, f"at {row['t_s']} s"
        assert row["t_s"] == pytest.approx(wish["t_s"], abs=NEAR_S)
    assert len(found) == len(expected)
