"""What a review keeps, hides and calls worth a word."""

from __future__ import annotations

from typing import Annotated

import msgspec

Metres = Annotated[float, msgspec.Meta(ge=0.0, le=5000.0)]


class ReviewSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The review: exports, privacy, the drive."""

    is_trimmed: bool = True
    """Leave positions out of the exports near the start and the end, so that a shared file
    does not show where the wearer lives. The pages on the drive always show all."""
    trim_least_m: Metres = 200.0
    """[m] Shortest way without positions at each end; drawn anew for each export, because a
    fixed radius can be computed from a few exports (the circle through the trimmed ends)."""
    trim_most_m: Metres = 500.0
    """[m] Longest way without positions at each end."""
    has_positions: bool = True
    """False leaves every position out of the exports."""
    lap_turn_s: Annotated[float, msgspec.Meta(ge=1.0, le=30.0)] = 3.0
    """[s] A change of direction that lasts longer than this begins a lap."""
    bout_whole_p: Annotated[float, msgspec.Meta(ge=0.1, le=1.0)] = 0.9
    """[-] A bout counts as done from this share of its planned time."""
    look_imbalance: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3
    """[-] More looks to one side than to the other by this many are worth a word."""
    image_spare_bytes: Annotated[int, msgspec.Meta(ge=0)] = 4_000_000
    """[B] Free space on the drive image: hosts want to see some."""
    lun_path: str = "/sys/kernel/config/usb_gadget/backrun/functions/mass_storage.0/lun.0"
    """Folder of the USB gadget's logical unit, where `file` names the image."""

    def __post_init__(self) -> None:
        """Refuse a trim that is longer at least than at most."""
        if self.trim_least_m > self.trim_most_m:
            raise ValueError(
                f"trim_least_m = {self.trim_least_m} is more than trim_most_m = "
                f"{self.trim_most_m}"
            )
