"""Time and memory of a review of 30 and 60 min: pages, FIT, GPX, CSV, summary; drive image.

Run: python benchmarks/review.py [--fit-tool]

The sessions are invented; each review runs in its own process, so that its memory is its own.
`--fit-tool` writes the same FIT content with the library instead, for the decision page.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def make(minutes: int, folder: Path) -> Path:
    """Record an invented session of a length."""
    from tests.support.record_parts import LEGS, recorded

    bouts = [LEGS[2 + n % 2] for n in range(minutes - 5)]
    legs = (*LEGS[:2], *bouts)
    return recorded(folder, legs=legs, has_imu=True)


def review(session: Path, out: Path, map_file: Path | None) -> dict[str, object]:
    """Review in this process and say what it took."""
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.review.drive.build import build
    from backrun_pi.review.map_layers import layers_for
    from backrun_pi.review.settings import ReviewSettings

    wall_s, cpu_s = time.perf_counter(), time.process_time()
    drawn = MapFile.open(map_file) if map_file else None
    layers = (lambda found: layers_for(found, drawn)) if drawn else None
    written = build([session], out, ReviewSettings(), layers=layers)
    return {
        "cpu_s": round(time.process_time() - cpu_s, 3),
        "wall_s": round(time.perf_counter() - wall_s, 3),
        "process_cpu_s": round(time.process_time(), 3),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "bytes": {path.name: path.stat().st_size for path in written},
    }


def with_fit_tool(session: Path) -> dict[str, object]:
    """Write the records of a session with the library fit-tool and say what it took."""
    from fit_tool.base_type import BaseType
    from fit_tool.developer_field import DeveloperField
    from fit_tool.fit_file_builder import FitFileBuilder
    from fit_tool.profile.messages.record_message import RecordMessage

    from backrun_pi.record.reader import read_session
    from backrun_pi.review.analysis.session_review import review_session
    from backrun_pi.review.exports import fit_file
    from backrun_pi.review.settings import ReviewSettings

    found = review_session(read_session(session), ReviewSettings())
    cpu_s = time.process_time()
    fit_file.encode(found)
    own_s = time.process_time() - cpu_s
    own_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu_s = time.process_time()
    builder = FitFileBuilder(auto_define=True)
    for point in found.track:
        fields = [
            DeveloperField(
                developer_data_index=0,
                field_id=n,
                name=f"f{n}",
                size=1,
                base_type=BaseType.UINT8,
            )
            for n in (0, 1)
        ]
        message = RecordMessage(developer_fields=fields)
        for field in message.developer_fields:
            field.set_value(0, 1)
        message.timestamp = round(1e12 + 1000 * point.t_s)
        message.position_lat, message.position_long = point.lat_deg, point.lon_deg
        message.distance = point.distance_m
        message.enhanced_speed = point.speed_mps
        message.cadence = 56
        builder.add(message)
    builder.build().to_bytes()
    return {
        "own_cpu_s": round(own_s, 3),
        "rss_before_mb": round(own_rss, 1),
        "fit_tool_cpu_s": round(time.process_time() - cpu_s, 3),
        "rss_after_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", type=Path, help="review this session in this process")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--map", type=Path, default=ROOT / "config/maps/helsinki.map")
    parser.add_argument("--fit-tool", action="store_true")
    args = parser.parse_args()
    map_file = args.map if args.map.exists() else None
    if args.one is not None:
        done = (
            with_fit_tool(args.one) if args.fit_tool else review(args.one, args.out, map_file)
        )
        print(json.dumps(done))
        return
    with tempfile.TemporaryDirectory() as name:
        for minutes in (30, 60):
            folder = Path(name) / str(minutes)
            session = make(minutes, folder)
            command = [sys.executable, __file__, "--one", str(session)]
            command += ["--out", str(folder / "out"), "--map", str(args.map)]
            command += ["--fit-tool"] if args.fit_tool else []
            ran = subprocess.run(command, capture_output=True, text=True, check=True)
            print(json.dumps({"minutes": minutes, **json.loads(ran.stdout)}))


if __name__ == "__main__":
    main()
