"""The parts of the real board that a desk can show."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import smbus2
from gpiozero.pins.mock import MockFactory, MockPWMPin

from backrun_pi.errors import BusError, HardwareError, MotorFault
from backrun_pi.hardware import raspberry
from backrun_pi.hardware.body import Body
from backrun_pi.hardware.bus_parts import clashes
from backrun_pi.hardware.clock import LinuxClock
from backrun_pi.hardware.file_storage import FileStorage
from backrun_pi.hardware.linux_i2c import LinuxI2c
from backrun_pi.hardware.partner import EvdevPartner
from backrun_pi.hardware.ports import Board
from backrun_pi.hardware.raspberry import RaspberryBoard
from backrun_pi.hardware.service_manager import notify
from backrun_pi.hardware.settings import BoardSettings
from backrun_pi.hardware.thread_worker import ThreadWorker
from tests.support.chips import Bus, HandClock, RegisterChip


@dataclass
class KernelBus:
    """Stands where smbus2 stands: takes combined transfers."""

    fault: int | None = None
    messages: list[tuple[int, int, bytes]] = field(default_factory=list)
    fd: int = -1
    wait_s: float = 1.0

    def ioctl(self, _fd: int, request: int, value: int) -> None:
        assert request == 0x0702  # I2C_TIMEOUT of linux/i2c-dev.h
        self.wait_s = value * 0.01

    def i2c_rdwr(self, *messages: Any) -> None:
        if self.fault is not None:
            raise OSError(self.fault, os.strerror(self.fault))
        for message in messages:
            self.messages.append((message.addr, message.flags, bytes(message)))
            if message.flags & 1:
                for index in range(message.len):
                    message.buf[index] = bytes((index % 251,))

    def close(self) -> None:
        self.messages.append((0, 0, b"closed"))


def kernel_bus(monkeypatch: pytest.MonkeyPatch, bus: KernelBus) -> LinuxI2c:
    monkeypatch.setattr(smbus2, "SMBus", lambda path: bus)
    monkeypatch.setattr(fcntl, "ioctl", bus.ioctl)
    return LinuxI2c(1)


def test_a_bus_that_hangs_stops_the_loop_for_less_than_a_loss_takes_to_be_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus = KernelBus()
    kernel_bus(monkeypatch, bus).read(0x68, 0x75, 1)
    assert 0.1 <= bus.wait_s <= 0.25


def test_a_burst_may_be_longer_than_smbus_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = KernelBus()
    data = kernel_bus(monkeypatch, bus).read(0x68, 0x74, 600)
    assert data == bytes(index % 251 for index in range(600))
    assert bus.messages[0] == (0x68, 0, b"\x74")
    assert bus.messages[1][:2] == (0x68, 1)


def test_register_and_data_go_out_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = KernelBus()
    kernel_bus(monkeypatch, bus).write(0x68, 0x6B, b"\x01\x02")
    assert bus.messages == [(0x68, 0, b"\x6b\x01\x02")]


@pytest.mark.parametrize("code", [errno.EREMOTEIO, errno.ETIMEDOUT, errno.EIO])
def test_a_failed_transfer_names_address_register_and_cause(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    i2c = kernel_bus(monkeypatch, KernelBus(fault=code))
    with pytest.raises(BusError, match="0x68 register 0x75") as caught:
        i2c.read(0x68, 0x75, 1)
    assert caught.value.bus_errno == code


def test_a_bus_that_is_off_says_how_to_switch_it_on() -> None:
    with pytest.raises(BusError, match="dtparam=i2c_arm=on"):
        LinuxI2c(31).read(0x68, 0x75, 1)


def test_the_board_keeps_the_contract_and_opens_each_part_when_asked(tmp_path: Path) -> None:
    pins = MockFactory(pin_class=MockPWMPin)
    board: Board = RaspberryBoard(BoardSettings(), tmp_path, pins)
    board.motor.pulse(1.0, 100.0)
    assert pins.pin(18).state == 1.0
    assert list(board.button.edges()) == []
    assert board.gnss.name == "/dev/serial0"
    assert board.partner is None
    assert len(board.boot_id) == 36
    assert board.status().card_free_bytes is not None
    pin = pins.pin(18)
    board.close()
    board.close()
    assert pin.state == 0.0
    pins.close()


def test_a_second_motor_has_a_pin_of_its_own_and_ends_with_the_board(tmp_path: Path) -> None:
    pins = MockFactory(pin_class=MockPWMPin)
    settings = BoardSettings(right_motor_pin=13)
    board = RaspberryBoard(settings, tmp_path, pins)
    assert board.right_motor is not None
    assert (board.motor.name, board.right_motor.name) == (
        "transistor on GPIO18",
        "transistor on GPIO13",
    )
    board.right_motor.pulse(1.0, 100.0)
    pin = pins.pin(13)
    assert (pins.pin(18).state, pin.state) == (0.0, 1.0)
    board.close()
    assert pin.state == 0.0
    pins.close()


def test_a_second_driver_that_does_not_answer_is_named_by_its_pulses(tmp_path: Path) -> None:
    pins = MockFactory(pin_class=MockPWMPin)
    board = RaspberryBoard(BoardSettings(right_motor_i2c_bus=31), tmp_path, pins)
    assert board.right_motor is not None
    with pytest.raises(MotorFault, match="i2c-31"):
        board.right_motor.pulse(1.0, 0.1)
    with pytest.raises(MotorFault, match="i2c-31"):
        board.close()
    pins.close()


def board_on(
    bus: Bus, root: Path, monkeypatch: pytest.MonkeyPatch, settings: BoardSettings | None = None
) -> RaspberryBoard:
    monkeypatch.setattr(bus, "close", lambda: None, raising=False)
    monkeypatch.setattr(raspberry, "LinuxI2c", lambda number: bus)
    pins = MockFactory(pin_class=MockPWMPin)
    return RaspberryBoard(settings or BoardSettings(), root, pins)


@pytest.mark.parametrize("code", [None, errno.ETIMEDOUT])
def test_a_haptic_driver_that_answered_once_is_missed_and_not_replaced_by_a_pin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int | None
) -> None:
    there = Bus({0x5A: RegisterChip({0x00: b"\xe0"})})
    board_on(there, tmp_path, monkeypatch).motor.close()
    gone = Bus(fault=code)
    board = board_on(gone, tmp_path, monkeypatch)
    assert board.motor.name == "DRV2605L on i2c-1"
    with pytest.raises(MotorFault):
        board.motor.pulse(1.0, 0.1)
    gone.fault = None
    gone.chips = there.chips
    board.motor.pulse(1.0, 0.1)
    board.close()


def test_a_driver_that_was_taken_off_on_purpose_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board_on(Bus({0x5A: RegisterChip({0x00: b"\xe0"})}), tmp_path, monkeypatch).motor.close()
    pin = BoardSettings(motor_driver="pin")
    board_on(Bus(), tmp_path, monkeypatch, pin).motor.close()
    board = board_on(Bus(), tmp_path, monkeypatch)
    assert board.motor.name == "transistor on GPIO18"
    board.close()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00", b'{"motor_driver": 7}', b"[]"])
def test_a_damaged_list_of_known_parts_is_as_good_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    FileStorage(tmp_path).replace("state/parts.json", content)
    board = board_on(Bus(), tmp_path, monkeypatch)
    assert board.motor.name == "transistor on GPIO18"
    board.close()


@pytest.mark.parametrize(
    "wiring",
    [
        {"right_motor_pin": 18},
        {"right_motor_pin": 17},
        {"right_motor_i2c_bus": 1},
        {"right_motor_i2c_bus": 3, "right_motor_pin": 13},
    ],
)
def test_a_second_motor_is_never_wired_as_something_else(wiring: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="right_motor"):
        BoardSettings(**wiring)


def test_a_board_that_was_never_used_closes_without_opening_anything(tmp_path: Path) -> None:
    pins = MockFactory(pin_class=MockPWMPin)
    RaspberryBoard(BoardSettings(), tmp_path, pins).close()
    assert pins.pins == {}


def test_time_since_boot_rises_and_waiting_ends_when_it_has_passed() -> None:
    clock = LinuxClock()
    before_ns = clock.now_ns()
    clock.sleep_until_ns(before_ns + 1_000_000)
    assert clock.now_ns() >= before_ns + 1_000_000
    clock.sleep_until_ns(0)


def test_the_service_manager_hears_the_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify("READY=1")
        assert line.recv(100) == b"READY=1"


def test_the_service_manager_may_listen_on_an_abstract_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"backrun-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        notify("WATCHDOG=1")
        assert line.recv(100) == b"WATCHDOG=1"


def test_without_a_service_manager_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")


def test_a_woken_worker_runs_and_closing_runs_it_once_more() -> None:
    ran = threading.Event()
    calls: list[int] = []

    def step() -> None:
        calls.append(1)
        ran.set()

    worker = ThreadWorker("test", step)
    worker.wake()
    assert ran.wait(10.0)
    assert worker.close(10.0)
    assert len(calls) == 2


def test_what_a_worker_died_of_reaches_the_main_loop() -> None:
    def step() -> None:
        raise OSError("the card is gone")

    worker = ThreadWorker("test", step)
    with pytest.raises(OSError, match="the card is gone"):
        worker.close(10.0)
    with pytest.raises(OSError, match="the card is gone"):
        worker.wake()


def test_a_worker_that_hangs_is_announced_and_not_waited_for() -> None:
    free = threading.Event()

    def step() -> None:
        free.wait()

    worker = ThreadWorker("test", step)
    worker.wake()
    assert worker.close(0.01) is False
    free.set()
    assert worker.close(10.0)


def body(tmp_path: Path, bus: Bus) -> Body:
    return Body(bus, HandClock(), FileStorage(tmp_path), tmp_path / "sys")


def test_what_the_board_cannot_tell_is_none(tmp_path: Path) -> None:
    status = body(tmp_path, Bus()).status()
    assert status.battery_v is None
    assert status.charge_p is None
    assert status.cpu_c is None
    assert status.is_undervolted is None


@pytest.mark.parametrize(("alarm", "expected"), [("0", False), ("1", True)])
def test_temperature_and_undervoltage_come_from_the_kernel(
    tmp_path: Path, alarm: str, expected: bool
) -> None:
    zone = tmp_path / "sys/class/thermal/thermal_zone0"
    other, volt = (tmp_path / f"sys/class/hwmon/hwmon{n}" for n in (0, 1))
    for folder in (zone, other, volt):
        folder.mkdir(parents=True)
    (zone / "temp").write_text("48312\n")
    (other / "name").write_text("cpu_thermal\n")
    (volt / "name").write_text("rpi_volt\n")
    (volt / "in0_lcrit_alarm").write_text(f"{alarm}\n")
    status = body(tmp_path, Bus()).status()
    assert status.cpu_c == pytest.approx(48.312)
    assert status.is_undervolted is expected


def test_the_fuel_gauge_is_found_and_read(tmp_path: Path) -> None:
    gauge = RegisterChip({0x08: b"\x00\x12", 0x02: b"\xbe\x00", 0x04: b"\x32\x80"})
    part = body(tmp_path, Bus({0x36: gauge}))
    status = part.status()
    assert status.battery_v == pytest.approx(0xBE00 * 78.125e-6)
    assert status.charge_p == pytest.approx(0.505)


def test_the_voltage_monitor_is_found_and_gives_no_charge(tmp_path: Path) -> None:
    monitor = RegisterChip({0x00: b"\x39\x9f", 0x02: ((3700 // 4) << 3 | 2).to_bytes(2, "big")})
    status = body(tmp_path, Bus({0x40: monitor})).status()
    assert status.battery_v == pytest.approx(3.7)
    assert status.charge_p is None


def test_a_gauge_that_fails_reads_as_unknown_never_as_an_old_value(tmp_path: Path) -> None:
    bus = Bus({0x36: RegisterChip({0x08: b"\x00\x12", 0x02: b"\xbe\x00"})})
    part = body(tmp_path, bus)
    assert part.status().battery_v is not None
    bus.fault = errno.EREMOTEIO
    assert part.status().battery_v is None


def test_an_absent_gauge_is_looked_for_at_a_slow_pace(tmp_path: Path) -> None:
    bus, clock = Bus(), HandClock()
    part = Body(bus, clock, FileStorage(tmp_path), tmp_path / "sys")
    part.status()
    asked = bus.transfers
    for _ in range(18):
        clock.passes(0.5)
        part.status()
    assert bus.transfers == asked
    bus.chips[0x36] = RegisterChip({0x08: b"\x00\x12", 0x02: b"\xbe\x00"})
    clock.passes(1.5)
    assert part.status().battery_v is not None


def test_a_gauge_that_falls_silent_is_found_again(tmp_path: Path) -> None:
    gauge = RegisterChip({0x08: b"\x00\x12", 0x02: b"\xbe\x00"})
    bus, clock = Bus({0x36: gauge}), HandClock()
    part = Body(bus, clock, FileStorage(tmp_path), tmp_path / "sys")
    assert part.status().battery_v is not None
    bus.chips = {}
    assert part.status().battery_v is None
    bus.chips = {0x36: gauge}
    clock.passes(10.1)
    assert part.status().battery_v is not None


@pytest.mark.parametrize("address", [0x40, 0x41, 0x42, 0x43, 0x45, 0x4F])
@pytest.mark.parametrize("setting", [b"\x39\x9f", b"\x01\x9f", b"\x3f\xff", b"\x0e\xef"])
def test_a_voltage_monitor_is_found_at_each_address_however_it_was_set(
    tmp_path: Path, address: int, setting: bytes
) -> None:
    monitor = RegisterChip({0x00: setting, 0x02: ((3700 // 4) << 3 | 2).to_bytes(2, "big")})
    assert body(tmp_path, Bus({address: monitor})).status().battery_v == pytest.approx(3.7)


@pytest.mark.parametrize("content", [b"\xff\xff", b"\x00\x00", b"\x19\x00", b"\x85\x83"])
def test_another_chip_at_an_address_of_the_monitor_is_no_battery(
    tmp_path: Path, content: bytes
) -> None:
    other = RegisterChip(dict.fromkeys(range(8), content))
    assert body(tmp_path, Bus({0x48: other})).gauge is None


def test_a_battery_board_gives_voltage_and_charge_and_names_its_clash(tmp_path: Path) -> None:
    sugar = RegisterChip({0x22: b"\x0e\x74", 0x2A: b"\x37"})
    bus = Bus({0x57: sugar, 0x68: RegisterChip({})})
    part = body(tmp_path, bus)
    assert part.gauge == "PiSugar 3"
    status = part.status()
    assert (status.battery_v, status.charge_p) == (pytest.approx(3.7), pytest.approx(0.55))
    assert "0x69" in clashes(bus)[0]
    assert sugar.written == []


@pytest.mark.parametrize("fill", [0x00, 0xFF, 0x41])
def test_a_memory_chip_at_the_address_of_the_battery_board_is_none(
    tmp_path: Path, fill: int
) -> None:
    memory = RegisterChip({0x22: bytes((fill, fill)), 0x2A: bytes((fill,))})
    assert body(tmp_path, Bus({0x57: memory})).gauge is None


def test_a_missing_evdev_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "evdev", None)
    with pytest.raises(HardwareError, match="apt install python3-evdev"):
        EvdevPartner(tmp_path / "event0", HandClock())
