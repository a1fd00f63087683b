"""The review tells what was recorded: totals, phases, laps, faults, and advice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi import vocabulary
from backrun_pi.errors import SessionError
from backrun_pi.messages import (
    Condition,
    Direction,
    Freshness,
    Phase,
    Priority,
    RouteStretch,
    RouteVerdict,
    RunnerState,
    SessionKind,
    Source,
    SourceEvent,
    Stage,
    Suitability,
)
from backrun_pi.record.reader import read_session
from backrun_pi.review.analysis.segments import Doing, WayCovered
from backrun_pi.review.analysis.session_review import review_session
from backrun_pi.review.analysis.weekly_load import plan_progress
from backrun_pi.review.drive.build import build
from backrun_pi.review.drive.stale import due
from backrun_pi.review.exports import csv_file, fit_file, gpx_file, summary_json
from backrun_pi.review.index_model import line_of
from backrun_pi.review.model import Lap, PhaseRow, SessionReview
from backrun_pi.review.settings import ReviewSettings
from backrun_pi.units import NS_PER_S
from tests.support.record_parts import (
    LEGS,
    UTC_S,
    Desk,
    HandClock,
    Leg,
    alert,
    recorded,
    runner_state,
    session,
)

SETTINGS = ReviewSettings()
Ticks = Iterator[tuple[int, list[object]]]


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> SessionReview:
    """Return the review of the invented session."""
    return review_session(read_session(recorded(tmp_path_factory.mktemp("card"))), SETTINGS)


def reviewed(folder: Path, ticks: Ticks, because: str | None = "programme") -> SessionReview:
    """Record ticks and review them; without a reason the power is cut."""
    desk = Desk()
    recorder = desk.recorder()
    desk.play(recorder, ticks)
    if because is not None:
        recorder.close(because)
    path = desk.card.put_on(folder) / "sessions" / "20260921-1253"
    return review_session(read_session(path), SETTINGS)


def with_extra(ticks: Ticks, at_s: float, *extra: object) -> Ticks:
    """Add messages to the tick at a time of the session."""
    for number, (t_ns, messages) in enumerate(ticks):
        is_now = number == round(at_s * 20)
        yield t_ns, [*messages, *extra] if is_now else messages


def test_the_totals_are_those_of_the_log(review: SessionReview) -> None:
    facts = review.facts
    assert facts.duration_s == pytest.approx(694.95)
    assert facts.distance_m == pytest.approx(908.7, abs=0.2)
    assert facts.backward_m == pytest.approx(216.0, abs=0.5)
    assert facts.backward_s == pytest.approx(180.0, abs=0.5)
    assert facts.forward_s == pytest.approx(510.0, abs=0.5)
    assert facts.still_s == pytest.approx(5.0, abs=0.5)
    times_s = facts.backward_s + facts.forward_s + facts.still_s + facts.unknown_s
    assert times_s == pytest.approx(facts.duration_s)
    assert facts.steps == pytest.approx(690 / 60 * 112, rel=0.01)
    assert (facts.bouts_planned, facts.bouts_done) == (3, 3)
    assert facts.start_utc_s == pytest.approx(UTC_S)
    assert (facts.is_whole, facts.end_because) == (True, "programme")


def test_phases_and_laps_tile_the_session(review: SessionReview) -> None:
    both: tuple[tuple[PhaseRow | Lap, ...], ...] = (review.phases, review.laps)
    for rows in both:
        assert rows[0].start_s == 0.0
        assert rows[-1].end_s == review.facts.duration_s
        assert all(a.end_s == b.start_s for a, b in itertools.pairwise(rows))
        assert sum(row.distance_m for row in rows) == pytest.approx(review.facts.distance_m)
    assert all(lap.start_s == int(lap.start_s) for lap in review.laps)


def test_a_lap_says_its_direction_and_a_bout_its_looks(review: SessionReview) -> None:
    moving = [lap for lap in review.laps if lap.phase is not Phase.STAND]
    assert [lap.direction for lap in moving] == [leg.direction for leg in LEGS[1:]]
    bouts = [row for row in review.phases if row.phase is Phase.BACKWARD]
    assert [(row.looks_left, row.looks_right, row.alerts) for row in bouts] == [
        (1, 1, 0),
        (1, 1, 1),
        (1, 1, 0),
    ]
    assert (review.looks.left, review.looks.right) == (3, 3)
    assert not any(row.is_early_end for row in review.phases)


def test_how_the_legs_differ_is_said_where_it_could_be_felt(review: SessionReview) -> None:
    by_phase = {row.phase: row.asymmetry_p for row in review.phases}
    assert by_phase[Phase.BACKWARD] == pytest.approx(0.04)
    assert by_phase[Phase.STAND] is None


def test_the_speeds_of_a_bout_are_those_of_going_backward(tmp_path: Path) -> None:
    legs = (
        Leg(Phase.BACKWARD, 20.0, 0.6, Direction.BACKWARD, 1),
        Leg(Phase.BACKWARD, 5.0, 1.4, Direction.FORWARD, 1),
    )
    bout, left = (r for r in reviewed(tmp_path, session(legs=legs)).phases if r.bout == 1)
    assert (left.max_speed_mps, left.mean_speed_mps) == (None, None)
    assert bout.max_speed_mps == 0.6
    assert bout.mean_speed_mps == pytest.approx(0.6, abs=0.02)


def test_one_track_point_a_second_carries_what_was_known(review: SessionReview) -> None:
    assert [point.t_s for point in review.track[:-1]] == [float(s) for s in range(695)]
    assert review.track[-1].t_s == review.facts.duration_s
    assert review.track[-1].distance_m == pytest.approx(review.facts.distance_m)
    point = review.track[330]
    assert (point.phase, point.direction) == (Phase.BACKWARD, Direction.BACKWARD)
    assert (point.speed_mps, point.speed_cap_mps, point.cadence_spm) == (1.2, 1.3, 112.0)
    assert point.distance_m == pytest.approx(420 + 25 * 1.2, abs=0.3)


def test_a_hazard_is_placed_on_the_course_and_its_alert_points_to_it(
    review: SessionReview,
) -> None:
    (hazard,) = review.hazards
    (stop,) = [pin for pin in review.alerts if pin.priority is Priority.STOP]
    assert stop.hazard_id == hazard.hazard_id == "h1"
    assert (hazard.kind, hazard.stage, hazard.osm_id) == ("bench", Stage.STOP, "n7")
    assert stop.because == ("stop_hazard why",)
    assert stop.lon_deg is not None
    assert hazard.lon_deg is not None
    assert hazard.lat_deg is not None
    east_m = (hazard.lon_deg - stop.lon_deg) * 111_200 * 0.4976  # cosine of the latitude
    assert east_m == pytest.approx(6.0, abs=0.2)
    assert hazard.lat_deg > 60.17  # east on the course: left is north


def test_a_lost_part_is_reported_from_loss_to_return(tmp_path: Path) -> None:
    lost = SourceEvent(0, Source.GNSS, Freshness.LOST, "no sentence for 1.5 s")
    ticks = with_extra(session(), 100.0, stamp(lost, 100.0))
    ticks = with_extra(ticks, 145.0, stamp(SourceEvent(0, Source.GNSS, Freshness.OK, ""), 145))
    found = reviewed(tmp_path, ticks)
    (fault,) = found.faults
    assert (fault.source, fault.start_s, fault.end_s) == (Source.GNSS, 100.0, 145.0)
    assert fault.cause == "no sentence for 1.5 s"
    assert any("45 s" in str(text) for text in found.advice)


def test_the_way_from_the_start_is_kept_with_its_reasons(tmp_path: Path) -> None:
    stretch = RouteStretch(0.0, 40.0, Suitability.BAD, ("busy: cycleway",))
    verdict = RouteVerdict(21 * NS_PER_S, is_scouted=False, stretches=(stretch,))
    found = reviewed(tmp_path, with_extra(session(), 3.0, verdict))
    assert found.route == verdict
    route = msgspec.json.decode(summary_json.encode(found, has_positions=True))["route"]
    assert route["stretches"][0]["because"] == ["busy: cycleway"]


def stamp(event: SourceEvent, at_s: float) -> SourceEvent:
    """Give an event the time of a session's second."""
    return SourceEvent(
        20 * NS_PER_S + round(at_s * NS_PER_S), event.source, event.freshness, event.because
    )


def test_a_power_cut_is_reported_and_what_was_recorded_stays(tmp_path: Path) -> None:
    found = reviewed(tmp_path, itertools.islice(session(), 4000), because=None)
    assert not found.facts.is_whole
    assert found.facts.end_because == "broken off"
    assert found.facts.duration_s > 198.5
    assert [fault.text for fault in found.faults] == [vocabulary.BROKEN_OFF]


def test_a_session_of_two_boots_is_joined_by_utc(tmp_path: Path) -> None:
    desk = Desk()
    first = desk.recorder()
    desk.play(first, itertools.islice(session(), 2000))
    desk.clock = HandClock(t_ns=15 * NS_PER_S)
    second = desk.recorder(boot_id="boot-two")
    desk.play(second, session(15 * NS_PER_S, LEGS[2:], begin_utc_s=UTC_S + 160.0, way_m=0.0))
    second.close("programme")
    path = desk.card.put_on(tmp_path) / "sessions" / "20260921-1253"
    found = review_session(read_session(path), SETTINGS)
    assert found.facts.boot_ids == ("boot-one", "boot-two")
    assert found.facts.duration_s == pytest.approx(160.0 + 389.95, abs=0.1)
    assert found.facts.backward_s == pytest.approx(180.0, abs=0.5)
    assert found.facts.distance_m == pytest.approx(95 * 1.4 + 488.0, abs=2.5)
    assert found.laps[-1].end_s == found.facts.duration_s
    (cut,) = found.faults
    assert cut.text == vocabulary.BROKEN_OFF
    assert cut.start_s == pytest.approx(100.0, abs=1.0)
    assert not found.facts.is_whole


def test_without_a_trusted_date_the_start_is_not_known(tmp_path: Path) -> None:
    found = reviewed(tmp_path, session(legs=LEGS[2:4], begin_utc_s=None))
    assert found.facts.start_utc_s is None
    assert found.facts.start_wall_s == pytest.approx(UTC_S)


def test_a_bout_that_was_given_up_is_an_early_end(tmp_path: Path) -> None:
    legs = (Leg(Phase.BACKWARD, 60.0, 0.0, Direction.UNKNOWN, 1, 1.0), LEGS[3])
    found = reviewed(tmp_path, session(legs=legs))
    assert [row.is_early_end for row in found.phases] == [True, False]
    assert found.facts.bouts_done == 0
    assert any("ended early" in str(text) for text in found.advice)


def test_a_turn_within_a_step_makes_no_lap(tmp_path: Path) -> None:
    leg = Leg(Phase.FREE, 60.0, 1.0, Direction.BACKWARD)
    other = Leg(Phase.FREE, 60.0, 1.0, Direction.FORWARD)

    def ticks() -> Ticks:
        for number, (t_ns, messages) in enumerate(session(legs=(leg,))):
            turned = other if 100 <= number // 5 < 140 else leg
            kept = [m for m in messages if type(m).__name__ != "RunnerState"]
            state = runner_state(turned, t_ns, number / 20)
            yield t_ns, [*kept, *([state] if number % 5 == 0 else [])]

    assert len(reviewed(tmp_path, ticks()).laps) == 1


def test_a_pause_belongs_to_the_step_that_it_interrupts(tmp_path: Path) -> None:
    walk = Leg(Phase.FREE, 20.0, 1.0, Direction.FORWARD)
    pause = Leg(Phase.PAUSED, 10.0, 0.0, Direction.UNKNOWN)
    found = reviewed(tmp_path, session(legs=(walk, pause, walk)))
    assert [row.phase for row in found.phases] == [Phase.FREE, Phase.PAUSED, Phase.FREE]
    assert Phase.PAUSED not in {lap.phase for lap in found.laps}
    assert found.laps[0].end_s == 30.0


def test_going_on_backward_through_the_rests_is_one_long_bout(tmp_path: Path) -> None:
    back = Direction.BACKWARD
    legs = tuple(
        leg
        for bout in (1, 2, 3)
        for leg in (
            Leg(Phase.BACKWARD, 60.0, 0.8, back, bout),
            Leg(Phase.RECOVER, 60.0, 0.8, back, bout),
        )
    )
    found = reviewed(tmp_path, session(legs=legs))
    assert sum(row.is_without_rest for row in found.phases) == 3
    assert found.facts.bouts_done == 0
    assert "6 min without a rest" in str(found.advice[0])


def test_standing_is_a_lap_without_a_direction(tmp_path: Path) -> None:
    found = reviewed(tmp_path, session(legs=LEGS[:2]))
    assert [lap.is_moving for lap in found.laps] == [False, True]
    assert found.laps[0].direction is Direction.UNKNOWN


def test_a_treadmill_session_has_no_place(tmp_path: Path) -> None:
    found = reviewed(tmp_path, session(kind=SessionKind.TREADMILL))
    assert found.facts.kind is SessionKind.TREADMILL
    assert all(point.lat_deg is None for point in found.track)
    assert found.hazards[0].lat_deg is None


@pytest.mark.parametrize(
    ("conditions", "part"),
    [
        ((Condition.FALL_SUSPECTED,), "fall"),
        ((Condition.WRONG_MOUNT,), "back"),
        ((Condition.ON_BUSY_WAY,), "quiet"),
        ((Condition.BAD_STRETCH,), "smooth"),
        ((Condition.TOO_FAST,) * 3, "slower"),
        ((Condition.LOOK_LEFT,) * 4, "Add the right"),
        ((Condition.BATTERY_LOW,), "Charge"),
        ((Condition.CARD_NEARLY_FULL,), "card"),
    ],
)
def test_what_went_wrong_becomes_advice(
    conditions: tuple[Condition, ...], part: str, tmp_path: Path
) -> None:
    extra = [alert(20 * NS_PER_S, condition, Priority.NOTICE) for condition in conditions]
    found = reviewed(tmp_path, with_extra(session(legs=LEGS[1:3]), 10.0, *extra))
    assert any(part in str(text) for text in found.advice)


def test_a_good_session_is_not_nagged(tmp_path: Path) -> None:
    found = reviewed(tmp_path, session(legs=LEGS[1:3]))
    assert len(found.advice) == 1
    assert found.advice[0].text.startswith("Nothing stood out")


def test_a_log_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "log-0001.jsonl").write_bytes(b'{"c":"')
    with pytest.raises(SessionError, match="no record"):
        review_session(read_session(folder), SETTINGS)


def test_a_log_cut_anywhere_is_reviewed_and_exported(tmp_path: Path) -> None:
    folder = recorded(tmp_path, legs=(Leg(Phase.BACKWARD, 8.0, 1.0, Direction.BACKWARD, 1),))
    (file,) = folder.glob("log-*.jsonl")
    data = file.read_bytes()
    header = data.index(b"\n") + 1
    cuts = (header, header + 10, *range(header + 700, len(data), 1777))
    for cut in cuts:
        file.write_bytes(data[:cut])
        recording = read_session(folder)
        if sum(1 for _ in recording.only(RunnerState)) == 0:
            continue
        found = review_session(recording, SETTINGS)
        assert found.facts.duration_s <= 8.0
        assert found.laps[-1].end_s == found.facts.duration_s
        assert fit_file.encode(found)[8:12] == b".FIT"
        assert gpx_file.encode(found)
        assert csv_file.encode(found)


def test_a_log_of_one_moment_is_no_reason_to_fail(tmp_path: Path) -> None:
    found = reviewed(tmp_path, itertools.islice(session(legs=LEGS[2:3]), 1))
    assert found.facts.duration_s == 0.0
    assert fit_file.encode(found)[8:12] == b".FIT"
    assert found.track[0].distance_m == 0.0


@given(
    cuts=st.lists(st.floats(min_value=0.0, max_value=30.0), max_size=6),
    gaps=st.sets(st.integers(min_value=0, max_value=119), max_size=60),
)
def test_sums_over_any_cuts_add_up_to_the_whole(cuts: list[float], gaps: set[int]) -> None:
    leg = Leg(Phase.FREE, 30.0, 1.0, Direction.FORWARD)
    states = [
        (n / 4, runner_state(leg, n * NS_PER_S // 4, n / 4))
        for n in range(120)
        if n not in gaps
    ]
    way = WayCovered(states, 30.0)
    edges = [0.0, *sorted(cuts), 30.0]
    parts = [way.sums(a, b) for a, b in itertools.pairwise(edges)]
    whole = way.sums(0.0, 30.0)
    assert sum(part.distance_m for part in parts) == pytest.approx(whole.distance_m)
    for doing in Doing:
        part_s = sum(part.time_s[doing] for part in parts)
        assert part_s == pytest.approx(whole.time_s[doing], abs=1e-9)
    assert sum(whole.time_s.values()) == pytest.approx(30.0)


def test_weeks_without_a_session_stand_in_the_load_with_nought(review: SessionReview) -> None:
    line = line_of(review)
    load = plan_progress([line], None).load
    assert len(load) == 1
    assert load[0].start_utc_s <= UTC_S < load[0].start_utc_s + 7 * 86400
    assert load[0].backward_s == pytest.approx(review.facts.backward_s)
    assert plan_progress([], None).load == ()


def test_a_session_is_due_until_its_report_covers_the_whole_log(tmp_path: Path) -> None:
    folder = recorded(tmp_path, legs=LEGS[:1])
    assert due(tmp_path, ReviewSettings()) == [folder]
    build([folder], tmp_path / "drive", SETTINGS)
    assert due(tmp_path, ReviewSettings()) == []
    with (folder / "log-0002.jsonl").open("ab") as stream:
        stream.write(b"{")
    assert due(tmp_path, ReviewSettings()) == [folder]


def test_a_session_is_due_again_when_its_pages_or_exports_would_change(tmp_path: Path) -> None:
    folder = recorded(tmp_path, legs=LEGS[:1])
    build([folder], tmp_path / "drive", SETTINGS)
    assert due(tmp_path, ReviewSettings(has_positions=False)) == [folder]
    assert due(tmp_path, ReviewSettings(language="de")) == [folder]
    assert due(tmp_path, ReviewSettings(lun_path="/elsewhere")) == []
