"""Figures of the training: cadence over ten seconds, left against right."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from backrun_pi.messages import FloatArray
from backrun_pi.motion.stream import GRID_HZ, Z

CONTACT_MPS2 = -4.0
"""[m/s2] Vertical acceleration above this is ground contact (specific force over 0.6 g)."""
CADENCE_S = 5.0
"""[s] Step frequencies averaged for the cadence; enough for 2 % over 10 s."""
CONTACTS = 20
"""[-] Contacts of each foot behind the figure."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a training log may show."""

    cadence_spm: float | None
    """[steps/min] None when no steps are felt."""
    contact_s: float | None
    """[s] Mean ground contact while there is flight. None in walking."""
    contact_asymmetry: float | None
    """[-] Difference of the two feet's contact times over their mean. Which foot is which is
    not claimed. None in walking and with fewer than ten contacts of each."""


class Steps:
    """Follows contacts on the 50 Hz grid; advanced by the new points of each decision."""

    def __init__(self) -> None:
        self._hz: deque[float] = deque(maxlen=round(CADENCE_S * 10.0))
        self._contacts: tuple[deque[float], deque[float]] = (
            deque(maxlen=CONTACTS),
            deque(maxlen=CONTACTS),
        )
        self._foot = 0
        self._since: float | None = None
        self._last_z = 0.0
        self._at = 0

    def forget(self) -> None:
        """Start anew: the steps have stopped."""
        self._hz.clear()
        for contacts in self._contacts:
            contacts.clear()
        self._since = None

    def step(self, fresh: FloatArray, step_hz: float, is_run: bool) -> None:
        """Take the new grid points, shape (n, 7), and the step frequency of the window."""
        self._hz.append(step_hz)
        if not is_run:
            self._since = None
            self._at += len(fresh)
            return
        for z in fresh[:, Z].tolist():
            self._at += 1
            last, self._last_z = self._last_z, z
            if (last > CONTACT_MPS2) == (z > CONTACT_MPS2):
                continue
            at = self._at - (z - CONTACT_MPS2) / (z - last)  # where the line crosses
            if z > CONTACT_MPS2:
                self._since = at
            elif self._since is not None:
                contact_s = (at - self._since) / GRID_HZ
                if 0.08 < contact_s < 0.6:  # sprint to shuffle: else it was no step
                    self._foot = 1 - self._foot
                    self._contacts[self._foot].append(contact_s)
                self._since = None

    def figures(self) -> Figures:
        """Return the figures of the last seconds."""
        cadence = 60.0 * sum(self._hz) / len(self._hz) if self._hz else None
        one, two = self._contacts
        if len(one) < CONTACTS // 2 or len(two) < CONTACTS // 2:
            return Figures(cadence, None, None)
        a, b = sum(one) / len(one), sum(two) / len(two)
        return Figures(cadence, (a + b) / 2.0, abs(a - b) / ((a + b) / 2.0))
