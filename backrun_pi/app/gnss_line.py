"""The GNSS receiver's line: hunted, set up, read, and taken up again when it was lost."""

from __future__ import annotations

from backrun_pi.hardware.ports import ByteStream
from backrun_pi.messages import GnssFix, SetupReport, StateChange
from backrun_pi.sensors.gnss.autoconfig import (
    Action,
    GnssSetup,
    Keep,
    OpenLine,
    SendBytes,
)
from backrun_pi.sensors.gnss.reader import GnssReader
from backrun_pi.sensors.gnss.settings import GnssSettings


class GnssLine:
    """Carries out on the line what the set-up asks for."""

    def __init__(
        self, line: ByteStream, settings: GnssSettings, remembered: bytes | None
    ) -> None:
        self._line = line
        self._reader = GnssReader(settings)
        self._setup = GnssSetup(settings, remembered, is_ours=line.is_configurable)
        self._is_open = False
        self._changes: list[StateChange] = []

    @property
    def report(self) -> SetupReport | None:
        """Return what the last set-up found; None before it, and where it is not ours."""
        return self._setup.report

    @property
    def degraded_because(self) -> str | None:
        """Return what a receiver that works fails to give; None while all is well."""
        return self._reader.degraded_because

    def read(self, now_ns: int) -> tuple[GnssFix, ...]:
        """Return the fixes of what arrived. Raises StreamLost."""
        data = self._line.read() if self._is_open else b""
        fixes = self._reader.feed(data, now_ns)
        for action in self._setup.step(now_ns, data, self._reader.sentences):
            self._act(action)
        return fixes

    def changes(self) -> tuple[StateChange, ...]:
        """Return what to keep across restarts, once."""
        changes, self._changes = tuple(self._changes), []
        return changes

    def lose(self) -> None:
        """Give up a line that failed; the next read begins again."""
        self.close()
        self._setup.lost()

    def close(self) -> None:
        """Close the line; closing twice is allowed."""
        self._line.close()
        self._is_open = False

    def _act(self, action: Action) -> None:
        match action:
            case OpenLine(baud=baud):
                self._line.open(baud)
                self._is_open = True
            case SendBytes(data=data):
                self._line.write(data)
            case Keep(change=change):
                self._changes.append(change)
            case SetupReport():
                pass  # kept by the set-up, see `report`
