"""A short session on the twin with faults at chosen moments, and what the wearer read of it."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from backrun_pi.app.cue_log import CueLog, CueOutcome
from backrun_pi.app.loading import map_in_force, plan_in_force
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.resources import shipped
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings, with_tables
from backrun_pi.messages import Condition
from backrun_pi.sim.board import PowerCut
from tests.support.twin import board

_AFTER_S = 16.0
_ROUTE = """
points = [
  [60.165591, 24.940409],
  [60.165683, 24.940279],
  [60.165789, 24.940139],
  [60.165896, 24.940000],
  [60.166002, 24.939860],
  [60.166136, 24.939673],
  [60.166271, 24.939485],
  [60.166312, 24.939427],
]
start_m = 60
"""
"""A footway that ends in steps."""


class Moment(Enum):
    """When a fault comes: with which cue."""

    PRESS = Condition.READY
    COUNTDOWN = Condition.COUNTDOWN
    SWITCH = Condition.SWITCH_BACKWARD
    STOP = Condition.STOP_HAZARD
    END = Condition.SESSION_END
    RESUME = Condition.RESUMED


@dataclass(frozen=True)
class Injected:
    """A fault, from when and until when."""

    what: str
    from_s: float
    until_s: float | None = None
    value: float | None = None

    @property
    def toml(self) -> str:
        lines = [f'what = "{self.what}"', f"from_s = {self.from_s:.3f}"]
        if self.until_s is not None:
            lines.append(f"until_s = {self.until_s:.3f}")
        if self.value is not None:
            lines.append(f"value = {self.value}")
        return "[[fault]]\n" + "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Day:
    """What was announced and read, and how the motor was left."""

    cues: tuple[CueOutcome, ...]
    felt: tuple[str | None, ...]
    is_motor_off: bool
    ended_s: float

    def read(self, *conditions: Condition, since_s: float = 0.0) -> list[float]:
        """Return when each that was read as what it is was first felt, from a time on."""
        return [
            cue.begun_s
            for cue in self.cues
            if cue.alert.condition in conditions
            and cue.is_read
            and cue.begun_s is not None
            and cue.begun_s >= since_s
        ]


def scenario_text(
    moment: Moment, duration_s: float, faults: Sequence[Injected], more: str
) -> str:
    """Return the day that comes to a moment."""
    text = f"""
duration_s = {duration_s}
seed = 3
map = "{shipped("maps/helsinki.map")}"
plan = "{shipped("scenarios/short_plan.toml")}"
[settings.coach]
hold_s = 0
[route]
{_ROUTE}
[runner]
follow = "coach"
backward_mps = 0.55
[gnss]
is_configured = true
ttff_s = 2
[motor]
has_right = true
[partner]
is_paired = true
[[press]]
at_s = 5
"""
    if moment is Moment.END:
        text += '[[press]]\nat_s = 24\nkind = "long"\n'
    if moment is Moment.RESUME:
        text += '[[fault]]\nwhat = "power_cut"\nfrom_s = 20.0\nvalue = 4.0\n'
    return text + more + "".join(fault.toml for fault in faults)


def lived(moment: Moment, duration_s: float, faults: Sequence[Injected], more: str = "") -> Day:
    """Live a day through its power cuts."""
    with tempfile.TemporaryDirectory() as folder:
        twin = board(Path(folder), scenario_text(moment, duration_s, faults, more))
        settings = with_tables(Settings(), twin.scenario.settings, "test")
        installed = map_in_force(str(twin.scenario.map_path))
        log = CueLog()

        def follow(inputs: Inputs, outputs: Outputs) -> None:
            log.follow(twin.elapsed_s, inputs.now_ns, outputs.alert, outputs.haptics.progress)

        while not twin.is_over():
            companion = Companion(twin, settings, installed, plan_in_force(settings), follow)
            try:
                companion.run(twin.is_over)
            except PowerCut:
                twin.reboot()
                continue
            break
        ended_s = twin.elapsed_s
        twin.close()
        twin.wearer.feel(twin.elapsed_s + 1.0, twin.motor.history)
        readings = twin.wearer.readings
        log.read(readings)
        return Day(
            tuple(log.cues),
            tuple(one.cue for one in readings if not one.is_cut),
            all(pulse.off_s <= ended_s + 0.1 for pulse in twin.motor.history),
            ended_s,
        )


_LONGEST_S = {Moment.STOP: 70.0, Moment.COUNTDOWN: 40.0, Moment.SWITCH: 40.0}


@functools.cache
def moment_s(moment: Moment) -> float:
    """Return when the cue of a moment is first felt on a day without a fault."""
    day = lived(moment, _LONGEST_S.get(moment, 32.0), ())
    return day.read(moment.value)[0]


def with_faults(moment: Moment, faults: Sequence[Injected]) -> Day:
    """Live until some seconds after the last fault began or ended."""
    last_s = max(max(one.from_s, one.until_s or 0.0) for one in faults)
    return lived(moment, last_s + _AFTER_S, faults)
