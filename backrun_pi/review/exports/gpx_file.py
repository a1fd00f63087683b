"""A session as a GPX track with cadence, and its alerts as waypoints.

Written with the standard library: gpxpy, which reads GPX in other rooms, costs the review 8 MB
and an import of `ssl`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from backrun_pi.messages import Priority
from backrun_pi.review.event_model import AlertPin
from backrun_pi.review.exports.steady_track import LONGEST_HOLE_S
from backrun_pi.review.model import SessionReview, TrackPoint

GPX = "http://www.topografix.com/GPX/1/1"
EXTENSION = "http://www.garmin.com/xmlschemas/TrackPointExtension/v2"


def encode(review: SessionReview) -> bytes:
    """Return the GPX file; a session without positions has a track without points."""
    facts = review.facts
    start_utc_s = facts.start_utc_s if facts.start_utc_s is not None else facts.start_wall_s
    root = Element("gpx", {"xmlns": GPX, "xmlns:gpxtpx": EXTENSION, "version": "1.1"})
    root.set("creator", f"backrun_pi {_text(facts.software_version)}")
    if start_utc_s is not None:
        _timed(SubElement(root, "metadata"), start_utc_s, 0.0)
    for pin in review.alerts:
        if pin.priority.value >= Priority.CAUTION.value:
            _waypoint(root, pin, start_utc_s)
    track = SubElement(root, "trk")
    SubElement(track, "name").text = facts.session_id
    is_running = any(lap.is_running for lap in review.laps)
    SubElement(track, "type").text = "running" if is_running else "walking"
    segment: Element | None = None
    before_s = 0.0
    for point in review.track:
        if point.lat_deg is None or point.lon_deg is None:
            continue
        if segment is None or point.t_s - before_s > LONGEST_HOLE_S:
            segment = SubElement(track, "trkseg")
        _track_point(segment, point, start_utc_s)
        before_s = point.t_s
    data: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return data


def _text(value: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold."""
    return "".join(sign if sign.isprintable() else " " for sign in value)


def _place(parent: Element, name: str, lat_deg: float, lon_deg: float) -> Element:
    return SubElement(parent, name, {"lat": f"{lat_deg:.7f}", "lon": f"{lon_deg:.7f}"})


def _timed(parent: Element, start_utc_s: float | None, t_s: float) -> None:
    if start_utc_s is None:
        return
    moment = datetime.fromtimestamp(start_utc_s + t_s, UTC)
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    SubElement(parent, "time").text = text.replace(".000Z", "Z")


def _waypoint(root: Element, pin: AlertPin, start_utc_s: float | None) -> None:
    if pin.lat_deg is None or pin.lon_deg is None:
        return
    waypoint = _place(root, "wpt", pin.lat_deg, pin.lon_deg)
    _timed(waypoint, start_utc_s, pin.t_s)
    SubElement(waypoint, "name").text = _text(pin.title)
    SubElement(waypoint, "desc").text = _text("; ".join(pin.because))
    SubElement(waypoint, "type").text = _text(pin.condition)


def _track_point(segment: Element, point: TrackPoint, start_utc_s: float | None) -> None:
    made = _place(segment, "trkpt", point.lat_deg or 0.0, point.lon_deg or 0.0)
    _timed(made, start_utc_s, point.t_s)
    if point.cadence_spm is None and point.speed_mps is None:
        return
    own = SubElement(SubElement(made, "extensions"), "gpxtpx:TrackPointExtension")
    if point.cadence_spm is not None:
        SubElement(own, "gpxtpx:cad").text = str(round(point.cadence_spm / 2.0))
    if point.speed_mps is not None:
        SubElement(own, "gpxtpx:speed").text = f"{point.speed_mps:.2f}"
