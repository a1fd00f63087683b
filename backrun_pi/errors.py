"""Every error the product raises on purpose.

BackrunError
├── BadInput             what the user gave is wrong; the command line exits with 2
│   ├── ConfigError      a setting: names the file, the key, the fault, the nearest key
│   ├── MapError         a map file or an extract that cannot be used
│   ├── RouteError       a track, route or marks file that cannot be used
│   └── SessionError     a session folder or log that is not one
├── HardwareError        a part did not do its work
│   ├── BusError         an I2C transfer failed (address, register, errno)
│   ├── StreamLost       a serial line or socket is gone
│   ├── WrongDevice      something answered, but not what we can use
│   └── MotorFault       the motor could not be driven
├── RecordError          the card refused: full, read-only, gone
├── OutputError          an output could not be written
└── ProgramFailed        rooms failed too often in a minute: the unit starts the program again
"""

from __future__ import annotations

from errno import ENXIO, EREMOTEIO

LONGEST_QUOTE = 120
"""[-] Characters of what was given that stand in a message."""


def quoted(given: str) -> str:
    """Return what was given for a message: in quotes, printable, and no longer than helps."""
    return clipped(repr(given))


def clipped(text: str) -> str:
    """Return a text that quotes what was given, no longer than helps."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."


class BackrunError(Exception):
    """Base of all errors raised on purpose; its text is one line a person can act on."""


class BadInput(BackrunError, ValueError):
    """What the user gave cannot be used; says what, where, and how to fix it."""


class ConfigError(BadInput):
    """A settings or plan file has faults; `faults` lists all of them."""

    def __init__(self, message: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


class MapError(BadInput):
    """A map file or an OpenStreetMap extract cannot be used."""


class RouteError(BadInput):
    """A track, a route or a marks file cannot be used."""


class SessionError(BadInput):
    """A path that should be a recorded session is not one, or holds nothing readable."""


class HardwareError(BackrunError, OSError):
    """A part of the board did not do its work."""


class BusError(HardwareError):
    """An I2C transfer failed."""

    def __init__(self, address: int, register: int, errno: int | None, what: str) -> None:
        super().__init__(f"I2C 0x{address:02x} register 0x{register:02x}: {what}")
        self.address = address
        self.register = register
        self.bus_errno = errno

    @property
    def is_silence(self) -> bool:
        """Nobody acknowledged: the chip saw nothing of the transfer (i2c-bcm2835, others)."""
        return self.bus_errno in {EREMOTEIO, ENXIO}


class StreamLost(HardwareError):
    """A serial line or socket that was open is gone, or could not be opened."""


class WrongDevice(HardwareError):
    """Something answered on the bus, but it is not a part we can use."""


class MotorFault(HardwareError):
    """The motor could not be driven."""


class RecordError(BackrunError, OSError):
    """The card refused to take a record: full, read-only or gone."""


class ProgramFailed(BackrunError):
    """The program failed too often to go on; the service manager starts it again."""


class OutputError(BackrunError, OSError):
    """An output file or folder could not be written."""
