"""The sentences of a receiver: NMEA 0183 text with checksums (IEC 61162-1)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, reduce
from operator import xor

_KNOT_MPS = 1852.0 / 3600.0
_COURSE_FLOOR_MPS = 0.1  # below, u-blox freezes the course and leaves the field empty


@dataclass(frozen=True, slots=True)
class Epoch:
    """What the receiver reports at one moment."""

    utc_s: float
    has_fix: bool
    lat_deg: float
    lon_deg: float
    altitude_m: float
    speed_mps: float
    course_rad: float
    hdop: float
    sigma_m: float
    """[m] Per axis, 1 sigma."""
    satellites: int


def sentence(body: str) -> bytes:
    """Wrap a body with `$`, checksum and line end."""
    check = reduce(xor, body.encode("ascii"), 0)
    return f"${body}*{check:02X}\r\n".encode("ascii")


def _hms(epoch: Epoch) -> str:
    hundredths = round(epoch.utc_s * 100.0) % 8_640_000
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60:02d}{minutes % 60:02d}{rest // 100:02d}.{rest % 100:02d}"


def _place(epoch: Epoch) -> str:
    if not epoch.has_fix:
        return ",,,"
    lat, lon = abs(epoch.lat_deg), abs(epoch.lon_deg)
    north = "N" if epoch.lat_deg >= 0 else "S"
    east = "E" if epoch.lon_deg >= 0 else "W"
    return f"{_minutes(lat, 2)},{north},{_minutes(lon, 3)},{east}"


def _minutes(angle_deg: float, digits: int) -> str:
    """Return ddmm.mmmmm; whole 1e-5 minutes first, so that 60.00000 never appears."""
    units = round(angle_deg * 60e5)
    degrees, rest = divmod(units, 60 * 10**5)
    return f"{degrees:0{digits}d}{rest // 10**5:02d}.{rest % 10**5:05d}"


def _course(epoch: Epoch) -> str:
    if not epoch.has_fix or epoch.speed_mps < _COURSE_FLOOR_MPS:
        return ""
    return f"{math.degrees(epoch.course_rad) % 360.0:.2f}"


@lru_cache(maxsize=4)
def _ddmmyy(day: float) -> str:
    return f"{datetime.fromtimestamp(day * 86400.0, UTC):%d%m%y}"


def rmc(epoch: Epoch) -> bytes:
    """Return RMC: time, validity, place, speed, course, date."""
    date = _ddmmyy(round(epoch.utc_s, 2) // 86400.0)
    speed = f"{epoch.speed_mps / _KNOT_MPS:.3f}" if epoch.has_fix else ""
    status, mode = ("A", "A") if epoch.has_fix else ("V", "N")
    return sentence(
        f"GNRMC,{_hms(epoch)},{status},{_place(epoch)},{speed},{_course(epoch)},{date},,,{mode},V"
    )


def gga(epoch: Epoch) -> bytes:
    """Return GGA: place, quality, satellites, HDOP, altitude."""
    if epoch.has_fix:
        tail = f"1,{epoch.satellites:02d},{epoch.hdop:.2f},{epoch.altitude_m:.1f},M,17.9,M,,"
    else:
        tail = "0,00,99.99,,M,,M,,"
    return sentence(f"GNGGA,{_hms(epoch)},{_place(epoch)},{tail}")


def gsa(epoch: Epoch) -> bytes:
    """Return GSA: mode and dilution."""
    if not epoch.has_fix:
        return sentence("GNGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99,1")
    used = [f"{3 * k + 2:02d}" for k in range(min(12, epoch.satellites))]
    slots = ",".join(used + [""] * (12 - len(used)))
    dops = f"{epoch.hdop * 1.8:.2f},{epoch.hdop:.2f},{epoch.hdop * 1.5:.2f}"
    return sentence(f"GNGSA,A,3,{slots},{dops},1")


def vtg(epoch: Epoch) -> bytes:
    """Return VTG: course and speed."""
    if not epoch.has_fix:
        return sentence("GNVTG,,T,,M,,N,,K,N")
    knots, kmh = epoch.speed_mps / _KNOT_MPS, epoch.speed_mps * 3.6
    return sentence(f"GNVTG,{_course(epoch)},T,,M,{knots:.3f},N,{kmh:.3f},K,A")


def gst(epoch: Epoch) -> bytes:
    """Return GST: the receiver's own opinion of its error."""
    if not epoch.has_fix:
        return sentence(f"GNGST,{_hms(epoch)},,,,,,,")
    s = epoch.sigma_m
    return sentence(f"GNGST,{_hms(epoch)},{s * 4:.1f},,,,{s:.2f},{s:.2f},{s * 1.6:.2f}")


def gll(epoch: Epoch) -> bytes:
    """Return GLL: place and time."""
    status, mode = ("A", "A") if epoch.has_fix else ("V", "N")
    return sentence(f"GNGLL,{_place(epoch)},{_hms(epoch)},{status},{mode}")


def gsv(epoch: Epoch) -> bytes:
    """Return GSV: the satellites in view, three sentences."""
    seen = epoch.satellites + 2
    lines = []
    for number in (1, 2, 3):
        slots = "".join(
            f",{4 * number + k:02d},{20 + 7 * k:02d},{90 * k:03d},31" for k in range(4)
        )
        lines.append(sentence(f"GPGSV,3,{number},{seen:02d}{slots},1"))
    return b"".join(lines)


SENTENCES: dict[str, Callable[[Epoch], bytes]] = {
    "RMC": rmc,
    "VTG": vtg,
    "GGA": gga,
    "GSA": gsa,
    "GSV": gsv,
    "GLL": gll,
    "GST": gst,
}
"""In the order a u-blox receiver sends them within one epoch."""
