"""Freshness of every source: says each loss once, with its cause, and each recovery once."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from backrun_pi.messages import Freshness, Health, Source, SourceEvent
from backrun_pi.sensors.watch_settings import WatchSettings
from backrun_pi.units import NS_PER_S

WITHOUT_AGE = frozenset({Source.MAP, Source.MOTOR, Source.BUTTON, Source.SETTINGS, Source.KEPT})
"""They say nothing while all is well; only a fault takes them away."""

FAULT_IS_LOSS = WITHOUT_AGE | {Source.RECORDER}
"""One fault is a loss at once. The others may come back in a moment: their age decides."""


@dataclass(slots=True)
class _SourceTrack:
    """What is known about one source."""

    last_ns: int
    """Newest sign of life."""
    since_ns: int
    """Start of the present unbroken run of signs of life."""
    late_ns: float
    """Silence that makes it late, without end where only a fault counts."""
    lost_ns: float
    """Silence that makes it lost, likewise."""
    suspect: str | None = None
    """Probable cause, should it go silent."""
    fault: str | None = None
    """A fault that is a loss."""
    lost_because: str | None = None
    """Set while it is lost: the cause as it was noticed."""
    period_s: float | None = None
    degraded: str | None = None
    """What it fails to give while it works."""


class Watch:
    """Judges how old the last sign of life of each expected source is.

    Rules: nothing for `late` is LATE, for `lost` is LOST. A fault of the map, motor, button
    or recorder is LOST at once; a fault of the others names the cause, and age decides, so
    one bad transfer is no alarm. A lost source counts as back after `recover_s` of
    unbroken signs of life. A source that this session does not need is ABSENT.
    """

    def __init__(
        self, expected: Collection[Source], settings: WatchSettings, now_ns: int
    ) -> None:
        self._settings = settings
        self._limits_s = {
            Source.IMU: (settings.imu_late_s, settings.imu_lost_s),
            Source.GNSS: (settings.gnss_lost_s, settings.gnss_lost_s),
            Source.RECORDER: (settings.recorder_late_s, settings.recorder_lost_s),
            Source.PARTNER: (settings.partner_late_s, settings.partner_lost_s),
            Source.REAR_LIDAR: (settings.rear_lidar_late_s, settings.rear_lidar_lost_s),
            Source.REAR_RADAR: (settings.rear_radar_late_s, settings.rear_radar_lost_s),
        }
        self._tracks = {
            source: self._new_track(source, now_ns) for source in Source if source in expected
        }
        self._absent = dict.fromkeys(Source, Freshness.ABSENT)
        self._health = Health(now_ns, self._absent)

    def expect(self, source: Source, now_ns: int) -> None:
        """Judge one more source from now on."""
        self._tracks[source] = self._new_track(source, now_ns)

    def _new_track(self, source: Source, now_ns: int) -> _SourceTrack:
        late_s, lost_s = self._limits_s.get(source, (math.inf, math.inf))
        return _SourceTrack(now_ns, now_ns, late_s * NS_PER_S, lost_s * NS_PER_S)

    def note(self, source: Source, t_ns: int) -> None:
        """Note that a source gave something good that was true at `t_ns`.

        For GNSS that is a fix with a position; a receiver that says it has none is noted
        with `fault(Source.GNSS, ...)`.
        """
        track = self._tracks.get(source)
        if track is None:
            return
        if t_ns - track.last_ns > track.lost_ns:
            track.since_ns = t_ns
        if track.fault is not None:
            track.fault, track.since_ns = None, t_ns
        track.suspect = None
        if t_ns > track.last_ns:
            if source is Source.GNSS:
                self._learn_period(track, t_ns)
            track.last_ns = t_ns

    def fault(self, source: Source, because: str) -> None:
        """Note that a source failed, with the failure's own text."""
        track = self._tracks.get(source)
        if track is None:
            return
        track.suspect = because
        if source in FAULT_IS_LOSS:
            track.fault = because

    def degrade(self, source: Source, because: str | None) -> None:
        """Note what a source that works fails to give; None when it gives all."""
        track = self._tracks.get(source)
        if track is not None:
            track.degraded = because

    def step(self, now_ns: int) -> tuple[Health, tuple[SourceEvent, ...]]:
        """Judge every source now; the events are those that changed since the last step."""
        sources = self._absent.copy()
        causes: dict[Source, str] = {}
        degraded: dict[Source, str] = {}
        events: list[SourceEvent] = []
        for source, track in self._tracks.items():
            because = self._loss(track, now_ns)
            if because is not None:
                if track.lost_because is None:
                    track.lost_because = because
                    events.append(SourceEvent(now_ns, source, Freshness.LOST, because))
            elif track.lost_because is not None and self._has_recovered(source, track, now_ns):
                track.lost_because = None
                events.append(SourceEvent(now_ns, source, Freshness.OK, "it works again"))
            if track.lost_because is not None:
                sources[source] = Freshness.LOST
                causes[source] = track.lost_because
                continue
            is_late = now_ns - track.last_ns >= track.late_ns
            sources[source] = Freshness.LATE if is_late else Freshness.OK
            if track.degraded is not None:
                degraded[source] = track.degraded
        return self._judged(now_ns, sources, causes, degraded), tuple(events)

    def _judged(
        self,
        now_ns: int,
        sources: dict[Source, Freshness],
        causes: dict[Source, str],
        degraded: dict[Source, str],
    ) -> Health:
        """Return the health now; what is as it was shares the tables of before."""
        before = self._health
        is_same = sources == before.sources and causes == before.causes
        if is_same and degraded == before.degraded:
            self._health = Health(now_ns, before.sources, before.causes, before.degraded)
        else:
            self._health = Health(now_ns, sources, causes, degraded)
        return self._health

    @staticmethod
    def _loss(track: _SourceTrack, now_ns: int) -> str | None:
        if track.fault is not None:
            return track.fault
        age_ns = now_ns - track.last_ns
        if age_ns < track.lost_ns:
            return None
        silence = f"nothing for {age_ns * 1e-9:.2f} s"
        return silence if track.suspect is None else f"{track.suspect} ({silence})"

    def _has_recovered(self, source: Source, track: _SourceTrack, now_ns: int) -> bool:
        latest_ns = now_ns if source in WITHOUT_AGE else track.last_ns
        return latest_ns - track.since_ns >= self._settings.recover_s * NS_PER_S

    def _learn_period(self, track: _SourceTrack, t_ns: int) -> None:
        """Take the period of fixes: the last step, falling slowly, so bursts do not count."""
        step_s, known_s = (t_ns - track.last_ns) * 1e-9, track.period_s
        if step_s >= self._settings.gnss_lost_s:
            return
        track.period_s = (
            step_s if known_s is None else max(step_s, 0.8 * known_s + 0.2 * step_s)
        )
        settings, period_s = self._settings, track.period_s
        late_s = min(period_s * settings.gnss_late_periods, settings.gnss_lost_s)
        missing_s = max(settings.gnss_quick_lost_s, period_s * settings.gnss_lost_periods)
        track.late_ns = late_s * NS_PER_S
        track.lost_ns = min(settings.gnss_lost_s, missing_s) * NS_PER_S
