"""Settings of the GNSS receiver: epochs, plausibility, accuracy, time, set-up."""

from __future__ import annotations

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(gt=0.0, le=3600.0)]
Metres = Annotated[float, msgspec.Meta(gt=0.0, le=1000.0)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Baud = Annotated[int, msgspec.Meta(ge=4800, le=921600)]


class GnssSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GNSS: grouping, plausibility, accuracy, time, and what the receiver is set to."""

    # --- epochs ---
    gap_s: Seconds = 0.040
    """[s] Silence that ends an epoch (a byte lasts 1 ms at 9600 baud)."""
    pause_s: Seconds = 0.150
    """[s] Silence that ends an epoch whose usual last sentence has not come yet."""
    first_pause_s: Seconds = 0.300
    """[s] Silence that ends an epoch before anything was learned: 150 characters, the longest
    sentence, take 0.31 s at 4800 baud when it is handed on whole."""
    look_s: Seconds = 0.050
    """[s] Between two looks at the line: a tick of the loop."""
    learn_epochs: Count = 3
    """[-] Equal epochs after which the last sentence of the cycle is known."""

    # --- which fixes are accepted ---
    max_speed_mps: Annotated[float, msgspec.Meta(gt=1.0, le=100.0)] = 12.0
    """[m/s] Faster than any runner: the speed is dropped, the fix is kept."""
    course_speed_mps: Annotated[float, msgspec.Meta(ge=0.3, le=5.0)] = 1.0
    """[m/s] Course is given from here up; its error is about atan(0.1 m/s / speed)."""
    course_settle_s: Annotated[float, msgspec.Meta(ge=0.0, le=60.0)] = 2.0
    """[s] The speed must have been that high for this long."""
    course_frozen_epochs: Count = 5
    """[-] The very same course over this many moving epochs is a frozen one."""
    stuck_epochs: Count = 3
    """[-] More epochs than this with the same position, speed and course: stuck."""
    stuck_speed_mps: Annotated[float, msgspec.Meta(ge=0.0, le=5.0)] = 0.5
    """[m/s] Standing still repeats itself honestly; above this it does not."""
    near_s: Seconds = 10.0
    """[s] Epochs farther apart than this are not neighbours: nothing confirms them."""
    agree_m: Metres = 0.4
    """[m] Sentences of one epoch may differ by this: 4-decimal minutes round by 0.19 m."""
    lone_m: Metres = 0.3
    """[m] What one sentence alone says must lie this near to the way by Doppler, so that with
    the error of that way it is wrong by less than 0.5 m."""
    lone_least_m: Metres = 0.15
    """[m] The least this tolerance shrinks to, when positions scatter by themselves."""
    scatter_m: Metres = 0.4
    """[m] Median scatter of positions about the way by Doppler until it is measured: a
    receiver of the SiRF class at rest."""
    swerve_mps2: Annotated[float, msgspec.Meta(gt=0.0, le=20.0)] = 2.0
    """[m/s2] How fast a runner changes speed or course: what a receiver that tells no speed
    may leave its line by."""
    scatter_factor: Annotated[float, msgspec.Meta(ge=1.0, le=10.0)] = 3.0
    """[-] Positions stay within this many times their median scatter about the way by Doppler:
    all but 0.1 % of a Rayleigh distribution."""
    jump_m: Metres = 15.0
    """[m] Two sentences that agree on a place this far out of line wait for the next epoch:
    receivers jump by metres, and two sentences hit alike jump by anything."""
    clean_sentences: Count = 60
    """[-] So many sentences in a row without damage: what a receiver that sends one sentence
    an epoch says is taken as it is. Where one of 20 is damaged, 5 % of the rows are so long."""
    paired_share: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.15
    """[-] Two sentences that confirm each other are usual from this share of epochs up: then
    one alone is doubted. A line that loses a quarter of all sentences leaves 0.56."""
    paired_s: Seconds = 2.0
    """[s] Without an accepted position for this long, guidance ends: one sentence alone is
    then accepted as if the receiver never sent a second."""

    # --- accuracy ---
    uere_multi_m: Metres = 3.5
    """[m] 1 sigma range error of a multi-constellation receiver on a body. Module sheets give
    1.5-2.5 m CEP in the open; planned 3 m CEP50."""
    uere_single_m: Metres = 5.0
    """[m] The same for GPS alone (MT3339, SiRF class)."""
    dgps_gain: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.7
    """[-] Factor with SBAS corrections (GGA quality 2)."""
    rtk_fixed_m: Metres = 0.05
    """[m] Least sigma of GGA quality 4."""
    rtk_float_m: Metres = 0.5
    """[m] Least sigma of GGA quality 5."""
    least_sigma_m: Metres = 1.0
    """[m] No single-frequency receiver on a moving body is better than this."""

    # --- time ---
    build_date: str = "2024-01-01"
    """Earliest date accepted: software and receivers are newer. A receiver's date is moved
    past it by whole rollovers of 1024 weeks."""
    trust_after_s: Seconds = 10.0
    """[s] UTC is trusted after this long with a fix."""
    trust_spread_s: Seconds = 0.5
    """[s] Largest disagreement of the last UTC offsets."""
    trust_satellites: Count = 5
    """[-] Satellites needed for trust when the receiver does not say 3D."""
    trust_epochs: Count = 9
    """[-] UTC offset is the median of this many."""
    resume_epochs: Annotated[int, msgspec.Meta(ge=2, le=9)] = 3
    """[-] Consistent epochs after a late leap second."""
    leap_s: Seconds = 18.5
    """[s] Largest step of UTC taken for a late leap second table."""
    leap_window_s: Seconds = 750.0
    """[s] Leap seconds are sent every 12.5 min: the step may come this late."""

    # --- a receiver that works, but worse than it should ---
    bad_share: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.05
    """[-] More damaged sentences than this over the window below: wiring or supply."""
    bad_window_s: Seconds = 10.0
    """[s] Window of the share above."""
    missing_s: Seconds = 5.0
    """[s] Positions without speed, or while moving without course, for so long."""
    rate_share: Annotated[float, msgspec.Meta(ge=0.0, lt=1.0)] = 0.5
    """[-] Fixes come at less than this share of the wished rate: the set-up did not hold."""
    rate_window_s: Seconds = 10.0
    """[s] Over which the rate is counted."""

    # --- setting the receiver up ---
    baud: Baud = 115200
    """[baud] Speed of the line after set-up."""
    rate_hz: Annotated[int, msgspec.Meta(ge=1, le=10)] = 5
    """[Hz] Fixes per second. A receiver may accept 10 Hz and then make positions up."""
    glance_s: Annotated[float, msgspec.Meta(gt=0.05, le=5.0)] = 0.4
    """[s] Listening per speed at first: a receiver that answers questions does so within it."""
    settle_s: Annotated[float, msgspec.Meta(gt=0.01, le=2.0)] = 0.15
    """[s] For a command to leave the line and take effect."""
    restart_s: Annotated[float, msgspec.Meta(ge=0.5, le=10.0)] = 1.0
    """[s] For a receiver that restarts to send its first sentences."""
    hunt_s: Seconds = 1.2
    """[s] Listening per speed: at least one epoch at 1 Hz."""
    answer_s: Annotated[float, msgspec.Meta(gt=0.05, le=5.0)] = 1.0
    """[s] Wait for an acknowledgement."""
    tries: Annotated[int, msgspec.Meta(ge=1, le=5)] = 2
    """[-] Times a command is sent before it is given up."""
    measure_s: Seconds = 1.6
    """[s] The epoch rate is measured this long."""
    rate_tolerance: Annotated[float, msgspec.Meta(gt=0.0, le=0.5)] = 0.1
    """[-] Relative error of the measured rate that passes."""
    silence_s: Seconds = 3.0
    """[s] No readable sentence for this long: hunt again (the module lost its power)."""
    slow_share: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] = 0.6
    """[-] Epochs at less than this share of the measured rate: the settings are gone."""
    slow_restarts: Count = 3
    """[-] Times the set-up begins again for slowness in one session."""
