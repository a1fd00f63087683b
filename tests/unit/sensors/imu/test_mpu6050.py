"""The MPU family's driver against a small chip at register level."""

from __future__ import annotations

import errno
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backrun_pi.errors import BusError, WrongDevice
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu.mpu6050 import MODELS
from backrun_pi.sensors.imu.probe import Imu, find_imu
from backrun_pi.sensors.imu.settings import ImuSettings
from tests.support.chips import Bus, HandClock, MpuChip, RegisterChip, Row

SETTINGS = ImuSettings()


def started(chip: MpuChip, address: int = 0x68) -> tuple[Bus, Imu]:
    bus = Bus({address: chip})
    return bus, find_imu(bus, chip.clock, SETTINGS)


def drained(imu: Imu) -> ImuBatch:
    batch = imu.drain()
    assert batch is not None
    return batch


@pytest.mark.parametrize("who", sorted(MODELS))
def test_every_member_of_the_family_is_found_by_its_name(who: int) -> None:
    chip = MpuChip(HandClock(), who=who, has_accel_filter=MODELS[who].has_accel_filter)
    _, imu = started(chip, 0x69)
    assert MODELS[who].name in imu.name
    assert "0x69" in imu.name


def test_ranges_rate_and_filters_are_what_running_needs() -> None:
    chip = MpuChip(HandClock(), who=0x70, has_accel_filter=True)
    started(chip)
    assert chip.registers[0x19] == 9
    assert chip.registers[0x1A] == 3
    assert chip.registers[0x1B] == 0x18
    assert chip.registers[0x1C] == 0x18
    assert chip.registers[0x1D] == 3
    assert chip.registers[0x23] == 0x78


def test_the_mpu6050_has_no_accelerometer_filter_register_to_write() -> None:
    chip = MpuChip(HandClock(), who=0x68, has_accel_filter=True)
    started(chip)
    assert chip.registers[0x1D] == 0


def test_counts_become_si_units_and_stay_whole_multiples_of_the_lsb() -> None:
    rows: list[Row] = [(2048, -2048, 32767, 164, -164, -32768), (1, 2, 3, 4, 5, 6)]
    chip = MpuChip(HandClock(), row=lambda index: rows[index % 2])
    _, imu = started(chip)
    chip.clock.passes(0.1)
    batch = drained(imu)
    assert batch.accel_mps2[0, 0] == 2048 * batch.accel_lsb_mps2 or batch.accel_mps2[0, 0] == (
        1 * batch.accel_lsb_mps2
    )
    row = next(i for i in range(2) if batch.accel_mps2[i, 0] > 9.0)
    assert batch.accel_mps2[row] == pytest.approx([9.80665, -9.80665, 156.9], abs=0.01)
    assert batch.gyro_rps[row, :2] == pytest.approx([math.radians(10), -math.radians(10)])
    counts = batch.gyro_rps / batch.gyro_lsb_rps
    assert np.array_equal(np.rint(counts) * batch.gyro_lsb_rps, batch.gyro_rps)


def test_the_temperature_that_the_icm20602_puts_between_is_left_out() -> None:
    chip = MpuChip(HandClock(), who=0x12, row=lambda index: (1, 2, 2048, 4, 5, index))
    _, imu = started(chip)
    chip.clock.passes(0.1)
    batch = drained(imu)
    counts = np.rint(batch.gyro_rps / batch.gyro_lsb_rps)
    assert np.all(counts[:, :2] == [4, 5])
    assert np.all(np.diff(counts[:, 2]) == 1)
    assert np.all(np.rint(batch.accel_mps2 / batch.accel_lsb_mps2) == [1, 2, 2048])


def test_nothing_new_is_none_and_not_an_old_sample() -> None:
    chip = MpuChip(HandClock())
    _, imu = started(chip)
    chip.clock.passes(0.05)
    drained(imu)
    assert imu.drain() is None


@settings(max_examples=30)
@given(
    oscillator=st.floats(0.95, 1.05),
    ticks=st.lists(
        st.sampled_from([0.03, 0.05, 0.05, 0.05, 0.1, 0.3]), min_size=200, max_size=200
    ),
)
def test_sample_times_follow_a_wrong_oscillator_and_an_uneven_loop(
    oscillator: float, ticks: list[float]
) -> None:
    chip = MpuChip(HandClock(), oscillator=oscillator)
    _, imu = started(chip)
    chip.taken_ns.clear()
    chip.fifo.clear()
    times: list[int] = []
    for tick in ticks:
        chip.clock.passes(tick)
        if (batch := imu.drain()) is not None:
            assert batch.gap_s == 0.0
            assert batch.t_ns[-1] <= chip.clock.t_ns
            times += batch.t_ns.tolist()
    errors = (np.array(times) - np.array(chip.taken_ns)) * 1e-9
    assert np.all(np.diff(times) > 0)
    assert np.abs(errors).max() < 0.02
    assert np.abs(errors[-200:]).max() < 0.012


def test_an_overflow_resets_the_fifo_and_the_gap_is_reported_once() -> None:
    chip = MpuChip(HandClock(), who=0x70, fifo_bytes=512)
    _, imu = started(chip)
    chip.clock.passes(0.05)
    last_ns = drained(imu).t_ns[-1]
    chip.clock.passes(0.6)
    assert imu.drain() is None
    chip.clock.passes(0.05)
    batch = drained(imu)
    assert batch.gap_s == pytest.approx((batch.t_ns[0] - last_ns) * 1e-9 - 0.01, abs=1e-6)
    assert batch.gap_s == pytest.approx(0.6, abs=0.02)
    assert batch.accel_mps2[:, 2].min() > 9.0
    chip.clock.passes(0.05)
    assert drained(imu).gap_s == 0.0


def test_a_misaligned_fifo_is_never_decoded() -> None:
    chip = MpuChip(HandClock())
    _, imu = started(chip)
    chip.clock.passes(0.05)
    drained(imu)
    chip.clock.passes(0.05)
    chip.read(0x74, 5)
    assert imu.drain() is None
    chip.clock.passes(0.05)
    assert drained(imu).accel_mps2[:, 2].min() > 9.0


@pytest.mark.parametrize("code", [errno.EREMOTEIO, errno.ETIMEDOUT])
def test_a_bus_fault_reaches_the_caller_with_its_number(code: int) -> None:
    chip = MpuChip(HandClock())
    bus, imu = started(chip)
    bus.fault = code
    with pytest.raises(BusError) as caught:
        imu.drain()
    assert caught.value.bus_errno == code


class BreakingOff(MpuChip):
    """A chip whose FIFO cannot be read to its end."""

    is_breaking = False

    def read(self, register: int, count: int) -> bytes:
        data = super().read(register, count)
        if register == 0x74 and self.is_breaking:
            raise BusError(0x68, register, errno.ETIMEDOUT, "timed out")
        return data


def test_a_transfer_that_broke_off_in_the_middle_leaves_a_fifo_nobody_trusts() -> None:
    chip = BreakingOff(HandClock())
    _, imu = started(chip)
    chip.clock.passes(0.05)
    drained(imu)
    chip.clock.passes(0.05)
    chip.is_breaking = True
    with pytest.raises(BusError):
        imu.drain()
    chip.is_breaking = False
    chip.clock.passes(0.05)
    assert imu.drain() is None
    chip.clock.passes(0.05)
    assert drained(imu).gap_s == pytest.approx(0.1, abs=0.02)


def test_a_nak_loses_no_sample() -> None:
    chip = MpuChip(HandClock())
    bus, imu = started(chip)
    chip.clock.passes(0.05)
    drained(imu)
    bus.fault = errno.EREMOTEIO
    with pytest.raises(BusError):
        imu.drain()
    bus.fault = None
    chip.clock.passes(0.1)
    batch = drained(imu)
    assert len(batch.t_ns) == 10
    assert batch.gap_s == 0.0


def test_a_chip_that_lost_power_works_again_after_a_restart_and_tells_the_gap() -> None:
    chip = MpuChip(HandClock())
    _, imu = started(chip)
    chip.clock.passes(0.05)
    drained(imu)
    chip.power_on()
    chip.clock.passes(1.0)
    assert imu.drain() is None
    imu.restart()
    chip.clock.passes(0.05)
    assert drained(imu).gap_s == pytest.approx(1.0, abs=0.02)


def test_a_restart_that_meets_another_chip_is_refused() -> None:
    chip = MpuChip(HandClock())
    bus, imu = started(chip)
    bus.chips[0x68] = MpuChip(chip.clock, who=0x70)
    with pytest.raises(WrongDevice, match="0x70"):
        imu.restart()


def test_a_clone_with_an_unknown_name_is_accepted_by_its_behaviour_and_named_as_one() -> None:
    chip = MpuChip(HandClock(), who=0x72)
    _, imu = started(chip)
    assert "clone" in imu.name
    assert "0x72" in imu.name


@pytest.mark.parametrize(
    ("row", "oscillator", "words"),
    [
        ((0, 0, 0, 0, 0, 0), 1.0, "0.00 g"),
        ((0, 0, 4096, 0, 0, 0), 1.0, "2.00 g"),
        ((0, 0, 2048, 0, 0, 0), 0.5, "samples/s"),
    ],
)
def test_an_unknown_chip_that_behaves_differently_is_refused(
    row: Row, oscillator: float, words: str
) -> None:
    def noisy(index: int) -> Row:
        return (*row[:5], index % 2)

    chip = MpuChip(HandClock(), who=0x72, row=noisy, oscillator=oscillator)
    with pytest.raises(WrongDevice, match=words):
        started(chip)


class FixedMemory(RegisterChip):
    """Memory that nobody can write."""

    def write(self, register: int, data: bytes) -> None:
        """Take nothing."""


def test_memory_that_takes_no_settings_is_refused() -> None:
    bus = Bus({0x68: FixedMemory({0x75: b"\x68"})})
    with pytest.raises(WrongDevice, match="does not keep its settings"):
        find_imu(bus, HandClock(), SETTINGS)


def test_a_foreign_chip_is_called_by_its_name() -> None:
    bus = Bus({0x68: RegisterChip({0x00: b"\x24", 0x40: b"\xa8", 0x42: b"\xa9"})})
    with pytest.raises(WrongDevice, match="BMI270"):
        find_imu(bus, HandClock(), SETTINGS)


def test_an_empty_bus_says_what_to_check() -> None:
    with pytest.raises(BusError, match="check SDA, SCL"):
        find_imu(Bus(), HandClock(), SETTINGS)


def test_a_stuck_bus_is_not_called_an_absent_sensor() -> None:
    with pytest.raises(BusError) as caught:
        find_imu(Bus(fault=errno.ETIMEDOUT), HandClock(), SETTINGS)
    assert caught.value.bus_errno == errno.ETIMEDOUT
    assert "no motion sensor" not in str(caught.value)


def test_a_chip_that_repeats_one_sample_is_a_fault_not_a_standing_runner() -> None:
    chip = MpuChip(HandClock(), row=lambda _: (0, 0, 2048, 0, 0, 0))
    _, imu = started(chip)
    for _ in range(18):
        chip.clock.passes(0.05)
        imu.drain()
    chip.clock.passes(0.3)
    for _ in range(3):
        with pytest.raises(BusError, match="repeats"):
            imu.drain()
        chip.clock.passes(0.05)
    chip.row = lambda index: (0, 0, 2048, 0, 0, index % 2)
    chip.clock.passes(0.05)
    assert imu.drain() is not None


def test_the_temperature_is_read_once_a_second_and_in_degrees() -> None:
    chip = MpuChip(HandClock())
    bus, imu = started(chip)
    chip.registers[0x41:0x43] = (-3920).to_bytes(2, "big", signed=True)
    chip.clock.passes(0.05)
    assert drained(imu).chip_c == pytest.approx(25.0, abs=0.01)
    before = bus.transfers
    chip.clock.passes(0.05)
    drained(imu)
    assert bus.transfers - before == 3
