"""Epochs -> epochs that can be true: behind a weak checksum, two sources must agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from backrun_pi.sensors.gnss.epoch import BACK_MS, SAME_MS, Epoch, LatLon
from backrun_pi.sensors.gnss.nmea_fields import DAY_MS
from backrun_pi.sensors.gnss.nmea_framing import LineQuality
from backrun_pi.sensors.gnss.prediction import Cadence, Track, between_ms, gap_m, speed_between
from backrun_pi.sensors.gnss.settings import GnssSettings

_PAIR_MEMORY = 32  # epochs over which the share of confirmed ones is averaged
_PATIENCE = 3  # contradictions in a row before a lone sentence's tolerance begins to double
_DOUBLINGS = 4


class Trust(Enum):
    """What an epoch needs to be accepted."""

    CONFIRMED = "confirmed"
    """A second source that agrees: bytes get damaged on the way."""
    CHECKSUM = "checksum"
    """Its checksums: every sentence of the file has a right one, so none was damaged."""


@dataclass(slots=True)
class GateCount:
    """What was refused."""

    implausible: int = 0
    """[-] Epochs that nothing confirmed."""


class PlausibilityGate:
    """Accepts what two sources agree on; holds back what one sentence says until then.

    Two bit flips pass an exclusive-or checksum in 11 % of cases, and always when they hit the
    same bit of two bytes. They move one sentence only. The second source of a position is

    1. another sentence of the same epoch that names it within its rounding. Such an epoch is
       accepted also when it jumps by metres: that is the receiver's own doing. A jump that
       cannot be that waits for the side the next epoch takes.
    2. the way by Doppler from the last accepted position, when that epoch was the one before.
    3. the epochs after it: one that goes on by Doppler, or two in line where no speed is sent.

    A receiver that sends one sentence only has no first source, and its positions scatter. On
    a line that has damaged nothing for long the second is then as wide as a jump may be.
    """

    def __init__(
        self,
        settings: GnssSettings,
        quality: LineQuality,
        *,
        trust: Trust = Trust.CONFIRMED,
        is_live: bool = False,
    ) -> None:
        """Begin.

        Args:
            settings: Limits.
            quality: Counters of the line the epochs come over.
            trust: What an epoch needs.
            is_live: Epochs carry the time of their arrival.
        """
        self._settings = settings
        self._quality, self._trust, self._is_live = quality, trust, is_live
        self._near_ms = round(settings.near_s * 1000.0)
        self.count = GateCount()
        self._track = Track(settings)
        self._cadence = Cadence(self._near_ms)
        self._last: Epoch | None = None
        self._pairs = 0.0
        self._held: list[Epoch] = []
        self._refused = 0
        self._has_jumped = False

    def step(self, epoch: Epoch) -> list[Epoch]:
        """Return the epochs that are accepted now, oldest first."""
        if epoch.tod_ms is None:
            return [epoch]
        self._cadence.note(epoch)
        last = self._last
        if last is not None:
            if self._is_clock_step(last, epoch):
                return [*self._confirmed_by(epoch), *self._accept(epoch)]
            if -BACK_MS <= between_ms(last, epoch) <= SAME_MS:
                return []  # a repeated epoch, or a late one
        return self._accept(epoch) if self._trust is Trust.CHECKSUM else self._judged(epoch)

    def _judged(self, epoch: Epoch) -> list[Epoch]:
        agreed = self._agreed(epoch)
        if epoch.is_fix:
            self._pairs += ((agreed is not None) - self._pairs) / _PAIR_MEMORY
        if agreed is not None:
            return self._take_agreed(agreed)
        if epoch.lines > 1 and not epoch.is_fix:
            return [*self._confirmed_by(epoch), *self._accept(epoch)]
        for reading in self._best_first(epoch):
            if self._follows(reading):
                return [*self._confirmed_by(reading), *self._accept(reading)]
        return self._hold(epoch)

    def end(self) -> list[Epoch]:
        """Return what is left at the end of a file: a lone fix only when it is the first."""
        held, self._held = self._held, []
        if self._track.fix is None and len(held) == 1:
            return self._accept(held[0])
        self.count.implausible += len(held)
        return []

    def _is_clock_step(self, last: Epoch, epoch: Epoch) -> bool:
        """Return whether only the receiver's clock was put right, by whole seconds.

        It is when the receiver learns the leap seconds. The epoch then arrives when it is due,
        and where it is due, with a time that is not.
        """
        period_ms = self._cadence.period_ms
        if not self._is_live or period_ms is None or epoch.is_fix != last.is_fix:
            return False
        shift_ms = between_ms(last, epoch) - period_ms
        is_whole = abs((shift_ms + 500) % 1000 - 500) <= SAME_MS
        if not (is_whole and SAME_MS < abs(shift_ms) <= self._settings.leap_s * 1000.0):
            return False
        came_ms = (epoch.t_ns - last.t_ns) / 1e6
        if not 0.5 * period_ms <= came_ms <= 1.7 * period_ms:
            return False
        if not epoch.is_fix or self._agreed(epoch) is not None:
            return True
        due = _at(epoch, last, period_ms)
        return self._track.fix is last and self._is_in_line(last, due)

    # --- the first source: another sentence of the epoch -------------------------------

    def _agreed(self, epoch: Epoch) -> Epoch | None:
        """Return the epoch with the position first that two sentences name; None without."""
        for place in epoch.places:
            if self._votes(place, epoch) > 1:
                is_first = place is epoch.places[0]
                return epoch if is_first else _with_first(place, epoch)
        return None

    def _votes(self, place: LatLon, epoch: Epoch) -> int:
        return sum(gap_m(place, other) <= self._settings.agree_m for other in epoch.places)

    def _take_agreed(self, epoch: Epoch) -> list[Epoch]:
        # Two sentences may be hit alike, but hardly twice in a row.
        had_jumped, self._has_jumped = self._has_jumped, False
        if had_jumped and self._is_nearer_held(epoch):
            held, self._held = self._held[-1], []
            return [*self._accept(held), *self._accept(epoch)]
        if not had_jumped and self._jumps(epoch):
            self._has_jumped = True
            return self._hold(epoch)
        return [*self._confirmed_by(epoch), *self._accept(epoch)]

    def _jumps(self, epoch: Epoch) -> bool:
        """Return whether an agreed position is so far out of line that it may be damage."""
        fix = self._track.fix
        votes = self._votes(epoch.places[0], epoch)
        if fix is None or votes > 2 or not 0 < between_ms(fix, epoch) <= self._near_ms:
            return False
        miss_m = self._track.miss_m(fix, epoch)
        is_contested = votes < len(epoch.places)
        limit_m = self._tolerance_m(epoch) if is_contested else self._settings.jump_m
        return miss_m is not None and miss_m > limit_m

    def _is_nearer_held(self, epoch: Epoch) -> bool:
        """Return whether an epoch lies nearer to the jump before it than to the old track."""
        fix = self._track.fix
        if fix is None or not (self._held and self._held[-1].is_fix):
            return False
        place = epoch.places[0]
        return gap_m(place, self._held[-1].places[0]) < gap_m(place, fix.places[0])

    # --- the second: the way by Doppler -------------------------------------------------

    def _follows(self, epoch: Epoch) -> bool:
        """Return whether an epoch goes on where the last one was."""
        if self._last is None:
            return not epoch.is_fix
        if not self._is_due(self._last, epoch):
            return False
        fix = self._track.fix
        return not epoch.is_fix or (
            fix is not None and self._is_due(fix, epoch) and self._is_in_line(fix, epoch)
        )

    def _is_due(self, earlier: Epoch, later: Epoch) -> bool:
        if self._is_lone_and_clean:
            return 0 < between_ms(earlier, later) <= self._near_ms
        return self._cadence.is_due(earlier, later)

    @property
    def _is_lone_and_clean(self) -> bool:
        """Return whether only one sentence comes, over a line that has long damaged nothing."""
        is_clean = self._quality.good_in_a_row >= self._settings.clean_sentences
        return self._is_live and is_clean and not self._is_paired

    def _best_first(self, epoch: Epoch) -> list[Epoch]:
        """Return the readings of an epoch whose sentences contradict, the one in line first."""
        readings, fix = _readings(epoch), self._track.fix
        if fix is None or len(readings) < 2:
            return readings
        return sorted(readings, key=lambda reading: self._track.miss_m(fix, reading) or 0.0)

    def _is_in_line(self, earlier: Epoch, later: Epoch) -> bool:
        miss_m = self._track.miss_m(earlier, later)
        return miss_m is not None and miss_m <= self._tolerance_m(later)

    @property
    def _is_paired(self) -> bool:
        return self._pairs >= self._settings.paired_share

    def _is_strict(self, epoch: Epoch) -> bool:
        """Return whether the second sentence, which usually confirms the first, is missing."""
        fix = self._track.fix
        # After a long rejection, accept the receiver again less surely instead of staying
        # without a position.
        is_recent = (
            fix is not None and between_ms(fix, epoch) <= self._settings.paired_s * 1000.0
        )
        return is_recent and self._is_paired

    def _tolerance_m(self, epoch: Epoch) -> float:
        if self._is_lone_and_clean:
            return self._settings.jump_m
        tolerance_m = self._track.tolerance_m(is_strict=self._is_strict(epoch))
        if self._is_paired:
            return tolerance_m
        return tolerance_m * 2.0 ** min(max(0, self._refused - _PATIENCE), _DOUBLINGS)

    # --- the third: the epochs after it -------------------------------------------------

    def _confirmed_by(self, sure: Epoch) -> list[Epoch]:
        """Return the held epochs that lead to one which is accepted; drop the rest."""
        chain: list[Epoch] = []
        later = sure
        while self._held:
            held = self._held.pop()
            for reading in _readings(held):
                is_led = self._leads_to(reading, later)
                if is_led and (not later.is_fix or self._is_in_line(reading, later)):
                    chain.append(reading)
                    later = reading
                    break
            else:
                self.count.implausible += 1 + len(self._held)
                self._held.clear()
        return [done for one in reversed(chain) for done in self._accept(one)]

    def _hold(self, epoch: Epoch) -> list[Epoch]:
        """Keep an epoch until others take its side; return what now has enough of them."""
        for reading in _readings(epoch):
            if not (self._held and self._leads_to(self._held[-1], reading)):
                continue
            miss_m = self._miss_after_held_m(reading)
            if miss_m is None:
                self._held.append(reading)
                return []
            if miss_m <= self._tolerance_m(reading) and self._may_begin(self._held[0]):
                held, self._held = [*self._held, reading], []
                return [done for one in held for done in self._accept(one)]
        self._refused += epoch.is_fix
        # Where no speed is sent, the older of two may have been the wrong one.
        is_older = len(self._held) > 1 and self._leads_to(self._held[-1], epoch)
        kept = self._held[-1:] if is_older else []
        self.count.implausible += len(self._held) - len(kept)
        self._held = [*kept, epoch]
        return []

    def _leads_to(self, earlier: Epoch, later: Epoch) -> bool:
        """Return whether two epochs can be neighbours, their positions left aside."""
        return earlier.is_fix == later.is_fix and self._cadence.is_due(earlier, later)

    def _miss_after_held_m(self, epoch: Epoch) -> float | None:
        if not epoch.is_fix:
            return 0.0
        moved_mps = speed_between(*self._held[-2:]) if len(self._held) > 1 else None
        return self._track.miss_m(self._held[-1], epoch, moved_mps)

    def _may_begin(self, epoch: Epoch) -> bool:
        """Return whether lone sentences may go on from here: where two are usual, no jump."""
        fix, last = self._track.fix, self._last
        if last is None or fix is None or not self._is_paired:
            return True
        if not 0 < between_ms(last, epoch) <= self._near_ms:
            return False
        return not (epoch.is_fix and self._is_strict(epoch)) or self._is_in_line(fix, epoch)

    def _accept(self, epoch: Epoch) -> list[Epoch]:
        self._last = epoch
        if epoch.is_fix:
            self._track.accept(epoch)
            self._refused = 0
        return [epoch]


def _readings(epoch: Epoch) -> list[Epoch]:
    """Return an epoch once for each of its positions, that position first."""
    if len(epoch.places) < 2:
        return [epoch]
    return [_with_first(place, epoch) for place in epoch.places]


def _at(epoch: Epoch, last: Epoch, period_ms: int) -> Epoch:
    """Return an epoch with the time that is due one period after another."""
    tod_ms = ((last.tod_ms or 0) + period_ms) % DAY_MS
    return replace(epoch, tod_ms=tod_ms, day=None)


def _with_first(place: LatLon, epoch: Epoch) -> Epoch:
    others = (other for other in epoch.places if other is not place)
    return replace(epoch, places=(place, *others))
