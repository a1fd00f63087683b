"""What motion feels of a day on the twin: registers and sentences, drivers, estimator."""

from __future__ import annotations

from pathlib import Path

from backrun_pi.messages import Direction, RunnerState
from backrun_pi.motion.estimator import Motion
from backrun_pi.motion.settings import MotionSettings
from backrun_pi.sensors.gnss.reader import GnssReader
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.imu.resilient import SteadyImu
from backrun_pi.sensors.imu.settings import ImuSettings
from tests.support.twin import board

TICK_NS = 50_000_000
BUZZ_S, BUZZ_EVERY = 0.5, 14  # a long beat of half a second, every 0.7 s


def feel(
    folder: Path,
    text: str,
    motion: Motion | None = None,
    expected: Direction | None = None,
    *,
    buzzes: bool = False,
) -> list[RunnerState]:
    """Play a scenario to its end; return the states, 20 a second."""
    twin = board(folder, text)
    motion = Motion(MotionSettings()) if motion is None else motion
    imu, gnss = SteadyImu(twin.i2c, twin.clock, ImuSettings()), GnssReader(GnssSettings())
    has_line = twin.scenario.gnss.is_configured
    states: list[RunnerState] = []
    while not twin.is_over():
        now_ns = twin.clock.now_ns() + TICK_NS
        twin.clock.sleep_until_ns(now_ns)
        fixes = (*gnss.feed(twin.gnss.read(), now_ns), *gnss.poll(now_ns)) if has_line else ()
        states.append(motion.step(now_ns, imu.drain(), fixes, expected))
        if buzzes and len(states) % BUZZ_EVERY == 0:
            twin.motor.pulse(1.0, BUZZ_S)
    return states


def script(*steps: str, head: str = "") -> str:
    """Return a scenario from `do for_s other keys` lines, without a receiver by default."""
    total_s = 0.0
    lists = []
    for step in steps:
        do, for_s, *more = step.split()
        total_s += float(for_s)
        lists.append("\n".join(("[[script]]", f"do = '{do}'", f"for_s = {for_s}", *more)))
    return f"duration_s = {total_s}\n{head}\n" + "\n".join(lists) + "\n"


def seconds(states: list[RunnerState], direction: Direction, from_s: float = 0.0) -> float:
    """Return for how long a direction was declared."""
    return 0.05 * sum(s.direction is direction for s in states[round(from_s * 20.0) :])
