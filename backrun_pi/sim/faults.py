"""The table of faults: every name a scenario may use, and what it does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Kind(Enum):
    """Whether a fault lasts or happens."""

    WINDOW = "window"
    """Holds from from_s until until_s."""
    EVENT = "event"
    """Happens once at from_s."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the table."""

    kind: Kind
    """Lasts or happens."""
    does: str
    """What breaks, for people."""
    value: str | None = None
    """Meaning and unit of `value`, None when the fault has none."""
    default: float = 0.0
    """Value when the scenario gives none."""


FAULTS: dict[str, Fault] = {
    "imu_nak": Fault(Kind.WINDOW, "the IMU does not acknowledge its address"),
    "i2c_stuck": Fault(Kind.WINDOW, "a line of the bus is held low: every transfer times out"),
    "i2c_noise": Fault(Kind.WINDOW, "transfers fail by chance", "share of transfers", 0.1),
    "imu_reset": Fault(Kind.EVENT, "the IMU browns out: registers at reset, asleep"),
    "imu_stuck": Fault(Kind.WINDOW, "the IMU repeats its last sample"),
    "imu_no_samples": Fault(Kind.WINDOW, "the IMU answers, its FIFO stays empty"),
    "imu_saturated": Fault(
        Kind.WINDOW, "hard blows: specific force is times value", "times", 8.0
    ),
    "mount_slip": Fault(Kind.EVENT, "the belt slips: yaw of the device changes", "deg", 180.0),
    "mount_flip": Fault(Kind.EVENT, "the device is clipped on upside down"),
    "gnss_silent": Fault(Kind.WINDOW, "the cable is out: no byte arrives"),
    "gnss_no_fix": Fault(Kind.WINDOW, "no sky: the receiver talks, without a fix"),
    "gnss_garbage": Fault(Kind.WINDOW, "bytes are damaged by chance", "share of bytes", 0.02),
    "gnss_frozen": Fault(Kind.WINDOW, "the receiver repeats its last fix as if new"),
    "gnss_poor": Fault(Kind.WINDOW, "bad sky: the position error is times value", "times", 6.0),
    "gnss_jump": Fault(Kind.WINDOW, "reflection: the position is off by value", "m", 40.0),
    "gnss_reset": Fault(Kind.EVENT, "the receiver loses power: default baud and rate, no fix"),
    "gnss_port_lost": Fault(Kind.WINDOW, "the serial device is gone: StreamLost"),
    "motor_fault": Fault(Kind.WINDOW, "the motor cannot be driven: MotorFault"),
    "right_motor_fault": Fault(Kind.WINDOW, "the second motor cannot be driven: MotorFault"),
    "motor_stall": Fault(Kind.WINDOW, "the motor takes commands and does not move"),
    "button_stuck": Fault(Kind.WINDOW, "the button's contact stays closed"),
    "button_bounce": Fault(Kind.WINDOW, "every contact bounces for value", "ms", 8.0),
    "card_full": Fault(Kind.WINDOW, "no space left on the card"),
    "card_read_only": Fault(Kind.WINDOW, "the card has gone read-only"),
    "card_stalled": Fault(Kind.WINDOW, "the card does not answer until the end"),
    "card_low": Fault(Kind.EVENT, "free space on the card falls to value", "bytes", 20e6),
    "battery_at": Fault(Kind.EVENT, "the gauge falls to value", "share", 0.1),
    "undervoltage": Fault(Kind.WINDOW, "the supply is too weak"),
    "cpu_hot": Fault(Kind.WINDOW, "the processor is at value", "degC", 84.0),
    "clock_step": Fault(Kind.EVENT, "the system clock jumps by value", "s", 604800.0),
    "power_cut": Fault(Kind.EVENT, "the power is gone and back after value", "s", 5.0),
    "partner_gone": Fault(Kind.WINDOW, "the partner's button is out of reach"),
    "rear_lidar_mute": Fault(Kind.WINDOW, "the range sensor at the back sends nothing"),
    "rear_radar_mute": Fault(Kind.WINDOW, "the radar neither reports nor answers"),
    "rear_covered": Fault(Kind.WINDOW, "a jacket hangs over the lens at the back", "m", 0.2),
    "rear_fog": Fault(Kind.WINDOW, "fog: echoes of light are times value", "share", 0.3),
    "rear_stuck": Fault(Kind.WINDOW, "the range sensor at the back repeats its last frame"),
    "rear_reset": Fault(Kind.EVENT, "the rear sensors brown out: the range sensor forgets"),
    "rear_garbage": Fault(Kind.WINDOW, "bytes of the rear sensors are damaged", "share", 0.02),
    "rear_port_lost": Fault(Kind.WINDOW, "the rear sensors' serial devices are gone"),
    "slow_loop": Fault(Kind.WINDOW, "each wait returns late by value", "ms", 30.0),
}


class Entry(Protocol):
    """A fault as the scenario gives it."""

    @property
    def what(self) -> str:
        """Return the name in the table."""

    @property
    def from_s(self) -> float:
        """Return the start."""

    @property
    def until_s(self) -> float | None:
        """Return the end, None for the end of the scenario."""

    @property
    def value(self) -> float | None:
        """Return the size, None for the table's."""


class FaultBook:
    """The faults of a scenario by name and time."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._windows: dict[str, list[tuple[float, float, float]]] = {}
        self._events: list[tuple[float, str, float]] = []
        self.edges_s: set[float] = set()
        for entry in entries:
            fault = FAULTS[entry.what]
            value = fault.default if entry.value is None else entry.value
            until_s = math.inf if entry.until_s is None else entry.until_s
            self.edges_s |= {entry.from_s, until_s}
            if fault.kind is Kind.EVENT:
                self._events.append((entry.from_s, entry.what, value))
            else:
                self._windows.setdefault(entry.what, []).append((entry.from_s, until_s, value))
        self._events.sort()
        self._next = 0

    def value(self, name: str, t_s: float) -> float | None:
        """Return the size of a fault that holds now, None when it does not."""
        for from_s, until_s, value in self._windows.get(name, ()):
            if from_s <= t_s < until_s:
                return value
        return None

    def holds(self, name: str, t_s: float) -> bool:
        """Return whether a fault holds now."""
        return name in self._windows and self.value(name, t_s) is not None

    def end_s(self, name: str, t_s: float) -> float:
        """Return when the fault that holds now is over."""
        return max(u for f, u, _ in self._windows[name] if f <= t_s < u)

    def windows(self, name: str) -> Sequence[tuple[float, float, float]]:
        """Return (from_s, until_s, value) of all windows of a fault."""
        return self._windows.get(name, ())

    def next_event_s(self) -> float:
        """Return when the next event is due."""
        return self._events[self._next][0] if self._next < len(self._events) else math.inf

    def pop_events(self, t_s: float) -> list[tuple[str, float]]:
        """Return (name, value) of the events up to now, each once."""
        due = []
        while self._next < len(self._events) and self._events[self._next][0] <= t_s:
            due.append(self._events[self._next][1:])
            self._next += 1
        return due
