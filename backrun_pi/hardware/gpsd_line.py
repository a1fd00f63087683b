"""A GNSS receiver behind gpsd, read as the NMEA it passes on."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from backrun_pi.errors import StreamLost

SCHEME = "gpsd://"
PORT = 2947  # IANA: gpsd
WATCH = b'?WATCH={"enable":true,"nmea":true};\n'
CONNECT_TIMEOUT_S = 1.0
"""[s] gpsd runs on the same machine or the same link."""
READ_BYTES = 16384


class GpsdLine:
    """`gpsd://host:port` as a ByteStream; gpsd owns the receiver's speed and setup."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._name = address
        self._peer = (parts.hostname or "localhost", parts.port or PORT)
        self._socket: socket.socket | None = None

    @property
    def name(self) -> str:
        """Return the address."""
        return self._name

    @property
    def is_configurable(self) -> bool:
        """Return False: gpsd owns the receiver."""
        return False

    def open(self, baud: int) -> None:  # noqa: ARG002 - a socket has no speed
        """Connect and ask for NMEA. Raises StreamLost."""
        self.close()
        try:
            self._socket = socket.create_connection(self._peer, timeout=CONNECT_TIMEOUT_S)
            self._socket.sendall(WATCH)
            self._socket.setblocking(False)
        except OSError as error:
            self.close()
            raise StreamLost(f"{self._name}: no gpsd: {error.strerror or error}") from error

    def read(self) -> bytes:
        """Return all bytes that have arrived, maybe none. Raises StreamLost."""
        if self._socket is None:
            raise StreamLost(f"{self._name}: not open")
        try:
            data = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            self.close()
            raise StreamLost(f"{self._name}: lost: {error.strerror or error}") from error
        if not data:
            self.close()
            raise StreamLost(f"{self._name}: gpsd closed the connection")
        return data

    def write(self, data: bytes) -> None:
        """Refuse: the receiver belongs to gpsd. Raises StreamLost."""
        raise StreamLost(f"{self._name}: {len(data)} bytes not sent, gpsd sets up the receiver")

    def close(self) -> None:
        """Close; closing twice is allowed."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
