"""What a Raspberry Pi can tell is wrong with its own setup, and how to fix it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from backrun_pi.hardware.ports import Issue
from backrun_pi.hardware.settings import BoardSettings

THROTTLED = "devices/platform/soc/soc:firmware/get_throttled"
"""[hex bits] What the firmware saw, below /sys (Raspberry Pi kernels)."""
UNDERVOLTED_ONCE = 1 << 16
"""Bit: the supply was too low at some time since boot (get_throttled documentation)."""
MINI_UART = "ttyS0"
"""The UART whose speed follows the core clock; the good one is ttyAMA0."""
INSTALL = "sudo firmware/install.sh, then reboot"


def issues(settings: BoardSettings, root: Path = Path("/")) -> Iterator[Issue]:
    """Yield what is wrong.

    Args:
        settings: The wiring.
        root: Where dev, proc and sys are.
    """
    yield from _rights(settings, root)
    yield from _console(settings, root)
    bits = _text(root / "sys" / THROTTLED)
    if bits and int(bits, 16) & UNDERVOLTED_ONCE:
        yield Issue(
            "the supply fell too low at some time since boot",
            "a thicker or shorter cable, a stronger boost board, a charged cell",
        )


def _rights(settings: BoardSettings, root: Path) -> Iterator[Issue]:
    for name, group in (
        (f"dev/i2c-{settings.i2c_bus}", "i2c"),
        ("dev/gpiochip0", "gpio"),
        (settings.gnss_port.lstrip("/"), "dialout"),
    ):
        path = root / name
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            yield Issue(
                f"no right to use /{name}",
                f"sudo adduser $USER {group}, then log in again",
            )


def _console(settings: BoardSettings, root: Path) -> Iterator[Issue]:
    line = root / settings.gnss_port.lstrip("/")
    if not line.exists():
        return
    device = line.resolve().name
    words = (_text(root / "proc/cmdline") or "").split()
    if any(word.partition("=")[2].partition(",")[0] == device for word in words):
        yield Issue(
            f"the system's console is still on {device}, the receiver's line",
            f"{INSTALL}: it takes the console out of cmdline.txt",
        )
    if device == MINI_UART:
        yield Issue(
            "the receiver's line is the mini UART, whose speed follows the core clock",
            f"{INSTALL}: dtoverlay=disable-bt gives it the full UART",
        )


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:  # this system does not have it
        return None
