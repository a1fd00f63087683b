"""THE TABLE: proof -> what it measures -> the most that is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SR2_S = 2.0
"""[s] A lost ability is announced within this."""
DRIVE_S = 13.0
"""[s] The goal is 10; pruning before the build and the page templates cost a start each."""
SHORT_S = 0.3
"""[s] A record may have a hole of one line (0.25 s)."""

LIMITS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "starts": {"power to ready s": 20.0, "exposure": 1.5},
        "load": {"companion of a core": 0.25},
        "button_bounces": {"press_tick s": 0.3, "ready s": 3.0},
        "imu_nak": {"losses": 0.0},
        "imu_unplugged": {"imu_lost s": SR2_S, "imu_back s": 6.0},
        "imu_stalls": {"imu_lost s": SR2_S, "imu_back s": 6.0},
        "gps_cable": {"gnss_lost s": SR2_S, "gnss_back s": 12.0},
        "gps_other_baud": {"gnss_lost s": SR2_S, "gnss_back s": 12.0},
        "clock_steps": {"losses": 0.0, "hole in the record s": SHORT_S},
        "card_full": {"recorder_fault s": SR2_S, "hole in the record s": SHORT_S},
        "card_read_only": {"recorder_fault s": SR2_S, "hole in the record s": SHORT_S},
        "killed": {"motor off s": 2.0, "resumed s": 15.0},
        "hung": {"motor off s": 5.5, "resumed s": 15.0},
        "out_of_memory": {"motor off s": 2.0, "resumed s": 15.0},
        "button_stuck": {"power_off s": 6.0},
        "records_until_the_cut": {},
        "resumes": {"power to resumed s": 20.0},
        "host_plugged_in_during_a_session": {"losses": 0.0, "hole in the record s": SHORT_S},
        "drive_after_the_session": {"idle to drive s": DRIVE_S},
        "ejected_and_unplugged": {"plugged in to drive s": DRIVE_S},
        "session_while_plugged_in": {
            "ready s": 3.0,
            "losses": 0.0,
            "hole in the record s": SHORT_S,
            "idle to drive s": DRIVE_S,
        },
        "unplugged_during_the_export": {"plugged in to drive s": DRIVE_S},
    }
)
"""In seconds of the virtual Pi. A proof may measure more than is limited."""
