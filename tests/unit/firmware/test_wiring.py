"""The wiring drawing says what the settings and the boot files say."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from backrun_pi.hardware.settings import BoardSettings

FOLDER = Path(__file__).parents[3] / "firmware/wiring"
SOURCE = (FOLDER / "wiring.yml").read_text()
DRAWING = html.unescape((FOLDER / "wiring.svg").read_text())
HEADER = {2: 3, 3: 5, 14: 8, 15: 10, 17: 11, 18: 12}
"""BCM number -> pin of the 40 pin header (Raspberry Pi documentation)."""


def pi_pins() -> dict[str, int]:
    labels = re.search(r"Pi:\n(?:.*\n)*?\s+pinlabels: \[(.*)\]\n\s+pins: \[(.*)\]", SOURCE)
    assert labels is not None
    names = [name.strip() for name in labels[1].split(",")]
    return dict(zip(names, map(int, labels[2].split(",")), strict=True))


def test_button_and_motor_are_on_the_pins_of_the_settings() -> None:
    settings = BoardSettings()
    assert f"GPIO{settings.button_pin} button" in pi_pins()
    assert f"GPIO{settings.motor_pin} motor" in pi_pins()


def test_every_gpio_is_on_its_pin_of_the_header() -> None:
    found = {
        int(number[1]): pin
        for name, pin in pi_pins().items()
        if (number := re.match(r"GPIO(\d+)", name)) is not None
    }
    assert found == HEADER


@pytest.mark.parametrize(("line", "crossed"), [("GPS", "8: 4"), ("IMU", "3: 4")])
def test_the_wires_of_a_part_end_where_they_should(line: str, crossed: str) -> None:
    joined = re.search(rf"Pi: \[(.*?)\]}}.*{{{line}: \[(.*?)\]}}", SOURCE)
    assert joined is not None
    pairs = dict(zip(joined[1].split(", "), joined[2].split(", "), strict=True))
    pin, end = crossed.split(": ")
    assert pairs[pin] == end


def test_the_drawing_was_made_from_this_source() -> None:
    for name in pi_pins():
        assert name in DRAWING
    for note in re.findall(r"notes: (.*)", SOURCE):
        assert note.split(";")[0].split(",")[0] in DRAWING
    for cable in re.findall(r"^ {2}(W_[A-Z]+):", SOURCE, re.MULTILINE):
        assert cable in DRAWING
