"""Ground that the wearer felt on different days vouches for a surface that is tagged even."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.messages import Direction, Gait, StateChange, Suitability
from backrun_pi.terrain.matching.way_graph import Edge, Net
from backrun_pi.terrain.scouting.felt_ground import FeltGround, FeltPiece, Stumble
from backrun_pi.terrain.scouting.marks import Note, encode, read_notes
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.terrain_places import START, walk

DAY = 20_500
PLACE = """<osm version="0.6">
  <node id="1" version="1" lat="50.0000000" lon="8.0000000"/>
  <node id="2" version="1" lat="50.0036000" lon="8.0000000"/>
  <node id="40" version="1" lat="49.9950000" lon="7.9950000"/>
  <node id="41" version="1" lat="50.0070000" lon="8.0080000"/>
  <way id="10" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/>
  <tag k="surface" v="{surface}"/></way>
  <way id="14" version="1"><nd ref="40"/><nd ref="41"/><tag k="building" v="yes"/></way>
</osm>"""


def opened(folder: Path, surface: str = "asphalt") -> MapFile:
    (folder / "felt.osm").write_text(PLACE.format(surface=surface), encoding="utf-8")
    build_map([folder / "felt.osm"], folder / "felt.map")
    return MapFile.open(folder / "felt.map")


def pieces(net: Net) -> list[Edge]:
    return sorted((edge for _, _, edge in net.near(0.0, 200.0, 250.0)), key=lambda e: e.ay)


def felt(
    net: Net, edge: Edge, day: int, mps2: float, surface: str | None = "asphalt"
) -> FeltPiece:
    x, y = edge.ax + edge.ux * edge.length_m / 2, edge.ay + edge.uy * edge.length_m / 2
    return FeltPiece(*net.degrees(x, y), mps2, day, surface)


def ground(
    net: Net, entries: list[FeltPiece], *stumbles: Stumble, today: int = DAY
) -> FeltGround:
    return FeltGround(net, TerrainSettings(), entries, stumbles, today)


@pytest.fixture
def net(tmp_path: Path) -> Net:
    return Net(opened(tmp_path), *units(*START))


def usual(net: Net) -> list[FeltPiece]:
    """Return what the wearer felt on ten other pieces: their usual even ground is 1.0."""
    return [felt(net, edge, DAY - 30, 1.0) for edge in pieces(net)[5:15]]


def test_a_piece_felt_smooth_on_two_days_is_even_and_says_how_it_is_known(net: Net) -> None:
    here = pieces(net)[0]
    entries = [felt(net, here, DAY - 3, 0.95), felt(net, here, DAY - 1, 1.0)]
    because = ground(net, usual(net) + entries).even_because(here)
    assert because == "even, felt twice by you, last on 2026-02-15"


@pytest.mark.parametrize(
    ("walks", "today"),
    [
        ([(DAY - 1, 0.9), (DAY - 1, 0.9)], DAY),  # twice on one day
        ([(DAY - 1, 0.9)], DAY),  # once
        ([(DAY - 3, 0.9), (DAY - 1, 1.4)], DAY),  # rough the last time
        ([(DAY - 3, 0.9), (DAY - 1, 0.9)], DAY + 180),  # 181 days ago
    ],
)
def test_what_was_felt_too_seldom_too_rough_or_too_long_ago_vouches_for_nothing(
    walks: list[tuple[int, float]], today: int, net: Net
) -> None:
    here = pieces(net)[0]
    entries = [felt(net, here, day, mps2) for day, mps2 in walks]
    assert ground(net, usual(net) + entries, today=today).even_because(here) is None


def test_a_stumble_ends_it_until_it_was_walked_twice_again(net: Net) -> None:
    here = pieces(net)[0]
    entries = [felt(net, here, day, 0.9) for day in (DAY - 9, DAY - 8)]
    stumble = Stumble(entries[0].lat_deg, entries[0].lon_deg, DAY - 5)
    assert ground(net, usual(net) + entries, stumble).even_because(here) is None
    entries += [felt(net, here, day, 0.9) for day in (DAY - 2, DAY - 1)]
    assert ground(net, usual(net) + entries, stumble).even_because(here) is not None


def test_without_a_usual_ground_or_a_date_nothing_is_said(net: Net) -> None:
    here = pieces(net)[0]
    entries = [felt(net, here, day, 0.9) for day in (DAY - 2, DAY - 1)]
    assert ground(net, entries).even_because(here) is None
    blind = FeltGround(net, TerrainSettings(), usual(net) + entries, (), None)
    assert blind.even_because(here) is None


def test_felt_notes_are_read_as_they_were_written() -> None:
    entries: list[Note] = [FeltPiece(50.0, 8.0, 1.25, DAY, "asphalt"), Stumble(50.0, 8.0, DAY)]
    notes = read_notes(b"".join(encode(one) for one in entries), "marks")
    assert [*notes.felt, *notes.stumbles] == entries


def walked_on(place: MapFile, marks: bytes, day: int, mps2: float) -> bytes:
    """Walk forward along the path once and return the marks file afterwards."""
    terrain = Terrain(place, marks, TerrainSettings())
    for now in walk([(0.0, 0.0), (0.0, 395.0)], speed_mps=1.4):
        state = replace(now, direction=Direction.FORWARD, gait=Gait.WALK, roughness_mps2=mps2)
        terrain.step(state)
        for tick in range(4):  # 20 Hz
            at = replace(state, t_ns=state.t_ns + tick * 50_000_000)
            change = terrain.feel(at, day * 86_400.0 + 1.0)
            marks += change.data if isinstance(change, StateChange) else b""
    return marks


def test_two_walks_on_two_days_make_likely_ground_good(tmp_path: Path) -> None:
    place = opened(tmp_path)
    marks = walked_on(place, walked_on(place, b"", DAY - 2, 1.0), DAY - 1, 1.02)
    notes = read_notes(marks, "marks")
    assert len(notes.felt) > 30, "20 pieces of 20 m on each of two days"
    terrain = Terrain(place, marks, TerrainSettings())
    verdicts = []
    for now in walk([(0.0, 100.0), (0.0, 200.0)], speed_mps=1.4):
        state = replace(now, direction=Direction.FORWARD, gait=Gait.WALK)
        terrain.feel(state, DAY * 86_400.0)
        verdicts.append(terrain.step(state)[1])
    assert verdicts[0].verdict is Suitability.LIKELY, "no date yet"
    assert verdicts[-1].verdict is Suitability.GOOD
    assert verdicts[-1].verdict_because[0].startswith("even, felt twice by you, last on")


def test_felt_ground_never_makes_up_for_a_surface_that_nobody_tagged(tmp_path: Path) -> None:
    place = opened(tmp_path, surface="bricks")
    marks = walked_on(place, walked_on(place, b"", DAY - 2, 1.0), DAY - 1, 1.0)
    terrain = Terrain(place, marks, TerrainSettings())
    for now in walk([(0.0, 100.0), (0.0, 200.0)]):
        assert terrain.step(now)[1].verdict is Suitability.UNKNOWN


def test_even_ground_is_found_and_rough_ground_is_not_called_even(net: Net) -> None:
    """Three classes of ground, five wearers, a mount that sits otherwise each day."""
    rng = np.random.default_rng(9)
    edges = pieces(net)[:18]
    found = {"even": 0, "middling": 0, "rough": 0}
    asked = dict.fromkeys(found, 0)
    classes = {"even": 1.0, "middling": 1.3, "rough": 1.8}
    surface_of = {"even": "asphalt", "middling": "paving_stones", "rough": "gravel"}
    for _ in range(5):
        wearer = rng.uniform(0.6, 1.8)
        kinds = {id(edge): str(rng.choice(list(classes))) for edge in edges}
        entries = []
        for day in range(3):
            mount = np.cos(rng.uniform(0.0, np.radians(20.0))) * rng.lognormal(0.0, 0.05)
            for edge in edges:
                kind = kinds[id(edge)]
                mps2 = wearer * mount * classes[kind] * rng.lognormal(0.0, 0.07)
                entries.append(felt(net, edge, DAY - 5 + day, mps2, surface_of[kind]))
        judged = ground(net, entries)
        for edge in edges:
            asked[kinds[id(edge)]] += 1
            found[kinds[id(edge)]] += judged.even_because(edge) is not None
    assert found["even"] >= 0.8 * asked["even"]
    assert found["rough"] <= 0.02 * asked["rough"]
