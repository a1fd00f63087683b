"""Proofs: the power comes back, and what a computer sees of the USB drive.

The computer is the same virtual Pi: dummy_hcd is a device controller and, at the far end of its
cable, a host.
"""

# ruff: noqa: TID251 - a machine of its own, where time is real

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

from tests.device.payload.device import HOME, PATIENCE_S, Device, is_session_open, unit
from tests.device.payload.faults import Found
from tests.device.payload.words import boot_ns, run, wait_for

LABEL = Path("/dev/disk/by-label/BACKRUN")
MOUNT = Path("/mnt")
PORT = "*-0:1.0/usb*-port1/disable"
"""The host's socket: a port that is switched off is a cable that is out."""


def records_until_the_cut(pi: Device) -> Found:
    """Record, with a clock beside it on the same card; the machine is killed meanwhile."""
    threading.Thread(target=_beacon, daemon=True).start()
    pi.open_session()
    time.sleep(3.0)
    print(f"RECORDING SINCE {boot_ns() * 1e-9:.1f}", flush=True)  # noqa: T201 - for the host
    time.sleep(30.0)
    print("CUT THE POWER", flush=True)  # noqa: T201 - the host waits for it
    time.sleep(10 * PATIENCE_S)
    raise AssertionError("the power was not cut")


def resumes(pi: Device) -> Found:
    """Power returns in the middle of a session: it goes on, and that is felt."""
    felt_s = pi.felt_s("resumed", 0)
    board_s = (
        int(unit("virtual-pi", "ActiveEnterTimestampMonotonic"))
        - int(unit("virtual-pi", "ExecMainStartTimestampMonotonic"))
    ) * 1e-6
    run("backrun", "log", "check", str(pi.log.session))
    return {"power to resumed s": felt_s - board_s}


def host_plugged_in_during_a_session(pi: Device) -> Found:
    """A computer is plugged in while recording: no drive appears, nothing is disturbed."""
    pi.open_session()
    restarts, since_ns = pi.restarts(), boot_ns()
    run("modprobe", "-a", "dummy_hcd", "usb-storage", "vfat")
    time.sleep(8.0)
    assert is_session_open()
    assert not LABEL.exists(), "the drive came into a session"
    assert pi.restarts() == restarts
    return {"losses": pi.losses(since_ns), "hole in the record s": pi.gap_s(since_ns)}


def drive_after_the_session(pi: Device) -> Found:
    """The session ends: the drive appears, read-only, with the report of just now."""
    session = pi.log.session
    assert session is not None
    idle_ns = pi.end_session()
    seen_s = _appears(idle_ns)
    names = _read()
    assert "index.html" in names
    assert any(session.name in name for name in names), names
    return {"idle to drive s": seen_s, "files": len(names)}


def ejected_and_unplugged(pi: Device) -> Found:
    """Ejected, plugged in again, unplugged in the middle of a copy: the drive stays whole."""
    del pi
    image = (HOME / "drive.img").read_bytes()
    disk = LABEL.resolve().name
    Path(f"/sys/block/{disk}/device/delete").write_text("1")  # what a desktop's eject does last
    wait_for("its going", lambda: not LABEL.exists(), PATIENCE_S)
    _plug(is_in=False)
    time.sleep(1.0)
    since_ns = boot_ns()
    _plug(is_in=True)
    again_s = _appears(since_ns)
    run("mount", "-r", str(LABEL), str(MOUNT))
    copied = _copy_until_unplugged()
    run("umount", "-l", str(MOUNT), may_fail=True)
    wait_for("its going", lambda: not LABEL.exists(), PATIENCE_S)
    _plug(is_in=True)
    _appears(boot_ns())
    assert (HOME / "drive.img").read_bytes() == image
    assert "index.html" in _read()
    assert copied < len(image), "the copy was whole: the proof would be empty"
    return {"plugged in to drive s": again_s, "copied of the drive": copied / len(image)}


def session_while_plugged_in(pi: Device) -> Found:
    """A session starts while a computer has the drive open, and ends: a new drive."""
    run("mount", "-r", str(LABEL), str(MOUNT))
    since_ns = pi.press()
    ready_s = pi.felt_s("ready", since_ns)
    wait_for("the drive's going", lambda: not LABEL.exists(), PATIENCE_S)
    gone_s = (boot_ns() - since_ns) * 1e-9
    run("umount", "-l", str(MOUNT), may_fail=True)
    time.sleep(5.0)
    losses, hole_s = pi.losses(since_ns), pi.gap_s(since_ns)
    idle_ns = pi.end_session()
    seen_s = _appears(idle_ns)
    names = _read()
    assert pi.log.session is not None
    assert any(pi.log.session.name in name for name in names), names
    run("backrun", "log", "check", str(pi.log.session))
    return {
        "ready s": ready_s,
        "drive gone s": gone_s,
        "losses": losses,
        "hole in the record s": hole_s,
        "idle to drive s": seen_s,
    }


def unplugged_during_the_export(pi: Device) -> Found:
    """The computer goes while the report is built, and comes back: a whole drive."""
    pi.open_session()
    time.sleep(3.0)
    pi.end_session()
    wait_for(
        "the export", lambda: unit("backrun-drive", "ActiveState") == "activating", PATIENCE_S
    )
    _plug(is_in=False)
    wait_for(
        "the end of the export",
        lambda: unit("backrun-drive", "ActiveState") == "inactive",
        PATIENCE_S,
    )
    assert unit("backrun-drive", "Result") == "success"
    since_ns = boot_ns()
    _plug(is_in=True)
    seen_s = _appears(since_ns)
    run("fsck.vfat", "-n", str(HOME / "drive.img"))
    return {"plugged in to drive s": seen_s, "files": len(_read())}


def _copy_until_unplugged() -> int:
    """Pull the cable in the middle of a copy of the whole drive; return how much was copied."""
    copied = 1 << 16
    with LABEL.resolve().open("rb", buffering=0) as disk:
        disk.read(copied)
        _plug(is_in=False)
        with contextlib.suppress(OSError):  # that, or an early end: as the kernel likes
            while piece := disk.read(1 << 20):
                copied += len(piece)
    return copied


def _plug(*, is_in: bool) -> None:
    port = next(Path("/sys/bus/usb/devices").glob(PORT))
    port.write_text("0" if is_in else "1")


def _appears(since_ns: int) -> float:
    """Return after how many seconds the host had the drive."""
    wait_for("the drive", LABEL.exists, PATIENCE_S)
    return (boot_ns() - since_ns) * 1e-9


def _read() -> list[str]:
    """Mount the drive as a host does, read every file, try to write; return the names."""
    run("fsck.vfat", "-n", str(LABEL))
    run("mount", "-r", str(LABEL), str(MOUNT))
    try:
        files = [path for path in sorted(MOUNT.rglob("*")) if path.is_file()]
        assert all(path.read_bytes() for path in files)
        run("mount", "-o", "remount,rw", str(MOUNT), may_fail=True)
        assert "Read-only file system" in run("touch", str(MOUNT / "mine"), may_fail=True)
        return [str(path.relative_to(MOUNT)) for path in files]
    finally:
        run("umount", str(MOUNT))


def _beacon() -> None:
    """Write the time to the end of the card ten times a second, past its file system.

    So every moment of the card's history tells when it was. Straight to the medium, and
    without a flush, which would help the record.
    """
    import mmap
    import os

    card = os.open("/dev/vdc", os.O_WRONLY | os.O_DIRECT)
    page = mmap.mmap(-1, 4096)
    place = os.lseek(card, 0, os.SEEK_END) - 4096
    while True:
        page[:16] = b"BEACON  " + boot_ns().to_bytes(8, "little")
        os.pwrite(card, page, place)
        time.sleep(0.1)
