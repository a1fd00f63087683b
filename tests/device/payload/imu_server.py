"""Serves /dev/i2c-1 with a motion sensor that lies still; faults come in on stdin.

`nak N`, `stall N`: the next N transfers fail, as on a Pi. `off`, `on`: the chip is unplugged,
plugged in again (with lost registers). Prints READY once the bus exists.
"""

# ruff: noqa: T201 - a program of its own in a machine where time is real

from __future__ import annotations

import importlib
import sys
import threading
import time

from tests.unit.chips import HandClock, MpuChip


class Wire:
    """The chip as its master sees it: a register number, then data."""

    def __init__(self) -> None:
        self._clock = HandClock(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
        self.chip = MpuChip(self._clock)
        self._register = 0

    def write(self, data: bytes) -> bool:
        """Take a register number and values for it and the following ones."""
        self._register = data[0]
        self._clock.t_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        if len(data) > 1:
            self.chip.write(self._register, data[1:])
        return True

    def read(self, count: int) -> bytes:
        """Give registers, or what the FIFO holds."""
        self._clock.t_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return self.chip.read(self._register, count)


def main() -> None:
    """Serve until stdin closes."""
    wire = Wire()
    bus = importlib.import_module("i2c_user_bus").Bus({0x68: wire})  # the bench brings it
    threading.Thread(target=bus.serve_forever, daemon=True).start()
    print("READY", flush=True)
    for line in sys.stdin:
        word, _, count = line.strip().partition(" ")
        if word == "off":
            bus.devices = {}
        elif word == "on":
            wire.chip.power_on()
            bus.devices = {0x68: wire}
        else:
            setattr(bus, word, int(count))


if __name__ == "__main__":
    main()
