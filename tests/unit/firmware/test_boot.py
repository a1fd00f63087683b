"""The boot configuration, the units and the USB gadget script, as files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from backrun_pi.hardware.settings import BoardSettings
from tests.support.firmware_scripts import loaded

TOP = Path(__file__).parents[3]
FRAGMENT = TOP / "firmware/config.txt"
SERVICES = sorted((TOP / "systemd").glob("*.service"))
UNITS = sorted([*(TOP / "systemd").glob("*.service"), *(TOP / "systemd").glob("*.path")])


def faults(text: str) -> list[str]:
    found: list[str] = loaded("check_boot_config.py").faults(text)
    return found


def test_our_boot_configuration_has_no_fault() -> None:
    assert faults(FRAGMENT.read_text()) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dtparam=i2c_armm=on", "dtparam has no parameter i2c_armm"),
        ("dtparam=i2c_arm=onn", "i2c_arm=onn is not on|off"),
        ("dtparam=i2c_arm_baudrate=fast", "i2c_arm_baudrate=fast is not"),
        ("dtoverlay=dwc3", "unknown dtoverlay dwc3"),
        ("dtoverlay=dwc2,mode=peripheral", "dwc2 has no parameter mode"),
        ("enable_uart = 1", "without spaces"),
        ("enable_urat=1", "no parameter enable_urat"),
        ("core_freq=", "core_freq= is not"),
        ("enable_uart=0", "enable_uart is given twice"),
        ("dtoverlay=disable-bt", "dtoverlay=disable-bt is given twice"),
        ("dtoverlay=dwc2,dr_mode=device", "dr_mode=device is not"),
        ("gpio=2=op,dl", "GPIO2 is taken by both"),
        ("gpio=14=op,dl", "GPIO14 is taken by both"),
        ("dtoverlay=gpio-shutdown", "GPIO3 is taken by both"),
        ("dtoverlay=pps-gpio", "GPIO18 is taken by both"),
        ("gpio=18=op,high", "not PIN=WORDS"),
        ("[pi5]", "unknown section"),
    ],
)
def test_each_kind_of_fault_is_named_with_its_line(line: str, words: str) -> None:
    text = FRAGMENT.read_text() + line + "\n"
    number = len(text.splitlines())
    assert any(words in fault and f"line {number}" in fault for fault in faults(text))


def test_a_line_before_any_section_is_a_fault() -> None:
    assert "stands before a section" in faults("enable_uart=1\n")[0]


def test_nothing_at_boot_takes_the_pin_of_the_button() -> None:
    line = f"gpio={BoardSettings().button_pin}=ip,pu\n"
    assert faults(FRAGMENT.read_text() + line) == []


def test_the_firmware_holds_low_the_pin_that_the_program_drives() -> None:
    assert f"gpio={BoardSettings().motor_pin}=op,dl" in FRAGMENT.read_text().splitlines()


def test_the_companion_is_sandboxed_restarted_and_silenced() -> None:
    lines = (TOP / "systemd/backrun.service").read_text().splitlines()
    for line in (
        "Type=notify",
        "WatchdogSec=4",
        "Restart=always",
        "StartLimitIntervalSec=0",
        "ExecStopPost=/usr/lib/backrun/motor-off",
        "User=backrun",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
    ):
        assert line in lines


def systemd_analyze() -> str:
    path = shutil.which("systemd-analyze")
    if path is None:
        pytest.skip("systemd-analyze is missing")
    return path


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_no_fault_in_a_unit(unit: Path, tmp_path: Path) -> None:
    for one in UNITS:  # programs of an installed device stand in as `true`
        text = one.read_text()
        for program in (
            "/usr/lib/backrun/motor-off",
            "/usr/lib/backrun/usb-gadget",
            "/usr/lib/backrun/refresh-drive",
            "/usr/bin/backrun",
        ):
            text = text.replace(program, "/bin/true")
        (tmp_path / one.name).write_text(text)
    done = subprocess.run(
        [systemd_analyze(), "verify", "--man=no", tmp_path / unit.name],
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    assert own == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_the_exposure_of_every_service_stays_low(unit: Path) -> None:
    threshold = "--threshold=15"  # 1.5 on systemd's scale of 10
    done = subprocess.run(
        [systemd_analyze(), "security", "--offline=true", threshold, unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:]


def test_only_what_touches_the_gadget_or_the_first_process_runs_as_root() -> None:
    root = {unit.name for unit in SERVICES if "\nUser=backrun\n" not in unit.read_text()}
    assert root == {
        "backrun-usb.service",
        "backrun-session.service",
        "backrun-power-off.service",
    }


class Gadget:
    """The gadget script on folders that stand for configfs."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "config/usb_gadget/backrun"
        self.lun = self.folder / "functions/mass_storage.0/lun.0"
        self.image = root / "drive.img"
        self.open_session = root / "resume.json"
        self.controllers = root / "udc"
        (root / "config/usb_gadget").mkdir(parents=True)
        (self.controllers / "3f980000.usb").mkdir(parents=True)
        self.image.write_bytes(b"image")
        self.network = root / "usb-network"
        self.environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "BACKRUN_CONFIGFS": str(root / "config"),
            "BACKRUN_UDC_CLASS": str(self.controllers),
            "BACKRUN_IMAGE": str(self.image),
            "BACKRUN_OPEN_SESSION": str(self.open_session),
            "BACKRUN_USB_NETWORK": str(self.network),
        }

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TOP / "firmware/usb-gadget", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def value(self, name: str) -> str:
        return (self.folder / name).read_text().strip()


@pytest.fixture
def gadget(tmp_path: Path) -> Gadget:
    return Gadget(tmp_path)


def test_the_drive_is_read_only_removable_and_honest_about_its_current(gadget: Gadget) -> None:
    done = gadget("attach")
    assert done.returncode == 0, done.stderr
    assert (gadget.lun / "ro").read_text() == "1\n"
    assert (gadget.lun / "removable").read_text() == "1\n"
    assert (gadget.lun / "file").read_text().strip() == str(gadget.image)
    assert gadget.value("configs/c.1/MaxPower") == "500"
    assert gadget.value("UDC") == "3f980000.usb"
    assert not (gadget.folder / "functions/ncm.usb0").exists()


def test_detaching_disconnects_before_it_takes_the_image_away(gadget: Gadget) -> None:
    gadget("attach")
    assert gadget("detach").returncode == 0
    assert gadget.value("UDC") == ""
    assert (gadget.lun / "file").read_text().strip() == ""


def test_an_open_session_keeps_the_drive_away(gadget: Gadget) -> None:
    gadget.open_session.write_text("{}")
    assert gadget("is-idle").returncode == 1
    done = gadget("attach")
    assert done.returncode == 0
    assert "a session is open" in done.stderr
    assert not (gadget.folder / "UDC").exists()


def test_an_emptied_session_file_means_that_the_session_has_ended(gadget: Gadget) -> None:
    gadget.open_session.write_text("")
    assert gadget("is-idle").returncode == 0
    assert gadget("follow-session").returncode == 0


def test_without_an_image_nothing_is_connected(gadget: Gadget) -> None:
    gadget.image.unlink()
    assert gadget("attach").returncode == 0
    assert not (gadget.folder / "UDC").exists()


def test_without_a_controller_it_says_what_is_missing_in_config_txt(gadget: Gadget) -> None:
    (gadget.controllers / "3f980000.usb").rmdir()
    done = gadget("attach")
    assert done.returncode == 1
    assert "dtoverlay=dwc2" in done.stderr


def test_the_scripts_have_no_fault_that_shellcheck_knows() -> None:
    shellcheck = shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("shellcheck is missing")
    scripts = [
        TOP / "firmware" / name
        for name in ("install.sh", "build-deb.sh", "usb-gadget", "refresh-drive")
    ]
    scripts += (TOP / "firmware/debian").glob("p*")
    done = subprocess.run([shellcheck, *scripts], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
