"""install.sh on a copy of a boot partition: says, backs up, repeats, undoes, refuses."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
SCRIPT = TOP / "firmware/install.sh"
CONFIG = (
    "# For more options see the documentation\ndtparam=audio=on\n[cm4]\notg_mode=1\n[all]\n"
)
CMDLINE = (
    "console=serial0,115200 console=tty1 root=PARTUUID=ab rootfstype=ext4 rootwait "
    "modules-load=dwc2,g_ether\n"
)


class Card:
    """The files of an installed system that the script looks at."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "boot/firmware/config.txt"
        self.cmdline = root / "boot/firmware/cmdline.txt"
        self.model = root / "proc/device-tree/model"
        self.release = root / "etc/os-release"
        for file, text in (
            (self.config, CONFIG),
            (self.cmdline, CMDLINE),
            (self.model, "Raspberry Pi Zero 2 W Rev 1.0\0"),
            (self.release, 'NAME="Debian"\nVERSION_CODENAME=bookworm\n'),
        ):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def run(self, *words: str, machine: str = "arm64") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SCRIPT, "--root", self.root, "--boot-only", *words],
            env=os.environ | {"BACKRUN_MACHINE": machine},
            capture_output=True,
            text=True,
            check=False,
        )

    def files(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.root)): path.read_text()
            for path in self.root.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


def test_it_adds_its_block_frees_the_serial_line_and_keeps_copies(card: Card) -> None:
    done = card.run()
    assert done.returncode == 0, done.stderr
    assert card.config.read_text().startswith(CONFIG)
    assert "gpio=18=op,dl" in card.config.read_text()
    assert (
        card.cmdline.read_text() == "console=tty1 root=PARTUUID=ab rootfstype=ext4 rootwait\n"
    )
    assert (card.config.parent / "config.txt.before-backrun").read_text() == CONFIG
    assert (card.config.parent / "cmdline.txt.before-backrun").read_text() == CMDLINE


def test_doing_it_twice_changes_nothing(card: Card) -> None:
    card.run()
    before = card.files()
    again = card.run()
    assert again.returncode == 0
    assert card.files() == before
    assert "changed" not in again.stdout


def test_a_dry_run_tells_the_changes_and_makes_none(card: Card) -> None:
    before = card.files()
    done = card.run("--dry-run")
    assert done.returncode == 0, done.stderr
    assert card.files() == before
    assert "+dtoverlay=dwc2,dr_mode=peripheral" in done.stdout
    assert "dry run: nothing was changed" in done.stdout


def test_taking_it_away_restores_what_it_changed_and_nothing_else(card: Card) -> None:
    card.run()
    card.config.write_text("# mine\n" + card.config.read_text() + "# mine too\n")
    done = card.run("--uninstall")
    assert done.returncode == 0, done.stderr
    assert card.config.read_text() == "# mine\n" + CONFIG + "# mine too\n"
    assert sorted(card.cmdline.read_text().split()) == sorted(CMDLINE.split())


def test_a_last_line_without_an_end_does_not_swallow_the_block(card: Card) -> None:
    card.config.write_text("gpu_mem=64")
    card.run()
    assert card.config.read_text().splitlines()[:2] == [
        "gpu_mem=64",
        (TOP / "firmware/config.txt").read_text().splitlines()[0],
    ]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0", "only worked out for the Raspberry Pi Zero 2 W"),
        ("Orange Pi Zero 2W", "not a board"),
        ("", "no Raspberry Pi"),
    ],
)
def test_an_unknown_board_is_refused_with_a_reason(card: Card, model: str, words: str) -> None:
    card.model.write_text(model)
    before = card.files()
    done = card.run()
    assert done.returncode == 3
    assert words in done.stderr
    assert card.files() == before


def test_an_old_system_and_a_32_bit_system_are_refused(card: Card) -> None:
    assert card.run(machine="armhf").returncode == 3
    card.release.write_text("VERSION_CODENAME=bullseye\n")
    assert "Bookworm or Trixie" in card.run().stderr


def test_an_unmounted_boot_partition_is_refused(card: Card) -> None:
    card.cmdline.unlink()
    assert "is the boot partition mounted?" in card.run().stderr


def test_a_wrong_word_shows_the_use() -> None:
    done = subprocess.run([SCRIPT, "--helpp"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--dry-run" in done.stderr


def test_a_package_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [SCRIPT, "--deb", "none.deb"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert "no package none.deb" in done.stderr


def test_a_package_is_given_to_apt_with_its_whole_path(card: Card, tmp_path: Path) -> None:
    (tmp_path / "some.deb").touch()
    done = subprocess.run(
        [SCRIPT, "--root", card.root, "--dry-run", "--deb", "some.deb"],
        env=os.environ | {"BACKRUN_MACHINE": "arm64"},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert f"apt-get install -y --reinstall {tmp_path}/some.deb" in done.stdout


def test_no_line_goes_that_was_not_written_here(card: Card) -> None:
    card.run()
    lines = card.config.read_text().splitlines()
    inside = [*lines[:-1], "gpio=13=op,dl", lines[-1]]
    card.config.write_text("\n".join([*inside, "dtoverlay=i2c-rtc,ds3231"]) + "\n")
    card.run()
    assert {"gpio=13=op,dl", "dtoverlay=i2c-rtc,ds3231"} <= set(
        card.config.read_text().splitlines()
    )
    without_end = [line for line in inside if not line.startswith("# backrun end")]
    card.config.write_text("\n".join([*without_end, "dtoverlay=i2c-rtc,ds3231"]) + "\n")
    card.run("--uninstall")
    left = card.config.read_text()
    assert left == CONFIG + "gpio=13=op,dl\ndtoverlay=i2c-rtc,ds3231\n"


def test_what_two_installs_took_from_the_command_line_comes_back(card: Card) -> None:
    card.run()
    card.cmdline.write_text(card.cmdline.read_text().strip() + " console=ttyS0,9600\n")
    card.run()
    card.run("--uninstall")
    words = [*CMDLINE.split(), "console=ttyS0,9600"]
    assert sorted(card.cmdline.read_text().split()) == sorted(words)
