"""A twin from a few lines of TOML, for the tests of the twin."""

from __future__ import annotations

from pathlib import Path

from backrun_pi.sim.board import TwinBoard
from backrun_pi.sim.scenario import Scenario, load


def scenario(folder: Path, text: str) -> Scenario:
    """Write a scenario file and load it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def board(folder: Path, text: str) -> TwinBoard:
    """Return a board of a scenario with its card in a folder."""
    return TwinBoard(scenario(folder, text), folder / "card")


def run_to(twin: TwinBoard, elapsed_s: float) -> None:
    """Let time pass in ticks of 50 ms."""
    while twin.elapsed_s < elapsed_s - 1e-9:
        until_ns = twin.clock.now_ns() + 50_000_000
        twin.clock.sleep_until_ns(min(until_ns, twin.clock.board_ns(elapsed_s)))
