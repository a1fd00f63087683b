"""Checks config.txt against the device tree of a Zero 2 W: parts are on, no pin serves two.

Usage: check_device_tree.py BOARD.dtb [CONFIG.TXT]

BOARD.dtb is mainline's bcm2837-rpi-zero-2-w.dtb with symbols (Linux 6.12 or later). A Pi's
firmware applies config.txt with overlays of its own, which need its own tree and its labels.
So each line that touches a device is said again in mainline's labels, merged with fdtoverlay,
and read back. Needs dtc.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
BUTTON_PIN, MOTOR_PIN = 17, 18  # as in hardware/settings.py; a test holds them equal
SAYS = {
    "dtparam=i2c_arm=on": '&i2c1 { status = "okay"; };',
    "dtparam=i2c_arm_baudrate": "&i2c1 {{ clock-frequency = <{value}>; }};",
    "dtoverlay=dwc2,dr_mode": '&usb {{ dr_mode = "{value}"; status = "okay"; }};',
    "dtoverlay=disable-bt": """
        &uart1 { status = "disabled"; };
        &uart0 { pinctrl-names = "default"; pinctrl-0 = <&uart0_gpio14>; status = "okay"; };
        &{/soc/serial@7e201000/bluetooth} { status = "disabled"; };""",
}
"""Line of config.txt -> the same in mainline's labels; {value} stands behind its last =."""
I2C, UART, USB = "/soc/i2c@7e804000", "/soc/serial@7e201000", "/soc/usb@7e980000"
BLUETOOTH, WATCHDOG = f"{UART}/bluetooth", "/soc/watchdog@7e100000"
PARTS = {I2C: "I2C", UART: "the full UART", USB: "USB", WATCHDOG: "the watchdog"}
PINS = {2: I2C, 3: I2C, 14: UART, 15: UART}


@dataclass
class Node:
    """A node of a device tree."""

    values: dict[str, str] = field(default_factory=dict)
    """Property -> what stands behind its =, without the brackets."""
    is_on: bool = True
    """Neither it nor a node above it is disabled."""

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return the cells of a property; none when it is missing."""
        words = self.values.get(name, "").strip("<>").split()
        return tuple(int(word, 0) for word in words)

    def text(self, name: str) -> str:
        """Return a property that is a text; empty when it is missing."""
        return self.values.get(name, "").strip('"')


def overlay(config: str) -> str:
    """Return config.txt as the source of an overlay for mainline's tree."""
    said: list[str] = []
    for line in config.splitlines():
        key, _, value = line.strip().partition("=")
        if key == "dtparam":
            said += [_said(f"dtparam={word}") for word in value.split(",")]
        elif key == "dtoverlay":
            said.append(_said(line.strip()))
    return "/dts-v1/;\n/plugin/;\n/ { };\n" + "\n".join(said)


def _said(line: str) -> str:
    if line in SAYS:
        return SAYS[line]
    key, _, value = line.rpartition("=")
    return SAYS[key].format(value=value) if key in SAYS else ""


def merged(board: Path, config: str) -> dict[str, Node]:
    """Return the nodes of the board's tree with config.txt applied, by path.

    Raises:
        ChildProcessError: The overlay does not compile or does not fit the tree.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, small, whole = (Path(folder) / name for name in ("o.dts", "o.dtbo", "w.dtb"))
        source.write_text(overlay(config), encoding="utf-8")
        _run("dtc", "-@", "-q", "-I", "dts", "-O", "dtb", "-o", str(small), str(source))
        _run("fdtoverlay", "-i", str(board), "-o", str(whole), str(small))
        return parsed(_run("dtc", "-q", "-I", "dtb", "-O", "dts", str(whole)))


def parsed(dts: str) -> dict[str, Node]:
    """Return the nodes of a tree as dtc writes it, by path."""
    nodes: dict[str, Node] = {}
    path: list[str] = []
    for line in dts.splitlines():
        text = line.strip()
        if opened := re.fullmatch(r"(\S+) \{", text):
            above = nodes.get("/" + "/".join(path[1:])) if path else None
            path.append("" if opened[1] == "/" else opened[1])
            nodes["/" + "/".join(path[1:])] = Node(is_on=above is None or above.is_on)
        elif text == "};":
            path.pop()
        elif path and (pair := re.fullmatch(r"([^\s=]+) = (.*);", text)):
            node = nodes["/" + "/".join(path[1:])]
            node.values[pair[1]] = pair[2]
            if pair[1] == "status":
                node.is_on = node.is_on and pair[2] in {'"okay"', '"ok"'}
    return nodes


def pins_taken(nodes: dict[str, Node]) -> dict[int, list[str]]:
    """Return which nodes that are switched on take a pin."""
    groups = {phandle: node for node in nodes.values() for phandle in node.numbers("phandle")}
    taken: dict[int, list[str]] = {}
    for path, node in nodes.items():
        if not node.is_on:
            continue
        for group in node.numbers("pinctrl-0"):
            for pin in groups.get(group, Node()).numbers("brcm,pins"):
                taken.setdefault(pin, []).append(path)
    return taken


def faults(nodes: dict[str, Node], ours: dict[int, str]) -> Iterator[str]:
    """Yield what is wrong with a merged tree.

    Args:
        nodes: By path.
        ours: Pin -> what we drive it for ourselves.
    """
    for path, what in PARTS.items():
        if path not in nodes or not nodes[path].is_on:
            yield f"{what} is off ({path})"
    nothing = Node()
    if nodes.get(I2C, nothing).numbers("clock-frequency") != (400_000,):
        yield "I2C does not run at 400 kHz"
    if nodes.get(USB, nothing).text("dr_mode") != "peripheral":
        yield "USB is not a device"
    if nodes.get(BLUETOOTH, Node(is_on=False)).is_on:
        yield "Bluetooth has the full UART"
    yield from _pin_faults(pins_taken(nodes), ours)


def _pin_faults(taken: dict[int, list[str]], ours: dict[int, str]) -> Iterator[str]:
    for pin, path in PINS.items():
        if taken.get(pin) != [path]:
            yield f"GPIO{pin} is not {path}'s alone: {taken.get(pin, ['nobody'])}"
    for pin, paths in sorted(taken.items()):
        if pin in ours:
            yield f"GPIO{pin}, our {ours[pin]}, is taken by {', '.join(paths)}"
        elif len(paths) > 1 and pin not in PINS:
            yield f"GPIO{pin} is taken by {' and '.join(paths)}"


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildProcessError(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


def main(board: Path, config: Path) -> int:
    """Print what is wrong; 0 when nothing is, 2 otherwise."""
    nodes = merged(board, config.read_text(encoding="utf-8"))
    found = list(faults(nodes, {BUTTON_PIN: "button", MOTOR_PIN: "motor"}))
    for fault in found:
        print(f"{board.name}: {fault}", file=sys.stderr)
    if not found:
        print(f"{board.name}: {len(nodes)} nodes, {len(pins_taken(nodes))} pins, no fault")
    return 2 if found else 0


if __name__ == "__main__":
    words = [Path(word) for word in sys.argv[1:]]
    sys.exit(main(words[0], words[1] if len(words) > 1 else HERE / "config.txt"))
