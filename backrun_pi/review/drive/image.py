"""The read-only FAT32 image that a computer sees when the device is plugged in.

Built from the finished drive folder with mkfs.vfat and mtools: no root, no mount. Never from
the live file system: host and device would each trust its own cache.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from backrun_pi.errors import BadInput, HardwareError, OutputError
from backrun_pi.files import named_in_errors, replacing
from backrun_pi.review import layout

LABEL = "BACKRUN"
TOOLS = {"mkfs.vfat": "dosfstools", "fsck.vfat": "dosfstools", "mcopy": "mtools"}
"""Program -> the Debian package it comes in."""
SBIN = ("/usr/sbin", "/sbin")  # not on the path of an ordinary user, and mkfs lives there
CLUSTER = 512
"""[B] One sector: with larger ones a small image would have too few clusters for FAT32."""
MEGABYTE = 1 << 20
LEAST_BYTES = 36_000_000
"""[B] FAT32 wants at least 65525 clusters."""
FIXED_BYTES = 1_000_000  # boot sectors, file system information, root folder
FAT_SHARE = 1.02  # two tables of 4 bytes for each cluster of 512
ENTRY_BYTES = 2 * CLUSTER  # a folder entry with a long name, and the unused end of a cluster

Progress = Callable[[str], None]


def build_image(
    folder: Path, image: Path, spare_bytes: int = 4_000_000, report: Progress | None = None
) -> int:
    """Build the image of a folder: whole, checked and synced, or not at all.

    Args:
        folder: What the drive shows.
        image: File to make or replace; the temporary file lies beside it.
        spare_bytes: Free space on the drive.
        report: Called with what is done.

    Returns:
        The size of the image in bytes.

    Raises:
        BadInput: There is no such folder, or nothing in it.
        OutputError: A tool is missing or failed, or the card has no room for the image.

    Where there is no room beside the old image it is deleted first: the drive is shown again
    when the new one is whole, and one of before is worth less than one that can be built.
    """
    progress = report or (lambda _: None)
    if not (folder / layout.INDEX).is_file():
        raise BadInput(f"{folder}: no {layout.INDEX} in it: run `backrun review` first")
    tools = {name: _tool(name) for name in TOOLS}
    size = needed_bytes(folder, spare_bytes)
    _make_room(image, size)
    with named_in_errors(image), replacing(image) as new:
        progress("making the file system")
        _allocate(new, size)
        _run(_mkfs(tools["mkfs.vfat"], new, folder), new)
        progress("copying the files")
        entries = [path for path in sorted(folder.iterdir()) if not _is_hidden(path, folder)]
        _run(_mcopy(tools["mcopy"], new, entries), new)
        progress("checking the file system")
        _run([tools["fsck.vfat"], "-n", str(new)], new)
    return size


def needed_bytes(folder: Path, spare_bytes: int) -> int:
    """Return how large the image of a folder is, in bytes."""
    files = [path for path in sorted(folder.rglob("*")) if not _is_hidden(path, folder)]
    return image_bytes(
        sum(_bytes_on_drive(path.stat().st_size if path.is_file() else 0) for path in files),
        spare_bytes,
    )


def image_bytes(content_bytes: int, spare_bytes: int) -> int:
    """Return how large an image with some content is, in bytes."""
    size = max(LEAST_BYTES, int((content_bytes + spare_bytes) * FAT_SHARE) + FIXED_BYTES)
    return -(-size // MEGABYTE) * MEGABYTE


def attach(image: Path, lun: Path) -> None:
    """Show an image to the host: name it in the USB gadget's logical unit.

    Raises:
        BadInput: There is no such image.
        HardwareError: This machine has no gadget, or the host holds the old image.
    """
    if not image.is_file():
        raise BadInput(f"{image}: there is no such image: run `backrun drive build`")
    _write_lun(lun, str(image.resolve()))


def detach(lun: Path) -> None:
    """Take the drive from the host, also when it holds on to it. Raises HardwareError."""
    forced = lun / "forced_eject"
    if not forced.exists():
        _write_lun(lun, "")
        return
    try:
        forced.write_text("1", encoding="ascii")
    except OSError as error:
        raise HardwareError(f"{forced}: {error.strerror}") from error


def shown(lun: Path) -> str | None:
    """Return the image that the host sees now, None when none. Raises HardwareError."""
    try:
        return (lun / "file").read_text(encoding="utf-8").strip() or None
    except OSError as error:
        raise HardwareError(_no_gadget(lun, error)) from error


def _write_lun(lun: Path, value: str) -> None:
    try:
        with (lun / "file").open("r+", encoding="utf-8") as stream:
            stream.write(value + "\n")
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise HardwareError(
                f"{lun}: the host holds the drive: eject it there first"
            ) from error
        raise HardwareError(_no_gadget(lun, error)) from error


def _no_gadget(lun: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{lun}: this machine has no USB gadget here (see [review] lun_path)"
    return f"{lun}: {error.strerror}"


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _tool(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path=os.pathsep.join(SBIN))
    if path is None:
        raise OutputError(f"{name} is missing: install the Debian package {TOOLS[name]}")
    return path


def _bytes_on_drive(length: int) -> int:
    return ENTRY_BYTES + -(-length // CLUSTER) * CLUSTER


def _make_room(image: Path, size: int) -> None:
    with named_in_errors(image):
        free = _free_bytes(image.parent)
        old = image.stat().st_size if image.exists() else 0
        if free >= size:
            return
        if free + old < size:
            raise OutputError(
                f"{image}: no room: {size / 1e6:.0f} MB are needed, {(free + old) / 1e6:.0f} MB"
                " are there; `backrun sessions prune` deletes what may go"
            )
        image.unlink()


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _allocate(path: Path, size: int) -> None:
    """Make a file that has its space: a sparse one would fail later, when the card is full."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    try:
        os.posix_fallocate(descriptor, 0, size)
    finally:
        os.close(descriptor)


def _mkfs(tool: str, image: Path, folder: Path) -> list[str]:
    # The same folder content gives the same volume number: hosts know the drive again.
    names = "\n".join(sorted(path.name for path in folder.iterdir()))
    number = f"{zlib.crc32(names.encode()):08x}"
    return [
        *(tool, "-F", "32", "-s", "1", "-S", str(CLUSTER), "-n", LABEL),
        *("-i", number, "--invariant", str(image)),
    ]


def _mcopy(tool: str, image: Path, entries: Sequence[Path]) -> list[str]:
    return [tool, "-s", "-Q", "-m", "-i", str(image), *map(str, entries), "::"]


def _run(command: Sequence[str], image: Path) -> None:
    done = subprocess.run(  # noqa: S603 - fixed tools, our own arguments
        command, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        text = lines[-1] if lines else f"exit status {done.returncode}"
        raise OutputError(f"{image}: {Path(command[0]).name} failed: {text}")
