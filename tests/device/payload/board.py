"""The board around the virtual processor: pins, the motion sensor's bus, the receiver's wire.

All of it in one process and on the guest's own clock. A fault is a word to one of these parts.
"""

# ruff: noqa: TID251 - a machine of its own, where time is real

from __future__ import annotations

import errno
import os
import re
import struct
import termios
import threading
import time
import tty
from dataclasses import dataclass
from pathlib import Path

from tests.device.payload.words import boot_ns, run
from tests.support.chips import HandClock, MpuChip
from tests.support.gnss_module import GLL, GSV, Module
from tests.support.gnss_talk import gga, gsa, rmc

BUTTON, MOTOR = 17, 18
CONFIGFS = Path("/sys/kernel/config")
TRACING = Path("/sys/kernel/tracing")
PORT, WIRE = "/dev/ttyS1", "/dev/ttyS2"
"""The companion's serial port, and the other end of its cable."""
PLACE = (60.17684, 24.93732)
"""[deg] On the map that comes with the scenarios."""
CPUINFO = """processor\t: 0
Hardware\t: BCM2835
Revision\t: 902120
Model\t\t: Raspberry Pi Zero 2 W Rev 1.0
"""


class Pins:
    """/dev/gpiochip0 with 54 lines, whose outputs stay as a dead program left them."""

    def __init__(self) -> None:
        chip = CONFIGFS / "gpio-sim/pi"
        bank = chip / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text("54")
        (bank / "label").write_text("pinctrl-bcm2835")
        for line in (BUTTON, MOTOR):
            (bank / f"line{line}").mkdir()
            (bank / f"line{line}/name").write_text(f"GPIO{line}")
        (chip / "live").write_text("1")
        device = (chip / "dev_name").read_text().strip()
        lines = Path("/sys/devices/platform", device, (bank / "chip_name").read_text().strip())
        self._pull = lines / f"sim_gpio{BUTTON}/pull"
        self._value = lines / f"sim_gpio{MOTOR}/value"
        self.release()

    def press(self) -> None:
        """Close the button's contact."""
        self._pull.write_text("pull-down")

    def release(self) -> None:
        """Open it."""
        self._pull.write_text("pull-up")

    def is_motor_on(self) -> bool:
        """Return the level of the motor's pin."""
        return self._value.read_text().startswith("1")


class Analyser:
    """Every edge of the motor's pin with the kernel's own time: a logic analyser."""

    def __init__(self) -> None:
        (TRACING / "trace_clock").write_text("boot")
        (TRACING / "buffer_size_kb").write_text("8192")
        (TRACING / "options/record-cmd").write_text("0")
        (TRACING / "events/gpio/gpio_value/enable").write_text("1")
        self._pipe = os.open(TRACING / "trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
        self._rest = b""
        self._on_ns: list[int] = []

    def first_on(self, since_ns: int) -> int | None:
        """Return when the motor first went on, not before `since_ns`."""
        self._drain()
        return next((t_ns for t_ns in self._on_ns if t_ns >= since_ns), None)

    def _drain(self) -> None:
        while True:
            try:
                data = os.read(self._pipe, 1 << 16)
            except BlockingIOError:
                return
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                match = re.search(rb" (\d+)\.(\d{6}): gpio_value: \d+ set 1", line)
                if match:
                    self._on_ns.append(int(match[1] + match[2]) * 1000)


class Bus:
    """/dev/i2c-1 with a motion sensor that lies still."""

    ADDRESS = 0x68
    READ = 1

    def __init__(self) -> None:
        self._clock = HandClock(boot_ns())
        self._chip = MpuChip(self._clock)
        self._register = 0
        self.naks = 0
        """[-] So many of the next transfers are not acknowledged (EREMOTEIO, as on a Pi)."""
        self.is_stuck = False
        """Nobody answers at all: the kernel gives up in its time (ETIMEDOUT, as on a Pi)."""
        self.is_plugged = True
        self._file = os.open("/dev/i2c-user", os.O_RDWR)
        threading.Thread(target=self._serve, daemon=True).start()

    def unplug(self) -> None:
        """Pull the sensor's cable."""
        self.is_plugged = False

    def plug_in(self) -> None:
        """Put it back: the chip has lost all its registers."""
        self._clock.t_ns = boot_ns()
        self._chip.power_on()
        self.is_plugged = True

    def _serve(self) -> None:
        while True:
            request = os.read(self._file, 65536)
            if self.is_stuck:
                continue
            result, reply = self._transfer(request)
            try:
                os.write(self._file, struct.pack("<i", result) + reply)
            except OSError as error:
                if error.errno != errno.ESTALE:  # the master has given up waiting
                    raise

    def _transfer(self, request: bytes) -> tuple[int, bytes]:
        (count,) = struct.unpack_from("<I", request)
        if self.naks > 0:
            self.naks -= 1
            return -errno.EREMOTEIO, b""
        offset, reply = 4 + 6 * count, b""
        self._clock.t_ns = boot_ns()
        for index in range(count):
            address, flags, length = struct.unpack_from("<HHH", request, 4 + 6 * index)
            if address != self.ADDRESS or not self.is_plugged:
                return -errno.EREMOTEIO, b""
            if flags & self.READ:
                reply += self._chip.read(self._register, length)
                continue
            data = request[offset : offset + length]
            offset += length
            self._register = data[0]
            if len(data) > 1:
                self._chip.write(self._register, data[1:])
        return count, reply


@dataclass
class Standing(Module):
    """A receiver that stands still at `PLACE`."""

    def _epoch(self) -> None:
        self._tod_ms += self.period_ms
        tod_s = self._tod_ms / 1000
        parts = {
            "RMC": rmc(tod_s, *PLACE, speed_mps=0.02, course_deg=None),
            "GGA": gga(tod_s, *PLACE),
            "GSA": gsa(3),
            "GSV": GSV,
            "GLL": GLL,
        }
        if len(self._out) < 3000:
            self._out += b"".join(parts[name] for name in parts if name in self.sentences)


class Receiver:
    """The receiver at the far end of a null-modem cable, at its own speed."""

    STEP_MS = 50

    def __init__(self) -> None:
        self.module = Standing("ublox8")
        self.is_plugged = True
        self._wire = os.open(WIRE, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._wire)
        # Kept open: the speed that the companion set is read from its own port.
        self._port = os.open(PORT, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        threading.Thread(target=self._serve, daemon=True).start()

    def speed(self) -> int:
        """Return the speed that the companion listens at."""
        code = termios.tcgetattr(self._port)[5]
        names = (name for name in vars(termios) if re.fullmatch(r"B\d+", name))
        return next(int(name[1:]) for name in names if getattr(termios, name) == code)

    def forget(self, baud: int) -> None:
        """Lose its power for a moment and come back at its factory's speed."""
        self.module.factory_baud = baud
        self.module.power_on()

    def _serve(self) -> None:
        next_ms = boot_ns() // 1_000_000
        while True:
            next_ms += self.STEP_MS
            time.sleep(max(0.0, next_ms / 1e3 - boot_ns() / 1e9))
            is_heard = self.is_plugged and self.speed() == self.module.baud
            try:
                said = os.read(self._wire, 4096)
            except BlockingIOError:
                said = b""
            if is_heard and said:
                self.module.hear(said)
            data = self.module.tick(next_ms, self.STEP_MS)
            if data and self.is_plugged:
                os.write(self._wire, data if is_heard else _garbled(data))


def _garbled(data: bytes) -> bytes:
    """Return what a port at another speed makes of it."""
    return bytes((byte * 197 + 131) & 0xFF | 0x80 for byte in data[::2])


class Board:
    """All of it."""

    def __init__(self) -> None:
        Path("/run/cpuinfo").write_text(CPUINFO)
        run("modprobe", "-a", "gpio-sim-pi", "i2c-user", "i2c-dev")
        self.pins = Pins()
        self.analyser = Analyser()
        self.bus = Bus()
        self.receiver = Receiver()
        run("udevadm", "trigger", "-c", "add", "-s", "gpio", "-s", "i2c-dev", "-s", "tty")
        run("udevadm", "settle")
