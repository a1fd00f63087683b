"""A partner's button: any Linux input device (Bluetooth shutter, presenter), read by evdev."""

from __future__ import annotations

import fcntl
import importlib
import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from backrun_pi.errors import HardwareError
from backrun_pi.hardware.ports import Clock
from backrun_pi.messages import ButtonEdge

EV_SYN, EV_KEY = 0x00, 0x01  # linux/input-event-codes.h
SYN_DROPPED = 3  # the kernel's queue ran over: which keys are down is not known any more
RELEASED, PRESSED = 0, 1  # 2 is autorepeat
EVIOCSCLOCKID = 0x400445A0  # linux/input.h: which clock stamps the events


class EvdevPartner:
    """One input device. Any of its keys counts; the link stands while its device file does.

    Some remotes click within a few milliseconds and some send two keys for one press, so the
    kernel's own times are kept, and the button is down while any key is.
    """

    def __init__(self, device: Path, clock: Clock, evdev: Any = None) -> None:
        self._device, self._clock = device, clock
        self._evdev = _import_evdev() if evdev is None else evdev
        self._input: Any = None
        self._is_timed = False
        self._down: set[int] = set()

    def poll(self) -> tuple[Sequence[ButtonEdge], bool]:
        """Return raw edges since the last call, and whether the link stands now."""
        try:
            if self._input is None:
                if not self._device.exists():
                    return (), False
                self._input = self._evdev.InputDevice(str(self._device))
                self._input.grab()  # its keys must not type on a console
                self._is_timed = _stamps_time_since_boot(self._input.fd)
            events = list(self._input.read())
        except BlockingIOError:
            return (), True
        except OSError:  # the device file went away with the link
            self.close()
            return (), False
        return tuple(self._edges(events)), True

    def close(self) -> None:
        """Close; closing twice is allowed."""
        self._down.clear()
        if self._input is not None:
            self._input.close()
            self._input = None

    def _edges(self, events: Sequence[Any]) -> Iterator[ButtonEdge]:
        now_ns = self._clock.now_ns()
        for event in events:
            was_down = bool(self._down)
            if event.type == EV_SYN and event.code == SYN_DROPPED:
                self._down.clear()
            elif event.type == EV_KEY and event.value == PRESSED:
                self._down.add(event.code)
            elif event.type == EV_KEY and event.value == RELEASED:
                self._down.discard(event.code)
            if bool(self._down) is not was_down:
                t_ns = event.sec * 1_000_000_000 + event.usec * 1000
                t_ns = min(t_ns, now_ns) if self._is_timed else now_ns
                yield ButtonEdge(t_ns, is_pressed=bool(self._down))


def _stamps_time_since_boot(number: int) -> bool:
    """Ask for the clock of all samples; False where the kernel refuses."""
    try:
        fcntl.ioctl(number, EVIOCSCLOCKID, struct.pack("i", time.CLOCK_BOOTTIME))
    except OSError:
        return False
    return True


def _import_evdev() -> Any:
    try:
        return importlib.import_module("evdev")
    except ImportError as error:
        text = "partner button: python3-evdev is missing: sudo apt install python3-evdev"
        raise HardwareError(text) from error
