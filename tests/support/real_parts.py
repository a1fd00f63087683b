"""The real classes of the Pi on the twin's bus, pins and time.

The twin stands in for motors, body and workers; here only what lies below them is its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPWMPin

from backrun_pi.hardware.body import Body
from backrun_pi.hardware.gpio import GpioMotor
from backrun_pi.hardware.motor_drv2605l import Drv2605l
from backrun_pi.hardware.ports import Issue
from backrun_pi.hardware.timed_motor import TimedMotor
from backrun_pi.messages import DeviceStatus
from backrun_pi.sim.board import TwinBoard
from backrun_pi.sim.button import SimButton
from backrun_pi.sim.i2c import SimI2c
from backrun_pi.sim.rear_line import SimRearLine
from backrun_pi.sim.serial_line import SimSerial
from backrun_pi.sim.storage import SimStorage
from backrun_pi.sim.worker import SimWorker


class TimerClock:
    """The twin's clock, with timers that fire on it while somebody waits."""

    def __init__(self, twin: TwinBoard) -> None:
        self._clock = twin.clock
        self._due: list[tuple[int, int, Callable[[], object]]] = []
        self._number = count()
        self._cancelled: set[int] = set()

    def now_ns(self) -> int:
        return self._clock.now_ns()

    def wall_utc_s(self) -> float:
        return self._clock.wall_utc_s()

    def sleep_until_ns(self, t_ns: int) -> None:
        while self._due and self._due[0][0] <= t_ns:
            due_ns, number, call = heapq.heappop(self._due)
            self._clock.sleep_until_ns(due_ns)
            if number not in self._cancelled:
                call()
        self._clock.sleep_until_ns(t_ns)

    def later(self, delay_s: float, call: Callable[[], object]) -> Callable[[], None]:
        number = next(self._number)
        heapq.heappush(self._due, (self.now_ns() + round(delay_s * 1e9), number, call))
        return lambda: self._cancelled.add(number)


class RealParts:
    """Implements hardware.ports.Board: real motor and body, the twin below and around them."""

    def __init__(self, twin: TwinBoard, sys_root: Path) -> None:
        self.twin = twin
        self.clock = TimerClock(twin)
        self.sys_root = sys_root
        self._body = Body(twin.i2c, self.clock, twin.storage, sys_root)
        self.pins: Any = MockFactory(pin_class=MockPWMPin)
        is_driver = twin.scenario.motor.driver == "drv2605l"
        self.motor: TimedMotor = (
            Drv2605l(twin.i2c, "DRV2605L on i2c-1", self.clock.later)
            if is_driver
            else GpioMotor(18, 200, self.pins, self.clock.later)
        )
        self.right_motor = None
        self.partner = None
        self.boot_id = twin.boot_id

    @property
    def i2c(self) -> SimI2c:
        return self.twin.i2c

    @property
    def gnss(self) -> SimSerial:
        return self.twin.gnss

    @property
    def rear_lidar(self) -> SimRearLine:
        return self.twin.rear_lidar

    @property
    def rear_radar(self) -> SimRearLine:
        return self.twin.rear_radar

    @property
    def button(self) -> SimButton:
        return self.twin.button

    @property
    def storage(self) -> SimStorage:
        return self.twin.storage

    @property
    def gauge(self) -> str | None:
        return self._body.gauge

    def issues(self) -> Sequence[Issue]:
        return ()

    def status(self) -> DeviceStatus:
        return self._body.status()

    def background(self, name: str, step: Callable[[], None]) -> SimWorker:
        return self.twin.background(name, step)

    def notify(self, state: str) -> None:
        self.twin.notify(state)

    def close(self) -> None:
        self.motor.close()
        self.pins.close()


def longest_on_s(twin: TwinBoard) -> float:
    """Return the longest time the twin's motor really turned without a break of 20 ms."""
    longest_s, since_s, until_s = 0.0, 0.0, -1.0
    for pulse in twin.motor.history:
        if pulse.on_s - until_s >= 0.02:
            since_s = pulse.on_s
        until_s = min(pulse.off_s, twin.elapsed_s)
        longest_s = max(longest_s, until_s - since_s)
    return longest_s
