"""The ICM-20948, LSM6DSO and LSM6DS3TR-C drivers against small chips at register level."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from backrun_pi.errors import WrongDevice
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu.probe import Imu, find_imu
from backrun_pi.sensors.imu.settings import ImuSettings
from tests.support.chips import Bus, HandClock, RegisterChip, Row
from tests.support.chips_more import IcmChip, LsmPatternChip, LsmTaggedChip, TimedChip

Chip = IcmChip | LsmTaggedChip | LsmPatternChip


@dataclass(frozen=True)
class Kind:
    """A chip and what is to be found of it."""

    make: Callable[[HandClock], Chip]
    address: int
    name: str
    rate_hz: float
    accel_lsb_g: float
    gyro_lsb_dps: float
    full_s: float
    """After so long without a drain the FIFO has run over."""


KINDS = [
    Kind(IcmChip, 0x69, "ICM-20948 at 0x69", 1125 / 11, 1 / 2048, 1 / 16.4, 0.6),
    Kind(LsmTaggedChip, 0x6A, "LSM6DSO at 0x6a", 104.0, 0.488e-3, 0.07, 3.0),
    Kind(LsmPatternChip, 0x6B, "LSM6DS3TR-C at 0x6b", 104.0, 0.488e-3, 0.07, 4.0),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name[:11])
def kind(request: pytest.FixtureRequest) -> Kind:
    assert isinstance(request.param, Kind)
    return request.param


def started(kind: Kind, row: Callable[[int], Row] | None = None) -> tuple[Chip, Imu]:
    chip = kind.make(HandClock())
    if row is not None:
        chip.row = row
    return chip, find_imu(Bus({kind.address: chip}), chip.clock, ImuSettings())


def drained(imu: Imu) -> ImuBatch:
    batch = imu.drain()
    assert batch is not None
    return batch


def counting(index: int) -> Row:
    return (index % 1000, -1, 2048, -32768, 32767, index % 7)


def test_it_is_found_and_named(kind: Kind) -> None:
    _, imu = started(kind)
    assert imu.name == kind.name


def test_counts_become_si_units_in_the_right_axes(kind: Kind) -> None:
    chip, imu = started(kind, counting)
    chip.clock.passes(0.1)
    batch = drained(imu)
    g_mps2 = 9.80665 * kind.accel_lsb_g
    assert batch.accel_mps2[0, 1:] == pytest.approx([-g_mps2, 2048 * g_mps2])
    lsb_rps = math.radians(kind.gyro_lsb_dps)
    assert batch.gyro_rps[0, :2] == pytest.approx([-32768 * lsb_rps, 32767 * lsb_rps])
    assert batch.accel_lsb_mps2 == pytest.approx(g_mps2)


def test_no_sample_is_lost_or_doubled_over_many_drains(kind: Kind) -> None:
    chip, imu = started(kind, counting)
    batches = []
    for tick in range(100):
        chip.clock.passes(0.03 if tick % 3 else 0.1)
        if (batch := imu.drain()) is not None:
            batches.append(batch)
    numbers = np.concatenate([np.rint(b.accel_mps2[:, 0] / b.accel_lsb_mps2) for b in batches])
    assert set(np.diff(numbers) % 1000) == {1.0}
    assert sum(batch.gap_s for batch in batches) == 0.0
    times = np.concatenate([batch.t_ns for batch in batches])
    assert np.diff(times).mean() * 1e-9 == pytest.approx(1.0 / kind.rate_hz, rel=0.01)


def test_an_overflow_leaves_a_gap_and_whole_samples(kind: Kind) -> None:
    chip, imu = started(kind, counting)
    chip.clock.passes(0.05)
    drained(imu)
    chip.clock.passes(kind.full_s)
    assert imu.drain() is None
    chip.clock.passes(0.05)
    batch = drained(imu)
    assert batch.gap_s == pytest.approx(kind.full_s, abs=0.03)
    assert np.all(np.rint(batch.accel_mps2[:, 2] / batch.accel_lsb_mps2) == 2048)


def test_it_works_again_after_a_brown_out(kind: Kind) -> None:
    chip, imu = started(kind)
    chip.power_on()
    chip.clock.passes(0.2)
    assert imu.drain() is None
    imu.restart()
    chip.clock.passes(0.1)
    assert len(drained(imu).t_ns) >= 9


def test_another_chip_in_its_place_is_refused(kind: Kind) -> None:
    chip = kind.make(HandClock())
    bus = Bus({kind.address: chip})
    imu = find_imu(bus, chip.clock, ImuSettings())
    bus.chips[kind.address] = RegisterChip({})
    with pytest.raises(WrongDevice, match="another chip"):
        imu.restart()


def test_its_temperature_is_in_degrees(kind: Kind) -> None:
    chip, imu = started(kind)
    if isinstance(chip, IcmChip):
        chip.banks[0][0x39:0x3B] = round(4 * 333.87).to_bytes(2, "big")
    else:
        chip.registers[0x20:0x22] = b"\x00\x00"
    chip.clock.passes(0.05)
    assert drained(imu).chip_c == pytest.approx(25.0, abs=0.01)


def test_the_bank_of_the_icm20948_that_a_crash_left_behind_does_not_hide_it() -> None:
    chip = IcmChip(HandClock())
    find_imu(Bus({0x68: chip}), chip.clock, ImuSettings())
    chip.write(0x7F, b"\x20")
    imu = find_imu(Bus({0x68: chip}), chip.clock, ImuSettings())
    assert "ICM-20948" in imu.name


@pytest.mark.parametrize("is_accel_first", [False, True])
def test_the_two_words_of_a_moment_are_joined_in_either_order_and_across_drains(
    is_accel_first: bool,
) -> None:
    chip = LsmTaggedChip(HandClock(), row=counting, is_accel_first=is_accel_first)
    imu = find_imu(Bus({0x6A: chip}), chip.clock, ImuSettings())
    chip.clock.passes(0.05)
    chip.run()
    late = chip.words.pop()
    first = drained(imu)
    chip.words.insert(0, late)
    chip.clock.passes(0.05)
    second = drained(imu)
    numbers = np.concatenate(
        [np.rint(b.accel_mps2[:, 0] / b.accel_lsb_mps2) for b in (first, second)]
    )
    assert set(np.diff(numbers)) == {1.0}


def test_a_word_whose_partner_never_came_is_not_joined_with_another_moment() -> None:
    chip = LsmTaggedChip(HandClock(), row=counting)
    imu = find_imu(Bus({0x6A: chip}), chip.clock, ImuSettings())
    chip.clock.passes(0.1)
    chip.run()
    whole = len(chip.words) // 2
    del chip.words[5]
    batch = drained(imu)
    assert len(batch.t_ns) == whole - 1
    pairs = zip(
        np.rint(batch.accel_mps2[:, 0] / batch.accel_lsb_mps2),
        np.rint(batch.gyro_rps[:, 2] / batch.gyro_lsb_rps),
        strict=True,
    )
    assert all(number % 7 == turn for number, turn in pairs)


def test_a_pattern_that_starts_in_the_middle_is_never_decoded() -> None:
    chip = LsmPatternChip(HandClock(), row=counting)
    imu = find_imu(Bus({0x6B: chip}), chip.clock, ImuSettings())
    chip.clock.passes(0.05)
    chip.read(0x3E, 4)
    assert imu.drain() is None


def test_an_unknown_st_chip_is_refused_with_its_number() -> None:
    chip: TimedChip = LsmTaggedChip(HandClock(), who=0x44)
    assert isinstance(chip, LsmTaggedChip)
    with pytest.raises(WrongDevice, match="0x44"):
        find_imu(Bus({0x6A: chip}), chip.clock, ImuSettings())
