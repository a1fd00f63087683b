"""Haptic driver DRV2605L (TI SLOS854D) as a motor: waveforms of its library, which end.

Real-time playback would go on until a transfer ends it. A waveform ends by the chip's own
clock, so a lost transfer, a hanging bus or a dead process leaves the motor on for less than a
second longer than it was meant to be, and never for more than `CHIP_MAX_S`.
"""

from __future__ import annotations

import contextlib
import math

from backrun_pi.errors import BusError, MotorFault
from backrun_pi.hardware.ports import I2cBus
from backrun_pi.hardware.timed_motor import Later, TimedMotor, in_thread

ADDRESS = 0x5A
STATUS, MODE, OVERDRIVE_CLAMP, FEEDBACK, CONTROL3 = 0x00, 0x01, 0x17, 0x1A, 0x1D
GO = 0x0C
DEVICES = {3: "DRV2605", 7: "DRV2605L"}  # STATUS bits 7:5
WITHOUT_LIBRARY = {4: "DRV2604", 6: "DRV2604L"}
STANDBY, INTERNAL_TRIGGER = 0x40, 0x00  # MODE
ROTATING_MASS = 0x36  # FEEDBACK: power-on value, bit 7 clear = ERM
OPEN_LOOP = 0xA0  # CONTROL3: power-on value, ERM_OPEN_LOOP
LIBRARY_B = 0x02  # table 1: rated 3 V, overdriven at 3 V: one level from start to end
CLAMP_3_V = 0x8C  # power-on value; open loop, full scale is this x 21.6 mV (equation 6)
SLOTS = 8
ALERT_750_MS, ALERT_1000_MS = 15, 16  # section 12.1.2: at 100 %
ENDS_LATE = 1.15
"""[-] A waveform must be this much longer than the pulse: the chip's clock is its own."""
CHIP_MAX_S = 5.0
"""[s] Longest sequence of waveforms, by the data sheet's names."""


def found(bus: I2cBus) -> str | None:
    """Return the haptic driver that answers; None when a silent bus has none.

    Raises:
        MotorFault: One answers that has no library of waveforms which end.
        BusError: The bus fails in another way than by silence: nothing is known.
    """
    try:
        device = bus.read(ADDRESS, STATUS, 1)[0] >> 5
    except BusError as error:
        if error.is_silence:
            return None
        raise
    if device in WITHOUT_LIBRARY:
        raise MotorFault(
            f"a {WITHOUT_LIBRARY[device]} has no waveforms that end: use a DRV2605L"
        )
    return DEVICES.get(device)


class Drv2605l(TimedMotor):
    """The driver chip with a rotating-mass motor on its outputs.

    It need not answer when it is created: each pulse sets up what a chip that was without
    power has forgotten.
    """

    def __init__(self, bus: I2cBus, name: str, later: Later = in_thread) -> None:
        """Take the bus; nothing is sent yet.

        Args:
            bus: Where it answers.
            name: Which chip, and on which bus.
            later: How the end of a pulse is brought about.
        """
        self._bus, self.name = bus, name
        self._was_refused = False
        super().__init__(later)

    def _start(self, strength: float, duration_s: float) -> None:
        if strength <= 0.0:
            self._stop()
            return
        self._write(FEEDBACK, ROTATING_MASS)
        self._write(CONTROL3, OPEN_LOOP)
        self._write(OVERDRIVE_CLAMP, max(1, round(strength * CLAMP_3_V)))
        self._write(GO, 0)  # what plays would not take a new sequence
        # MODE, RTP_INPUT, LIBRARY and the slots lie in a row
        self._write(MODE, INTERNAL_TRIGGER, 0, LIBRARY_B, *sequence(duration_s))
        self._write(GO, 1)

    def _stop(self) -> None:
        self._write(GO, 0)
        self._write(MODE, STANDBY)

    def _release(self) -> None:
        """Keep nothing: the bus belongs to the board."""

    def _write(self, register: int, *values: int) -> None:
        """Write; a single refusal is followed by a second try, a series of them is not."""
        data = bytes(values)
        if not self._was_refused:
            with contextlib.suppress(BusError):
                self._bus.write(ADDRESS, register, data)
                return
        try:
            self._bus.write(ADDRESS, register, data)
        except BusError as error:
            self._was_refused = True
            raise MotorFault(f"motor driver {self.name}: {error}") from error
        self._was_refused = False


def sequence(duration_s: float) -> tuple[int, ...]:
    """Return the waveforms, one a slot, that last at least as long as a pulse."""
    if duration_s * ENDS_LATE <= 0.75:
        return ALERT_750_MS, *(0,) * (SLOTS - 1)
    count = min(math.ceil(duration_s * ENDS_LATE), int(CHIP_MAX_S))
    return (*(ALERT_1000_MS,) * count, *(0,) * (SLOTS - count))
