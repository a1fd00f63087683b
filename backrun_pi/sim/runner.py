"""The runner's body: from what they want to do to what a device at their back would feel.

Closed form, block by block: base motion along the route (smooth changes of speed), the stride's
harmonics from `gaits`, single blows, and the pose of the trunk. The specific force and the
rates come from the same pose and motion, so they integrate to one another.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from backrun_pi.geo import wrap_pi
from backrun_pi.messages import FloatArray
from backrun_pi.sim.gaits import HARMONICS, PITCH, ROLL, STILL, ComplexArray, G, Gait, X, Z
from backrun_pi.sim.pose import RATE_HZ, Blow, Twist, at_device, bend, ease, rate_of, slope_of
from backrun_pi.sim.route import Route

_K = np.arange(1, HARMONICS + 1)
_VARIATION_AMPLITUDE = 2.0  # amplitudes vary about twice as much as the tempo


@dataclass(frozen=True, slots=True)
class Aim:
    """A way to move, and how long it takes to get into it."""

    gait: Gait
    """Steady oscillation."""
    speed_mps: float = 0.0
    """[m/s] Along the course."""
    beta_rad: float = 0.0
    """[rad] Facing minus course, clockwise, unwrapped: 0 forward, pi backward."""
    pitch_rad: float = 0.0
    """[rad] Of the trunk, forward positive, without the gait's own lean."""
    roll_rad: float = 0.0
    """[rad] Of the trunk, to the right positive."""
    shift_m: float = 0.0
    """[m] Left of the line."""
    sway: float = 1.0
    """[-] Share of the small sway of a standing person; 0 on a table."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Truth of a stretch of time on the 200 Hz grid, both ends included."""

    t0_s: float
    """[s] Time of the first column."""
    t1_s: float
    """[s] Time of the last column."""
    sensed: FloatArray
    """shape (6, n): specific force [m/s2] and rates [rad/s], body frame at the device."""
    ground: FloatArray
    """shape (5, n): east, north [m], east, north speed [m/s], facing [rad]."""
    angle: FloatArray
    """shape (3, n): roll, pitch, yaw of the trunk against the facing [rad], z-y-x order."""


class Runner:
    """A body with a present state and a present aim."""

    def __init__(
        self,
        route: Route,
        rng: np.random.Generator,
        *,
        asymmetry_p: float,
        variation_p: float,
        wander_m: float,
        is_treadmill: bool,
        sway_p: float = 1.0,
    ) -> None:
        self._route, self._rng = route, rng
        self._sway_p = sway_p
        self._variation_p, self._wander_m = variation_p, wander_m
        self._is_treadmill = is_treadmill
        self._asymmetry = asymmetry_p * np.exp(1j * rng.uniform(-math.pi, math.pi, 6))
        self._odd = rng.uniform(0.0, 2.0 * math.pi, 4)
        self._s_m, self._way = route.start_m, 1
        self._phase = 0.0
        self._from = self._to = Aim(STILL)
        self._waves = (STILL.waves, STILL.waves)
        self._stride_hz = (0.0, 0.0)
        self._begun_s, self._ease_s = -10.0, 1.0
        self._tempo, self._size = 1.0, np.ones(6)
        self._blows: list[Blow] = []
        self._twists: list[Twist] = []

    # --- wishes -------------------------------------------------------------------------

    def aim(self, at_s: float, aim: Aim, ease_s: float) -> None:
        """From `at_s` on, get into an aim within `ease_s`."""
        now = self.present(at_s)
        share = float(ease(np.array([self._tau(at_s)]))[0])
        waves = (1.0 - share) * self._waves[0] + share * self._waves[1]
        hz = (1.0 - share) * self._stride_hz[0] + share * self._stride_hz[1]
        is_starting = not np.any(np.abs(waves) > 0.05)
        new_hz = aim.gait.stride_hz
        if is_starting:
            hz, self._phase = new_hz, 0.0
        self._from, self._to = now, aim
        self._waves = (waves, self._uneven(aim.gait.waves))
        self._stride_hz = (hz, new_hz if new_hz > 0.0 else hz)
        self._begun_s, self._ease_s = at_s, max(0.05, ease_s)

    def blow(self, *blows: Blow) -> None:
        """Add pushes."""
        self._blows += blows

    def twist(self, twist: Twist) -> None:
        """Look over a shoulder."""
        self._twists.append(twist)

    def turn_back(self) -> None:
        """Take the line the other way; the body stays as it is."""
        self._way = -self._way
        self._from, self._to = _turned(self._from), _turned(self._to)

    def present(self, at_s: float) -> Aim:
        """Return the state as an aim."""
        share = float(ease(np.array([self._tau(at_s)]))[0])
        a, b = self._from, self._to

        def mix(x: float, y: float) -> float:
            return x + share * (y - x)

        return Aim(
            gait=b.gait,
            speed_mps=mix(a.speed_mps, b.speed_mps),
            beta_rad=mix(a.beta_rad, b.beta_rad),
            pitch_rad=mix(a.pitch_rad + a.gait.lean_rad, b.pitch_rad + b.gait.lean_rad)
            - b.gait.lean_rad,
            roll_rad=mix(a.roll_rad, b.roll_rad),
            shift_m=mix(a.shift_m, b.shift_m),
            sway=mix(a.sway, b.sway),
        )

    @property
    def is_backward(self) -> bool:
        """Return whether they face away from their course (or will)."""
        return abs(wrap_pi(self._to.beta_rad)) > math.pi / 2.0

    def _tau(self, at_s: float) -> float:
        return (at_s - self._begun_s) / self._ease_s

    def _uneven(self, waves: ComplexArray) -> ComplexArray:
        """Let left and right differ: odd harmonics of x, z and pitch at half the tempo."""
        uneven = waves.copy()
        for row in (X, Z, PITCH):
            uneven[row, 0::2] += waves[row, 1::2] * self._asymmetry[row]
        uneven[ROLL:] *= self._sway_p
        return uneven

    # --- motion -------------------------------------------------------------------------

    def block(self, t0_s: float, t1_s: float) -> Block:
        """Move from t0_s to t1_s and return the truth in between."""
        n = round((t1_s - t0_s) * RATE_HZ)
        t_s = t0_s + np.arange(n + 1) / RATE_HZ
        a, b = self._from, self._to
        tau = np.minimum((t_s - self._begun_s) / self._ease_s, 1.0)
        share, slope = ease(tau), slope_of(tau) / self._ease_s
        speed = a.speed_mps + (b.speed_mps - a.speed_mps) * share
        speed_rate = (b.speed_mps - a.speed_mps) * slope
        beta = a.beta_rad + (b.beta_rad - a.beta_rad) * share
        beta_rate = (b.beta_rad - a.beta_rad) * slope
        ground, course_rate = self._travel(
            speed, beta, a.shift_m + (b.shift_m - a.shift_m) * share
        )
        osc, angle, rate = self._oscillate(n, share, slope)
        still = a.sway + (b.sway - a.sway) * share
        self._add_sway(t_s, still, angle, rate)
        lean0, lean1 = a.pitch_rad + a.gait.lean_rad, b.pitch_rad + b.gait.lean_rad
        angle[0] += a.roll_rad + (b.roll_rad - a.roll_rad) * share
        rate[0] += (b.roll_rad - a.roll_rad) * slope
        angle[1] += lean0 + (lean1 - lean0) * share
        rate[1] += (lean1 - lean0) * slope
        rate[2] -= course_rate + beta_rate  # bearings run clockwise, yaw to the left
        self._add_twists(t_s, angle, rate)
        if not self._is_treadmill:
            aside = speed * course_rate
            sin_b, cos_b = np.sin(beta), np.cos(beta)
            osc[0] += speed_rate * cos_b + aside * sin_b
            osc[1] += speed_rate * sin_b - aside * cos_b
            osc[1] += (b.shift_m - a.shift_m) * bend(tau) / self._ease_s**2 * np.cos(beta)
        self._add_blows(t_s, osc)
        osc[2] += G
        return Block(t0_s, t1_s, at_device(osc, angle, rate), ground, angle)

    def _travel(
        self, speed: FloatArray, beta: FloatArray, shift_m: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Go along the line; return the ground truth and the rate of the course."""
        route = self._route
        ground = np.empty((5, len(speed)))
        if self._is_treadmill:
            ground[0], ground[1] = np.interp(self._s_m, route.s_m, route.east_m), 0.0
            ground[2:4] = 0.0
            ground[4] = route.course_rad[0] + beta
            return ground, np.zeros(len(speed))
        step = 0.5 * (speed[1:] + speed[:-1]) / RATE_HZ * self._way
        s_m = self._s_m + np.concatenate(([0.0], np.cumsum(step)))
        s_m = np.clip(s_m, 0.0, route.length_m)
        self._s_m = float(s_m[-1])
        lo = int(np.searchsorted(route.s_m, s_m.min())) - 3
        hi = int(np.searchsorted(route.s_m, s_m.max())) + 3
        near = slice(max(0, lo), hi)
        known_m = route.s_m[near]
        course = np.interp(s_m, known_m, route.course_rad[near])
        course_rate = rate_of(course)
        wave1, wave2 = s_m / 9.0 + self._odd[0], s_m / 23.0 + self._odd[1]
        wander = self._wander_m * (np.sin(wave1) + np.sin(wave2))
        drift = self._wander_m * (np.cos(wave1) / 9.0 + np.cos(wave2) / 23.0)
        left = shift_m * self._way + wander
        sin_c, cos_c = np.sin(course), np.cos(course)
        ground[0] = np.interp(s_m, known_m, route.east_m[near]) - left * cos_c
        ground[1] = np.interp(s_m, known_m, route.north_m[near]) + left * sin_c
        ground[2] = speed * self._way * (sin_c - drift * cos_c)
        ground[3] = speed * self._way * (cos_c + drift * sin_c)
        ground[4] = course + beta + (0.0 if self._way > 0 else math.pi)
        return ground, course_rate

    def _oscillate(
        self, n: int, share: FloatArray, slope: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the stride's acceleration, angles and angle rates, each shape (3, n + 1)."""
        is_changing = share[0] < 1.0
        if not self._waves[1].any() and not (is_changing and self._waves[0].any()):
            return np.zeros((3, n + 1)), np.zeros((3, n + 1)), np.zeros((3, n + 1))
        tempo0, size0 = self._tempo, self._size
        self._tempo = 1.0 + self._variation_p * float(self._rng.standard_normal())
        spread = self._variation_p * _VARIATION_AMPLITUDE
        self._size = 1.0 + spread * self._rng.standard_normal(6)
        ramp = np.arange(n + 1) / n
        hz = self._stride_hz[0] + (self._stride_hz[1] - self._stride_hz[0]) * share
        hz = hz * (tempo0 + (self._tempo - tempo0) * ramp)
        turn = np.cumsum(0.5 * (hz[1:] + hz[:-1])) * (2.0 * math.pi / RATE_HZ)
        phase = self._phase + np.concatenate(([0.0], turn))
        self._phase = math.fmod(float(phase[-1]), 2.0 * math.pi)
        spin = np.exp(1j * np.outer(_K, phase))
        real = (_with_slopes(self._waves[1]) @ spin).real
        real[6:] *= 2.0 * math.pi * hz
        if is_changing:
            old = (_with_slopes(self._waves[0]) @ spin).real
            old[6:] *= 2.0 * math.pi * hz
            change = real - old
            real = old + change * share
            real[6:] += change[3:6] * slope
        grown = (self._size - size0)[:, None]
        size = size0[:, None] + grown * ramp
        rate = real[6:] * size[3:] + real[3:6] * grown[3:] * (RATE_HZ / n)
        real[:6] *= size
        return real[:3], real[3:6], rate

    def _add_sway(
        self, t_s: FloatArray, sway: FloatArray, angle: FloatArray, rate: FloatArray
    ) -> None:
        """Sway of a standing person: about 0.3 deg, slow."""
        if sway[0] == 0.0 and sway[-1] == 0.0:
            return
        for row, hz, k in ((0, 0.31, 2), (1, 0.23, 3)):
            wave = 2.0 * math.pi * hz * t_s + self._odd[k]
            angle[row] += sway * 0.005 * np.sin(wave)
            rate[row] += sway * 0.005 * 2.0 * math.pi * hz * np.cos(wave)

    def _add_twists(self, t_s: FloatArray, angle: FloatArray, rate: FloatArray) -> None:
        for twist in self._twists:
            turned, turning = twist.angle(t_s)
            angle[2] += turned
            rate[2] += turning
        self._twists = [w for w in self._twists if w.at_s + w.for_s > t_s[-1]]

    def _add_blows(self, t_s: FloatArray, accel: FloatArray) -> None:
        if not self._blows:
            return
        for blow in self._blows:
            if blow.at_s < t_s[-1]:
                accel += np.outer(blow.accel_mps2, blow.shape(t_s))
        self._blows = [b for b in self._blows if b.at_s + b.for_s > t_s[-1]]


def _with_slopes(waves: ComplexArray) -> ComplexArray:
    """Return the waves and, per radian of phase, the slopes of the angles: shape (9, k)."""
    return np.concatenate((waves, waves[3:] * (1j * _K)))


def _turned(aim: Aim) -> Aim:
    """Return the same pose seen from the opposite course."""
    return dataclasses.replace(aim, beta_rad=aim.beta_rad - math.pi, shift_m=-aim.shift_m)
