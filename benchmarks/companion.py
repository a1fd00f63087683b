"""Prints what the whole companion costs: CPU, latency, memory, start, speed of a simulation.

Usage: python benchmarks/companion.py [SCENARIO]

The goals are those of the design; the figures are this machine's. CPU of the companion is all
CPU of the run less what the twin itself uses, which is measured around the boundary's calls.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from backrun_pi.app.loading import map_in_force, plan_in_force
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.resources import shipped
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings, with_tables
from backrun_pi.sim.board import TwinBoard
from backrun_pi.sim.scenario import load


class Meter:
    """Counts the CPU spent inside some calls of the twin."""

    def __init__(self) -> None:
        self.cpu_s = 0.0
        self._depth = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return the call, metered; nested calls count once."""

        def metered(*args: Any, **words: Any) -> Any:
            self._depth += 1
            began_s = time.process_time()
            try:
                return call(*args, **words)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.cpu_s += time.process_time() - began_s

        return metered


def main() -> None:
    """Run a scenario and print the table."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else shipped("scenarios/park.toml")
    scenario = load(path)
    settings = with_tables(Settings(), scenario.settings, str(path))
    installed_map = map_in_force(str(scenario.map_path or ""))
    meter = Meter()
    latencies_ms: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        board = TwinBoard(scenario, Path(folder))
        for part, names in (
            (board.i2c, ("read", "write")),
            (board.gnss, ("read", "write")),
            (board.world, ("advance",)),
        ):
            for name in names:
                setattr(part, name, meter.around(getattr(part, name)))

        def follow(inputs: Inputs, outputs: Outputs) -> None:
            if inputs.imu is None:
                return
            oldest_ns = int(inputs.imu.t_ns[0])
            latencies_ms.extend(
                (pulse.t_ns - oldest_ns) * 1e-6 for pulse in outputs.haptics.pulses
            )

        companion = Companion(board, settings, installed_map, plan_in_force(settings), follow)
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        companion.run(board.is_over)
        wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    seconds = scenario.duration_s
    rows = [
        (
            "companion, CPU per second",
            f"{(cpu_s - meter.cpu_s) / seconds * 1e3:.1f} ms",
            "<= 12",
        ),
        ("twin, CPU per second", f"{meter.cpu_s / seconds * 1e3:.1f} ms", ""),
        ("simulation, times real time", f"{seconds / wall_s:.0f}", ">= 80"),
        ("oldest sample to motor, p99", f"{np.percentile(latencies_ms, 99):.0f} ms", "<= 60"),
        (
            "resident memory",
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB",
            "<= 90",
        ),
        ("start of the process to ready", f"{_start_s():.2f} s", "<= 1.5"),
    ]
    print(f"{path.name}, {seconds:.0f} s")
    for name, figure, goal in rows:
        print(f"{name:<32}{figure:>12}   {goal}")


def _start_s() -> float:
    """Return the time of a whole process that ticks once on the twin."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "one.toml"
        scenario.write_text('duration_s = 0.05\n[gnss]\nchip = "none"\n', encoding="utf-8")
        words = [sys.executable, "-c", _TICK, str(scenario), folder]
        began_s = time.perf_counter()
        subprocess.run(words, check=True)
        return time.perf_counter() - began_s


_TICK = """
import sys
from pathlib import Path
from backrun_pi.app.loading import NO_MAP, plan_in_force
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings
from backrun_pi.sim.board import TwinBoard
from backrun_pi.sim.scenario import load
board = TwinBoard(load(Path(sys.argv[1])), Path(sys.argv[2]) / "card")
Companion(board, Settings(), NO_MAP, plan_in_force(Settings())).run(board.is_over)
"""

if __name__ == "__main__":
    main()
