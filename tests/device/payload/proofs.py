"""The proofs in the virtual Pi, each one row of the failure table. Exit status 0: all held."""

# ruff: noqa: TID251, T201 - a program of its own in a machine where time is real

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.device.payload.guest import HOME, MOTOR, Device, run, wait_for

ON_LIMIT_S = 8.0  # an emulated Pi on a busy host answers late
TOLD_LIMIT_S = 3.0  # the rule is 2 s; the emulated loop itself is late by up to a second


def starts(pi: Device) -> str:
    """Power to ready, and the exposure of the unit."""
    begin = time.monotonic()
    run("systemctl", "start", "backrun")
    took_s = time.monotonic() - begin
    assert run("systemctl", "is-active", "backrun").strip() == "active"
    exposure = run("systemd-analyze", "security", "backrun", "--no-pager").splitlines()[-1]
    assert pi.gpio.level(MOTOR) == 0
    return f"ready {took_s:.1f} s after its start; {exposure[2:]}"


def button(pi: Device) -> str:
    """The button is felt, and a session begins on the card."""
    pi.press(0.3)
    felt_s = wait_for("a buzz after the press", pi.is_buzzing, ON_LIMIT_S)
    wait_for("a session on the card", lambda: any(HOME.glob("sessions/*/*")), 30.0)
    return f"the motor answered {felt_s:.2f} s after the press"


def imu_is_lost_and_comes_back(pi: Device) -> str:
    """The sensor is unplugged: told within 2 s, and it works again when it is back."""
    time.sleep(6.0)  # the cues of the start are over
    unplugged_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    pi.bus("off")
    time.sleep(3.0)
    pi.bus("on")
    wait_for(
        "its recovery in the log",
        lambda: _since(unplugged_ns, _records("SourceEvent", source="imu", freshness="ok")),
        60.0,
    )
    lost, *_ = _since(unplugged_ns, _records("SourceEvent", source="imu", freshness="lost"))
    alert, *_ = _since(unplugged_ns, _records("Alert", condition="imu_lost"))
    told_s = (int(alert["t_ns"]) - unplugged_ns) * 1e-9
    assert told_s < TOLD_LIMIT_S, told_s
    return f"told {told_s:.2f} s after it was unplugged: {lost['because']}"


def killed_with_the_motor_on(pi: Device) -> str:
    """SIGKILL while the motor runs: the pin goes low although the kernel keeps levels."""
    pid = pi.pid()
    _buzz(pi)
    os.kill(pid, signal.SIGKILL)
    off_s = wait_for("the motor off", lambda: not pi.is_buzzing(), ON_LIMIT_S)
    wait_for("a new companion", lambda: pi.pid() not in {0, pid}, 60.0)
    wait_for("ready again", _is_active, 300.0)
    return f"motor off {off_s:.2f} s after the kill, started again"


def hung_with_the_motor_on(pi: Device) -> str:
    """The process stands still while the motor runs: the watchdog ends it."""
    pid = pi.pid()
    _buzz(pi)
    os.kill(pid, signal.SIGSTOP)
    off_s = wait_for("the motor off", lambda: not pi.is_buzzing(), 30.0)
    assert "Watchdog timeout" in pi.journal()
    wait_for("ready again", lambda: pi.pid() not in {0, pid} and _is_active(), 300.0)
    return f"motor off {off_s:.2f} s after the hang"


def every_written_second_is_there(pi: Device) -> str:
    """After all these deaths each session can be read."""
    del pi
    sessions = sorted(HOME.glob("sessions/*"))
    assert sessions
    for session in sessions:
        run("backrun", "log", "check", str(session))
    return f"{len(sessions)} session(s) readable"


def drive_on_a_host(pi: Device) -> str:
    """The session ends, the drive appears read-only with the report."""
    run("modprobe", "-a", "libcomposite", "dummy_hcd", "vfat")
    pi.press(2.5)
    wait_for("the end of the session", _is_idle, 30.0)
    run("systemctl", "start", "backrun-usb", "backrun-drive")
    label = Path("/dev/disk/by-label/BACKRUN")
    seen_s = wait_for("the drive", label.exists, 60.0)
    run("mount", "-r", str(label), "/mnt")
    try:
        names = sorted(path.name for path in Path("/mnt").iterdir())
        assert "index.html" in names
        run("mount", "-o", "remount,rw", "/mnt", may_fail=True)
        assert "Read-only file system" in run("touch", "/mnt/mine", may_fail=True)
    finally:
        run("umount", "/mnt")
    return f"a host saw {names} {seen_s:.1f} s after it was built, read-only"


def _records(kind: str, **wanted: str) -> list[dict[str, Any]]:
    """Return the records of the newest session that are of a kind and have these values."""
    newest = max(HOME.glob("sessions/*"), key=lambda folder: folder.stat().st_mtime)
    lines = run("backrun", "log", "cat", str(newest)).splitlines()
    found = [json.loads(line) for line in lines if line.startswith(f'{{"kind":"{kind}"')]
    return [one for one in found if wanted.items() <= one.items()]


def _since(t_ns: int, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in records if int(one["t_ns"]) >= t_ns]


def _buzz(pi: Device) -> None:
    wait_for("silence", lambda: not pi.is_buzzing(), 20.0)
    pi.press(0.3)
    wait_for("a buzz", pi.is_buzzing, ON_LIMIT_S)


def _is_active() -> bool:
    return run("systemctl", "is-active", "backrun", may_fail=True).strip() == "active"


def _is_idle() -> bool:
    file = HOME / "state/resume.json"
    return not file.exists() or not file.stat().st_size


PROOFS: tuple[tuple[str, Callable[[Device], str]], ...] = (
    ("starts", starts),
    ("button", button),
    ("imu_lost", imu_is_lost_and_comes_back),
    ("killed", killed_with_the_motor_on),
    ("hung", hung_with_the_motor_on),
    ("log", every_written_second_is_there),
    ("drive", drive_on_a_host),
)


def main() -> int:
    """Run every proof, write what each found."""
    results: dict[str, str] = {}
    pi = Device()
    wanted = os.environ.get("BACKRUN_PROOFS", "").split()
    for name, proof in PROOFS:
        if wanted and name not in wanted:
            continue
        begin = time.monotonic()
        try:
            words = f"PASS {proof(pi)}"
        except Exception as fault:  # noqa: BLE001 - one proof must not hide the others
            traceback.print_exc(file=sys.stdout)
            words = f"FAIL {type(fault).__name__}: {fault}"
        results[name] = words
        print(f"{name}: {words} ({time.monotonic() - begin:.1f} s)")
    out = Path(os.environ["VMBENCH_OUT"])
    (out / "results.json").write_text(json.dumps(results, indent=1))
    (out / "journal.txt").write_text(run("journalctl", "-b", "--no-pager", may_fail=True))
    return int(any(words.startswith("FAIL") for words in results.values()))


if __name__ == "__main__":
    sys.exit(main())
