"""Counts the instructions of the companion for a second of session, under valgrind.

Usage: python benchmarks/instructions.py [--at-most MILLIONS] [--start-at-most MILLIONS]
           [--by room|function]

CPU time depends on the machine and on what else it does; a count of instructions does not: it
repeats to a permille. What the twin answers in a park session is put on a tape first. Then the
companion alone runs from that tape, once for a minute and once for two; the difference is a
minute after start-up. The start is that of `backrun run` to the end of its first tick, from
compiled files as the package installs them. The counts are x86-64's; 64-bit Arm needs about as
many for the same C (Blem, Menon and Sankaralingam, HPCA 2013). `--by` prints where the time of
the second minute goes. Exit status 1: more than a limit.
"""

from __future__ import annotations

import argparse
import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shares

if "--start" in sys.argv:
    # It comes with development tools; where the package is installed it is absent.
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]

from backrun_pi.app.loading import map_in_force, plan_in_force
from backrun_pi.app.runtime import TICK_NS, Companion

SHORT_S, LONG_S = 60, 120
TICKS_HZ = 1_000_000_000 // TICK_NS
PARTS = ("clock", "i2c", "gnss", "motor", "button", "storage")
CALLS = ("status", "notify", "close")
A53_HZ = 1.0e9
"""[1/s] Clock of a Zero 2 W."""
A53_PER_CYCLE = 0.5
"""[-] Assumed: an in-order core that issues two at best, on an interpreter that jumps a lot and
overflows its 32 KiB caches. Never measured on a Pi."""
FIXED = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
MOST_LINES = 40
VALGRIND = [
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--branch-sim=no",
    "--cachegrind-out-file=/dev/null",
]

Entry = tuple[str, Any, BaseException | None]
"""Name of a call, what it returned, what it raised."""


class Recorder:
    """A part of the twin whose answers go onto the tape."""

    def __init__(self, name: str, part: Any, tape: list[Entry]) -> None:
        self._name, self._part, self._tape = name, part, tape

    def __getattr__(self, method: str) -> Any:
        """Return the part's method, taped; a plain value as it is."""
        call = getattr(self._part, method)
        if not callable(call):
            return call

        def taped(*args: Any) -> Any:
            try:
                answer = call(*args)
            except Exception as error:
                self._tape.append((f"{self._name}.{method}", None, error))
                raise
            self._tape.append((f"{self._name}.{method}", answer, None))
            return answer

        return taped


class Player:
    """Stands where a part of the board stands, and answers from the tape."""

    failure: str | None = None
    """As of the twin's motor: none may still be on although it should be off."""

    def __init__(self, name: str, title: str | None, take: Callable[[str], Any]) -> None:
        self._name, self._take = name, take
        self.name = title

    def __getattr__(self, method: str) -> Any:
        """Return a method that answers what the tape says comes next."""
        key, take = f"{self._name}.{method}", self._take

        def answer(*_: Any) -> Any:
            return take(key)

        self.__dict__[method] = answer
        return answer


class TapeBoard:
    """A board whose every answer was given before."""

    partner = right_motor = None

    def __init__(self, tape: list[Entry], constants: dict[str, Any]) -> None:
        self._tape, self._at = tape, 0
        self._workers: list[Any] = []
        self.boot_id, self.gauge = constants["boot_id"], constants["gauge"]
        for name in PARTS:
            setattr(self, name, Player(name, constants["names"].get(name), self._take))
        for name in CALLS:
            setattr(self, name, getattr(Player("board", None, self._take), name))

    def background(self, name: str, step: Callable[[], None]) -> Any:
        """Run `step` whenever it was woken and the loop waits."""
        from backrun_pi.sim.worker import SimWorker

        worker = SimWorker(name, step, lambda: False)
        self._workers.append(worker)
        return worker

    def _take(self, key: str) -> Any:
        if key == "clock.sleep_until_ns":
            for worker in self._workers:
                worker.catch_up()
        name, answer, fault = self._tape[self._at]
        self._at += 1
        if name != key:
            raise LookupError(f"the tape has {name} where the companion asks {key}")
        if fault is not None:
            raise fault
        return answer


class TapedTwin:
    """The twin, with a tape running."""

    def __init__(self, twin: Any, tape: list[Entry]) -> None:
        self._twin, self._whole = twin, Recorder("board", twin, tape)
        for name in PARTS:
            setattr(self, name, Recorder(name, getattr(twin, name), tape))

    def __getattr__(self, name: str) -> Any:
        """Return the rest of the board."""
        return getattr(self._whole if name in CALLS else self._twin, name)


def park() -> tuple[Any, dict[str, Any]]:
    """Return the scenario, and what `backrun simulate` makes the companion with for it."""
    from backrun_pi.app.resources import shipped
    from backrun_pi.app.settings import Settings, with_tables
    from backrun_pi.sim.scenario import load

    scenario = load(shipped("scenarios/park.toml"))
    settings = with_tables(Settings(), scenario.settings, "park.toml")
    return scenario, {"settings": settings, "map": str(scenario.map_path or "")}


def companion_on(board: Any, given: dict[str, Any], plan: Any = None) -> Companion:
    """Return the program as `backrun simulate` makes it for the park."""
    settings = given["settings"]
    installed_map = map_in_force(given["map"])
    return Companion(board, settings, installed_map, plan or plan_in_force(settings))


def ticks(companion: Companion, clock: Any, seconds: int) -> None:
    """Run the loop, and do not close it: the tape goes on."""
    next_ns = clock.now_ns()
    companion.tick()
    for _ in range(seconds * TICKS_HZ):
        next_ns = max(next_ns + TICK_NS, clock.now_ns())
        clock.sleep_until_ns(next_ns)
        companion.tick()


def record(folder: Path, seconds: int = LONG_S) -> Path:
    """Put what the twin answers in so much of the session onto a tape."""
    from backrun_pi.sim.board import TwinBoard

    tape: list[Entry] = []
    scenario, given = park()
    twin = TwinBoard(scenario, folder / f"card{seconds}")
    board: Any = TapedTwin(twin, tape)
    ticks(companion_on(board, given), board.clock, seconds)
    constants = {
        **given,
        "boot_id": twin.boot_id,
        "gauge": twin.gauge,
        "names": {"gnss": twin.gnss.name, "motor": twin.motor.name},
    }
    path = folder / f"tape{seconds}"
    path.write_bytes(pickle.dumps((tape, constants)))
    return path


def play(path: Path, seconds: int) -> None:
    """Run the companion from the tape and leave at once: this is what is counted."""
    tape, constants = pickle.loads(path.read_bytes())  # noqa: S301 - our own tape
    board: Any = TapeBoard(tape, constants)
    ticks(companion_on(board, constants), board.clock, seconds)
    os._exit(0)


def start(path: Path) -> None:
    """Do what `backrun run` does until it is ready, the first tick on the tape's answers."""
    import backrun_pi.cli.main
    import backrun_pi.cli.run
    import backrun_pi.hardware.raspberry  # noqa: F401
    from backrun_pi.app.installation import installation

    file = path.with_suffix(".toml")
    file.write_text(f'[files]\nroot = "{path.parent / "device"}"\n', encoding="utf-8")
    installed = installation(file)
    tape, constants = pickle.loads(path.read_bytes())  # noqa: S301 - our own tape
    board: Any = TapeBoard(tape, constants)
    ticks(companion_on(board, constants, installed.plan), board.clock, 0)
    os._exit(0)


def count(words: list[str], pycache: Path) -> int:
    """Return how many instructions this program takes with these words, from compiled files."""
    env = {**os.environ, **FIXED, "PYTHONPYCACHEPREFIX": str(pycache)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, __file__, *words]
    if not pycache.exists():
        subprocess.run(command, check=True, env=env)
    done = subprocess.run(
        [*VALGRIND, *command], capture_output=True, text=True, check=False, env=env
    )
    found = re.search(r"I +refs: +([\d,]+)", done.stderr)
    if done.returncode or found is None:
        raise ChildProcessError(done.stderr[-2000:])
    return int(found[1].replace(",", ""))


def print_shares(path: Path, by: str) -> None:
    """Print where the time of the second minute goes."""
    tape, constants = pickle.loads(path.read_bytes())  # noqa: S301 - our own tape
    board: Any = TapeBoard(tape, constants)
    companion = companion_on(board, constants)
    ticks(companion, board.clock, SHORT_S)

    def go_on() -> None:
        for _ in range((LONG_S - SHORT_S) * TICKS_HZ):
            board.clock.now_ns()
            board.clock.sleep_until_ns(0)
            companion.tick()

    functions = shares.by_function(shares.profiled(go_on))
    total = sum(functions.values())
    if by == "room":
        for room, seconds in by_size(shares.by_room(functions)):
            print(f"{seconds / total:6.1%} {room}")
        return
    for (file, line, name), seconds in by_size(functions)[:MOST_LINES]:
        print(f"{seconds / total:6.1%} {file.split(shares.PACKAGE)[-1]}:{line} {name}")


def by_size(table: dict[Any, float]) -> list[tuple[Any, float]]:
    """Return the rows of a table, the largest first."""
    return sorted(table.items(), key=lambda row: -row[1])


def main() -> int:
    """Print the figures; 1 when there are more instructions than allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-most", type=float, metavar="MILLIONS")
    parser.add_argument("--start-at-most", type=float, metavar="MILLIONS")
    parser.add_argument("--by", choices=("room", "function"))
    parser.add_argument("--play", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--start", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.start is not None:
        start(args.start)
    if args.play is not None:
        play(args.play, args.seconds)
    with tempfile.TemporaryDirectory() as folder:
        tape, pycache = record(Path(folder)), Path(folder) / "pycache"
        if args.by is not None:
            print_shares(tape, args.by)
            return 0
        begun = count(["--start", str(record(Path(folder), 0))], pycache)
        played = ["--play", str(tape), "--seconds"]
        short, long = (count([*played, str(span_s)], pycache) for span_s in (SHORT_S, LONG_S))
    per_second = (long - short) / (LONG_S - SHORT_S)
    load_p = per_second / A53_PER_CYCLE / A53_HZ
    print(f"instructions per second of session   {per_second / 1e6:8.1f} million")
    print(f"instructions of the start            {begun / 1e6:8.0f} million")
    print(
        f"a Cortex-A53 at {A53_HZ / 1e9:.0f} GHz, {A53_PER_CYCLE} per cycle assumed: "
        f"{load_p:.0%} of one core, start {begun / A53_PER_CYCLE / A53_HZ:.1f} s"
    )
    limits = ((args.at_most, per_second), (args.start_at_most, begun))
    over = [most for most, counted in limits if most is not None and counted > most * 1e6]
    for most in over:
        print(f"more than {most:g} million")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
