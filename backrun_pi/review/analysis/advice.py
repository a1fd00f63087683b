"""What to do next time: one row per rule, most important first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backrun_pi.messages import Condition, Phase, SessionKind, Source, Stage
from backrun_pi.review.event_model import AlertPin, FaultLine, HazardSeen, StartCheck
from backrun_pi.review.model import LookBalance, PhaseRow, SessionSummary
from backrun_pi.review.phrase import Phrase
from backrun_pi.review.settings import ReviewSettings

OFTEN = 3  # [-] alerts of a kind from which advice is due: a session has five to ten bouts
LONG_LOSS_S = 30.0  # [s] a part lost for longer than this is worth advice: half a bout
UNKNOWN_SHARE = 0.2  # [-] of the moving time without a direction


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules look at."""

    facts: SessionSummary
    phases: Sequence[PhaseRow]
    alerts: Sequence[AlertPin]
    hazards: Sequence[HazardSeen]
    checks: Sequence[StartCheck]
    faults: Sequence[FaultLine]
    looks: LookBalance
    settings: ReviewSettings

    def count(self, *conditions: Condition) -> int:
        """Return how often conditions were announced."""
        values = {condition.value for condition in conditions}
        return sum(pin.condition in values for pin in self.alerts)

    def lost_s(self, source: Source) -> float:
        """Return how long a part was lost."""
        end_s = self.facts.duration_s
        return sum(
            (end_s if line.end_s is None else line.end_s) - line.start_s
            for line in self.faults
            if line.source is source
        )

    @property
    def obstacles(self) -> int:
        """Return how many obstacles came so near that STOP was felt; not how often."""
        stops = [pin for pin in self.alerts if pin.condition == Condition.STOP_HAZARD.value]
        named = {pin.hazard_id for pin in stops if pin.hazard_id is not None}
        return len(named) or min(1, len(stops))

    @property
    def longest_backward_s(self) -> float:
        """Return the time backward in the longest run of bouts without a rest between."""
        longest_s = run_s = 0.0
        for row in self.phases:
            if row.phase is Phase.BACKWARD or row.is_without_rest:
                run_s += row.backward_s
                longest_s = max(longest_s, run_s)
            else:
                run_s = 0.0
        return longest_s


Rule = Callable[[Findings], Phrase | None]


def advise(findings: Findings) -> tuple[Phrase, ...]:
    """Return what to do next time."""
    given = [phrase for rule in RULES if (phrase := rule(findings)) is not None]
    if given:
        return tuple(given)
    if findings.facts.kind is SessionKind.SCOUTING:
        return (Phrase("The route is scouted. The next training on it warns of your marks."),)
    if findings.facts.backward_s < 1.0:
        return (Phrase("No bout was run. Start the session again when you are rested."),)
    return (Phrase("Nothing stood out. Keep to the plan, and keep looking round."),)


def _refused(f: Findings) -> Phrase | None:
    if not f.facts.is_refused:
        return None
    because = next((check.text for check in f.checks if not check.is_passed), "")
    if not because:
        return Phrase("The start was refused. Press again when the device says ready.")
    return Phrase(
        "The start was refused: %(reason)s. Fix that, then press again.",
        {"reason": because.rstrip(".")},
    )


def _fall(f: Findings) -> Phrase | None:
    if f.count(Condition.FALL_SUSPECTED, Condition.FALL_ALARM) == 0:
        return None
    return Phrase(
        "A fall was suspected. Rest, and go back one week of the plan before the next session."
    )


def _motor(f: Findings) -> Phrase | None:
    if f.lost_s(Source.MOTOR) <= 0.0:
        return None
    return Phrase("The motor failed. Run the self-test and fix it before the next session.")


def _imu(f: Findings) -> Phrase | None:
    if f.lost_s(Source.IMU) <= 0.0:
        return None
    return Phrase(
        "The motion sensor dropped out. Check its plug and cable, then run the self-test."
    )


def _mount(f: Findings) -> Phrase | None:
    if f.count(Condition.WRONG_MOUNT) == 0:
        return None
    return Phrase(
        "The device was worn wrong. Clip it on at the back, in the middle, button outward."
    )


def _no_rest(f: Findings) -> Phrase | None:
    missed = sum(row.is_without_rest for row in f.phases)
    if missed == 0:
        return None
    return Phrase(
        "You ran backward for %(minutes)d min without a rest. Turn round when the cue comes: "
        "walking forward between bouts is part of the training.",
        {"minutes": round(f.longest_backward_s / 60.0)},
    )


def _stops(f: Findings) -> Phrase | None:
    count = f.obstacles
    if count == 0:
        return None
    if count == 1:
        return Phrase(
            "One obstacle was so near that you had to stop. Find it on the map below, and "
            "choose a clearer stretch."
        )
    return Phrase(
        "%(count)d obstacles were so near that you had to stop. Find them on the map below, "
        "and choose a clearer stretch.",
        {"count": count},
    )


def _busy(f: Findings) -> Phrase | None:
    if f.count(Condition.ON_BUSY_WAY) == 0:
        return None
    return Phrase("Part of the route was on a busy way. Choose a quiet one.")


def _bad(f: Findings) -> Phrase | None:
    if f.count(Condition.BAD_STRETCH) == 0:
        return None
    return Phrase(
        "Part of the ground was bad for running backward. Choose smooth, firm ground."
    )


def _unscouted(f: Findings) -> Phrase | None:
    mapped = {one.hazard_id for one in f.hazards if one.stage is Stage.STOP and one.osm_id}
    if f.facts.kind is not SessionKind.TRAINING or len(mapped) < OFTEN:
        return None
    return Phrase("Walk a scouting lap and mark what stands in the way: warnings get fewer.")


def _fast(f: Findings) -> Phrase | None:
    if f.count(Condition.TOO_FAST) < OFTEN:
        return None
    return Phrase("You were faster than the plan. Start slower: its speed rises by itself.")


def _gnss(f: Findings) -> Phrase | None:
    lost_s = f.lost_s(Source.GNSS)
    if lost_s < LONG_LOSS_S:
        return None
    return Phrase(
        "GPS was away for %(seconds)d s. Wait for a fix in the open before the start.",
        {"seconds": round(lost_s)},
    )


def _unknown(f: Findings) -> Phrase | None:
    moving_s = f.facts.backward_s + f.facts.forward_s + f.facts.unknown_s
    if moving_s <= 0.0 or f.facts.unknown_s < UNKNOWN_SHARE * moving_s:
        return None
    return Phrase(
        "The direction was not known for %(share)d %% of the way. Tighten the belt.",
        {"share": round(100.0 * f.facts.unknown_s / moving_s)},
    )


def _early(f: Findings) -> Phrase | None:
    early = sum(row.is_early_end and row.phase is Phase.BACKWARD for row in f.phases)
    if early == 0:
        return None
    if early == 1:
        return Phrase("One bout ended early. Do the same session again before you go on.")
    return Phrase(
        "%(count)d bouts ended early. Do the same session again before you go on.",
        {"count": early},
    )


def _looks(f: Findings) -> Phrase | None:
    left, right = f.looks.left, f.looks.right
    if abs(left - right) < f.settings.look_imbalance:
        return None
    counts: dict[str, str | int] = {"left": left, "right": right}
    if left < right:
        return Phrase(
            "You were asked to look %(left)d times left, %(right)d times right. Add the left.",
            counts,
        )
    return Phrase(
        "You were asked to look %(left)d times left, %(right)d times right. Add the right.",
        counts,
    )


def _battery(f: Findings) -> Phrase | None:
    if f.count(Condition.BATTERY_LOW, Condition.BATTERY_CRITICAL) == 0:
        return None
    return Phrase("The battery ran low. Charge it before the next session.")


def _card(f: Findings) -> Phrase | None:
    if f.count(Condition.CARD_NEARLY_FULL) == 0 and f.lost_s(Source.RECORDER) <= 0.0:
        return None
    return Phrase("The recording is not complete. Check the memory card and its free space.")


RULES: tuple[Rule, ...] = (
    *(_refused, _fall, _motor, _imu, _mount, _no_rest, _stops, _busy, _bad, _unscouted),
    *(_fast, _gnss, _unknown, _early, _looks, _battery, _card),
)
"""Most important first."""
