"""Re-decides a recording: the recorded inputs through the pipeline, beside what was decided.

With the recorded settings every alert and every state must come out the same, bit for bit. With
other settings the difference shows what they would have done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from backrun_pi.app.pipeline import KEPT, Inputs, Outputs, Pipeline
from backrun_pi.app.settings import Settings
from backrun_pi.coach.inputs import Request
from backrun_pi.coach.plan import Plan
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import (
    Alert,
    ButtonEdge,
    DeviceStatus,
    GnssFix,
    Health,
    ImuBatch,
    PartnerEdge,
    RearFrames,
    RunnerState,
    SourceEvent,
    StateChange,
    Tick,
)

SAME_ALERT_NS = 2_000_000_000  # alerts of one condition and key this near are the same one


@dataclass(slots=True)
class _TickRecord:
    """One recorded tick: its inputs, and what was decided."""

    tick: Tick
    health: Health
    imu: ImuBatch | None = None
    fixes: list[GnssFix] = field(default_factory=list)
    edges: list[ButtonEdge] = field(default_factory=list)
    partner_edges: list[ButtonEdge] = field(default_factory=list)
    events: list[SourceEvent] = field(default_factory=list)
    status: DeviceStatus | None = None
    rear: RearFrames | None = None
    alert: Alert | None = None
    state: RunnerState | None = None

    def inputs(self) -> Inputs:
        """Return the inputs as the loop had them."""
        return Inputs(
            now_ns=self.tick.t_ns,
            wall_utc_s=self.tick.wall_utc_s,
            imu=self.imu,
            fixes=tuple(self.fixes),
            edges=tuple(self.edges),
            partner_edges=tuple(self.partner_edges),
            is_partner_linked=self.tick.is_partner_linked,
            health=self.health,
            events=tuple(self.events),
            status=self.status,
            rear=self.rear,
            is_motor_silent=self.tick.is_motor_silent,
            motor_late_ns=self.tick.motor_late_ns,
        )


@dataclass(frozen=True, slots=True)
class AlertDifference:
    """One alert, recorded or decided again or both."""

    t_s: float
    """[s] Since the first tick of the recording."""
    alert: Alert
    """The alert; as decided again where both exist."""
    verdict: str
    """`same`, `moved`, `new` or `gone`."""


@dataclass(slots=True)
class ReplayResult:
    """What a replay found."""

    ticks: int = 0
    states_compared: int = 0
    states_different: int = 0
    recorded: list[tuple[float, Alert]] = field(default_factory=list)
    decided: list[tuple[float, Alert]] = field(default_factory=list)

    def differences(self) -> list[AlertDifference]:
        """Return every alert with its verdict, by time."""
        left = list(self.recorded)
        found: list[AlertDifference] = []
        for t_s, alert in self.decided:
            match = next((old for old in left if _is_same(old[1], alert)), None)
            if match is None:
                found.append(AlertDifference(t_s, alert, "new"))
                continue
            left.remove(match)
            verdict = "same" if match[1] == alert else "moved"
            found.append(AlertDifference(t_s, alert, verdict))
        found += [AlertDifference(t_s, alert, "gone") for t_s, alert in left]
        return sorted(found, key=lambda difference: difference.t_s)


def replay(
    messages: Iterable[object],
    settings: Settings,
    plan: Plan,
    map_file: MapFile | None,
    boot_id: str,
) -> ReplayResult:
    """Step the pipeline through the recorded ticks of one boot."""
    kept: dict[str, bytes] = {}
    result = ReplayResult()
    pipeline: Pipeline | None = None
    start_ns = 0
    is_open = False
    for record in _ticks(messages, kept):
        if pipeline is None:
            pipeline = Pipeline(settings, map_file, plan, kept, boot_id)
            start_ns = record.tick.t_ns
        outputs = pipeline.step(record.inputs())
        # What leads to the start was decided by rooms that had been running for longer.
        if Request.START_RECORD in outputs.coach.requests:
            is_open = True
            record.state = None
        if not is_open:
            continue
        _compare(result, record, outputs, (record.tick.t_ns - start_ns) * 1e-9)
    return result


def _compare(result: ReplayResult, record: _TickRecord, outputs: Outputs, t_s: float) -> None:
    result.ticks += 1
    if record.alert is not None:
        result.recorded.append((t_s, record.alert))
    if outputs.alert is not None:
        result.decided.append((t_s, outputs.alert))
    if record.state is not None:
        result.states_compared += 1
        result.states_different += record.state != outputs.state


def _ticks(messages: Iterable[object], kept: dict[str, bytes]) -> Iterator[_TickRecord]:
    """Group messages by tick; state kept before the first one goes to `kept`."""
    health: Health | None = None
    current: _TickRecord | None = None
    for message in messages:
        if isinstance(message, Tick):
            if current is not None:
                yield current
            if health is None:
                health = Health(message.t_ns, {})
            current = _TickRecord(message, replace(health, t_ns=message.t_ns))
        elif isinstance(message, Health):
            health = message
            if current is not None:
                current.health = replace(message, t_ns=current.tick.t_ns)
        elif current is None:
            if isinstance(message, StateChange) and message.name in KEPT:
                kept[message.name] = message.data
        else:
            _add(current, message)
    if current is not None:
        yield current


def _add(record: _TickRecord, message: object) -> None:
    match message:
        case ImuBatch():
            record.imu = message
        case GnssFix():
            record.fixes.append(message)
        case ButtonEdge():
            record.edges.append(message)
        case PartnerEdge():
            record.partner_edges.append(ButtonEdge(message.t_ns, message.is_pressed))
        case SourceEvent():
            record.events.append(message)
        case DeviceStatus():
            record.status = message
        case RearFrames():
            record.rear = message
        case Alert():
            record.alert = message
        case RunnerState():
            record.state = message
        case _:
            return


def _is_same(old: Alert, new: Alert) -> bool:
    return (
        old.condition is new.condition
        and old.key == new.key
        and abs(old.t_ns - new.t_ns) <= SAME_ALERT_NS
    )


def count(differences: Iterable[AlertDifference]) -> Mapping[str, int]:
    """Return how many alerts have each verdict."""
    numbers = dict.fromkeys(("same", "moved", "new", "gone"), 0)
    for difference in differences:
        numbers[difference.verdict] += 1
    return numbers
