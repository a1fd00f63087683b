"""The haptic driver DRV2605L at register level: what its outputs do to the motor.

Source: Texas Instruments SLOS854D, section 7.6 (register map), 7.5.2 (real-time playback),
7.5.6 (waveform sequencer) and 12.1.2 (effects of the library). Of the effects only the steady
alerts are modelled; calibration is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.registers import REGISTERS, RegisterFile

STATUS, MODE, RTP_INPUT, LIBRARY, WAVESEQ1, GO = 0x00, 0x01, 0x02, 0x03, 0x04, 0x0C
RATED_VOLTAGE, OVERDRIVE_CLAMP, FEEDBACK, CONTROL3 = 0x16, 0x17, 0x1A, 0x1D
_POWER_ON = {
    STATUS: 0xE0,  # device id 7: DRV2605L
    MODE: 0x40,  # standby
    LIBRARY: 0x01,
    WAVESEQ1: 0x01,
    RATED_VOLTAGE: 0x3E,
    OVERDRIVE_CLAMP: 0x8C,
    FEEDBACK: 0x36,  # rotating mass
    CONTROL3: 0xA0,  # open loop, signed playback values
}
_RESET, _STANDBY, _INTERNAL_TRIGGER, _REAL_TIME = 0x80, 0x40, 0x00, 0x05
_RESONANT, _UNSIGNED, _OPEN_LOOP = 0x80, 0x08, 0x20  # FEEDBACK bit 7, CONTROL3 bits 3, 5
_EFFECT_S = {15: 0.75, 16: 1.0}  # "alert, 100 %"
_STEADY_LIBRARIES = range(2, 6)  # B to E: rated and overdriven at the same voltage
_WAIT_FLAG, _WAIT_S = 0x80, 0.01
_FULL_CLAMP = 0x8C  # 3 V: what the motor of the twin is rated for

Drive = Callable[[float, float], None]
"""Takes the motor's strength [0, 1] and for how long [s], from now; the next call ends it."""


class Drv2605l(RegisterFile):
    """One chip with a rotating-mass motor on its outputs."""

    def __init__(self, clock: SimClock, drive: Drive) -> None:
        self._clock, self._drive = clock, drive
        self._level = 0.0
        self._ends_s = -math.inf
        self.power_on()

    def power_on(self) -> None:
        """Take the values after reset: standby, outputs off."""
        self._registers = bytearray(REGISTERS)
        for register, value in _POWER_ON.items():
            self._registers[register] = value
        self._silence()

    def _update(self) -> None:
        if self._clock.elapsed_s >= self._ends_s:
            self._registers[GO] = 0

    def _read_one(self, register: int) -> int:
        return self._registers[register]

    def _write_one(self, register: int, value: int) -> None:
        if register == STATUS:
            return
        if register == MODE and value & _RESET:
            self.power_on()
            return
        is_new_trigger = register == GO and value & 1 and not self._registers[GO]
        self._registers[register] = value & 1 if register == GO else value
        mode = self._registers[MODE]
        if mode & _STANDBY:
            self._registers[GO] = 0
            self._silence()
        elif mode & 7 == _REAL_TIME:
            self._set_level(self._real_time_level(), math.inf)
        elif mode & 7 != _INTERNAL_TRIGGER or not self._registers[GO]:
            self._silence()
        elif is_new_trigger:
            self._play_sequence()

    def _play_sequence(self) -> None:
        """Play the slots up to the first empty one; slots behind each other make one level."""
        lasts_s = 0.0
        for slot in self._registers[WAVESEQ1:GO]:
            if slot == 0:
                break
            if slot & _WAIT_FLAG:
                lasts_s += (slot & ~_WAIT_FLAG) * _WAIT_S
            else:
                lasts_s += _EFFECT_S.get(slot, 0.0)
        self._ends_s = self._clock.elapsed_s + lasts_s
        is_steady = self._registers[LIBRARY] & 7 in _STEADY_LIBRARIES
        is_driven = is_steady and self._registers[CONTROL3] & _OPEN_LOOP
        clamp = min(1.0, self._registers[OVERDRIVE_CLAMP] / _FULL_CLAMP)
        is_resonant = self._registers[FEEDBACK] & _RESONANT
        self._set_level(clamp if is_driven and not is_resonant else 0.0, lasts_s)

    def _silence(self) -> None:
        self._ends_s = -math.inf
        self._set_level(0.0, 0.0)

    def _set_level(self, level: float, duration_s: float) -> None:
        """Tell the motor when what it is given changes."""
        if level != self._level or level > 0.0:
            self._level = level
            self._drive(level, duration_s)

    def _real_time_level(self) -> float:
        """Return the strength that RTP_INPUT asks for; a negative one brakes."""
        if self._registers[FEEDBACK] & _RESONANT:
            return 0.0  # an alternating voltage does not turn a rotating mass
        value = self._registers[RTP_INPUT]
        if self._registers[CONTROL3] & _UNSIGNED:
            return max(0, value - 128) / 127.0
        return value / 127.0 if value < 128 else 0.0
