"""`backrun patterns`: the vocabulary of cues, listed, drawn, or played slowly."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backrun_pi.errors import BadInput

if TYPE_CHECKING:
    from backrun_pi.app.settings import Settings
    from backrun_pi.hardware.ports import Board

SLOWER = 2.0  # a cue is learned at half its speed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw it")
    parser.add_argument(
        "--play", metavar="NAME", help="play one on the motor, slowly; or 'all'"
    )


def run(args: argparse.Namespace) -> int:
    """List, draw or play."""
    from backrun_pi.haptics.patterns import PATTERNS

    if args.svg is not None:
        from backrun_pi.haptics.drawing import draw

        _write(args.svg, draw(tuple(PATTERNS.values())))
        print(args.svg, file=sys.stderr)
        return 0
    if args.play is not None:
        return _play(args.play)
    for pattern in PATTERNS.values():
        beats = pattern.shown()
        if args.json:
            row = {
                "name": pattern.name,
                "rhythm": pattern.rhythm.value,
                "on_s": [beat.on_s for beat in beats],
                "gap_s": [beat.gap_s for beat in beats],
                "is_counting": pattern.is_counting,
                "meaning": pattern.meaning,
            }
            print(json.dumps(row))
        else:
            shape = " ".join("▬" * max(1, round(beat.on_s / 0.15)) for beat in beats)
            print(f"{pattern.name:15} {shape:34} {pattern.meaning}")
    return 0


def _write(path: Path, text: str) -> None:
    from backrun_pi.files import named_in_errors, write_atomic

    with named_in_errors(path):
        write_atomic(path, text.encode())


def _play(name: str) -> int:
    from backrun_pi.haptics.patterns import PATTERNS

    names = list(PATTERNS) if name == "all" else [name]
    unknown = [one for one in names if one not in PATTERNS]
    if unknown:
        raise BadInput(f"--play {unknown[0]}: no such pattern; known are {', '.join(PATTERNS)}")
    from backrun_pi.app.settings import load_settings
    from backrun_pi.hardware.raspberry import RaspberryBoard

    settings = load_settings(None)
    board = RaspberryBoard(settings.board, Path(settings.files.root))
    try:
        play_slowly(board, settings, names)
    finally:
        board.close()
    return 0


def play_slowly(board: Board, settings: Settings, names: list[str]) -> None:
    """Play cues at half their speed, each under its meaning. Raises MotorFault."""
    from backrun_pi.app.play_pattern import play_pattern
    from backrun_pi.haptics.patterns import PATTERNS
    from backrun_pi.hardware.motors import Motors

    motors = Motors(board, settings.motor)
    print(f"on {' and '.join(motors.names)}", file=sys.stderr)
    for name in names:
        print(f"{name}: {PATTERNS[name].meaning}", file=sys.stderr, flush=True)
        play_pattern(motors, board.clock, name, settings.haptics.strength, SLOWER)
