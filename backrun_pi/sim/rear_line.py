"""The serial lines of the rear sensors: speeds that must agree, damage, a finite buffer."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from backrun_pi.errors import StreamLost
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.gnss_chip import damaged, misread

_OS_BUFFER = 4096


class RearChip(Protocol):
    """What sits at the far end of a line."""

    @property
    def baud(self) -> int:
        """Return its speed."""

    def drained(self, t_s: float) -> bytes:
        """Return what it sent since this was last asked."""

    def send(self, t_s: float, data: bytes) -> None:
        """Take a command."""


class SimRearLine:
    """Implements hardware.ports.ByteStream; without a chip nothing ever comes."""

    def __init__(
        self,
        port: str,
        clock: SimClock,
        faults: FaultBook,
        chip: RearChip | None,
        rng: np.random.Generator,
    ) -> None:
        self._port, self._clock, self._faults = port, clock, faults
        self._chip, self._rng = chip, rng
        self._baud: int | None = None

    @property
    def name(self) -> str:
        """Return the device path it stands for."""
        return self._port

    @property
    def is_configurable(self) -> bool:
        """Return True: a wire to the sensor."""
        return True

    def open(self, baud: int) -> None:
        """Open at a speed; what came before is gone."""
        self._check()
        if self._chip is not None:
            self._chip.drained(self._clock.elapsed_s)
        self._baud = baud

    def read(self) -> bytes:
        """Return what has arrived."""
        self._check()
        if self._baud is None:
            raise StreamLost(f"{self.name}: not open")
        if self._chip is None:
            return b""
        t_s = self._clock.elapsed_s
        data = self._chip.drained(t_s)
        if self._chip.baud != self._baud and data:
            data = misread(data, self._chip.baud, self._baud)
        share = self._faults.value("rear_garbage", t_s)
        if share is not None:
            data = damaged(data, share, self._rng)
        return data[-_OS_BUFFER:]

    def write(self, data: bytes) -> None:
        """Send to the sensor."""
        self._check()
        if self._baud is None:
            raise StreamLost(f"{self.name}: not open")
        if self._chip is not None and self._chip.baud == self._baud:
            self._chip.send(self._clock.elapsed_s, data)

    def close(self) -> None:
        """Close."""
        self._baud = None

    def _check(self) -> None:
        if self._faults.holds("rear_port_lost", self._clock.elapsed_s):
            self._baud = None
            raise StreamLost(f"{self.name}: the device is gone")
