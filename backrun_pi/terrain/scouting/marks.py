"""What a scouting walk left behind: marks, the walked line, the ground it felt.

Kept as JSON lines in a file of its own, never in the map: `mark`, `unmark`, `walk`, `felt`.
Several scoutings are one after the other in the file; all count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Annotated

import msgspec

from backrun_pi.errors import RouteError
from backrun_pi.geo import LocalFrame
from backrun_pi.terrain.matching.way_graph import Edge, Net, Node
from backrun_pi.terrain.scouting.shortest_path import between
from backrun_pi.terrain.settings import TerrainSettings

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
    """A kind of the tag table, or the wearer's own word; None when not given."""


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


class Everywhere(msgspec.Struct, frozen=True, tag="everywhere"):
    """The marks of this file are of a walk on the very way that is run now."""


Line = Mark | Unmark | Walked | Everywhere

_MOST_SIGMA_M = 1000.0  # a mark less certain than this says nothing
_MOST_ROUGHNESS_MPS2 = 1000.0  # beyond the range of every sensor
_NAMED = 5  # marks named to somebody who asked for one that is none
_BESIDE_M = 8.0  # along the way: a mark further off says nothing of a thing
_SAME_WAY_M = 3.0
_LEAST_SIGMA_M = 1.0
_LEAST_FELT = 10  # points of the walked line, 50 m, from which there is a usual ground
_WALKED_M = 6.0  # a way this near to the walked line was walked


@dataclass(slots=True)
class Notes:
    """Everything kept from scouting walks."""

    marks: list[Mark] = field(default_factory=list)
    walked: list[Walked] = field(default_factory=list)
    is_everywhere: bool = False
    """The marks are of a walk on the very way that is run now: all of it counts as walked."""

    def mark(self, name: str, place_deg: tuple[float, float], sigma_m: float) -> Mark:
        """Add a mark."""
        entry = Mark(name, *place_deg, sigma_m)
        self.marks.append(entry)
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
    decoder = msgspec.json.Decoder(Line)
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
        elif isinstance(entry, Unmark):
            marks.pop(entry.id, None)
        elif isinstance(entry, Everywhere):
            notes.is_everywhere = True
        else:
            notes.walked.append(entry)
    notes.marks = list(marks.values())
    return notes


def _migrated(line: bytes) -> bytes:
    """Return a line with today's names: until 0.1 the roughness was called `felt_mps2`."""
    return line.replace(b'"felt_mps2":', b'"roughness_mps2":')


def is_line(text: bytes) -> bool:
    """Return whether a line, without its line feed, is one of a marks file."""
    try:
        entry = msgspec.json.decode(_migrated(text), type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if isinstance(entry, Mark):
        return bool(entry.id) and entry.sigma_m <= _MOST_SIGMA_M
    if isinstance(entry, Walked):
        felt = entry.roughness_mps2
        return felt is None or 0.0 <= felt <= _MOST_ROUGHNESS_MPS2
    return True


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
        RouteError: There is no such mark, the file is not one of ours, or a word is too long.
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


def encode(entry: Line) -> bytes:
    """Return the line that `read_marks` reads."""
    return msgspec.json.encode(entry) + b"\n"


@dataclass(frozen=True, slots=True)
class Snap:
    """A mark brought onto a way: the scout walked there, the error across is the receiver's."""

    at: int
    """[-] Place in the marks."""
    edge: Edge
    s_m: float
    """[m] From the edge's a."""
    x: float
    y: float
    """[m] East and north."""
    weight: float
    """[-] Chance that it was set on this way."""


def _squares(edge: Edge) -> list[tuple[int, int]]:
    """Return the squares of the walked line around the middle of a piece."""
    x = edge.ax + edge.ux * edge.length_m / 2
    y = edge.ay + edge.uy * edge.length_m / 2
    column, row = round(x / _WALKED_M), round(y / _WALKED_M)
    return [(column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


def _weight(snap: Snap) -> float:
    return snap.weight


@dataclass(slots=True)
class Scouted:
    """Marks and the walked line, in the metres of a net."""

    net: Net
    settings: TerrainSettings
    notes: Notes
    snaps: list[Snap] = field(default_factory=list)
    """Every place where a mark may have been set."""
    _on: dict[int, list[Snap]] = field(default_factory=dict)
    _route: set[int] = field(default_factory=set)
    _line: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    _usual_mps2: float | None = None

    def __post_init__(self) -> None:
        """Place everything on the ways."""
        for at, mark in enumerate(self.notes.marks):
            for snap in self._snap(at, mark):
                self.snaps.append(snap)
                self._on.setdefault(id(snap.edge), []).append(snap)
        if not self.notes.walked:  # presses alone: guess the line from one to the next
            best = [max(self._on_mark(at), key=_weight) for at in self._placed_marks()]
            for one, other in pairwise(best):
                self._route.update(id(edge) for edge in between(self.net, one.edge, other.edge))
        for point in self.notes.walked:
            x, y = self.net.metres(point.lat_deg, point.lon_deg)
            square = (round(x / _WALKED_M), round(y / _WALKED_M))
            felt = self._line.setdefault(square, [])
            if point.roughness_mps2 is not None:
                felt.append(point.roughness_mps2)
        everything = [value for felt in self._line.values() for value in felt]
        self._usual_mps2 = median(everything) if len(everything) >= _LEAST_FELT else None

    @property
    def marks(self) -> list[Mark]:
        """Return the marks."""
        return self.notes.marks

    def covers(self, edge: Edge) -> bool:
        """Say whether a scouting walk went along a piece of way."""
        if self.notes.is_everywhere:
            return True
        return any(square in self._line for square in _squares(edge))

    def is_felt_rough(self, edge: Edge) -> bool:
        """Say whether the ground of a piece of way was felt rougher than that of the route.

        The walk itself shakes the waist, and every wearer otherwise: so a stretch is held
        against the median of the whole walk, not against a fixed number.
        """
        if self._usual_mps2 is None:
            return False
        here = [value for square in _squares(edge) for value in self._line.get(square, ())]
        if not here:
            return False
        return median(here) > self.settings.rough_factor * self._usual_mps2

    def was_walked(self, edge: Edge) -> bool:
        """Say whether the scouting walk is known to have gone along this piece."""
        if self.notes.walked:
            return any(square in self._line for square in _squares(edge))
        return id(edge) in self._route

    def _placed_marks(self) -> list[int]:
        return sorted({snap.at for snap in self.snaps})

    def _on_mark(self, at: int) -> list[Snap]:
        return [snap for snap in self.snaps if snap.at == at]

    def marks_on(self, edge: Edge) -> list[Snap]:
        """Return the marks that were set on a piece of way."""
        return self._on.get(id(edge), [])

    def marks_beside(self, edge: Edge) -> list[tuple[Snap, float]]:
        """Return the marks set on this way near a piece, each with its s on that piece."""
        found = []
        for snap in self.snaps:
            dx, dy = snap.x - edge.ax, snap.y - edge.ay
            s, left = dx * edge.ux + dy * edge.uy, dy * edge.ux - dx * edge.uy
            if abs(left) < _SAME_WAY_M and -_BESIDE_M < s < edge.length_m + _BESIDE_M:
                found.append((snap, s))
        return found

    def _snap(self, at: int, mark: Mark) -> list[Snap]:
        """Return the places on ways where a mark may have been set.

        Of neighbouring pieces of one way only the nearest counts. The weight is the chance
        of this way among the others that lie as near.
        """
        x, y = self.net.metres(mark.lat_deg, mark.lon_deg)
        sigma = max(mark.sigma_m, _LEAST_SIGMA_M)
        near = sorted(self.net.near(x, y, max(_BESIDE_M, 3.0 * sigma)), key=lambda one: one[0])
        taken: set[Node] = set()
        places = []
        for away, s, edge in near:
            end = edge.a if s <= 0.0 else edge.b if s >= edge.length_m else None
            is_shadowed = end is not None and end in taken
            taken.update((edge.a, edge.b))
            if not is_shadowed:
                fit = math.exp(-0.5 * (away / sigma) ** 2) * edge.weight
                places.append((fit, s, edge))
        total = sum(fit for fit, _, _ in places)
        return [
            Snap(at, edge, s, edge.ax + edge.ux * s, edge.ay + edge.uy * s, fit / total)
            for fit, s, edge in places
            if fit > 0.02 * total
        ]
