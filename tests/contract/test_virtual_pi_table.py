"""What the failure table says of the virtual Pi is what its proofs are held to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.device import test_virtual_pi
from tests.device.payload.limits import LIMITS

PAGE = Path(__file__).parents[2] / "docs" / "failure-table.md"
UNTOLD = {"starts": {"exposure"}}  # of the unit, not of what is felt


def rows() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8").split("## In the virtual Pi")[1]
    return dict(re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", text, re.MULTILINE))


def test_every_proof_has_a_row_and_every_row_a_proof() -> None:
    assert set(rows()) == {*test_virtual_pi.FAULTS, *test_virtual_pi.DRIVE}
    assert set(rows()) | set(test_virtual_pi.RECORD) == set(LIMITS)


@pytest.mark.parametrize("proof", sorted(rows()))
def test_a_row_says_the_limits_that_its_proof_is_held_to(proof: str) -> None:
    for measured, most in LIMITS[proof].items():
        if measured in UNTOLD.get(proof, ()):
            continue
        name = measured.removesuffix(" s")
        unit = " s" if measured.endswith(" s") else ""
        assert f"{name} {most:g}{unit}" in rows()[proof], measured


def test_a_limit_that_found_more_than_it_allows_is_not_in_the_table() -> None:
    for words in rows().values():
        for most, found in re.findall(r" ([\d.]+)(?: s)?: ([\d.]+)", words):
            assert float(found) <= float(most), words
