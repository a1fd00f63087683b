"""The serial line between receiver and board: baud rates, faults, a finite buffer."""

from __future__ import annotations

import numpy as np

from backrun_pi.errors import StreamLost
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.gnss_chip import Receiver, damaged, misread

_OS_BUFFER = 4096  # what Linux keeps for a reader that comes late


class SimSerial:
    """Implements hardware.ports.ByteStream."""

    def __init__(
        self,
        clock: SimClock,
        faults: FaultBook,
        receiver: Receiver | None,
        rng: np.random.Generator,
    ) -> None:
        self._clock, self._faults, self._receiver, self._rng = clock, faults, receiver, rng
        self._baud: int | None = None
        self._waiting = b""

    @property
    def name(self) -> str:
        """Return the device path it stands for."""
        return "/dev/serial0"

    @property
    def is_configurable(self) -> bool:
        """Return True: a wire to the receiver."""
        return True

    def open(self, baud: int) -> None:
        """Open at a speed; what came before is gone."""
        self._check()
        self._collect()
        self._waiting = b""
        self._baud = baud

    def read(self) -> bytes:
        """Return what has arrived."""
        self._check()
        if self._baud is None:
            raise StreamLost(f"{self.name}: not open")
        self._collect()
        data, self._waiting = self._waiting, b""
        return data

    def write(self, data: bytes) -> None:
        """Send to the receiver."""
        self._check()
        if self._baud is None:
            raise StreamLost(f"{self.name}: not open")
        if self._receiver is None or self._faults.holds("gnss_silent", self._clock.elapsed_s):
            return
        if self._baud == self._receiver.baud:
            self._receiver.send(self._clock.elapsed_s, data)

    def close(self) -> None:
        """Close."""
        self._baud = None

    def _collect(self) -> None:
        """Move what came over the line into the buffer of the operating system."""
        if self._receiver is None:
            return
        t_s = self._clock.elapsed_s
        for byte_s, chunk in self._receiver.drained(t_s):
            if self._baud is None or self._faults.holds("gnss_silent", t_s):
                continue
            sent_baud = round(10.0 / byte_s)
            data = chunk if sent_baud == self._baud else misread(chunk, sent_baud, self._baud)
            share = self._faults.value("gnss_garbage", t_s)
            if share is not None:
                data = damaged(data, share, self._rng)
            self._waiting = (self._waiting + data)[-_OS_BUFFER:]

    def _check(self) -> None:
        if self._faults.holds("gnss_port_lost", self._clock.elapsed_s):
            self._baud = None
            raise StreamLost(f"{self.name}: the device is gone")
