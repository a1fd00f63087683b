"""A motion sensor that is looked for until it is found, and set up again after a fault."""

from __future__ import annotations

import errno

import pytest

from backrun_pi.errors import BusError, HardwareError, WrongDevice
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu.resilient import SteadyImu
from backrun_pi.sensors.imu.settings import ImuSettings
from tests.support.chips import Bus, HandClock, MpuChip

SETTINGS = ImuSettings()


class Belt:
    """A sensor on a bus, and the ticks of a loop."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.chip = MpuChip(self.clock)
        self.bus = Bus({0x68: self.chip})
        self.imu = SteadyImu(self.bus, self.clock, SETTINGS)
        self.batches: list[ImuBatch] = []
        self.faults: list[HardwareError] = []

    def ticks(self, seconds: float) -> None:
        end_ns = self.clock.t_ns + round(seconds * 1e9)
        while self.clock.t_ns < end_ns:
            self.clock.passes(0.05)
            try:
                batch = self.imu.drain()
            except HardwareError as error:
                self.faults.append(error)
                continue
            if batch is not None:
                self.batches.append(batch)


@pytest.fixture
def belt() -> Belt:
    return Belt()


def test_it_is_found_when_it_is_first_asked_and_then_only_read(belt: Belt) -> None:
    assert belt.imu.name is None
    belt.ticks(2.0)
    assert belt.imu.name == "MPU-6050 at 0x68"
    assert belt.faults == []
    assert sum(batch.gap_s for batch in belt.batches) == 0.0


def test_one_nak_is_reported_and_loses_nothing(belt: Belt) -> None:
    belt.ticks(1.0)
    belt.bus.fault = errno.EREMOTEIO
    belt.ticks(0.05)
    belt.bus.fault = None
    belt.ticks(1.0)
    assert len(belt.faults) == 1
    assert sum(batch.gap_s for batch in belt.batches) == 0.0


def test_a_sensor_that_lost_its_power_is_set_up_again_and_the_gap_is_reported(
    belt: Belt,
) -> None:
    belt.ticks(1.0)
    belt.chip.power_on()
    belt.ticks(1.5)
    gaps = [batch.gap_s for batch in belt.batches if batch.gap_s]
    assert gaps == [pytest.approx(SETTINGS.silent_s, abs=0.11)]


def test_a_sensor_that_was_unplugged_comes_back_with_its_gap(belt: Belt) -> None:
    belt.ticks(1.0)
    chips, belt.bus.chips = belt.bus.chips, {}
    belt.ticks(3.0)
    belt.chip.power_on()
    belt.bus.chips = chips
    before = len(belt.batches)
    belt.ticks(1.0)
    assert len(belt.batches) > before
    assert belt.batches[before].gap_s == pytest.approx(3.3, abs=0.4)
    assert all(isinstance(fault, BusError) for fault in belt.faults)


def test_another_sensor_in_its_place_is_taken_and_the_gap_is_reported(belt: Belt) -> None:
    belt.ticks(1.0)
    belt.bus.chips = {0x69: MpuChip(belt.clock, who=0x70, has_accel_filter=True)}
    belt.bus.chips[0x68] = MpuChip(belt.clock, who=0x71, has_accel_filter=True)
    before = len(belt.batches)
    belt.ticks(2.0)
    assert any(isinstance(fault, WrongDevice) for fault in belt.faults)
    assert belt.imu.name == "MPU-9250 at 0x68"
    assert belt.batches[before].gap_s > 0.2


def test_a_bus_that_hangs_is_not_asked_at_every_tick(belt: Belt) -> None:
    belt.ticks(1.0)
    belt.bus.fault = errno.ETIMEDOUT
    asked = belt.bus.transfers
    belt.ticks(5.0)
    assert 5 <= belt.bus.transfers - asked <= 16
    belt.bus.fault = None
    before = len(belt.batches)
    belt.ticks(1.0)
    assert len(belt.batches) > before


def test_an_empty_bus_is_asked_again_at_a_slow_pace(belt: Belt) -> None:
    belt.bus.chips = {}
    belt.ticks(5.0)
    assert 8 <= len(belt.faults) <= 11
    belt.bus.chips = {0x68: belt.chip}
    belt.ticks(1.0)
    assert belt.batches
