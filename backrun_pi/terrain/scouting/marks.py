"""What a scouting walk left behind: marks, the walked line, the ground it felt.

Kept as JSON lines in a file of its own, never in the map: `mark`, `unmark`, `walk`,
`everywhere`. Several scoutings are one after the other in the file; all count, and what passed
without a mark on each of them is less likely in the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from backrun_pi.errors import RouteError
from backrun_pi.geo import LocalFrame, distance_m
from backrun_pi.terrain.scouting.felt_ground import FeltPiece, Stumble

Latitude = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
Longitude = Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]


class Mark(msgspec.Struct, frozen=True, tag="mark"):
    """A press at an obstacle."""

    id: str
    """Stable name, for nudging and deleting."""
    lat_deg: Latitude
    """[deg]"""
    lon_deg: Longitude
    """[deg]"""
    sigma_m: Annotated[float, msgspec.Meta(ge=0.0)]
    """[m] One-axis sigma of the place."""
    name: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    """What the wearer calls it; None when they have not named it."""
    kind: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    """A kind of the tag table, or the wearer's own term; None when not given."""


class Unmark(msgspec.Struct, frozen=True, tag="unmark"):
    """A mark was taken back."""

    id: str
    """Of the mark."""
    t_ns: int = 0
    """[ns] When."""


class Walked(msgspec.Struct, frozen=True, tag="walk"):
    """A point of the walked line, and the ground felt around it."""

    lat_deg: Latitude
    """[deg]"""
    lon_deg: Longitude
    """[deg]"""
    roughness_mps2: float | None = None
    """[m/s2] Roughness felt by the IMU over the last 10 m; None when not felt."""
    is_first: bool = False
    """A scouting walk begins here."""


class Everywhere(msgspec.Struct, frozen=True, tag="everywhere"):
    """The marks of this file are of a walk on the very way that is run now."""


Note = Mark | Unmark | Walked | Everywhere | FeltPiece | Stumble
"""A line of a marks file."""

_MOST_SIGMA_M = 1000.0  # a mark less certain than this says nothing
_MOST_ROUGHNESS_MPS2 = 1000.0  # beyond the range of every sensor
ONE_WALK_M = 30.0
"""[m] Points of a scouting walk further apart belong to two of them."""

_NAMED = 5  # marks listed when the one asked for does not exist


@dataclass(slots=True)
class Notes:
    """Everything kept from scouting walks."""

    marks: list[Mark] = field(default_factory=list)
    walked: list[Walked] = field(default_factory=list)
    everywhere: int = 0
    """[-] Walks on the very way that is run now: all of it counts as walked by each."""
    walks: int = 0
    """[-] Walks that have begun so far."""
    walk_of: dict[str, int] = field(default_factory=dict)
    """Number of the walk that each mark was set on, by its id."""
    felt: list[FeltPiece] = field(default_factory=list)
    """Pieces of way that were walked forward, on any day."""
    stumbles: list[Stumble] = field(default_factory=list)
    today: int | None = None
    """[d] Since 1970-01-01, None while the date is not known."""

    def add_walked(self, point: Walked) -> None:
        """Add a point of the walked line."""
        last = self.walked[-1] if self.walked else None
        if last is None or point.is_first or _apart_m(last, point) > ONE_WALK_M:
            self.walks += 1
        self.walked.append(point)

    def add_everywhere(self) -> None:
        """Begin a walk on the very way that is run now."""
        self.everywhere += 1
        self.walks += 1

    def mark(self, name: str, place_deg: tuple[float, float], sigma_m: float) -> Mark:
        """Add a mark."""
        entry = Mark(name, *place_deg, sigma_m)
        self.marks.append(entry)
        self.walk_of[entry.id] = self.walks
        return entry

    def unmark(self, name: str) -> None:
        """Take a mark back."""
        self.marks = [mark for mark in self.marks if mark.id != name]


def read_notes(data: bytes, where: str) -> Notes:
    """Read a marks file.

    Raises:
        RouteError: A line is not one of ours; says which. A torn last line is left out.
    """
    marks: dict[str, Mark] = {}
    notes = Notes()
    lines = data.split(b"\n")
    decoder = msgspec.json.Decoder(Note)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = decoder.decode(_migrated(line))
        except msgspec.DecodeError as error:
            if number == len(lines):  # no newline after it: cut while it was written
                break
            raise RouteError(f"{where}: line {number}: {error}") from error
        if isinstance(entry, Mark):
            marks[entry.id] = entry
            notes.walk_of.setdefault(entry.id, notes.walks)
        elif isinstance(entry, Unmark):
            marks.pop(entry.id, None)
        elif isinstance(entry, Everywhere):
            notes.add_everywhere()
        elif isinstance(entry, Walked):
            notes.add_walked(entry)
        elif isinstance(entry, FeltPiece):
            notes.felt.append(entry)
        else:
            notes.stumbles.append(entry)
    notes.marks = list(marks.values())
    return notes


def _migrated(line: bytes) -> bytes:
    """Return a line with today's names: until 0.1 the roughness was called `felt_mps2`."""
    return line.replace(b'"felt_mps2":', b'"roughness_mps2":')


def is_line(text: bytes) -> bool:
    """Return whether a line, without its line feed, is one of a marks file."""
    try:
        entry = msgspec.json.decode(_migrated(text), type=Note)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if isinstance(entry, Mark):
        return bool(entry.id) and entry.sigma_m <= _MOST_SIGMA_M
    if isinstance(entry, Walked):
        felt = entry.roughness_mps2
        return felt is None or 0.0 <= felt <= _MOST_ROUGHNESS_MPS2
    return True


def _apart_m(one: Walked, other: Walked) -> float:
    return distance_m(one.lat_deg, one.lon_deg, other.lat_deg, other.lon_deg)


def delete_mark(data: bytes, name: str, where: str) -> bytes:
    """Return the content of a marks file with one mark taken back.

    Raises:
        RouteError: There is no such mark, or the file is not one of ours.
    """
    _find(data, name, where)
    return _ended(data) + encode(Unmark(name))


def nudge_mark(data: bytes, name: str, by_m: tuple[float, float], where: str) -> bytes:
    """Return the content of a marks file with one mark moved east and north.

    Raises:
        RouteError: There is no such mark, or the file is not one of ours.
    """
    mark = _find(data, name, where)
    lat, lon = LocalFrame(mark.lat_deg, mark.lon_deg).to_deg(*by_m)
    moved = msgspec.structs.replace(mark, lat_deg=round(lat, 7), lon_deg=round(lon, 7))
    return _ended(data) + encode(moved)


def label_mark(
    data: bytes, mark_id: str, where: str, *, called: str | None = None, kind: str | None = None
) -> bytes:
    """Return the content of a marks file with a name or a kind given to one mark.

    Raises:
        RouteError: There is no such mark, the file is not one of ours, or a text is too long.
    """
    mark = _find(data, mark_id, where)
    labelled = msgspec.structs.replace(mark, name=called or mark.name, kind=kind or mark.kind)
    line = encode(labelled)
    try:
        msgspec.json.decode(line, type=Mark)
    except msgspec.ValidationError as error:
        raise RouteError(f"{where}: mark {mark_id}: {error}") from error
    return _ended(data) + line


def _find(data: bytes, name: str, where: str) -> Mark:
    marks = {mark.id: mark for mark in read_notes(data, where).marks}
    if name not in marks:
        some = ", ".join([*marks][:_NAMED]) + (" ..." if len(marks) > _NAMED else "")
        known = f"{len(marks)} are known: {some}" if marks else "the file holds no mark"
        raise RouteError(f"{where}: no mark {name}; {known}")
    return marks[name]


def _ended(data: bytes) -> bytes:
    """Drop a torn last line."""
    return data[: data.rfind(b"\n") + 1]


def encode(entry: Note) -> bytes:
    """Return the line that `read_notes` reads."""
    return msgspec.json.encode(entry) + b"\n"
