"""The runner's signals: signs, sizes and consistency, by a computation of our own.

The features follow the definitions of the literature on gait phases (cross-spectrum of
forward and vertical acceleration at the step frequency), written here without the product.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from backrun_pi.messages import FloatArray
from backrun_pi.sim import gaits
from backrun_pi.sim.gaits import G, Gait
from backrun_pi.sim.pose import RATE_HZ, Twist
from backrun_pi.sim.route import RouteTable, load_route, make_route
from backrun_pi.sim.runner import Aim, Block, Runner

_STEADY_S = 4.0
_SECONDS = 24.0


class Features(NamedTuple):
    """Medians over windows of 1.6 s."""

    cadence_spm: float
    quadrature: float
    asymmetry: float
    flight_share: float
    up_p95_mps2: float


def _runner(seed: int = 3, *, wander_m: float = 0.2) -> Runner:
    route = load_route(RouteTable(bearing_deg=30.0), Path())
    return Runner(
        route,
        np.random.default_rng(seed),
        asymmetry_p=0.06,
        variation_p=0.025,
        wander_m=wander_m,
        is_treadmill=False,
    )


def _blocks(runner: Runner, from_s: float, until_s: float) -> list[Block]:
    count = round((until_s - from_s) / 0.5)
    return [runner.block(from_s + 0.5 * k, from_s + 0.5 * (k + 1)) for k in range(count)]


def _sensed(blocks: list[Block]) -> FloatArray:
    return np.concatenate([block.sensed[:, :-1] for block in blocks], axis=1)


def _ground(blocks: list[Block]) -> FloatArray:
    return np.concatenate([block.ground[:, :-1] for block in blocks], axis=1)


def _low_pass(x: FloatArray) -> FloatArray:
    """Butterworth, second order, 8 Hz at 100 Hz."""
    w = math.tan(math.pi * 8.0 / 100.0)
    k = math.sqrt(2.0) * w
    n = 1.0 / (1.0 + k + w * w)
    b0, a1, a2 = w * w * n, 2.0 * (w * w - 1.0) * n, (1.0 - k + w * w) * n
    y = np.zeros_like(x)
    x1 = x2 = y1 = y2 = float(x[0])
    for i, value in enumerate(x):
        y[i] = b0 * (value + 2.0 * x1 + x2) - a1 * y1 - a2 * y2
        x2, x1, y2, y1 = x1, float(value), y1, float(y[i])
    return y


def _features(gait: Gait, speed_mps: float, beta_rad: float) -> Features:
    runner = _runner()
    runner.aim(0.0, Aim(gait, speed_mps, beta_rad), 1.2)
    sensed = _sensed(_blocks(runner, 0.0, _SECONDS))[:, ::2]
    x, z = _low_pass(sensed[0]), _low_pass(sensed[2]) - G
    starts = range(round(_STEADY_S * 100), len(x) - 160, 20)
    rows = [_window(x[start : start + 160], z[start : start + 160]) for start in starts]
    return Features(*(float(value) for value in np.median(np.array(rows), axis=0)))


def _window(x: FloatArray, z: FloatArray) -> Features:
    x, z = x - x.mean(), z - z.mean()
    spectrum_x, spectrum_z = (np.fft.rfft(c * np.hanning(160), 1024) for c in (x, z))
    hz = np.fft.rfftfreq(1024, 0.01)
    power = np.abs(spectrum_z) ** 2
    band = np.flatnonzero((hz >= 1.2) & (hz <= 4.0))
    step = band[np.argmax(power[band] + 0.5 * power[2 * band])]
    cross = spectrum_x[step] * np.conj(spectrum_z[step])
    quadrature = cross.imag / (np.abs(cross) + 1e-3 * 40.0**2)
    s = x / x.std()
    asymmetry = np.clip(np.mean((s[12:] - s[:-12]) ** 3), -4.0, 4.0)
    return Features(
        hz[step] * 60.0,
        float(quadrature),
        float(asymmetry),
        float(np.mean(z < -6.0)),
        float(np.percentile(z, 95)),
    )


def test_walking_forward_leads_with_the_chest_and_brakes_steeply() -> None:
    found = _features(gaits.walk_forward(1.25), 1.25, 0.0)
    assert found.quadrature > 0.85
    assert -4.0 <= found.asymmetry < -1.5
    assert found.flight_share == 0.0
    assert 100.0 < found.cadence_spm < 125.0


def test_walking_backward_turns_both_signs_at_about_the_same_cadence() -> None:
    forward = _features(gaits.walk_forward(1.25), 1.25, 0.0)
    backward = _features(gaits.walk_backward(0.95), 0.95, math.pi)
    assert backward.quadrature < -0.7
    assert backward.asymmetry > 0.5
    assert abs(forward.cadence_spm - backward.cadence_spm) < 12.0


def test_running_forward_flips_the_sign_of_walking_and_flies() -> None:
    found = _features(gaits.run_forward(2.4), 2.4, 0.0)
    assert -0.98 < found.quadrature < -0.65
    assert -0.5 < found.asymmetry < 1.5
    assert found.flight_share > 0.15
    assert 10.0 < found.up_p95_mps2 < 15.0


def test_running_backward_is_quicker_harder_and_of_the_other_sign() -> None:
    forward = _features(gaits.run_forward(2.0), 2.0, 0.0)
    backward = _features(gaits.run_backward(2.0), 2.0, math.pi)
    assert 0.05 < backward.quadrature < 0.7
    assert backward.asymmetry > 0.0
    assert backward.cadence_spm > forward.cadence_spm + 8.0
    assert backward.up_p95_mps2 > forward.up_p95_mps2 + 1.0


@pytest.mark.parametrize("is_backward", [False, True])
def test_the_first_push_of_a_start_points_where_they_go(is_backward: bool) -> None:
    runner = _runner()
    gait = gaits.walk_backward(0.9) if is_backward else gaits.walk_forward(1.2)
    beta_rad = math.pi if is_backward else 0.0
    runner.aim(-5.0, Aim(gaits.STILL, 0.0, beta_rad), 1.0)
    _blocks(runner, 0.0, 2.0)
    runner.aim(2.0, Aim(gait, 0.9, beta_rad), 1.2)
    sensed = _sensed(_blocks(runner, 2.0, 3.5))
    push_mps = float(np.sum(sensed[0])) / RATE_HZ
    assert push_mps < -0.3 if is_backward else push_mps > 0.2


def test_standing_still_is_gravity_and_a_small_sway() -> None:
    sensed = _sensed(_blocks(_runner(), 0.0, 10.0))
    assert np.allclose(np.linalg.norm(sensed[:3], axis=0), G, atol=0.02)
    assert np.degrees(np.abs(sensed[3:]).max()) < 1.0


def _strapdown(sensed: FloatArray) -> FloatArray:
    """Integrate force and rates alone from a standing start; return the velocity, shape (3, n).

    The frame is the level frame in which the chest pointed along x at the start.
    """
    force = sensed[:3, :40].mean(axis=1)
    up = force / np.linalg.norm(force)
    side = np.cross(up, [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    pose = np.vstack([np.cross(side, up), side, up])  # body -> level
    velocity = np.zeros((3, sensed.shape[1]))
    for k in range(1, sensed.shape[1]):
        turn = 0.5 * (sensed[3:, k] + sensed[3:, k - 1]) / RATE_HZ
        x, y, z = turn
        cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        pose = pose @ (np.eye(3) + cross + 0.5 * cross @ cross)
        accel = pose @ sensed[:3, k] - [0.0, 0.0, G]
        velocity[:, k] = velocity[:, k - 1] + accel / RATE_HZ
    return velocity


@pytest.mark.parametrize(
    "name", ["walk_forward", "walk_backward", "run_forward", "run_backward"]
)
def test_forces_and_rates_alone_give_the_speed_over_ground(name: str) -> None:
    is_backward = name.endswith("backward")
    beta_rad = math.pi if is_backward else 0.0
    runner = _runner(wander_m=0.0)
    runner.aim(-5.0, Aim(gaits.STILL, 0.0, beta_rad), 1.0)
    blocks = _blocks(runner, 0.0, 2.0)
    runner.aim(2.0, Aim(getattr(gaits, name)(1.8), 1.8, beta_rad), 1.6)
    blocks += _blocks(runner, 2.0, 10.0)
    velocity = _strapdown(_sensed(blocks))
    last = velocity[:, -400:].mean(axis=1)  # 2 s: whole strides
    assert last[0] == pytest.approx(-1.8 if is_backward else 1.8, abs=0.35)
    assert last[1] == pytest.approx(0.0, abs=0.35)
    assert last[2] == pytest.approx(0.0, abs=0.35)


def test_the_vertical_force_of_a_run_carries_the_weight_and_no_more() -> None:
    runner = _runner()
    runner.aim(0.0, Aim(gaits.run_backward(2.0), 2.0, math.pi), 2.0)
    sensed = _sensed(_blocks(runner, 0.0, 40.0))[:, 800:]
    assert float(np.mean(sensed[2])) == pytest.approx(G, rel=0.03)


def test_position_is_the_integral_of_the_speed() -> None:
    runner = _runner()
    runner.aim(0.0, Aim(gaits.walk_forward(1.2), 1.2, 0.0), 1.2)
    ground = _ground(_blocks(runner, 0.0, 60.0))
    walked = np.cumsum(ground[2:4], axis=1) / RATE_HZ
    moved = ground[:2] - ground[:2, :1]
    assert np.abs(walked - moved).max() < 0.35


def test_the_yaw_rate_is_the_turn_of_the_facing() -> None:
    runner = _runner()
    runner.aim(0.0, Aim(gaits.walk_forward(1.2), 1.2, 0.0), 1.2)
    _blocks(runner, 0.0, 4.0)
    runner.aim(4.0, Aim(gaits.walk_backward(0.9), 0.9, math.pi), 1.6)
    blocks = _blocks(runner, 4.0, 8.0)
    turned_rad = float(np.sum(_sensed(blocks)[5])) / RATE_HZ
    ground = _ground(blocks)
    assert turned_rad == pytest.approx(-(ground[4, -1] - ground[4, 0]), abs=0.2)
    assert abs(turned_rad) == pytest.approx(math.pi, abs=0.3)


def test_while_the_body_turns_the_course_goes_on() -> None:
    runner = _runner(wander_m=0.0)
    runner.aim(0.0, Aim(gaits.walk_forward(1.2), 1.2, 0.0), 1.2)
    _blocks(runner, 0.0, 4.0)
    runner.aim(4.0, Aim(gaits.walk_backward(0.9), 0.9, math.pi), 1.6)
    ground = _ground(_blocks(runner, 4.0, 8.0))
    course_rad = np.arctan2(ground[2], ground[3])
    assert np.allclose(course_rad, math.radians(30.0), atol=0.02)
    assert math.cos(ground[4, -1] - course_rad[-1]) < -0.99


def test_left_and_right_steps_differ() -> None:
    runner = _runner()
    runner.aim(0.0, Aim(gaits.walk_forward(1.2), 1.2, 0.0), 1.2)
    z = _sensed(_blocks(runner, 0.0, 40.0))[2, 800:]
    spectrum = np.abs(np.fft.rfft((z - z.mean()) * np.hanning(len(z))))
    hz = np.fft.rfftfreq(len(z), 1.0 / RATE_HZ)
    stride_hz = gaits.walk_forward(1.2).stride_hz
    around_stride = spectrum[np.abs(hz - stride_hz) < 0.1].max()
    around_step = spectrum[np.abs(hz - 2.0 * stride_hz) < 0.15].max()
    assert 0.01 < around_stride / around_step < 0.2


def test_a_look_over_the_shoulder_turns_the_trunk_and_not_the_course() -> None:
    runner = _runner(wander_m=0.0)
    runner.aim(-5.0, Aim(gaits.STILL, 0.0, math.pi), 1.0)
    runner.twist(Twist(1.0, 1.4, math.radians(20.0)))
    yaw = np.cumsum(_sensed(_blocks(runner, 0.0, 4.0))[5]) / RATE_HZ
    assert math.degrees(yaw.max()) == pytest.approx(20.0, abs=0.3)
    assert math.degrees(yaw[-1]) == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize("bend_deg", [0.0, 12.0, -12.0])
def test_a_runner_who_comes_back_walks_a_u_turn_with_a_radius(bend_deg: float) -> None:
    far = (60.001, 25.0 + math.sin(math.radians(bend_deg)) * 1e-4)
    route = make_route([(60.0, 25.0), far, (60.0, 25.0)], "stop", 0.0)
    spacing_m = np.diff(route.s_m)
    per_m = np.abs(np.diff(route.course_rad)) / spacing_m
    assert spacing_m.min() > 0.0
    assert per_m.max() < 1.3  # 1.0 m of radius, with the corners of the table
    turned_rad = abs(route.course_rad[-1] - route.course_rad[0])
    assert turned_rad == pytest.approx(math.pi, abs=0.02)


def test_there_and_back_stays_within_a_step_of_the_line() -> None:
    route = make_route([(60.0, 25.0), (60.0005, 25.0)], "back", 0.0)
    assert np.abs(route.east_m).max() < 1.05
    assert route.north_m.max() < 55.7 + 1.05
    assert route.north_m.min() > -1.05
    halfway = np.abs(route.north_m - 27.8) < 15.0
    assert np.abs(route.east_m[halfway]).max() < 0.01
    assert route.length_m > 7000.0
