"""Runs in the virtual Pi from its start: the board first, then the proofs that are asked for.

Each proof is one line on the console, `PROOF {name, holds, took_s, found}`.
"""

# ruff: noqa: T201, BLE001 - a program of its own; one proof must not hide the others

from __future__ import annotations

import json
import os
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.device.payload import drive, faults
from tests.device.payload.board import Board
from tests.device.payload.device import Device
from tests.device.payload.limits import LIMITS
from tests.device.payload.words import boot_ns, run

ASKED = Path("/payload/proofs.txt")


def notify_ready() -> None:
    """Let systemd go on: the board is there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])


def prove(name: str, proof: Callable[[Device], faults.Found], pi: Device) -> None:
    """Run one proof and say what it found."""
    begin_ns = boot_ns()
    print(f"{begin_ns * 1e-9:.1f} s: {name}", flush=True)
    try:
        found = proof(pi)
        beyond = [key for key, most in LIMITS[name].items() if float(found[key]) > most]
        holds = not beyond
        if beyond:
            found["beyond"] = " and ".join(beyond)
    except Exception as error:
        traceback.print_exc(file=sys.stdout)
        found, holds = {"fault": f"{type(error).__name__}: {error}"}, False
    rounded = {k: round(v, 2) if isinstance(v, float) else v for k, v in found.items()}
    took_s = round((boot_ns() - begin_ns) * 1e-9, 1)
    print("PROOF", json.dumps([name, holds, took_s, rounded]), flush=True)


def main() -> None:
    """Bring the board up, run the proofs, switch off."""
    pi = Device(Board())
    notify_ready()
    run("systemctl", "is-system-running", "--wait", may_fail=True)
    asked = ASKED.read_text(encoding="utf-8").split()
    for name in asked:
        proof = getattr(faults, name, None) or getattr(drive, name)
        prove(name, proof, pi)
    print(run("journalctl", "-b", "-o", "short-monotonic", "--no-pager", may_fail=True))
    run("sync")
    run("systemctl", "poweroff", "-ff")


if __name__ == "__main__":
    main()
