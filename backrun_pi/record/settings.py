"""How the record is written and how much of the card it may take."""

from __future__ import annotations

from typing import Annotated

import msgspec


class RecordSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record. The defaults lose less than 1 s in a power cut (benchmarks/record.py)."""

    line_s: Annotated[float, msgspec.Meta(ge=0.05, le=1.0)] = 0.25
    """[s] Span of one checksummed line; a spoilt byte costs one line."""
    sync_s: Annotated[float, msgspec.Meta(ge=0.1, le=2.0)] = 0.5
    """[s] Between two hand-overs to the card; a power cut costs one or two of them."""
    queue_messages: Annotated[int, msgspec.Meta(ge=200, le=200_000)] = 4000
    """[-] Messages that may wait for a stalled card, about 40 s."""
    stall_s: Annotated[float, msgspec.Meta(ge=0.5, le=10.0)] = 1.5
    """[s] Data waiting longer than this is a fault; 2 s of SR2 less the time to tell it."""
    retry_first_s: Annotated[float, msgspec.Meta(ge=0.1, le=60.0)] = 1.0
    """[s] Wait after the first refusal of the card; doubles from then on."""
    retry_max_s: Annotated[float, msgspec.Meta(ge=0.1, le=600.0)] = 30.0
    """[s] Longest wait between two tries."""
    rotate_bytes: Annotated[int, msgspec.Meta(ge=10_000, le=1_000_000_000)] = 8_000_000
    """[B] A new file is begun when the present one is this long."""
    rotate_s: Annotated[float, msgspec.Meta(ge=10.0, le=36_000.0)] = 300.0
    """[s] A new file is begun when the present one is this old."""
    keep_free_bytes: Annotated[int, msgspec.Meta(ge=0)] = 500_000_000
    """[B] Below this the raw logs of the oldest sessions give way; about 10 h of recording."""
