"""What must outlive a session reaches the card, in order, and a refusal loses nothing."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.app.state_writer import StateWriter
from backrun_pi.errors import RecordError
from backrun_pi.messages import StateChange


class Card:
    """A card in memory that can refuse."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.synced: list[str] = []
        self.is_full = False

    def append(self, name: str, data: bytes) -> None:
        self._refuse(name)
        self.files[name] = self.files.get(name, b"") + data

    def replace(self, name: str, data: bytes) -> None:
        self._refuse(name)
        self.files[name] = data

    def sync(self, name: str) -> None:
        self.synced.append(name)

    def read(self, name: str, most_bytes: int | None = None) -> bytes | None:
        return self.files.get(name)

    def names(self, folder: str) -> list[str]:
        return sorted(name for name in self.files if name.startswith(folder))

    def delete(self, name: str) -> None:
        self.files.pop(name, None)

    def free_bytes(self) -> int:
        return 0 if self.is_full else 1_000_000

    def _refuse(self, name: str) -> None:
        if self.is_full:
            raise RecordError(f"{name}: no space left on the card")


class AtOnce:
    """A worker that works when it is woken."""

    def __init__(self, step: Callable[[], None]) -> None:
        self.step = step

    def wake(self) -> None:
        self.step()

    def close(self, timeout_s: float) -> bool:
        self.step()
        return True


def _state_writer(card: Card) -> StateWriter:
    return StateWriter(card, lambda name, step: AtOnce(step))


def test_changes_reach_the_card_in_order() -> None:
    card = Card()
    writer = _state_writer(card)
    writer.put(
        [StateChange("j", b"1\n", is_append=True), StateChange("j", b"2\n", is_append=True)]
    )
    writer.put([StateChange("w", b"new", is_append=False)])
    assert card.files == {"j": b"1\n2\n", "w": b"new"}
    assert card.synced == ["j", "j"]
    assert writer.fault is None


def test_a_refused_change_is_a_fault_and_is_tried_again() -> None:
    card = Card()
    writer = _state_writer(card)
    card.is_full = True
    writer.put([StateChange("j", b"1\n", is_append=True)])
    assert writer.fault is not None
    assert "no space left" in writer.fault
    card.is_full = False
    writer.retry()
    assert writer.fault is None
    assert card.files == {"j": b"1\n"}


def test_closing_says_whether_everything_is_on_the_card() -> None:
    card = Card()
    writer = _state_writer(card)
    card.is_full = True
    writer.put([StateChange("j", b"1\n", is_append=True)])
    assert writer.close() is False
    card.is_full = False
    assert writer.close() is True


class HalfCard(Card):
    """A card that takes a part of an append, or does not confirm it, and then works again."""

    def __init__(self, refusals: list[tuple[str, int]]) -> None:
        super().__init__()
        self.refusals = refusals

    def append(self, name: str, data: bytes) -> None:
        if self.refusals and self.refusals[0][0] == "append":
            _, taken = self.refusals.pop(0)
            super().append(name, data[: min(taken, len(data) - 1)])
            raise RecordError(f"{name}: no space left on the card")
        super().append(name, data)

    def sync(self, name: str) -> None:
        if self.refusals and self.refusals[0][0] == "sync":
            self.refusals.pop(0)
            raise RecordError(f"{name}: the card does not answer")
        super().sync(name)


LINES = st.lists(
    st.binary(min_size=1, max_size=12).map(lambda b: b.replace(b"\n", b"{") + b"\n"),
    min_size=1,
    max_size=8,
)
REFUSALS = st.lists(
    st.tuples(st.sampled_from(["append", "sync"]), st.integers(0, 13)), max_size=6
)


@given(lines=LINES, refusals=REFUSALS, before=st.sampled_from([b"", b"old\n", b"torn", b"{"]))
def test_every_line_stands_once_and_whole_however_the_card_refuses(
    lines: list[bytes], refusals: list[tuple[str, int]], before: bytes
) -> None:
    card = HalfCard(refusals)
    if before:
        card.files["j"] = before
    writer = _state_writer(card)
    for line in lines:
        writer.put([StateChange("j", line, is_append=True)])
    for _ in range(7):
        writer.retry()
    assert writer.fault is None
    head = before if before.endswith(b"\n") or not before else before + b"\n"
    assert card.files["j"] == head + b"".join(lines)


def test_what_is_not_a_part_of_the_refused_append_stays_on_a_line_of_its_own() -> None:
    card = HalfCard([("append", 3)])
    writer = _state_writer(card)
    writer.put([StateChange("j", b"0123456789\n", is_append=True)])
    card.files["j"] = b"\0\0\0"  # what some cards leave instead of the bytes
    writer.retry()
    assert card.files["j"] == b"\0\0\0\n0123456789\n"
