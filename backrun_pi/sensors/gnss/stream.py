"""Bytes -> epochs: framer, sentences, grouper and gate in a row."""

from __future__ import annotations

from backrun_pi.sensors.gnss.epoch import Epoch
from backrun_pi.sensors.gnss.epoch_assembler import Grouper
from backrun_pi.sensors.gnss.nmea_fields import read_sentence
from backrun_pi.sensors.gnss.nmea_framing import Framer, LineQuality
from backrun_pi.sensors.gnss.plausibility import PlausibilityGate
from backrun_pi.sensors.gnss.settings import GnssSettings


class EpochStream:
    """Reads a receiver. Live, silences end epochs; from a file, only the next time does."""

    def __init__(self, settings: GnssSettings, *, is_live: bool) -> None:
        self.quality = LineQuality()
        self.gate = PlausibilityGate(settings)
        self.sentences: list[bytes] = []
        """Bodies of the good sentences that the last bytes completed."""
        self._framer = Framer(self.quality)
        self._grouper = Grouper(settings.learn_epochs if is_live else None)
        self._is_live = is_live
        self._gap_ns = round(settings.gap_s * 1e9)
        self._pause_ns = round(settings.pause_s * 1e9)
        self._byte_ns: int | None = None
        self._quiet_ns = 0
        self._burst_ns: int | None = None
        self._burst = 0

    def feed(self, data: bytes, t_ns: int) -> list[Epoch]:
        """Take bytes that arrived since the last call, the last of them at `t_ns`."""
        if not data:
            return self.poll(t_ns)
        # Bytes at two successive looks may be one burst: only an empty look proves silence.
        proven_ns = 0 if self._byte_ns is None else self._quiet_ns - self._byte_ns
        if self._byte_ns is None or proven_ns >= self._gap_ns:
            self._burst_ns = t_ns
            self._burst += 1
        self._byte_ns = t_ns
        epochs: list[Epoch] = []
        self.sentences = self._framer.feed(data)
        for body in self.sentences:
            epochs += self._take(body, t_ns)
        return epochs

    def poll(self, t_ns: int) -> list[Epoch]:
        """Look when nothing has arrived: return the epoch that the silence has ended."""
        self._quiet_ns = t_ns
        self.sentences = []
        if not self._is_live or self._byte_ns is None or not self._grouper.is_open:
            return []
        limit_ns = self._pause_ns if self._grouper.awaits_more else self._gap_ns
        if t_ns - self._byte_ns < limit_ns:
            return []
        return self._gated(self._grouper.silence())

    def end(self) -> list[Epoch]:
        """Return what is left at the end of a file."""
        epochs: list[Epoch] = []
        for body in self._framer.end():
            epochs += self._take(body, self._byte_ns or 0)
        return epochs + self._gated(self._grouper.silence()) + self.gate.end()

    def _take(self, body: bytes, t_ns: int) -> list[Epoch]:
        said = read_sentence(body)
        if said is None:
            self.quality.ignored += 1
            return []
        # The first epoch of a burst began with the burst; a second one when it came.
        start_ns = t_ns if self._burst_ns is None else self._burst_ns
        self._burst_ns = None
        return self._gated(self._grouper.add(said, start_ns, self._burst))

    def _gated(self, epochs: list[Epoch]) -> list[Epoch]:
        believed: list[Epoch] = []
        for epoch in epochs:
            believed += self.gate.step(epoch)
        return believed
