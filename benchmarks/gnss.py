"""Speed, latency, CPU and harm of the GNSS reader: python benchmarks/gnss.py [--corrupt N]."""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator

import pynmea2

from backrun_pi.geo import LocalFrame, distance_m
from backrun_pi.sensors.gnss.nmea_framing import sentence
from backrun_pi.sensors.gnss.reader import GnssReader
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.gnss.stream import EpochStream

RATE_HZ = 5
TICK_NS = 50_000_000
HOME = LocalFrame(60.17, 24.94)
WRONG_M = 0.5
"""[m] A position this far off is wrong (the tolerance of the log scorer)."""


def place(k: int) -> tuple[float, float]:
    """Return the position of epoch k: a circle of 60 m radius at 2.5 m/s."""
    angle = 2.5 * k / RATE_HZ / 60.0
    return HOME.to_deg(60.0 * math.sin(angle), 60.0 * (1.0 - math.cos(angle)))


def cycle(k: int) -> list[bytes]:
    """Return the eight sentences of epoch k, as an M10 sends them."""
    centis = 3_600_000 + k * 100 // RATE_HZ
    seconds, centis = divmod(centis, 100)
    clock = f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}.{centis:02d}"
    lat, lon = place(k)
    text = f"{int(lat):02d}{lat % 1 * 60:08.5f},N,{int(lon):03d}{lon % 1 * 60:08.5f},E"
    course = math.degrees(math.pi / 2 - 2.5 * k / RATE_HZ / 60.0) % 360
    bodies = [
        f"GNRMC,{clock},A,{text},{2.5 * 3600 / 1852:.3f},{course:.2f},010626,,,A,V",
        f"GNVTG,{course:.2f},T,,M,{2.5 * 3600 / 1852:.3f},N,9.000,K,A",
        f"GNGGA,{clock},{text},1,12,0.91,12.0,M,17.0,M,,",
        "GNGSA,A,3,01,11,31,14,22,32,04,25,03,,,,1.56,0.91,1.27,1",
        "GNGSA,A,3,67,83,76,82,68,,,,,,,,1.56,0.91,1.27,2",
        "GNGSA,A,3,05,09,11,36,,,,,,,,,1.56,0.91,1.27,3",
        "GNGSA,A,3,13,27,28,38,,,,,,,,,1.56,0.91,1.27,4",
        f"GNGST,{clock},20.0,,,,1.20,1.10,2.50",
    ]
    return [sentence(body.encode()) for body in bodies]


def plain_pynmea2(data: bytes) -> int:
    """Return how many positions the usual loop finds."""
    found = 0
    for line in data.split(b"\n"):
        try:
            message = pynmea2.parse(line.decode("ascii").strip(), check=True)
        except (UnicodeDecodeError, pynmea2.ParseError):
            continue
        if getattr(message, "sentence_type", "") == "RMC" and message.status == "A":
            found += bool(message.latitude) and bool(message.longitude)
            _ = (message.timestamp, message.spd_over_grnd, message.true_course)
    return found


def throughput() -> dict[str, float]:
    """Compare sentences and fixes per second with plain pynmea2, on clean data."""
    data = b"".join(line for k in range(3000) for line in cycle(k))
    start = time.perf_counter()
    stream = EpochStream(GnssSettings(), is_live=False)
    fixes = len(stream.feed(data, 0)) + len(stream.end())
    ours_s = time.perf_counter() - start
    start = time.perf_counter()
    plain = plain_pynmea2(data)
    plain_s = time.perf_counter() - start
    return {
        "sentences_per_s": round(24_000 / ours_s),
        "fixes_per_s": round(fixes / ours_s),
        "plain_pynmea2_sentences_per_s": round(24_000 / plain_s),
        "plain_pynmea2_fixes_per_s": round(plain / plain_s),
    }


def live(baud: int, minutes: float) -> dict[str, float]:
    """Feed byte by byte in time at 115200 baud, look every 50 ms; measure latency and CPU."""
    reader = GnssReader(GnssSettings())
    byte_ns = round(10e9 / baud)
    chunks: list[tuple[int, bytes, list[int]]] = []
    pending: list[tuple[int, int]] = []
    ends: list[int] = []
    for k in range(round(minutes * 60 * RATE_HZ)):
        start_ns = k * 10**9 // RATE_HZ
        data = b"".join(cycle(k))
        pending += [(start_ns + at * byte_ns, byte) for at, byte in enumerate(data)]
        ends.append(pending[-1][0])
    at = 0
    for tick in range(1, round(minutes * 60 * 20) + 4):
        now_ns = tick * TICK_NS
        first = at
        while at < len(pending) and pending[at][0] <= now_ns:
            at += 1
        chunks.append((now_ns, bytes(byte for _, byte in pending[first:at]), []))
    out: list[int] = []
    start = time.process_time()
    for now_ns, data, _ in chunks:
        fixes = reader.feed(data, now_ns) + reader.poll(now_ns)
        out += [now_ns] * len(fixes)
    cpu_s = time.process_time() - start
    late_ms = sorted((o - e) / 1e6 for o, e in zip(out, ends, strict=False))
    return {
        "fixes": len(out),
        "epochs": len(ends),
        "latency_p50_ms": round(late_ms[len(late_ms) // 2], 1),
        "latency_p99_ms": round(late_ms[int(len(late_ms) * 0.99)], 1),
        "cpu_ms_per_session_s": round(cpu_s * 1e3 / (minutes * 60), 3),
        "cpu_s_per_hour": round(cpu_s * 60 / minutes, 2),
    }


def flips(data: bytearray, chance: random.Random) -> None:
    for _ in range(2):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def column(data: bytearray, chance: random.Random) -> None:
    """Flip one bit of two bytes: the checksum cannot see that."""
    bit = 1 << chance.randrange(7)
    for at in chance.sample(range(7, len(data) - 5), 2):
        data[at] ^= bit


def two_digits(data: bytearray, chance: random.Random) -> None:
    """Flip one bit of two digits: right by the checksum, and mostly by its looks."""
    bit = 1 << chance.randrange(3)
    for at in chance.sample(digits_of(data), 2):
        data[at] ^= bit


def one_digit(data: bytearray, chance: random.Random) -> None:
    data[chance.choice(digits_of(data))] = 48 + chance.randrange(10)


def burst(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) - 4)
    data[at : at + 4] = chance.randbytes(4)


def loss(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.randint(1, 16)]


def repeat(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    data[at:at] = data[at : at + chance.randint(1, 8)]


def tear(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(1, len(data)) :]


WAYS = (flips, column, two_digits, one_digit, burst, loss, repeat, tear)


def damaged(line: bytes, chance: random.Random) -> bytes:
    """Damage one line in one of eight ways."""
    data = bytearray(line)
    chance.choice(WAYS)(data, chance)
    return bytes(data)


def digits_of(line: bytes | bytearray) -> list[int]:
    """Return where the body of a line has digits."""
    return [at for at in range(7, len(line) - 5) if 48 <= line[at] <= 57]


def corrupted(
    count: int, share: float, seed: int, kinds: frozenset[bytes]
) -> Iterator[list[bytes]]:
    """Yield epochs of the sentences named until `count` of them were damaged."""
    chance = random.Random(seed)
    clean = [[line for line in cycle(k) if line[3:6] in kinds] for k in range(1500)]
    done = k = 0
    while done < count:
        lines = clean[k % 1500].copy()
        for at in range(len(lines)):
            if chance.random() < share:
                lines[at] = damaged(lines[at], chance)
                done += 1
        yield lines
        k += 1


def harm(count: int, share: float, seed: int, kinds: frozenset[bytes]) -> dict[str, float]:
    """Count wrong positions after `count` damaged sentences, and how long none came."""
    stream = EpochStream(GnssSettings(), is_live=False)
    tod0_ms = 36_000_000
    fixes = wrong = extra = epochs = 0
    worst_m = gap_s = 0.0
    last_ms = tod0_ms
    found = []
    for lines in corrupted(count, share, seed, kinds):
        epochs += 1
        if epochs % 1500 == 1:
            found += stream.end()
            stream = EpochStream(GnssSettings(), is_live=False)
        found += stream.feed(b"".join(lines), 0)
        for epoch in found:
            if not epoch.is_fix or epoch.tod_ms is None:
                continue
            k, rest = divmod((epoch.tod_ms - tod0_ms) * RATE_HZ, 1000)
            if rest or not 0 <= k < 1500:
                extra += 1
                continue
            off_m = distance_m(*epoch.places[0], *place(k))
            fixes += 1
            wrong += off_m > WRONG_M
            worst_m = max(worst_m, off_m)
            last_ms = last_ms if epoch.tod_ms > last_ms else tod0_ms
            gap_s = max(gap_s, (epoch.tod_ms - last_ms) / 1000.0)
            last_ms = epoch.tod_ms
        found = []
    return {
        "damaged_sentences": count,
        "share_damaged": share,
        "epochs": epochs,
        "fix_recall": round(fixes / epochs, 4),
        "wrong_positions": wrong,
        "times_that_never_were": extra,
        "worst_m": round(worst_m, 2),
        "longest_gap_s": round(gap_s, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corrupt", type=int, default=200_000, help="sentences to damage")
    parser.add_argument("--share", type=float, default=0.05, help="share of damaged sentences")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--sentences", default="RMC,VTG,GGA,GSA,GST", help="what the damaged receiver sends"
    )
    args = parser.parse_args()
    print(json.dumps({"throughput": throughput()}))
    for baud in (115200, 38400):
        print(json.dumps({f"live_5hz_{baud}_baud_50ms_looks": live(baud, 5.0)}))
    kinds = frozenset(args.sentences.encode().split(b","))
    print(json.dumps({"harm": harm(args.corrupt, args.share, args.seed, kinds)}))


if __name__ == "__main__":
    main()
