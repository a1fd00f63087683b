"""What every motion sensor with a FIFO has in common: registers, start, restart, drain."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from backrun_pi.errors import BusError, WrongDevice
from backrun_pi.hardware.ports import Clock, I2cBus
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu.batch import BatchMaker, Counts
from backrun_pi.sensors.imu.settings import ImuSettings
from backrun_pi.sensors.imu.timing import SampleClock

Steps = Sequence[tuple[int, int]]
"""Registers and the values they get, in order."""


@dataclass(frozen=True, slots=True)
class CountScale:
    """Units of a chip in the ranges we use."""

    period_s: float
    """[s] Nominal sample period."""
    accel_lsb_g: float
    """[g] One count of acceleration."""
    gyro_lsb_rps: float
    """[rad/s] One count of rate of turn."""


class FifoImu(abc.ABC):
    """One chip on the bus. A driver says how to identify, set up, and read its FIFO."""

    FIFO_DATA: ClassVar[int]
    """Register that samples are read from."""

    def __init__(
        self, bus: I2cBus, clock: Clock, settings: ImuSettings, address: int, scale: CountScale
    ) -> None:
        self._bus, self._clock, self._settings = bus, clock, settings
        self._address = address
        self._samples = SampleClock(scale.period_s, settings)
        self._maker = BatchMaker(address, scale.accel_lsb_g, scale.gyro_lsb_rps, settings)
        self._chip_c: float | None = None
        self._chip_c_ns: int | None = None
        self._is_doubtful = False

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """Return what was found, for people; a clone is named as one."""

    def start(self) -> None:
        """Reset the chip and set it up.

        Raises:
            BusError: A transfer failed.
            WrongDevice: It does not keep its settings.
        """
        self._reset_chip()
        self._wait(self._settings.settle_s)
        self._set_up()
        self._reset_fifo()

    def restart(self) -> None:
        """Set the chip up again after bus errors or a brown-out, without waiting.

        Raises:
            BusError: A transfer failed.
            WrongDevice: Another chip answers now, or it does not keep its settings.
        """
        self._identify()
        self._set_up()
        self._reset_fifo()

    def drain(self) -> ImuBatch | None:
        """Return all samples in the FIFO, None when there is no new one.

        An overflow or a misaligned FIFO is reset; the next batch then carries the gap.

        Raises:
            BusError: A transfer failed, or the chip repeats itself.
        """
        chip_c = self._temperature_c()  # first: an error after the FIFO was read would lose it
        t_ns = self._clock.now_ns()
        try:
            counts = None if self._is_doubtful else self._take()
        except BusError as error:
            # Broken off in the middle of the FIFO, bytes may be gone; elsewhere none are.
            is_of_fifo = error.register == self.FIFO_DATA
            self._is_doubtful = is_of_fifo and not error.is_silence
            raise
        if counts is None:
            self._is_doubtful = True  # until the reset has gone through
            self._reset_fifo()
            return None
        if len(counts) == 0:
            return None
        return self._maker.make(counts, self._samples, t_ns, chip_c)

    @abc.abstractmethod
    def _identify(self) -> None:
        """Raise WrongDevice when the chip is not the one that was found."""

    @abc.abstractmethod
    def _reset_chip(self) -> None:
        """Bring all registers to their power-on values."""

    @abc.abstractmethod
    def _set_up(self) -> None:
        """Write ranges, rate and filters, and check that they were kept."""

    @abc.abstractmethod
    def _empty_fifo(self) -> None:
        """Throw away what is in the FIFO and let it fill from now on."""

    @abc.abstractmethod
    def _take(self) -> Counts | None:
        """Return the new samples, maybe none; None when the FIFO cannot be trusted."""

    @abc.abstractmethod
    def _read_temperature_c(self) -> float:
        """Read the chip's temperature."""

    def _reset_fifo(self) -> None:
        self._empty_fifo()
        self._samples.breaks()
        self._is_doubtful = False

    def _temperature_c(self) -> float | None:
        t_ns = self._clock.now_ns()
        every_ns = self._settings.temperature_every_s * 1e9
        if self._chip_c_ns is None or t_ns - self._chip_c_ns >= every_ns:
            self._chip_c, self._chip_c_ns = self._read_temperature_c(), t_ns
        return self._chip_c

    def _keep(self, steps: Steps) -> None:
        """Write registers and read them back."""
        for register, value in steps:
            self._write(register, value)
        for register, value in steps:
            kept = self._read(register, 1)[0]
            if kept != value:
                text = f"register 0x{register:02x} reads 0x{kept:02x} instead of 0x{value:02x}"
                raise WrongDevice(f"{self.name}: does not keep its settings ({text})")

    def _read(self, register: int, count: int) -> bytes:
        data = self._bus.read(self._address, register, count)
        if len(data) != count:
            raise BusError(self._address, register, None, f"{len(data)} of {count} bytes")
        return data

    def _write(self, register: int, value: int) -> None:
        self._bus.write(self._address, register, bytes((value,)))

    def _wait(self, duration_s: float) -> None:
        self._clock.sleep_until_ns(self._clock.now_ns() + int(duration_s * 1e9))
