"""Checks a config.txt fragment: known keys, sections, and no pin used twice.

The firmware ignores what it does not understand without a word, so a typing error is only
seen as a part that does not work. Source of keys and defaults: the overlays README of
raspberrypi/firmware and the config.txt pages of the Raspberry Pi documentation.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SECTIONS = {"all", "pi02", "pi3"}
PLAIN_KEYS = {
    "enable_uart",
    "camera_auto_detect",
    "display_auto_detect",
    "core_freq",
    "kernel_watchdog_timeout",
    "gpu_mem",
}
DTPARAMS: dict[str, tuple[int, ...]] = {
    "i2c_arm": (2, 3),
    "i2c_arm_baudrate": (),
    "strict_gpiod": (),
    "watchdog": (),
    "audio": (),
}
"""Parameter -> the pins it takes when it is on."""
OVERLAYS: dict[str, dict[str, int | None]] = {
    "dwc2": {"dr_mode": None},
    "disable-bt": {},
    "miniuart-bt": {},
    "pps-gpio": {"gpiopin": 18},
    "gpio-shutdown": {"gpio_pin": 3, "active_low": None, "gpio_pull": None, "debounce": None},
}
"""Overlay -> its parameters; a number is the pin that the overlay takes by default."""
UART_PINS = (14, 15)
GPIO_WORDS = {"ip", "op", "dl", "dh", "pu", "pd", "pn"}


def faults(text: str) -> list[str]:
    """Return every fault of a config.txt fragment, each with its line number."""
    found: list[str] = []
    pins: dict[int, str] = {}

    def take(numbers: tuple[int, ...], line: str, where: str) -> None:
        for pin in numbers:
            if pin in pins:
                found.append(f"{where}: GPIO{pin} is taken by both {pins[pin]} and {line}")
            pins[pin] = line

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
        key, is_pair, value = line.partition("=")
        if not is_pair or " " in line:
            found.append(f"{where}: {line} is not key=value without spaces")
            continue
        found += [f"{where}: {fault}" for fault in _line_faults(key, value)]
        take(_pins(key, value), line, where)
    return found


def _line_faults(key: str, value: str) -> list[str]:
    words = value.split(",")
    if key == "dtparam":
        names = [word.partition("=")[0] for word in words]
        return [f"unknown dtparam {name}" for name in names if name not in DTPARAMS]
    if key == "dtoverlay":
        if words[0] not in OVERLAYS:
            return [f"unknown dtoverlay {words[0]}"]
        names = [word.partition("=")[0] for word in words[1:]]
        known = OVERLAYS[words[0]]
        return [f"{words[0]} has no parameter {name}" for name in names if name not in known]
    if key == "gpio":
        pin, _, state = value.partition("=")
        if not pin.isdigit() or not set(state.split(",")) <= GPIO_WORDS:
            return [f"gpio={value} is not PIN=WORDS"]
        return []
    return [] if key in PLAIN_KEYS else [f"unknown key {key}"]


def _pins(key: str, value: str) -> tuple[int, ...]:
    words = value.split(",")
    if key == "dtparam":
        pairs = [word.partition("=") for word in words]
        on = [name for name, _, state in pairs if state in {"", "on"}]
        return tuple(pin for name in on for pin in DTPARAMS.get(name, ()))
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
        for name, default in defaults.items()
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
