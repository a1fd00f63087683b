"""Battery and supply are looked at twice a second, through the real Body on the twin's bus."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from backrun_pi.app.input_reader import Senses
from backrun_pi.app.settings import Settings
from backrun_pi.messages import DeviceStatus
from tests.support.real_parts import RealParts
from tests.support.twin import board

HEAD = "duration_s = 60\n"


def statuses(parts: RealParts, seconds: float) -> list[tuple[float, DeviceStatus]]:
    senses = Senses(parts, Settings(), None)
    found = []
    while parts.twin.elapsed_s < seconds:
        status = senses.read().status
        if status is not None:
            found.append((parts.twin.elapsed_s, status))
        parts.clock.sleep_until_ns(parts.clock.now_ns() + 50_000_000)
    return found


@pytest.mark.parametrize("from_s", [20.0, 20.3, 21.5, 23.0, 24.49, 24.51])
def test_a_battery_that_falls_is_known_within_a_second_at_any_phase(
    tmp_path: Path, from_s: float
) -> None:
    text = f'[[fault]]\nwhat = "battery_at"\nfrom_s = {from_s}\nvalue = 0.03\n'
    parts = RealParts(board(tmp_path, HEAD + text), tmp_path / "sys")
    known = [s for s, status in statuses(parts, 30.0) if (status.charge_p or 1.0) < 0.05]
    assert known[0] - from_s <= 0.6
    parts.close()


@pytest.mark.parametrize("phase_s", [0.0, 0.1, 0.25, 0.4])
def test_a_supply_that_is_too_low_for_a_moment_is_noticed(
    tmp_path: Path, phase_s: float
) -> None:
    parts = RealParts(board(tmp_path, HEAD), tmp_path / "sys")
    volt = tmp_path / "sys/class/hwmon/hwmon0"
    volt.mkdir(parents=True)
    (volt / "name").write_text("rpi_volt\n")
    alarm = volt / "in0_lcrit_alarm"
    alarm.write_text("0\n")
    parts.clock.later(20.0 + phase_s, partial(alarm.write_text, "1\n"))
    parts.clock.later(24.0 + phase_s, partial(alarm.write_text, "0\n"))
    found = [(s, status.is_undervolted) for s, status in statuses(parts, 30.0)]
    low = [s for s, is_low in found if is_low]
    assert low[0] - (20.0 + phase_s) <= 0.6
    assert next(s for s, is_low in found if s > low[0] and not is_low) - 24.0 - phase_s <= 0.6
    parts.close()


def test_what_does_not_change_is_passed_on_every_five_seconds_only(tmp_path: Path) -> None:
    parts = RealParts(board(tmp_path, HEAD), tmp_path / "sys")
    assert 5 <= len(statuses(parts, 30.0)) <= 8
    parts.close()
