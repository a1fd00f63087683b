"""`backrun run`: the companion, on the real board."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, metavar="F", help="a settings file")
    parser.add_argument(
        "--power-off-file",
        type=Path,
        metavar="F",
        help="touched when the wearer switches the device off",
    )


def run(args: argparse.Namespace) -> int:
    """Run until a signal or the wearer ends it."""
    from backrun_pi.app.installation import installation
    from backrun_pi.app.loading import map_in_force
    from backrun_pi.app.runtime import Companion
    from backrun_pi.hardware.raspberry import RaspberryBoard

    installed = installation(args.config)
    settings = installed.settings
    installed_map = map_in_force(settings.files.map)
    if installed_map.error is not None:
        print(f"backrun: {installed_map.error}", file=sys.stderr)
    is_ended = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_ended
        is_ended = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    board = RaspberryBoard(settings.board, Path(settings.files.root))
    try:
        companion = Companion(
            board, settings, installed_map, installed.plan, set_up_errors=installed.errors
        )
        companion.run(lambda: is_ended)
    finally:
        board.close()
    if companion.is_power_off_asked and args.power_off_file is not None:
        args.power_off_file.touch()
    return 0
