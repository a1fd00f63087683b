"""Proofs: what is felt, and after how many seconds, when a part of the device fails."""

# ruff: noqa: TID251 - a machine of its own, where time is real

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.device.payload.device import (
    HOME,
    PATIENCE_S,
    Device,
    is_session_open,
    journal,
    unit,
)
from tests.device.payload.words import boot_ns, run, wait_for

Found = dict[str, float | str]
CGROUP = Path("/sys/fs/cgroup/system.slice/backrun.service")


def starts(pi: Device) -> Found:
    """Power to ready within 20 s, in a tight sandbox, with the motor off."""
    ready_s = int(unit("backrun", "ActiveEnterTimestampMonotonic")) * 1e-6
    exec_s = int(unit("backrun", "ExecMainStartTimestampMonotonic")) * 1e-6
    board_s = (
        int(unit("virtual-pi", "ActiveEnterTimestampMonotonic"))
        - int(unit("virtual-pi", "ExecMainStartTimestampMonotonic"))
    ) * 1e-6
    exposure = run("systemd-analyze", "security", "backrun", "--no-pager").splitlines()[-1]
    figure = float(exposure.split(":")[1].split()[0])
    chain = run("systemd-analyze", "critical-chain", "backrun.service", "--no-pager")
    print(chain)  # noqa: T201 - for the console
    assert not pi.board.pins.is_motor_on()
    return {
        "power to ready s": ready_s - board_s,  # the emulated board is no part of a Pi
        "program to ready s": ready_s - exec_s,
        "exposure": figure,
    }


def load(pi: Device) -> Found:
    """What the companion and the emulated board take of the one core while recording."""
    pi.open_session()
    used, idle_s = [_cpu_s("backrun"), _cpu_s("virtual-pi")], _idle_s()
    since_ns = boot_ns()
    time.sleep(10.0)
    took_s = (boot_ns() - since_ns) * 1e-9
    companion = (_cpu_s("backrun") - used[0]) / took_s
    board = (_cpu_s("virtual-pi") - used[1]) / took_s
    idle = (_idle_s() - idle_s) / took_s
    return {"companion of a core": companion, "emulated board of a core": board, "idle": idle}


def button_bounces(pi: Device) -> Found:
    """A press that bounces is one press, felt at once; the session begins."""
    pins, module = pi.board.pins, pi.board.receiver.module
    wait_for("a receiver that is set up", lambda: module.period_ms == 200, PATIENCE_S)
    time.sleep(3.0)
    since_ns = boot_ns()
    for _ in range(8):
        pins.press()
        time.sleep(0.002)
        pins.release()
        time.sleep(0.002)
    pi.press()
    first_ns = wait_for("a tick", lambda: pi.board.analyser.first_on(since_ns), PATIENCE_S)
    assert first_ns is not None
    tick_s = (first_ns - since_ns) * 1e-9
    ready_s = pi.felt_s("ready", since_ns)
    assert pi.log.find("Alert", since_ns, condition="press_unknown") is None
    return {"press_tick s": tick_s, "ready s": ready_s}


def imu_nak(pi: Device) -> Found:
    """Some transfers without an acknowledge are borne: no loss, no alarm."""
    pi.open_session()
    since_ns = boot_ns()
    for _ in range(5):
        pi.board.bus.naks = 2
        time.sleep(0.5)
    time.sleep(1.5)
    assert not pi.board.bus.naks
    return {"losses": pi.losses(since_ns)}


def imu_unplugged(pi: Device) -> Found:
    """The sensor's cable comes out and is put back."""
    pi.open_session()
    pi.wait_for_a_cue()
    since_ns = boot_ns()
    pi.board.bus.unplug()
    lost_s = pi.felt_s("imu_lost", since_ns)
    pi.wait_silent()
    back_ns = boot_ns()
    pi.board.bus.plug_in()
    back_s = pi.felt_s("imu_back", back_ns)
    return {"imu_lost s": lost_s, "imu_back s": back_s}


def imu_stalls(pi: Device) -> Found:
    """The bus hangs: each transfer ends only when the kernel gives up."""
    pi.open_session()
    pi.wait_for_a_cue()
    since_ns = boot_ns()
    pi.board.bus.is_stuck = True
    lost_s = pi.felt_s("imu_lost", since_ns)
    back_ns = boot_ns()
    pi.board.bus.is_stuck = False
    back_s = pi.felt_s("imu_back", back_ns)
    assert pi.restarts() == 0, "the watchdog took a hanging bus for a hanging program"
    return {"imu_lost s": lost_s, "imu_back s": back_s}


def gps_cable(pi: Device) -> Found:
    """The receiver's cable comes out for ten seconds."""
    pi.open_session()
    pi.wait_for_a_cue()
    since_ns = boot_ns()
    pi.board.receiver.is_plugged = False
    lost_s = pi.felt_s("gnss_lost", since_ns)
    time.sleep(10.0)
    back_ns = boot_ns()
    pi.board.receiver.is_plugged = True
    back_s = pi.felt_s("gnss_back", back_ns)
    return {"gnss_lost s": lost_s, "gnss_back s": back_s}


def gps_other_baud(pi: Device) -> Found:
    """The receiver forgets everything and talks at 38400 baud: it is found and set up again."""
    pi.open_session()
    pi.wait_for_a_cue()
    was = pi.board.receiver.speed()
    since_ns = boot_ns()
    pi.board.receiver.forget(38400)
    assert was != pi.board.receiver.module.baud
    lost_s = pi.felt_s("gnss_lost", since_ns)
    back_s = pi.felt_s("gnss_back", since_ns)
    return {"gnss_lost s": lost_s, "gnss_back s": back_s}


def killed(pi: Device) -> Found:
    """SIGKILL while the motor runs; the kernel keeps the pin high: off, and on with it."""
    pi.open_session()
    restarts = pi.restarts()
    pid = pi.freeze_with_motor_on()
    since_ns = boot_ns()
    os.kill(pid, signal.SIGKILL)
    wait_for("its death", lambda: not Path(f"/proc/{pid}").exists(), PATIENCE_S, step_s=0.002)
    assert pi.board.pins.is_motor_on(), "this kernel let the pin go: the proof would be empty"
    return _off_and_resumed(pi, since_ns, restarts)


def hung(pi: Device) -> Found:
    """The program stands still while the motor runs: the watchdog ends it."""
    pi.open_session()
    restarts = pi.restarts()
    pi.freeze_with_motor_on()
    since_ns = boot_ns()
    found = _off_and_resumed(pi, since_ns, restarts)
    assert "Watchdog timeout" in journal("backrun")
    return found


def out_of_memory(pi: Device) -> Found:
    """The kernel ends the program for want of memory: as after any other death."""
    pi.open_session()
    restarts = pi.restarts()
    since_ns = boot_ns()
    (CGROUP / "memory.max").write_text("8M")
    wait_for("its end", lambda: pi.restarts() > restarts, PATIENCE_S, step_s=0.2)
    assert "oom-kill" in journal("backrun")
    return _off_and_resumed(pi, since_ns, restarts)


def card_full(pi: Device) -> Found:
    """Not a byte is left on the card for eight seconds; what was felt is written afterwards."""
    pi.open_session()
    filler = HOME / "filler"
    since_ns = boot_ns()
    free = os.statvfs(HOME)
    try:
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize)
    except OSError:
        pass  # full is what was wanted
    time.sleep(8.0)
    filler.unlink()
    return _recorder_fault(pi, since_ns)


def card_read_only(pi: Device) -> Found:
    """The kernel takes the card read-only, as after an error of the card; then it is back."""
    pi.open_session()
    since_ns = boot_ns()
    wait_for(
        "read-only",
        lambda: "busy" not in run("mount", "-o", "remount,ro", str(HOME), may_fail=True),
        PATIENCE_S,
    )
    time.sleep(8.0)
    run("mount", "-o", "remount,rw", str(HOME))
    return _recorder_fault(pi, since_ns)


def clock_steps(pi: Device) -> Found:
    """The wall clock is set back 16 years, then forward: nothing is felt, nothing stops."""
    pi.open_session()
    restarts, wall_s, since_ns = pi.restarts(), time.clock_gettime(0), boot_ns()
    for wrong_s in (1_262_304_000.0, 2_000_000_000.0):  # 2010, 2033
        time.clock_settime(time.CLOCK_REALTIME, wrong_s)
        time.sleep(6.0)
    time.clock_settime(time.CLOCK_REALTIME, wall_s + (boot_ns() - since_ns) * 1e-9)
    time.sleep(2.0)
    assert pi.restarts() == restarts
    assert is_session_open()
    return {"losses": pi.losses(since_ns), "hole in the record s": pi.gap_s(since_ns)}


def button_stuck(pi: Device) -> Found:
    """The button never comes up again: taken as switching off after five seconds, and said."""
    pi.open_session()
    since_ns = boot_ns()
    pi.board.pins.press()
    felt_s = pi.felt_s("power_off", since_ns)
    mark = Path("/run/switched-off")
    wait_for("the power off", mark.exists, PATIENCE_S)
    off_s = (boot_ns() - since_ns) * 1e-9
    run("systemctl", "stop", "backrun")
    pi.board.pins.release()
    return {"power_off s": felt_s, "system asked to switch off s": off_s}


def _idle_s() -> float:
    return float(Path("/proc/uptime").read_text().split()[1])


def _cpu_s(service: str) -> float:
    stat = Path(f"/sys/fs/cgroup/system.slice/{service}.service/cpu.stat").read_text()
    return int(stat.split("usage_usec ")[1].split()[0]) * 1e-6


def _recorder_fault(pi: Device, since_ns: int) -> Found:
    felt_s = pi.felt_s("recorder_fault", since_ns)
    wait_for(
        "the record to go on", lambda: pi.log.find("SourceEvent", since_ns, source="recorder",
        freshness="ok"), PATIENCE_S,
    )  # fmt: skip
    time.sleep(5.0)  # a loss so soon after this one would be the same one
    return {"recorder_fault s": felt_s, "hole in the record s": pi.gap_s(since_ns)}


def _off_and_resumed(pi: Device, since_ns: int, restarts: int) -> Found:
    off_s = pi.off_s(since_ns)
    resumed_s = pi.felt_s("resumed", since_ns)
    assert pi.restarts() == restarts + 1
    return {"motor off s": off_s, "resumed s": resumed_s}
