"""A motion sensor that is looked for until it is found, and set up again after a fault."""

from __future__ import annotations

from dataclasses import replace

from backrun_pi.errors import BusError, WrongDevice
from backrun_pi.hardware.ports import Clock, I2cBus
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu.probe import Imu, find_imu
from backrun_pi.sensors.imu.settings import ImuSettings
from backrun_pi.units import NS_PER_S


class SteadyImu:
    """Ask it every tick; it decides when the bus is worth asking.

    One failed transfer costs nothing: it is repeated at once, and the FIFO keeps the samples.
    Without samples for `silent_s` the chip is set up again (it keeps what it learned of its
    clock, and states the gap); when it does not answer, or another chip does, all addresses
    are probed. A bus that goes on failing is asked at growing intervals.
    """

    def __init__(self, bus: I2cBus, clock: Clock, settings: ImuSettings) -> None:
        self._bus, self._clock, self._settings = bus, clock, settings
        self._imu: Imu | None = None
        self._rest_until_ns = 0
        self._failures = 0
        self._looks = 0
        self._heard_ns: int | None = None
        self._last_ns: int | None = None
        self._is_new = False

    @property
    def name(self) -> str | None:
        """Return what was found, None while nothing is."""
        return None if self._imu is None else self._imu.name

    def drain(self) -> ImuBatch | None:
        """Return all new samples, None when there is none.

        Raises:
            HardwareError: Why there is none; asking again at the next tick is right.
        """
        if self._clock.now_ns() < self._rest_until_ns:
            return None
        try:
            batch = self._drained()
        except BusError as error:
            if not error.is_silence:
                self._failures += 1
                self._rest()
            raise
        self._failures = 0
        return None if batch is None else self._heard(batch)

    def _drained(self) -> ImuBatch | None:
        imu = self._found()
        try:
            return imu.drain()
        except BusError as error:
            if error.is_silence or self._failures:
                raise
        self._failures = 1
        return imu.drain()

    def _found(self) -> Imu:
        """Return the sensor, found or set up again when that is due."""
        if self._imu is None:
            self._imu = self._look()
        elif self._is_silent():
            self._heard_ns = self._clock.now_ns()  # the next try waits for the next silence
            try:
                self._imu.restart()
            except WrongDevice:
                self._imu = None
                raise
            except BusError as error:
                if not error.is_silence:
                    raise
                self._imu = self._look()  # it may have come back at another address
        return self._imu

    def _look(self) -> Imu:
        self._looks += 1
        try:
            imu = find_imu(
                self._bus, self._clock, self._settings, first=self._looks - 1, is_patient=False
            )
        except BusError as error:
            if error.is_silence:
                self._rest_until_ns = self._after_s(self._settings.retry_s)
            raise
        except WrongDevice:
            self._rest_until_ns = self._after_s(self._settings.retry_s)
            raise
        self._is_new, self._looks = True, 0
        self._heard_ns = self._clock.now_ns()
        return imu

    def _is_silent(self) -> bool:
        if self._heard_ns is None:
            return False
        return self._clock.now_ns() - self._heard_ns >= self._settings.silent_s * NS_PER_S

    def _rest(self) -> None:
        """Leave a failing bus alone, the longer the more often it failed."""
        first_s, longest_s = self._settings.retry_first_s, self._settings.retry_s
        self._rest_until_ns = self._after_s(
            min(first_s * 2.0 ** (min(self._failures, 10) - 1), longest_s)
        )

    def _after_s(self, delay_s: float) -> int:
        return self._clock.now_ns() + int(delay_s * NS_PER_S)

    def _heard(self, batch: ImuBatch) -> ImuBatch:
        first_ns = int(batch.t_ns[0])
        if self._is_new and self._last_ns is not None:  # a new driver knows of no gap
            batch = replace(batch, gap_s=max(0.0, (first_ns - self._last_ns) * 1e-9))
        self._is_new = False
        self._heard_ns = self._clock.now_ns()
        self._last_ns = int(batch.t_ns[-1])
        return batch
