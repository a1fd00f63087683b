"""The serial line of the GNSS receiver."""

from __future__ import annotations

import termios

import serial

from backrun_pi.errors import StreamLost

READ_BYTES = 4096
"""[B] What the kernel's line buffer holds."""
WRITE_TIMEOUT_S = 0.5
"""[s] Longest wait for room in the kernel's output buffer."""

_FAULTS = (serial.SerialException, OSError, termios.error)


class SerialLine:
    """A tty, read without waiting. One reader only: the port is taken exclusively."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._line: serial.Serial | None = None

    @property
    def name(self) -> str:
        """Return the device path."""
        return self._port

    @property
    def is_configurable(self) -> bool:
        """Return True: the line is ours alone."""
        return True

    def open(self, baud: int) -> None:
        """Open, or reopen at another speed.

        Raises:
            StreamLost: No such device, no right to use it, taken by another, not a tty.
        """
        self.close()
        try:
            self._line = serial.Serial(
                self._port, baud, timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True
            )
        except (*_FAULTS, ValueError) as error:  # ValueError: a baud rate it cannot do
            raise StreamLost(f"{self._port}: cannot be opened: {_plain(error)}") from error

    def read(self) -> bytes:
        """Return all bytes that have arrived, maybe none.

        Raises:
            StreamLost: The line is closed, unplugged or read by another program.
        """
        try:
            data: bytes = self._opened().read(READ_BYTES)
        except _FAULTS as error:
            raise self._lost(error) from error
        return data

    def write(self, data: bytes) -> None:
        """Send all bytes in one write.

        Raises:
            StreamLost: The line is closed, unplugged, or took only a part.
        """
        try:
            sent = self._opened().write(data)
        except _FAULTS as error:
            raise self._lost(error) from error
        if sent != len(data):
            raise StreamLost(f"{self._port}: took {sent} of {len(data)} bytes")

    def close(self) -> None:
        """Close; closing twice is allowed."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _opened(self) -> serial.Serial:
        if self._line is None:
            raise StreamLost(f"{self._port}: not open")
        return self._line

    def _lost(self, error: Exception) -> StreamLost:
        if isinstance(error, StreamLost):
            return error
        self.close()
        return StreamLost(f"{self._port}: lost: {_plain(error)}")


_USED = "another program uses it (gpsd, or the serial console in cmdline.txt?)"
_MEANINGS = (
    (
        "readiness to read but returned no data",
        "the receiver was unplugged, or another program reads the port",
    ),
    ("Permission denied", "no permission: sudo adduser $USER dialout, then log in again"),
    ("exclusively lock", _USED),  # pyserial's own lock
    ("Errno 16", _USED),  # EBUSY: gpsd takes the port with TIOCEXCL
    (
        "No such file",
        "there is no such device: enable_uart=1 in config.txt, or check the cable",
    ),
)


def _plain(error: Exception) -> str:
    text = str(error)
    return next((meaning for part, meaning in _MEANINGS if part in text), text)
