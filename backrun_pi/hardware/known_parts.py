"""Which optional parts this board has had: one that answered before is missed, not replaced."""

from __future__ import annotations

import contextlib

import msgspec

from backrun_pi.errors import RecordError
from backrun_pi.hardware.ports import Storage

FILE = "state/parts.json"


class _Kept(msgspec.Struct, frozen=True):
    motor_driver: str = ""


class KnownParts:
    """Remembers across restarts; a file that cannot be read is as good as none."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    @property
    def motor_driver(self) -> str | None:
        """Return the haptic driver that answered on an earlier start, None without one."""
        try:
            data = self._storage.read(FILE)
            kept = _Kept() if data is None else msgspec.json.decode(data, type=_Kept)
        except (RecordError, msgspec.MsgspecError, ValueError):
            return None
        return kept.motor_driver or None

    def note_motor_driver(self, name: str | None) -> None:
        """Keep which haptic driver there is, None for the pin; a full card is no obstacle."""
        if name == self.motor_driver:
            return
        with contextlib.suppress(RecordError):
            self._storage.replace(FILE, msgspec.json.encode(_Kept(name or "")))
