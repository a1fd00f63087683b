"""One day on the twin from its scenario to its drive, and what the wearer read of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from backrun_pi.app.expect import BrokenExpectation, check
from backrun_pi.app.experience import Experience, body
from backrun_pi.app.loading import map_in_force, plan_in_force
from backrun_pi.app.narrator import Entry, Narration
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.post_session import build_drive
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings, with_tables
from backrun_pi.review import layout
from backrun_pi.review.drive.stale import due
from backrun_pi.review.exports import summary_json
from backrun_pi.sim.board import PowerCut, TwinBoard
from backrun_pi.sim.scenario import Scenario, load


class Teller(Protocol):
    """Shows a day as it goes."""

    def tell(self, line: Entry) -> None:
        """Show an event."""

    def note(self, text: str) -> None:
        """Show a line."""

    def advance(self, elapsed_s: float) -> None:
        """Show how far it is."""


class Silent:
    """Shows nothing: one day of many."""

    def tell(self, line: Entry) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Show nothing."""

    def advance(self, elapsed_s: float) -> None:
        """Show nothing."""


@dataclass(frozen=True, slots=True)
class TwinDay:
    """What a day left."""

    summary: dict[str, Any]
    """The JSON object."""
    findings: tuple[BrokenExpectation, ...]
    """What the scenario expected, and whether it held."""

    @property
    def is_as_expected(self) -> bool:
        """Return whether every expectation held."""
        return all(finding.is_met for finding in self.findings)


def scenario_of(path: Path, seed_offset: int = 0) -> Scenario:
    """Return a scenario, with another seed where one is asked for."""
    scenario = load(path)
    if not seed_offset:
        return scenario
    head = msgspec.structs.replace(scenario.head, seed=scenario.head.seed + seed_offset)
    return dataclasses.replace(scenario, head=head)


def lived(
    scenario: Scenario,
    out: Path,
    teller: Teller,
    pace: Callable[[float], None] | None = None,
) -> TwinDay:
    """Run the program on the twin through every power cut, and build the drive.

    Args:
        scenario: The day.
        out: Folder of the card and the drive; it exists.
        teller: Who shows it.
        pace: Holds back until a scenario second may come. None: as fast as it goes.
    """
    began_s = time.perf_counter()
    settings = with_tables(Settings(), scenario.settings, f"{scenario.path}: settings")
    installed_map = map_in_force(str(scenario.map_path or ""))
    narration = Narration(teller.tell, 0)
    experience = Experience(installed_map.file)
    board = TwinBoard(scenario, out, pace)
    frame = board.world.route.frame

    def follow(inputs: Inputs, outputs: Outputs) -> None:
        narration(inputs, outputs)
        t_s = board.elapsed_s
        east_m, north_m, *moving = map(float, board.world.ground(t_s))
        experience.follow(t_s, inputs, outputs, body(frame.to_deg(east_m, north_m), *moving))
        teller.advance(t_s)

    while not board.is_over():
        narration.start_ns = board.start_ns
        companion = Companion(board, settings, installed_map, plan_in_force(settings), follow)
        try:
            companion.run(board.is_over)
        except PowerCut as error:
            teller.note(f"the power is cut at {board.elapsed_s:.1f} s: {error}")
            board.reboot()
            continue
        if companion.is_power_off_asked:
            teller.note("the wearer switched it off")
            break
    board.close()
    board.wearer.feel(board.elapsed_s + 1.0, board.motor.history)
    teller.note("writing the drive: report, FIT, GPX, CSV")
    wall_utc_s = board.clock.wall_utc_s()
    build_drive(
        due(out, settings.review),
        out / "drive",
        settings,
        installed_map.file,
        wall_utc_s,
        unreadable=lambda _path, error: teller.note(str(error)),
    )
    felt = experience.summary(board.wearer.readings)
    findings = check(scenario.expect, scenario.head.only, experience.log.over())
    wall_s = time.perf_counter() - began_s
    summary = _summary(scenario, narration, out, wall_s) | felt
    return TwinDay(summary, tuple(findings))


def _summary(
    scenario: Scenario, narration: Narration, out: Path, wall_s: float
) -> dict[str, Any]:
    lines = map(summary_json.line_in, sorted((out / "drive").glob(f"*/{layout.SUMMARY}")))
    facts = [line.facts for line in lines if line is not None]
    sessions = [str(out / "sessions" / one.session_id) for one in facts]
    return {
        "scenario": str(scenario.path),
        "seed": scenario.head.seed,
        "duration_s": scenario.duration_s,
        "wall_s": round(wall_s, 3),
        "session": sessions[-1] if sessions else None,
        "sessions": sessions,
        "drive": str(out / "drive"),
        "backward_s": round(sum(one.backward_s for one in facts), 1),
        "forward_s": round(sum(one.forward_s for one in facts), 1),
        "bouts": sum(one.bouts_done for one in facts),
        "alerts": [
            {
                "t_s": round(t_s, 2),
                "condition": alert.condition.value,
                "priority": alert.priority.name.lower(),
                "pattern": alert.pattern,
                "key": alert.key,
                "because": list(alert.because),
            }
            for t_s, alert in narration.alerts
        ],
        "faults": [
            {
                "t_s": round(t_s, 2),
                "source": event.source.value,
                "freshness": event.freshness.value,
                "because": event.because,
            }
            for t_s, event in narration.faults
        ],
    }
