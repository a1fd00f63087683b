"""Logs of receivers and lines that misbehave: what they say right is kept, the rest is not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from backrun_pi.geo import distance_m
from backrun_pi.sensors.gnss.commands import ubx
from backrun_pi.sensors.gnss.epoch import Epoch
from backrun_pi.sensors.gnss.nmea_framing import sentence
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.gnss.stream import EpochStream
from tests.support.gnss_talk import gga, gsa, gst, rmc, vtg, zda

NOON = 43200.0
EPOCHS = 60
STEP_DEG = 0.4 / 55_424.0  # 2 m/s for 0.2 s to the east, at 60 degrees north
RTCM = b"\xd3\x00\x13>\xd7\xd3\x02\x02\x98\x0e\xde\xef4\xb4\xbdb\xac\tA\x98o33$GP"


def cycle(k: int) -> list[bytes]:
    """Return one epoch of a runner going east at 2 m/s, 5 Hz."""
    tod_s, lon_deg = NOON + k / 5, 24.94 + k * STEP_DEG
    return [
        rmc(tod_s, lon_deg=lon_deg),
        vtg(2.0, 90.0),
        gga(tod_s, lon_deg=lon_deg),
        gsa(),
        gst(tod_s, 1.5, 1.5),
    ]


LINES = [line for k in range(EPOCHS) for line in cycle(k)]


def decoded(data: bytes) -> tuple[list[Epoch], EpochStream]:
    stream = EpochStream(GnssSettings(), is_live=False)
    return [*stream.feed(data, 0), *stream.end()], stream


EXPECTED = decoded(b"".join(LINES))[0]


def chance() -> random.Random:
    return random.Random(11)  # noqa: S311 (seeded damage)


def high_bytes_between(lines: list[bytes]) -> bytes:
    dice = chance()
    return b"".join(bytes(128 + dice.randrange(128) for _ in range(7)) + line for line in lines)


def binary_between(lines: list[bytes]) -> bytes:
    frames = (ubx(0x01, 0x07, bytes(range(20, 112))), RTCM, ubx(0x02, 0x15, b"$GNRMC,1"))
    return b"".join(line + frames[k % 3] for k, line in enumerate(lines))


def binary_that_lies_about_its_length(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\xb5\x62\x01\x07\xff\xff" for line in lines)


def unknown_between(lines: list[bytes]) -> bytes:
    strange = (b"PMTK010,001", b"PUBX,00,1", b"GNTHS,77.5,A", b"GPGLC,1,2", b"HEHDT,1.0,T")
    return b"".join(line + sentence(strange[k % 5]) for k, line in enumerate(lines))


WHOLE: dict[str, Callable[[list[bytes]], bytes]] = {
    "high bytes between the lines": high_bytes_between,
    "UBX and RTCM between the lines": binary_between,
    "binary with a false length": binary_that_lies_about_its_length,
    "unknown and proprietary sentences": unknown_between,
    "line feeds only": lambda lines: b"".join(lines).replace(b"\r\n", b"\n"),
    "carriage returns only": lambda lines: b"".join(lines).replace(b"\r\n", b"\r"),
    "no line ends at all": lambda lines: b"".join(lines).replace(b"\r\n", b""),
    "NUL padding": lambda lines: b"".join(lines).replace(b"\r\n", b"\r\n\0\0\0"),
    "every line twice": lambda lines: b"".join(2 * line for line in lines),
    "garbage at the start": lambda lines: chance().randbytes(700) + b"".join(lines),
    "torn first line": lambda lines: lines[0][30:] + b"".join(lines),
    "torn last line": lambda lines: b"".join(lines) + lines[0][:30],
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_lies_between_the_sentences_changes_nothing(name: str) -> None:
    assert [replace(epoch, lines=3) for epoch in decoded(WHOLE[name](LINES))[0]] == EXPECTED


def test_a_sentence_without_a_right_checksum_is_never_used_and_counted() -> None:
    torn = [line[:-5] + b"\r\n" for line in cycle(30)]
    wrong = [line.replace(b"6010", b"6019") for line in cycle(31)]
    epochs, stream = decoded(b"".join(LINES + torn + wrong))
    assert epochs == EXPECTED
    assert stream.quality.resyncs == 5
    assert stream.quality.bad_checksum == 2


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"6010.20000,N", b"36000.0000,N"),
        (b"6010.20000,N", b"6060.20000,N"),
        (b"6010.20000,N", b"9110.20000,N"),
        (b"6010.20000,N", b"6010.20000,"),
        (b"6010.20000,N", b","),
        (b"6010.20000,N", b"0000.00000,N"),
        (b"120000.00", b"240000.00"),
        (b"120000.00", b"126000.00"),
        (b"120000.00", b"120061.00"),
        (b"120000.00", b""),
    ],
)
def test_a_field_out_of_range_makes_no_position(right: bytes, wrong: bytes) -> None:
    bent = [
        sentence(line[1:-5].replace(right, wrong).replace(b"02456.40000", b"00000.00000"))
        for line in (rmc(), gga())
    ]
    assert not any(epoch.is_fix for epoch in decoded(b"".join(bent))[0])


def test_one_gga_per_constellation_is_one_epoch_with_the_largest_count() -> None:
    lines = []
    for k in range(5):
        lines += [gga(NOON + k, talker="GP", satellites=7), gga(NOON + k, talker="GA")]
        lines += [gga(NOON + k, talker="GL", satellites=1), rmc(NOON + k, speed_mps=0.0)]
    epochs, _ = decoded(b"".join(lines))
    assert [epoch.satellites for epoch in epochs] == [9] * 5


def test_a_stream_that_begins_in_the_middle_of_an_epoch_begins_with_the_next() -> None:
    epochs, _ = decoded(b"".join(LINES[3:]))
    assert [epoch for epoch in epochs if epoch.is_fix] == EXPECTED[1:]


def test_a_date_of_the_last_rollover_is_given_as_it_came() -> None:
    # 1024 weeks before the first of June 2026; what is made of it is UtcMap's matter.
    lines = [part for k in range(3) for part in (rmc(NOON + k, day="161006"), gga(NOON + k))]
    epochs, _ = decoded(b"".join(lines))
    assert (EXPECTED[0].day or 0) - (epochs[0].day or 0) == 7 * 1024


def test_an_impossible_date_is_no_date() -> None:
    lines = [rmc(NOON, day="320626"), gga(NOON), zda(NOON, "00,00,0000")]
    assert decoded(b"".join(lines))[0][0].day is None


def flipped(lines: list[bytes], dice: random.Random) -> list[bytes]:
    """Hit two bits of one column in every twelfth sentence: no checksum sees that."""
    for at in range(len(lines)):
        if dice.random() < 1 / 12:
            line = bytearray(lines[at])
            bit = 1 << dice.randrange(7)
            for place in dice.sample(range(7, len(line) - 5), 2):
                line[place] ^= bit
            lines[at] = bytes(line)
    return lines


def dropped(lines: list[bytes], dice: random.Random) -> list[bytes]:
    """Lose up to sixteen bytes of every twelfth sentence."""
    for at in range(len(lines)):
        if dice.random() < 1 / 12:
            start = dice.randrange(len(lines[at]))
            lines[at] = lines[at][:start] + lines[at][start + dice.randint(1, 16) :]
    return lines


def overrun(lines: list[bytes], dice: random.Random) -> list[bytes]:
    """Lose 20 to 250 bytes every few thousand."""
    data, at = b"".join(lines), 0
    kept = []
    while at < len(data):
        end = at + dice.randint(1500, 4000)
        kept.append(data[at:end])
        at = end + dice.randint(20, 250)
    return kept


def swapped(lines: list[bytes], dice: random.Random) -> list[bytes]:
    """Swap every twelfth sentence with one nearby, also across epochs."""
    for at in range(len(lines) - 6):
        if dice.random() < 1 / 12:
            other = at + dice.randint(1, 6)
            lines[at], lines[other] = lines[other], lines[at]
    return lines


KINDS: dict[str, Callable[[int], list[bytes]]] = {
    "all sentences": cycle,
    "RMC and GGA": lambda k: [cycle(k)[0], cycle(k)[2]],
    "RMC alone": lambda k: cycle(k)[:1],
    "GGA alone": lambda k: cycle(k)[2:3],
    "GGA and VTG": lambda k: cycle(k)[1:3],
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", [flipped, dropped, overrun, swapped])
def test_a_damaged_line_costs_epochs_but_tells_no_wrong_position(
    kind: str, damage: Callable[[list[bytes], random.Random], list[bytes]]
) -> None:
    dice, reported, asked = chance(), 0, 0
    clean = [line for k in range(EPOCHS) for line in KINDS[kind](k)]
    for _ in range(40):
        epochs, _ = decoded(b"".join(damage(list(clean), dice)))
        for epoch in epochs:
            if not epoch.is_fix:
                continue
            assert epoch.tod_ms is not None
            k, rest = divmod(epoch.tod_ms - 43_200_000, 200)
            assert rest == 0
            assert distance_m(*epoch.places[0], 60.17, 24.94 + k * STEP_DEG) <= 0.5
            reported += 1
        asked += EPOCHS
    assert reported > 0.75 * asked


def test_a_receiver_whose_course_is_wrong_is_followed_by_its_positions() -> None:
    lines = []
    for k in range(120):
        tod_s, lon_deg = NOON + k / 5, 24.94 + k * STEP_DEG
        lines.append(rmc(tod_s, lon_deg=lon_deg, course_deg=270.0))
        if k % 5:  # every fifth GGA is lost
            lines.append(gga(tod_s, lon_deg=lon_deg))
    epochs, _ = decoded(b"".join(lines))
    assert len(epochs) > 110


def test_a_lone_sentence_out_of_line_is_dropped_and_the_next_is_accepted() -> None:
    lines = []
    for k in range(60):
        tod_s, lon_deg = NOON + k / 5, 24.94 + k * STEP_DEG
        if k == 40:  # GGA is lost, and RMC lies 0.7 m to the north
            lines.append(rmc(tod_s, lat_deg=60.17 + 0.7 / 111_195, lon_deg=lon_deg))
        else:
            lines += [rmc(tod_s, lon_deg=lon_deg), gga(tod_s, lon_deg=lon_deg)]
    epochs, stream = decoded(b"".join(lines))
    assert [epoch.tod_ms for epoch in epochs] == [
        43_200_000 + 200 * k for k in range(60) if k != 40
    ]
    assert stream.gate.count.implausible == 1


def test_two_lone_sentences_hit_alike_do_not_move_the_clock() -> None:
    lines = []
    for k in range(60):
        tod_s, lon_deg = NOON + k / 5, 24.94 + k * STEP_DEG
        if k in {40, 41}:  # a minute late, both
            lines.append(rmc(tod_s + 60.0, lon_deg=lon_deg))
        else:
            lines += [rmc(tod_s, lon_deg=lon_deg), gga(tod_s, lon_deg=lon_deg)]
    epochs, _ = decoded(b"".join(lines))
    assert max(epoch.tod_ms or 0 for epoch in epochs) == 43_200_000 + 200 * 59
