"""The image recipe, held to the format that rpi-image-gen documents."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
IMAGE = TOP / "firmware/image"
LAYER = (IMAGE / "layer/backrun.yaml").read_text()
CONFIG = (IMAGE / "config/backrun-zero2w.yaml").read_text()
FIELDS = {
    "X-Env-VarPrefix",
    *(f"X-Env-Layer-{word}" for word in ("Name", "Category", "Desc", "Version", "Requires")),
    *(f"X-Env-Var-deb{word}" for word in ("", "-Desc", "-Required", "-Valid", "-Set")),
}
"""What its metadata parser takes, as far as we use it; anything else is refused by it."""


def metadata() -> dict[str, str]:
    block = LAYER.split("# METABEGIN\n")[1].split("# METAEND\n")[0]
    found: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        text = line.removeprefix("#").removeprefix(" ")
        if not text.strip():
            continue
        if text.startswith(" "):  # a continuation, as in a Debian control file
            found[name] += " " + text.strip()
            continue
        name, is_pair, value = text.partition(":")
        assert is_pair, f"neither field nor indented continuation: {line}"
        assert name not in found
        found[name] = value.strip()
    return found


def hook() -> str:
    lines = LAYER.split("    - |-\n")[1].splitlines()
    assert all(line.startswith("      ") for line in lines)
    return "\n".join(line[6:] for line in lines)


def test_the_layer_has_only_fields_that_the_tool_knows() -> None:
    assert set(metadata()) == FIELDS
    assert metadata()["X-Env-Layer-Name"] == "backrun"


def test_each_variable_that_the_hook_uses_is_declared() -> None:
    declared = {f"IGconf_{metadata()['X-Env-VarPrefix']}_deb"}
    assert set(re.findall(r"IGconf_\w+", hook())) == declared


def test_the_hook_has_no_fault_that_the_shell_sees() -> None:
    done = subprocess.run(
        ["sh", "-n"], input=hook(), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_package_it_wants_is_the_one_that_is_built() -> None:
    version = re.search(
        r'^version = "(.*)"', (TOP / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert version is not None
    assert metadata()["X-Env-Var-deb"] == (
        f"${{DIRECTORY}}/../../../dist/backrun_{version[1]}_arm64.deb"
    )


@pytest.mark.parametrize("key", ["device", "image", "layer"])
def test_the_configuration_names_device_image_and_layers(key: str) -> None:
    assert re.search(rf"^{key}:\n(  \S.*\n)+", CONFIG, re.MULTILINE)
    assert "app: backrun" in CONFIG


def test_the_serial_console_goes_from_the_kernel_command_line_in_one_line() -> None:
    words = (IMAGE / "layer/backrun.d/cmdline.d/50-backrun").read_text()
    assert words.count("\n") == 1
    assert all(word.startswith("-console=") for word in words.split())
