"""Raw counts of one FIFO drain -> one ImuBatch in SI units."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from backrun_pi.errors import BusError
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu.settings import ImuSettings
from backrun_pi.sensors.imu.timing import SampleClock

Counts = npt.NDArray[np.int16]
"""Shape (n, 6): acceleration x y z, rate of turn x y z, as the chip counts them."""

STANDARD_GRAVITY_MPS2 = 9.80665
"""[m/s2] The conventional g in which the chips are specified (CGPM 1901)."""


class BatchMaker:
    """Gives counts their time and unit, and refuses a chip that repeats itself.

    The products count x lsb are exact multiples of the lsb, so a recorder can store counts
    and get back the same numbers.
    """

    def __init__(
        self, address: int, accel_lsb_g: float, gyro_lsb_rps: float, settings: ImuSettings
    ) -> None:
        self._address = address
        self._accel_lsb_mps2 = accel_lsb_g * STANDARD_GRAVITY_MPS2
        self._gyro_lsb_rps = gyro_lsb_rps
        self._frozen_limit = settings.frozen_samples
        self._last_row: bytes = b""
        self._frozen = 0

    def make(
        self, counts: Counts, clock: SampleClock, t_ns: int, chip_c: float | None
    ) -> ImuBatch:
        """Return the batch of one drain.

        Args:
            counts: Shape (n, 6), n at least 1, oldest first.
            clock: Gives the samples their time.
            t_ns: When the FIFO count was read.
            chip_c: Temperature of the chip, None when it was not read.

        Raises:
            BusError: All six axes have not moved by one count for too long.
        """
        self._watch_frozen(counts)
        times_ns, gap_s = clock.stamp(len(counts), t_ns)
        values = counts.astype(np.float64)
        return ImuBatch(
            t_ns=times_ns,
            accel_mps2=values[:, :3] * self._accel_lsb_mps2,
            gyro_rps=values[:, 3:] * self._gyro_lsb_rps,
            accel_lsb_mps2=self._accel_lsb_mps2,
            gyro_lsb_rps=self._gyro_lsb_rps,
            chip_c=chip_c,
            gap_s=gap_s,
        )

    def _watch_frozen(self, counts: Counts) -> None:
        raw = counts.tobytes()
        row = raw[-12:]  # six 16-bit counts
        is_same = raw == row * len(counts) and (row == self._last_row or not self._last_row)
        self._frozen = self._frozen + len(counts) if is_same else 0
        self._last_row = row
        if self._frozen >= self._frozen_limit:  # and again, until a sample differs
            raise BusError(self._address, 0, None, "the chip repeats the same sample")
