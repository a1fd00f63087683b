"""Epochs -> epochs that can be true: behind a weak checksum, neighbours must agree."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backrun_pi.geo import distance_m
from backrun_pi.sensors.gnss_epoch import BACK_MS, SAME_MS, Epoch, Place, tod_difference_ms
from backrun_pi.sensors.gnss_settings import GnssSettings


@dataclass(slots=True)
class GateCount:
    """What was refused."""

    duplicates: int = 0
    """[-] Epochs with the time of the one before."""
    backwards: int = 0
    """[-] Epochs up to 1 s earlier than the one before."""
    implausible: int = 0
    """[-] Epochs whose neighbours contradict them."""
    segments: int = 0
    """[-] Jumps of the receiver's time."""


class Gate:
    """Holds an epoch that breaks with the one before until the next one takes a side.

    Two bit flips pass an exclusive-or checksum in 11 % of cases. A flipped digit moves one
    sentence only: the other sentences of the epoch, or else the epochs around it, disagree.
    Where several sentences agree, a jump is the receiver's own and is passed on.
    """

    def __init__(self, settings: GnssSettings) -> None:
        self._set = settings
        self._near_ms = round(settings.near_s * 1000.0)
        self.count = GateCount()
        self._last: Epoch | None = None
        self._last_fix: Epoch | None = None
        self._speed_mps: float | None = None
        self._step_ms: int | None = None
        self._longer = 0
        self._paired = 0
        self._held: Epoch | None = None
        self._is_place_held = False

    def step(self, epoch: Epoch) -> list[Epoch]:
        """Return the epochs that are now believed, oldest first."""
        if epoch.tod_ms is None:
            return [epoch]
        if self._held is None:
            return self._judge(epoch)
        held, self._held = self._held, None
        step_ms = between_ms(held, epoch)
        if abs(step_ms) <= SAME_MS:
            self._held = held
            self.count.duplicates += 1
            return []
        is_confirmed = self._is_due(step_ms) and self._is_reachable(
            held, epoch, self._is_strict(held)
        )
        is_doubtful = self._is_place_held or (held.is_fix and self._is_strict(held))
        if is_confirmed and (epoch.places or not is_doubtful):
            return [*self._accept(held), *self._judge(epoch)]
        is_back = self._last is not None and self._goes_on(self._last, epoch)
        # The very first position has no past to speak for it: one contradiction is enough.
        is_orphan = self._last is None and not self._is_reachable(held, epoch, is_strict=False)
        if is_doubtful or is_back or is_orphan:
            self.count.implausible += 1
            return self._judge(epoch)
        return [*self._accept(held), *self._judge(epoch)]

    def end(self) -> list[Epoch]:
        """Return what no later epoch can confirm any more."""
        held, self._held = self._held, None
        if held is None or self._is_place_held:
            return []
        return self._accept(held)

    def _judge(self, epoch: Epoch) -> list[Epoch]:
        last = self._last
        if last is None:
            is_alone = epoch.is_fix and not self._is_agreed(epoch)
            return self._hold(epoch, is_place=False) if is_alone else self._accept(epoch)
        step_ms = between_ms(last, epoch)
        if abs(step_ms) <= SAME_MS:
            self.count.duplicates += 1
            return []
        if -BACK_MS <= step_ms < 0:
            self.count.backwards += 1
            return []
        return self._weigh(self._choose(epoch), step_ms)

    def _weigh(self, epoch: Epoch, step_ms: int) -> list[Epoch]:
        """Accept what confirms itself, or follows from the last epoch; hold the rest."""
        is_sure = self._is_agreed(epoch) or (epoch.lines > 1 and not epoch.is_fix)
        if is_sure:
            return self._accept(epoch)
        if not self._is_due(step_ms):
            return self._hold(epoch, is_place=False)
        last_fix, is_strict = self._last_fix, self._is_strict(epoch)
        if last_fix is None or self._is_reachable(last_fix, epoch, is_strict):
            return self._accept(epoch)
        return self._hold(epoch, is_place=True)

    def _hold(self, epoch: Epoch, *, is_place: bool) -> list[Epoch]:
        self._held, self._is_place_held = epoch, is_place
        return []

    def _accept(self, epoch: Epoch) -> list[Epoch]:
        if self._last is not None:
            step_ms = between_ms(self._last, epoch)
            self.count.segments += not 0 < step_ms <= self._near_ms
            self._learn_step(step_ms)
        self._last = epoch
        if epoch.is_fix:
            self._speed_mps = self._moved_mps(epoch)
            self._last_fix = epoch
            is_paired = self._is_agreed(epoch)
            self._paired = self._set.paired_epochs if is_paired else max(0, self._paired - 1)
        return [epoch]

    def _learn_step(self, step_ms: int) -> None:
        """Keep the period of the receiver; a few missed epochs do not change it."""
        if not 0 < step_ms <= self._near_ms:
            self._step_ms, self._longer = None, 0
            return
        is_longer = self._step_ms is not None and step_ms > 1.5 * self._step_ms
        self._longer = self._longer + 1 if is_longer else 0
        if not is_longer or self._longer >= self._set.longer_epochs:
            self._step_ms, self._longer = step_ms, 0

    def _is_due(self, step_ms: int) -> bool:
        """Return whether an epoch comes no later than the next one is due."""
        longest_ms = self._near_ms if self._step_ms is None else 1.5 * self._step_ms
        return 0 < step_ms <= longest_ms

    def _goes_on(self, earlier: Epoch, later: Epoch) -> bool:
        """Return whether an epoch goes on where another was, as if nothing lay between."""
        return -BACK_MS <= between_ms(earlier, later) <= self._near_ms

    def _moved_mps(self, epoch: Epoch) -> float | None:
        last = self._last_fix
        if last is None or not last.places:
            return None
        step_ms = between_ms(last, epoch)
        if not 0 < step_ms <= self._near_ms:
            return None
        return gap_m(last.places[0], epoch.places[0]) * 1000.0 / step_ms

    def _is_strict(self, epoch: Epoch) -> bool:
        """Return whether the second sentence, which usually confirms the first, is missing."""
        return self._paired > 0 and not self._is_agreed(epoch)

    def _is_reachable(self, earlier: Epoch, later: Epoch, is_strict: bool) -> bool:
        """Return whether one can get from one position to the next in the time between."""
        if not (earlier.places and later.places):
            return True
        step_s = abs(between_ms(earlier, later)) / 1000.0
        far_m = gap_m(earlier.places[0], later.places[0])
        slack_m = self._set.slack_m + self._set.slack_mps * step_s
        speeds = [
            speed
            for speed in (earlier.speed_mps, later.speed_mps, self._speed_mps)
            if speed is not None
        ]
        if is_strict and speeds:
            return abs(far_m - speeds[0] * step_s) <= self._set.strict_share * slack_m
        speed = max(speeds) if speeds else self._set.unknown_mps
        return far_m <= slack_m + self._set.slack_factor * speed * step_s

    def _is_agreed(self, epoch: Epoch) -> bool:
        """Return whether several sentences of the epoch name the same position."""
        first = epoch.places[:1]
        return len(epoch.places) > 1 and all(
            gap_m(first[0], place) <= self._set.agree_m for place in epoch.places[1:]
        )

    def _choose(self, epoch: Epoch) -> Epoch:
        """Put the position first that fits, when sentences of one epoch contradict."""
        last = self._last_fix
        if len(epoch.places) < 2 or last is None or self._is_agreed(epoch):
            return epoch
        step_s = max(0, between_ms(last, epoch)) / 1000.0
        way_m = (self._speed_mps or 0.0) * min(step_s, self._set.near_s)
        at = last.places[0]
        ordered = sorted(epoch.places, key=lambda place: abs(gap_m(at, place) - way_m))
        return replace(epoch, places=tuple(ordered))


def between_ms(earlier: Epoch, later: Epoch) -> int:
    """Return the time between two timed epochs; without dates within half a day."""
    earlier_ms, later_ms = earlier.utc_ms, later.utc_ms
    if earlier_ms is not None and later_ms is not None:
        return later_ms - earlier_ms
    return tod_difference_ms(later.tod_ms or 0, earlier.tod_ms or 0)


def gap_m(first: Place, second: Place) -> float:
    """Return the distance of two positions."""
    return 0.0 if first == second else distance_m(*first, *second)
