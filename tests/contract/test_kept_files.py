"""What is kept across restarts lies below `state/`, where a device's state folder is."""

from __future__ import annotations

from backrun_pi.app.pipeline import KEPT
from backrun_pi.sensors.gnss.autoconfig import STATE_NAME


def test_every_kept_file_lies_below_the_state_folder() -> None:
    names = (*KEPT, STATE_NAME)
    assert len(set(names)) == 6
    assert [name for name in names if not name.startswith("state/")] == []
