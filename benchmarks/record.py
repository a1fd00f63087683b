"""CPU and bytes a second of the record, worst sync on this disk, and 10,000 injuries of a log.

Run: python benchmarks/record.py [--session DIR] [--injuries N]

Without --session an invented one is recorded (100 Hz samples, 20 ticks and 5 states a second).
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from backrun_pi.units import NS_PER_S

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backrun_pi.hardware.file_storage import FileStorage
from backrun_pi.hardware.ports import Worker
from backrun_pi.hardware.thread_worker import ThreadWorker
from backrun_pi.messages import Tick
from backrun_pi.record import codec
from backrun_pi.record.format import SessionEnd, SessionHeader, chunks
from backrun_pi.record.reader import read_session
from backrun_pi.record.settings import RecordSettings
from backrun_pi.record.writer import Recorder
from tests.support.record_parts import Desk, HandClock, recorded, session

PAGE = 4096
INJURED_S = 8.0


class TimedStorage(FileStorage):
    """The card, with a stopwatch on it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.stalls_s: list[float] = []
        self.bytes = 0

    def append(self, name: str, data: bytes) -> None:
        """Append and count."""
        self.bytes += len(data)
        super().append(name, data)

    def sync(self, name: str) -> None:
        """Sync and time it."""
        began_s = time.perf_counter()
        super().sync(name)
        self.stalls_s.append(time.perf_counter() - began_s)


def ticks_of(messages: Sequence[object]) -> list[tuple[int, list[object]]]:
    """Group recorded messages by tick."""
    found: list[tuple[int, list[object]]] = []
    for message in messages:
        if isinstance(message, SessionHeader | SessionEnd):
            continue
        if isinstance(message, Tick) or not found:
            found.append((getattr(message, "t_ns", 0), []))
        found[-1][1].append(message)
    return found


def record(ticks: Sequence[tuple[int, list[object]]], folder: Path) -> dict[str, float]:
    """Record ticks with the real thread on the real disk, as fast as it goes."""
    storage, clock = TimedStorage(folder), HandClock()
    header = SessionHeader("bench", "boot", "0", {})
    background: Callable[[str, Callable[[], None]], Worker] = ThreadWorker
    settings = RecordSettings(queue_messages=200_000)
    began_s = time.process_time()
    recorder = Recorder(storage, background, clock, settings, header)
    for t_ns, messages in ticks:
        clock.t_ns = t_ns
        for message in messages:
            recorder.put(message)
        recorder.tick(t_ns)
    recorder.close("end", timeout_s=600.0)
    cpu_s = time.process_time() - began_s
    session_s = (ticks[-1][0] - ticks[0][0]) / NS_PER_S
    return {
        "session_s": session_s,
        "cpu_ms_per_s": 1000.0 * cpu_s / session_s,
        "bytes_per_s": storage.bytes / session_s,
        "mb_per_h": storage.bytes / session_s * 3600 / 1e6,
    }


def stalls(folder: Path, bytes_per_s: float, count: int = 240) -> dict[str, float]:
    """Sync as often and as much as two minutes of a session do, and time each."""
    storage = TimedStorage(folder)
    chunk = bytes(round(bytes_per_s * RecordSettings().sync_s))
    for _ in range(count):
        storage.append("stall.jsonl", chunk)
        storage.sync("stall.jsonl")
    worst = sorted(storage.stalls_s)
    return {
        "syncs": count,
        "median_sync_ms": 1000.0 * worst[count // 2],
        "worst_sync_ms": 1000.0 * worst[-1],
    }


def loop_cost(ticks: Sequence[tuple[int, list[object]]]) -> dict[str, float]:
    """Measure what put and tick take of the main loop, without the worker."""
    desk = Desk()
    recorder = desk.recorder(RecordSettings(queue_messages=200_000))
    desk.workers[0].is_held = True
    began_s = time.process_time()
    for t_ns, messages in ticks:
        for message in messages:
            recorder.put(message)
        recorder.tick(t_ns)
    cpu_s = time.process_time() - began_s
    return {"loop_cpu_ms_per_s": 1000.0 * cpu_s / ((ticks[-1][0] - ticks[0][0]) / NS_PER_S)}


def injure(data: bytes, rng: random.Random) -> tuple[str, bytes]:
    """Injure a log as cards do."""
    at, length = rng.randrange(len(data)), rng.randrange(1, 3 * PAGE)
    page, other = at - at % PAGE, rng.randrange(len(data))
    part = data[at : at + length]
    kinds = {
        "cut": lambda: data[:at],
        "zero tail": lambda: data[:at] + bytes(length),
        "zeroed page": lambda: data[:page] + bytes(PAGE) + data[page + PAGE :],
        "garbage": lambda: data[:at] + rng.randbytes(length) + data[at + length :],
        "bit": lambda: data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :],
        "doubled": lambda: data[:at] + part + data[at:],
        "moved": lambda: data[:other] + part + data[other + length :],
        "removed": lambda: data[:at] + data[at + length :],
    }
    kind = rng.choice(sorted(kinds))
    return kind, kinds[kind]()


def survive(count: int, folder: Path) -> dict[str, object]:
    """Injure a log many times; count crashes, invented records, and time lost per cut."""
    desk = Desk()
    recorder = desk.recorder()
    limit_ns = 20 * NS_PER_S + round(INJURED_S * NS_PER_S)
    played = (tick for tick in session(has_imu=True))
    desk.play(recorder, iter([tick for tick in played if tick[0] < limit_ns]))
    recorder.close("end")
    (data,) = desk.card.files.values()
    path = folder / "20260921-1253"
    path.mkdir()
    file = path / "log-0001.jsonl"
    file.write_bytes(data)
    whole = [codec.encode(one.message) for one in read_session(path)]
    spans = [(c.offset, c.line.t[1]) for c in chunks(io.BytesIO(data)) if c.line is not None]
    rng = random.Random(20260921)
    crashes = invented = 0
    worst_cut_s = 0.0
    counts: dict[str, int] = {}
    for _ in range(count):
        kind, injured = injure(data, rng)
        counts[kind] = counts.get(kind, 0) + 1
        file.write_bytes(injured)
        try:
            records = list(read_session(path))
        except Exception:  # noqa: BLE001 - counting crashes is the purpose
            crashes += 1
            continue
        places = iter(whole)
        invented += not all(codec.encode(one.message) in places for one in records)
        if kind == "cut":
            written_ns = max(
                (end for at, end in spans if at < len(injured)), default=20 * NS_PER_S
            )
            read_ns = max((one.line_ns for one in records), default=20 * NS_PER_S)
            worst_cut_s = max(worst_cut_s, (written_ns - read_ns) / NS_PER_S)
    return {
        "injuries": count,
        "kinds": counts,
        "crashes": crashes,
        "invented": invented,
        "worst_loss_of_a_cut_s": worst_cut_s,
        "loss_before_the_card_s": RecordSettings().sync_s + RecordSettings().line_s,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--session", type=Path)
    parser.add_argument("--injuries", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = args.session or recorded(folder / "made", has_imu=True)
        messages = [record.message for record in read_session(source)]
        ticks = ticks_of(messages)
        cost = record(ticks, folder / "card")
        print(json.dumps(cost | loop_cost(ticks)))
        print(json.dumps(stalls(folder / "stalls", cost["bytes_per_s"])))
        began_s = time.process_time()
        records = sum(1 for _ in read_session(source))
        print(json.dumps({"read_records": records, "cpu_s": time.process_time() - began_s}))
        print(json.dumps(survive(args.injuries, folder)))


if __name__ == "__main__":
    main()
