"""Bytes -> epochs: framer, fields, assembler and plausibility in a row."""

from __future__ import annotations

from backrun_pi.sensors.gnss.epoch import Epoch
from backrun_pi.sensors.gnss.epoch_assembler import EpochAssembler
from backrun_pi.sensors.gnss.nmea_fields import Sentence, read_sentence
from backrun_pi.sensors.gnss.nmea_framing import Framer, LineQuality
from backrun_pi.sensors.gnss.plausibility import PlausibilityGate, Trust
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.units import NS_PER_S


class _Silence:
    """How long the line must be silent to end an epoch: longer than it is within one.

    A relay (gpsd) hands on one whole sentence at a time, so that a slow line falls silent in
    the middle of each epoch. The silences within epochs are learned; until then an
    epoch that lacks something takes one longer than any sentence on the slowest line.
    """

    def __init__(self, settings: GnssSettings) -> None:
        self._gap_ns = round(settings.gap_s * NS_PER_S)
        self._pause_ns = round(settings.pause_s * NS_PER_S)
        self._first_ns = round(settings.first_pause_s * NS_PER_S)
        self._look_ns = round(settings.look_s * NS_PER_S)
        self._learn_epochs = settings.learn_epochs
        self._within_ns = 0

    def note_within(self, silence_ns: int) -> None:
        """Take a silence after which the epoch went on."""
        self._within_ns = max(self._within_ns, silence_ns)

    def limit_ns(self, assembler: EpochAssembler) -> int:
        """Return the silence that ends the open epoch."""
        # A look sees a silence up to one look shorter than it is.
        within_ns = self._within_ns + self._look_ns if self._within_ns else 0
        if assembler.epochs < self._learn_epochs and not assembler.is_complete:
            return max(self._first_ns, within_ns)
        return max(self._pause_ns if assembler.awaits_last else self._gap_ns, within_ns)


class EpochStream:
    """Reads a receiver. Live, silences end epochs; from a file, only the next time does."""

    def __init__(
        self, settings: GnssSettings, *, is_live: bool, trust: Trust = Trust.CONFIRMED
    ) -> None:
        """Begin.

        Args:
            settings: Limits.
            is_live: The bytes come as they are sent, not from a file.
            trust: What an epoch needs to be accepted.
        """
        self.quality = LineQuality()
        self.gate = PlausibilityGate(settings, self.quality, trust=trust, is_live=is_live)
        self.sentences: list[bytes] = []
        """Bodies of the good sentences that the last bytes completed."""
        self._framer = Framer(self.quality)
        self._assembler = EpochAssembler(settings.learn_epochs if is_live else None)
        self._is_live = is_live
        self._silence = _Silence(settings)
        self._byte_ns: int | None = None
        self._quiet_ns = 0
        self._burst_ns: int | None = None
        self._unplaced_ns = 0  # longest silence since the last sentence that is used

    def feed(self, data: bytes, t_ns: int) -> list[Epoch]:
        """Take bytes that arrived since the last call, the last of them at `t_ns`."""
        if not data:
            return self.poll(t_ns)
        # Bytes at two successive looks may be one burst: only an empty look proves silence.
        silence_ns = 0 if self._byte_ns is None else max(0, self._quiet_ns - self._byte_ns)
        is_new = self._byte_ns is None or silence_ns >= self._silence.limit_ns(self._assembler)
        if is_new:
            self._burst_ns = t_ns
        self._byte_ns = t_ns
        self._unplaced_ns = max(self._unplaced_ns, silence_ns)
        epochs: list[Epoch] = []
        self.sentences = self._framer.feed(data)
        for body in self.sentences:
            sentence = read_sentence(body)
            if sentence is not None:
                epochs += self._take(sentence, t_ns, is_continued=not is_new)
            is_new = False  # the next of these bytes came right behind
        return epochs

    def poll(self, t_ns: int) -> list[Epoch]:
        """Look when nothing has arrived: return the epoch that the silence has ended."""
        self._quiet_ns = t_ns
        self.sentences = []
        if not self._is_live or self._byte_ns is None or not self._assembler.is_open:
            return []
        if t_ns - self._byte_ns < self._silence.limit_ns(self._assembler):
            return []
        return self._gated(self._assembler.silence())

    def end(self) -> list[Epoch]:
        """Return what is left at the end of a file."""
        epochs: list[Epoch] = []
        for body in self._framer.end():
            sentence = read_sentence(body)
            if sentence is not None:
                epochs += self._take(sentence, self._byte_ns or 0, is_continued=True)
        return epochs + self._gated(self._assembler.silence()) + self.gate.end()

    def _take(self, sentence: Sentence, t_ns: int, *, is_continued: bool) -> list[Epoch]:
        if self._unplaced_ns and self._assembler.goes_on(sentence, is_continued=is_continued):
            self._silence.note_within(self._unplaced_ns)
        self._unplaced_ns = 0
        # The first epoch of a burst began with the burst; a second one when it came.
        start_ns = t_ns if self._burst_ns is None else self._burst_ns
        self._burst_ns = None
        return self._gated(self._assembler.add(sentence, start_ns, is_continued=is_continued))

    def _gated(self, epochs: list[Epoch]) -> list[Epoch]:
        return [accepted for epoch in epochs for accepted in self.gate.step(epoch)]
