"""The software IMUs at register level, read the way their datasheets say."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from backrun_pi.errors import BusError
from backrun_pi.messages import FloatArray
from backrun_pi.sim.board import TwinBoard
from tests.support.twin import board, run_to

STAND = """
duration_s = 60
[imu]
chip = "{chip}"
mount_deg = [0, 0, 0]
clock_error_p = {clock_error_p}
accel_bias_mps2 = [0, 0, 0]
gyro_bias_dps = [0, 0, 0]
"""
G = 9.80665


def standing(folder: Path, chip: str, clock_error_p: float = 0.0, more: str = "") -> TwinBoard:
    return board(folder, STAND.format(chip=chip, clock_error_p=clock_error_p) + more)


def write(twin: TwinBoard, register: int, *values: int, address: int = 0x68) -> None:
    twin.i2c.write(address, register, bytes(values))


def wake_mpu(twin: TwinBoard) -> None:
    """100 Hz, 16 g, 2000 dps, accelerometer and gyroscope into the FIFO."""
    for register, value in (
        (0x6B, 0x01),
        (0x19, 9),
        (0x1A, 3),
        (0x1B, 0x18),
        (0x1C, 0x18),
        (0x23, 0x78),
        (0x6A, 0x44),
    ):
        write(twin, register, value)


def mpu_fifo(twin: TwinBoard) -> FloatArray:
    count = int.from_bytes(twin.i2c.read(0x68, 0x72, 2), "big")
    raw = twin.i2c.read(0x68, 0x74, count - count % 12)
    return np.frombuffer(raw, dtype=">i2").reshape(-1, 6).astype(float)


def test_an_mpu6050_sleeps_until_it_is_woken(tmp_path: Path) -> None:
    twin = standing(tmp_path, "mpu6050")
    assert twin.i2c.read(0x68, 0x75, 1) == b"\x68"
    run_to(twin, 1.0)
    assert twin.i2c.read(0x68, 0x3B, 6) == bytes(6)
    wake_mpu(twin)
    run_to(twin, 2.0)
    assert twin.i2c.read(0x68, 0x3B, 6) != bytes(6)


@pytest.mark.parametrize(
    ("accel_range", "full_g"), [(0x00, 2.0), (0x08, 4.0), (0x10, 8.0), (0x18, 16.0)]
)
def test_gravity_stands_on_z_in_the_range_that_was_set(
    tmp_path: Path, accel_range: int, full_g: float
) -> None:
    twin = standing(tmp_path, "mpu6050")
    wake_mpu(twin)
    write(twin, 0x1C, accel_range)
    run_to(twin, 0.5)
    mean = mpu_fifo(twin)[10:].mean(axis=0) * full_g * G / 32768.0
    assert mean[2] == pytest.approx(G, abs=0.05)
    assert np.abs(mean[:2]).max() < 0.1


@pytest.mark.parametrize("clock_error_p", [-0.01, 0.0, 0.01])
def test_the_samples_come_at_the_chips_own_pace(tmp_path: Path, clock_error_p: float) -> None:
    twin = standing(tmp_path, "mpu6050", clock_error_p)
    wake_mpu(twin)
    count = 0
    for second in range(1, 21):
        run_to(twin, 0.5 * second)
        count += len(mpu_fifo(twin))
    assert count == pytest.approx(1000.0 / (1.0 + clock_error_p), abs=2)


@pytest.mark.parametrize(
    ("chip", "size"), [("mpu6050", 1024), ("mpu6500", 512), ("mpu9250", 512)]
)
def test_a_full_fifo_loses_its_oldest_bytes_and_its_alignment(
    tmp_path: Path, chip: str, size: int
) -> None:
    twin = standing(tmp_path, chip)
    wake_mpu(twin)
    run_to(twin, 3.0)
    assert int.from_bytes(twin.i2c.read(0x68, 0x72, 2), "big") == size
    assert size % 12 != 0
    assert twin.i2c.read(0x68, 0x3A, 1)[0] & 0x10
    torn = mpu_fifo(twin).mean(axis=0)
    assert abs(torn[2] - 2048.0) > 100.0  # z is not where it should be
    write(twin, 0x6A, 0x44)  # reset of the FIFO
    run_to(twin, 3.3)
    assert mpu_fifo(twin).mean(axis=0)[2] == pytest.approx(2048.0, abs=30.0)


def test_the_overflow_flag_is_cleared_by_reading_it(tmp_path: Path) -> None:
    twin = standing(tmp_path, "mpu6050")
    wake_mpu(twin)
    run_to(twin, 3.0)
    assert twin.i2c.read(0x68, 0x3A, 1)[0] & 0x10
    write(twin, 0x6A, 0x44)
    assert not twin.i2c.read(0x68, 0x3A, 1)[0] & 0x10


def test_the_fifo_takes_only_what_it_was_asked_for(tmp_path: Path) -> None:
    twin = standing(tmp_path, "mpu6050")
    wake_mpu(twin)
    write(twin, 0x23, 0xF8)  # temperature too: 14 bytes
    write(twin, 0x6A, 0x44)
    run_to(twin, 0.5)
    count = int.from_bytes(twin.i2c.read(0x68, 0x72, 2), "big")
    assert count > 0
    assert count % 14 == 0
    frame = np.frombuffer(twin.i2c.read(0x68, 0x74, 14), dtype=">i2")
    assert frame[3] / 340.0 + 36.53 == pytest.approx(31.0, abs=0.1)


def test_a_clone_answers_with_its_own_identity(tmp_path: Path) -> None:
    twin = standing(tmp_path, "mpu6050", more="who_am_i = 0x72\naddress = 0x69\n")
    assert twin.i2c.read(0x69, 0x75, 1) == b"\x72"
    with pytest.raises(BusError) as caught:
        twin.i2c.read(0x68, 0x75, 1)
    assert caught.value.bus_errno == errno.EREMOTEIO


def test_a_hard_blow_saturates_and_never_wraps(tmp_path: Path) -> None:
    fault = "[[fault]]\nwhat = 'imu_saturated'\nfrom_s = 1\nvalue = 40\n"
    twin = standing(tmp_path, "mpu6050", more=fault)
    wake_mpu(twin)
    run_to(twin, 1.6)
    write(twin, 0x6A, 0x44)
    run_to(twin, 2.2)
    assert set(mpu_fifo(twin)[:, 2]) == {32767.0}


def test_a_brown_out_leaves_a_sleeping_chip(tmp_path: Path) -> None:
    twin = standing(tmp_path, "mpu6050", more="[[fault]]\nwhat = 'imu_reset'\nfrom_s = 1\n")
    wake_mpu(twin)
    run_to(twin, 1.5)
    assert twin.i2c.read(0x68, 0x6B, 1) == b"\x40"
    assert int.from_bytes(twin.i2c.read(0x68, 0x72, 2), "big") == 0


@pytest.mark.parametrize(
    ("what", "code"), [("imu_nak", errno.EREMOTEIO), ("i2c_stuck", errno.ETIMEDOUT)]
)
def test_a_bus_fault_has_the_number_that_a_pi_gives(
    tmp_path: Path, what: str, code: int
) -> None:
    fault = f"[[fault]]\nwhat = '{what}'\nfrom_s = 1\nuntil_s = 2\n"
    twin = standing(tmp_path, "mpu6050", more=fault)
    run_to(twin, 1.0)
    with pytest.raises(BusError) as caught:
        twin.i2c.read(0x68, 0x75, 1)
    assert caught.value.bus_errno == code
    run_to(twin, 2.2)
    assert twin.i2c.read(0x68, 0x75, 1) == b"\x68"


def test_a_stuck_sensor_repeats_one_sample(tmp_path: Path) -> None:
    fault = "[[fault]]\nwhat = 'imu_stuck'\nfrom_s = 1\nuntil_s = 2\n"
    twin = standing(tmp_path, "mpu6050", more=fault)
    wake_mpu(twin)
    run_to(twin, 1.0)
    mpu_fifo(twin)
    run_to(twin, 1.5)
    stuck = mpu_fifo(twin)
    assert len(stuck) > 20
    assert len(np.unique(stuck, axis=0)) == 1


def test_the_motor_is_felt_by_the_sensor(tmp_path: Path) -> None:
    twin = standing(tmp_path, "mpu6050")
    wake_mpu(twin)
    run_to(twin, 0.5)
    calm = mpu_fifo(twin)
    twin.motor.pulse(1.0, 0.5)
    run_to(twin, 1.0)
    shaken = mpu_fifo(twin)
    assert shaken[20:, 1].std() > 3.0 * calm[10:, 1].std()


def test_the_chip_s_filter_lets_little_of_the_motor_through(tmp_path: Path) -> None:
    spread = []
    for number, low_pass in enumerate((0x00, 0x03, 0x06)):  # 260, 44, 5 Hz
        twin = standing(tmp_path / str(number), "mpu6050", more="noise_p = 0\n")
        wake_mpu(twin)
        write(twin, 0x19, 9 if low_pass else 79)  # 100 Hz either way
        write(twin, 0x1A, low_pass)
        write(twin, 0x6A, 0x44)
        run_to(twin, 0.3)
        twin.motor.pulse(1.0, 0.6)
        run_to(twin, 0.5)
        mpu_fifo(twin)
        run_to(twin, 0.9)
        spread.append(mpu_fifo(twin)[:, 1].std() * 16.0 * G / 32768.0)
    whole, usual, least = spread
    assert whole == pytest.approx(10.0 / 2**0.5 * 0.89, rel=0.25)
    assert usual == pytest.approx(10.0 / 2**0.5 * 0.055, rel=0.35)
    assert least < 0.05


def test_an_icm20948_hides_its_ranges_in_bank_two(tmp_path: Path) -> None:
    twin = standing(tmp_path, "icm20948")
    assert twin.i2c.read(0x68, 0x00, 1) == b"\xea"
    write(twin, 0x06, 0x01)
    write(twin, 0x7F, 0x20)
    assert twin.i2c.read(0x68, 0x00, 1) != b"\xea"
    write(twin, 0x00, 10)  # gyroscope: 1125 / 11 Hz
    write(twin, 0x01, 0x07)  # 2000 dps, filtered
    write(twin, 0x10, 0, 10)
    write(twin, 0x14, 0x07)  # 16 g, filtered
    write(twin, 0x7F, 0x00)
    write(twin, 0x67, 0x1E)
    write(twin, 0x68, 0x1F)
    write(twin, 0x68, 0x00)
    write(twin, 0x03, 0x40)
    run_to(twin, 0.4)
    count = int.from_bytes(twin.i2c.read(0x68, 0x70, 2), "big")
    assert count == pytest.approx(12 * 0.4 * 1125 / 11, abs=12)
    frames = np.frombuffer(twin.i2c.read(0x68, 0x72, count), dtype=">i2").reshape(-1, 6)
    assert frames.mean(axis=0)[2] == pytest.approx(2048.0, abs=30.0)


def start_lsm(twin: TwinBoard) -> None:
    write(twin, 0x10, 0x44, address=0x6A)  # 104 Hz, 16 g
    write(twin, 0x11, 0x4C, address=0x6A)  # 104 Hz, 2000 dps


def test_an_lsm6dso_gives_tagged_words_and_keeps_them_whole(tmp_path: Path) -> None:
    twin = standing(tmp_path, "lsm6dso")
    assert twin.i2c.read(0x6A, 0x0F, 1) == b"\x6c"
    start_lsm(twin)
    write(twin, 0x09, 0x44, address=0x6A)
    write(twin, 0x0A, 0x06, address=0x6A)
    run_to(twin, 4.0)
    low, high = twin.i2c.read(0x6A, 0x3A, 2)
    assert (high & 3) << 8 | low == 512
    assert high & 0x40  # overrun
    words = np.frombuffer(twin.i2c.read(0x6A, 0x78, 7 * 100), dtype=np.uint8).reshape(-1, 7)
    tags = words[:, 0] >> 3
    assert set(tags) == {1, 2}
    assert all(int(head).bit_count() % 2 == 0 for head in words[:, 0])
    accel = np.frombuffer(words[tags == 2][:, 1:].tobytes(), dtype="<i2").reshape(-1, 3)
    assert accel.mean(axis=0)[2] * 0.488e-3 == pytest.approx(1.0, abs=0.02)


def test_an_lsm6ds3trc_says_where_in_its_pattern_it_is(tmp_path: Path) -> None:
    twin = standing(tmp_path, "lsm6ds3trc")
    assert twin.i2c.read(0x6A, 0x0F, 1) == b"\x6a"
    start_lsm(twin)
    write(twin, 0x08, 0x09, address=0x6A)
    write(twin, 0x0A, 0x26, address=0x6A)
    run_to(twin, 1.0)
    low, high, pattern = twin.i2c.read(0x6A, 0x3A, 3)
    words = (high & 7) << 8 | low
    assert words % 6 == 0
    assert pattern == 0
    twin.i2c.read(0x6A, 0x3E, 2)
    assert twin.i2c.read(0x6A, 0x3C, 1) == b"\x01"
    twin.i2c.read(0x6A, 0x3E, 10)
    frame = np.frombuffer(twin.i2c.read(0x6A, 0x3E, 12), dtype="<i2")
    assert frame[5] * 0.488e-3 == pytest.approx(1.0, abs=0.05)


def test_a_software_reset_puts_an_lsm_to_sleep(tmp_path: Path) -> None:
    twin = standing(tmp_path, "lsm6dso")
    start_lsm(twin)
    run_to(twin, 0.5)
    assert twin.i2c.read(0x6A, 0x28, 6) != bytes(6)
    write(twin, 0x12, 0x01, address=0x6A)
    run_to(twin, 1.0)
    assert twin.i2c.read(0x6A, 0x28, 6) == bytes(6)
