"""The drive image is FAT32, clean, whole, and holds exactly the files of the folder."""

from __future__ import annotations

import errno
import shutil
import subprocess
from pathlib import Path

import pytest

from backrun_pi.errors import BadInput, HardwareError, OutputError
from backrun_pi.review.drive import image

PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
HAS_TOOLS = all(shutil.which(name, path=PATH) for name in image.TOOLS)
needs_tools = pytest.mark.skipif(not HAS_TOOLS, reason="dosfstools or mtools is missing")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a drive folder with long names, a sub-folder and a hidden left-over."""
    root = tmp_path / "drive"
    (root / "20260921-1253 with a long name").mkdir(parents=True)
    (root / ".20260921.new").mkdir()
    (root / ".20260921.new" / "half").write_bytes(b"half")
    (root / "index.html").write_bytes(b"<!doctype html>" + bytes(range(256)) * 40)
    (root / "20260921-1253 with a long name" / "a.fit").write_bytes(bytes(3_000_000))
    (root / "20260921-1253 with a long name" / "empty.csv").write_bytes(b"")
    return root


def run(*command: str) -> str:
    """Run a program of the system."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PATH": PATH}
    )
    return done.stdout


@needs_tools
def test_the_image_holds_the_same_bytes_and_nothing_half_made(
    folder: Path, tmp_path: Path
) -> None:
    image_file = tmp_path / "drive.img"
    size = image.build_image(folder, image_file)
    assert image_file.stat().st_size == size
    assert image_file.stat().st_blocks * 512 >= size  # its space is taken, not promised
    back = tmp_path / "back"
    back.mkdir()
    run("mcopy", "-s", "-n", "-i", str(image_file), "::*", str(back))
    found = {p.relative_to(back): p.read_bytes() for p in back.rglob("*") if p.is_file()}
    assert found == {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".20260921.new" not in path.parts
    }
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".new")]


@needs_tools
def test_the_image_is_a_clean_fat32_with_the_drives_name(folder: Path, tmp_path: Path) -> None:
    image_file = tmp_path / "drive.img"
    image.build_image(folder, image_file)
    run("fsck.vfat", "-n", str(image_file))
    boot_sector = image_file.read_bytes()[:512]
    assert boot_sector[82:90] == b"FAT32   "
    assert boot_sector[71:82] == b"BACKRUN    "


@needs_tools
def test_an_image_is_replaced_whole(folder: Path, tmp_path: Path) -> None:
    image_file = tmp_path / "drive.img"
    image_file.write_bytes(b"old")
    image.build_image(folder, image_file)
    assert image_file.stat().st_size >= image.LEAST_BYTES


@needs_tools
def test_a_failed_copy_leaves_the_old_image_and_no_other(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_file = tmp_path / "drive.img"
    image_file.write_bytes(b"old")
    monkeypatch.setattr(image, "image_bytes", lambda _content, _spare: image.LEAST_BYTES)
    (folder / "too.big").write_bytes(bytes(40_000_000))
    with pytest.raises(OutputError, match="mcopy failed"):
        image.build_image(folder, image_file)
    assert image_file.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drive", "drive.img"]


@needs_tools
def test_without_room_beside_it_the_old_image_gives_way_first(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_file = tmp_path / "drive.img"
    size = image.build_image(folder, image_file)
    monkeypatch.setattr(image, "_free_bytes", lambda _folder: 0)
    assert image.build_image(folder, image_file) == size
    run("fsck.vfat", "-n", str(image_file))


@needs_tools
def test_an_image_for_which_there_is_no_room_at_all_is_refused_in_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_file = tmp_path / "drive.img"
    image_file.write_bytes(b"old")
    monkeypatch.setattr(image, "_free_bytes", lambda _folder: 20_000_000)
    with pytest.raises(
        OutputError, match=r"no room: 37 MB are needed, 20 MB are there"
    ) as error:
        image.build_image(folder, image_file)
    assert "\n" not in str(error.value)
    assert image_file.read_bytes() == b"old"


@needs_tools
def test_the_image_grows_with_what_is_in_it(folder: Path, tmp_path: Path) -> None:
    (folder / "many").mkdir()
    for number in range(400):
        (folder / "many" / f"a file with quite a long name {number}").write_bytes(b"x")
    (folder / "big").write_bytes(bytes(60_000_000))
    size = image.build_image(folder, tmp_path / "drive.img", spare_bytes=0)
    assert size > 63_000_000


def test_a_missing_tool_is_named_with_its_debian_package(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(image, "SBIN", ())
    with pytest.raises(OutputError, match=r"mkfs\.vfat is missing.*dosfstools"):
        image.build_image(folder, tmp_path / "drive.img")


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no index\.html"):
        image.build_image(tmp_path, tmp_path / "drive.img")


@pytest.fixture
def lun(tmp_path: Path) -> Path:
    """Return a folder like the gadget's logical unit."""
    folder = tmp_path / "lun.0"
    folder.mkdir()
    (folder / "file").write_text("\n")
    return folder


def test_an_image_is_shown_and_taken_away(lun: Path, tmp_path: Path) -> None:
    image_file = tmp_path / "drive.img"
    image_file.write_bytes(b"image")
    image.attach(image_file, lun)
    assert (lun / "file").read_text().startswith(str(image_file))
    assert image.shown(lun) is not None
    (lun / "file").write_text("")  # the kernel's file is replaced by a write, a plain one not
    image.detach(lun)
    assert image.shown(lun) is None


def test_a_host_that_holds_on_is_let_go_by_force(lun: Path) -> None:
    (lun / "forced_eject").write_text("")
    image.detach(lun)
    assert (lun / "forced_eject").read_text() == "1"


def test_a_machine_without_a_gadget_is_reported_in_one_line(tmp_path: Path) -> None:
    image_file = tmp_path / "drive.img"
    image_file.write_bytes(b"image")
    with pytest.raises(HardwareError, match="no USB gadget"):
        image.attach(image_file, tmp_path / "x")
    with pytest.raises(HardwareError, match="no USB gadget"):
        image.detach(tmp_path / "x")


def test_an_image_that_is_not_there_is_not_shown(lun: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such image"):
        image.attach(tmp_path / "gone.img", lun)


def test_a_busy_host_is_distinguished_from_a_missing_gadget(
    lun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_file = tmp_path / "drive.img"
    image_file.write_bytes(b"image")

    def busy(*_what: object, **_how: object) -> None:
        raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr(Path, "open", busy)
    with pytest.raises(HardwareError, match="eject it there first"):
        image.attach(image_file, lun)
