"""All records of a map file, for tests that look at the whole of it."""

from __future__ import annotations

from backrun_pi.maps.mapfile import MapFile
from backrun_pi.maps.paged_file import RecordTable
from backrun_pi.maps.spatial_index import Pieces, Section
from backrun_pi.maps.way_record import Way


def pieces(section: Section) -> Pieces:
    """Return every piece of a section, with both ends."""
    return section.within(-900_000_000, -1_800_000_000, 900_000_000, 1_800_000_000)


def records(found: RecordTable) -> Pieces:
    """Return every record."""
    return found.between(0, len(found))


def ways(opened: MapFile) -> dict[str, Way]:
    """Return every way by its id."""
    found = [opened.way(row) for row in range(len(opened.ways))]
    return {way.osm_id: way for way in found}
