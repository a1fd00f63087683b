"""Takes positions out of what may be handed on: near the start and the end, or all of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from backrun_pi.review.event_model import AlertPin, HazardSeen
from backrun_pi.review.model import SessionReview, TrackPoint
from backrun_pi.review.settings import ReviewSettings


def for_export(
    review: SessionReview, settings: ReviewSettings, rng: random.Random
) -> SessionReview:
    """Return the review with the positions that an export may show.

    Times, speeds and distances stay, so that the totals of an export equal the log. The two
    lengths are drawn again for each export and kept nowhere: a fixed radius around a door can
    be computed from a few exports. A way too short for both ends shows no position at all.

    Args:
        review: With all positions.
        settings: Whether and how much to hide.
        rng: Where the two lengths are drawn from.
    """
    if not settings.has_positions:
        return _hidden(review, lambda _: True)
    if not settings.is_trimmed:
        return review
    total_m = review.facts.distance_m
    most_m = max(settings.trim_least_m, min(settings.trim_most_m, total_m / 3.0))
    from_m = rng.uniform(settings.trim_least_m, most_m)
    to_m = total_m - rng.uniform(settings.trim_least_m, most_m)
    shown = [p.t_s for p in review.track if from_m <= p.distance_m <= to_m]
    if not shown or from_m >= to_m:
        return _hidden(review, lambda _: True)
    return _hidden(review, lambda t_s: not shown[0] <= t_s <= shown[-1])


def _hidden(review: SessionReview, is_hidden: Callable[[float], bool]) -> SessionReview:
    def point(one: TrackPoint) -> TrackPoint:
        if not is_hidden(one.t_s):
            return one
        return replace(one, lat_deg=None, lon_deg=None, sigma_m=None, course_rad=None)

    def pin(one: AlertPin) -> AlertPin:
        return replace(one, lat_deg=None, lon_deg=None) if is_hidden(one.t_s) else one

    def hazard(one: HazardSeen) -> HazardSeen:
        # The id of a mapped obstacle is a place, too.
        if not (is_hidden(one.first_s) or is_hidden(one.last_s)):
            return one
        return replace(one, lat_deg=None, lon_deg=None, osm_id=None)

    return replace(
        review,
        track=tuple(map(point, review.track)),
        alerts=tuple(map(pin, review.alerts)),
        hazards=tuple(map(hazard, review.hazards)),
    )


def has_positions(review: SessionReview) -> bool:
    """Return whether any position is left."""
    return any(point.lat_deg is not None for point in review.track)
