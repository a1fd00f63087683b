"""The installed package in a virtual Pi: Debian under QEMU with gpio-sim, i2c-user, UART, UDC.

Minutes, not seconds: it runs only when BACKRUN_VIRTUAL_PI=1 is set and the machine can.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
BENCH = Path(os.environ.get("BACKRUN_VM_BENCH", TOP.parent / "shared/vm-bench"))
PROOFS = ("starts", "button", "imu_lost", "killed", "hung", "log", "drive")
LIMIT_S = 1500

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Boot once, run every proof, return what each found."""
    if os.environ.get("BACKRUN_VIRTUAL_PI") != "1":
        pytest.skip("virtual Pi: set BACKRUN_VIRTUAL_PI=1 (takes minutes)")
    if not (BENCH / "boot.sh").exists():
        pytest.skip(f"virtual Pi: no bench at {BENCH}")
    for tool in ("qemu-system-x86_64", "mmdebstrap", "dpkg-deb"):
        if shutil.which(tool) is None:
            pytest.skip(f"virtual Pi: {tool} is missing")
    if os.geteuid() != 0:
        pytest.skip("virtual Pi: building its root needs root")
    work = tmp_path_factory.mktemp("pi")
    payload = work / "payload"
    own = payload / "tests/device/payload"
    shutil.copytree(Path(__file__).parent / "payload", own)
    for name in ("run", "host"):
        (own / name).rename(payload / name)
    (payload / "tests/unit").mkdir()
    shutil.copy(TOP / "tests/unit/chips.py", payload / "tests/unit")
    script = str(TOP / "firmware/build-deb.sh")
    built = subprocess.run(
        [script, "--arch", "amd64", "--python", "3.11", "--out", str(payload)],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode == 77:
        pytest.skip(f"virtual Pi: {built.stderr.splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    done = subprocess.run(
        [str(BENCH / "boot.sh"), "--timeout", str(LIMIT_S), str(payload)],
        env=os.environ | {"VMBENCH_WORK": str(work / "out"), "VMBENCH_CPUS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    report = work / "out/out/results.json"
    assert report.exists(), done.stdout[-3000:] + done.stderr[-3000:]
    found: dict[str, str] = json.loads(report.read_text())
    return found


@pytest.mark.parametrize("proof", PROOFS)
def test_the_device_holds_in_the_virtual_pi(results: dict[str, str], proof: str) -> None:
    assert results[proof].startswith("PASS"), results[proof]
