"""Messages of the rear sensors: what they sent, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages.base import FastEnum


class RearPart(FastEnum):
    """Which rear sensor a sample is from."""

    LIDAR = "lidar"
    RADAR = "radar"


class Echo(FastEnum):
    """What came back to a rear sensor."""

    RANGE = "range"
    """Something, at a range."""
    NOTHING = "nothing"
    """Too little light or power: nothing near, black cloth, a clear sky."""
    SATURATED = "saturated"
    """Too much of it, or nearer than it measures: something right before the lens."""
    SUN = "sun"
    """It looks into the sun, and sees nothing else."""


@dataclass(frozen=True, slots=True)
class RearFrames:
    """What the rear sensors sent since they were last read, in their own words."""

    lidar: bytes
    """Four bytes of each frame, oldest first: range in cm and amplitude, little endian, as
    sent. The two header bytes, the temperature and the checked sum are left out."""
    radar: bytes
    """Each report as its number of targets and five bytes a target, oldest first, as sent."""


@dataclass(frozen=True, slots=True)
class RearSample:
    """One measurement of a rear sensor. What a sensor does not measure is None."""

    t_ns: int
    """[ns] When it was true."""
    source: RearPart
    """Which sensor."""
    echo: Echo
    """What came back; only RANGE has a range."""
    strength: float
    """[-] Of the echo, in the sensor's own scale."""
    bearing_rad: float
    """[rad] Off the sensor's axis, left positive; 0 for a sensor with one ray."""
    bearing_sigma_rad: float
    """[rad] 1 sigma, half the beam included."""
    range_m: float | None = None
    """[m] From the sensor."""
    range_sigma_m: float | None = None
    """[m] 1 sigma."""
    closing_mps: float | None = None
    """[m/s] Positive: the range falls, if the sensor's sign is as documented."""
    closing_sigma_mps: float | None = None
    """[m/s] 1 sigma."""
