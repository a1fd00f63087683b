"""What must outlive a session reaches the card, in order, and a refusal loses nothing."""

from __future__ import annotations

from collections.abc import Callable

from backrun_pi.app.state_writer import Keeper
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

    def read(self, name: str) -> bytes | None:
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


def _keeper(card: Card) -> Keeper:
    return Keeper(card, lambda name, step: AtOnce(step))


def test_changes_reach_the_card_in_order() -> None:
    card = Card()
    keeper = _keeper(card)
    keeper.put(
        [StateChange("j", b"1\n", is_append=True), StateChange("j", b"2\n", is_append=True)]
    )
    keeper.put([StateChange("w", b"new", is_append=False)])
    assert card.files == {"j": b"1\n2\n", "w": b"new"}
    assert card.synced == ["j", "j"]
    assert keeper.fault is None


def test_a_refused_change_is_a_fault_and_is_tried_again() -> None:
    card = Card()
    keeper = _keeper(card)
    card.is_full = True
    keeper.put([StateChange("j", b"1\n", is_append=True)])
    assert keeper.fault is not None
    assert "no space left" in keeper.fault
    card.is_full = False
    keeper.retry()
    assert keeper.fault is None
    assert card.files == {"j": b"1\n"}


def test_closing_says_whether_everything_is_on_the_card() -> None:
    card = Card()
    keeper = _keeper(card)
    card.is_full = True
    keeper.put([StateChange("j", b"1\n", is_append=True)])
    assert keeper.close() is False
    card.is_full = False
    assert keeper.close() is True
