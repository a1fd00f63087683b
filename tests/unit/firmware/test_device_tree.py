"""The check of config.txt against a device tree, on a small tree with mainline's labels."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from backrun_pi.hardware.settings import BoardSettings
from tests.support.firmware_scripts import loaded

TOP = Path(__file__).parents[3]
CONFIG = (TOP / "firmware/config.txt").read_text()
OURS = {17: "button", 18: "motor"}
BOARD = """/dts-v1/;
/ { soc {
  gpio@7e200000 {
    i2c_pins: i2c { brcm,pins = <2 3>; };
    sound_pins: sound { brcm,pins = <18 19>; };
    radio_pins: radio { brcm,pins = <32 33>; };
    uart0_gpio14: uart { brcm,pins = <14 15>; };
  };
  watchdog@7e100000 { };
  i2c1: i2c@7e804000 { pinctrl-0 = <&i2c_pins>; status = "disabled"; };
  uart0: serial@7e201000 { pinctrl-0 = <&radio_pins>; bluetooth { }; };
  uart1: serial@7e215040 { pinctrl-0 = <&uart0_gpio14>; };
  sound: i2s@7e203000 { pinctrl-0 = <&sound_pins>; status = "disabled"; };
  usb: usb@7e980000 { dr_mode = "otg"; };
}; };
"""


def faults(folder: Path, config: str, board: str = BOARD) -> list[str]:
    for tool in ("dtc", "fdtoverlay"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing")
    (folder / "board.dts").write_text(board)
    subprocess.run(
        ["dtc", "-@", "-q", "-O", "dtb", "-o", folder / "board.dtb", folder / "board.dts"],
        check=True,
    )
    module = loaded("check_device_tree.py")
    return list(module.faults(module.merged(folder / "board.dtb", config), OURS))


def test_our_boot_configuration_leaves_each_pin_to_one(tmp_path: Path) -> None:
    assert faults(tmp_path, CONFIG) == []


@pytest.mark.parametrize(
    ("line", "instead", "words"),
    [
        ("i2c_arm=on,", "", "I2C is off"),
        ("400000", "100000", "I2C does not run at 400 kHz"),
        ("dtoverlay=disable-bt\n", "", "Bluetooth has the full UART"),
        ("dtoverlay=disable-bt\n", "", "GPIO14 is not /soc/serial@7e201000's alone"),
        ("peripheral", "host", "USB is not a device"),
    ],
)
def test_a_line_that_is_missing_or_wrong_is_seen_in_the_tree(
    tmp_path: Path, line: str, instead: str, words: str
) -> None:
    assert line in CONFIG
    assert any(words in fault for fault in faults(tmp_path, CONFIG.replace(line, instead)))


def test_a_part_of_the_board_that_takes_our_pin_is_named(tmp_path: Path) -> None:
    board = BOARD.replace('<&sound_pins>; status = "disabled";', "<&sound_pins>;")
    assert faults(tmp_path, CONFIG, board) == [
        "GPIO18, our motor, is taken by /soc/i2s@7e203000"
    ]


def test_a_tree_without_the_labels_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ChildProcessError, match="fdtoverlay"):
        faults(tmp_path, CONFIG, BOARD.replace("i2c1: ", ""))


def test_its_pins_are_those_of_the_program() -> None:
    module = loaded("check_device_tree.py")
    settings = BoardSettings()
    assert (settings.button_pin, settings.motor_pin) == (module.BUTTON_PIN, module.MOTOR_PIN)
