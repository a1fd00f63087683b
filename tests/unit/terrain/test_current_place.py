"""The place under the feet: its traffic is reported once the runner is likely to be on it."""

from __future__ import annotations

import pytest

from backrun_pi.geo import LocalFrame
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import Place, Suitability
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.terrain_places import EXTRACT, START, state, walk

# A footway runs north for 220 m. From 110 m on tram tracks lie in it; at 40 m a road crosses;
# from 70 to 90 m it is a marked crossing. A cycleway runs north 100 m to the east.
STREET = """<osm version="0.6">
  <node id="1" version="1" lat="50.0000000" lon="8.0000000"/>
  <node id="2" version="1" lat="50.0006300" lon="8.0000000"/>
  <node id="3" version="1" lat="50.0008100" lon="8.0000000"/>
  <node id="4" version="1" lat="50.0010000" lon="8.0000000"/>
  <node id="5" version="1" lat="50.0020000" lon="8.0000000"/>
  <node id="6" version="1" lat="50.0003600" lon="7.9990000"/>
  <node id="7" version="1" lat="50.0003600" lon="8.0010000"/>
  <node id="8" version="1" lat="50.0003600" lon="8.0000000"/>
  <node id="9" version="1" lat="50.0000000" lon="8.0014000"/>
  <node id="10" version="1" lat="50.0020000" lon="8.0014000"/>
  <node id="11" version="1" lat="50.0010000" lon="8.0000030"/>
  <node id="12" version="1" lat="50.0020000" lon="8.0000030"/>
  <node id="40" version="1" lat="49.9950000" lon="7.9950000"/>
  <node id="41" version="1" lat="50.0070000" lon="8.0080000"/>
  <way id="20" version="1"><nd ref="1"/><nd ref="8"/><nd ref="2"/>
    <tag k="highway" v="footway"/></way>
  <way id="21" version="1"><nd ref="2"/><nd ref="3"/><tag k="highway" v="footway"/>
    <tag k="footway" v="crossing"/></way>
  <way id="22" version="1"><nd ref="3"/><nd ref="4"/><nd ref="5"/>
    <tag k="highway" v="footway"/></way>
  <way id="23" version="1"><nd ref="6"/><nd ref="8"/><nd ref="7"/>
    <tag k="highway" v="secondary"/></way>
  <way id="24" version="1"><nd ref="9"/><nd ref="10"/><tag k="highway" v="cycleway"/></way>
  <way id="25" version="1"><nd ref="11"/><nd ref="12"/><tag k="railway" v="tram"/></way>
  <way id="26" version="1"><nd ref="40"/><nd ref="41"/><tag k="building" v="yes"/></way>
</osm>"""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> MapFile:
    folder = tmp_path_factory.mktemp("street")
    (folder / "street.osm").write_text(STREET, encoding="utf-8")
    build_map([folder / "street.osm"], folder / "street.map")
    return MapFile.open(folder / "street.map")


def standing(opened: MapFile, east_m: float, north_m: float, sigma_m: float = 2.0) -> Place:
    """Return the place of a runner who has stood there for 3 s."""
    terrain = Terrain(opened, None, TerrainSettings())
    place = LocalFrame(*START).to_deg(east_m, north_m)
    for n in range(60):
        _, found = terrain.step(state(n * 0.05, place, 0.0, None, sigma_m=sigma_m))
    return found


@pytest.mark.parametrize(
    ("east_m", "north_m", "busy"),
    [
        (0.0, 20.0, None),
        (0.0, 40.0, "road3"),
        (0.0, 80.0, "crossing"),
        (0.0, 150.0, "tram"),
        (100.2, 100.0, "cycleway"),
    ],
)
def test_standing_where_others_pass_announces_which_way_it_is(
    street: MapFile, east_m: float, north_m: float, busy: str | None
) -> None:
    assert standing(street, east_m, north_m).busy_kind == busy


def test_walking_across_is_announced_before_and_walking_along_while_it_lasts(
    street: MapFile,
) -> None:
    terrain = Terrain(street, None, TerrainSettings())
    kinds: dict[int, str | None] = {}
    for now in walk([(0.0, 0.0), (0.0, 200.0)], speed_mps=1.2):
        _, place = terrain.step(now)
        kinds[round(now.t_ns * 1e-9 * 1.2)] = place.busy_kind
    assert {kinds[at] for at in (20, 40, 80, 96)} == {None}
    assert {kinds[at] for at in (130, 150, 190)} == {"tram"}


@pytest.mark.parametrize(("east_m", "busy"), [(60.0, "cycleway"), (13.5, None)])
def test_a_cycleway_is_not_announced_while_a_quiet_way_is_as_likely(
    tmp_path_factory: pytest.TempPathFactory, east_m: float, busy: str | None
) -> None:
    path = tmp_path_factory.mktemp("map") / "place.map"
    build_map([EXTRACT], path)
    place = standing(MapFile.open(path), east_m, 111.3, sigma_m=6.0)  # east of the path
    assert place.way_id == "w101"
    assert place.busy_kind == busy
    reported = (
        (Suitability.BAD, "busy: cycleway")
        if busy
        else (Suitability.UNKNOWN, "perhaps on a cycleway")
    )
    assert (place.verdict, place.verdict_because[0]) == reported
