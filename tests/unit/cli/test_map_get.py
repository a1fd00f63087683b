"""`backrun map get`, against a provider on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.cli.main import main
from backrun_pi.maps.mapfile import MapFile
from tests.support.extract_server import Provider, feature, serving
from tests.support.terrain_places import EXTRACT

LAT, LON = 50.0, 8.0
"""Somewhere in the drawn extract."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as provider:
        url = provider.put("/crossroads.osm", EXTRACT.read_bytes())
        provider.put_index(feature("Crossroads", url, 0.0, 45.0, 20.0))
        yield provider


def get(
    provider: Provider, folder: Path, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, dict[str, Any], str]:
    options = ["--index", f"{provider.url}/index.json", "--geocoder", f"{provider.url}/search"]
    options += ["--keep", str(folder / "kept"), "-o", str(folder / "place.map")]
    status = main(["map", "get", *words, *options])
    said = capsys.readouterr()
    return status, json.loads(said.out) if said.out else {}, said.err


def centre() -> tuple[float, float]:
    import osmium

    places = [
        (node.location.lat, node.location.lon)
        for node in osmium.FileProcessor(str(EXTRACT), osmium.osm.NODE)
        if isinstance(node, osmium.osm.Node) and node.location.valid()
    ]
    return places[0]


def test_a_whole_extract_is_had_by_its_name(
    provider: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, made, _ = get(provider, tmp_path, capsys, "Crossroads")
    assert status == 0
    assert made["attribution"].startswith("© OpenStreetMap contributors")
    assert made["extracts"][0]["name"] == "Crossroads"
    assert len(MapFile.open(tmp_path / "place.map").ways) == made["ways"] > 0


def test_a_place_is_cut_out_and_the_map_warns_only_there(
    provider: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lat, lon = centre()
    status, made, _ = get(provider, tmp_path, capsys, f"{lat},{lon}", "--radius", "0.5")
    assert status == 0
    assert made["ways"] > 0
    opened = MapFile.open(tmp_path / "place.map")
    assert opened.holds(lat, lon, 400.0)
    assert not opened.holds(lat + 0.01, lon, 0.0)
    assert list(tmp_path.glob(".backrun-cut-*")) == []


def test_a_name_is_looked_up_and_its_place_said(
    provider: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lat, lon = centre()
    found = [{"lat": str(lat), "lon": str(lon), "display_name": "The Corner, Somewhere"}]
    provider.files["/search"] = json.dumps(found).encode()
    status, _, said = get(provider, tmp_path, capsys, "the", "corner")
    assert status == 0
    assert "the corner: The Corner, Somewhere" in said
    assert any("q=the+corner" in path or "q=the%20corner" in path for path, _ in provider.asked)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"[]", "knows no such place; give it as 60.17,24.94"),
        (b"{}", "knows no such place"),
        (b'[{"lat": "x"}]', "does not answer as Nominatim does"),
        (b'[{"lat": "91", "lon": "0"}]', "is not on the earth"),
        (b"<html>", "does not answer as Nominatim does"),
    ],
)
def test_a_name_that_cannot_be_looked_up_is_said(
    answer: bytes,
    text: str,
    provider: Provider,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    provider.files["/search"] = answer
    status, _, said = get(provider, tmp_path, capsys, "nowhere")
    assert status == 2
    assert text in said
    assert said.count("\n") == 1


def test_a_place_that_the_extract_does_not_hold_is_said(
    provider: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, said = get(provider, tmp_path, capsys, "46.0,1.0")
    assert status == 2
    assert "holds nothing around this place" in said
    assert not (tmp_path / "place.map").exists()


def test_what_is_no_extract_is_said(
    provider: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.put("/crossroads.osm", b"<html>no</html>")
    status, _, said = get(provider, tmp_path, capsys, f"{LAT},{LON}")
    assert status == 2
    assert "not an extract that can be cut" in said


@pytest.mark.parametrize("radius", ["0", "-1", "nan", "101"])
def test_a_radius_out_of_bounds_is_said_before_anything_is_asked(
    radius: str, provider: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, said = get(provider, tmp_path, capsys, "60,24", f"--radius={radius}")
    assert status == 2
    assert "--radius" in said
    assert provider.asked == []


def test_without_the_client_it_says_what_to_install(
    provider: Provider,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    for name in [name for name in sys.modules if name.startswith("backrun_pi.maps.fetch")]:
        monkeypatch.delitem(sys.modules, name)
    status, _, said = get(provider, tmp_path, capsys, "Crossroads")
    assert status == 2
    assert "pip install 'backrun-pi[get]'" in said
