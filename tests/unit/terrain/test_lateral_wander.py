"""Learning how far the runner strays from the middle of the way."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest

from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.terrain.matching.lateral_wander import LateralWander
from backrun_pi.terrain.matching.matcher import Hypothesis
from backrun_pi.terrain.matching.way_graph import Net, Walk
from backrun_pi.terrain.settings import TerrainSettings
from tests.support.terrain_places import EXTRACT, START

SPEED_MPS = 2.5
TICK_S = 0.4


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Net:
    path = tmp_path_factory.mktemp("map") / "place.map"
    build_map([EXTRACT], path)
    return Net(MapFile.open(path), *units(*START))


def learned(
    net: Net,
    course_rad: Callable[[float], float],
    seconds: float = 120.0,
    weight: float = 1.0,
    usual_m: float = 0.45,
) -> LateralWander:
    """Run on the path that leads north, with a course as a function of time."""
    edge = min(net.near(0.0, 15.0, 5.0), key=lambda one: one[0])[2]
    walk = Walk(edge, is_forward=edge.uy > 0.0)
    hypothesis = Hypothesis(walk, 2.0, (0.0, 0.0), weight, 1.0, 1.0, 0.0, 1.0)
    wander = LateralWander(TerrainSettings(wander_m=usual_m))
    for tick in itertools.count():
        t_s = tick * TICK_S
        if t_s > seconds:
            return wander
        wander.see(
            round(t_s * 1e9), net, hypothesis, SPEED_MPS, course_rad(t_s) % (2.0 * math.pi)
        )
    raise AssertionError


def swing(amplitude_m: float) -> Callable[[float], float]:
    """Return the course of a line that swings about the middle, once in ten seconds."""
    pace = 2.0 * math.pi / 10.0
    return lambda t_s: math.atan2(amplitude_m * pace * math.cos(pace * t_s), SPEED_MPS)


def test_a_straight_run_keeps_the_usual_wander(net: Net) -> None:
    assert learned(net, lambda _: 0.0).wander_m == TerrainSettings().wander_m


def test_a_way_drawn_askew_is_no_wander(net: Net) -> None:
    assert learned(net, lambda _: 0.3).wander_m == TerrainSettings().wander_m


def test_swinging_to_and_fro_is_given_more_room(net: Net) -> None:
    assert learned(net, swing(1.7)).wander_m > 1.0


def test_on_a_wide_path_the_usual_wander_does_not_pull_the_estimate_down(net: Net) -> None:
    low, high = (learned(net, swing(1.2), 60.0, usual_m=usual).wander_m for usual in (0.2, 0.7))
    assert low == pytest.approx(high, rel=0.1)
    assert low > 1.2


def test_a_usual_wander_of_a_wide_path_is_a_start_too(net: Net) -> None:
    assert 0.3 < learned(net, lambda _: 0.0, usual_m=1.2).wander_m <= 1.6


def test_a_swing_of_a_narrow_path_changes_nothing(net: Net) -> None:
    assert learned(net, swing(0.5)).wander_m == TerrainSettings().wander_m


def test_nothing_is_learned_where_the_way_is_in_doubt(net: Net) -> None:
    unsure = learned(net, swing(1.7), weight=0.5)
    assert unsure.wander_m == TerrainSettings().wander_m


def test_what_was_learned_is_forgotten_on_a_narrow_path(net: Net) -> None:
    course = swing(1.7)
    later = learned(net, lambda t_s: course(t_s) if t_s < 120.0 else 0.0, seconds=500.0)
    assert later.wander_m < 1.0
