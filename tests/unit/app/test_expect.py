"""An expectation holds only when the condition was told and the motor was asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.app.expect import check
from backrun_pi.messages import Alert, Condition, Priority


@dataclass(frozen=True)
class Wish:
    """What a scenario may ask."""

    condition: str
    from_s: float = 0.0
    within_s: float | None = None
    never: bool = False
    key: str | None = None
    count: int = 1


def _alert(t_s: float, condition: Condition, key: str = "") -> tuple[float, Alert]:
    t_ns = round(t_s * 1e9)
    return t_s, Alert(t_ns, condition, Priority.CAUTION, "caution", key, 1, t_ns, ("why",))


TOLD = [_alert(5.0, Condition.CAUTION_HAZARD, "n1")]
FELT = [(5.05, "caution")]


def test_a_told_and_felt_condition_meets_the_wish() -> None:
    assert check([Wish("caution_hazard", 4.0, 2.0)], TOLD, FELT)[0].is_met


def test_what_no_pulse_follows_was_not_felt() -> None:
    assert not check([Wish("caution_hazard")], TOLD, [])[0].is_met
    assert not check([Wish("caution_hazard")], TOLD, [(5.05, "stop")])[0].is_met
    assert not check([Wish("caution_hazard")], TOLD, [(6.0, "caution")])[0].is_met


def test_too_late_too_rare_or_about_something_else_breaks_the_wish() -> None:
    assert not check([Wish("caution_hazard", 1.0, 2.0)], TOLD, FELT)[0].is_met
    assert not check([Wish("caution_hazard", count=2)], TOLD, FELT)[0].is_met
    assert not check([Wish("caution_hazard", key="n2")], TOLD, FELT)[0].is_met


def test_never_is_broken_by_one() -> None:
    finding = check([Wish("caution_hazard", never=True)], TOLD, FELT)[0]
    assert not finding.is_met
    assert "BROKEN" in finding.words
    assert "5.0 s" in finding.words


def test_a_motor_that_is_dead_cannot_be_felt_but_its_fault_is_told() -> None:
    told = [_alert(5.0, Condition.MOTOR_FAULT)]
    assert check([Wish("motor_fault")], told, [])[0].is_met
