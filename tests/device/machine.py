"""Starts the virtual Pi under QEMU and listens to its console.

The processor counts: each instruction takes 2 ns of the guest's own time (`-icount`), on one
core. So the guest's clock knows nothing of how fast or how busy the host is, and seconds
measured in it are those of a computer with 500 million instructions per second: one core of a
Zero 2 W (1 GHz) that does one instruction in two cycles. The limits of the failure table are
held as they are.
"""

# ruff: noqa: TID251 - it waits for another program

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[2]
HERE = Path(__file__).parent
NANOSECONDS_LOG2 = 1
CARD_BYTES = 1 << 30
FILE_SYSTEM_KIB = CARD_BYTES // 1024 - 1024  # the end of the card is the beacon's
MAP = TOP / "config/maps/helsinki.map"
MKFS = ["/sbin/mke2fs", "-q", "-t", "ext4", "-m", "0", "-b", "4096"]
MKFS += ["-E", "lazy_itable_init=0,lazy_journal_init=0"]
CHIPS = ("chips.py", "gnss_module.py", "gnss_talk.py")
KERNEL = "console=ttyS0 quiet panic=-1 systemd.show_status=0 8250.nr_uarts=4 nokaslr audit=0 "
KERNEL += "mitigations=off cryptomgr.notests apparmor=0 modprobe.blacklist="
KERNEL += "lpc_ich,i2c_i801,iTCO_wdt,ahci,psmouse,pcspkr,joydev"  # a Pi has none of them


def build_guest(package: Path) -> Path:
    """Return the folder of the guest with this package installed. Raises on failure."""
    done = subprocess.run(
        [str(HERE / "bench/build.sh"), str(package)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Path(done.stdout.strip())


def make_card(path: Path) -> None:
    """Make a fresh card with a map on it."""
    folder = path.with_suffix(".d")
    folder.mkdir()
    shutil.copy(MAP, folder / "place.map")
    with path.open("wb") as file:
        file.truncate(CARD_BYTES)
    subprocess.run(
        [*MKFS, "-d", str(folder), str(path), f"{FILE_SYSTEM_KIB}k"],
        check=True,
    )
    shutil.rmtree(folder)


def make_payload(path: Path, proofs: Sequence[str]) -> None:
    """Pack what runs in the guest, and which proofs."""
    own = [*HERE.glob("payload/*.py")]
    own += [TOP / "tests/support" / name for name in CHIPS]
    asked = path.with_suffix(".txt")
    asked.write_text("\n".join(proofs), encoding="utf-8")
    with tarfile.open(path, "w") as tar:
        for file in own:
            tar.add(file, str(file.relative_to(TOP)))
        tar.add(asked, "proofs.txt")


@dataclass
class Console:
    """What the guest said."""

    path: Path
    proofs: dict[str, tuple[bool, float, dict[str, Any]]] = field(default_factory=dict)

    def text(self) -> str:
        """Return all of it."""
        if not self.path.exists():
            return ""
        return self.path.read_text(encoding="utf-8", errors="replace")

    def follow(self) -> list[str]:
        """Take what is new; return a line for each proof that ended."""
        lines = []
        for match in re.finditer(r"^PROOF (\[.*\])\r?$", self.text(), re.MULTILINE):
            name, holds, took_s, found = json.loads(match[1])
            if name not in self.proofs:
                self.proofs[name] = (holds, took_s, found)
                words = ", ".join(f"{key} {value}" for key, value in found.items())
                verdict = "HOLDS" if holds else "FAILS"
                lines.append(f"{verdict}  {name} ({took_s:.0f} s): {words}")
        return lines


class Machine:
    """One boot of the virtual Pi."""

    def __init__(
        self,
        guest: Path,
        work: Path,
        card: Path,
        proofs: Sequence[str],
        card_log: Path | None = None,
        wall: str = "2026-06-01T12:00:00",
    ) -> None:
        """Start it.

        Args:
            guest: From `build_guest`.
            work: Folder of this boot.
            card: The card that it boots with.
            proofs: What to prove, in this order.
            card_log: Takes every write and flush of the card, in order.
            wall: What the clock on the wall says when the power comes.
        """
        work.mkdir(parents=True)
        make_payload(work / "payload.tar", proofs)
        self.console = Console(work / "console.log")
        with (work / "qemu.txt").open("wb") as said:
            self._process = subprocess.Popen(
                _command(guest, card, card_log, wall),
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def wait(self, limit_s: float, cut_at: str | None = None) -> None:
        """Wait until it is off; with `cut_at`, cut the power when it says so."""
        end_s = time.monotonic() + limit_s
        try:
            while self._process.poll() is None:
                for line in self.console.follow():
                    print(line, flush=True)  # noqa: T201 - minutes pass
                if cut_at is not None and cut_at in self.console.text():
                    return
                if time.monotonic() > end_s:
                    raise TimeoutError(f"{self.console.path}: not off within {limit_s:.0f} s")
                time.sleep(0.2)
        finally:
            self._process.kill()
            self._process.wait()
        for line in self.console.follow():
            print(line, flush=True)  # noqa: T201 - minutes pass


def _command(guest: Path, card: Path, card_log: Path | None, wall: str) -> list[str]:
    command = [
        "qemu-system-x86_64",
        "-M",
        "q35,sata=off,smbus=off,i8042=off",
        "-accel",
        "tcg,thread=single",
    ]
    command += ["-icount", f"shift={NANOSECONDS_LOG2}", "-cpu", "Nehalem"]
    command += ["-smp", "1", "-m", "768"]
    command += ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
    command += ["-rtc", f"base={wall},clock=vm", "-device", "virtio-rng-pci"]
    command += ["-kernel", str(guest / "vmlinuz"), "-initrd", str(guest / "initramfs")]
    command += ["-append", KERNEL]
    for number, (file, options) in enumerate(
        ((guest / "root.ext4", "readonly=on"), (Path("payload.tar"), "readonly=on"))
    ):
        drive = f"if=none,id=disk{number},format=raw,file={file},{options}"
        command += ["-drive", drive, "-device", f"virtio-blk-pci,drive=disk{number}"]
    command += ["-blockdev", f"driver=file,node-name=medium,filename={card}"]
    if card_log is not None:
        card_log.touch()
        command += ["-blockdev", f"driver=file,node-name=history,filename={card_log}"]
        command += ["-blockdev", "driver=blklogwrites,node-name=card,file=medium,log=history"]
    node = "medium" if card_log is None else "card"
    command += ["-device", f"virtio-blk-pci,drive={node}"]
    command += ["-serial", "file:console.log"]
    # A null-modem cable between the companion's port and the receiver's
    command += ["-chardev", "socket,id=port,path=gps.sock,server=on,wait=off"]
    command += ["-chardev", "socket,id=wire,path=gps.sock"]
    return [*command, "-serial", "chardev:port", "-serial", "chardev:wire"]
