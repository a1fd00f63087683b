"""A short training on the twin, with losses and without a map."""

SHORT = """
title = "a short training, with losses and without a map"
duration_s = 260
seed = 11

[runner]
follow = "coach"

[gnss]
is_configured = true
ttff_s = 2

[settings.coach]
repeats = 1
fix_wait_s = 20

[settings.files]
plan = "{plan}"

[[press]]
at_s = 12

[[fault]]
what = "imu_nak"
from_s = 150
until_s = 154

[[fault]]
what = "gnss_silent"
from_s = 170
until_s = 180

[[press]]
at_s = 240
kind = "long"
"""
