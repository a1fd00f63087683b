"""What rays from the back meet: bodies, walls and sloping ground, cast with numpy."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backrun_pi.messages import FloatArray
from backrun_pi.sim.rear_tables import PRESETS, OtherEntry, Preset, SlopeEntry
from backrun_pi.sim.route import Route
from backrun_pi.sim.world import World

NEVER_M = 1e9
_ALONG = frozenset({"wall", "hedge"})


@dataclass(frozen=True, slots=True, eq=False)
class Ray:
    """Rays from one device over time, world axes."""

    east_m: FloatArray
    north_m: FloatArray
    """[m] shape (n,). Of the device."""
    up_m: FloatArray
    """[m] shape (n,). Of the device above the ground it walks on."""
    direction: FloatArray
    """[-] shape (3, n): east, north, up."""
    t_s: FloatArray
    """[s] shape (n,). When each is sent."""


@dataclass(frozen=True, slots=True)
class Body:
    """Something in the world, from the moment it is placed."""

    entry: OtherEntry
    preset: Preset
    east_m: float
    north_m: float
    """[m] Its place at `from_s`; of a wall, its first end."""
    along: tuple[float, float]
    """[-] East and north part of the direction in which the line goes on there."""
    ground_m: float
    """[m] Height of the ground it stands on."""

    def velocity(self) -> tuple[float, float]:
        """Return its speed to the east and north [m/s]."""
        (e, n), entry = self.along, self.entry
        return (
            -entry.speed_mps * e - entry.across_mps * n,
            -entry.speed_mps * n + entry.across_mps * e,
        )

    def place(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where it is over time."""
        east_mps, north_mps = self.velocity()
        gone_s = t_s - self.entry.from_s
        return self.east_m + east_mps * gone_s, self.north_m + north_mps * gone_s

    def ends(self) -> tuple[float, float, float, float]:
        """Return the two ends of what is flat: along the line, or across it."""
        e, n = self.along
        if self.entry.kind in _ALONG:
            size_m = self.entry.length_m or self.preset.width_m
            return (
                self.east_m,
                self.north_m,
                self.east_m + size_m * e,
                self.north_m + size_m * n,
            )
        half_m = (self.entry.width_m or self.preset.width_m) / 2.0
        return (
            self.east_m - half_m * n,
            self.north_m + half_m * e,
            self.east_m + half_m * n,
            self.north_m - half_m * e,
        )

    @property
    def top_m(self) -> float:
        """Return the height of its top."""
        return self.ground_m + (self.entry.height_m or self.preset.height_m)


class RearWorld:
    """Bodies and ground around the runner."""

    def __init__(
        self, world: World, others: Sequence[OtherEntry], slopes: Sequence[SlopeEntry]
    ) -> None:
        self._world, self._route = world, world.route
        self._waiting = sorted(others, key=lambda entry: entry.from_s)
        self._slopes = sorted(slopes, key=lambda slope: slope.from_m)
        self._bodies: list[Body] = []

    def bodies(self, t_s: float) -> list[Body]:
        """Return what is there now."""
        while self._waiting and self._waiting[0].from_s <= t_s:
            self._bodies.append(self._placed(self._waiting.pop(0)))
        return [
            self._beside(body, t_s) if body.entry.is_beside else body
            for body in self._bodies
            if body.entry.until_s is None or t_s < body.entry.until_s
        ]

    def cast(self, ray: Ray, ground_rho: float) -> tuple[FloatArray, FloatArray]:
        """Return range [m] and brightness of what each ray meets first; NEVER_M for the sky."""
        east, north, up = ray.direction
        flat = np.maximum(np.hypot(east, north), 1e-6)
        e, n, rise = east / flat, north / flat, up / flat
        base_m = self._base_m(ray)
        nearest = self._ground(ray, (e, n), rise, base_m)
        rho = np.where(nearest < NEVER_M, ground_rho, 0.0)
        for body in self.bodies(float(ray.t_s[-1])):
            at = _round(ray, body, e, n) if body.preset.is_round else _board(ray, body, e, n)
            height = base_m + ray.up_m + at * rise
            is_met = (at > 0.02) & (at < nearest) & (height < body.top_m)
            nearest = np.where(is_met, at, nearest)
            bright = body.preset.rho if body.entry.rho is None else body.entry.rho
            rho = np.where(is_met, bright, rho)
        return np.where(nearest < NEVER_M, nearest / flat, NEVER_M), rho

    def height_m(self, s_m: float) -> float:
        """Return the height of the ground along the line."""
        return sum(
            slope.grade_p * (min(max(s_m, slope.from_m), slope.to_m) - slope.from_m)
            for slope in self._slopes
        )

    def _base_m(self, ray: Ray) -> float:
        if not self._slopes:
            return 0.0
        return self.height_m(
            _nearest_m(self._route, float(ray.east_m[0]), float(ray.north_m[0]))
        )

    def _ground(
        self, ray: Ray, way: tuple[FloatArray, FloatArray], rise: FloatArray, base_m: float
    ) -> FloatArray:
        """Return the horizontal distance to the ground, piece by piece of its slope."""
        if not self._slopes:
            return np.where(rise < -1e-4, ray.up_m / np.maximum(-rise, 1e-4), NEVER_M)
        s0_m = _nearest_m(self._route, float(ray.east_m[0]), float(ray.north_m[0]))
        course = float(np.interp(s0_m, self._route.s_m, self._route.course_rad))
        along = way[0] * math.sin(course) + way[1] * math.cos(course)
        edges = sorted({-1e6, 1e6, *(m for s in self._slopes for m in (s.from_m, s.to_m))})
        nearest = np.full(len(rise), NEVER_M)
        for a_m, b_m in itertools.pairwise(edges):
            middle = (a_m + b_m) / 2.0
            grade = sum(s.grade_p for s in self._slopes if s.from_m <= middle <= s.to_m)
            at0_m = self.height_m(min(max(s0_m, a_m), b_m))
            at0_m += grade * (s0_m - min(max(s0_m, a_m), b_m))
            falls = grade * along - rise
            at = (ray.up_m + base_m - at0_m) / np.where(np.abs(falls) < 1e-6, 1e-6, falls)
            s_m = s0_m + at * along
            is_met = (at > 0.05) & (s_m >= a_m - 1e-6) & (s_m <= b_m + 1e-6) & (at < nearest)
            nearest = np.where(is_met, at, nearest)
        return nearest

    def _placed(self, entry: OtherEntry) -> Body:
        if entry.at_m is not None:
            route, s_m = self._route, entry.at_m
            course = float(np.interp(s_m, route.s_m, route.course_rad))
            along = math.sin(course), math.cos(course)
            east_m = float(np.interp(s_m, route.s_m, route.east_m))
            north_m = float(np.interp(s_m, route.s_m, route.north_m))
        else:
            east_m, north_m, east_mps, north_mps, _ = self._world.ground(entry.from_s)
            speed_mps = max(1e-6, math.hypot(east_mps, north_mps))
            along = float(east_mps / speed_mps), float(north_mps / speed_mps)
            distance_m = entry.distance_m or 0.0
            east_m = float(east_m + distance_m * along[0])
            north_m = float(north_m + distance_m * along[1])
        east_m -= entry.offset_m * along[1]
        north_m += entry.offset_m * along[0]
        ground_m = 0.0
        if self._slopes:
            ground_m = self.height_m(_nearest_m(self._route, east_m, north_m))
        return Body(
            entry=entry,
            preset=PRESETS[entry.kind],
            east_m=east_m,
            north_m=north_m,
            along=along,
            ground_m=ground_m,
        )

    def _beside(self, body: Body, t_s: float) -> Body:
        """Return where somebody is who keeps their place beside the runner."""
        east_m, north_m, east_mps, north_mps, _ = map(float, self._world.ground(t_s))
        speed_mps = math.hypot(east_mps, north_mps)
        e, n = body.along if speed_mps < 0.1 else (east_mps / speed_mps, north_mps / speed_mps)
        forth_m, left_m = body.entry.distance_m or 0.0, body.entry.offset_m
        place = east_m + forth_m * e - left_m * n, north_m + forth_m * n + left_m * e
        return Body(body.entry, body.preset, *place, (e, n), body.ground_m)


def _nearest_m(route: Route, east_m: float, north_m: float) -> float:
    away2 = (route.east_m - east_m) ** 2 + (route.north_m - north_m) ** 2
    return float(route.s_m[int(np.argmin(away2))])


def _round(ray: Ray, body: Body, e: FloatArray, n: FloatArray) -> FloatArray:
    """Return the horizontal distance to an upright cylinder."""
    still = body.entry.is_beside
    east_m, north_m = (
        (np.array(body.east_m), np.array(body.north_m)) if still else body.place(ray.t_s)
    )
    de, dn = east_m - ray.east_m, north_m - ray.north_m
    along = de * e + dn * n
    radius_m = (body.entry.width_m or body.preset.width_m) / 2.0
    room = radius_m**2 - (de * n - dn * e) ** 2
    return np.where(room > 0.0, along - np.sqrt(np.maximum(room, 0.0)), NEVER_M)


def _board(ray: Ray, body: Body, e: FloatArray, n: FloatArray) -> FloatArray:
    """Return the horizontal distance to a flat board that stands upright."""
    a_e, a_n, b_e, b_n = body.ends()
    gone_s = float(ray.t_s[-1]) - body.entry.from_s
    move_e, move_n = (speed * gone_s for speed in body.velocity())
    side_e, side_n = b_e - a_e, b_n - a_n
    de, dn = a_e + move_e - ray.east_m, a_n + move_n - ray.north_m
    cross = e * side_n - n * side_e
    cross = np.where(np.abs(cross) < 1e-9, 1e-9, cross)
    at = (de * side_n - dn * side_e) / cross
    share = (de * n - dn * e) / cross
    return np.where((share >= 0.0) & (share <= 1.0) & (at > 0.0), at, NEVER_M)
