"""Whatever stands in settings, plan or scenario: every fault is named, and a start has both."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.app.installation import LAST_PLAN, LAST_SETTINGS, installation
from backrun_pi.app.resources import shipped
from backrun_pi.app.settings import load_settings
from backrun_pi.coach.plan import load_plan
from backrun_pi.errors import BackrunError, ConfigError
from backrun_pi.sim.scenario import load
from tests.support.fuzzing import fuzz, injured, refused

SETTINGS = shipped("backrun.toml").read_bytes()
PLAN = shipped("plans/default.toml").read_bytes()
SCENARIO = shipped("scenarios/steps.toml").read_bytes()
SECTIONS = SETTINGS.split(b"\n[")
OWN = b"""[coach]
stand_s = 6.0
[alerts]
merge_s = 3.0
[board]
gnss_port = "gpsd://localhost:2947"
button_pin = 17
motor_pin = 18
"""


@st.composite
def settings_files(draw: st.DrawFn) -> bytes:
    """Draw the shipped settings file, or one that a person wrote, injured."""
    table = b"[" + draw(st.sampled_from(SECTIONS))
    return draw(injured(draw(st.sampled_from((OWN, table, OWN + table)))))


@fuzz(150)
@given(content=settings_files())
def test_a_settings_file_of_any_bytes_is_in_force_or_its_faults_are_named(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("etc") / "own.toml"
    path.write_bytes(content)
    try:
        load_settings(path)
    except ConfigError as error:
        refused(error, "own.toml")
        for fault in error.faults:
            refused(ConfigError(fault), "own.toml")


@fuzz(60)
@given(content=injured(PLAN))
def test_a_plan_of_any_bytes_is_a_plan_or_its_faults_are_named(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("etc") / "plan.toml"
    path.write_bytes(content)
    try:
        plan = load_plan(path)
    except ConfigError as error:
        refused(error, "plan.toml")
    else:
        assert 1 <= len(plan.weeks) <= 52
        assert plan.week(1).steps


@fuzz(60)
@given(content=injured(SCENARIO))
def test_a_scenario_of_any_bytes_is_a_day_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("days") / "day.toml"
    path.write_bytes(content.replace(b"../maps/", f"{shipped('maps')}/".encode()))
    try:
        day = load(path)
    except BackrunError as error:
        refused(error, "")
    else:
        assert day.duration_s > 0.0


_NUMBERS = itertools.count()


@fuzz(40)
@given(data=st.data())
def test_a_start_has_settings_and_a_plan_whatever_their_files_and_what_was_kept_hold(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    # a name of one length: the files hold it, and what is drawn depends on their lengths
    root = tmp_path_factory.getbasetemp() / f"root{next(_NUMBERS):06}"
    root.mkdir()
    own, plan, card = root / "own.toml", root / "plan.toml", root / "card"
    files = f'[files]\nroot = "{card}"\nplan = "{plan}"\n'.encode()
    own.write_bytes(files + OWN)
    plan.write_bytes(PLAN)
    good = installation(own, card)
    assert good.errors == ()
    hurt: list[Path] = data.draw(
        st.lists(
            st.sampled_from([own, plan, card / LAST_SETTINGS, card / LAST_PLAN]),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    for path in hurt:
        if path == own:  # where the card lies stays: a test writes nowhere else
            path.write_bytes(files + data.draw(injured(OWN)))
        else:
            path.write_bytes(data.draw(injured(path.read_bytes())))
    found = installation(own, card)
    assert found.plan.weeks
    assert found.settings.files.root == str(card)
    assert {own, plan} & set(hurt) or found.errors == ()
    assert all("\n" not in line for line in found.errors)
