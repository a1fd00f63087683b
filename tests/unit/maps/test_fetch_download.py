"""A download from a server that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from backrun_pi.errors import MapError, OutputError
from backrun_pi.maps.fetch import download as room
from backrun_pi.maps.fetch.download import Pause, download, get_text
from tests.support.extract_server import (
    Provider,
    breaks_off,
    says_length,
    sends,
    serving,
    wrong_range,
)

CONTENTS = np.random.default_rng(4).bytes(300_000)
PATH = "/europe/place-latest.osm.pbf"


class Fetch:
    """A provider, a client, the pauses made and the progress shown."""

    def __init__(self, provider: Provider, client: httpx.Client, folder: Path) -> None:
        self.provider, self._client = provider, client
        self.file = folder / "place.osm.pbf"
        self.pauses: list[float] = []
        self.shown: list[tuple[int, int | None]] = []

    def __call__(self) -> str:
        url = self.provider.put(PATH, CONTENTS) if PATH not in self.provider.files else ""
        url = url or self.provider.url + PATH
        return download(
            self._client,
            url,
            self.file,
            lambda there, total: self.shown.append((there, total)),
            Pause(self.pauses.append),
        )

    @property
    def ranges(self) -> list[str | None]:
        """Ranges asked of the extract."""
        return [asked for path, asked in self.provider.asked if path == PATH]

    @property
    def left_over(self) -> list[str]:
        return sorted(path.name for path in self.file.parent.iterdir() if path != self.file)


@pytest.fixture
def fetch(tmp_path: Path) -> Iterator[Fetch]:
    with serving() as provider, httpx.Client(follow_redirects=True, timeout=5.0) as client:
        yield Fetch(provider, client, tmp_path)


def test_a_file_comes_whole_with_its_checksum_and_nothing_is_left_beside_it(
    fetch: Fetch,
) -> None:
    assert len(fetch()) == 32
    assert fetch.file.read_bytes() == CONTENTS
    assert fetch.left_over == []
    assert fetch.shown[-1] == (len(CONTENTS), len(CONTENTS))


def test_a_file_that_is_there_and_right_is_not_loaded_again(fetch: Fetch) -> None:
    fetch()
    fetch()
    assert fetch.ranges == [None]


def test_a_connection_that_breaks_off_goes_on_where_it_stopped(fetch: Fetch) -> None:
    fetch.provider.answers[PATH] = [breaks_off(100_000), breaks_off(50_000)]
    fetch()
    assert fetch.file.read_bytes() == CONTENTS
    assert fetch.ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert fetch.pauses == [1.0, 1.0]


def test_what_came_is_kept_for_the_next_call_when_the_server_stays_away(fetch: Fetch) -> None:
    fetch.provider.answers[PATH] = [breaks_off(100_000), *[sends(b"", 503)] * 5]
    with pytest.raises(MapError, match=r"503.*are kept, the same command goes on there"):
        fetch()
    assert not fetch.file.exists()
    fetch()
    assert fetch.file.read_bytes() == CONTENTS
    assert fetch.ranges[-1] == "bytes=100000-"


def test_a_file_that_changed_meanwhile_begins_again(fetch: Fetch) -> None:
    fetch.provider.answers[PATH] = [breaks_off(100_000), *[sends(b"", 503)] * 5]
    with pytest.raises(MapError):
        fetch()
    newer = CONTENTS[::-1]
    fetch.provider.put(PATH, newer)
    fetch()
    assert fetch.file.read_bytes() == newer


def test_a_range_that_is_not_the_one_asked_for_is_not_glued_on(fetch: Fetch) -> None:
    fetch.provider.answers[PATH] = [breaks_off(100_000), wrong_range]
    fetch()
    assert fetch.file.read_bytes() == CONTENTS


@pytest.mark.parametrize("length", [len(CONTENTS) - 1000, len(CONTENTS) + 1000, 0])
def test_a_wrong_length_is_noticed_and_asked_again(fetch: Fetch, length: int) -> None:
    fetch.provider.answers[PATH] = [says_length(length)]
    fetch()
    assert fetch.file.read_bytes() == CONTENTS


def test_a_server_that_always_lies_about_the_length_ends_in_one_line(fetch: Fetch) -> None:
    fetch.provider.answers[PATH] = [says_length(len(CONTENTS) + 1000)] * 200
    with pytest.raises(MapError) as caught:
        fetch()
    assert "\n" not in str(caught.value)
    assert not fetch.file.exists()
    assert len(fetch.ranges) <= 50


def test_a_file_that_is_not_the_checksums_is_refused_and_not_kept(fetch: Fetch) -> None:
    fetch.provider.put(PATH, CONTENTS)
    fetch.provider.files[PATH] = CONTENTS[:-1] + b"!"
    with pytest.raises(MapError, match="came twice with another checksum"):
        fetch()
    assert fetch.ranges == [None, None]
    assert not fetch.file.exists()
    assert fetch.left_over == []


def test_an_extract_that_was_wrong_stays_until_the_right_one_is_there(fetch: Fetch) -> None:
    fetch.file.write_bytes(b"of yesterday")
    fetch.provider.answers[PATH] = [sends(b"not it")] * 2
    with pytest.raises(MapError):
        fetch()
    assert fetch.file.read_bytes() == b"of yesterday"
    fetch()
    assert fetch.file.read_bytes() == CONTENTS


@pytest.mark.parametrize("published", [b"", b"<html>", b"z" * 32])
def test_what_is_no_checksum_is_said(fetch: Fetch, published: bytes) -> None:
    fetch.provider.put(PATH, CONTENTS)
    fetch.provider.files[f"{PATH}.md5"] = published
    with pytest.raises(MapError, match="does not begin with an MD5 checksum"):
        fetch()


def test_a_missing_file_is_said_at_once(fetch: Fetch) -> None:
    fetch.provider.answers[PATH] = [sends(b"", 404)]
    with pytest.raises(MapError, match=r"place-latest.osm.pbf: the server says 404"):
        fetch()
    assert fetch.pauses == []


def test_a_disk_without_room_is_said_before_anything_is_written(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_SPARE", 1 << 60)
    with pytest.raises(OutputError, match=r"MB are free here"):
        fetch()


def test_a_note_that_was_cut_begins_again(fetch: Fetch) -> None:
    fetch.provider.put(PATH, CONTENTS)
    part = fetch.file.parent / f".{fetch.file.name}.part"
    part.write_bytes(b"of what?")
    (part.parent / f"{part.name}.json").write_text('{"url": ')
    fetch()
    assert fetch.file.read_bytes() == CONTENTS
    assert fetch.left_over == []


def test_an_endless_index_is_cut_off(fetch: Fetch) -> None:
    url = fetch.provider.put("/index.json", b" " * 3_000_000)
    with httpx.Client() as client, pytest.raises(MapError, match="larger than 1 MB"):
        get_text(client, url, 1 << 20, Pause(fetch.pauses.append))


def test_a_server_that_is_not_there_is_said_after_five_attempts() -> None:
    pauses: list[float] = []
    with httpx.Client() as client, pytest.raises(MapError, match="is this computer online"):
        get_text(client, "http://127.0.0.1:9/index.json", 1000, Pause(pauses.append))
    assert pauses == [1.0, 2.0, 4.0, 8.0]
