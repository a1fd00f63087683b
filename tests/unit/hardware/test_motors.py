"""One motor or two: each side is felt, a motor that fails takes no word away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from backrun_pi.errors import MotorFault
from backrun_pi.hardware.motor_limit import MotorLimitSettings
from backrun_pi.hardware.motors import Motors
from backrun_pi.hardware.ports import Board
from backrun_pi.messages import MotorPulse, Side
from tests.support.chips import HandClock

LIMIT = MotorLimitSettings()


@dataclass
class Coil:
    """A motor that remembers what it was reported."""

    name: str
    is_broken: bool = False
    failure: str | None = None
    pulses: list[float] = field(default_factory=list)

    def pulse(self, strength: float, duration_s: float) -> None:
        self._check()
        self.pulses.append(round(duration_s, 3))

    def off(self) -> None:
        self._check()
        self.pulses.append(0.0)

    def _check(self) -> None:
        if self.is_broken:
            raise MotorFault(f"{self.name} does not turn")


@dataclass
class Hips:
    """What `Motors` needs of a board."""

    motor: Coil
    right: Coil | None = None
    is_missing: bool = False
    clock: HandClock = field(default_factory=HandClock)

    @property
    def right_motor(self) -> Coil | None:
        if self.is_missing:
            raise MotorFault("no haptic driver answers on i2c-3")
        return self.right


def motors(hips: Hips) -> Motors:
    return Motors(cast("Board", hips), LIMIT)


def pulse(side: Side = Side.BOTH, duration_s: float = 0.3) -> MotorPulse:
    return MotorPulse(0, duration_s, 1.0, "look_left", side)


@pytest.mark.parametrize("side", Side)
def test_one_motor_plays_every_side(side: Side) -> None:
    hips = Hips(Coil("left"))
    motors(hips).play(pulse(side))
    assert hips.motor.pulses == [0.3]


@pytest.mark.parametrize(
    ("side", "left", "right"),
    [(Side.BOTH, [0.3], [0.3]), (Side.LEFT, [0.3], []), (Side.RIGHT, [], [0.3])],
)
def test_with_two_motors_each_side_is_felt_on_its_own(
    side: Side, left: list[float], right: list[float]
) -> None:
    hips = Hips(Coil("left"), Coil("right"))
    both = motors(hips)
    both.play(pulse(side))
    assert both.names == ("left", "right")
    assert hips.right is not None
    assert (hips.motor.pulses, hips.right.pulses) == (left, right)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("broken", ["left", "right"])
def test_a_motor_that_fails_is_named_and_the_other_plays_the_word(
    side: Side, broken: str
) -> None:
    hips = Hips(Coil("left", broken == "left"), Coil("right", broken == "right"))
    both = motors(hips)
    with pytest.raises(MotorFault, match=f"{broken} does not turn"):
        both.play(pulse(Side.BOTH))
    with pytest.raises(MotorFault, match=f"{broken} does not turn"):
        both.play(pulse(side))
    assert hips.right is not None
    sound = hips.motor if broken == "right" else hips.right
    assert sound.pulses == [0.3, 0.3]


def test_a_motor_is_a_fault_until_it_takes_a_pulse_itself() -> None:
    hips = Hips(Coil("left"), Coil("right", is_broken=True))
    both = motors(hips)
    with pytest.raises(MotorFault):
        both.play(pulse(Side.RIGHT))
    assert hips.right is not None
    hips.right.is_broken = False
    with pytest.raises(MotorFault, match="right"):
        both.play(pulse(Side.LEFT))
    both.play(pulse(Side.RIGHT))
    both.play(pulse(Side.LEFT))


def test_a_second_motor_that_is_not_there_is_said_with_each_pulse_of_the_first() -> None:
    hips = Hips(Coil("left"), is_missing=True)
    both = motors(hips)
    for side in Side:
        with pytest.raises(MotorFault, match="i2c-3"):
            both.play(pulse(side))
    assert hips.motor.pulses == [0.3, 0.3, 0.3]


def test_each_motor_has_the_hard_limit_of_its_own() -> None:
    hips = Hips(Coil("left"), Coil("right"))
    both = motors(hips)
    both.play(pulse(Side.LEFT, 1000.0))
    both.play(pulse(Side.RIGHT, 1000.0))
    assert hips.right is not None
    assert hips.motor.pulses == hips.right.pulses == [LIMIT.on_max_s]


def test_off_reaches_the_second_when_the_first_fails() -> None:
    hips = Hips(Coil("left", is_broken=True), Coil("right"))
    with pytest.raises(MotorFault, match="left"):
        motors(hips).off()
    assert hips.right is not None
    assert hips.right.pulses == [0.0]


@pytest.mark.parametrize("broken", ["left", "right"])
def test_a_fault_is_noticed_within_a_second_although_no_cue_is_played(broken: str) -> None:
    hips = Hips(Coil("left"), Coil("right"))
    both = motors(hips)
    hips.clock.t_ns += 2_000_000_000
    both.check()
    assert hips.right is not None
    (hips.right if broken == "right" else hips.motor).is_broken = True
    seen: list[str] = []
    for _ in range(21):
        hips.clock.t_ns += 50_000_000
        try:
            both.check()
        except MotorFault as error:
            seen.append(str(error))
    assert seen
    assert set(seen) == {f"{broken} does not turn"}


def test_looking_at_a_motor_never_cuts_its_pulse() -> None:
    hips = Hips(Coil("left"))
    one = motors(hips)
    hips.clock.t_ns += 2_000_000_000
    one.play(pulse(duration_s=0.5))
    one.check()
    assert hips.motor.pulses == [0.5]
    hips.clock.t_ns += 1_100_000_000
    one.check()
    assert hips.motor.pulses == [0.5, 0.0]


def test_a_motor_that_may_still_be_on_is_named_at_once() -> None:
    hips = Hips(Coil("left", failure="it could not be switched off"))
    with pytest.raises(MotorFault, match="could not be switched off"):
        motors(hips).check()


def test_a_driver_that_is_back_is_not_called_lost_until_the_next_cue() -> None:
    hips = Hips(Coil("left"), Coil("right", is_broken=True))
    both = motors(hips)
    hips.clock.t_ns += 2_000_000_000
    with pytest.raises(MotorFault, match="right"):
        both.check()
    assert hips.right is not None
    hips.right.is_broken = False
    hips.clock.t_ns += 1_100_000_000
    both.check()


def test_a_motor_that_refused_a_pulse_is_lost_until_it_takes_one() -> None:
    hips = Hips(Coil("left"), Coil("right", is_broken=True))
    both = motors(hips)
    with pytest.raises(MotorFault, match="right"):
        both.play(pulse())
    assert hips.right is not None
    hips.right.is_broken = False
    hips.clock.t_ns += 1_100_000_000
    with pytest.raises(MotorFault, match="right"):
        both.check()
    both.play(pulse())
    both.check()
