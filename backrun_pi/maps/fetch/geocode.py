"""Where a place of a name is: asked of a service with Nominatim's search."""

from __future__ import annotations

import json

import httpx

from backrun_pi.errors import MapError
from backrun_pi.maps.fetch.download import Pause, get_text

_MOST_BYTES = 1 << 20


def find_place(
    client: httpx.Client, service: str, name: str, pause: Pause
) -> tuple[float, float, str]:
    """Return latitude and longitude in degrees, and what the service calls the place.

    Raises:
        MapError: It knows no such place, or does not answer as Nominatim does.
    """
    url = httpx.URL(service, params={"q": name, "format": "jsonv2", "limit": "1"})
    text = get_text(client, str(url), _MOST_BYTES, pause)
    try:
        found = json.loads(text)
        if not found:
            raise MapError(f"{name}: {service} knows no such place; give it as 60.17,24.94")
        lat, lon = float(found[0]["lat"]), float(found[0]["lon"])
        shown = str(found[0].get("display_name", name))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, MapError):
            raise
        raise MapError(f"{service}: does not answer as Nominatim does: {error!r}") from error
    if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):
        raise MapError(f"{service}: {lat:g}, {lon:g} is not on the earth")
    return lat, lon, shown
