"""What is tagged and not understood is a doubt with its name; nothing is good without tags."""

from __future__ import annotations

import pytest

from backrun_pi.maps import tag_values
from backrun_pi.maps.tag_filter import WAY_KEYS, picked
from backrun_pi.maps.way_record import JUDGED_KEYS, Way
from backrun_pi.messages import Suitability
from backrun_pi.terrain.places.suitability import judge_way

EVEN = {"highway": "footway", "surface": "asphalt", "smoothness": "good"}


def judged(tags: dict[str, str]) -> tuple[Suitability, str]:
    way = Way("w1", "footway", "", 0, False, False, False, False, False, tags)
    verdict = judge_way(way)
    return verdict.verdict, "; ".join(verdict.because)


def test_even_ground_alone_is_good_and_without_smoothness_likely() -> None:
    assert judged(EVEN)[0] is Suitability.GOOD
    verdict, because = judged({"surface": "asphalt"})
    assert verdict is Suitability.LIKELY
    assert because == "surface asphalt; smoothness not tagged"
    assert judged({"smoothness": "good"})[0] is Suitability.UNKNOWN
    assert judged({})[0] is Suitability.UNKNOWN


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("surface", "asphalt;gravel"), ("surface", "dirt/sand"), ("smoothness", "good;bad")),
        *(("tracktype", "grade4"), ("sac_scale", "mountain_hiking"), ("incline", "12%")),
        *(("incline", "-7 °"), ("incline", "1:8"), ("width", "3'"), ("width", "3'6\"")),
        *(("width", "0.9 m"), ("width", "90 cm"), ("width", "1-2"), ("width", "2;1")),
        *(("trail_visibility", "bad"), ("mtb:scale", "2"), ("railway", "platform")),
        *(("public_transport", "platform"), ("hazard", "falling_rocks"), ("ford", "yes")),
        *(("man_made", "pier"), ("construction", "yes"), ("military", "range")),
    ],
)
def test_what_speaks_against_a_way_makes_it_bad(key: str, value: str) -> None:
    assert judged({**EVEN, key: value})[0] is Suitability.BAD


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("surface", "bricks"), ("smoothness", "robust"), ("tracktype", "grade3")),
        *(("incline", "up"), ("incline", "down"), ("incline", "5%"), ("width", "narrow")),
        *(("sac_scale", "hiking"), ("sac_scale", "T1"), ("access", "destination")),
        *(("access", "permit;customers"), ("access:conditional", "no @ (20:00-06:00)")),
        *(("bicycle", "yes"), ("horse", "designated"), ("mtb:scale", "0"), ("lcn", "yes")),
        *(("wheelchair", "no"), ("seasonal", "winter"), ("bridge", "boardwalk")),
        *(("tunnel", "building_passage"), ("obstacle", "vegetation"), ("footway", "alley")),
    ],
)
def test_what_is_doubtful_or_not_understood_is_named_and_never_good(
    key: str, value: str
) -> None:
    verdict, because = judged({**EVEN, key: value})
    assert verdict is Suitability.UNKNOWN
    assert key in because
    without = {tag: text for tag, text in EVEN.items() if tag != "smoothness"}
    assert judged({**without, key: value})[0] is Suitability.UNKNOWN, "nor likely"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("access", "yes"), ("foot", "designated"), ("bicycle", "no"), ("incline", "0%")),
        *(("width", "3"), ("width", "10 ft"), ("wheelchair", "yes"), ("lit", "no")),
        *(("tracktype", "grade1"), ("surface", "Asphalt"), ("incline", "2 %")),
    ],
)
def test_what_is_understood_and_fine_leaves_a_way_good(key: str, value: str) -> None:
    assert judged({**EVEN, key: value})[0] is Suitability.GOOD


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        *(("3", 3.0), ("2,5 m", 2.5), ("10 ft", 3.05), ("7'6\"", 2.29), ("36 in", 0.91)),
        *(("150 cm", 1.5), ("~2", 2.0), ("1.5-2.5 m", 1.5), ("3;2", 2.0), ("wide", None)),
        *(("", None), ("-2", None), ("0", None)),
    ],
)
def test_a_width_is_read_with_its_unit_or_not_at_all(text: str, metres: float | None) -> None:
    assert tag_values.width_m(text) == metres


def test_every_key_that_a_verdict_reads_is_kept_by_the_builder() -> None:
    text = "T" + ",".join(f"{key}=1" for key in JUDGED_KEYS)
    assert set(picked(text, WAY_KEYS)) == set(JUDGED_KEYS)
