"""The points of a GPX file, whatever its encoding, prefixes and extensions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from backrun_pi.errors import RouteError

Places = list[tuple[float, float]]
"""[deg] (lat, lon) in the order of the route."""

_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]*\?>")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_POINTS = frozenset({"trkpt", "rtept", "rpt"})  # rpt: the shape of a route in Garmin's files


@dataclass(slots=True)
class GpxPoints:
    """What stands in a GPX file."""

    tracks: list[Places] = field(default_factory=list)
    """Segments of all tracks."""
    routes: list[Places] = field(default_factory=list)
    way_points: Places = field(default_factory=list)
    without_place: int = 0
    """[-] Points that say no place."""
    broken_because: str | None = None
    """Why the file ends before its end, None when it does not."""

    @property
    def has_lines(self) -> bool:
        """Whether a track or a route has a point."""
        return any(self.tracks) or any(self.routes)


def parsed(data: bytes, path: Path) -> GpxPoints:
    """Return what stands in a file, in the encoding it declares or, failing that, has.

    Raises:
        RouteError: It is no GPX file.
    """
    try:
        return _Reader().read(data.lstrip())
    except _NotGpx as error:
        text = _decoded(data)
        if not error.may_be_encoding or text is None:
            raise RouteError(f"{path}: not a GPX file: {error}") from error
    try:
        return _Reader().read(text.encode())
    except _NotGpx as error:
        raise RouteError(f"{path}: not a GPX file: {error}") from error


def _decoded(data: bytes) -> str | None:
    """Return the text of a file whose declaration is wrong or not known to the parser."""
    declared = _DECLARED.search(data[:200])
    names = [declared[1].decode("ascii", "replace")] if declared else []
    for name in (*names, "utf-8-sig", "cp1252", "latin-1"):
        try:
            return _DECLARATION.sub("", data.decode(name)).lstrip("\ufeff \r\n\t")
        except (UnicodeDecodeError, LookupError):
            continue
    return None


class _NotGpx(Exception):
    """A file is no GPX, or not in the encoding that it declares."""

    def __init__(self, why: str, *, may_be_encoding: bool = False) -> None:
        super().__init__(why)
        self.may_be_encoding = may_be_encoding


class _Reader:
    """Takes elements as the parser finds them."""

    def __init__(self) -> None:
        self._found = GpxPoints()
        self._root: str | None = None
        self._line: Places = []

    def read(self, data: bytes) -> GpxPoints:
        """Return what stands in a file.

        Raises:
            _NotGpx: It is none, or its encoding is not what it says.
        """
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EntityDeclHandler = _no_entities
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            is_encoding = error.code in _ENCODING_ERRORS
            if is_encoding or self._root is None or not self._found.has_lines:
                raise _NotGpx(str(error), may_be_encoding=True) from error
            self._found.broken_because = str(error)
        except (ValueError, LookupError) as error:  # an encoding the parser does not know
            raise _NotGpx(str(error), may_be_encoding=True) from error
        return self._found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2].lower()
        if self._root is None:
            self._root = name
            if name != "gpx":
                raise _NotGpx(f"it begins with <{name[:40]}>")
        if name in {"trkseg", "rte"}:
            self._line = []
            lines = self._found.tracks if name == "trkseg" else self._found.routes
            lines.append(self._line)
        elif name in _POINTS:
            self._take(self._line, attributes)
        elif name == "wpt":
            self._take(self._found.way_points, attributes)

    def _take(self, line: Places, attributes: dict[str, str]) -> None:
        try:
            lat, lon = (
                float(attributes[key].strip().replace(",", ".")) for key in ("lat", "lon")
            )
        except (KeyError, ValueError):
            self._found.without_place += 1
        else:
            line.append((lat, lon))


_ENCODING_ERRORS = {
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_INVALID_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNKNOWN_ENCODING,
        expat.errors.XML_ERROR_INCORRECT_ENCODING,
    )
}


def _no_entities(*_declared: object) -> None:
    raise _NotGpx("it declares entities, which no GPX file needs")
