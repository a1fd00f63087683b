"""What the board sees wrong with its own setup, on a folder that stands for a system."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from backrun_pi.errors import BusError
from backrun_pi.hardware.bus_parts import answers
from backrun_pi.hardware.issues import issues
from backrun_pi.hardware.settings import BoardSettings
from tests.support.chips import Bus, RegisterChip


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A system as install.sh leaves it."""
    for name, text in (
        ("dev/i2c-1", ""),
        ("dev/gpiochip0", ""),
        ("dev/ttyAMA0", ""),
        ("proc/cmdline", "console=tty1 root=PARTUUID=ab rootwait\n"),
        ("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n"),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "dev/serial0").symlink_to("ttyAMA0")
    return tmp_path


def found(system: Path) -> list[str]:
    return [issue.found for issue in issues(BoardSettings(), system)]


def test_an_installed_system_has_no_issue(system: Path) -> None:
    assert found(system) == []


def test_a_system_that_is_no_pi_is_not_blamed(tmp_path: Path) -> None:
    assert found(tmp_path) == []


@pytest.mark.parametrize("word", ["console=ttyAMA0,115200", "console=ttyAMA0"])
def test_a_console_on_the_receivers_line_is_named(system: Path, word: str) -> None:
    (system / "proc/cmdline").write_text(f"{word} console=tty1 root=ab\n")
    (issue,) = issues(BoardSettings(), system)
    assert "console is still on ttyAMA0" in issue.found
    assert "install.sh" in issue.remedy


def test_a_console_on_another_line_is_none_of_ours(system: Path) -> None:
    (system / "proc/cmdline").write_text("console=ttyS0,115200 root=ab\n")
    assert found(system) == []


def test_the_mini_uart_is_named(system: Path) -> None:
    (system / "dev/ttyS0").touch()
    (system / "dev/serial0").unlink()
    (system / "dev/serial0").symlink_to("ttyS0")
    (issue,) = issues(BoardSettings(), system)
    assert "mini UART" in issue.found
    assert "disable-bt" in issue.remedy


@pytest.mark.parametrize(
    ("bits", "is_seen"), [("50000", True), ("50005", True), ("e0008", False)]
)
def test_a_supply_that_fell_once_since_boot_is_remembered(
    system: Path, bits: str, is_seen: bool
) -> None:
    (system / "sys/devices/platform/soc/soc:firmware/get_throttled").write_text(f"{bits}\n")
    assert bool(found(system)) is is_seen


@pytest.mark.parametrize(
    ("device", "group"), [("i2c-1", "i2c"), ("gpiochip0", "gpio"), ("ttyAMA0", "dialout")]
)
def test_a_missing_right_names_the_group(
    system: Path, monkeypatch: pytest.MonkeyPatch, device: str, group: str
) -> None:
    barred = system / "dev" / device
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).resolve() != barred)
    (issue,) = issues(BoardSettings(), system)
    assert f"adduser $USER {group}" in issue.remedy


def test_every_known_part_on_the_bus_is_named_with_its_address() -> None:
    bus = Bus(
        {
            0x36: RegisterChip({0x08: b"\x00\x12"}),
            0x40: RegisterChip({0x00: b"\x39\x9f", 0x02: b"\x1e\x78", 0x05: bytes(2)}),
            0x5A: RegisterChip({0x00: b"\xe0"}),
            0x69: RegisterChip({}),
        }
    )
    assert answers(bus) == (
        "MAX17048 at 0x36",
        "INA219 at 0x40",
        "DRV2605L at 0x5a",
        "motion sensor at 0x69",
    )


def test_a_part_of_another_kind_at_a_known_address_is_not_given_its_name() -> None:
    bus = Bus({0x36: RegisterChip({}), 0x40: RegisterChip({}), 0x5A: RegisterChip({})})
    assert answers(bus) == (
        "a part of another kind at 0x36",
        "a part of another kind at 0x40",
        "a part of another kind at 0x5a",
    )


def test_an_empty_bus_is_no_fault_and_a_stuck_one_is() -> None:
    assert answers(Bus()) == ()
    with pytest.raises(BusError) as caught:
        answers(Bus(fault=errno.ETIMEDOUT))
    assert caught.value.bus_errno == errno.ETIMEDOUT
