"""The lithium cell: how full it is, and the voltage at its terminals."""

from __future__ import annotations

import numpy as np

from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.scenario_tables import BatteryTable

_CHARGES_P = np.array([0.0, 0.05, 0.2, 0.5, 0.8, 1.0])
_VOLTS = np.array([3.00, 3.45, 3.65, 3.80, 4.00, 4.18])  # a lithium cell under light load


class Battery:
    """Runs down evenly; a fault may set it."""

    def __init__(self, table: BatteryTable, clock: SimClock) -> None:
        self._clock = clock
        self._lasts_s = table.lasts_h * 3600.0
        self._set = (0.0, table.charge_p)  # at scenario second, share

    def set(self, charge_p: float) -> None:
        """Be so full from now on."""
        self._set = (self._clock.elapsed_s, charge_p)

    def cell(self) -> tuple[float, float]:
        """Return (voltage [V], charge [0, 1]) now."""
        at_s, charge_p = self._set
        charge_p = max(0.0, charge_p - (self._clock.elapsed_s - at_s) / self._lasts_s)
        return float(np.interp(charge_p, _CHARGES_P, _VOLTS)), charge_p
