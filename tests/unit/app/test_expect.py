"""An expectation holds only when the wearer read the cue as what it is."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.app.cue_log import CueOutcome
from backrun_pi.app.expect import check
from backrun_pi.messages import Alert, Condition, Priority
from backrun_pi.sim.touch import Reading


@dataclass(frozen=True)
class Wish:
    """What a scenario may ask."""

    condition: str
    from_s: float = 0.0
    within_s: float | None = None
    never: bool = False
    key: str | None = None
    count: int = 1


def cue(t_s: float, read: str | None, key: str = "n1") -> CueOutcome:
    t_ns = round(t_s * 1e9)
    alert = Alert(t_ns, Condition.CAUTION_HAZARD, Priority.CAUTION, "caution", key, 1, t_ns, ())
    one = CueOutcome(t_s, alert, t_s)
    if read is not None:
        one.begun_s = t_s
        one.reading = Reading(t_s, t_s + 0.8, read, "MM")
    return one


CUES = [cue(5.0, "caution")]


def is_met(wish: Wish, cues: list[CueOutcome]) -> bool:
    (finding,) = check([wish], None, cues)
    return finding.is_met


def test_a_cue_that_was_read_meets_the_wish() -> None:
    assert is_met(Wish("caution_hazard", 4.0, 2.0), CUES)


def test_what_was_not_felt_or_was_read_as_something_else_does_not() -> None:
    assert not is_met(Wish("caution_hazard"), [cue(5.0, None)])
    assert not is_met(Wish("caution_hazard"), [cue(5.0, "stop")])


def test_too_late_too_rare_or_about_something_else_breaks_the_wish() -> None:
    assert not is_met(Wish("caution_hazard", 1.0, 2.0), CUES)
    assert not is_met(Wish("caution_hazard", count=2), CUES)
    assert not is_met(Wish("caution_hazard", key="n2"), CUES)


def test_never_is_broken_by_one_announcement_read_or_not() -> None:
    for cues in (CUES, [cue(5.0, None)]):
        (finding,) = check([Wish("caution_hazard", never=True)], None, cues)
        assert not finding.is_met
        assert "BROKEN" in finding.line
        assert "5.0 s" in finding.line


def test_only_is_broken_by_anything_that_is_not_listed() -> None:
    (finding,) = check([], {"caution_hazard": 1}, CUES)
    assert finding.is_met
    (finding,) = check([], {"stop_hazard": 1}, CUES)
    assert not finding.is_met
    assert "caution_hazard 1 x, first 5.0 s" in finding.line


def test_only_is_broken_by_one_cue_more_than_is_listed() -> None:
    twice = [*CUES, cue(9.0, "caution")]
    (finding,) = check([], {"caution_hazard": 2}, twice)
    assert finding.is_met
    (finding,) = check([], {"caution_hazard": 1}, twice)
    assert not finding.is_met
    assert "caution_hazard 2 x" in finding.line
