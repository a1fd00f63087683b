"""Settings of the review: what it keeps, hides, advises on, and for whom its pages are."""

from __future__ import annotations

import zlib
from typing import Annotated, Literal

import msgspec

Metres = Annotated[float, msgspec.Meta(ge=0.0, le=5000.0)]


class ReviewSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The review: exports, privacy, the drive."""

    is_trimmed: bool = True
    """Leave positions out of the exports near the start and the end, so that a shared file
    does not show where the wearer lives. The pages on the drive always show all."""
    trim_least_m: Metres = 200.0
    """[m] Shortest way without positions at each end; drawn again for each export, because a
    fixed radius can be computed from a few exports (the circle through the trimmed ends)."""
    trim_most_m: Metres = 500.0
    """[m] Longest way without positions at each end."""
    has_positions: bool = True
    """False leaves every position out of the exports."""
    bout_whole_p: Annotated[float, msgspec.Meta(ge=0.1, le=1.0)] = 0.9
    """[-] A bout counts as done from this share of its planned time."""
    look_imbalance: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3
    """[-] More looks to one side than to the other by this many are advised on."""
    language: Literal["en", "de"] = "en"
    """Of the pages: English or German. Reasons stay as the device recorded them."""
    speed_unit: Literal["km/h", "m/s", "min/km"] = "km/h"
    """Of the pages. min/km is a pace; charts then show km/h."""
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """IANA name of the zone whose clocks the pages show, as Europe/Berlin; empty for the zone
    of the session's position."""
    image_spare_bytes: Annotated[int, msgspec.Meta(ge=0)] = 4_000_000
    """[B] Free space on the drive image: hosts want to see some."""
    lun_path: str = "/sys/kernel/config/usb_gadget/backrun/functions/mass_storage.0/lun.0"
    """Folder of the USB gadget's logical unit, where `file` names the image."""

    def identity(self) -> str:
        """Return a short name that settings share which draw the same pages and exports."""
        drawing = msgspec.structs.replace(self, image_spare_bytes=0, lun_path="")
        return f"{zlib.crc32(msgspec.json.encode(drawing)):08x}"

    def __post_init__(self) -> None:
        """Refuse a trim that is longer at least than at most."""
        if self.trim_least_m > self.trim_most_m:
            raise ValueError(
                f"trim_least_m = {self.trim_least_m} is more than trim_most_m = "
                f"{self.trim_most_m}"
            )
