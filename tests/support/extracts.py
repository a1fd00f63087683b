"""Extracts for tests of whole regions: invented ones, cuts, and shifted copies of real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import osmium

LAT_DEG, LON_DEG = 60.17, 24.94
M_PER_DEG = 111_320.0
GOOD = {"highway": "footway", "surface": "asphalt", "smoothness": "excellent", "width": "4"}
LIKELY = {key: value for key, value in GOOD.items() if key != "smoothness"}
UNKNOWN = {"highway": "path"}

Box = tuple[float, float, float, float]
"""[deg] south, west, north, east."""


@dataclass(frozen=True)
class Line:
    """A way that runs east."""

    way: int
    north_m: float
    from_m: float
    to_m: float
    tags: Mapping[str, str]


def invented(path: Path, lines: Sequence[Line], until: str = "2026-03-01T00:00:00Z") -> Path:
    """Write an extract of straight ways, with a box that ends where they end."""
    nodes, ways = [], []
    for line in lines:
        refs = []
        for number, east_m in enumerate((line.from_m, line.to_m)):
            ref = 10 * line.way + number
            lat = LAT_DEG + line.north_m / M_PER_DEG
            lon = LON_DEG + east_m / (0.5 * M_PER_DEG)
            nodes.append((ref, lat, lon))
            refs.append(f'<nd ref="{ref}"/>')
        tags = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in line.tags.items())
        ways.append(f'<way id="{line.way}" timestamp="{until}">{"".join(refs)}{tags}</way>')
    lats, lons = [lat for _, lat, _ in nodes], [lon for _, _, lon in nodes]
    bounds = (
        f'<bounds minlat="{min(lats) - 0.01}" minlon="{min(lons):.7f}" '
        f'maxlat="{max(lats) + 0.01}" maxlon="{max(lons):.7f}"/>'
    )
    points = [
        f'<node id="{ref}" lat="{lat:.7f}" lon="{lon:.7f}" timestamp="{until}"/>'
        for ref, lat, lon in nodes
    ]
    path.write_text(f'<osm version="0.6">{bounds}{"".join(points)}{"".join(ways)}</osm>')
    return path


def copied(
    extract: Path, out: Path, *, east_deg: float = 0.0, id_step: int = 0, box: Box
) -> Path:
    """Write what of an extract lies in a box, moved east, with other ids."""
    south, west, north, east = box
    header = osmium.io.Header()
    corners = (west + east_deg, south), (east + east_deg, north)
    header.add_box(osmium.osm.Box(*(osmium.osm.Location(*corner) for corner in corners)))
    kept: set[int] = set()
    with osmium.SimpleWriter(str(out), header=header, overwrite=True) as writer:
        for item in osmium.FileProcessor(str(extract)):
            if isinstance(item, osmium.osm.Node):
                lat, lon = item.location.lat, item.location.lon
                if south <= lat <= north and west <= lon <= east:
                    kept.add(item.id)
                    place = (lon + east_deg, lat)
                    writer.add_node(item.replace(id=item.id + id_step, location=place))
            elif isinstance(item, osmium.osm.Way) and any(
                node.ref in kept for node in item.nodes
            ):
                refs = [node.ref + id_step for node in item.nodes if node.ref in kept]
                if len(refs) > 1:
                    writer.add_way(item.replace(id=item.id + id_step, nodes=refs))
    return out
