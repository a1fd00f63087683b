"""The virtual Pi as the proofs use it: package, pins, sensor, units, motor trace."""

# ruff: noqa: TID251 - a machine of its own, where time is real

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BOARD: Any = importlib.import_module("pi_board")  # the bench brings it
BUTTON, MOTOR = 17, 18
HOME = Path("/var/lib/backrun")
CONFIG = """[board]
gnss_port = "/dev/ttyS1"
[coach]
mode = "treadmill"
"""
DROP_IN = """[Service]
BindReadOnlyPaths=/run/cpuinfo:/proc/cpuinfo
# an emulated processor on a busy host is some twenty times slower than a Pi
TimeoutStartSec=300
TimeoutStopSec=60
"""


def run(*command: str, may_fail: bool = False) -> str:
    """Run a program and return what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def wait_for(what: str, is_there: Callable[[], Any], limit_s: float) -> float:
    """Return after how many seconds it was there."""
    begin = time.monotonic()
    while not is_there():
        if time.monotonic() - begin > limit_s:
            raise AssertionError(f"{what}: not within {limit_s} s")
        time.sleep(0.02)
    return time.monotonic() - begin


class Device:
    """A Pi with the package installed, its sensor on the bus and its button released."""

    def __init__(self) -> None:
        self._install()
        BOARD.pretend_zero2w()
        self.gpio = BOARD.SimulatedGpio([BUTTON, MOTOR], persist=True)
        self.gpio.pull(BUTTON, up=True)
        run("modprobe", "-a", "i2c-user", "i2c-dev")
        self.imu = subprocess.Popen(
            [sys.executable, "-m", "tests.device.payload.imu_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.imu.stdout is not None
        assert self.imu.stdout.readline() == "READY\n"
        run("udevadm", "trigger", "-c", "change", "-s", "gpio", "-s", "i2c-dev")
        run("udevadm", "settle")

    def _install(self) -> None:
        """Install the package; Debian has no lgpio, Raspberry Pi OS has: take the wheel."""
        for found in Path("/opt/vmbench/python").glob("*lgpio*"):
            target = Path("/usr/lib/python3/dist-packages") / found.name
            if found.is_dir():
                shutil.copytree(found, target, dirs_exist_ok=True)
            else:
                shutil.copy(found, target)
        package = next(Path("/payload").glob("backrun_*.deb"))
        run("dpkg", "--force-depends", "-i", str(package))
        Path("/etc/backrun/backrun.toml").write_text(CONFIG)
        drop_in = Path("/etc/systemd/system/backrun.service.d/virtual.conf")
        drop_in.parent.mkdir(parents=True)
        drop_in.write_text(DROP_IN)
        run("udevadm", "control", "--reload")
        run("systemctl", "daemon-reload")

    def bus(self, words: str) -> None:
        """Tell the sensor's server a fault."""
        assert self.imu.stdin is not None
        self.imu.stdin.write(words + "\n")
        self.imu.stdin.flush()

    def press(self, seconds: float) -> None:
        """Press the button for so long."""
        self.gpio.pull(BUTTON, up=False)
        time.sleep(seconds)
        self.gpio.pull(BUTTON, up=True)

    def is_buzzing(self) -> bool:
        """Return whether the motor's pin is high now (PWM: looked at often)."""
        return any(self.gpio.level(MOTOR) for _ in range(40))

    def pid(self) -> int:
        """Return the companion's process, 0 when there is none."""
        return int(run("systemctl", "show", "-P", "MainPID", "backrun"))

    def journal(self) -> str:
        """Return what the companion's unit said."""
        return run("journalctl", "-u", "backrun", "-o", "cat", "--no-pager")
