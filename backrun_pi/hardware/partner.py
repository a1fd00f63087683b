"""A partner's button: any Linux input device (Bluetooth shutter, presenter), read by evdev."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backrun_pi.errors import HardwareError
from backrun_pi.hardware.ports import Clock
from backrun_pi.messages import ButtonEdge

EV_KEY = 0x01  # linux/input-event-codes.h
RELEASED, PRESSED = 0, 1  # 2 is autorepeat


class EvdevPartner:
    """One input device. Any of its keys counts; the link stands while its device file does."""

    def __init__(self, device: Path, clock: Clock, evdev: Any = None) -> None:
        self._device, self._clock = device, clock
        self._evdev = _import_evdev() if evdev is None else evdev
        self._input: Any = None

    def poll(self) -> tuple[Sequence[ButtonEdge], bool]:
        """Return raw edges since the last call, and whether the link stands now."""
        try:
            if self._input is None:
                if not self._device.exists():
                    return (), False
                self._input = self._evdev.InputDevice(str(self._device))
                self._input.grab()  # its keys must not type on a console
            events = list(self._input.read())
        except BlockingIOError:
            return (), True
        except OSError:  # the device file went away with the link
            self.close()
            return (), False
        now_ns = self._clock.now_ns()
        return tuple(
            ButtonEdge(now_ns, is_pressed=event.value == PRESSED)
            for event in events
            if event.type == EV_KEY and event.value in {RELEASED, PRESSED}
        ), True

    def close(self) -> None:
        """Close; closing twice is allowed."""
        if self._input is not None:
            self._input.close()
            self._input = None


def _import_evdev() -> Any:
    try:
        return importlib.import_module("evdev")
    except ImportError as fault:
        text = "partner button: python3-evdev is missing: sudo apt install python3-evdev"
        raise HardwareError(text) from fault
