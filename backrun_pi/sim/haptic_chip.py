"""The haptic driver DRV2605L at register level: what its outputs do to the motor.

Source: Texas Instruments SLOS854D, section 7.6 (register map) and 7.5.2 (real-time playback).
The waveform library and the calibration are not modelled: GO falls at once.
"""

from __future__ import annotations

from collections.abc import Callable

from backrun_pi.sim.registers import REGISTERS, RegisterFile

STATUS, MODE, RTP_INPUT, LIBRARY, GO = 0x00, 0x01, 0x02, 0x03, 0x0C
RATED_VOLTAGE, OVERDRIVE_CLAMP, FEEDBACK, CONTROL3 = 0x16, 0x17, 0x1A, 0x1D
_POWER_ON = {
    STATUS: 0xE0,  # device id 7: DRV2605L
    MODE: 0x40,  # standby
    LIBRARY: 0x01,
    RATED_VOLTAGE: 0x3E,
    OVERDRIVE_CLAMP: 0x8C,
    FEEDBACK: 0x36,  # rotating mass
    CONTROL3: 0xA0,  # open loop, signed playback values
}
_RESET, _STANDBY, _REAL_TIME = 0x80, 0x40, 0x05
_RESONANT, _UNSIGNED = 0x80, 0x08  # FEEDBACK bit 7, CONTROL3 bit 3


class Drv2605l(RegisterFile):
    """One chip with a rotating-mass motor on its outputs."""

    def __init__(self, drive: Callable[[float], None]) -> None:
        """Take `drive`: the motor's strength [0, 1] from now on; it ends with the next call."""
        self._drive = drive
        self._level = 0.0
        self.power_on()

    def power_on(self) -> None:
        """Take the values after reset: standby, outputs off."""
        self._registers = bytearray(REGISTERS)
        for register, value in _POWER_ON.items():
            self._registers[register] = value
        self._play()

    def _update(self) -> None:
        self._registers[GO] = 0

    def _read_one(self, register: int) -> int:
        return self._registers[register]

    def _write_one(self, register: int, value: int) -> None:
        if register == STATUS:
            return
        if register == MODE and value & _RESET:
            self.power_on()
            return
        self._registers[register] = value
        self._play()

    def _play(self) -> None:
        """Tell the motor when what it is given changes."""
        mode = self._registers[MODE]
        is_playing = not mode & _STANDBY and mode & 7 == _REAL_TIME
        level = self._real_time_level() if is_playing else 0.0
        if level != self._level:
            self._level = level
            self._drive(level)

    def _real_time_level(self) -> float:
        """Return the strength that RTP_INPUT asks for; a negative one brakes."""
        if self._registers[FEEDBACK] & _RESONANT:
            return 0.0  # an alternating voltage does not turn a rotating mass
        value = self._registers[RTP_INPUT]
        if self._registers[CONTROL3] & _UNSIGNED:
            return max(0, value - 128) / 127.0
        return value / 127.0 if value < 128 else 0.0
