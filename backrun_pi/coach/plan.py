"""A training plan: weeks of steps, read from TOML and checked like any settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from backrun_pi.config import check_table, read_tables
from backrun_pi.errors import ConfigError

Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=3600.0)]
Speed = Annotated[float, msgspec.Meta(ge=0.2, le=4.0)]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step: a direction, and a length by time, by distance, or open until a press."""

    go: Literal["backward", "forward"]
    """Direction of the step."""
    time_s: Annotated[float, msgspec.Meta(ge=5.0, le=3600.0)] | None = None
    """[s] Length by time."""
    distance_m: Annotated[float, msgspec.Meta(ge=5.0, le=10000.0)] | None = None
    """[m] Length by distance."""
    is_open: bool = False
    """Lasts until a short press."""
    cap_mps: Speed | None = None
    """[m/s] Fastest speed; None for no cap."""
    cap_from_mps: Speed | None = None
    """[m/s] Cap at the beginning of the step, rising to `cap_mps` over `ramp_s`."""
    ramp_s: Annotated[float, msgspec.Meta(ge=1.0, le=600.0)] = 20.0
    """[s] How long the cap rises."""
    late_cap_mps: Speed | None = None
    """[m/s] Cap of the last `late_s` of a step by time."""
    late_s: Annotated[float, msgspec.Meta(ge=1.0, le=600.0)] = 20.0
    """[s] How long the late cap holds."""
    belt_mps: Speed | None = None
    """[m/s] Speed of a treadmill's belt in this step; None takes it from [treadmill]."""

    def __post_init__(self) -> None:
        """Refuse a step with no length or two, and a ramp to nowhere."""
        lengths = (self.time_s is not None) + (self.distance_m is not None) + self.is_open
        if lengths != 1:
            raise ValueError("a step has exactly one of time_s, distance_m and is_open")
        if self.cap_from_mps is not None and self.cap_mps is None:
            raise ValueError("cap_from_mps needs cap_mps")
        if self.late_cap_mps is not None and self.time_s is None:
            raise ValueError("late_cap_mps needs time_s")

    def cap_at(self, elapsed_s: float) -> float | None:
        """Return the cap at a moment of the step, in m/s."""
        late_cap_mps, time_s = self.late_cap_mps, self.time_s
        if (
            late_cap_mps is not None
            and time_s is not None
            and elapsed_s >= time_s - self.late_s
        ):
            return late_cap_mps
        if self.cap_mps is None or self.cap_from_mps is None:
            return self.cap_mps
        share = min(1.0, max(0.0, elapsed_s / self.ramp_s))
        return self.cap_from_mps + (self.cap_mps - self.cap_from_mps) * share


class Week(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each session of a week holds."""

    repeats: Annotated[int, msgspec.Meta(ge=1, le=40)]
    """[-] How often the steps are gone through."""
    steps: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1)]
    """The steps of one repeat."""
    has_last_rest: bool = False
    """Whether the forward step after the last backward one is walked too."""
    says: str = ""
    """One line for the wearer."""

    @property
    def fastest_mps(self) -> float:
        """Return the highest cap of its backward steps; 0 without any cap."""
        caps = [cap for step in self.steps for cap in (step.cap_mps, step.late_cap_mps)]
        return max((cap for cap in caps if cap is not None), default=0.0)

    def __post_init__(self) -> None:
        """Refuse a week without a backward step."""
        if not any(step.go == "backward" for step in self.steps):
            raise ValueError("a week needs a backward step")


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What repeats a week."""

    bouts_share: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.8
    """[-] Share of the planned bouts that makes a session complete."""
    ready_s: Annotated[float, msgspec.Meta(ge=1.0, le=10.0)] = 3.0
    """[s] 3 m backward in this time or less: ready (Carter, cited 2020)."""
    not_ready_s: Annotated[float, msgspec.Meta(ge=1.0, le=20.0)] = 4.5
    """[s] 3 m backward in this time or more: the week is repeated (as above)."""
    run_mps: Speed = 1.5
    """[m/s] A week with a cap above this holds running (the change comes at 1.63 +- 0.11 m/s,
    Hreljac 2005) and begins only after 3 m in `ready_s`."""

    def __post_init__(self) -> None:
        """Refuse readiness limits in the wrong order."""
        if self.ready_s > self.not_ready_s:
            raise ValueError("ready_s is above not_ready_s")


class Treadmill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the belt gets faster: very slow at first, one notch more for each bout."""

    from_mps: Speed = 0.4
    """[m/s] Belt of the first bout (1.4 km/h, 0.9 mph): below the slowest comfortable walk."""
    rise_mps: Annotated[float, msgspec.Meta(ge=0.0, le=0.5)] = 0.1
    """[m/s] Faster with each bout, up to the cap of the step; a notch of most treadmills."""

    def belt_mps(self, step: Step, bout: int) -> float | None:
        """Return the belt's speed in a step of a bout; None when the plan has none."""
        if step.belt_mps is not None:
            return step.belt_mps
        if step.go != "backward" or step.cap_mps is None:
            return None
        rise_mps = self.rise_mps * (max(1, bout) - 1)
        return round(min(step.cap_mps, self.from_mps + rise_mps), 3)


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole plan."""

    name: str
    """What the wearer calls it."""
    weeks: Annotated[tuple[Week, ...], msgspec.Meta(min_length=1, max_length=52)]
    """One after the other."""
    sessions_per_week: Annotated[int, msgspec.Meta(ge=1, le=7)] = 2
    """[-] Sessions a week, and the limit within 7 calendar days."""
    warm_up_s: Annotated[float, msgspec.Meta(ge=15.0, le=1200.0)] = 60.0
    """[s] Forward walk before the first bout; the device learns how it is worn."""
    cool_down_s: Seconds = 60.0
    """[s] Forward walk after the last bout."""
    gates: Gates = Gates()
    """What repeats a week."""
    treadmill: Treadmill = Treadmill()
    """Speeds of a belt."""

    def week(self, number: int) -> Week:
        """Return a week, counted from 1; beyond the plan the last one goes on."""
        return self.weeks[min(max(number, 1), len(self.weeks)) - 1]


def load_plan(path: Path) -> Plan:
    """Read a plan.

    Raises:
        ConfigError: `faults` names every week, step and key that is wrong.
    """
    return plan_from(read_tables(path), str(path))


def plan_from(tables: dict[str, Any], where: str) -> Plan:
    """Turn tables into a plan. Raises ConfigError naming every fault."""
    faults: list[str] = []
    top = dict(tables)
    for name, section in (("gates", Gates), ("treadmill", Treadmill)):
        if isinstance(top.get(name), dict):
            checked, found = check_table(top[name], section, f"{where}: [{name}]")
            faults += found
            top[name] = checked or section()
    if isinstance(top.get("weeks"), list):
        top["weeks"] = tuple(
            _week(week, f"{where}: week {n}", faults) for n, week in enumerate(top["weeks"], 1)
        )
    if not faults:
        plan, faults = check_table(top, Plan, f"{where}:")
        if plan is not None:
            return plan
    text = faults[0] if len(faults) == 1 else f"{where}: {len(faults)} faults"
    raise ConfigError(text, tuple(faults))


def _week(table: object, where: str, faults: list[str]) -> Week | None:
    if not isinstance(table, dict):
        faults.append(f"{where} must be a table, [[weeks]]")
        return None
    week = dict(table)
    before = len(faults)
    if isinstance(week.get("steps"), list):
        steps = []
        for n, step in enumerate(week["steps"], 1):
            if not isinstance(step, dict):
                faults.append(f"{where} step {n} must be a table")
                continue
            checked, found = check_table(step, Step, f"{where} step {n}")
            faults += found
            steps.append(checked)
        week["steps"] = tuple(steps)
    if len(faults) > before:
        return None
    whole, found = check_table(week, Week, where)
    faults += found
    return whole
