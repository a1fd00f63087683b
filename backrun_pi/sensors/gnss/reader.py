"""The receiver's door: bytes -> fixes that decisions may rest on."""

from __future__ import annotations

import math

from backrun_pi.messages import GnssFix
from backrun_pi.sensors.gnss.accuracy import sigma_m
from backrun_pi.sensors.gnss.degradation import Degradation
from backrun_pi.sensors.gnss.epoch import Epoch
from backrun_pi.sensors.gnss.nmea_framing import LineQuality
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.gnss.stream import EpochStream
from backrun_pi.sensors.gnss.utc import UtcMap
from backrun_pi.units import NS_PER_S


class GnssReader:
    """Reads one receiver live.

    An epoch is what the receiver sends; a `GnssFix` is what decisions may rest on: a speed no
    runner reaches is dropped, a course is given only when it means something, a receiver that
    repeats itself is flagged, UTC is given once it is trusted. A fix leaves at the usual last
    sentence of the cycle, or after a silence seen by `poll`.
    """

    def __init__(self, settings: GnssSettings) -> None:
        self._settings = settings
        self._stream = EpochStream(settings, is_live=True)
        self._utc = UtcMap(settings)
        self._degradation = Degradation(settings, self._stream.quality)
        self._moving_since_ns: int | None = None
        self._speed_ns: int | None = None
        self._course_deg: float | None = None
        self._same_course = 0
        self._before: tuple[object, ...] = ()
        self._repeats = 0

    @property
    def quality(self) -> LineQuality:
        """Return the counters of the line."""
        return self._stream.quality

    @property
    def sentences(self) -> list[bytes]:
        """Return the bodies of the good sentences that the last bytes completed."""
        return self._stream.sentences

    @property
    def utc(self) -> UtcMap:
        """Return the map from time since boot to UTC."""
        return self._utc

    @property
    def degraded_because(self) -> str | None:
        """Return what a working receiver fails to give; None while all is as it should be."""
        return self._degradation.because

    def feed(self, data: bytes, t_ns: int) -> tuple[GnssFix, ...]:
        """Take the bytes that came since the last call; return the fixes they complete.

        Args:
            data: Any number of bytes, cut anywhere; none is the same as `poll`.
            t_ns: [ns] Now, CLOCK_BOOTTIME.
        """
        if not data:
            return self.poll(t_ns)
        fixes = tuple(self._fix(epoch) for epoch in self._stream.feed(data, t_ns))
        self._degradation.note_line(t_ns)
        return fixes

    def poll(self, t_ns: int) -> tuple[GnssFix, ...]:
        """Call when nothing came: return the fix whose epoch the silence has ended."""
        ended = self._stream.poll(t_ns)
        return tuple(self._fix(epoch) for epoch in ended) if ended else ()

    def _fix(self, epoch: Epoch) -> GnssFix:
        lat_deg, lon_deg = epoch.places[0] if epoch.places else (None, None)
        is_stuck = self._is_stuck(epoch)
        speed_mps = None if is_stuck else self._speed(epoch)
        course_rad = self._course(epoch, speed_mps)
        fix = GnssFix(
            t_ns=epoch.t_ns,
            utc_s=self._utc.note(epoch),
            mode=epoch.mode,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            altitude_m=epoch.altitude_m,
            speed_mps=speed_mps,
            course_rad=course_rad,
            sigma_m=sigma_m(epoch, self._settings),
            satellites=epoch.satellites,
            is_estimated=epoch.is_estimated,
            is_stuck=is_stuck,
        )
        self._degradation.note_fix(fix)
        return fix

    def _speed(self, epoch: Epoch) -> float | None:
        speed = epoch.speed_mps
        is_possible = speed is not None and speed <= self._settings.max_speed_mps
        return speed if is_possible and not epoch.is_estimated else None

    def _course(self, epoch: Epoch, speed_mps: float | None) -> float | None:
        """Return the course: only of a receiver that has moved fast enough for a while."""
        if speed_mps is None:
            return None  # of sentences that are thinned out nothing is known between them
        settle_ns = self._settings.course_settle_s * NS_PER_S
        is_gap = self._speed_ns is not None and epoch.t_ns - self._speed_ns > settle_ns
        self._speed_ns = epoch.t_ns
        if speed_mps < self._settings.course_speed_mps:
            self._moving_since_ns = None
            return None
        if self._moving_since_ns is None or is_gap:
            self._moving_since_ns = epoch.t_ns
            self._same_course = 0
        is_same = epoch.course_deg is not None and epoch.course_deg == self._course_deg
        self._same_course = self._same_course + 1 if is_same else 1
        self._course_deg = epoch.course_deg
        is_settled = epoch.t_ns - self._moving_since_ns >= settle_ns
        is_frozen = self._same_course >= self._settings.course_frozen_epochs
        if epoch.course_deg is None or not is_settled or is_frozen:
            return None
        return math.radians(epoch.course_deg)

    def _is_stuck(self, epoch: Epoch) -> bool:
        """Return whether the receiver repeats itself while it claims to move."""
        now = (epoch.places[:1], epoch.speed_mps, epoch.course_deg)
        is_moving = (epoch.speed_mps or 0.0) > self._settings.stuck_speed_mps
        is_same = epoch.is_fix and is_moving and now == self._before
        self._repeats = self._repeats + 1 if is_same else 1
        self._before = now
        return self._repeats > self._settings.stuck_epochs
