"""The range sensor's line: hunted, set up, measured, and set up again after a brown-out."""

from __future__ import annotations

from backrun_pi.hardware.ports import ByteStream
from backrun_pi.sensors.rear.benewake import BAUDS, FORMAT_CM, OUTPUT_ON, LidarFramer, rate
from backrun_pi.units import NS_PER_S

_TRY_NS = 600_000_000  # at each speed of the line: 12 frames at the slowest rate we set
_FOUND = 3  # whole frames: the sum lets one in 256 of damaged ones pass
_WINDOW_NS = NS_PER_S
_SILENT_NS = NS_PER_S  # then the line is hunted again
_TOLERANCE = 0.2  # of the rate; a sensor back from a brown-out sends its own
_ATTEMPTS = 3


class LidarLine:
    """Carries out hunting and set-up while it passes on what arrives.

    A sensor whose rate stays another one works all the same, and says so.
    """

    def __init__(self, line: ByteStream, rate_hz: int) -> None:
        self._line, self._rate_hz = line, rate_hz
        self._framer = LidarFramer()
        self._hunted = 0
        self._is_open = self._is_found = False
        self._since_ns = 0
        self._frame_ns = 0
        self._seen = 0
        self._window_ns = 0
        self._window_seen = 0
        self._attempts = 0
        self.degraded_because: str | None = None
        """What a sensor that works fails to do."""

    @property
    def baud(self) -> int:
        """Return the speed the line is open at."""
        return BAUDS[self._hunted % len(BAUDS)]

    def read(self, now_ns: int) -> bytes:
        """Return range and amplitude of what arrived, four bytes a frame. Raises StreamLost."""
        if not self._is_open:
            self._open(now_ns)
            return b""
        words = self._framer.feed(self._line.read())
        seen = len(words) // 4
        if seen:
            self._frame_ns = now_ns
        self._seen += seen
        if not self._is_found:
            self._hunt(now_ns)
        elif now_ns - self._frame_ns >= _SILENT_NS:
            self._is_found = False
            self._open(now_ns)
        else:
            self._window_seen += seen
            self._measure(now_ns)
        return words

    def close(self) -> None:
        """Close the line; the next read begins again. Closing twice is allowed."""
        self._line.close()
        self._is_open = self._is_found = False

    def _open(self, now_ns: int) -> None:
        self._line.open(self.baud)
        self._framer.forget()
        self._is_open, self._since_ns, self._seen = True, now_ns, 0
        self._line.write(OUTPUT_ON)  # some are kept silent by their settings

    def _hunt(self, now_ns: int) -> None:
        if self._seen >= _FOUND:
            self._is_found, self._attempts = True, 0
            self._set_up(now_ns)
        elif now_ns - self._since_ns >= _TRY_NS:
            self._hunted += 1
            self._open(now_ns)

    def _set_up(self, now_ns: int) -> None:
        for wish in (FORMAT_CM, rate(self._rate_hz)):
            self._line.write(wish)
        self._attempts += 1
        # What is on its way was sent at the old rate: half a second is not measured.
        self._window_ns, self._window_seen = now_ns + _WINDOW_NS // 2, 0

    def _measure(self, now_ns: int) -> None:
        if now_ns < self._window_ns:
            self._window_seen = 0
            return
        if now_ns - self._window_ns < _WINDOW_NS:
            return
        rate_hz = self._window_seen * NS_PER_S / (now_ns - self._window_ns)
        self._window_ns, self._window_seen = now_ns, 0
        if abs(rate_hz - self._rate_hz) <= _TOLERANCE * self._rate_hz:
            self._attempts, self.degraded_because = 0, None
        elif self._attempts < _ATTEMPTS:
            self._set_up(now_ns)
        else:
            self.degraded_because = (
                f"the range sensor sends {rate_hz:.0f} ranges a second, not {self._rate_hz}"
            )
