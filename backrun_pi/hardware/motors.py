"""The one motor, or both, each behind its limit: what every pulse goes through."""

from __future__ import annotations

from backrun_pi.errors import MotorFault
from backrun_pi.hardware.motor_limit import LimitedMotor, MotorLimitSettings
from backrun_pi.hardware.ports import Board
from backrun_pi.messages import MotorPulse, Side
from backrun_pi.units import NS_PER_S

_MISSING = "second motor"
LOOK_AGAIN_S = 1.0
"""[s] A motor that is off is asked this often whether it can be driven: a fault is noticed
before the next cue needs it, and felt within 2 s where there is a second one."""


class Motors:
    """Plays a pulse on the side it is for; a side whose motor fails is felt on the other.

    A motor that refused a pulse stays a fault until it takes one again; one that could not be
    switched off, until it can: a driver that is back is not called lost until the next cue.
    """

    def __init__(self, board: Board, settings: MotorLimitSettings) -> None:
        """Open them; a second motor that is not there does not take the first one away."""
        self._clock = board.clock
        self._looked_ns = 0
        self._faults: dict[str, str] = {}
        self._refused_off: set[str] = set()
        """Motors whose fault was found while they should be off."""
        left = LimitedMotor(board.motor, board.clock, settings)
        right: LimitedMotor | None = None
        try:
            if board.right_motor is not None:
                right = LimitedMotor(board.right_motor, board.clock, settings)
        except MotorFault as error:
            self._faults[_MISSING] = str(error)
        self._all = (left,) if right is None else (left, right)
        self._of = {
            Side.BOTH: self._all,
            Side.LEFT: self._all[:1],
            Side.RIGHT: self._all[-1:],
        }
        self.is_silent = False
        """Set by the last pulse: no motor took it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return what drives each, the left one first."""
        return tuple(motor.name for motor in self._all)

    def play(self, pulse: MotorPulse) -> None:
        """Vibrate.

        Raises:
            MotorFault: Names each motor that failed; the other one plays all the same.
        """
        meant = self._of[pulse.side]
        took = [self._pulse(motor, pulse) for motor in meant]
        if not any(took):
            took = [self._pulse(motor, pulse) for motor in self._all if motor not in meant]
        self.is_silent = not any(took)
        self._raise()

    def check(self) -> None:
        """Look now and then whether each that should be off can be driven: switch it off.

        Raises:
            MotorFault: Names each motor that cannot, or that may still be on.
        """
        for motor in self._all:
            if motor.failure is not None:
                self._note_off(motor, f"{motor.name}: {motor.failure}")
        now_ns = self._clock.now_ns()
        if now_ns - self._looked_ns >= LOOK_AGAIN_S * NS_PER_S:
            self._looked_ns = now_ns
            for motor in self._all:
                if not motor.is_on:
                    self._silence(motor)
        self._raise()

    def off(self) -> None:
        """Be off now, all of them. Raises MotorFault naming each that failed."""
        for motor in self._all:
            self._silence(motor)
        self._raise()

    def _silence(self, motor: LimitedMotor) -> None:
        try:
            motor.off()
        except MotorFault as error:
            self._note_off(motor, str(error))
            return
        if motor.failure is None and motor.name in self._refused_off:
            self._refused_off.discard(motor.name)
            self._faults.pop(motor.name, None)

    def _note_off(self, motor: LimitedMotor, because: str) -> None:
        if motor.name not in self._faults:
            self._refused_off.add(motor.name)
        self._faults[motor.name] = because

    def _pulse(self, motor: LimitedMotor, pulse: MotorPulse) -> bool:
        try:
            motor.pulse(pulse.strength, pulse.duration_s)
        except MotorFault as error:
            self._faults[motor.name] = str(error)
            self._refused_off.discard(motor.name)
            return False
        self._faults.pop(motor.name, None)
        self._refused_off.discard(motor.name)
        return True

    def _raise(self) -> None:
        if self._faults:
            raise MotorFault("; ".join(self._faults.values()))
