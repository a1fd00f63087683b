"""Freshness of the sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.config import check_table
from backrun_pi.messages import Freshness, Source, SourceEvent
from backrun_pi.sensors.watch import Watch
from backrun_pi.sensors.watch_settings import WatchSettings

SETTINGS = WatchSettings()
TICK_NS = 50_000_000
START_NS = 1_000_000_000


class Session:
    """A watch and the ticks of a session; sources speak when reported."""

    def __init__(self, *expected: Source) -> None:
        self.now_ns = START_NS
        self.watch = Watch(expected, SETTINGS, self.now_ns)
        self.events: list[SourceEvent] = []
        self.freshness: dict[Source, Freshness] = {}
        self.causes: dict[Source, str] = {}

    def ticks(self, seconds: float, *speaking: Source) -> None:
        for _ in range(round(seconds * 1e9 / TICK_NS)):
            self.now_ns += TICK_NS
            for source in speaking:
                self.watch.note(source, self.now_ns)
            health, events = self.watch.step(self.now_ns)
            self.freshness = dict(health.sources)
            self.causes = dict(health.causes)
            self.events += events


def test_a_source_that_speaks_every_tick_is_ok() -> None:
    session = Session(Source.IMU)
    session.ticks(5.0, Source.IMU)
    assert session.freshness[Source.IMU] is Freshness.OK
    assert session.events == []


def test_silence_is_first_late_and_then_lost() -> None:
    session = Session(Source.IMU)
    session.ticks(1.0, Source.IMU)
    session.ticks(0.15)
    assert session.freshness[Source.IMU] is Freshness.LATE
    session.ticks(0.35)
    assert session.freshness[Source.IMU] is Freshness.LOST


@pytest.mark.parametrize("source", [Source.IMU, Source.GNSS, Source.RECORDER, Source.PARTNER])
def test_every_silence_is_reported_within_two_seconds_once_with_its_cause(
    source: Source,
) -> None:
    session = Session(source)
    session.ticks(3.0, source)
    silent_ns = session.now_ns
    session.ticks(10.0)
    (event,) = session.events
    assert event.source is source
    assert event.freshness is Freshness.LOST
    assert event.t_ns - silent_ns <= 2_000_000_000
    assert "nothing for" in event.because


@pytest.mark.parametrize("source", [Source.MAP, Source.MOTOR, Source.BUTTON])
def test_a_source_that_need_not_speak_is_never_lost_by_age(source: Source) -> None:
    session = Session(source)
    session.ticks(30.0)
    assert session.freshness[source] is Freshness.OK
    assert session.events == []


@pytest.mark.parametrize("source", [Source.MAP, Source.MOTOR, Source.BUTTON, Source.RECORDER])
def test_a_fault_of_these_is_a_loss_at_once_with_the_faults_own_words(source: Source) -> None:
    session = Session(source)
    session.ticks(1.0, source)
    session.watch.fault(source, "the card is full")
    session.ticks(0.05)
    session.watch.fault(source, "the card is full")
    session.ticks(0.05)
    assert [event.because for event in session.events] == ["the card is full"]
    assert session.freshness[source] is Freshness.LOST


def test_one_bad_transfer_is_no_alarm() -> None:
    session = Session(Source.IMU)
    session.ticks(1.0, Source.IMU)
    session.watch.fault(Source.IMU, "NAK")
    session.ticks(0.05)
    session.ticks(1.0, Source.IMU)
    assert session.events == []


def test_the_cause_of_a_silence_is_the_last_fault() -> None:
    session = Session(Source.GNSS)
    session.ticks(1.0, Source.GNSS)
    session.watch.fault(Source.GNSS, "the receiver has no fix")
    session.ticks(3.0)
    assert session.events[0].because.startswith("the receiver has no fix (nothing for ")


@pytest.mark.parametrize("source", list(Source))
def test_a_recovery_is_reported_once_after_it_has_held(source: Source) -> None:
    session = Session(source)
    session.ticks(1.0, source)
    session.watch.fault(source, "gone")
    session.ticks(3.0)
    lost = len(session.events)
    assert lost == 1
    session.ticks(0.4, source)
    assert session.freshness[source] is Freshness.LOST
    session.ticks(3.0, source)
    assert session.freshness[source] is Freshness.OK
    assert [event.freshness for event in session.events] == [Freshness.LOST, Freshness.OK]


def test_late_is_counted_in_the_receivers_own_period() -> None:
    session = Session(Source.GNSS)
    for _ in range(20):
        session.ticks(0.95)
        session.ticks(0.05, Source.GNSS)
    session.ticks(1.0)
    assert session.freshness[Source.GNSS] is Freshness.OK
    session.ticks(0.6)
    assert session.freshness[Source.GNSS] is Freshness.LATE
    assert session.events == []


@pytest.mark.parametrize(("rate_hz", "lost_s"), [(5, 1.5), (2, 1.5), (1, 1.8)])
def test_a_receiver_of_several_epochs_a_second_is_lost_sooner(
    rate_hz: int, lost_s: float
) -> None:
    session = Session(Source.GNSS)
    for _ in range(20 * rate_hz):
        session.ticks(1.0 / rate_hz - 0.05)
        session.ticks(0.05, Source.GNSS)
    silent_ns = session.now_ns
    session.ticks(2.0)
    assert [event.freshness for event in session.events] == [Freshness.LOST]
    assert (session.events[0].t_ns - silent_ns) * 1e-9 == pytest.approx(lost_s, abs=0.06)


def test_what_the_session_does_not_need_is_absent_and_never_lost() -> None:
    session = Session(Source.IMU)
    session.watch.fault(Source.GNSS, "no receiver")
    session.watch.note(Source.GNSS, START_NS)
    session.ticks(5.0, Source.IMU)
    assert session.freshness[Source.GNSS] is Freshness.ABSENT
    assert session.events == []


@given(st.lists(st.tuples(st.sampled_from(list(Source)), st.integers(0, 3)), max_size=200))
def test_losses_and_recoveries_alternate_whatever_happens(
    story: list[tuple[Source, int]],
) -> None:
    session = Session(*Source)
    for source, action in story:
        if action == 0:
            session.watch.fault(source, "because")
        session.ticks(0.3, *([source] if action == 1 else list(Source) if action == 2 else []))
    for source in Source:
        reported = [event.freshness for event in session.events if event.source is source]
        expected = [Freshness.LOST, Freshness.OK] * len(reported)
        assert reported == expected[: len(reported)]
        assert (session.freshness.get(source) is Freshness.LOST) == (len(reported) % 2 == 1)


def test_a_source_cannot_be_lost_before_it_is_late() -> None:
    found, faults = check_table({"imu_late_s": 1.0}, WatchSettings, "[watch]")
    assert found is None
    assert "imu_late_s must be below imu_lost_s" in faults[0]
    found, faults = check_table({"gnss_lost_s": 1.2}, WatchSettings, "[watch]")
    assert found is None
    assert "gnss_quick_lost_s must not be above gnss_lost_s" in faults[0]


def test_a_loss_keeps_the_cause_it_had_until_the_source_is_back() -> None:
    session = Session(Source.IMU)
    session.ticks(3.0, Source.IMU)
    session.watch.fault(Source.IMU, "bus 1, address 0x68: no answer")
    session.ticks(0.6)
    first = dict(session.causes)
    assert first[Source.IMU].startswith("bus 1, address 0x68: no answer (nothing for")
    session.watch.fault(Source.IMU, "something else")
    session.ticks(5.0)
    assert session.causes == first
    session.ticks(SETTINGS.recover_s + 0.2, Source.IMU)
    assert session.causes == {}
