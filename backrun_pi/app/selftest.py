"""Asks each part of a board whether it is there and works, and says how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from backrun_pi.app.receiver import Receiver
from backrun_pi.app.settings import Settings
from backrun_pi.errors import BackrunError, HardwareError
from backrun_pi.haptics.patterns import PATTERNS
from backrun_pi.hardware.motor_limit import LimitedMotor
from backrun_pi.hardware.ports import Board
from backrun_pi.sensors.gnss import GnssReader
from backrun_pi.sensors.imu import find_imu

S = 1_000_000_000
STEP_NS = 50_000_000
IMU_NS = 2 * S
GNSS_NS = 12 * S  # finding and setting up a receiver takes up to 10 s
BUTTON_NS = 10 * S
G_MPS2 = 9.80665
"""Standard gravity."""


@dataclass(frozen=True, slots=True)
class PartReport:
    """What was found of one part."""

    part: str
    """Name of the part."""
    is_working: bool
    """It can be used."""
    found: str
    """What was found, in plain words."""
    mend: str
    """How to mend it; empty when it works."""


def selftest(board: Board, settings: Settings, map_fault: str | None) -> Iterator[PartReport]:
    """Yield a report for each part, as it is known."""
    checks: tuple[tuple[str, Callable[[], str], str], ...] = (
        (
            "IMU",
            lambda: _imu(board, settings),
            (
                "check SDA, SCL, 3V3 and ground; `i2cdetect -y 1` shows 68, 69, 6a or 6b; "
                "the user must be in the group i2c"
            ),
        ),
        (
            "GPS",
            lambda: _gnss(board, settings),
            (
                "check TX to RXD; the serial console must be off (firmware/install.sh does "
                "that); go where the sky is open"
            ),
        ),
        (
            "motor",
            lambda: _motor(board, settings),
            "check the gate wire, the transistor and the motor",
        ),
        ("button", lambda: _button(board), "check the wire to ground; press it once"),
        ("card", lambda: _card(board), "check that the card is not full and not read-only"),
        ("supply", lambda: _supply(board), "charge the battery; use a thicker cable"),
    )
    for part, check, mend in checks:
        try:
            yield PartReport(part, is_working=True, found=check(), mend="")
        except BackrunError as fault:
            yield PartReport(part, is_working=False, found=str(fault), mend=mend)
    yield PartReport(
        "map",
        is_working=map_fault is None,
        found=map_fault or "can be read",
        mend="" if map_fault is None else "backrun map build EXTRACT -o MAP, on a PC or here",
    )


def _imu(board: Board, settings: Settings) -> str:
    imu = find_imu(board.i2c, board.clock, settings.imu)
    samples = []
    end_ns = board.clock.now_ns() + IMU_NS
    while board.clock.now_ns() < end_ns:
        board.clock.sleep_until_ns(board.clock.now_ns() + STEP_NS)
        batch = imu.drain()
        if batch is not None:
            samples.append(batch.accel_mps2)
    if not samples:
        raise HardwareError(f"{imu.name} answers, but gives no samples")
    accel = np.concatenate(samples)
    g_mps2 = float(np.linalg.norm(np.mean(accel, axis=0)))
    rate_hz = len(accel) / (IMU_NS / S)
    if abs(g_mps2 - G_MPS2) > 0.15 * G_MPS2:
        raise HardwareError(f"{imu.name}: gravity reads {g_mps2:.1f} m/s2; hold it still")
    return f"{imu.name}, {rate_hz:.0f} samples/s, gravity {g_mps2:.2f} m/s2"


def _gnss(board: Board, settings: Settings) -> str:
    receiver = Receiver(board.gnss, settings.gnss, None)
    reader = GnssReader(settings.gnss)
    epochs, last = 0, None
    end_ns = board.clock.now_ns() + GNSS_NS
    while (now_ns := board.clock.now_ns()) < end_ns:
        data = receiver.read(now_ns)
        for fix in reader.feed(data, now_ns) + reader.poll(now_ns):
            epochs, last = epochs + 1, fix
        board.clock.sleep_until_ns(now_ns + STEP_NS)
    receiver.close()
    if last is None:
        raise HardwareError(f"{board.gnss.name}: no sentence in {GNSS_NS // S} s")
    fix_words = "no fix yet" if last.sigma_m is None else f"fix to {last.sigma_m:.1f} m"
    return f"{board.gnss.name}: {epochs} epochs in {GNSS_NS // S} s, {fix_words}"


def _motor(board: Board, settings: Settings) -> str:
    motor = LimitedMotor(board.motor, board.clock, settings.motor)
    for beat in PATTERNS["good"].played(1):
        motor.pulse(1.0, beat.on_s)
        board.clock.sleep_until_ns(board.clock.now_ns() + round((beat.on_s + beat.gap_s) * S))
    motor.off()
    return "played `ready`: long, short. Did you feel it?"


def _button(board: Board) -> str:
    board.button.edges()
    end_ns = board.clock.now_ns() + BUTTON_NS
    while board.clock.now_ns() < end_ns:
        if any(edge.is_pressed for edge in board.button.edges()):
            return "pressed"
        board.clock.sleep_until_ns(board.clock.now_ns() + STEP_NS)
    raise HardwareError(f"no press in {BUTTON_NS // S} s")


def _card(board: Board) -> str:
    board.storage.replace("state/selftest", b"written by backrun selftest\n")
    board.storage.delete("state/selftest")
    return f"{board.storage.free_bytes() / 1e9:.1f} GB free"


def _supply(board: Board) -> str:
    status = board.status()
    if status.is_undervolted:
        raise HardwareError("the supply fell below what the board needs")
    charge = "no gauge fitted" if status.charge_p is None else f"{status.charge_p:.0%} charged"
    heat = "" if status.cpu_c is None else f", processor {status.cpu_c:.0f} degC"
    return charge + heat
