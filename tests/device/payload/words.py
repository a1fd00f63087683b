"""The few words that every part of the virtual Pi speaks: clock, commands, waiting."""

# ruff: noqa: TID251 - a machine of its own, where time is real

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def boot_ns() -> int:
    """Return the time since power came, on the clock of the log."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def run(*command: str, may_fail: bool = False) -> str:
    """Run a program and return what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def wait_for(what: str, look: Callable[[], T], limit_s: float, step_s: float = 0.1) -> T:
    """Return the first true answer; the limit is only there to end."""
    end_ns = boot_ns() + round(limit_s * 1e9)
    while not (answer := look()):
        if boot_ns() > end_ns:
            raise AssertionError(f"{what}: not within {limit_s} s")
        time.sleep(step_s)
    return answer
