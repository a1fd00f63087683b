"""What is joined by a node is met on any layer; what only crosses above or below is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import OncomingHazard
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.terrain_places import walk

NORTH = [(0.0, 0.0), (0.0, 95.0)]

# A way north of 100 m, and a line that it runs onto at node 2 or that passes there without one.
PLACE = """<osm version="0.6">
  <node id="1" version="1" lat="50.0000000" lon="8.0000000"/>
  <node id="2" version="1" lat="50.0009000" lon="8.0000000"/>
  <node id="3" version="1" lat="50.0011000" lon="8.0000000"/>
  <node id="4" version="1" lat="50.0009000" lon="7.9990000"/>
  <node id="5" version="1" lat="50.0009000" lon="8.0013100"/>
  <node id="6" version="1" lat="50.0020000" lon="8.0000000"/>
  <node id="40" version="1" lat="49.9950000" lon="7.9950000"/>
  <node id="41" version="1" lat="50.0070000" lon="8.0080000"/>
  <way id="10" version="1"><nd ref="1"/><nd ref="2"/>{own}</way>
  <way id="11" version="1">{nodes}{tags}</way>
  <way id="12" version="1"><nd ref="3"/><nd ref="6"/><tag k="highway" v="path"/>{own}</way>
  <way id="14" version="1"><nd ref="40"/><nd ref="41"/><tag k="building" v="yes"/></way>
</osm>"""
PATH = '<tag k="highway" v="path"/>'
STEPS = '<nd ref="2"/><nd ref="3"/>'
ROAD = '<nd ref="4"/><nd ref="2"/><nd ref="5"/>'
ROAD_WITHOUT_A_NODE = '<nd ref="4"/><nd ref="5"/>'


def seen_on(folder: Path, own: str, nodes: str, tags: str) -> list[OncomingHazard]:
    """Run north and return what was announced of way 11."""
    extract = folder / "layers.osm"
    extract.write_text(PLACE.format(own=own, nodes=nodes, tags=tags), encoding="utf-8")
    build_map([extract], folder / "layers.map")
    terrain = Terrain(MapFile.open(folder / "layers.map"), None, TerrainSettings())
    found: list[OncomingHazard] = []
    for now in walk(NORTH):
        found += [one for one in terrain.step(now)[0] if one.osm_id == "w11"]
    return found


@pytest.mark.parametrize(
    ("own", "nodes", "tags"),
    [
        (PATH, STEPS, '<tag k="highway" v="steps"/><tag k="layer" v="-1"/>'),
        (PATH, STEPS, '<tag k="highway" v="steps"/><tag k="tunnel" v="yes"/>'),
        (PATH + '<tag k="bridge" v="yes"/>', STEPS, '<tag k="highway" v="steps"/>'),
        (PATH + '<tag k="layer" v="2"/>', ROAD, '<tag k="highway" v="secondary"/>'),
        (
            PATH + '<tag k="tunnel" v="building_passage"/>',
            ROAD,
            '<tag k="highway" v="secondary"/>',
        ),
    ],
)
def test_what_shares_a_node_is_announced_in_time_on_any_layer(
    tmp_path: Path, own: str, nodes: str, tags: str
) -> None:
    found = seen_on(tmp_path, own, nodes, tags)
    assert found
    reaches_s = 0.0009 * 111_200.0 / 2.5
    assert reaches_s - found[0].t_ns * 1e-9 >= 5.0


def test_a_road_above_that_shares_no_node_stays_silent(tmp_path: Path) -> None:
    tags = '<tag k="highway" v="secondary"/><tag k="layer" v="1"/>'
    assert seen_on(tmp_path, PATH, ROAD_WITHOUT_A_NODE, tags) == []
