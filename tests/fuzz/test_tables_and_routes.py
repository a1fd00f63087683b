"""Whatever a GPX file or a table of a recording holds: it is read, or refused in one line."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from backrun_pi.cli.motion import read_fixes, read_imu, read_phases
from backrun_pi.cli.warn_track import read_presses, read_track
from backrun_pi.errors import RouteError
from backrun_pi.terrain.places.gpx_route import read_gpx
from backrun_pi.terrain.scouting.marks import is_line
from backrun_pi.terrain.settings import TerrainSettings
from tests.support.fuzzing import fuzz, injured, refused

GPX = b"""<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="50.0" lon="8.0"><name>bench</name></wpt>
<rte><rtept lat="50.0" lon="8.0"/><rtept lat="50.001" lon="8.0"/></rte>
<trk><trkseg>
<trkpt lat="50.0000" lon="8.0000"><ele>4</ele><time>2026-05-01T10:00:00Z</time></trkpt>
<trkpt lat="50.0004" lon="8.0001"><ele>4</ele></trkpt>
<trkpt lat="50.0009" lon="8.0002"/>
</trkseg></trk></gpx>
"""
TRACK = b"""t_s,lat_deg,lon_deg,speed_mps,course_deg,sigma_m,direction
0.0,50.0,8.0,1.2,0.0,2.0,backward
0.2,50.00001,8.0,1.2,,2.0,backward
0.4,50.00002,8.0,1.2,2.0,,forward
"""
PRESSES = b"t_s,lat_deg,lon_deg\n1.0,50.0,8.0\n5.0,50.001,8.0\n2.0,50.0,8.0\n"
IMU = b"t_s,ax_mps2,ay_mps2,az_mps2,gx_rps,gy_rps,gz_rps\n" + b"".join(
    b"%.2f,0.1,0.2,9.8,0.0,-0.1,1e-3\n" % (n * 0.01) for n in range(20)
)
FIXES = b"""t_s,lat_deg,lon_deg,speed_mps,course_deg,sigma_m
0.0,50.0,8.0,1.2,0.0,2.0
0.2,50.00001,8.0,,,2.0
"""
PHASES = b"t_s,phase\n0.0,warm_up\n60.0,backward\n120,recover\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "given.file"


@fuzz(150)
@given(content=injured(GPX))
def test_a_gpx_file_of_any_bytes_gives_places_on_the_earth_or_is_refused(
    path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    try:
        route = read_gpx(path)
    except RouteError as error:
        refused(error, "given.file")
        return
    for segment in route.segments:
        assert len(segment.places) > 1
        assert all(abs(lat) <= 90.0 and abs(lon) <= 180.0 for lat, lon in segment.places)


@fuzz(100)
@given(content=injured(TRACK))
def test_a_track_of_any_bytes_gives_states_or_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        for state in read_track(path):
            assert state.lat_deg is None or abs(state.lat_deg) <= 90.0
            assert state.lon_deg is None or abs(state.lon_deg) <= 180.0
            assert state.speed_mps is None or math.isfinite(state.speed_mps)
    except RouteError as error:
        refused(error, "given.file")


@fuzz(100)
@given(content=injured(PRESSES))
def test_presses_of_any_bytes_are_marks_or_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        lines = read_presses([path], TerrainSettings())
    except RouteError as error:
        refused(error, "given.file")
    else:
        assert all(is_line(line) for line in lines.splitlines())


@fuzz(100)
@given(content=injured(IMU))
def test_samples_of_any_bytes_are_finite_and_in_order_or_refused(
    path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    try:
        batch = read_imu(path)
    except RouteError as error:
        refused(error, "given.file")
        return
    assert np.all(np.diff(batch.t_ns) > 0)
    assert np.isfinite(batch.accel_mps2).all()
    assert np.isfinite(batch.gyro_rps).all()


@fuzz(100)
@given(content=injured(FIXES))
def test_fixes_of_any_bytes_are_on_the_earth_or_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        fixes = read_fixes(path)
    except RouteError as error:
        refused(error, "given.file")
        return
    for fix in fixes:
        assert fix.lat_deg is None or abs(fix.lat_deg) <= 90.0
        assert fix.lon_deg is None or abs(fix.lon_deg) <= 180.0
        assert fix.speed_mps is None or fix.speed_mps >= 0.0


@fuzz(60)
@given(content=injured(PHASES))
def test_phases_of_any_bytes_are_times_or_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        phases = read_phases(path)
    except RouteError as error:
        refused(error, "given.file")
    else:
        assert all(isinstance(t_ns, int) for t_ns, _ in phases)
