"""A place on the command line: `60.17 24.94`, `60.17, 24.94`, `60.17N 24.94E`."""

from __future__ import annotations

import argparse
import re
from typing import Any

from backrun_pi.errors import BadInput

_NUMBER = re.compile(r"^([-+]?\d+(?:\.\d+)?)°?([NSEWnsew])?$")


class PlaceParser(argparse.ArgumentParser):
    """Takes `-33.9,151.2` for a place and not for an option."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._negative_number_matcher = re.compile(r"^-\d[\d.,;°NSEWnsew]*$")


def place(words: list[str]) -> tuple[float, float]:
    """Return latitude and longitude in degrees.

    Raises:
        BadInput: They are not two numbers on the earth.
    """
    given = " ".join(words)
    numbers = [_NUMBER.match(word) for word in re.split(r"[\s,;]+", given.strip()) if word]
    lat_lon = [_signed(match) for match in numbers if match is not None]
    if len(lat_lon) != 2 or len(numbers) != 2:
        raise BadInput(f"{given}: give a latitude and a longitude in degrees, 60.17, 24.94")
    lat, lon = lat_lon
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
        raise BadInput(f"{given}: not a latitude and a longitude in degrees")
    return lat, lon


def _signed(match: re.Match[str]) -> float:
    value = float(match[1])
    return -value if (match[2] or "").upper() in {"S", "W"} else value
