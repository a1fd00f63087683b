"""The sigma of a fix is honest: the twin's errors are as large as the reader says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backrun_pi.geo import LocalFrame
from backrun_pi.sensors.gnss.reader import GnssReader
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sim.gnss_error import QUALITY_M, ErrorModel
from backrun_pi.sim.nmea_out import Epoch, gga, gst, rmc

HOME = LocalFrame(60.17, 24.94)
STEP_S = 180.0  # three memories of the slow error: nearly independent draws


@pytest.mark.parametrize("has_gst", [True, False])
@pytest.mark.parametrize("quality", ["open", "trees", "city"])
def test_sigma_is_honest_within_a_factor_of_one_and_a_half(quality: str, has_gst: bool) -> None:
    error_model = ErrorModel(quality, np.random.default_rng(3))
    reader = GnssReader(GnssSettings())
    squares, sigmas = [], []
    for k in range(400):
        t_s = STEP_S * k
        error = error_model.step(t_s, 1.0)
        lat_deg, lon_deg = HOME.to_deg(error.east_m, error.north_m)
        epoch = Epoch(
            utc_s=1_780_315_200 + t_s,
            has_fix=True,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            altitude_m=12.0,
            speed_mps=0.0,
            course_rad=0.0,
            hdop=error.hdop,
            sigma_m=error.sigma_m,
            satellites=error.satellites,
        )
        data = rmc(epoch) + gga(epoch) + (gst(epoch) if has_gst else b"")
        now_ns = round(t_s * 1e9)
        for fix in reader.feed(data, now_ns) + reader.poll(now_ns + 200_000_000):
            assert fix.sigma_m is not None
            assert fix.lat_deg is not None
            assert fix.lon_deg is not None
            east_m, north_m = HOME.to_m(fix.lat_deg, fix.lon_deg)
            squares += [east_m**2, north_m**2]
            sigmas.append(fix.sigma_m)
    assert len(sigmas) == 400
    spread_m = math.sqrt(sum(squares) / len(squares))
    assert spread_m == pytest.approx(QUALITY_M[quality], rel=0.15)
    assert 1.0 / 1.5 <= float(np.mean(sigmas)) / spread_m <= 1.5
