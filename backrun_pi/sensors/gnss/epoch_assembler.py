"""Which sentences belong to one moment, and when that moment is over."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.sensors.gnss.calendar_day import CalendarDay
from backrun_pi.sensors.gnss.epoch import BACK_MS, SAME_MS, Draft, Epoch, tod_difference_ms
from backrun_pi.sensors.gnss.nmea_fields import Kind, Sentence

_UNTIMED = frozenset((Kind.GSA, Kind.VTG))
_SECONDARY = frozenset((Kind.ZDA, Kind.GST))  # carry a time, but a moment needs a position
_NEXT_MS = 10_000  # a secondary sentence may begin the next moment, not one of another hour
_AFTER_MISTAKE = 4  # times as many equal epochs are asked for after each wrong end

Name = tuple[Kind, str]
"""A kind of sentence, and the talker."""


@dataclass(slots=True)
class _LastSentence:
    """Learns which sentence is the last of each epoch: the how many-th of its kind."""

    needed: int
    """[-] Equal epochs after which it is known; more after each mistake."""
    known: tuple[Kind, int] | None = None
    seen: tuple[Kind, int] | None = None
    equal: int = 0

    def learn(self, draft: Draft) -> None:
        last = draft.kinds[-1]
        end = (last, draft.kinds.count(last))
        self.equal = self.equal + 1 if end == self.seen else 1
        self.seen = end
        self.known = end if self.equal >= self.needed else None

    def was_wrong(self) -> None:
        if self.known is not None:
            self.needed *= _AFTER_MISTAKE
        self.known = self.seen = None
        self.equal = 0

    def is_reached(self, draft: Draft) -> bool:
        if self.known is None:
            return False
        kind, count = self.known
        return draft.kinds[-1] is kind and draft.kinds.count(kind) == count


class EpochAssembler:
    """Puts sentences of one moment together.

    Steps: 1. The time of day decides which sentences belong together; a sentence without one
    belongs to the open moment, unless that has one of its kind already. 2. A new time ends
    the epoch. 3. Live, its usual last sentence ends it, or a silence longer than those within
    an epoch: else each fix would be one period old. 4. The date is carried from the last one
    sent, over midnight.
    """

    def __init__(self, learn_epochs: int | None) -> None:
        """Create; `learn_epochs` None means that only a new time ends an epoch."""
        self._is_live = learn_epochs is not None
        self._last = _LastSentence(learn_epochs or 0)
        self._open: Draft | None = None
        self._closed: Draft | None = None
        self._previous: Sentence | None = None
        self._day = CalendarDay()
        self.epochs = 0
        """[-] Epochs that have ended."""

    @property
    def is_open(self) -> bool:
        """Return whether sentences wait for the end of their epoch."""
        return self._open is not None

    @property
    def is_complete(self) -> bool:
        """Return whether the open epoch has all that one can have."""
        return self._open is not None and self._open.is_complete

    @property
    def awaits_last(self) -> bool:
        """Return whether the usual last sentence is known, and is still to come."""
        return self._last.known is not None

    def goes_on(self, sentence: Sentence, *, is_continued: bool) -> bool:
        """Return whether a sentence goes on with the moment that is open, or just was."""
        if self._open is not None:
            return bool(self._open.anchors) and self._belongs(self._open, sentence)
        return self.is_rest_of_closed(sentence, is_continued=is_continued)

    def is_rest_of_closed(self, sentence: Sentence, *, is_continued: bool) -> bool:
        """Return whether a sentence belongs to the moment that was ended last."""
        closed = self._closed
        if self._open is not None or closed is None or self._is_step_back(closed, sentence):
            return False
        if sentence.kind in _UNTIMED:
            return is_continued and (sentence.kind, sentence.talker) not in closed.sentences
        if sentence.tod_ms is None or closed.tod_ms is None:
            return False
        return abs(tod_difference_ms(sentence.tod_ms, closed.tod_ms)) <= SAME_MS

    def add(self, sentence: Sentence, t_ns: int, *, is_continued: bool) -> list[Epoch]:
        """Take one sentence; return the epochs that it ends.

        Args:
            sentence: Its values.
            t_ns: [ns] Arrival of the burst it belongs to.
            is_continued: No silence that ends an epoch lies before it.
        """
        ended: list[Epoch] = []
        if sentence == self._previous:
            return ended  # a repeated line changes nothing
        self._previous = sentence
        if self.is_rest_of_closed(sentence, is_continued=is_continued):
            self._last.was_wrong()
            return ended
        if self._open is not None and not self._belongs(self._open, sentence):
            if self._is_stray(self._open, sentence):
                return ended
            ended += self._finish(self._open)
        if self._open is None:
            self._open = Draft(t_ns)
        self._open.merge(sentence)
        if self._last.is_reached(self._open) and self._open.anchors:
            ended.append(self._close(self._open))
        return ended

    def silence(self) -> list[Epoch]:
        """Return the epoch that a silence of the line ends."""
        return [] if self._open is None else self._finish(self._open)

    def _finish(self, draft: Draft) -> list[Epoch]:
        """End an epoch that nothing can be added to any more."""
        if draft.anchors:
            if self._is_live:
                self._last.learn(draft)
            return [self._close(draft)]
        # Only sentences without a position: their date is worth keeping.
        self._day.of(draft)
        self._open = None
        return []

    def _belongs(self, draft: Draft, sentence: Sentence) -> bool:
        name = sentence.kind, sentence.talker
        if sentence.kind in _UNTIMED:
            # One velocity an epoch: a second one begins the next.
            return sentence.kind is not Kind.VTG or name not in draft.sentences
        if sentence.tod_ms is None or draft.tod_ms is None:
            # Without a time, the same sentence a second time begins the next epoch.
            return name not in draft.anchors
        if abs(tod_difference_ms(sentence.tod_ms, draft.tod_ms)) > SAME_MS:
            return False
        return not self._is_step_back(draft, sentence)

    def _is_stray(self, draft: Draft, sentence: Sentence) -> bool:
        """Return whether a sentence of another moment than the open one is to be dropped."""
        if sentence.tod_ms is None or draft.tod_ms is None or not draft.anchors:
            return False
        step_ms = tod_difference_ms(sentence.tod_ms, draft.tod_ms)
        if sentence.kind in _SECONDARY:
            return not SAME_MS < step_ms <= _NEXT_MS
        return -BACK_MS <= step_ms < -SAME_MS and not self._is_step_back(draft, sentence)

    def _is_step_back(self, draft: Draft, sentence: Sentence) -> bool:
        """Return whether the receiver's clock was set back by a second or less.

        Then a time comes a second time, or an earlier one, with other content. A repeated
        line has the same content, and a late one is of a kind that was still missing.
        """
        if not self._is_live or sentence.tod_ms is None or draft.tod_ms is None:
            return False
        earlier = draft.sentences.get((sentence.kind, sentence.talker))
        if earlier is None or (sentence.kind, sentence.talker) not in draft.anchors:
            return False
        step_ms = tod_difference_ms(sentence.tod_ms, draft.tod_ms)
        return -BACK_MS <= step_ms <= SAME_MS and earlier != sentence

    def _close(self, draft: Draft) -> Epoch:
        self._open, self._closed = None, draft
        self.epochs += 1
        return draft.close(self._day.of(draft))
