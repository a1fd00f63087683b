"""Steps in a window of body channels: step frequency, flight, and the shape of the cycle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backrun_pi.messages import FloatArray
from backrun_pi.motion.stream import GRID_HZ, PITCH, ROLL, YAW_RATE, X, Y, Z

WINDOW = 80
"""[-] Grid points of a window, 1.6 s: three steps of a slow walk."""
BIN_HZ = 0.1
LOWEST_HZ = 0.4
BINS = 77
"""[-] 0.4 to 8.0 Hz: half a slow step to the third harmonic of a fast one."""
STEP_HZ = (1.1, 4.2)
"""[Hz] Range of step frequencies, from creeping to sprinting (66 to 252 steps/min)."""
FLIGHT_MPS2 = -6.0
"""[m/s2] Vertical acceleration below this is flight: specific force under 0.39 g."""
LAG = 6
"""[-] Grid points of 120 ms, the lag of the time asymmetry (reference feature tr12)."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one window says about the legs."""

    step_hz: float
    """[Hz] Step frequency."""
    regularity: float
    """[-] -1..1, how well the window repeats after a step, mirrored after half a stride."""
    energy_mps2: float
    """[m/s2] RMS of the acceleration."""
    recent_mps2: float
    """[m/s2] RMS of the acceleration in the last 0.4 s."""
    up_mps2: float
    """[m/s2] RMS of the vertical acceleration."""
    flight_share: float
    """[-] Share of the window in flight."""
    quadrature: float
    """[-] -1..1, out-of-phase part of fore-aft against vertical at the step frequency:
    positive in forward walking, negative in forward running, mirrored backward."""
    pivot: float
    """[-] -1..1, out-of-phase part of the fore-aft step against the square of the sideways
    stride: positive in forward walking, where the body is slowest over the standing foot,
    farthest to that side, whether or not it also rises there; mirrored backward."""
    asymmetry: float
    """[-] Time asymmetry of fore-aft acceleration over 120 ms: negative in forward walking,
    where braking at heel strike is sudden; positive backward."""
    turn_rps: float
    """[rad/s] Mean yaw rate of the last 0.6 s."""
    rotation_rps: float
    """[rad/s] RMS of all rates in the last 0.4 s, without their means."""
    axis_rad: float
    """[rad] -pi/2..pi/2, angle of the strongest horizontal swing at the step frequency
    against the chest, left positive: near 0 when the device sits at the back."""
    sway_ratio: float
    """[-] RMS sideways over RMS fore-aft."""
    fore_ratio: float
    """[-] RMS fore-aft over RMS vertical: small where nobody pushes along the chest."""
    nod_rps: float
    """[rad/s] RMS pitch rate: a trunk nods little, an arm swings."""
    evenness: float
    """[-] 0..1, RMS acceleration in the quietest 0.4 s over that in the liveliest."""
    bow_rad: float
    """[rad] Range of the pitch within the window, each 0.4 s averaged, so that the nodding of
    steps cancels: how far the body bowed or rose."""
    list_rad: float
    """[rad] The same of the roll; hips that sway with the stride are in it."""


RECENT = 20
"""[-] Grid points of the last 0.4 s: a swing of any leg. About its own mean, so that a stop is
felt while the window still holds the braking."""
TURN = 30
"""[-] Grid points of the mean yaw rate, 0.6 s: a step."""
PARTS = WINDOW // RECENT
_PARTS = np.kron(np.eye(PARTS), np.ones(RECENT))
_TIPS = np.cumsum(_PARTS[:, ::-1], axis=1)[:, ::-1] / (RECENT * GRID_HZ)  # mean angles
_TURN = np.full(TURN, 1.0 / TURN)  # dot() takes half the time of @, a third of mean()
_n = np.arange(WINDOW)
_hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * (_n + 0.5) / WINDOW)
_hz = LOWEST_HZ + BIN_HZ * np.arange(BINS)
_phase = 2.0 * np.pi * np.outer(_hz, _n / GRID_HZ)
_ROWS = np.vstack((np.cos(_phase) * _hann, -np.sin(_phase) * _hann)) * (2.0 / _hann.sum())
_DOUBLE = round(LOWEST_HZ / BIN_HZ)  # bin of twice the lowest frequency
_ROWS -= _ROWS.mean(axis=1, keepdims=True)  # the mean of a channel is no swing
_ROWS = np.vstack((_ROWS, _PARTS, _TIPS))  # one product for all that is linear
_BINS = np.ones(BINS)
_STEPS_HZ = np.arange(STEP_HZ[0], STEP_HZ[1] + 0.01, 0.05)
_REPEAT = np.cos(2.0 * np.pi * np.outer(1.0 / _STEPS_HZ, _hz))


def _overlap(lag_s: float) -> float:
    """Return the autocorrelation of the Hann window, by which a lag is played down."""
    lag = lag_s * GRID_HZ
    shifted = np.interp(_n + lag, _n, _hann, right=0.0)
    return float((_hann * shifted).sum() / (_hann * _hann).sum())


_FAIR = [_overlap(1.0 / float(hz)) for hz in _STEPS_HZ]


def cycle(grid: FloatArray) -> Cycle:
    """Describe the gait cycle in a window.

    Steps: 1. Fourier rows at 0.4-8 Hz under a Hann window. 2. Step frequency: fore-aft and
    vertical repeat after one step, sideways, roll and yaw come back with the other sign (the
    other leg); the step with the largest sum of those autocorrelations wins. 3. Cross spectrum
    of fore-aft and vertical at the step frequency. 4. Time asymmetry and flight from the
    window itself.

    Args:
        grid: shape (80, 7), columns of `stream`.

    Source: features of reference measurements on 57 people (see docs/motion.md); the
    mirrored autocorrelation replaces their peak search, which locks on the second harmonic.
    """
    channels = grid[:, :6].copy()  # without gaps, for the products
    linear = _ROWS.dot(channels)
    half, sums = linear[: 2 * BINS], linear[2 * BINS : -PARTS].tolist()
    squared = half * half
    power = squared[:BINS] + squared[BINS:]
    squares = _PARTS.dot(np.multiply(channels, channels, out=channels)).tolist()
    x, y, z, roll, _, turn = _BINS.dot(power).tolist()
    # fore-aft and vertical repeat with the step, the others come back mirrored
    same, other = 1.0 / (x + z + 2e-4), -1.0 / 3.0
    left, rolls, turns = other / (y + 1e-4), other / (roll + 1e-4), other / (turn + 1e-4)
    scores = _REPEAT.dot(power.dot(np.array((same, left, same, rolls, 0.0, turns))))
    best = int(scores.argmax())
    step_hz = _peak(scores, best)
    k = round((step_hz - LOWEST_HZ) / BIN_HZ)
    real, imaginary = half[k].tolist(), half[BINS + k].tolist()
    x1, y1, z1 = (complex(real[c], imaginary[c]) for c in (X, Y, Z))
    h = max(0, round((0.5 * step_hz - LOWEST_HZ) / BIN_HZ))
    d = 2 * h + _DOUBLE  # just twice its frequency, or the square would turn against it
    y_half = complex(float(half[h, Y]), float(half[BINS + h, Y]))
    x_step = complex(float(half[d, X]), float(half[BINS + d, X]))
    y_squared = y_half * y_half
    var_x, var_y, var_z, _, var_nod, _ = _variances(sums, squares, WINDOW)
    recent = _variances(sums[-1:], squares[-1:], RECENT)
    rms_x, rms_y, rms_z = math.sqrt(var_x), math.sqrt(var_y), math.sqrt(var_z)
    parts = [part[X] + part[Y] + part[Z] for part in squares]
    tips = linear[-PARTS:, ROLL : PITCH + 1]
    list_rad, bow_rad = (tips.max(axis=0) - tips.min(axis=0)).tolist()
    fore = grid[:, X]
    rise = fore[LAG:] - fore[:-LAG]
    rise *= 1.0 / (rms_x + 0.05)
    rise = np.maximum(np.minimum(rise, 4.0), -4.0)
    return Cycle(
        step_hz=step_hz,
        regularity=float(scores[best]) / 2.0,
        energy_mps2=math.sqrt(var_x + var_y + var_z),
        recent_mps2=math.sqrt(recent[X] + recent[Y] + recent[Z]),
        up_mps2=rms_z,
        flight_share=int(np.count_nonzero(grid[:, Z] < FLIGHT_MPS2)) / WINDOW,
        quadrature=(x1 * z1.conjugate()).imag / (abs(x1) * abs(z1) + 4e-3),
        pivot=(y_squared * x_step.conjugate()).imag / (abs(y_squared) * abs(x_step) + 1e-4),
        asymmetry=float(rise.dot(rise * rise)) / len(rise),
        turn_rps=float(_TURN.dot(grid[-TURN:, YAW_RATE])),
        rotation_rps=math.sqrt(recent[ROLL] + recent[PITCH] + recent[YAW_RATE]),
        axis_rad=0.5
        * math.atan2(2.0 * (x1 * y1.conjugate()).real, abs(x1) ** 2 - abs(y1) ** 2),
        sway_ratio=rms_y / (rms_x + 0.05),
        fore_ratio=rms_x / (rms_z + 0.05),
        nod_rps=math.sqrt(var_nod),
        evenness=math.sqrt(min(parts) / (max(parts) + 1e-6)),
        bow_rad=bow_rad,
        list_rad=list_rad,
    )


def _variances(sums: list[list[float]], squares: list[list[float]], n: int) -> list[float]:
    """Return the variance of each channel over n points, from sums and sums of squares."""
    totals = [sum(each) for each in zip(*sums, strict=True)]
    whole = [sum(each) for each in zip(*squares, strict=True)]
    share = 1.0 / n
    found = [s * share - (t * share) ** 2 for t, s in zip(totals, whole, strict=True)]
    return [max(0.0, each) for each in found]


def _peak(scores: FloatArray, best: int) -> float:
    """Return the step frequency: the same peak without the window's bias to short steps."""
    fair = scores.tolist()
    last = len(fair) - 1
    near = {k: fair[k] / _FAIR[k] for k in range(max(0, best - 1), min(last, best + 1) + 1)}
    while 0 < best < last and max(near[best - 1], near[best + 1]) > near[best]:
        best += 1 if near[best + 1] > near[best - 1] else -1
        for k in (best - 1, best + 1):
            if 0 <= k <= last:
                near[k] = fair[k] / _FAIR[k]
    middle = float(_STEPS_HZ[best])
    if not 0 < best < last:
        return middle
    left, top, right = near[best - 1], near[best], near[best + 1]
    bend = left - 2.0 * top + right
    step = float(_STEPS_HZ[1] - _STEPS_HZ[0])
    return middle if bend >= 0.0 else middle + 0.5 * step * (left - right) / bend
