"""Prints how soon the wearer reads who stands or comes behind, and how often nobody is there.

Usage: python benchmarks/rear.py [--seeds N] [--from SEED] [--only PART]

Each trial is the whole program on the twin. Somebody who is on no map is behind a runner who
follows a script, and so walks on: the time is that from the first beat of the first cue that
was read, with a STOP read after it, to the contact that follows.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from backrun_pi.app.cue_log import CueOutcome
from backrun_pi.app.experience import Experience, body
from backrun_pi.app.loading import map_in_force, plan_in_force
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings, with_tables
from backrun_pi.messages import Condition
from backrun_pi.sim.board import TwinBoard
from backrun_pi.sim.scenario import load

CONTACT_M = 0.3
PLAN = """name = "benchmark"
sessions_per_week = 2
warm_up_s = 15
cool_down_s = 15
[[weeks]]
repeats = 1
steps = [{ go = "backward", time_s = 1500, cap_mps = 3.0 }, { go = "forward", time_s = 30 }]
"""
DAY = """duration_s = {duration_s}
seed = {seed}
plan = "plan.toml"
[route]
bearing_deg = 40
[runner]
sway_p = {sway_p}
[gnss]
is_configured = true
ttff_s = 2
[imu]
mount_deg = [{roll}, {pitch}, {yaw}]
[rear]
lidar = "{lidar}"
radar = "{radar}"
aim_down_deg = {aim}
{rear}
[settings.rear]
lidar = "{lidar}"
radar = "{radar}"
aim_down_deg = {aim}
[[press]]
at_s = 5
[[script]]
do = "walk_forward"
at_s = 11
[[script]]
do = "{gait}"
speed_mps = {speed}
at_s = 32
{more}
"""
RUNNING_AIM_DEG = (1.5, 3.0)  # a trunk that runs backward leans back by 3 to 4 deg
BEGIN_S = 38.0  # the direction is known by then
NATURAL_SWAY_DEG = {"walk_backward": 7.0, "run_backward": 11.0}
_SEEN = frozenset({Condition.STOP_HAZARD, Condition.CAUTION_HAZARD})


@dataclass(frozen=True)
class Lived:
    """What a day was like."""

    cues: list[CueOutcome]
    place_m: dict[float, float]
    """Second -> metres gone along the way since BEGIN_S."""


def lived(text: str, folder: Path) -> Lived:
    """Run the program on a day; return what was announced of what was seen."""
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    path = folder / "day.toml"
    path.write_text(text, encoding="utf-8")
    scenario = load(path)
    settings = with_tables(Settings(), scenario.settings, "benchmark")
    none = map_in_force("")
    experience = Experience(None)
    board = TwinBoard(scenario, folder)
    frame = board.world.route.frame
    along: dict[float, float] = {}
    first: list[float] = []

    def follow(inputs: Inputs, outputs: Outputs) -> None:
        t_s = board.elapsed_s
        east_m, north_m, *moving = map(float, board.world.ground(t_s))
        experience.follow(t_s, inputs, outputs, body(frame.to_deg(east_m, north_m), *moving))
        if t_s >= BEGIN_S:
            first[:] = first or [east_m, north_m, moving[0], moving[1]]
            e0, n0, ve, vn = first
            speed = math.hypot(ve, vn) or 1.0
            along[t_s] = ((east_m - e0) * ve + (north_m - n0) * vn) / speed

    companion = Companion(board, settings, none, plan_in_force(settings), follow)
    companion.run(board.is_over)
    board.close()
    board.wearer.feel(board.elapsed_s + 1.0, board.motor.history)
    experience.summary(board.wearer.readings)
    over = list(experience.log.over())
    return Lived(
        [cue for cue in over if cue.alert.condition in _SEEN],
        along,
    )


@dataclass(frozen=True)
class Meeting:
    """A kind of trial."""

    name: str
    speeds_mps: tuple[float, float]
    lidar: str
    radar: str
    kind: str
    comes_mps: float
    distance_m: float
    least_s: float
    goal_p: float
    gait: str = "walk_backward"
    aim_deg: tuple[float, float] = (4.0, 6.0)
    more: str = ""


MEETINGS = (
    Meeting(
        "person stands, TFmini-S, <= 1.6 m/s",
        (0.6, 1.6),
        "tfmini-s",
        "none",
        "adult",
        0,
        14,
        2.2,
        0.98,
    ),
    Meeting(
        "the same at 2.2 m/s",
        (2.2, 2.2),
        "tfmini-s",
        "none",
        "adult",
        0,
        16,
        1.4,
        0.95,
        "run_backward",
        RUNNING_AIM_DEG,
    ),
    Meeting(
        "the same, TF02-Pro, 3 m/s",
        (3.0, 3.0),
        "tf02-pro",
        "none",
        "adult",
        0,
        26,
        2.5,
        0.95,
        "run_backward",
        RUNNING_AIM_DEG,
    ),
    Meeting(
        "cyclist 5 m/s against 2 m/s",
        (2.0, 2.0),
        "none",
        "ld2451",
        "bike",
        5,
        60,
        2.5,
        0.95,
        "run_backward",
    ),
    Meeting(
        "dog, ray 5 deg down, 1 m/s",
        (1.0, 1.0),
        "tfmini-s",
        "none",
        "dog",
        0,
        12,
        1.5,
        0.85,
        aim_deg=(5, 5),
    ),
)


def sways(rng: random.Random, number: int) -> float:
    """Return axial sway, peak to peak [deg]: 6 to 12, and every fifth 20."""
    return 20.0 if number % 5 == 4 else rng.uniform(6.0, 12.0)


def meeting(kind: Meeting, seed: int, number: int, folder: Path) -> float | None:
    """Return the seconds from the first beat read to contact; None without a STOP read."""
    rng = random.Random(seed)
    speed = rng.uniform(*kind.speeds_mps)
    sway_p = sways(rng, number) / NATURAL_SWAY_DEG[kind.gait]
    other = (
        f'[[other]]\nkind = "{kind.kind}"\nfrom_s = {BEGIN_S + 2}\n'
        f"distance_m = {kind.distance_m}\nspeed_mps = {kind.comes_mps}\n"
        f"offset_m = {rng.uniform(-0.2, 0.2):.2f}\n"
    )
    closing = speed + kind.comes_mps
    text = DAY.format(
        duration_s=BEGIN_S + 2 + kind.distance_m / closing + 3.0,
        seed=seed, sway_p=round(sway_p, 3), roll=rng.uniform(-2, 2), pitch=rng.uniform(-1, 1),
        yaw=rng.uniform(-5, 5), lidar=kind.lidar, radar=kind.radar,
        aim=rng.uniform(*kind.aim_deg), rear="", gait=kind.gait, speed=speed,
        more=other + kind.more,
    )  # fmt: skip
    day = lived(text, folder)
    from_s = min((t for t in day.place_m if t >= BEGIN_S + 2), default=BEGIN_S)
    start_m = day.place_m[from_s]
    contact_s = next(
        (
            t
            for t, at in day.place_m.items()
            if t > from_s
            and start_m + kind.distance_m - kind.comes_mps * (t - from_s) - at <= CONTACT_M
        ),
        None,
    )
    if contact_s is None:
        return None
    read = [
        cue.begun_s
        for cue in day.cues
        if cue.is_read and cue.begun_s is not None and from_s <= cue.begun_s <= contact_s
    ]
    stops = [
        cue.begun_s
        for cue in day.cues
        if cue.is_read
        and cue.begun_s is not None
        and from_s <= cue.begun_s <= contact_s
        and cue.alert.condition is Condition.STOP_HAZARD
    ]
    if not stops or not read:
        return None
    return contact_s - min(read)


PARK = """arms_hz = 0.1
ground_rho = 0.4
[[other]]
kind = "adult"
is_beside = true
distance_m = 0.5
offset_m = 0.9
[[other]]
kind = "wall"
at_m = 10
length_m = 150
offset_m = 1.2
[[other]]
kind = "hedge"
at_m = 160
length_m = 200
offset_m = -1.3
[[slope]]
from_m = 60
to_m = 130
grade_p = 0.06
[[slope]]
from_m = 180
to_m = 250
grade_p = -0.06
"""
PARK_S = 270.0


def false_cues(seeds: Iterable[int]) -> None:
    """Print how often something is announced where nobody is in the way."""
    print(f"{'false cues a km':40}{'goal':>16}{'found':>9}{'km':>7}")
    for name, lidar, radar, goal in (
        ("range sensor", "tfmini-s", "none", 0.5),
        ("radar", "none", "ld2451", 0.5),
        ("both", "tfmini-s", "ld2451", 0.7),
    ):
        cues, gone_m = 0, 0.0
        for number, seed in enumerate(seeds):
            rng = random.Random(seed)
            fitted, rest = PARK.split("[[", 1)
            text = DAY.format(
                duration_s=PARK_S, seed=seed,
                sway_p=round(sways(rng, number) / NATURAL_SWAY_DEG["walk_backward"], 3),
                roll=rng.uniform(-2, 2), pitch=rng.uniform(-1, 1), yaw=rng.uniform(-5, 5),
                lidar=lidar, radar=radar, aim=rng.uniform(4.0, 6.0), rear=fitted,
                gait="walk_backward", speed=1.2, more="[[" + rest,
            )  # fmt: skip
            with tempfile.TemporaryDirectory() as folder:
                day = lived(text, Path(folder))
            cues += len(day.cues)
            gone_m += max(day.place_m.values())
            if "-v" in sys.argv:
                print("   ", [(round(c.t_s, 1), c.alert.because) for c in day.cues])
        rate = 1000.0 * cues / gone_m
        print(f"{name:40}{goal:16.1f}{rate:9.1f}{gone_m / 1000.0:7.2f}", flush=True)


def meetings(seeds: Iterable[int], only: str) -> None:
    """Print the rows of who stands and comes."""
    print(f"{'':40}{'goal':>16}{'reached':>9}{'10 %':>7}{'median':>7}")
    for kind in MEETINGS:
        if only not in kind.name:
            continue
        times = []
        for number, seed in enumerate(seeds):
            with tempfile.TemporaryDirectory() as folder:
                times.append(meeting(kind, seed, number, Path(folder)))
        known = sorted(-1.0 if one is None else one for one in times)
        share = sum(one >= kind.least_s for one in known) / len(known)
        print(
            f"{kind.name:40}{kind.least_s:6.1f} s {kind.goal_p:6.0%}{share:9.0%}"
            f"{known[len(known) // 10]:7.1f}{known[len(known) // 2]:7.1f}",
            flush=True,
        )
        if "-v" in sys.argv:
            print("   ", [None if one is None else round(one, 1) for one in times])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--from", type=int, default=9000, dest="first")
    parser.add_argument("--only", default="")
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()
    seeds = range(args.first, args.first + args.seeds)
    if args.only != "false":
        meetings(seeds, args.only)
    if args.only in {"", "false"}:
        false_cues(seeds)


if __name__ == "__main__":
    main()
