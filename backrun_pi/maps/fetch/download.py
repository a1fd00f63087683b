"""A file from a server that may break off, lie about length or change the file meanwhile.

What came lies beside the target as `.NAME.part`, with the version of the file it belongs to in
`.NAME.part.json`: a later call goes on from there. Only a file whose checksum is right takes
the target's place.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from backrun_pi.errors import MapError, OutputError
from backrun_pi.files import replacing, write_atomic

Show = Callable[[int, int | None], None]
"""Takes the bytes that are there, and how many there will be (None: not said)."""

_ATTEMPTS = 5  # in a row that brought nothing
_MOST_ATTEMPTS = 50  # for one file, whatever they brought
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_MD5 = re.compile(rb"^\s*([0-9a-fA-F]{32})(?:\s|$)")
_SPARE = 64 << 20  # [bytes] left free on the disk


@dataclass(frozen=True, slots=True)
class Pause:
    """How the wait between two attempts is done."""

    sleep: Callable[[float], None]

    def after(self, failures: int) -> None:
        """Wait longer after each failure in a row."""
        self.sleep(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** (failures - 1)))


def get_text(client: httpx.Client, url: str, most_bytes: int, pause: Pause) -> bytes:
    """Return a small file.

    Raises:
        MapError: It cannot be had, or is larger than it may be.
    """
    for failures in range(1, _ATTEMPTS + 1):
        try:
            with client.stream("GET", url) as answer:
                answer.raise_for_status()
                text = bytearray()
                for piece in answer.iter_bytes():
                    text += piece
                    if len(text) > most_bytes:
                        raise MapError(f"{url}: larger than {most_bytes >> 20} MB")
                return bytes(text)
        except httpx.HTTPStatusError as error:
            if error.response.status_code < 500:
                raise MapError(f"{url}: {_status(error.response)}") from error
            problem: Exception = error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = error
        if failures < _ATTEMPTS:
            pause.after(failures)
    raise MapError(f"{url}: {_why(problem)}; is this computer online?") from problem


def checksum(client: httpx.Client, url: str, pause: Pause) -> str:
    """Return the MD5 that the provider publishes beside a file.

    Raises:
        MapError: It publishes none.
    """
    text = get_text(client, f"{url}.md5", 4096, pause)
    found = _MD5.match(text)
    if found is None:
        raise MapError(f"{url}.md5: does not begin with an MD5 checksum")
    return found[1].decode().lower()


def download(client: httpx.Client, url: str, path: Path, show: Show, pause: Pause) -> str:
    """Have a file, whole and as its provider's checksum says; return that checksum.

    A file that is there already and still right is kept.

    Args:
        client: Follows redirects, has time-outs.
        url: The file; its checksum stands at the same address with `.md5`.
        path: Where to put it.
        show: Takes the progress.
        pause: Waits between attempts.

    Raises:
        MapError: The server does not give it, or never the file of the checksum.
        OutputError: The disk refuses it.
    """
    wanted = checksum(client, url, pause)
    if path.is_file() and _md5(path) == wanted:
        return wanted
    part = path.parent / f".{path.name}.part"
    for last in (False, True):
        try:
            _fill(client, url, part, show, pause)
            found = _md5(part)
        except OutputError:
            raise
        except OSError as error:
            raise OutputError(f"{part}: {error.strerror}; free space on this disk") from error
        wanted = checksum(client, url, pause)  # it may have been replaced meanwhile
        if found == wanted:
            with replacing(path) as new:
                part.replace(new)
            _beside(part).unlink(missing_ok=True)
            return wanted
        _forget(part)
        if last:
            break
    raise MapError(
        f"{url}: came twice with another checksum than {wanted}, which its provider publishes; "
        "nothing of it was kept, try again later"
    )


def _fill(client: httpx.Client, url: str, part: Path, show: Show, pause: Pause) -> None:
    """Go on with a part until it is whole, as far as the server says what whole is."""
    failures = 0
    for _ in range(_MOST_ATTEMPTS):
        before = _size(part)
        try:
            if _is_whole_after(client, url, part, show):
                return
            problem: Exception = MapError("it broke off")
        except httpx.HTTPStatusError as error:
            if error.response.status_code < 500:
                raise MapError(f"{url}: {_status(error.response)}") from error
            problem = error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = error
        failures = 1 if _size(part) > before else failures + 1
        if failures >= _ATTEMPTS:
            break
        pause.after(failures)
    have = f"{_size(part) >> 20} MB of it are kept, the same command goes on there"
    raise MapError(f"{url}: {_why(problem)}; {have}") from problem


def _is_whole_after(client: httpx.Client, url: str, part: Path, show: Show) -> bool:
    """Ask once, from the first byte that is missing; say whether the file is whole now."""
    have, version = _size(part), _version(part, url)
    headers = {"Accept-Encoding": "identity"}
    if have and version:
        headers |= {"Range": f"bytes={have}-", "If-Range": version}
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            _forget(part)
            return False
        answer.raise_for_status()
        start, total = _range(answer, have)
        if start is None:
            _forget(part)
            return False
        _check_room(part, start, total)
        _remember(part, url, answer)
        there = start
        with part.open("r+b" if start else "wb") as file:
            file.seek(start)
            file.truncate()
            for piece in answer.iter_bytes():
                there += len(piece)
                if total is not None and there > total:
                    break
                file.write(piece)
                show(there, total)
        if total is not None and there > total:
            _forget(part)
            return False
    return total is None or there == total


def _range(answer: httpx.Response, have: int) -> tuple[int | None, int | None]:
    """Return where an answer begins and how long the file is; None, None: of no use."""
    length = answer.headers.get("Content-Length", "")
    size = int(length) if length.isdecimal() else None
    if answer.status_code != httpx.codes.PARTIAL_CONTENT:
        return 0, size
    match = re.match(r"bytes (\d+)-\d+/(\d+|\*)$", answer.headers.get("Content-Range", ""))
    if match is None or int(match[1]) != have:
        return None, None
    return have, int(match[2]) if match[2] != "*" else None


def _check_room(part: Path, start: int, total: int | None) -> None:
    free = shutil.disk_usage(part.parent).free
    if total is not None and total - start > free - _SPARE:
        need, have = (total - start) >> 20, free >> 20
        raise OutputError(f"{part.parent}: {need} MB are to come and {have} MB are free here")


def _remember(part: Path, url: str, answer: httpx.Response) -> None:
    """Note which version of the file the part is of; a weak validator names none."""
    tag = answer.headers.get("ETag", "")
    version = tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")
    write_atomic(_beside(part), json.dumps({"url": url, "version": version}).encode())


def _version(part: Path, url: str) -> str | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        noted = json.loads(_beside(part).read_bytes())
        if noted["url"] == url and isinstance(noted["version"], str):
            return noted["version"] or None
    return None


def _beside(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _beside(part).unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest()


def _status(answer: httpx.Response) -> str:
    return f"the server says {answer.status_code} {answer.reason_phrase}".rstrip()


def _why(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return _status(error.response)
    return str(error) or type(error).__name__
