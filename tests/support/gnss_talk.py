"""What a well-behaved receiver sends; the tests bend it."""

from __future__ import annotations

from backrun_pi.sensors.gnss.nmea_framing import sentence

START_DAY = "010626"
TICK_NS = 10_000_000


def clock_text(tod_s: float) -> str:
    """Return hhmmss.ss."""
    centis = round(tod_s * 100)
    seconds, centis = divmod(centis, 100)
    return f"{seconds // 3600 % 24:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}.{centis:02d}"


def place_text(lat_deg: float, lon_deg: float) -> str:
    """Return latitude and longitude with their letters."""
    lat, lon = abs(lat_deg), abs(lon_deg)
    lat_text = f"{int(lat):02d}{(lat % 1) * 60:08.5f},{'N' if lat_deg >= 0 else 'S'}"
    return f"{lat_text},{int(lon):03d}{(lon % 1) * 60:08.5f},{'E' if lon_deg >= 0 else 'W'}"


def rmc(
    tod_s: float = 43200.0,
    lat_deg: float = 60.17,
    lon_deg: float = 24.94,
    *,
    speed_mps: float | None = 2.0,
    course_deg: float | None = 90.0,
    status: str = "A",
    day: str = START_DAY,
    talker: str = "GN",
) -> bytes:
    """Return an RMC sentence."""
    knots = "" if speed_mps is None else f"{speed_mps * 3600 / 1852:.3f}"
    course = "" if course_deg is None else f"{course_deg:.2f}"
    body = (
        f"{talker}RMC,{clock_text(tod_s)},{status},{place_text(lat_deg, lon_deg)},"
        f"{knots},{course},{day},,,{'A' if status == 'A' else 'N'},V"
    )
    return sentence(body.encode())


def gga(
    tod_s: float = 43200.0,
    lat_deg: float = 60.17,
    lon_deg: float = 24.94,
    *,
    quality: int = 1,
    satellites: int = 9,
    hdop: str = "0.90",
    talker: str = "GN",
) -> bytes:
    """Return a GGA sentence."""
    body = (
        f"{talker}GGA,{clock_text(tod_s)},{place_text(lat_deg, lon_deg)},"
        f"{quality},{satellites:02d},{hdop},20.0,M,17.0,M,,"
    )
    return sentence(body.encode())


def gsa(dimension: int = 3, talker: str = "GN") -> bytes:
    """Return a GSA sentence."""
    return sentence(f"{talker}GSA,A,{dimension},01,02,03,04,,,,,,,,,1.5,0.9,1.2,1".encode())


def vtg(speed_mps: float, course_deg: float) -> bytes:
    """Return a VTG sentence."""
    knots, kmh = speed_mps * 3600 / 1852, speed_mps * 3.6
    return sentence(f"GNVTG,{course_deg:.2f},T,,M,{knots:.3f},N,{kmh:.3f},K,A".encode())


def gst(tod_s: float, north_m: float, east_m: float) -> bytes:
    """Return a GST sentence."""
    body = f"GNGST,{clock_text(tod_s)},5.0,,,,{north_m:.2f},{east_m:.2f},6.0"
    return sentence(body.encode())


def zda(tod_s: float, text: str = "01,06,2026") -> bytes:
    """Return a ZDA sentence."""
    return sentence(f"GNZDA,{clock_text(tod_s)},{text},00,00".encode())
