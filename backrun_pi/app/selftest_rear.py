"""Asks the rear sensors whether they work, see something, and are aimed right."""

from __future__ import annotations

import math
import statistics

from backrun_pi.app.settings import Settings
from backrun_pi.errors import HardwareError
from backrun_pi.hardware.ports import Board
from backrun_pi.messages import Echo, RearFrames, RearSample
from backrun_pi.sensors.imu.probe import find_imu
from backrun_pi.sensors.rear.lidar_line import LidarLine
from backrun_pi.sensors.rear.radar_line import RadarLine
from backrun_pi.sensors.rear.samples import SampleDecoder
from backrun_pi.units import NS_PER_S

_STEP_NS = NS_PER_S // 10
_LIDAR_NS = 6 * NS_PER_S  # every speed of the line is tried in 4 s
_RADAR_NS = 8 * NS_PER_S
_AIM_NS = NS_PER_S
_RIGHT_DEG = 0.5  # an aim is named when it is off by more


def rear_lidar(board: Board, settings: Settings) -> str:
    """Return what the range sensor sees and how it is aimed. Raises HardwareError."""
    line = LidarLine(board.rear_lidar, settings.rear.lidar_rate_hz)
    decoder = SampleDecoder(settings.rear)
    samples: list[RearSample] = []
    end_ns = board.clock.now_ns() + _LIDAR_NS
    while (now_ns := board.clock.now_ns()) < end_ns:
        words = line.read(now_ns)
        samples += decoder.samples(RearFrames(words, b""), now_ns)
        board.clock.sleep_until_ns(now_ns + _STEP_NS)
    name = f"{settings.rear.lidar} on {board.rear_lidar.name}"
    baud, degraded = line.baud, line.degraded_because
    line.close()
    if not samples:
        raise HardwareError(f"{name}: no range in {_LIDAR_NS // NS_PER_S} s at any speed")
    if degraded is not None:
        raise HardwareError(f"{name}: {degraded}; it does not hear us: check RX")
    seen = _seen(samples[-settings.rear.lidar_rate_hz :], settings.lookout.covered_m)
    return f"{name} at {baud} baud, {seen}; {_aim(board, settings)}"


def _seen(last: list[RearSample], covered_m: float) -> str:
    """Return what the last second of ranges shows. Raises HardwareError when it is blind."""
    ranges = [sample.range_m for sample in last if sample.range_m is not None]
    suns = sum(sample.echo is Echo.SUN for sample in last)
    if 2 * suns > len(last):
        raise HardwareError("it looks into the sun: turn round")
    near = sum(sample.echo is Echo.SATURATED for sample in last)
    near += sum(range_m < covered_m for range_m in ranges)
    if 2 * near > len(last):
        raise HardwareError("the lens is covered: wipe it, and keep jacket and hands off it")
    if not ranges:
        return "nothing in reach (hold a hand 1 m behind it to see a range)"
    return f"something at {statistics.median(ranges):.2f} m"


def _aim(board: Board, settings: Settings) -> str:
    """Return how the ray points while the device is worn upright. Raises HardwareError."""
    imu = find_imu(board.i2c, board.clock, settings.imu)
    x = y = z = 0.0
    end_ns = board.clock.now_ns() + _AIM_NS
    while (now_ns := board.clock.now_ns()) < end_ns:
        board.clock.sleep_until_ns(now_ns + _STEP_NS)
        batch = imu.drain()
        for row in () if batch is None else batch.accel_mps2.tolist():
            x, y, z = x + row[0], y + row[1], z + row[2]
    force = math.sqrt(x * x + y * y + z * z)
    if force == 0.0:
        raise HardwareError("the motion sensor gives no samples: the aim is not known")
    down, left = (
        math.radians(settings.rear.aim_down_deg),
        math.radians(settings.rear.aim_left_deg),
    )
    rise = (
        -math.cos(down) * math.cos(left) * x
        + math.cos(down) * math.sin(left) * y
        - math.sin(down) * z
    ) / force
    points_deg = -math.degrees(math.asin(max(-1.0, min(1.0, rise))))
    off_deg = settings.rear.aim_down_deg - points_deg
    text = f"the ray points {points_deg:.0f} deg down"
    lookout = settings.lookout
    wish = "lower" if off_deg > 0.0 else "higher"
    if not lookout.aim_least_deg <= points_deg <= lookout.aim_most_deg:
        raise HardwareError(f"{text}: aim it {abs(off_deg):.0f} deg {wish}")
    return (
        text if abs(off_deg) < _RIGHT_DEG else f"{text}: {abs(off_deg):.0f} deg {wish} is best"
    )


def rear_radar(board: Board, settings: Settings) -> str:
    """Return whether the radar lives and took its settings. Raises HardwareError."""
    line = RadarLine(board.rear_radar)
    decoder = SampleDecoder(settings.rear)
    is_alive, targets = False, 0
    end_ns = board.clock.now_ns() + _RADAR_NS
    while (now_ns := board.clock.now_ns()) < end_ns:
        read = line.read(now_ns)
        is_alive = is_alive or read.is_alive
        targets += len(list(decoder.samples(RearFrames(b"", read.reports), now_ns)))
        board.clock.sleep_until_ns(now_ns + _STEP_NS)
    name, baud, is_set_up = board.rear_radar.name, line.baud, line.is_set_up
    line.close()
    if not is_alive:
        raise HardwareError(f"{name}: nothing in {_RADAR_NS // NS_PER_S} s at any speed")
    if not is_set_up:
        raise HardwareError(f"{name} at {baud} baud: it takes no settings: check RX")
    return f"{settings.rear.radar} on {name} at {baud} baud, {targets} targets seen"
