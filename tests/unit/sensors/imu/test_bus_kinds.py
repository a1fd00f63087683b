"""Other chips on the bus, chips that move, hiccups at any transfer, a bus that hangs."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from backrun_pi.errors import BusError, HardwareError, WrongDevice
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu.probe import find_imu
from backrun_pi.sensors.imu.resilient import SteadyImu
from backrun_pi.sensors.imu.settings import ImuSettings
from backrun_pi.sim.board import TwinBoard
from tests.support.chips import Bus, HandClock
from tests.support.twin import board

SETTINGS = ImuSettings()
CHIPS = ("mpu6050", "mpu6500", "icm20948", "lsm6dso", "lsm6ds3trc")


@dataclass
class Clockwork:
    """A clock chip: registers whose pointer goes round, seconds that tick over while read."""

    size: int
    memory: bytearray = field(default_factory=bytearray)
    written: list[tuple[int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memory = self.memory or bytearray((0x59 + k) % 256 for k in range(self.size))
        self.memory[0:7] = bytes.fromhex("30452301010526")

    def read(self, register: int, count: int) -> bytes:
        data = bytearray()
        for offset in range(count):
            at = (register + offset) % self.size
            if offset and at == 0:
                self.memory[0] ^= 1
            data.append(self.memory[at])
        return bytes(data)

    def write(self, register: int, data: bytes) -> None:
        self.written.append((register, data))

    def power_on(self) -> None:
        """Keep the time: it has a cell."""


def twin_with(folder: Path, chip: str, address: int | None = None) -> TwinBoard:
    at = "" if address is None else f"address = {address:#x}\n"
    return board(folder, f'duration_s = 600\n[imu]\nchip = "{chip}"\n{at}')


@pytest.mark.parametrize("size", [19, 20, 64])
@pytest.mark.parametrize("chip", ["mpu6050", "icm20948", "lsm6dso"])
def test_a_clock_at_the_sensor_s_address_is_never_written_to(
    tmp_path: Path, chip: str, size: int
) -> None:
    twin = twin_with(tmp_path, chip, None if chip == "lsm6dso" else 0x69)
    clock = Clockwork(size)
    twin.i2c.fit(0x68, clock)
    found = find_imu(twin.i2c, twin.clock, SETTINGS)
    assert found.drain() is None or found.name
    assert clock.written == []


@pytest.mark.parametrize("who", [0x68, 0x70, 0x98, 0xEA, 0x24, 0x27, 0xD1, 0x72, 0x00, 0xFF])
@pytest.mark.parametrize("size", [19, 20, 64, 256])
def test_a_clock_whose_memory_holds_the_identity_of_a_sensor_is_no_sensor(
    size: int, who: int
) -> None:
    clock = Clockwork(size)
    for register in (0x00, 0x0F, 0x75):
        clock.memory[register % size] = who
    bus = Bus(dict.fromkeys((104, 105, 106, 107), clock))
    with pytest.raises(WrongDevice, match="not supported"):
        find_imu(bus, HandClock(), SETTINGS)
    assert clock.written == []


@pytest.mark.parametrize("chip", CHIPS)
def test_a_warm_start_recognises_what_was_set_up_before(tmp_path: Path, chip: str) -> None:
    twin = twin_with(tmp_path, chip)
    first = find_imu(twin.i2c, twin.clock, SETTINGS)
    assert find_imu(twin.i2c, twin.clock, SETTINGS).name == first.name


def test_a_set_up_that_broke_off_in_another_bank_is_recognised(tmp_path: Path) -> None:
    twin = twin_with(tmp_path, "icm20948")
    find_imu(twin.i2c, twin.clock, SETTINGS)
    twin.i2c.write(0x68, 0x7F, b"\x20")
    assert "ICM-20948" in find_imu(twin.i2c, twin.clock, SETTINGS).name


@dataclass
class Failing:
    """The twin's bus, of which the n-th transfer after `from_s` fails."""

    twin: TwinBoard
    from_s: float
    code: int
    number: int = 0
    count: int = 1
    seen: int = 0

    def read(self, address: int, register: int, count: int) -> bytes:
        self._pass(address, register)
        return self.twin.i2c.read(address, register, count)

    def write(self, address: int, register: int, data: bytes) -> None:
        self._pass(address, register)
        self.twin.i2c.write(address, register, data)

    def _pass(self, address: int, register: int) -> None:
        if self.twin.elapsed_s < self.from_s:
            return
        self.seen += 1
        if self.number < self.seen <= self.number + self.count:
            self.twin.clock.pass_s(0.2 if self.code == errno.ETIMEDOUT else 0.0001)
            raise BusError(address, register, self.code, errno.errorcode[self.code])


@dataclass
class Run:
    """What came of a stretch of ticks."""

    batches: list[tuple[float, ImuBatch]] = field(default_factory=list)
    errors: list[HardwareError] = field(default_factory=list)
    blocked_s: float = 0.0
    longest_block_s: float = 0.0

    @property
    def silence_s(self) -> float:
        times = [s for s, _ in self.batches]
        return max(b - a for a, b in pairwise(times))

    @property
    def gap_s(self) -> float:
        return sum(batch.gap_s for _, batch in self.batches)


def run(twin: TwinBoard, imu: SteadyImu, seconds: float) -> Run:
    found = Run()
    end_s = twin.elapsed_s + seconds
    while twin.elapsed_s < end_s:
        began_s, began_ns = twin.elapsed_s, twin.clock.now_ns()
        try:
            batch = imu.drain()
        except HardwareError as error:
            found.errors.append(error)
        else:
            if batch is not None:
                found.batches.append((twin.elapsed_s, batch))
        took_s = twin.elapsed_s - began_s
        found.blocked_s += took_s
        found.longest_block_s = max(found.longest_block_s, took_s)
        twin.clock.sleep_until_ns(max(began_ns + 50_000_000, twin.clock.now_ns()))
    return found


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("code", [errno.ETIMEDOUT, errno.EREMOTEIO, errno.EIO, errno.EAGAIN])
@pytest.mark.parametrize("chip", CHIPS)
def test_one_failed_transfer_anywhere_costs_one_tick(
    tmp_path: Path, chip: str, code: int, number: int
) -> None:
    twin = twin_with(tmp_path, chip)
    bus = Failing(twin, 3.0, code, number)
    found = run(twin, SteadyImu(bus, twin.clock, SETTINGS), 6.0)
    assert found.silence_s <= 0.31
    assert found.gap_s <= 0.3
    assert len(found.batches) >= 100


@pytest.mark.parametrize(
    ("chip", "old", "new"), [("mpu6050", 0x68, 0x69), ("lsm6dso", 0x6A, 0x6B)]
)
@pytest.mark.parametrize("phase_s", [0.0, 0.013, 0.037])
def test_a_sensor_that_comes_back_at_its_other_address_is_found(
    tmp_path: Path, chip: str, old: int, new: int, phase_s: float
) -> None:
    twin = twin_with(tmp_path, chip)
    imu = SteadyImu(twin.i2c, twin.clock, SETTINGS)
    run(twin, imu, 3.0 + phase_s)
    twin.i2c.move(old, new)
    twin.reboot_parts()
    moved_s = twin.elapsed_s
    found = run(twin, imu, 5.0)
    assert found.batches[0][0] - moved_s <= 3.0
    assert f"{new:#x}" in (imu.name or "")


@pytest.mark.parametrize("chip", CHIPS)
def test_a_bus_that_hangs_from_the_start_holds_no_tick_for_long(
    tmp_path: Path, chip: str
) -> None:
    twin = twin_with(tmp_path, chip)
    bus = Failing(twin, 0.0, errno.ETIMEDOUT, count=10**9)
    imu = SteadyImu(bus, twin.clock, SETTINGS)
    hung = run(twin, imu, 10.0)
    assert hung.longest_block_s <= 0.45
    assert hung.blocked_s <= 0.4 * 10.0
    bus.count = 0
    freed_s = twin.elapsed_s
    assert run(twin, imu, 5.0).batches[0][0] - freed_s <= 3.0


@pytest.mark.parametrize("from_s", [2.0, 2.011, 2.023, 2.049])
@pytest.mark.parametrize("lasts_s", [0.06, 0.3, 0.8, 3.0])
def test_a_bus_that_hangs_for_a_while_comes_back_at_any_phase(
    tmp_path: Path, from_s: float, lasts_s: float
) -> None:
    text = f'duration_s = 60\n[[fault]]\nwhat = "i2c_stuck"\nfrom_s = {from_s}\n'
    twin = board(tmp_path, text + f"until_s = {from_s + lasts_s}\n")
    found = run(twin, SteadyImu(twin.i2c, twin.clock, SETTINGS), 8.0)
    back_s = next(s for s, _ in found.batches if s > from_s + lasts_s)
    assert back_s - (from_s + lasts_s) <= 1.0
