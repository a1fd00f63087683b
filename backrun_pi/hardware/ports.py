"""What a board must offer. The whole product stands on these protocols and on nothing below.

Two boards implement them: `raspberry.py` on the real pins, and the twin in `backrun_pi.sim`.
Contract for both: a call never blocks longer than the bus transfer it makes, time only comes
from `Clock`, and every failure is one of `HardwareError` or `RecordError`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from backrun_pi.messages import ButtonEdge, DeviceStatus


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong with the setup of a board."""

    found: str
    """What, in plain words."""
    remedy: str
    """How to fix it."""


class Clock(Protocol):
    """Time since boot, and the only way to wait."""

    def now_ns(self) -> int:
        """Return CLOCK_BOOTTIME in ns: never steps, goes on in suspend."""

    def sleep_until_ns(self, t_ns: int) -> None:
        """Return at `t_ns` or at once when it has passed."""

    def wall_utc_s(self) -> float:
        """Return UTC as the operating system has it. Untrusted: it may step."""


class I2cBus(Protocol):
    """An I2C master."""

    def read(self, address: int, register: int, count: int) -> bytes:
        """Write the register number, repeated start, read `count` bytes (any count).

        Raises:
            BusError: NAK, timeout or arbitration lost.
        """

    def write(self, address: int, register: int, data: bytes) -> None:
        """Write the register number and the data in one transfer.

        Raises:
            BusError: NAK, timeout or arbitration lost.
        """


class ByteStream(Protocol):
    """The serial line of a receiver or sensor, or a socket that stands for one."""

    @property
    def name(self) -> str:
        """Return a name a person can find: the device path or the address."""

    @property
    def is_configurable(self) -> bool:
        """Return whether the receiver behind it takes commands from us."""

    def open(self, baud: int) -> None:
        """Open, or reopen at another speed. Raises StreamLost."""

    def read(self) -> bytes:
        """Return all bytes that have arrived, maybe none. Raises StreamLost."""

    def write(self, data: bytes) -> None:
        """Send all bytes in one write. Raises StreamLost."""

    def close(self) -> None:
        """Close; closing twice is allowed."""


class Motor(Protocol):
    """A vibration motor that switches itself off."""

    @property
    def name(self) -> str:
        """Return what drives it, and where."""

    @property
    def failure(self) -> str | None:
        """Return why it may still be on although it should be off; None when it is off."""

    def pulse(self, strength: float, duration_s: float) -> None:
        """Vibrate from now on for `duration_s` at `strength` 0..1, then be off by itself.

        A pulse replaces the one that is playing. Raises MotorFault.
        """

    def off(self) -> None:
        """Be off now. Raises MotorFault."""


class Button(Protocol):
    """The one button."""

    def edges(self) -> Sequence[ButtonEdge]:
        """Return raw, not debounced edges since the last call, oldest first."""


class PartnerLink(Protocol):
    """A button in the hand of a forward-running partner (any Linux input device)."""

    def poll(self) -> tuple[Sequence[ButtonEdge], bool]:
        """Return raw edges since the last call, and whether the link stands now."""


class Storage(Protocol):
    """The card: append-only files and small files replaced whole, below one folder.

    Names are relative, with `/`. All methods raise RecordError when the card refuses.
    """

    def append(self, name: str, data: bytes) -> None:
        """Append bytes, creating the file (and its folders) when missing."""

    def sync(self, name: str) -> None:
        """Return when all bytes of the file, and its directory entry, are on the medium."""

    def read(self, name: str, most_bytes: int | None = None) -> bytes | None:
        """Return the whole file, None when there is none.

        With `most_bytes`, no more than one byte beyond it is read: enough to see that a file
        is too long to be ours.
        """

    def replace(self, name: str, data: bytes) -> None:
        """Replace the file whole or not at all: temporary file, sync, rename, sync."""

    def names(self, folder: str) -> Sequence[str]:
        """Return the names directly in a folder, sorted; empty when there is none."""

    def delete(self, name: str) -> None:
        """Delete a file or a folder with all in it; deleting what is not there is allowed."""

    def free_bytes(self) -> int:
        """Return the space left on the medium."""


class Worker(Protocol):
    """A background activity."""

    def wake(self) -> None:
        """Ask for one more call of its step; never blocks."""

    def close(self, timeout_s: float) -> bool:
        """Let a running step end, call it once more, stop. Return False when it hangs."""


class Board(Protocol):
    """Everything the product can touch."""

    @property
    def clock(self) -> Clock:
        """Return the board's time."""

    @property
    def i2c(self) -> I2cBus:
        """Return the bus of the IMU (and of optional parts)."""

    @property
    def gnss(self) -> ByteStream:
        """Return the line of the GNSS receiver."""

    @property
    def rear_lidar(self) -> ByteStream:
        """Return the line of a range sensor at the back; asked for only where one is set up."""

    @property
    def rear_radar(self) -> ByteStream:
        """Return the line of a radar at the back; asked for only where one is set up."""

    @property
    def motor(self) -> Motor:
        """Return the vibration motor; the left one when two are fitted."""

    @property
    def right_motor(self) -> Motor | None:
        """Return the second motor; None when one is all there is."""

    @property
    def button(self) -> Button:
        """Return the button."""

    @property
    def partner(self) -> PartnerLink | None:
        """Return the partner's button; None when none was ever paired."""

    @property
    def storage(self) -> Storage:
        """Return the card."""

    @property
    def boot_id(self) -> str:
        """Return the id of this boot, as the kernel gives it."""

    @property
    def gauge(self) -> str | None:
        """Return the battery gauge that answers; None without one."""

    def issues(self) -> Sequence[Issue]:
        """Return what the board sees wrong with its own setup."""

    def status(self) -> DeviceStatus:
        """Return battery, temperature and throttling; None where there is no sensor."""

    def background(self, name: str, step: Callable[[], None]) -> Worker:
        """Run `step` beside the main loop each time the worker is woken."""

    def notify(self, state: str) -> None:
        """Tell the service manager: READY=1, WATCHDOG=1, STATUS=..., STOPPING=1."""

    def close(self) -> None:
        """Motor off, lines closed. Closing twice is allowed."""
