"""What the ray meets, as tracks: hits that belong to one place, and how that place moves."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from backrun_pi.lookout.settings import LookoutSettings
from backrun_pi.units import NS_PER_S

GATE_M, _CONFIRMED_GATE_M = 0.6, 1.1
"""[m] Hits within it belong to one track: a body is 0.45 m wide and 0.3 m deep. What is certain
keeps its name although the own speed is known to a tenth only."""
_HITS = 48
_KEPT_NS = round(1.2 * NS_PER_S)  # hits that say how it moves
_UNCONFIRMED_NS, _MOVER_NS, _CONFIRMED_NS = NS_PER_S, 3 * NS_PER_S // 2, 8 * NS_PER_S
_MOST_TRACKS = 24
_PASSES = 4  # rays through its place, farther than it: it is gone
_NOISE_M = 0.12  # of hits on a body that is not flat
_LEAST_HITS = 10
_LEAST_SPAN_S = 0.5  # one sweep of the ray along a wall is shorter
_FASTEST_MPS = 4.0  # faster, the ray slides along something; a rider is the radar's


@dataclass(frozen=True, slots=True)
class Hit:
    """One range in the world."""

    t_ns: int
    x_m: float
    y_m: float
    z_m: float
    """[m] Above the ground under it."""
    sigma_m: float
    """[m] 1 sigma along the ray."""
    side_sigma_m: float
    """[m] 1 sigma across it."""


class Sighting:
    """One place that was hit, and hit again."""

    __slots__ = (
        "hits",
        "is_confirmed",
        "last_ns",
        "name",
        "passes",
        "seen",
        "vx_mps",
        "vy_mps",
        "x_m",
        "y_m",
        "z_high_m",
        "z_low_m",
    )

    def __init__(self, name: str, hit: Hit) -> None:
        self.name = name
        self.hits: deque[Hit] = deque((hit,), maxlen=_HITS)
        self.x_m, self.y_m = hit.x_m, hit.y_m
        self.vx_mps = self.vy_mps = 0.0
        self.z_low_m = self.z_high_m = hit.z_m
        self.last_ns = hit.t_ns
        self.seen = 1
        self.passes = 0
        self.is_confirmed = False

    def at(self, t_ns: int) -> tuple[float, float]:
        """Return where it is at a moment."""
        gone_s = (t_ns - self.last_ns) * 1e-9
        return self.x_m + self.vx_mps * gone_s, self.y_m + self.vy_mps * gone_s

    @property
    def is_moving(self) -> bool:
        """Return whether it moves by itself."""
        return self.vx_mps != 0.0 or self.vy_mps != 0.0


class Sightings:
    """All tracks of the range sensor."""

    def __init__(self, settings: LookoutSettings) -> None:
        self._settings = settings
        self._made = 0
        self._tracks: list[Sighting] = []

    def __iter__(self) -> Iterator[Sighting]:
        """Return all tracks, certain or not."""
        return iter(self._tracks)

    def take(self, hit: Hit, own: tuple[float, float], steepest_p: float) -> None:
        """Give a hit to the sighting it belongs to, or begin one.

        Args:
            hit: Of something above the ground.
            own: Where it was seen from [m].
            steepest_p: How much the ground may rise to it, beyond what is known.
        """
        best, best_p = None, 1.0
        for track in self._tracks:
            x_m, y_m = track.at(hit.t_ns)
            gate_m = _CONFIRMED_GATE_M if track.is_confirmed else GATE_M
            away_p = math.hypot(hit.x_m - x_m, hit.y_m - y_m) / gate_m
            if away_p < best_p:
                best, best_p = track, away_p
        if best is None:
            self._made += 1
            self._tracks.append(Sighting(f"seen{self._made}", hit))
            if len(self._tracks) > _MOST_TRACKS:
                weak = min(self._tracks, key=lambda one: (one.is_confirmed, one.last_ns))
                self._tracks.remove(weak)
            return
        self._update(best, hit, own, steepest_p)

    def pass_by(
        self, yaw_rad: float, rise: float, reach_m: float, own: tuple[float, float], t_ns: int
    ) -> None:
        """Note that a ray went through a place and met nothing until `reach_m`."""
        c, s = math.cos(yaw_rad), math.sin(yaw_rad)
        height_m = self._settings.height_m
        for track in self._tracks:
            if not track.is_confirmed:
                continue
            x_m, y_m = track.at(t_ns)
            dx, dy = x_m - own[0], y_m - own[1]
            along_m = dx * c + dy * s
            if along_m + GATE_M >= reach_m or abs(dy * c - dx * s) > 0.1:
                continue
            z_m = height_m + along_m * rise
            if track.z_low_m <= z_m <= track.z_high_m:
                track.passes += 1

    def forget(self, now_ns: int) -> None:
        """Drop what was not hit again, and what has gone."""
        self._tracks = [track for track in self._tracks if not self._is_over(track, now_ns)]

    @staticmethod
    def _is_over(track: Sighting, now_ns: int) -> bool:
        if track.passes >= _PASSES:
            return True
        kept_ns = _UNCONFIRMED_NS
        if track.is_confirmed:
            kept_ns = _MOVER_NS if track.is_moving else _CONFIRMED_NS
        return now_ns - track.last_ns > kept_ns

    def _update(
        self, track: Sighting, hit: Hit, own: tuple[float, float], steepest_p: float
    ) -> None:
        hits, settings = track.hits, self._settings
        hits.append(hit)
        while hit.t_ns - hits[0].t_ns > _KEPT_NS:
            hits.popleft()
        track.last_ns = hit.t_ns
        track.seen, track.passes = track.seen + 1, 0
        track.z_low_m, track.z_high_m = (
            min(track.z_low_m, hit.z_m),
            max(track.z_high_m, hit.z_m),
        )
        self._locate(track, own)
        window_ns = round(settings.hits_s * NS_PER_S)
        recent = sum(hit.t_ns - one.t_ns <= window_ns for one in hits)
        length_m = _length_m(track, own)
        if track.is_confirmed:
            track.is_confirmed = length_m <= 1.3 * settings.longest_m
        elif recent >= settings.hits and length_m <= settings.longest_m:
            track.is_confirmed = self._is_upright(track, own, steepest_p)

    def _is_upright(self, track: Sighting, own: tuple[float, float], steepest_p: float) -> bool:
        """Return whether it cannot be the ground, level or steep.

        The ground rises a little over a length; a body is as high as its hits differ, at one
        and the same distance.
        """
        settings, hits = self._settings, track.hits
        dx, dy = track.x_m - own[0], track.y_m - own[1]
        away_m = max(0.1, math.hypot(dx, dy))
        heights = sorted(hit.z_m for hit in hits)
        if heights[len(heights) // 2] > settings.least_height_m + steepest_p * away_m:
            return True
        rise_m = heights[-1] - heights[0]
        is_steep = rise_m > settings.upright_p * _length_m(track, own)
        return (
            heights[-1] > settings.least_height_m and rise_m > settings.upright_m and is_steep
        )

    def _locate(self, track: Sighting, own: tuple[float, float]) -> None:
        """Fit place and speed through the last hits; speed only where it is certain.

        Along the line of sight the range says how it moves; across it the beam sweeps over a
        body as wide as the speed would carry it.
        """
        hits = track.hits
        n = len(hits)
        t0 = hits[-1].t_ns
        times = [(one.t_ns - t0) * 1e-9 for one in hits]
        mean_t = sum(times) / n
        mean_x, mean_y = sum(one.x_m for one in hits) / n, sum(one.y_m for one in hits) / n
        spread = sum((t - mean_t) ** 2 for t in times)
        track.vx_mps = track.vy_mps = 0.0
        if n >= _LEAST_HITS and times[-1] - times[0] >= _LEAST_SPAN_S:
            slope_x = (
                sum((t - mean_t) * one.x_m for t, one in zip(times, hits, strict=True)) / spread
            )
            slope_y = (
                sum((t - mean_t) * one.y_m for t, one in zip(times, hits, strict=True)) / spread
            )
            dx, dy = track.x_m - own[0], track.y_m - own[1]
            away_m = max(0.1, math.hypot(dx, dy))
            ux, uy = dx / away_m, dy / away_m
            sight, cross = slope_x * ux + slope_y * uy, slope_y * ux - slope_x * uy
            sigma = _NOISE_M / math.sqrt(spread)
            least = self._settings.stands_mps
            sight = sight if max(least, 3.0 * sigma) < abs(sight) < _FASTEST_MPS else 0.0
            cross = cross if abs(cross) > max(least, 5.0 * sigma) else 0.0
            track.vx_mps, track.vy_mps = sight * ux - cross * uy, sight * uy + cross * ux
        track.x_m = mean_x - track.vx_mps * mean_t
        track.y_m = mean_y - track.vy_mps * mean_t


def _length_m(track: Sighting, own: tuple[float, float]) -> float:
    """Return how far apart the hits are along the line of sight, its own motion taken out.

    A body is compact. The ground, and a wall or hedge alongside, is met along its length.
    """
    dx, dy = track.x_m - own[0], track.y_m - own[1]
    away_m = max(0.1, math.hypot(dx, dy))
    ux, uy = dx / away_m, dy / away_m
    sight_mps = track.vx_mps * ux + track.vy_mps * uy
    newest_ns = track.hits[-1].t_ns
    along = [
        hit.x_m * ux + hit.y_m * uy + sight_mps * (newest_ns - hit.t_ns) * 1e-9
        for hit in track.hits
    ]
    return max(along) - min(along)
