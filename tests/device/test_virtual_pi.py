"""The installed package in a virtual Pi: Debian under QEMU, with pins, bus, receiver and USB.

Two machines run beside each other: one loses one part after the other, the other loses its
power and meets a computer. Every limit is in seconds of the virtual Pi (see `machine`). It
needs minutes, root and a Debian host; the tier of `.ci` runs it wherever it can be run.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.device import cuts
from tests.device.machine import TOP, Console, Machine, build_guest, make_card

FAULTS = (
    "starts",
    "button_bounces",
    "load",
    "imu_nak",
    "imu_unplugged",
    "imu_stalls",
    "clock_steps",
    "gps_cable",
    "card_full",
    "card_read_only",
    "gps_other_baud",
    "killed",
    "hung",
    "out_of_memory",
    "button_stuck",
)
RECORD = ("records_until_the_cut",)
DRIVE = (
    "resumes",
    "host_plugged_in_during_a_session",
    "drive_after_the_session",
    "ejected_and_unplugged",
    "session_while_plugged_in",
    "unplugged_during_the_export",
)
CUTS = 50
LOST_MOST_S = 1.2
"""[s] A second of the session, and how coarse the beacon tells the time (0.1 s)."""
LIMIT_S = 1800
"""[s] Of the host, for one machine; 14 min were seen on two cores at a load of 16."""

pytestmark = pytest.mark.slow
Proofs = dict[str, tuple[bool, float, dict[str, Any]]]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder, when this is a run for the virtual Pi."""
    if os.environ.get("BACKRUN_VIRTUAL_PI") != "1":
        pytest.skip("virtual Pi: .ci/tiers/50-virtual-pi runs it (minutes, root)")
    return tmp_path_factory.mktemp("pi")


@pytest.fixture(scope="module")
def proofs(work: Path) -> Proofs:
    """Boot both machines, run every proof, return what each found."""
    guest = build_guest(_package(work))
    with ThreadPoolExecutor(2) as pool:
        lanes = [pool.submit(_faults, guest, work), pool.submit(_power, guest, work)]
        return lanes[0].result() | lanes[1].result()


@pytest.mark.parametrize("proof", [*FAULTS, *DRIVE])
def test_the_device_holds_in_the_virtual_pi(proofs: Proofs, proof: str) -> None:
    assert proof in proofs, "the virtual Pi did not come that far"
    holds, _, found = proofs[proof]
    assert holds, found


def test_after_any_of_fifty_power_cuts_all_but_a_second_is_there(
    proofs: Proofs, work: Path
) -> None:
    del proofs  # they leave the card and its history
    card, log = work / "power.img.before", work / "power.log"
    survivors = cuts.cut_many(card, log, CUTS, _recording_since_s(work), seed=1)
    lost = [one.lost_s for one in survivors]
    words = f"{CUTS} cuts: lost {statistics.median(lost):.2f} s, at most {max(lost):.2f} s"
    print(words)  # noqa: T201 - the tier shows it
    assert all(one.repairs in {0, 1} for one in survivors), survivors
    assert max(lost) <= LOST_MOST_S, survivors


def test_the_card_is_whole_after_everything(proofs: Proofs, work: Path) -> None:
    del proofs
    for name in ("faults.img", "power.img"):
        check = ["/sbin/e2fsck", "-fn", str(work / name)]
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def _faults(guest: Path, work: Path) -> Proofs:
    card = work / "faults.img"
    make_card(card)
    return _run(Machine(guest, work / "faults", card, FAULTS))


def _power(guest: Path, work: Path) -> Proofs:
    card = work / "power.img"
    make_card(card)
    shutil.copy(card, work / "power.img.before")
    log = work / "power.log"
    first = Machine(guest, work / "cut", card, RECORD, log)
    first.wait(LIMIT_S, cut_at="CUT THE POWER")
    return _run(Machine(guest, work / "power", card, DRIVE, wall="2026-06-01T12:02:00"))


def _run(machine: Machine) -> Proofs:
    machine.wait(LIMIT_S)
    return machine.console.proofs


def _recording_since_s(work: Path) -> float:
    """Return when the session of the cut machine was recording for a while."""
    text = Console(work / "cut/console.log").text()
    words = text.split("RECORDING SINCE ")[1].split()[0]
    return float(words)


def _package(work: Path) -> Path:
    script = str(TOP / "firmware/build-deb.sh")
    command = [script, "--arch", "amd64", "--python", "3.11", "--out", str(work)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, f"{script}: status {done.returncode}"
    return Path(done.stdout.splitlines()[-1])
