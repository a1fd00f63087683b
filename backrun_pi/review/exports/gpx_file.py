"""A session as a GPX track with cadence, and its alerts as waypoints."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement

from gpxpy.gpx import GPX, GPXTrack, GPXTrackPoint, GPXTrackSegment, GPXWaypoint

from backrun_pi.messages import Priority
from backrun_pi.review.exports.steady_track import LONGEST_HOLE_S
from backrun_pi.review.model import SessionReview, TrackPoint

EXTENSION = "http://www.garmin.com/xmlschemas/TrackPointExtension/v2"


def encode(review: SessionReview) -> bytes:
    """Return the GPX file; a session without positions has a track without points."""
    facts = review.facts
    start_utc_s = facts.start_utc_s if facts.start_utc_s is not None else facts.start_wall_s
    gpx = GPX()
    gpx.creator = f"backrun_pi {facts.software_version}"
    gpx.nsmap["gpxtpx"] = EXTENSION
    gpx.time = _time(start_utc_s, 0.0)
    track = GPXTrack(name=facts.session_id)
    is_running = any(lap.is_running for lap in review.laps)
    track.type = "running" if is_running else "walking"  # type: ignore[assignment]  # gpxpy declares it as None
    gpx.tracks.append(track)
    before_s: float | None = None
    for point in review.track:
        if point.lat_deg is None or point.lon_deg is None:
            continue
        if before_s is None or point.t_s - before_s > LONGEST_HOLE_S:
            track.segments.append(GPXTrackSegment())
        track.segments[-1].points.append(_point(point, start_utc_s))
        before_s = point.t_s
    for pin in review.alerts:
        if pin.lat_deg is None or pin.lon_deg is None:
            continue
        if pin.priority.value < Priority.CAUTION.value:
            continue
        gpx.waypoints.append(
            GPXWaypoint(
                latitude=round(pin.lat_deg, 7),
                longitude=round(pin.lon_deg, 7),
                time=_time(start_utc_s, pin.t_s),
                name=pin.title,
                description=_text("; ".join(pin.because)),
                type=pin.condition,
            )
        )
    text: str = gpx.to_xml(version="1.1", prettyprint=False)
    return text.encode()


def _text(value: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold."""
    return "".join(sign if sign.isprintable() else " " for sign in value)


def _time(start_utc_s: float | None, t_s: float) -> datetime | None:
    return None if start_utc_s is None else datetime.fromtimestamp(start_utc_s + t_s, UTC)


def _point(point: TrackPoint, start_utc_s: float | None) -> GPXTrackPoint:
    made = GPXTrackPoint(
        latitude=round(point.lat_deg or 0.0, 7),
        longitude=round(point.lon_deg or 0.0, 7),
        time=_time(start_utc_s, point.t_s),
    )
    extension = Element("gpxtpx:TrackPointExtension")
    if point.cadence_spm is not None:
        SubElement(extension, "gpxtpx:cad").text = str(round(point.cadence_spm / 2.0))
    if point.speed_mps is not None:
        SubElement(extension, "gpxtpx:speed").text = f"{point.speed_mps:.2f}"
    if len(extension):
        made.extensions.append(extension)
    return made
