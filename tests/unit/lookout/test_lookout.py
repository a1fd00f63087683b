"""What is seen behind: who stands or comes is oncoming, the ground and walls are not."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from backrun_pi.lookout.lookout import Lookout, merged
from backrun_pi.lookout.settings import LookoutSettings
from backrun_pi.messages import (
    BodyPose,
    Direction,
    Echo,
    Gait,
    MountState,
    OncomingHazard,
    RearPart,
    RearSample,
    RunnerState,
    Stage,
)

STEP_NS = 10_000_000
SPEED_MPS = 1.0
Range = Callable[[float, float, float], float | None]
"""Own way gone [m], bearing [rad] and rise [rad] of the ray -> range."""


def state(t_ns: int, gait: Gait = Gait.WALK) -> RunnerState:
    return RunnerState(
        t_ns=t_ns,
        direction=Direction.BACKWARD,
        gait=gait,
        p_backward=1.0,
        because=("test",),
        cadence_spm=110.0,
        speed_mps=SPEED_MPS,
        course_rad=None,
        facing_rad=None,
        lat_deg=None,
        lon_deg=None,
        sigma_m=None,
        position_age_s=None,
        distance_m=0.0,
        mount=MountState.CALIBRATED,
        turn_rps=0.0,
        impact_mps2=None,
    )


def turned(yaw: float, pitch: float) -> tuple[float, float, float, float]:
    """Return the rotation of a device that is turned left by yaw and nods by pitch."""
    cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
    cp, sp = math.cos(pitch / 2), math.sin(pitch / 2)
    return cy * cp, -sy * sp, cy * sp, sy * cp


def lidar(t_ns: int, range_m: float | None, echo: Echo = Echo.RANGE) -> RearSample:
    return RearSample(
        t_ns,
        RearPart.LIDAR,
        Echo.NOTHING if range_m is None and echo is Echo.RANGE else echo,
        400.0,
        0.0,
        0.017,
        range_m,
        None if range_m is None else 0.06,
    )


def walk(seconds: float, seen: Range, gait: Gait = Gait.WALK) -> list[OncomingHazard]:
    """Walk backward with a swaying pelvis; return everything that was oncoming."""
    lookout = Lookout(LookoutSettings(), (5.0, 0.0), None)
    found: list[OncomingHazard] = []
    samples: list[RearSample] = []
    for n in range(1, round(seconds * 1e9) // STEP_NS):
        t_ns, t_s = n * STEP_NS, n * STEP_NS * 1e-9
        yaw = math.radians(5.0) * math.sin(2.0 * math.pi * 0.9 * t_s)
        pitch = math.radians(2.0) * math.sin(2.0 * math.pi * 1.8 * t_s)
        pose = BodyPose(t_ns, turned(yaw, pitch), yaw)
        range_m = seen(SPEED_MPS * t_s, yaw, math.radians(-5.0) + pitch)
        samples.append(lidar(t_ns, range_m))
        is_read = n % 15 == 0
        output = lookout.step(t_ns, state(t_ns, gait), pose, samples if is_read else None)
        if is_read:
            found += output.hazards
            samples = []
    return found


def person(at_m: float, left_m: float = 0.0) -> Range:
    def seen(gone_m: float, yaw: float, rise: float) -> float | None:
        away_m = at_m - gone_m
        is_met = 0.3 < away_m < 7.0 and abs(away_m * math.tan(yaw) - left_m) < 0.22
        return away_m / math.cos(rise) if is_met else None

    return seen


def ground(grade_p: float) -> Range:
    def seen(_gone_m: float, _yaw: float, rise: float) -> float | None:
        falls = grade_p - math.tan(rise)
        away_m = 1.0 / falls if falls > 0.0 else math.inf
        return away_m / math.cos(rise) if away_m < 9.0 else None

    return seen


def wall(left_m: float) -> Range:
    def seen(_gone_m: float, yaw: float, _rise: float) -> float | None:
        away_m = left_m / math.sin(yaw) if yaw > 0.02 else math.inf
        return away_m if away_m < 11.0 else None

    return seen


def test_who_stands_on_the_way_is_a_caution_and_then_a_stop() -> None:
    found = walk(11.0, person(10.0))
    assert {hazard.hazard_id for hazard in found} == {found[0].hazard_id}
    stops = [hazard for hazard in found if hazard.stage is Stage.STOP]
    assert found[0].stage is Stage.CAUTION
    assert stops
    assert 2.5 < (stops[0].contact_s or 0.0) < 4.0
    assert stops[0].distance_m == pytest.approx(0.3 + (stops[0].contact_s or 0.0), abs=0.4)


def test_who_stands_beside_the_way_is_not_announced() -> None:
    assert walk(11.0, person(10.0, left_m=1.0)) == []


@pytest.mark.parametrize("grade_p", [-0.06, 0.0, 0.03, 0.06])
def test_level_and_steep_ground_is_no_obstacle(grade_p: float) -> None:
    assert walk(15.0, ground(grade_p)) == []


def test_a_wall_alongside_is_no_obstacle() -> None:
    assert walk(15.0, wall(1.2)) == []


def test_standing_still_nothing_is_oncoming() -> None:
    assert walk(11.0, person(10.0), Gait.STILL) == []


def radar(t_ns: int, range_m: float, closing_mps: float) -> RearSample:
    return RearSample(
        t_ns, RearPart.RADAR, Echo.RANGE, 100.0, 0.0, 0.05, range_m, 0.5, closing_mps, 0.2
    )


def listen(speeds_mps: list[float | None], from_m: float = 25.0) -> list[OncomingHazard]:
    """Hear one target a tenth of a second; None is a report without it."""
    lookout = Lookout(LookoutSettings(), (5.0, 0.0), b"+\n")
    found: list[OncomingHazard] = []
    for n, speed in enumerate(speeds_mps, 1):
        t_ns = n * 100_000_000
        range_m = from_m - 0.1 * n * (speed or 0.0)
        samples = [] if speed is None else [radar(t_ns, round(range_m), speed)]
        pose = BodyPose(t_ns, (1.0, 0.0, 0.0, 0.0), 0.0)
        found += lookout.step(t_ns, state(t_ns), pose, samples).hazards
    return found


def test_a_rider_who_comes_is_a_caution_and_then_a_stop() -> None:
    stages = [hazard.stage for hazard in listen([6.0] * 35)]
    assert stages[0] is Stage.CAUTION
    assert stages[-1] is Stage.STOP


def test_what_closes_at_the_own_speed_stands_and_is_left_to_the_range_sensor() -> None:
    assert listen([SPEED_MPS] * 40) == []


def test_one_damaged_report_is_nobody() -> None:
    assert listen([None, 9.0, None, None, None, 7.0, None, None, None]) == []


def test_the_sign_of_coming_is_learned_where_a_radar_has_it_the_other_way_round() -> None:
    lookout = Lookout(LookoutSettings(), (5.0, 0.0), None)
    kept = None
    for n in range(1, 30):
        t_ns = n * 100_000_000
        samples = [radar(t_ns, 12.0, -SPEED_MPS)]
        pose = BodyPose(t_ns, (1.0, 0.0, 0.0, 0.0), 0.0)
        kept = lookout.step(t_ns, state(t_ns), pose, samples).change or kept
    assert kept is not None
    assert kept.data == b"-\n"


@pytest.mark.parametrize(
    ("echo", "range_m", "because"),
    [
        (Echo.SUN, None, "it looks into the sun"),
        (Echo.RANGE, 0.3, "something hangs over its lens"),
        (Echo.SATURATED, None, "something hangs over its lens"),
    ],
)
def test_a_sensor_that_sees_nothing_says_why_within_a_second_and_a_half(
    echo: Echo, range_m: float | None, because: str
) -> None:
    lookout = Lookout(LookoutSettings(), (5.0, 0.0), None)
    for n in range(1, 11):
        t_ns = n * 150_000_000
        samples = [lidar(t_ns - k * STEP_NS, range_m, echo) for k in range(14, -1, -1)]
        output = lookout.step(t_ns, state(t_ns), None, samples)
    assert output.blind_because == because


def known(distance_m: float, stage: Stage, *, is_edge: bool = False) -> OncomingHazard:
    return OncomingHazard(
        1, "n7", "bench", "n7", 2, stage, distance_m, 0.0, 4.0, 0.9, ("a bench",), "", is_edge
    )


def seen(distance_m: float, stage: Stage) -> OncomingHazard:
    return OncomingHazard(
        1, "seen1", "seen", None, 2, stage, distance_m, 0.0, 4.0, 0.9, ("something",)
    )


def test_what_is_mapped_and_seen_is_one_obstacle() -> None:
    mapped = known(8.0, Stage.CAUTION)
    assert merged((mapped,), (seen(7.0, Stage.CAUTION),)) == (mapped,)
    _, other = merged((mapped,), (seen(7.0, Stage.STOP),))
    assert (other.obstacle_id, other.stage) == ("n7", Stage.STOP)


def test_what_is_seen_elsewhere_or_beside_an_edge_is_its_own_obstacle() -> None:
    for mapped in (known(15.0, Stage.CAUTION), known(7.0, Stage.CAUTION, is_edge=True)):
        assert len(merged((mapped,), (seen(7.0, Stage.CAUTION),))) == 2
