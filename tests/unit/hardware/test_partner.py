"""The partner's button as Linux gives it: events of remotes, and a link that falls."""

from __future__ import annotations

import errno
import fcntl
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backrun_pi.hardware.partner import EVIOCSCLOCKID, EvdevPartner
from tests.support.chips import HandClock

KEY, SYN, MSC = 1, 0, 4
VOLUME_UP, ENTER, SHIFT, F5, PAGE_DOWN = 115, 28, 42, 63, 109
DOWN, UP, REPEAT, DROPPED = 1, 0, 2, 3


@dataclass
class Event:
    """An input event as evdev gives it."""

    at_ms: int
    type: int
    code: int
    value: int

    @property
    def sec(self) -> int:
        return self.at_ms // 1000

    @property
    def usec(self) -> int:
        return self.at_ms % 1000 * 1000


@dataclass
class InputDevice:
    """An input device with events in waiting; `gone` when the link fell."""

    fd: int = 7
    waiting: list[Event] = field(default_factory=list)
    gone: bool = False
    grabbed: int = 0

    def grab(self) -> None:
        self.grabbed += 1

    def read(self) -> list[Event]:
        if self.gone:
            raise OSError(errno.ENODEV, "gone")
        if not self.waiting:
            raise BlockingIOError
        events, self.waiting = self.waiting, []
        return events

    def close(self) -> None:
        """Let it go."""


@dataclass
class Evdev:
    """Stands where the module evdev stands."""

    device: InputDevice = field(default_factory=InputDevice)

    def InputDevice(self, _path: str) -> InputDevice:  # noqa: N802 - evdev's own name
        return self.device


@dataclass
class Hand:
    """A partner with a remote, linked."""

    evdev: Evdev
    clock: HandClock
    partner: EvdevPartner

    def does(self, *events: tuple[int, int, int, int]) -> list[tuple[int, bool]]:
        self.evdev.device.waiting = [Event(*event) for event in events]
        self.clock.t_ns = 10_000_000_000
        edges, is_linked = self.partner.poll()
        assert is_linked
        return [(round(edge.t_ns / 1e6), edge.is_pressed) for edge in edges]


@pytest.fixture
def clocks() -> list[tuple[int, int, bytes]]:
    return []


@pytest.fixture
def hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clocks: list[tuple[int, int, bytes]]
) -> Hand:
    monkeypatch.setattr(fcntl, "ioctl", lambda *asked: clocks.append(asked))
    device = tmp_path / "event0"
    evdev, clock = Evdev(), HandClock()
    partner = EvdevPartner(device, clock, evdev)
    assert partner.poll() == ((), False)
    device.touch()
    assert partner.poll() == ((), True)
    return Hand(evdev, clock, partner)


def test_events_are_stamped_by_the_clock_of_all_samples_and_kept_from_the_console(
    hand: Hand, clocks: list[tuple[int, int, bytes]]
) -> None:
    assert clocks == [(7, EVIOCSCLOCKID, struct.pack("i", time.CLOCK_BOOTTIME))]
    assert hand.evdev.device.grabbed == 1


def test_a_shutter_button_that_clicks_between_two_looks_is_a_press(hand: Hand) -> None:
    assert hand.does(
        (9980, MSC, 4, 0xC00E9),
        (9980, KEY, VOLUME_UP, DOWN),
        (9980, SYN, 0, 0),
        (9992, MSC, 4, 0xC00E9),
        (9992, KEY, VOLUME_UP, UP),
        (9992, SYN, 0, 0),
    ) == [(9980, True), (9992, False)]


def test_a_double_click_between_two_looks_is_two_presses(hand: Hand) -> None:
    edges = hand.does(
        (9800, KEY, VOLUME_UP, DOWN),
        (9830, KEY, VOLUME_UP, UP),
        (9950, KEY, VOLUME_UP, DOWN),
        (9980, KEY, VOLUME_UP, UP),
    )
    assert edges == [(9800, True), (9830, False), (9950, True), (9980, False)]


def test_a_presenter_that_sends_a_chord_is_one_press(hand: Hand) -> None:
    assert hand.does(
        (9900, KEY, SHIFT, DOWN),
        (9900, KEY, F5, DOWN),
        (9960, KEY, F5, UP),
        (9960, KEY, SHIFT, UP),
    ) == [(9900, True), (9960, False)]


def test_a_key_that_repeats_while_it_is_held_is_one_long_press(hand: Hand) -> None:
    repeats = [(9300 + 33 * n, KEY, PAGE_DOWN, REPEAT) for n in range(10)]
    edges = hand.does((9000, KEY, PAGE_DOWN, DOWN), *repeats, (9700, KEY, PAGE_DOWN, UP))
    assert edges == [(9000, True), (9700, False)]


def test_a_remote_that_sends_two_keys_for_one_press_gives_both(hand: Hand) -> None:
    assert hand.does(
        (9900, KEY, ENTER, DOWN),
        (9904, KEY, ENTER, UP),
        (9908, KEY, VOLUME_UP, DOWN),
        (9912, KEY, VOLUME_UP, UP),
    ) == [(9900, True), (9904, False), (9908, True), (9912, False)]


def test_after_the_kernel_dropped_events_no_key_counts_as_down(hand: Hand) -> None:
    edges = hand.does((9900, KEY, ENTER, DOWN), (9950, SYN, DROPPED, 0))
    assert edges == [(9900, True), (9950, False)]


def test_a_kernel_that_keeps_its_clock_gives_the_time_of_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_asked: object) -> None:
        raise OSError(errno.ENOTTY, "no such clock")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    (tmp_path / "event0").touch()
    evdev, clock = Evdev(), HandClock()
    hand = Hand(evdev, clock, EvdevPartner(tmp_path / "event0", clock, evdev))
    assert hand.does((1, KEY, ENTER, DOWN), (2, KEY, ENTER, UP)) == [
        (10_000, True),
        (10_000, False),
    ]


def test_a_link_that_falls_is_said_at_the_next_look_and_comes_back(hand: Hand) -> None:
    assert hand.does((9900, KEY, ENTER, DOWN)) == [(9900, True)]
    hand.evdev.device.gone = True
    assert hand.partner.poll() == ((), False)
    hand.evdev.device.gone = False
    assert hand.partner.poll() == ((), True)
    assert hand.does((9950, KEY, ENTER, DOWN)) == [(9950, True)], "not still down"
    hand.partner.close()
    hand.partner.close()
