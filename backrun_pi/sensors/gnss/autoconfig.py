"""Brings a receiver in any state to a steady 5 Hz, and again when it lost its power."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import msgspec

from backrun_pi.messages import SetupReport, StateChange
from backrun_pi.sensors.gnss.commands import SLOW_BAUD, Command, Family, SetupPlan, plan, polls
from backrun_pi.sensors.gnss.responses import Responses
from backrun_pi.sensors.gnss.settings import GnssSettings

STATE_NAME = "state/gnss.json"
BAUDS = (115200, 38400, 9600, 57600, 230400, 460800, 921600, 4800, 19200)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """Reopen the line at another speed."""

    baud: int
    """[baud]"""


@dataclass(frozen=True, slots=True)
class SendBytes:
    """Send, in one write."""

    data: bytes
    """What."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Remember across restarts."""

    change: StateChange
    """What."""


Action = OpenLine | SendBytes | Keep | SetupReport
Wait = Generator[None, None, bool]


class _Remembered(msgspec.Struct, frozen=True):
    baud: int


class GnssSetup:
    """Hunts the speed, configures, verifies by measuring, and watches from then on.

    `step` takes what was received and returns what to do; the runtime owns the line. The
    reader has the bytes first: fixes flow while the set-up is still at work.

    Steps: 1. open each speed, ask every family what it is, listen; bytes that can only be
    another speed are not waited for. 2. Long sentences off, so that answers get through.
    3. Raise the baud, prove it by an answer, else go back. 4. Sentences, pedestrian model,
    static hold off, rate. 5. Measure the epoch rate. 6. When sentences stay away, or come
    much slower than measured, begin again: the module lost its power.
    """

    def __init__(
        self, settings: GnssSettings, remembered: bytes | None, *, is_ours: bool = True
    ) -> None:
        """Begin.

        Args:
            settings: What the receiver is to be.
            remembered: What was kept last time.
            is_ours: False when another program owns the receiver (gpsd): the line is opened
                and nothing is ever sent.
        """
        self._settings = settings
        self._is_ours = is_ours
        self._responses = Responses()
        self._out: list[Action] = []
        self._now_ns = 0
        self._baud = 0
        self._good_baud = _remembered_baud(remembered)
        self._kept_baud = self._good_baud
        self._refused: list[str] = []
        self._unanswered = 0
        self._slow_restarts = 0
        self.report: SetupReport | None = None
        """The last one; None until the first set-up is through."""
        self._script = self._live()

    def step(self, now_ns: int, received: bytes, sentences: list[bytes]) -> tuple[Action, ...]:
        """Take what came since the last call; return what to do now, in order.

        Args:
            now_ns: [ns] Now, CLOCK_BOOTTIME.
            received: All bytes.
            sentences: Bodies of the good sentences in them, as the reader framed them.
        """
        self._now_ns = now_ns
        self._responses.feed(received, sentences, now_ns)
        self._out = []
        next(self._script)
        return tuple(self._out)

    def lost(self) -> None:
        """Begin again: the line was lost and will be opened again."""
        self._responses.clear()
        self._script = self._live()

    def _live(self) -> Generator[None, None, None]:
        if not self._is_ours:
            self._open(self._settings.baud)
        while not self._is_ours:
            yield
        while True:
            yield from self._hunt()
            is_open = yield from self._configure()
            if is_open:
                yield from self._watch()

    # --- finding the speed ---

    def _hunt(self) -> Generator[None, None, None]:
        """Return when the line is readable."""
        self._responses.family = None
        bauds = [self._settings.baud, *BAUDS]
        if self._good_baud is not None:
            bauds.insert(0, self._good_baud)
        bauds = list(dict.fromkeys(bauds))
        listen_s = self._settings.glance_s
        while True:
            for baud in bauds:
                self._open(baud)
                self._ask_what_it_is()
                yield from self._until(self._is_judged, listen_s)
                if self._responses.is_readable:
                    return
            listen_s = self._settings.hunt_s

    def _is_judged(self) -> bool:
        return self._responses.is_readable or self._responses.is_garbage

    def _ask_what_it_is(self) -> None:
        for question in polls():
            self._out.append(SendBytes(question))

    def _identify(self) -> Generator[None, None, Family]:
        for _ in range(self._settings.tries):
            if self._responses.family is not None:
                break
            is_known = yield from self._until(
                lambda: self._responses.family is not None, self._settings.answer_s
            )
            if not is_known:
                self._ask_what_it_is()
        return self._responses.family or Family.UNKNOWN

    # --- configuring ---

    def _configure(self) -> Wait:
        """Return whether the line is readable at the end."""
        self._refused, self._unanswered = [], 0
        family = yield from self._identify()
        commands = plan(family)
        yield from self._send_all(commands.quiet(self._baud))
        if self._baud != self._settings.baud:
            is_open = yield from self._raise_baud(commands)
            if not is_open:
                return False
        rate_hz = self._settings.rate_hz if self._baud >= SLOW_BAUD else 1
        yield from self._send_all(commands.settings(rate_hz))
        yield from self._measure(family)
        return True

    def _send_all(self, commands: tuple[Command, ...]) -> Generator[None, None, None]:
        for command in commands:
            yield from self._send(command)

    def _send(self, command: Command) -> Generator[None, None, None]:
        """Send a command until it is answered."""
        is_mute = self._unanswered >= self._settings.tries
        if command.key is None or is_mute:
            self._out.append(SendBytes(command.data))
            yield from self._until(lambda: False, self._settings.settle_s)
            return
        key = command.key
        for _ in range(self._settings.tries):
            self._responses.answers.pop(key, None)
            self._out.append(SendBytes(command.data))
            is_answered = yield from self._until(
                lambda: key in self._responses.answers, self._settings.answer_s
            )
            if is_answered:
                self._unanswered = 0
                if not self._responses.answers[key]:
                    self._refused.append(command.name)
                return
        self._unanswered += 1
        self._refused.append(command.name)

    def _raise_baud(self, commands: SetupPlan) -> Wait:
        """Change the speed and prove it; go back when the receiver does not follow.

        The acknowledgement comes at the old speed at best, so it is not waited for. Where the
        new speed is taken after a restart only, the receiver forgets what was set before it.
        """
        old_baud, command = self._baud, commands.baud(self._settings.baud)
        self._out.append(SendBytes(command.data))
        yield from self._until(lambda: False, self._settings.settle_s)
        if (yield from self._answers_at(self._settings.baud)):
            return True
        is_back = yield from self._answers_at(old_baud)
        if is_back and commands.restart:
            yield from self._send_all(commands.restart)
            yield from self._until(lambda: False, self._settings.restart_s)
            if (yield from self._answers_at(self._settings.baud)):
                yield from self._send_all(commands.quiet(self._baud))
                return True
            is_back = yield from self._answers_at(old_baud)
            yield from self._send_all(commands.quiet(self._baud) if is_back else ())
        if is_back:
            self._refused.append(command.name)
        return is_back

    def _answers_at(self, baud: int) -> Wait:
        """Open a speed; return whether the receiver is readable there."""
        self._open(baud)
        for _ in range(self._settings.tries):
            self._ask_what_it_is()
            is_judged = yield from self._until(self._is_judged, self._settings.hunt_s / 2.0)
            if is_judged and self._responses.is_readable:
                return True
        return False

    def _measure(self, family: Family) -> Generator[None, None, None]:
        """Report the rate that really comes; remember the speed."""
        yield from self._until(lambda: False, self._settings.settle_s)
        since_ns = self._now_ns
        yield from self._until(lambda: False, self._settings.measure_s)
        yield from self._until(
            lambda: self._responses.rate_hz(since_ns) is not None, self._settings.measure_s
        )
        rate_hz = self._responses.rate_hz(since_ns)
        wished_hz = self._settings.rate_hz
        self.report = SetupReport(
            t_ns=self._now_ns,
            family=family.value,
            baud=self._baud,
            rate_hz=rate_hz,
            is_as_wished=rate_hz is not None
            and abs(rate_hz - wished_hz) <= self._settings.rate_tolerance * wished_hz,
            refused=tuple(self._refused),
            notice=self._responses.notice,
        )
        self._good_baud = self._baud
        self._out.append(self.report)
        if self._kept_baud != self._baud:
            self._kept_baud = self._baud
            data = msgspec.json.encode(_Remembered(self._baud))
            self._out.append(Keep(StateChange(STATE_NAME, data, is_append=False)))

    # --- afterwards ---

    def _watch(self) -> Generator[None, None, None]:
        """Return when the receiver has to be set up again."""
        silence_ns = round(self._settings.silence_s * 1e9)
        began_ns = self._now_ns
        while True:
            yield
            last_ns = max(began_ns, self._responses.last_good_ns or 0)
            if self._now_ns - last_ns > silence_ns:
                return
            has_news = last_ns == self._now_ns  # a rate changes with what comes
            if has_news and self._now_ns - began_ns > silence_ns and self._is_slow(silence_ns):
                self._slow_restarts += 1
                return

    def _is_slow(self, window_ns: int) -> bool:
        """Return whether epochs come at less than the rate that was measured."""
        measured_hz = self.report.rate_hz if self.report is not None else None
        if measured_hz is None or self._slow_restarts >= self._settings.slow_restarts:
            return False
        rate_hz = self._responses.rate_hz(self._now_ns - window_ns)
        return rate_hz is not None and rate_hz < self._settings.slow_share * measured_hz

    def _open(self, baud: int) -> None:
        self._baud = baud
        self._responses.clear()
        self._out.append(OpenLine(baud))

    def _until(self, is_so: Callable[[], bool], limit_s: float) -> Wait:
        """Let time pass until a condition holds; return whether it does."""
        end_ns = self._now_ns + round(limit_s * 1e9)
        while not is_so():
            if self._now_ns >= end_ns:
                return False
            yield
        return True


def _remembered_baud(data: bytes | None) -> int | None:
    if data is None:
        return None
    try:
        baud = msgspec.json.decode(data, type=_Remembered).baud
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # a torn file costs a hunt, nothing else
    return baud if baud in BAUDS else None


def is_readable(data: bytes) -> bool:
    """Return whether a content is what is remembered of a receiver."""
    return _remembered_baud(data) is not None
