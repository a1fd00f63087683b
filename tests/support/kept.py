"""A whole content of every kept file, as a few sessions leave it."""

from __future__ import annotations

import msgspec

from backrun_pi.app.kept_state import WEARER
from backrun_pi.coach.journal import JOURNAL, Journal, JournalEntry
from backrun_pi.coach.resume import RESUME, Saved
from backrun_pi.lookout.lookout import LOOKOUT_FILE
from backrun_pi.messages import Phase, SessionKind
from backrun_pi.motion.wearer_profile import OwnCue, WearerProfile
from backrun_pi.sensors.gnss.autoconfig import STATE_NAME
from backrun_pi.terrain.scouting.marks import Mark, Note, Unmark, Walked, encode
from backrun_pi.terrain.terrain import MARKS_FILE

BOOT = "84adf311-2812-591b-ac5c-b4b4f6fb6989"
UTC_S = 1_777_795_220.45


def _journal() -> bytes:
    journal = Journal(None, BOOT)
    entries = (
        JournalEntry("start", kind="training", week=1, repeats=5),
        JournalEntry("began", number=1),
        JournalEntry("bout", number=1, planned_s=60.0, backward_s=60.0),
        JournalEntry("ready", took_s=4.75),
        JournalEntry("bout", number=2, planned_s=60.0, backward_s=31.5, is_early=True),
        JournalEntry("end", repeats=2, took_s=816.9),
    )
    lines = b""
    for number, entry in enumerate(entries):
        lines += journal.append(
            entry,
            t_ns=(40 + 60 * number) * 10**9,
            utc_s=UTC_S + 60.0 * number,
            wall_s=UTC_S - 3.0,
            session="0001-84ad",
            because=("programme",),
        ).data
    return lines


def _resume() -> bytes:
    saved = Saved(
        id="0002-84ad",
        kind=SessionKind.TRAINING,
        phase=Phase.RECOVER,
        week=1,
        index=3,
        elapsed_s=21.4,
        bouts=1,
        is_partner=False,
        boot=BOOT,
        t_ns=400 * 10**9,
        utc_s=UTC_S + 400.0,
        wall_s=UTC_S + 397.0,
    )
    return msgspec.json.encode(saved) + b"\n"


def _wearer() -> bytes:
    profile = WearerProfile(step_factor=1.04, step_factor_back=0.93)
    profile.asymmetry[1] = OwnCue(12.5, -1.8, 0.7)
    profile.phase[2] = OwnCue(3.0, 0.81, 0.05)
    return msgspec.json.encode(profile)


def _marks() -> bytes:
    walked = [Walked(60.1773 + n * 4e-5, 24.9376, 0.3 + 0.01 * n) for n in range(6)]
    entries: list[Note] = [
        *walked,
        Mark("m40571575000", 60.17735, 24.93761, 2.4),
        Mark("m50571575000", 60.17741, 24.93762, 3.1),
        Unmark("m50571575000", 60_571_575_000),
    ]
    return b"".join(encode(entry) for entry in entries)


WHOLE: dict[str, bytes] = {
    JOURNAL: _journal(),
    RESUME: _resume(),
    WEARER: _wearer(),
    MARKS_FILE: _marks(),
    LOOKOUT_FILE: b"+\n",
    STATE_NAME: b'{"baud":115200}',
}
"""File -> content."""
