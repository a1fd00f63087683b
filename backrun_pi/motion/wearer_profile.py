"""The wearer's own cycle: what the cues look like forward, and what to expect backward."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import msgspec

from backrun_pi.motion.mount import Worn

_TWO_PI = 2.0 * math.pi
Kinds = tuple[tuple[int, float], tuple[int, float]]
"""Two kinds of own cycle beside each other, and how far a window belongs to each."""


OUTLIERS = 0.1
"""[-] Share of windows that say nothing: a stumble, a slap of the belt."""
MIRROR = 0.8
"""[-] Size of the backward cue against the mirrored forward one. Published medians of the
phase, backward / forward: 0.72 / 0.73, 0.88 / 0.95; asymmetry 2.12 / 1.66, 1.06 / 1.65."""
MEMORY = 40.0
"""[-] Independent windows (1.6 s each) that a mean remembers: about a minute."""
KNOWN = 4.0
"""[-] Independent windows after which the wearer counts as much as the population."""
LEAST_KNOWN = 0.5
"""[-] Independent windows of their own below which a mean is none."""
LIVELY_MPS2 = 1.0
KINDS = 5
"""[-] A wearer's cycles are sorted by the RMS of the vertical acceleration: around 1, 2, 4,
8 and 16 m/s2. A window belongs to the two it lies between. No gate of walk and run decides
here: a walk that bounces more and more stays the cycle that it was, while a usual walk (1 to
4) and a run (9 and more, for its flight alone has 9.8) share none."""
VERSION = 3
"""[-] Of what is kept; 1 separated the cycles by the gate of walk and run, 2 had no pivot."""


@dataclass(frozen=True, slots=True)
class CueScale:
    """The measure of a cue."""

    span: float
    """Range of the cue; outliers are spread evenly over it."""
    within_sd: float
    """Spread from window to window of one person."""
    blur: float
    """1 sigma of the true backward cue around the mirrored forward one."""


ASYMMETRY = CueScale(span=12.0, within_sd=0.8, blur=1.0)
PHASE = CueScale(span=2.0, within_sd=0.2, blur=0.35)
PIVOT = CueScale(span=2.0, within_sd=0.25, blur=0.35)


class Density:
    """A normal distribution with a flat share of outliers, ready to be asked often."""

    __slots__ = ("_flat", "_mean", "_peak", "_sharp")

    def __init__(self, mean: float, var: float, scale: CueScale) -> None:
        self._mean, self._sharp = mean, -0.5 / var
        self._peak = (1.0 - OUTLIERS) / math.sqrt(_TWO_PI * var)
        self._flat = OUTLIERS / scale.span

    def log(self, x: float) -> float:
        """Return the log density."""
        off = x - self._mean
        return math.log(self._peak * math.exp(self._sharp * off * off) + self._flat)


@dataclass(frozen=True, slots=True)
class Population:
    """Where a cue lies among people, before the wearer is known (means and sd of windows)."""

    scale: CueScale
    forward: float
    forward_sd: float
    backward: float
    backward_sd: float
    flat: float = 0.0
    """[-] 0..1, how much of the odds is not counted: cues that fail in some people."""
    _fore: Density = field(init=False, repr=False, compare=False)
    _back: Density = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the two densities."""
        fore = Density(self.forward, self.forward_sd**2, self.scale)
        back = Density(self.backward, self.backward_sd**2, self.scale)
        object.__setattr__(self, "_fore", fore)
        object.__setattr__(self, "_back", back)

    def fit(self, x: float) -> tuple[float, float]:
        """Return the log likelihoods of a cue, forward and backward, for an unknown wearer."""
        fore, back = self._fore.log(x), self._back.log(x)
        less = self.flat * (fore - back) / 2.0
        return fore - less, back + less


# Means from the published medians of docs/motion.md (real and captured people); the spreads
# join the differences between those sources with the spread of one person's windows.
WALK_ASYMMETRY = Population(ASYMMETRY, -2.0, 1.28, 1.4, 1.28)
WALK_PHASE = Population(PHASE, 0.8, 0.36, -0.75, 0.36, flat=0.75)
WALK_PIVOT = Population(PIVOT, 0.7, 0.45, -0.7, 0.45, flat=0.5)
RUN_ASYMMETRY = Population(ASYMMETRY, 0.6, 1.9, 0.6, 1.9)
RUN_PHASE = Population(PHASE, -0.7, 0.5, 0.55, 0.55, flat=0.2)


class OwnCue(msgspec.Struct, forbid_unknown_fields=True):
    """One cue, forward, in one kind of gait: its mean and variance in this wearer."""

    n: float = 0.0
    mean: float = 0.0
    var: float = 0.0

    def note(self, x: float, share: float) -> None:
        """Take a window in which forward was certain; `share` of it is new."""
        self.n = min(MEMORY, self.n + share)
        gain = share / max(self.n, share)
        off = x - self.mean
        self.mean += gain * off
        self.var += gain * (off * off * (1.0 - gain) - self.var)

    def fit(self, x: float, scale: CueScale) -> tuple[float, float]:
        """Return the log likelihoods of the wearer's own cycle and of the mirrored one."""
        within = scale.within_sd**2
        var = (self.n * self.var + 4.0 * within) / (self.n + 4.0)
        var *= 1.0 + 1.0 / max(self.n, LEAST_KNOWN)
        own = Density(self.mean, var, scale)
        mirrored = Density(-MIRROR * self.mean, var + scale.blur**2, scale)
        return own.log(x), mirrored.log(x)


def _cues() -> list[OwnCue]:
    return [OwnCue() for _ in range(KINDS)]


class WearerProfile(msgspec.Struct, forbid_unknown_fields=True):
    """What is kept about a wearer between sessions."""

    version: int = VERSION
    asymmetry: list[OwnCue] = msgspec.field(default_factory=_cues)
    phase: list[OwnCue] = msgspec.field(default_factory=_cues)
    pivot: list[OwnCue] = msgspec.field(default_factory=_cues)
    step_factor: float | None = None
    """[-] The wearer's step length against the model's, learned from Doppler speed."""
    step_factor_back: float | None = None
    """[-] The same going backward: how much shorter people step differs between them."""
    worn: Worn | None = None
    """How they clip the device on; None until a forward walk has shown it."""

    def step_share(self, *, backward: bool) -> float | None:
        """Return the step length against the model's; None until Doppler has taught it."""
        return self.step_factor_back if backward else self.step_factor

    def learn_step(self, ratio: float, share: float, *, backward: bool) -> None:
        """Take a Doppler speed over that of the steps as they were known; `share` is new."""
        known = self.step_share(backward=backward) or 1.0
        known += share * (min(1.6, max(0.4, known * ratio)) - known)
        if backward:
            self.step_factor_back = known
        else:
            self.step_factor = known


def kinds_of(up_mps2: float) -> Kinds:
    """Return the two kinds between which a window lies, and its share of each."""
    octave = math.log2(max(up_mps2, LIVELY_MPS2) / LIVELY_MPS2)
    low = min(int(octave), KINDS - 2)
    share = min(1.0, octave - low)
    return (low, 1.0 - share), (low + 1, share)


def own_cue(cues: list[OwnCue], kinds: Kinds) -> OwnCue:
    """Return what is known of a cue in gait as lively as this, from the kinds beside it."""
    (low, low_share), (high, high_share) = kinds
    one, two = cues[low], cues[high]
    one_n, two_n = low_share * one.n, high_share * two.n
    n = one_n + two_n
    if n == 0.0:
        return OwnCue()
    mean = (one_n * one.mean + two_n * two.mean) / n
    var = one_n * (one.var + (one.mean - mean) ** 2)
    var += two_n * (two.var + (two.mean - mean) ** 2)
    return OwnCue(n, mean, var / n)


class _Versioned(msgspec.Struct):
    """Any wearer profile that was ever kept, as far as its version."""

    version: int


def is_readable(data: bytes) -> bool:
    """Return whether a content is a wearer profile: of this version, or of an older one.

    An older one is not damaged. What it learned does not fit the cues of today, so the wearer
    counts as unknown and is learned again.
    """
    if load(data)[1]:
        return True
    try:
        return 1 <= msgspec.json.decode(data, type=_Versioned).version < VERSION
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def load(data: bytes | None) -> tuple[WearerProfile, bool]:
    """Return the wearer that was kept, and whether the bytes could be used.

    What was kept weighs no more than KNOWN windows: it may be somebody else who wears the
    device today, and they are learned within seconds then. Bytes that are not ours (an older
    version, a torn file) give a wearer who is not known.
    """
    if data is None:
        return WearerProfile(), True
    try:
        wearer = msgspec.json.decode(data, type=WearerProfile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return WearerProfile(), False
    cues = [*wearer.asymmetry, *wearer.phase, *wearer.pivot]
    whole = len(wearer.asymmetry) == len(wearer.phase) == len(wearer.pivot) == KINDS
    finite = all(math.isfinite(v) for cue in cues for v in (cue.n, cue.mean, cue.var))
    factors = (wearer.step_factor, wearer.step_factor_back)
    if not all(factor is None or 0.3 <= factor <= 2.0 for factor in factors):
        return WearerProfile(), False
    if wearer.worn is not None and not wearer.worn.is_whole():
        return WearerProfile(), False
    is_ours = wearer.version == VERSION and whole and finite
    if not is_ours or any(cue.n < 0.0 or cue.var < 0.0 for cue in cues):
        return WearerProfile(), False
    for cue in cues:
        cue.n = min(cue.n, KNOWN)
    return wearer, True
