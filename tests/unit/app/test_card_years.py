"""Ten thousand sessions on small cards: there is always room for the next one and its report.

Sizes are those of a session of 30 min on the twin: 23 MB of log, 1.6 MB of report.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backrun_pi.app.settings import Settings
from backrun_pi.record.retention import LEAST_REPORTS, prune, prune_reports
from backrun_pi.review.drive.image import image_bytes
from tests.support.record_parts import Card

LOG_BYTES, REPORT_BYTES = 23_000_000, 1_600_000
SESSIONS = 10_000
SYSTEM_BYTES = {8: 2e9, 16: 4e9, 32: 5e9}  # what the system takes of a card of so many GB


class CountedCard(Card):
    """A card of which only the lengths are there."""

    def __init__(self, room_bytes: float) -> None:
        super().__init__()
        self._room = int(room_bytes)
        self.logs: dict[str, int] = {}
        self.reports: dict[str, int] = {}
        self.image_bytes = 0

    def names(self, folder: str) -> Sequence[str]:
        """Return sessions with a log, or with a report, oldest first."""
        return list(self.logs if folder == "sessions" else self.reports)

    def delete(self, name: str) -> None:
        """Delete a log or a report."""
        folder, _, session = name.partition("/")
        del (self.logs if folder == "sessions" else self.reports)[session]

    def free_bytes(self) -> int:
        """Return what is left."""
        taken = len(self.logs) * LOG_BYTES + len(self.reports) * REPORT_BYTES
        return self._room - taken - self.image_bytes


@pytest.mark.parametrize("card_gb", SYSTEM_BYTES)
def test_no_session_of_ten_thousand_finds_the_card_full(card_gb: int) -> None:
    settings = Settings()
    spare_bytes = settings.review.image_spare_bytes
    card = CountedCard(card_gb * 1e9 - SYSTEM_BYTES[card_gb])

    def wanted_bytes() -> int:
        size = image_bytes(len(card.reports) * REPORT_BYTES, spare_bytes)
        return settings.record.keep_free_bytes + max(0, size - card.image_bytes)

    for number in range(1, SESSIONS + 1):
        assert card.free_bytes() >= settings.coach.card_full_bytes, f"no start of {number}"
        name = f"{number:05d}-abcd"
        card.logs[name] = LOG_BYTES
        prune(card, wanted_bytes())
        prune_reports(card, wanted_bytes)
        card.reports[name] = REPORT_BYTES
        size = image_bytes(len(card.reports) * REPORT_BYTES, spare_bytes)
        assert card.free_bytes() + card.image_bytes >= size, f"no image after {number}"
        card.image_bytes = size
    assert f"{SESSIONS:05d}-abcd" in card.logs
    assert len(card.reports) > LEAST_REPORTS


def test_while_there_is_room_no_report_goes() -> None:
    card = CountedCard(8e9)
    for number in range(1, 601):
        card.reports[f"{number:05d}-abcd"] = REPORT_BYTES
    assert prune_reports(card, card.free_bytes) == ()
    assert len(prune_reports(card, lambda: int(8e9) - 599 * REPORT_BYTES)) == 1


def test_the_last_reports_stay_whatever_fills_the_card() -> None:
    card = CountedCard(0)
    for number in range(1, LEAST_REPORTS + 21):
        card.reports[f"{number:05d}-abcd"] = REPORT_BYTES
    assert len(prune_reports(card, lambda: 1)) == 20
    assert prune_reports(card, lambda: 1) == ()
    assert len(card.reports) == LEAST_REPORTS
