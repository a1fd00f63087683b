"""Asks each part of a board whether it is there and works, and says how to fix it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from backrun_pi.app.gnss_line import GnssLine
from backrun_pi.app.input_reader import described
from backrun_pi.app.play_pattern import play_pattern
from backrun_pi.app.quiz import CUES as MOVING_CUES
from backrun_pi.app.quiz import Person, quiz, rest, teach, verdict
from backrun_pi.app.selftest_rear import rear_lidar, rear_radar
from backrun_pi.app.settings import Settings
from backrun_pi.errors import BackrunError, HardwareError
from backrun_pi.hardware.bus_parts import answers, clashes
from backrun_pi.hardware.motors import Motors
from backrun_pi.hardware.ports import Board
from backrun_pi.sensors.imu.probe import find_imu
from backrun_pi.units import NS_PER_S

STEP_NS = 50_000_000
IMU_NS = 2 * NS_PER_S
GNSS_NS = 12 * NS_PER_S  # finding and setting up a receiver takes up to 10 s
BUTTON_NS = 10 * NS_PER_S
G_MPS2 = 9.80665
"""Standard gravity."""
RESULT = "state/selftest.json"
FELT_REMEDY = (
    "wear it at the spine, pressed by the belt; `backrun patterns --play NAME` plays a cue "
    "slowly; [haptics] strength"
)


@dataclass(frozen=True, slots=True)
class PartReport:
    """What was found of one part."""

    part: str
    """Name of the part."""
    is_working: bool
    """It can be used."""
    found: str
    """What was found, in plain words."""
    remedy: str
    """How to fix it; empty when it works."""


def selftest(
    board: Board,
    settings: Settings,
    map_fault: str | None,
    person: Person | None,
    rng: random.Random,
) -> Iterator[PartReport]:
    """Yield a report for each part, as it is known.

    Args:
        board: What is asked.
        settings: In force.
        map_fault: Why there is no map, None when there is one.
        person: Who wears it and answers; None when nobody is there to be asked.
        rng: Order of the cues that are asked.
    """
    for issue in board.issues():
        yield PartReport("setup", is_working=False, found=issue.found, remedy=issue.remedy)
    checks: tuple[tuple[str, Callable[[], str], str], ...] = (
        (
            "bus",
            lambda: _bus(board),
            (
                "do what the fault says; when transfers time out take the parts off one by "
                "one: one of them, or a wire, holds a line low"
            ),
        ),
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
        *_rear_checks(board, settings),
        (
            "motor",
            lambda: _motor(board, settings, person),
            (
                "check the gate wire, the transistor and the motor; a haptic driver shows as "
                "5a in `i2cdetect -y 1`"
            ),
        ),
        ("button", lambda: _button(board), "check the wire to ground; press it once"),
        ("card", lambda: _card(board), "check that the card is not full and not read-only"),
        ("supply", lambda: _supply(board), "charge the battery; use a thicker cable"),
        (
            "partner",
            lambda: _partner(board),
            "pair it (bluetoothctl) and wake it; [board] partner_device names its device",
        ),
    )
    if person is not None:
        asked = person
        cues = ("cues", lambda: _cues(board, settings, asked, rng), FELT_REMEDY)
        checks = (*checks, cues)
    for part, check, remedy in checks:
        try:
            yield PartReport(part, is_working=True, found=check(), remedy="")
        except BackrunError as error:
            yield PartReport(part, is_working=False, found=str(error), remedy=remedy)
    yield PartReport(
        "map",
        is_working=map_fault is None,
        found=map_fault or "can be read",
        remedy="" if map_fault is None else "backrun map build EXTRACT -o MAP, on a PC or here",
    )


def _rear_checks(
    board: Board, settings: Settings
) -> tuple[tuple[str, Callable[[], str], str], ...]:
    """Return the checks of the rear sensors that are set up; none where there is none."""
    wires = "check its TX and RX, 5 V and ground; [board] %s names its device"
    found: list[tuple[str, Callable[[], str], str]] = []
    if settings.rear.lidar != "none":
        remedy = wires % "rear_lidar_port"
        found.append(("rear range sensor", lambda: rear_lidar(board, settings), remedy))
    if settings.rear.radar != "none":
        remedy = wires % "rear_radar_port"
        found.append(("rear radar", lambda: rear_radar(board, settings), remedy))
    return tuple(found)


def _bus(board: Board) -> str:
    found = ", ".join(answers(board.i2c)) or "no part that is known answers"
    return "; ".join((found, *clashes(board.i2c)))


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
    rate_hz = len(accel) / (IMU_NS / NS_PER_S)
    if abs(g_mps2 - G_MPS2) > 0.15 * G_MPS2:
        raise HardwareError(f"{imu.name}: gravity reads {g_mps2:.1f} m/s2; hold it still")
    return f"{imu.name}, {rate_hz:.0f} samples/s, gravity {g_mps2:.2f} m/s2"


def _gnss(board: Board, settings: Settings) -> str:
    receiver = GnssLine(board.gnss, settings.gnss, None)
    epochs, last = 0, None
    end_ns = board.clock.now_ns() + GNSS_NS
    while (now_ns := board.clock.now_ns()) < end_ns:
        for fix in receiver.read(now_ns):
            epochs, last = epochs + 1, fix
        board.clock.sleep_until_ns(now_ns + STEP_NS)
    receiver.close()
    report = receiver.report
    found = board.gnss.name if report is None else f"{board.gnss.name}: {described(report)}"
    if last is None:
        raise HardwareError(f"{found}: no sentence in {GNSS_NS // NS_PER_S} s")
    fix_words = "no fix yet" if last.sigma_m is None else f"fix to {last.sigma_m:.1f} m"
    if report is not None and not report.is_as_wished:
        raise HardwareError(
            f"{found}; {settings.gnss.rate_hz} a second were asked for; {fix_words}. It does "
            "not hear us, or does not take the command: check RXD to TX, then take its power "
            "away for a moment; it works, with less than it could"
        )
    return f"{found}, {epochs} epochs in {GNSS_NS // NS_PER_S} s, {fix_words}"


def _motor(board: Board, settings: Settings, person: Person | None) -> str:
    """Play `ready`, and a look to each side where two motors are fitted."""
    motors = Motors(board, settings.motor)
    strength = settings.haptics.strength
    names = " and ".join(motors.names)
    played = ["good"] if len(motors.names) == 1 else ["good", "look_left", "look_right"]
    for name in played:
        play_pattern(motors, board.clock, name, strength)
    if person is None:
        return f"{names}: played {', '.join(played)}; nobody was asked whether it was felt"
    where = "" if len(played) == 1 else ", then one short left and three short right"
    answer = person.ask(f"Did you feel long, short{where}? Enter yes, n no: ")
    if answer is None:
        return f"{names}: played {', '.join(played)}; nobody answered"
    if answer.strip().lower() in {"n", "no"}:
        raise HardwareError(f"{names}: driven, but nothing was felt")
    return f"{names}: felt"


def _cues(board: Board, settings: Settings, person: Person, rng: random.Random) -> str:
    """Teach the cues that matter while moving, ask for them, then play all the others."""
    motors = Motors(board, settings.motor)

    def play(name: str) -> None:
        play_pattern(motors, board.clock, name, settings.haptics.strength)

    person.show(
        f"{len(MOVING_CUES)} cues matter while you move backward. First each with its meaning:"
    )
    teach(play, person, MOVING_CUES)
    person.show("Now without their names. Which is it?")
    found = quiz(play, person, rng)
    if len(found) == len(MOVING_CUES):
        person.show("The cues that are felt standing or walking:")
        found += rest(play, person)
    text = verdict(found)
    if not found:
        return "nobody answered"
    if not all(felt.is_right for felt in found):
        raise HardwareError(text)
    return text


def _button(board: Board) -> str:
    board.button.edges()
    end_ns = board.clock.now_ns() + BUTTON_NS
    while board.clock.now_ns() < end_ns:
        if any(edge.is_pressed for edge in board.button.edges()):
            return "pressed"
        board.clock.sleep_until_ns(board.clock.now_ns() + STEP_NS)
    raise HardwareError(f"no press in {BUTTON_NS // NS_PER_S} s")


def _card(board: Board) -> str:
    board.storage.replace("state/selftest.part", b"written by backrun selftest\n")
    board.storage.delete("state/selftest.part")
    return f"{board.storage.free_bytes() / 1e9:.1f} GB free"


def _supply(board: Board) -> str:
    status = board.status()
    if status.is_undervolted:
        raise HardwareError("the supply fell below what the board needs")
    gauge = board.gauge
    if gauge is None:
        charge = "no battery gauge answers: an empty battery will not be announced"
    elif status.charge_p is not None:
        charge = f"{gauge}: {status.charge_p:.0%} charged"
    elif status.battery_v is not None:
        charge = f"{gauge}: {status.battery_v:.2f} V"
    else:
        raise HardwareError(f"{gauge} was found, but cannot be read")
    heat = "" if status.cpu_c is None else f", processor {status.cpu_c:.0f} degC"
    return charge + heat


def _partner(board: Board) -> str:
    if board.partner is None:
        return "none set up: the partner mode is off"
    end_ns = board.clock.now_ns() + BUTTON_NS
    while board.clock.now_ns() < end_ns:
        _, is_linked = board.partner.poll()
        if is_linked:
            return "its button is in reach"
        board.clock.sleep_until_ns(board.clock.now_ns() + STEP_NS)
    raise HardwareError(f"its button was out of reach for {BUTTON_NS // NS_PER_S} s")


def keep(board: Board, reports: Sequence[PartReport]) -> None:
    """Keep the result beside the sessions, with the untrusted date. Raises RecordError."""
    result = {"wall_utc_s": board.clock.wall_utc_s(), "parts": reports}
    board.storage.replace(RESULT, msgspec.json.encode(result) + b"\n")
