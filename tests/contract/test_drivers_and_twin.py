"""Drivers and the twin's chips, written apart, agree on each register."""

from __future__ import annotations

import errno
import math
from pathlib import Path

import numpy as np
import pytest

from backrun_pi.errors import BusError, WrongDevice
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu.probe import Imu, find_imu
from backrun_pi.sensors.imu.resilient import SteadyImu
from backrun_pi.sensors.imu.settings import ImuSettings
from backrun_pi.sim.board import TwinBoard
from backrun_pi.sim.chips import LSM6
from backrun_pi.sim.imu_chip import VARIANTS
from backrun_pi.sim.scenario import load

CHIPS = [*VARIANTS, "icm20948", *LSM6]
PERIODS_S = {"icm20948": 11 / 1125, "lsm6dso": 1 / 104, "lsm6ds3trc": 1 / 104}
"""Nominal; the rest samples at 100 Hz. The twin's oscillator is wrong by some permille."""


def board(tmp_path: Path, chip: str, more: str = "") -> TwinBoard:
    file = tmp_path / "scenario.toml"
    file.write_text(
        f'duration_s = 60\n[imu]\nchip = "{chip}"\n{more}\n'
        '[[script]]\ndo = "stand"\nfor_s = 20\n'
        '[[script]]\ndo = "walk_forward"\nfor_s = 30\n'
    )
    return TwinBoard(load(file), tmp_path / "card")


def listen(twin: TwinBoard, imu: Imu, seconds: float) -> list[ImuBatch]:
    batches = []
    for _ in range(round(seconds / 0.05)):
        twin.clock.sleep_until_ns(twin.clock.now_ns() + 50_000_000)
        if (batch := imu.drain()) is not None:
            batches.append(batch)
    return batches


@pytest.mark.parametrize("chip", CHIPS)
def test_standing_is_one_g_and_no_turn_at_the_rate_of_the_chip(
    tmp_path: Path, chip: str
) -> None:
    twin = board(tmp_path, chip)
    imu = find_imu(twin.i2c, twin.clock, ImuSettings())
    batches = listen(twin, imu, 10.0)
    accel = np.concatenate([batch.accel_mps2 for batch in batches])
    gyro = np.concatenate([batch.gyro_rps for batch in batches])
    assert np.linalg.norm(accel.mean(axis=0)) == pytest.approx(9.81, abs=0.6)
    assert np.abs(gyro.mean(axis=0)).max() < math.radians(5.0)
    times = np.concatenate([batch.t_ns for batch in batches])
    assert np.diff(times).mean() * 1e-9 == pytest.approx(PERIODS_S.get(chip, 0.01), rel=0.015)
    assert sum(batch.gap_s for batch in batches) == 0.0


@pytest.mark.parametrize("chip", CHIPS)
def test_an_overflow_is_found_and_leaves_only_whole_samples(tmp_path: Path, chip: str) -> None:
    twin = board(tmp_path, chip)
    imu = find_imu(twin.i2c, twin.clock, ImuSettings())
    listen(twin, imu, 1.0)
    twin.clock.sleep_until_ns(twin.clock.now_ns() + 8_000_000_000)
    batches = listen(twin, imu, 2.0)
    assert sum(batch.gap_s for batch in batches) == pytest.approx(8.0, abs=0.2)
    accel = np.concatenate([batch.accel_mps2 for batch in batches])
    assert np.linalg.norm(accel, axis=1) == pytest.approx(9.81, abs=2.0)


@pytest.mark.parametrize("chip", CHIPS)
def test_after_a_brown_out_a_restart_brings_the_samples_back(tmp_path: Path, chip: str) -> None:
    fault = '[[fault]]\nwhat = "imu_reset"\nfrom_s = 3.0'
    twin = board(tmp_path, chip, fault)
    imu = find_imu(twin.i2c, twin.clock, ImuSettings())
    listen(twin, imu, 5.0)
    imu.restart()
    batches = listen(twin, imu, 2.0)
    accel = np.concatenate([batch.accel_mps2 for batch in batches])
    assert len(accel) > 190
    assert np.linalg.norm(accel.mean(axis=0)) == pytest.approx(9.81, abs=0.6)
    assert batches[0].gap_s > 1.0


@pytest.mark.parametrize("chip", CHIPS)
def test_a_noisy_bus_loses_no_sample_and_decodes_nothing_wrong(
    tmp_path: Path, chip: str
) -> None:
    fault = '[[fault]]\nwhat = "i2c_noise"\nfrom_s = 3.0\nuntil_s = 15.0\nvalue = 0.05'
    twin = board(tmp_path, chip, fault)
    imu = find_imu(twin.i2c, twin.clock, ImuSettings())
    batches, naks = [], 0
    for _ in range(300):
        twin.clock.sleep_until_ns(twin.clock.now_ns() + 50_000_000)
        try:
            batch = imu.drain()
        except BusError:
            naks += 1
            continue
        if batch is not None:
            batches.append(batch)
    accel = np.concatenate([batch.accel_mps2 for batch in batches])
    assert naks > 5
    assert sum(batch.gap_s for batch in batches) == 0.0
    assert len(accel) > 1400
    assert np.linalg.norm(accel, axis=1) == pytest.approx(9.81, abs=2.0)


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize(
    ("what", "code"), [("imu_nak", errno.EREMOTEIO), ("i2c_stuck", errno.ETIMEDOUT)]
)
def test_a_bus_that_fails_is_reported_by_its_number_and_samples_come_back_after_it(
    tmp_path: Path, chip: str, what: str, code: int
) -> None:
    fault = f'[[fault]]\nwhat = "{what}"\nfrom_s = 3.0\nuntil_s = 9.0'
    twin = board(tmp_path, chip, fault)
    imu = SteadyImu(twin.i2c, twin.clock, ImuSettings())
    codes, late = set(), []
    while twin.elapsed_s < 14.0:
        twin.clock.sleep_until_ns(twin.clock.now_ns() + 50_000_000)
        try:
            batch = imu.drain()
        except BusError as said:
            codes.add(said.bus_errno)
            continue
        if batch is not None and twin.elapsed_s > 9.0:
            late.append(batch)
    assert codes == {code}
    assert sum(batch.gap_s for batch in late) > 1.0  # the FIFO ran over: whole seconds are gone
    accel = np.concatenate([batch.accel_mps2 for batch in late])
    assert len(accel) > 300
    assert np.linalg.norm(accel, axis=1) == pytest.approx(9.81, abs=2.0)


@pytest.mark.parametrize("chip", ["icm20948", *LSM6])
def test_a_chip_with_the_wrong_name_is_refused_with_what_it_said(
    tmp_path: Path, chip: str
) -> None:
    twin = board(tmp_path, chip, "who_am_i = 0x5D")
    with pytest.raises(WrongDevice, match=r"0x5d|does not keep its settings"):
        find_imu(twin.i2c, twin.clock, ImuSettings())


@pytest.mark.parametrize("chip", [*VARIANTS])
@pytest.mark.parametrize("who", [0x72, 0x75, 0x19])
def test_a_clone_of_any_member_is_taken_by_its_behaviour(
    tmp_path: Path, chip: str, who: int
) -> None:
    twin = board(tmp_path, chip, f"who_am_i = {who}")
    imu = find_imu(twin.i2c, twin.clock, ImuSettings())
    assert f"0x{who:02x}" in imu.name
    accel = np.concatenate([batch.accel_mps2 for batch in listen(twin, imu, 2.0)])
    assert np.linalg.norm(accel.mean(axis=0)) == pytest.approx(9.81, abs=0.6)


def test_a_clone_is_accepted_and_named(tmp_path: Path) -> None:
    twin = board(tmp_path, "mpu6050", "who_am_i = 0x72")
    assert "clone" in find_imu(twin.i2c, twin.clock, ImuSettings()).name
