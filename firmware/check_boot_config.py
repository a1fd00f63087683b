"""Checks a config.txt fragment: known keys and values, sections, and no pin used twice.

The firmware ignores what it does not understand without a word, so a typing error is only
seen as a part that does not work. Source of keys and defaults: the overlays README of
raspberrypi/firmware and the config.txt pages of the Raspberry Pi documentation.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SECTIONS = {"all", "pi02", "pi3"}
SWITCH, BIT, NUMBER = "on|off", "[01]", "[0-9]+"
PLAIN_KEYS = {
    "enable_uart": BIT,
    "camera_auto_detect": BIT,
    "display_auto_detect": BIT,
    "core_freq": NUMBER,
    "kernel_watchdog_timeout": NUMBER,
    "gpu_mem": NUMBER,
}
"""Key -> the values that it takes, as a pattern."""
DTPARAMS: dict[str, tuple[str, tuple[int, ...]]] = {
    "i2c_arm": (SWITCH, (2, 3)),
    "i2c_arm_baudrate": (NUMBER, ()),
    "strict_gpiod": (f"|{SWITCH}", ()),
    "watchdog": (SWITCH, ()),
    "audio": (SWITCH, ()),
}
"""Parameter -> the values that it takes, and the pins when it is on."""
OVERLAYS: dict[str, dict[str, tuple[str, int | None]]] = {
    "dwc2": {"dr_mode": ("peripheral|host|otg", None)},
    "disable-bt": {},
    "miniuart-bt": {},
    "pps-gpio": {"gpiopin": (NUMBER, 18)},
    "gpio-shutdown": {
        "gpio_pin": (NUMBER, 3),
        "active_low": (BIT, None),
        "gpio_pull": ("up|down|off", None),
        "debounce": (NUMBER, None),
    },
}
"""Overlay -> parameter -> the values that it takes, and the pin that it is by default."""
UART_PINS = (14, 15)
GPIO_WORDS = {"ip", "op", "dl", "dh", "pu", "pd", "pn"}


def faults(text: str) -> list[str]:
    """Return every fault of a config.txt fragment, each with its line number."""
    found: list[str] = []
    pins: dict[int, str] = {}
    seen: set[str] = set()
    has_section = False
    for number, raw in enumerate(text.splitlines(), start=1):
        line, where = raw.strip(), f"line {number}"
        if not line or line.startswith("#"):
            continue
        if section := re.fullmatch(r"\[(.+)\]", line):
            has_section = True
            if section[1] not in SECTIONS:
                found.append(f"{where}: unknown section [{section[1]}]")
            continue
        if not has_section:
            found.append(f"{where}: {line} stands before a section; what was above decides")
        found += [f"{where}: {fault}" for fault in _faults_of(line, seen, pins)]
    return found


def _faults_of(line: str, seen: set[str], pins: dict[int, str]) -> list[str]:
    """Return the faults of a line, and note what it gives and which pins it takes."""
    key, is_pair, value = line.partition("=")
    if not is_pair or " " in line:
        return [f"{line} is not key=value without spaces"]
    once = key if key in PLAIN_KEYS else line
    found = [f"{once} is given twice"] if once in seen else []
    seen.add(once)
    found += _line_faults(key, value)
    for pin in _pins(key, value):
        if pin in pins:
            found.append(f"GPIO{pin} is taken by both {pins[pin]} and {line}")
        pins[pin] = line
    return found


def _line_faults(key: str, value: str) -> list[str]:
    words = value.split(",")
    if key == "dtparam":
        return _value_faults("dtparam", {name: DTPARAMS[name][0] for name in DTPARAMS}, words)
    if key == "dtoverlay":
        if words[0] not in OVERLAYS:
            return [f"unknown dtoverlay {words[0]}"]
        known = {name: pattern for name, (pattern, _) in OVERLAYS[words[0]].items()}
        return _value_faults(words[0], known, words[1:])
    if key == "gpio":
        pin, _, state = value.partition("=")
        if not pin.isdigit() or not set(state.split(",")) <= GPIO_WORDS:
            return [f"gpio={value} is not PIN=WORDS"]
        return []
    return _value_faults("config.txt", PLAIN_KEYS, [f"{key}={value}"])


def _value_faults(where: str, known: dict[str, str], words: list[str]) -> list[str]:
    """Return what is wrong with name=value pairs of a list of names that are known."""
    found: list[str] = []
    for word in words:
        name, _, value = word.partition("=")
        if name not in known:
            found.append(f"{where} has no parameter {name}")
        elif not re.fullmatch(known[name], value):
            found.append(f"{where}: {name}={value} is not {known[name]}")
    return found


def _pins(key: str, value: str) -> tuple[int, ...]:
    words = value.split(",")
    if key == "dtparam":
        pairs = [word.partition("=") for word in words]
        on = [name for name, _, state in pairs if state in {"", "on"}]
        return tuple(pin for name in on if name in DTPARAMS for pin in DTPARAMS[name][1])
    if key == "gpio":
        return (int(value.partition("=")[0]),) if value.partition("=")[0].isdigit() else ()
    if key == "enable_uart":
        return UART_PINS if value == "1" else ()
    if key != "dtoverlay":
        return ()
    given = dict(word.partition("=")[::2] for word in words[1:])
    defaults = OVERLAYS.get(words[0], {})
    return tuple(
        int(given.get(name, default))
        for name, (_, default) in defaults.items()
        if default is not None
    )


def main(names: list[str]) -> int:
    """Check files; 0 when all are right, 2 otherwise."""
    lines = [f"{name}: {fault}" for name in names for fault in faults(Path(name).read_text())]
    for line in lines:
        print(line, file=sys.stderr)
    return 2 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
