"""Two faults at any moment of a session: the wearer reads both, each within its limit.

A sample in the test command; BACKRUN_FAULTS=40 (a tier) takes so many pairs, and `all` every
pair at every moment.
"""

from __future__ import annotations

import itertools
import os
import random
import re
from pathlib import Path

import pytest

from backrun_pi.messages import Condition
from tests.support.faulted import Day, Injected, Moment, lived, moment_s, with_faults

PAGE = Path(__file__).parents[2] / "docs" / "failure-table.md"
ASKED = os.environ.get("BACKRUN_FAULTS", "")
IS_WHOLE = ASKED == "all"
SEED, SAMPLE = 16, 3
KNOWN = {
    (
        Moment.PRESS,
        "card_read_only",
        "right_motor_fault",
    ): "the card's loss is read after 7.1 s",
    (Moment.SWITCH, "gnss_silent", "card_read_only"): "the card's loss is read after 10.3 s",
}
"""Pairs that are read late today, and by how much."""

FELT = {
    "imu_nak": Condition.IMU_LOST,
    "i2c_stuck": Condition.IMU_LOST,
    "imu_no_samples": Condition.IMU_LOST,
    "gnss_silent": Condition.GNSS_LOST,
    "gnss_no_fix": Condition.GNSS_LOST,
    "card_read_only": Condition.RECORDER_FAULT,
    "card_stalled": Condition.RECORDER_FAULT,
    "undervoltage": Condition.BATTERY_CRITICAL,
    "right_motor_fault": Condition.MOTOR_FAULT,
}
"""Fault -> what the wearer has to read. A partner is lost only where one watches."""
AFTER_THE_END = {"card_read_only", "card_stalled", "undervoltage"}
"""What still counts when a session is over; the next start says what else is missing."""
STOP_S = 2.6
"""[s] While a STOP is played a loss waits for its end."""
SECOND_S = 6.0
"""[s] Of two losses that come together the later call, a STOP before it included."""
ENDS_S = 2.3
"""[s] So long before its cue the press that ends a session comes down."""


def limits() -> dict[Condition, float]:
    """Return the seconds that the page gives each condition, to its first beat."""
    found: dict[Condition, float] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        named = re.match(r"`(\w+)`", cells[2]) if line.startswith("| F") else None
        seconds = re.match(r"([\d.]+) s", cells[3]) if named else None
        if named and seconds:
            found.setdefault(Condition(named[1]), float(seconds[1]))
    return found


LIMITS = limits()
Pair = tuple[Moment, str, str]


def pairs() -> list[Pair]:
    """Return every pair of faults that are felt differently, at every moment."""
    return [
        (moment, one, other)
        for moment in Moment
        for one, other in itertools.combinations(FELT, 2)
        if FELT[one] is not FELT[other]
        and (moment is not Moment.END or {one, other} <= AFTER_THE_END)
    ]


def chosen() -> list[Pair]:
    if IS_WHOLE:
        return pairs()
    rng = random.Random(SEED)  # noqa: S311
    if ASKED:
        return rng.sample(pairs(), int(ASKED))
    return [
        rng.choice([pair for pair in pairs() if pair[0] is moment])
        for moment in rng.sample(list(Moment), SAMPLE)
    ]


def when(moment: Moment, rng: random.Random) -> float:
    """Return a time in the phase of a moment's cue."""
    if moment is Moment.END:
        return moment_s(moment) - ENDS_S + rng.uniform(-0.5, 0.8)
    return moment_s(moment) + rng.uniform(-0.3, 1.5)


def calls(day: Day, since_s: float) -> list[float]:
    return day.read(*FELT.values(), since_s=since_s)


@pytest.mark.slow
@pytest.mark.parametrize(
    "pair", chosen(), ids=lambda pair: f"{pair[0].name.lower()}-{pair[1]}-{pair[2]}"
)
def test_of_two_faults_at_any_moment_both_are_read_in_time(pair: Pair) -> None:
    moment, *whats = pair
    if pair in KNOWN:
        pytest.xfail(KNOWN[pair])
    rng = random.Random(f"{SEED}-{moment.name}-{whats}")  # noqa: S311
    faults = [Injected(what, when(moment, rng)) for what in whats]
    day = with_faults(moment, faults)
    first = min(faults, key=lambda fault: fault.from_s)
    for fault in faults:
        read = day.read(FELT[fault.what], since_s=fault.from_s)
        assert read, f"{fault} was never read"
        assert read[0] - fault.from_s <= SECOND_S, fault
    limit_s = LIMITS[FELT[first.what]] + (STOP_S if moment is Moment.STOP else 0.0)
    assert calls(day, first.from_s)[0] - first.from_s <= limit_s
    assert day.is_motor_off


PERIODS_S = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
FLAPS = ("imu_nak", "gnss_silent", "right_motor_fault")
FLAPS_FOR_S = 34.0
MOST_CALLS = 8
"""In these 34 s: a wearer who is called more often stops reacting to cues."""


KNOWN_FLAPS = {
    ("imu_nak", 2.0): "17 calls",
    ("right_motor_fault", 0.5): "12 calls",
    ("right_motor_fault", 2.0): "14 calls",
}
"""Parts that call too often today when they come and go at this period."""


def flapping(what: str, period_s: float) -> list[Injected]:
    """Return a fault that comes and goes, from the warm-up of a session on."""
    count = max(1, round(FLAPS_FOR_S / period_s))
    starts = [14.0 + number * period_s for number in range(count)]
    return [Injected(what, start, start + period_s / 2.0) for start in starts]


def flaps() -> list[tuple[str, float]]:
    every = list(itertools.product(FLAPS, PERIODS_S))
    return every if ASKED else random.Random(SEED).sample(every, 1)  # noqa: S311


@pytest.mark.slow
@pytest.mark.parametrize(("what", "period_s"), flaps())
def test_a_part_that_comes_and_goes_is_read_as_lost_and_never_drowns_the_wearer(
    what: str, period_s: float
) -> None:
    if (what, period_s) in KNOWN_FLAPS:
        pytest.xfail(KNOWN_FLAPS[what, period_s])
    faults = flapping(what, period_s)
    day = lived(Moment.SWITCH, faults[-1].from_s + 12.0, faults)
    limit_s = LIMITS[FELT[what]]
    read = day.read(FELT[what])
    if period_s / 2.0 > limit_s:  # each time it is away for longer than it takes to be noticed
        assert read
        assert read[0] - faults[0].from_s <= limit_s
    assert len(read) <= MOST_CALLS
    assert day.is_motor_off


@pytest.mark.slow
def test_a_sensor_unplugged_twice_is_read_as_lost_twice() -> None:
    faults = [Injected("imu_nak", 16.0, 19.5), Injected("imu_nak", 28.0, 31.5)]
    day = lived(Moment.SWITCH, 36.0, faults)
    for fault in faults:
        read = day.read(Condition.IMU_LOST, since_s=fault.from_s)
        # near the steps a STOP may come first: not knowing the direction closes no gate
        assert read[0] - fault.from_s <= LIMITS[Condition.IMU_LOST] + STOP_S


@pytest.mark.slow
def test_a_card_that_stalls_at_the_end_is_announced_and_the_next_start_is_ready() -> None:
    at_s = moment_s(Moment.END)
    stall = Injected("card_stalled", at_s - 1.6, at_s + 6.0)
    press_s = at_s + 14.0
    day = lived(Moment.END, press_s + 8.0, [stall], f"[[press]]\nat_s = {press_s}\n")
    assert day.read(Condition.RECORDER_FAULT, since_s=stall.from_s)
    assert day.read(Condition.SESSION_END)
    assert day.read(Condition.READY, since_s=press_s)


@pytest.mark.parametrize("condition", sorted(set(FELT.values()), key=str))
def test_the_failure_page_gives_each_of_them_two_seconds(condition: Condition) -> None:
    assert LIMITS[condition] == 2.0
