"""Receivers and relays of many kinds, live: each epoch comes out once, whole and in time."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest

from backrun_pi.messages import Freshness, GnssFix, Source
from backrun_pi.sensors.gnss.nmea_framing import sentence
from backrun_pi.sensors.gnss.reader import GnssReader
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.watch import Watch
from backrun_pi.sensors.watch_settings import WatchSettings
from tests.support.gnss_talk import gga, gsa, rmc, vtg, zda

NOON = 43200.0
GSV = sentence(b"GPGSV,3,1,11,01,19,045,31,06,16,156,29,12,05,272,,14,44,084,24")
EAST_DEG_PER_M = 1.0 / 55_424.0
SPEED_MPS = 1.5

Arrival = tuple[float, bytes]
"""[s] when, and what."""


class Heard:
    """What came of a stream: fixes with the second they came out, and losses."""

    def __init__(self, arrivals: Iterable[Arrival], phase_s: float = 0.0) -> None:
        self.reader = GnssReader(GnssSettings())
        self.fixes: list[tuple[float, GnssFix]] = []
        self.lost_s: list[float] = []
        self.degraded: set[str] = set()
        waiting = list(arrivals)
        now_s = waiting[0][0] - phase_s
        watch = Watch({Source.GNSS}, WatchSettings(), int(now_s * 1e9))
        end_s = waiting[-1][0] + 0.4
        at = 0
        while now_s < end_s:
            now_s = round(now_s + 0.05, 6)
            now_ns = int(now_s * 1e9)
            data = b""
            while at < len(waiting) and waiting[at][0] <= now_s:
                data += waiting[at][1]
                at += 1
            for fix in self.reader.feed(data, now_ns) + self.reader.poll(now_ns):
                if fix.lat_deg is not None:
                    self.fixes.append((now_s, fix))
                    watch.note(Source.GNSS, fix.t_ns)
            _, events = watch.step(now_ns)
            self.lost_s += [now_s for e in events if e.freshness is Freshness.LOST]
            if self.reader.degraded_because is not None:
                self.degraded.add(self.reader.degraded_because)

    @property
    def longest_gap_s(self) -> float:
        times = [s for s, _ in self.fixes]
        return max(later - earlier for earlier, later in pairwise(times))

    def count(self, name: str) -> int:
        return sum(getattr(fix, name) is not None for _, fix in self.fixes)


def walk(tod_s: float, k: int, period_s: float = 1.0) -> dict[str, bytes]:
    """Return the sentences of epoch k of somebody who walks east."""
    lon_deg = 24.94 + k * period_s * SPEED_MPS * EAST_DEG_PER_M
    course_deg = 90.0 + math.sin(k)
    return {
        "RMC": rmc(tod_s, lon_deg=lon_deg, speed_mps=SPEED_MPS, course_deg=course_deg),
        "GGA": gga(tod_s, lon_deg=lon_deg),
        "GSA": gsa(),
        "VTG": vtg(SPEED_MPS, course_deg),
        "GSV": GSV,
        "ZDA": zda(tod_s),
    }


def relayed(cycle: str, baud: int, epochs: int, period_s: float = 1.0) -> Iterator[Arrival]:
    """Yield whole sentences, each when a line of that speed would have completed it."""
    free_s = 0.0
    for k in range(epochs):
        sentences = walk(NOON + k * period_s, k, period_s)
        free_s = max(free_s, 1.0 + k * period_s)
        for name in cycle.split():
            free_s += len(sentences[name]) * 10 / baud
            yield free_s, sentences[name]


def direct(
    epochs: Iterable[list[bytes]], period_s: float, baud: int = 115200
) -> Iterator[Arrival]:
    """Yield byte by byte what a line of that speed brings."""
    for k, lines in enumerate(epochs):
        for at, byte in enumerate(b"".join(lines)):
            yield 1.0 + k * period_s + at * 10 / baud, bytes((byte,))


@pytest.mark.parametrize("phase_s", [0.0, 0.013, 0.031, 0.047])
@pytest.mark.parametrize("baud", [4800, 9600, 19200])
@pytest.mark.parametrize(
    "cycle",
    [
        "GGA GSA GSV GSV GSV RMC VTG",
        "RMC GGA GSA GSV GSV GSV VTG",
        "GGA RMC GSA GSV VTG",
        "VTG GGA GSA RMC",
        "ZDA GGA GSA RMC",
    ],
)
def test_a_relay_of_a_slow_line_gives_whole_epochs(
    cycle: str, baud: int, phase_s: float
) -> None:
    heard = Heard(relayed(cycle, baud, 25), phase_s)
    assert len(heard.fixes) == 25
    assert heard.count("speed_mps") >= 24
    assert heard.count("sigma_m") == 25
    assert heard.count("course_rad") >= 21
    assert [s for s in heard.lost_s if s > 5.0] == []  # until then the cycle is learned
    assert heard.longest_gap_s <= 1.3
    assert heard.degraded <= {"1 fixes a second instead of 5"}


def test_the_first_epoch_of_a_relay_has_its_speed_too() -> None:
    heard = Heard(relayed("GGA GSA GSV GSV GSV RMC VTG", 9600, 5))
    assert heard.count("speed_mps") == 5


@pytest.mark.parametrize("period_s", [0.2, 1.0])
@pytest.mark.parametrize("cycle", ["VTG GGA GSA", "GGA VTG", "VTG GGA"])
def test_a_velocity_goes_to_its_own_epoch_wherever_it_stands(
    cycle: str, period_s: float
) -> None:
    epochs = []
    for k in range(40):
        speed_mps = 2.0 + 0.1 * (k % 2)
        lon_deg = 24.94 + k * period_s * 2.05 * EAST_DEG_PER_M
        sentences = {
            "GGA": gga(NOON + k * period_s, lon_deg=lon_deg),
            "GSA": gsa(),
            "VTG": vtg(speed_mps, 90.0 + k),
        }
        epochs.append([sentences[name] for name in cycle.split()])
    heard = Heard(direct(epochs, period_s))
    assert len(heard.fixes) == 40
    for _, fix in heard.fixes:
        k = round((fix.t_ns / 1e9 - 1.0) / period_s)
        assert fix.speed_mps == pytest.approx(2.0 + 0.1 * (k % 2), abs=0.01)


@pytest.mark.parametrize("every", [2, 5, 10])
def test_position_goes_on_where_gga_comes_now_and_then(every: int) -> None:
    epochs = [
        [sentences["RMC"], *([sentences["GGA"], sentences["GSA"]] if k % every == 0 else [])]
        for k in range(100)
        for sentences in [walk(NOON + k / 5, k, 0.2)]
    ]
    heard = Heard(direct(epochs, 0.2))
    assert len(heard.fixes) >= 98
    assert heard.longest_gap_s <= 0.45
    assert heard.lost_s == []


def test_the_date_of_zda_counts_where_it_comes_before_gga() -> None:
    epochs = [
        [s["ZDA"], s["GGA"], s["GSA"], s["VTG"]] for k in range(30) for s in [walk(NOON + k, k)]
    ]
    heard = Heard(direct(epochs, 1.0))
    assert heard.fixes[-1][1].utc_s == 1_780_315_200 + 29


@pytest.mark.parametrize("late_epochs", [1, 5])
def test_a_date_that_is_late_after_midnight_costs_no_fix(late_epochs: int) -> None:
    epochs = []
    for k in range(40):
        tod_s = (86_380.0 + k) % 86_400.0
        day = "020626" if k >= 20 + late_epochs else "010626"
        lon_deg = 24.94 + k * SPEED_MPS * EAST_DEG_PER_M
        epochs.append(
            [
                rmc(tod_s, lon_deg=lon_deg, speed_mps=SPEED_MPS, day=day),
                gga(tod_s, lon_deg=lon_deg),
            ]
        )
    heard = Heard(direct(epochs, 1.0))
    assert len(heard.fixes) == 40
    assert heard.longest_gap_s <= 1.05
    assert heard.lost_s == []
    known = [(round(s - 1.0), fix.utc_s) for s, fix in heard.fixes if fix.utc_s is not None]
    assert all(
        utc_s == pytest.approx(1_780_272_000 + 86_380 + k, abs=1.0) for k, utc_s in known
    )


@pytest.mark.parametrize("back_s", [1, 2, 3])
@pytest.mark.parametrize("period_s", [0.2, 1.0])
@pytest.mark.parametrize("cycle", ["RMC GGA GSA", "GGA RMC", "RMC"])
def test_a_clock_that_is_put_back_costs_no_fix(
    cycle: str, period_s: float, back_s: int
) -> None:
    count, step_at = round(30 / period_s), round(15 / period_s)
    epochs = []
    for k in range(count):
        sentences = walk(NOON + k * period_s - (back_s if k >= step_at else 0), k, period_s)
        epochs.append([sentences[name] for name in cycle.split()])
    heard = Heard(direct(epochs, period_s))
    assert len(heard.fixes) == count
    assert heard.longest_gap_s <= period_s + 0.06
    assert heard.lost_s == []
    utc_s = heard.fixes[-1][1].utc_s
    assert utc_s == pytest.approx(1_780_315_200 + (count - 1) * period_s - back_s)


def test_an_epoch_that_is_sent_twice_comes_out_once() -> None:
    epochs = [[s["RMC"], s["GGA"], s["GSA"]] for k in range(20) for s in [walk(NOON + k, k)]]
    doubled = [epoch for epoch in epochs for _ in range(2)]
    assert len(Heard(direct(doubled, 0.5)).fixes) == 20


def test_a_receiver_with_one_sentence_a_second_is_not_lost_by_its_own_scatter() -> None:
    """An hour of walking, with noise and now and then a step of two metres."""
    dice = random.Random(3)  # noqa: S311 (seeded noise)
    north_m = east_m = 0.0
    epochs = []
    for k in range(3600):
        if k and k % 60 == 0:
            north_m, east_m = dice.gauss(0, 1.5), dice.gauss(0, 1.5)
        noise_m = dice.gauss(0, 0.15)
        lat_deg = 60.17 + (north_m + noise_m) / 111_195
        lon_deg = 24.94 + (k * SPEED_MPS + east_m + dice.gauss(0, 0.15)) * EAST_DEG_PER_M
        course_deg = 90 + dice.gauss(0, 4)
        epochs.append(
            [
                rmc(
                    (NOON + k) % 86400,
                    lat_deg,
                    lon_deg,
                    speed_mps=SPEED_MPS,
                    course_deg=course_deg,
                )
            ]
        )
    heard = Heard((1.0 + k, epoch[0]) for k, epoch in enumerate(epochs))
    assert len(heard.fixes) >= 3590
    assert len([s for s in heard.lost_s if s > 61.0]) == 0


def test_speed_that_stops_coming_is_a_degraded_state_and_ends_when_it_is_back() -> None:
    epochs = []
    for k in range(150):
        sentences = walk(NOON + k / 5, k, 0.2)
        has_speed = not 50 <= k < 100
        epochs.append(
            [sentences["GGA"], sentences["GSA"], *([sentences["RMC"]] if has_speed else [])]
        )
    heard = Heard(direct(epochs, 0.2))
    assert heard.degraded <= {
        "positions come without a speed",
        "positions come without a course",
    }
    assert "positions come without a speed" in heard.degraded
    assert heard.reader.degraded_because is None
    assert heard.lost_s == []


def test_a_receiver_that_stays_at_one_fix_a_second_is_degraded() -> None:
    heard = Heard(relayed("RMC GGA GSA", 9600, 20))
    assert heard.degraded == {"1 fixes a second instead of 5"}
