"""Haptic driver DRV2605L (TI SLOS854D) as a motor, in real-time playback, open loop."""

from __future__ import annotations

from backrun_pi.errors import BusError, MotorFault
from backrun_pi.hardware.ports import I2cBus
from backrun_pi.hardware.timed_motor import TimedMotor

ADDRESS = 0x5A
STATUS, MODE, RTP_INPUT, FEEDBACK, CONTROL3 = 0x00, 0x01, 0x02, 0x1A, 0x1D
DEVICES = {3: "DRV2605", 4: "DRV2604", 6: "DRV2604L", 7: "DRV2605L"}  # STATUS bits 7:5
STANDBY, REAL_TIME = 0x40, 0x05  # MODE
ROTATING_MASS = 0x36  # FEEDBACK: power-on value, bit 7 clear = ERM
OPEN_LOOP_SIGNED = 0xA0  # CONTROL3: power-on value, ERM_OPEN_LOOP, signed playback values
FULL = 127  # largest signed value


def found(bus: I2cBus) -> str | None:
    """Return the haptic driver of this family that answers; a silent bus has none."""
    try:
        return DEVICES.get(bus.read(ADDRESS, STATUS, 1)[0] >> 5)
    except BusError:
        return None


class Drv2605l(TimedMotor):
    """The driver chip with a rotating-mass motor on its outputs.

    It goes on vibrating when the process dies, as a pin does: `motor_off` silences both.
    """

    def __init__(self, bus: I2cBus, name: str) -> None:
        """Wake the chip that was found; raises MotorFault.

        Args:
            bus: Where it answers.
            name: Which chip, and on which bus.
        """
        self._bus, self.name = bus, name
        self._write(MODE, STANDBY)
        self._write(FEEDBACK, ROTATING_MASS)
        self._write(CONTROL3, OPEN_LOOP_SIGNED)
        super().__init__()

    def _drive(self, strength: float) -> None:
        if strength > 0.0:
            self._write(RTP_INPUT, max(1, round(strength * FULL)))
            self._write(MODE, REAL_TIME)
        else:
            self._write(RTP_INPUT, 0)
            self._write(MODE, STANDBY)

    def _release(self) -> None:
        """Keep nothing: the bus belongs to the board."""

    def _write(self, register: int, value: int) -> None:
        try:
            self._bus.write(ADDRESS, register, bytes((value,)))
        except BusError as error:
            raise MotorFault(f"motor driver {self.name}: {error}") from error
