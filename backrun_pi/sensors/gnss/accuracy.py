"""How far off a position may be: GST if sent, else HDOP times the range error of the class."""

from __future__ import annotations

import math

from backrun_pi.sensors.gnss.epoch import Epoch
from backrun_pi.sensors.gnss.settings import GnssSettings


def sigma_m(epoch: Epoch, settings: GnssSettings) -> float | None:
    """Return the standard deviation of one horizontal axis.

    HDOP is the root of the sum of both axes over the range error, so one axis is
    HDOP x UERE / sqrt(2).

    Source: gpsd libgpsd_core.c uses 15 m (95 %) and 3.75 m with DGPS for every receiver; here
    the range error goes by receiver class.
    """
    if not epoch.is_fix:
        return None
    if epoch.quality == 4:
        least_m = settings.rtk_fixed_m
    elif epoch.quality == 5:
        least_m = settings.rtk_float_m
    else:
        least_m = settings.least_sigma_m
    if epoch.sigma_m is not None:
        return max(least_m, epoch.sigma_m)
    if epoch.quality in {4, 5}:
        return least_m
    if epoch.hdop is None:
        return None
    uere_m = settings.uere_multi_m if epoch.is_multi else settings.uere_single_m
    if epoch.quality == 2:
        uere_m *= settings.dgps_gain
    return max(least_m, epoch.hdop * uere_m / math.sqrt(2.0))
