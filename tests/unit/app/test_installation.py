"""Settings or a plan that cannot be used stop no start: others stand in, announced."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.app.installation import LAST_PLAN, LAST_SETTINGS, installation
from backrun_pi.app.loading import NO_MAP, plan_in_force
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings, with_tables
from backrun_pi.messages import Alert, Condition
from tests.support.twin import board


def put(folder: Path, text: str, *, plan: str = "") -> Path:
    file = folder / "backrun.toml"
    file.write_text(f'[files]\nroot = "{folder}"\nplan = "{plan}"\n{text}', encoding="utf-8")
    return file


def test_good_settings_are_in_force_and_kept(tmp_path: Path) -> None:
    found = installation(put(tmp_path, "[coach]\nstand_s = 7.0\n"))
    assert found.errors == ()
    assert found.settings.coach.stand_s == 7.0
    assert (tmp_path / LAST_SETTINGS).exists()
    assert (tmp_path / LAST_PLAN).exists()


@pytest.mark.parametrize(
    "text",
    [
        "[coach]\nstand_s = 500\n",
        "[coach]\nstand_z = 5\n",
        "[alerts]\nmerge_s = 60.0\n",
        "[motor]\non_max_s = 0.001\n",
        "[board]\ngnss_port = 'gpsd://host:99999'\n",
    ],
)
def test_the_last_good_settings_stand_in_for_a_file_that_cannot_be_used(
    text: str, tmp_path: Path
) -> None:
    installation(put(tmp_path, "[coach]\nstand_s = 7.0\n"))
    found = installation(put(tmp_path, text))
    assert found.settings.coach.stand_s == 7.0
    assert len(found.errors) == 1
    assert "backrun.toml" in found.errors[0]
    assert "in force" in found.errors[0]


def test_defaults_stand_in_where_nothing_was_kept(tmp_path: Path) -> None:
    found = installation(put(tmp_path, "[coach]\nstand_s = 500\n"))
    root = {"files": {"root": str(tmp_path)}}
    assert found.settings == with_tables(Settings(), root, "test")
    assert "the defaults are in force" in found.errors[0]


def test_a_torn_file_still_leads_to_the_last_good_settings(tmp_path: Path) -> None:
    file = put(tmp_path, "[coach]\nstand_s = 7.0\n")
    installation(file)
    file.write_bytes(file.read_bytes() + bytes(512))
    found = installation(file, tmp_path / "elsewhere")
    assert found.settings.coach.stand_s == 7.0
    assert "the last good settings are in force" in found.errors[0]
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_says_no_root_uses_the_card_of_the_installation(tmp_path: Path) -> None:
    file = tmp_path / "backrun.toml"
    file.write_bytes(bytes(512))
    found = installation(file, tmp_path / "card")
    assert found.settings.files.root == str(tmp_path / "card")
    assert len(found.errors) == 1


def test_the_last_plan_stands_in_for_one_that_is_torn(tmp_path: Path) -> None:
    own = tmp_path / "plan.toml"
    text = Path("config/plans/default.toml").read_text(encoding="utf-8")
    own.write_text(text.replace("sessions_per_week = 2", "sessions_per_week = 1"), "utf-8")
    good = installation(put(tmp_path, "", plan=str(own)))
    assert good.errors == ()
    own.write_text(text[:200], encoding="utf-8")
    found = installation(put(tmp_path, "", plan=str(own)))
    assert found.plan == good.plan
    assert "plan.toml" in found.errors[0]
    own.unlink()
    (tmp_path / LAST_PLAN).write_bytes(b"torn")
    found = installation(put(tmp_path, "", plan=str(own)))
    assert found.plan == plan_in_force(Settings())
    assert "comes with the program" in found.errors[0]


def test_settings_that_cannot_be_used_are_refused_with_their_own_number(
    tmp_path: Path,
) -> None:
    twin = board(
        tmp_path,
        "duration_s = 40\n[gnss]\nis_configured = true\nttff_s = 1\n"
        "[[press]]\nat_s = 10\n[[press]]\nat_s = 22\n",
    )
    announced: list[Alert] = []

    def follow(inputs: Inputs, outputs: Outputs) -> None:
        if outputs.alert is not None:
            announced.append(outputs.alert)

    chosen = Settings()
    text = "backrun.toml: not TOML; the defaults are in force"
    Companion(twin, chosen, NO_MAP, plan_in_force(chosen), follow, set_up_errors=(text,)).run(
        twin.is_over
    )
    reported = [(alert.condition, alert.count) for alert in announced]
    assert (Condition.REFUSED, 7) in reported
    assert Condition.READY in [condition for condition, _ in reported]
    assert any(text in status for _, status in twin.notifications)
