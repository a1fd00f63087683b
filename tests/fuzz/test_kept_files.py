"""No content of any kept file stops a start: whatever stands there, the loop runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.app.kept_state import DAMAGED, FILES, KeptFile, read_kept
from backrun_pi.app.loading import map_in_force, plan_in_force
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings
from backrun_pi.coach.resume import RESUME
from backrun_pi.hardware.file_storage import FileStorage
from backrun_pi.messages import Condition, Freshness, Source
from tests.support.fuzzing import SECTOR, STRANGE, fuzz
from tests.support.kept import WHOLE
from tests.support.twin import board


def injured(draw: st.DrawFn, data: bytes) -> bytes:
    """Return a content with one of the injuries that cards, cuts and people leave."""
    at = draw(st.integers(0, max(0, len(data) - 1)))
    sector = at - at % SECTOR
    zeros = bytes(min(SECTOR, len(data) - sector))
    flipped = bytes([data[at] ^ (1 << draw(st.integers(0, 7)))])
    injuries = (
        data[:at],
        data[:at] + flipped + data[at + 1 :],
        data[:sector] + zeros + data[sector + SECTOR :],
        data[:at] + data,
        draw(st.binary(max_size=300)),
        data + b"[" * 30_000 + b"\n",
        with_strange_value(draw, data),
    )
    return draw(st.sampled_from(injuries))


def with_strange_value(draw: st.DrawFn, data: bytes) -> bytes:
    """Return a content in which one value of one line is one that nobody wrote."""
    lines = data.splitlines()
    number = draw(st.integers(0, len(lines) - 1))
    line = json.loads(lines[number])
    inner = [line, *(value for value in line.values() if isinstance(value, dict))]
    inner += [
        one for v in line.values() if isinstance(v, list) for one in v if isinstance(one, dict)
    ]
    where = draw(st.sampled_from(inner))
    if where:
        where[draw(st.sampled_from(sorted(where)))] = draw(st.sampled_from(STRANGE))
    lines[number] = json.dumps(line).encode()
    return b"\n".join(lines) + b"\n"


@st.composite
def contents(draw: st.DrawFn) -> dict[str, bytes]:
    """Draw what stands in the kept files: one or two of them injured, once or twice."""
    found = dict(WHOLE)
    for name in draw(st.lists(st.sampled_from(sorted(found)), min_size=1, max_size=2)):
        for _ in range(draw(st.integers(1, 2))):
            try:
                found[name] = injured(draw, found[name])
            except (ValueError, IndexError, AttributeError, RecursionError):
                break  # nothing is left to injure
    return found


def put(root: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@fuzz(40)
@given(files=contents())
def test_a_start_survives_every_injury_of_every_kept_file(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    root = tmp_path_factory.mktemp("twin")
    put(root / "card", files)
    twin = board(root, "duration_s = 2.0\n")
    chosen = Settings()
    companion = Companion(twin, chosen, map_in_force(""), plan_in_force(chosen))
    companion.run(twin.is_over)
    assert twin.elapsed_s >= 2.0


@fuzz(150)
@given(files=contents())
def test_what_is_read_is_readable_and_nothing_readable_is_lost(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    root = tmp_path_factory.mktemp("card")
    put(root, files)
    kept = read_kept(FileStorage(root))
    for file in FILES:
        good = kept.contents.get(file.name, b"")
        pieces = good.splitlines() if file.is_lines else [good] if good else []
        assert all(file.is_readable(piece) for piece in pieces)
        for line in files.get(file.name, b"").split(b"\n") if file.is_lines else ():
            if line.strip():
                beside = root / (file.name + DAMAGED)
                assert line in pieces or line in beside.read_bytes() or len(line) > 10_000
    again = read_kept(FileStorage(root))
    assert again.contents == kept.contents
    assert again.damages == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_whole_file_is_read_and_left_as_it_is(file: KeptFile, tmp_path: Path) -> None:
    put(tmp_path, WHOLE)
    kept = read_kept(FileStorage(tmp_path))
    assert kept.damages == ()
    assert kept.contents[file.name] == WHOLE[file.name]
    assert (tmp_path / file.name).read_bytes() == WHOLE[file.name]
    assert not (tmp_path / (file.name + DAMAGED)).exists()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_damage_is_a_loss_with_its_cause_and_stands_in_the_service_status(
    file: KeptFile, tmp_path: Path
) -> None:
    idle = {name: data for name, data in WHOLE.items() if name != RESUME}
    put(tmp_path / "card", idle | {file.name: WHOLE[file.name] + b'{"torn'})
    twin = board(tmp_path, "duration_s = 3.0\n")
    chosen = Settings()
    health, announced = [], []

    def follow(inputs: Inputs, outputs: Outputs) -> None:
        health.append(inputs.health)
        if outputs.alert is not None:
            announced.append(outputs.alert)

    companion = Companion(
        twin,
        chosen,
        map_in_force(""),
        plan_in_force(chosen),
        follow,
    )
    companion.run(twin.is_over)
    assert health[0].sources[Source.KEPT] is Freshness.LOST
    assert file.name in health[0].causes[Source.KEPT]
    assert [alert.condition for alert in announced] == [Condition.KEPT_DAMAGED]
    assert file.name in announced[0].because[0]
    assert any(file.name in line for _, line in twin.notifications if "STATUS=" in line)
