"""Whatever a map, an extract or a polygon holds: it is used, or refused in one line."""

from __future__ import annotations

import contextlib
import functools
import json
import tempfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.errors import MapError
from backrun_pi.maps import layout
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.maps.polygon_file import read_polygon
from backrun_pi.maps.query import features_near, offset_of_mark
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.fuzzing import STRANGE, fuzz, injured, refused
from tests.support.terrain_places import EXTRACT, walk

POLYGON = b"""town
1
   8.0 50.0
   8.1 50.0
   8.1 50.1
   8.0 50.0
END
!2
   8.01 50.01
   8.02 50.01
   8.02 50.02
END
END
"""
GEOJSON = b"""{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},
"geometry":{"type":"MultiPolygon","coordinates":[[[[8.0,50.0],[8.1,50.0],[8.1,50.1],[8.0,50.0]]]]}}]}
"""


@functools.cache
def whole_map() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "place.map"
        build_map([EXTRACT], path)
        return path.read_bytes()


def ask(opened: MapFile) -> None:
    """Ask what a session and a report ask, and look at every answer."""
    for line in features_near(opened, 50.0005, 8.0, 200.0):
        assert line["distance_m"] >= 0.0
    offset_of_mark(opened, 50.0018, 8.0002, 8.0)
    box = (49.99, 7.99, 50.01, 8.01)
    assert len(opened.ways_in(box)) + len(opened.hazards_in(box)) < 2000
    terrain = Terrain(opened, None, TerrainSettings())
    for one in walk([(0.0, 0.0), (0.0, 20.0)]):
        _, place = terrain.step(one)
        terrain.start_route(one)
        assert place.is_guiding or place.not_guiding_because


@fuzz(60)
@given(data=st.data())
def test_a_map_of_any_bytes_is_refused_in_one_line_or_answers(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("maps") / "wrong.map"
    path.write_bytes(data.draw(injured(whole_map())))
    try:
        ask(MapFile.open(path))
    except MapError as error:
        refused(error, "wrong.map")


@st.composite
def with_strange_header(draw: st.DrawFn, data: bytes) -> bytes:
    """Return a map whose header is whole and has a right checksum, with one strange value."""
    length = layout.PREFIX.unpack_from(data)[2]
    begin = layout.PREFIX.size
    facts: dict[str, Any] = json.loads(data[begin : begin + length])
    where: Any = facts
    while True:
        keys = sorted(where) if isinstance(where, dict) else list(range(len(where)))
        key = draw(st.sampled_from(keys))
        inner = where[key]
        if not (isinstance(inner, (dict, list)) and inner and draw(st.booleans())):
            break
        where = inner
    where[key] = draw(st.sampled_from(STRANGE))
    text = json.dumps(facts).encode().ljust(length)
    prefix = layout.PREFIX.pack(
        layout.MAGIC, layout.VERSION, len(text), zlib.crc32(text), 0, len(data)
    )
    return prefix + text + data[begin + len(text) :]


@fuzz(80)
@given(data=st.data())
def test_a_header_with_a_strange_value_is_refused_in_one_line_or_answers(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("maps") / "strange.map"
    path.write_bytes(data.draw(with_strange_header(whole_map())))
    with contextlib.suppress(MapError):
        ask(MapFile.open(path))


@fuzz(50)
@given(content=injured(EXTRACT.read_bytes()))
def test_an_extract_of_any_bytes_is_built_or_refused_and_leaves_nothing_half_written(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("extract")
    extract, out = folder / "place.osm", folder / "place.map"
    extract.write_bytes(content)
    try:
        build_map([extract], out)
    except MapError as error:
        refused(error, "place.osm")
    if out.exists():
        ask(MapFile.open(out))
    assert set(folder.iterdir()) <= {extract, out}


@fuzz(80)
@given(content=st.one_of(injured(POLYGON), injured(GEOJSON)))
def test_a_polygon_of_any_bytes_is_on_the_earth_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("polygon") / "town.poly"
    path.write_bytes(content)
    try:
        coverage = read_polygon(path)
    except MapError as error:
        refused(error, "town.poly")
        return
    for south, west, north, east in coverage.boxes:
        assert -90.0 <= south <= north <= 90.0
        assert -180.0 <= west <= east <= 180.0
