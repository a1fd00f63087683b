"""The GNSS receiver's line: opened, set up, and reopened when it was lost."""

from __future__ import annotations

from backrun_pi.hardware.ports import ByteStream
from backrun_pi.messages import StateChange
from backrun_pi.sensors.gnss_settings import GnssSettings


class Receiver:
    """Reads the line; carries out what the set-up asks for."""

    def __init__(
        self, line: ByteStream, settings: GnssSettings, remembered: bytes | None
    ) -> None:
        self._line = line
        self._is_open = False

    def read(self, now_ns: int) -> bytes:
        """Return what arrived. Raises StreamLost."""
        if not self._is_open:
            self._line.open(9600)
            self._is_open = True
        return self._line.read()

    def changes(self) -> tuple[StateChange, ...]:
        """Return what to keep across restarts, once."""
        return ()

    def lose(self) -> None:
        """Forget that the line was open."""
        self._line.close()
        self._is_open = False

    def close(self) -> None:
        """Close the line."""
        self._line.close()
