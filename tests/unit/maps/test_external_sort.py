"""Sorting more pieces than fit into memory."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backrun_pi.maps import layout
from backrun_pi.maps.external_sort import Lines

PLACES = st.lists(
    st.tuples(st.integers(-(10**5), 10**5), st.integers(-(10**5), 10**5)),
    min_size=1,
    max_size=300,
)


def sorted_bytes(folder: Path, places: list[tuple[int, int]], share: int, block: int) -> bytes:
    lines = Lines(folder, f"{share}-{block}", layout.CAPSULE, share, block)
    points = np.array([(*place, *place) for place in places], np.int64)
    lines.put(points, {"feature": np.arange(len(points), dtype=np.uint32)})
    out = io.BytesIO()
    lines.sort()
    lines.write(out)
    lines.close()
    return out.getvalue()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PLACES, st.integers(1, 150), st.integers(1, 90))
def test_pieces_sorted_in_shares_are_the_same_bytes_as_sorted_at_once(
    tmp_path: Path, places: list[tuple[int, int]], share: int, block: int
) -> None:
    at_once = sorted_bytes(tmp_path, places, 10**6, 10**6)
    assert sorted_bytes(tmp_path, places, share, block) == at_once
