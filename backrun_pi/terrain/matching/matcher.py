"""Which way am I on, which way along it, how far: a few hypotheses and the receiver's error.

A receiver's error hardly changes from one second to the next (tau about 45 s), so raw fixes
say little about the side of a path and a lot about which way was taken at a junction. Each
hypothesis therefore carries its own estimate of that error beside its place along the way.

Source: Newson & Krumm 2009 (hidden Markov map matching). We differ in three points: the
hypotheses move by the measured speed, the receiver's error is a state of each of them
(a Gauss-Markov process), and the course weighs in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from backrun_pi.geo import wrap_pi
from backrun_pi.terrain.matching.way_graph import Net, Walk
from backrun_pi.terrain.settings import TerrainSettings

_UPDATE_S = 0.5  # fixes are correlated: weigh one in so often
_SEEK_S = 3.0  # look for ways that no hypothesis holds
_MOST = 8  # hypotheses kept
_LEAST_WEIGHT = 2e-3
_SEEK_WEIGHT = 0.01  # of a hypothesis that was just found
_COURSE_SIGMA_RAD = 0.45  # receiver 0.09, wander, bends, correlated over 3 s (2 Hz)
_COURSE_FLOOR = 0.02  # a course is never impossible: gusts, multipath
_FIX_SIGMA_M = 0.9  # of what is not the slow error: wander, white noise, correlated
_SPEED_SHARE = 0.06  # speed is off by so much
_GAP_S = 5.0  # unseen for so long, too many turns were possible
_TWIN_M = 3.0
_LOST_CHI2 = 25.0  # two degrees of freedom: no way explains the fixes
_TURNED_RAD = 2.0  # a course so far from the way's is a turn round
_TURNED_WEIGHT = 0.1  # of the hypotheses that then look the other way


@dataclass(slots=True)
class Hypothesis:
    """One place on the ways where the runner may be."""

    walk: Walk
    s_m: float
    """[m] From the start of the edge, in the direction of walking."""
    bias: tuple[float, float]
    """[m] East and north, what the receiver adds."""
    weight: float
    p_ss: float
    """[m2] Variance of s."""
    p_bb: float
    """[m2] Variance of each axis of the bias across the way."""
    p_sb: float
    """[m2] Covariance of s with the bias along the way."""
    p_ab: float
    """[m2] Variance of the bias along the way."""
    chi2: float = 0.0
    """[-] Recent misfit, smoothed."""


@dataclass(slots=True)
class Matcher:
    """Follows the runner on the net of ways."""

    net: Net
    settings: TerrainSettings
    hypotheses: list[Hypothesis] = field(default_factory=list)
    _updated_ns: int | None = None
    _sought_ns: int | None = None
    _moved_ns: int | None = None

    def move(self, now_ns: int, speed_mps: float) -> None:
        """Carry every hypothesis on by the measured speed; after a gap, begin again."""
        if self._moved_ns is None:
            self._moved_ns = now_ns
        dt = (now_ns - self._moved_ns) * 1e-9
        self._moved_ns = now_ns
        if dt > _GAP_S:
            self.hypotheses = []
        if dt <= 0.0 or speed_mps <= 0.0:
            return
        step = speed_mps * dt
        moved: list[Hypothesis] = []
        for hypothesis in self.hypotheses:
            hypothesis.p_ss += (_SPEED_SHARE * step) ** 2 + 0.01 * dt
            hypothesis.s_m += step
            moved += self._branch(hypothesis)
        self.hypotheses = moved

    def see(
        self, now_ns: int, place: tuple[float, float], sigma_m: float, course: float | None
    ) -> None:
        """Weigh in a fix: where the receiver has the runner, and the course."""
        sigma = max(self.settings.gnss_sigma_floor_m, sigma_m)
        if not self.hypotheses:
            self._seek(place, sigma, course, 1.0)
            self._updated_ns = self._sought_ns = now_ns
            self._settle()
            return
        if self._updated_ns is not None and now_ns - self._updated_ns < _UPDATE_S * 1e9:
            return
        dt = _UPDATE_S if self._updated_ns is None else (now_ns - self._updated_ns) * 1e-9
        self._updated_ns = now_ns
        keep = math.exp(-dt / self.settings.gnss_tau_s)
        for hypothesis in self.hypotheses:
            self._weigh(hypothesis, place, sigma, course, keep)
        self._settle()
        share = _TURNED_WEIGHT if self._is_turned(course) else _SEEK_WEIGHT
        is_due = self._sought_ns is None or now_ns - self._sought_ns > _SEEK_S * 1e9
        if is_due or share > _SEEK_WEIGHT:
            self._sought_ns = now_ns
            self._seek(place, sigma, course, share)
            self._settle()

    @property
    def best(self) -> Hypothesis | None:
        """Return the likeliest hypothesis, None in the open."""
        if not self.hypotheses or self.hypotheses[0].chi2 > _LOST_CHI2:
            return None
        return self.hypotheses[0]

    def _is_turned(self, course: float | None) -> bool:
        """Say whether the runner goes back the way they came."""
        if course is None or not self.hypotheses:
            return False
        ux, uy = self.hypotheses[0].walk.unit()
        return abs(wrap_pi(course - math.atan2(ux, uy))) > _TURNED_RAD

    def _branch(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        if hypothesis.s_m <= hypothesis.walk.edge.length_m:
            return [hypothesis]
        over = hypothesis.s_m - hypothesis.walk.edge.length_m
        onward = self.net.onward(hypothesis.walk)
        if not onward:
            hypothesis.s_m = hypothesis.walk.edge.length_m
            return [hypothesis]
        found = []
        for walk, chance in onward:
            turn = walk.unit()
            child = Hypothesis(
                walk,
                over,
                hypothesis.bias,
                hypothesis.weight * chance,
                *_turned(hypothesis, turn),
                hypothesis.chi2,
            )
            found += self._branch(child)
        return found

    def _weigh(
        self,
        hypothesis: Hypothesis,
        place: tuple[float, float],
        sigma: float,
        course: float | None,
        keep: float,
    ) -> None:
        """Kalman update in the frame of the way: along (s, bias) and across (bias)."""
        ux, uy = hypothesis.walk.unit()
        x, y = hypothesis.walk.place(hypothesis.s_m)
        grown = (1.0 - keep * keep) * sigma * sigma
        along_b, across_b = _rotate(
            hypothesis.bias[0] * keep, hypothesis.bias[1] * keep, ux, uy
        )
        hypothesis.p_bb = keep * keep * hypothesis.p_bb + grown
        hypothesis.p_ab = keep * keep * hypothesis.p_ab + grown
        hypothesis.p_sb *= keep
        along, across = _rotate(place[0] - x, place[1] - y, ux, uy)
        noise = _FIX_SIGMA_M**2
        # across: the bias alone
        var = hypothesis.p_bb + noise
        miss = across - across_b
        gain = hypothesis.p_bb / var
        across_b += gain * miss
        hypothesis.p_bb *= 1.0 - gain
        chi2, log = miss * miss / var, math.log(var)
        # along: place and bias together
        var = hypothesis.p_ss + 2.0 * hypothesis.p_sb + hypothesis.p_ab + noise
        miss = along - along_b
        gain_s, gain_b = (
            (hypothesis.p_ss + hypothesis.p_sb) / var,
            (hypothesis.p_sb + hypothesis.p_ab) / var,
        )
        hypothesis.s_m += gain_s * miss
        along_b += gain_b * miss
        p_ss, p_sb = hypothesis.p_ss, hypothesis.p_sb
        hypothesis.p_ss -= gain_s * (p_ss + p_sb)
        hypothesis.p_sb -= gain_s * (p_sb + hypothesis.p_ab)
        hypothesis.p_ab -= gain_b * (p_sb + hypothesis.p_ab)
        hypothesis.s_m = max(0.0, hypothesis.s_m)
        chi2 += miss * miss / var
        log += math.log(var)
        hypothesis.bias = (along_b * ux - across_b * uy, along_b * uy + across_b * ux)
        hypothesis.chi2 += 0.15 * (chi2 - hypothesis.chi2)
        likelihood = math.exp(-0.5 * (min(chi2, 40.0) + log))
        if course is not None:
            likelihood *= _course_likelihood(course, ux, uy)
        hypothesis.weight *= likelihood

    def _seek(
        self, place: tuple[float, float], sigma: float, course: float | None, share: float
    ) -> None:
        found = []
        reach = 3.0 * sigma + 3.0
        for away, s, edge in self.net.near(*place, reach):
            fit = math.exp(-0.5 * (away / sigma) ** 2) * edge.weight
            for is_forward in (True, False):
                walk = Walk(edge, is_forward)
                along = s if is_forward else edge.length_m - s
                fit_course = fit
                if course is not None:
                    fit_course *= _course_likelihood(course, *walk.unit())
                if self._is_held(walk, along):
                    continue
                x, y = walk.place(along)
                bias = (place[0] - x, place[1] - y)
                hypothesis = Hypothesis(walk, along, bias, fit_course, *_fresh(sigma))
                found.append(hypothesis)
        total = sum(hypothesis.weight for hypothesis in found)
        if total > 0.0:
            for hypothesis in found:
                hypothesis.weight *= share / total
            self.hypotheses += found

    def _is_held(self, walk: Walk, s_m: float) -> bool:
        for hypothesis in self.hypotheses:
            if (
                hypothesis.walk.edge is walk.edge
                and hypothesis.walk.is_forward == walk.is_forward
            ):
                return True
            same = hypothesis.walk.edge.row == walk.edge.row
            x, y = hypothesis.walk.place(hypothesis.s_m)
            px, py = walk.place(s_m)
            if same and math.hypot(px - x, py - y) < 2.0 * _TWIN_M:
                ux, uy = hypothesis.walk.unit()
                vx, vy = walk.unit()
                if ux * vx + uy * vy > 0.0:
                    return True
        return False

    def _settle(self) -> None:
        """Merge twins, drop the unlikely, scale to one."""
        self.hypotheses.sort(key=lambda hypothesis: -hypothesis.weight)
        kept: list[Hypothesis] = []
        for hypothesis in self.hypotheses:
            alike = next((other for other in kept if _is_twin(other, hypothesis)), None)
            if alike is None:
                kept.append(hypothesis)
            else:
                alike.weight += hypothesis.weight
        kept = kept[:_MOST]
        total = sum(hypothesis.weight for hypothesis in kept)
        if total <= 0.0:
            self.hypotheses = []
            return
        for hypothesis in kept:
            hypothesis.weight /= total
        self.hypotheses = [
            hypothesis for hypothesis in kept if hypothesis.weight > _LEAST_WEIGHT
        ]


def _rotate(x: float, y: float, ux: float, uy: float) -> tuple[float, float]:
    return x * ux + y * uy, y * ux - x * uy


def _fresh(sigma: float) -> tuple[float, float, float, float]:
    """Return p_ss, p_bb, p_sb, p_ab when place and bias were taken from one fix."""
    half = sigma * sigma
    return half, 1.0, -0.8 * half, half


def _turned(
    hypothesis: Hypothesis, unit: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Return the variances in the frame of the next edge."""
    ux, uy = hypothesis.walk.unit()
    c = ux * unit[0] + uy * unit[1]
    c2 = c * c
    along = c2 * hypothesis.p_ab + (1.0 - c2) * hypothesis.p_bb
    across = c2 * hypothesis.p_bb + (1.0 - c2) * hypothesis.p_ab
    return hypothesis.p_ss, across, hypothesis.p_sb * c, along


def _course_likelihood(course: float, ux: float, uy: float) -> float:
    off = wrap_pi(course - math.atan2(ux, uy))
    return math.exp(-0.5 * (off / _COURSE_SIGMA_RAD) ** 2) + _COURSE_FLOOR


def _is_twin(one: Hypothesis, other: Hypothesis) -> bool:
    same = one.walk.edge is other.walk.edge and one.walk.is_forward == other.walk.is_forward
    return same and abs(one.s_m - other.s_m) < _TWIN_M
