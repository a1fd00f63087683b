"""Messages to and from JSON, exact to the last bit: replay re-decides from what is decoded.

Generic over the dataclasses of `messages`. Enums go by value, bytes as base64, floats in the
shortest form that reads back the same. Only samples are special: whole counts of the chip, one
list per axis, so that a second of them takes 3 kB instead of 12.
"""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import math
from typing import Annotated, Any

import msgspec
import numpy as np

from backrun_pi import messages
from backrun_pi.errors import SessionError
from backrun_pi.messages import FloatArray, ImuBatch, IntArray, RearFrames
from backrun_pi.record.migrations import SCHEMA, is_changed, migrated

MOST_SAMPLES = 100_000
"""[-] In one batch; a tick has ten, a bus that hung for a minute some thousand."""
_MOST_COUNT = 2.0**62
_Time = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]


class _Samples(msgspec.Struct, omit_defaults=True):
    """An ImuBatch on the card."""

    t: _Time  # [ns] of the first sample
    dt: _Time | list[_Time]  # [ns] one step for all, or one per sample after the first
    n: Annotated[int, msgspec.Meta(ge=0, le=MOST_SAMPLES)]  # [-] samples
    al: float  # [m/s2] one count; 0: values are not counts
    gl: float  # [rad/s] one count; 0: values are not counts
    a: list[list[float]]  # three axes; whole counts are written as integers
    g: list[list[float]]
    c: float | None = None
    gap: float = 0.0
    lsb: tuple[float, float] | None = None  # true counts when a or g had to go as floats


class _Rear(msgspec.Struct, omit_defaults=True):
    """RearFrames on the card: ten a second, so every letter counts."""

    l: bytes = b""  # noqa: E741
    r: bytes = b""


def _message_types() -> dict[str, type]:
    return {
        name: kind
        for name, kind in inspect.getmembers(messages, inspect.isclass)
        if dataclasses.is_dataclass(kind) and kind.__module__.startswith(messages.__name__)
    }


KINDS: dict[str, type] = _message_types()
_decoders: dict[str, msgspec.json.Decoder[Any]] = {}
_samples = msgspec.json.Decoder(_Samples)
_rear = msgspec.json.Decoder(_Rear)


def _plain(value: object) -> object:
    """Let a numpy scalar that got into a message go as the number it is."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a {type(value).__name__} cannot be recorded")


_encoder = msgspec.json.Encoder(enc_hook=_plain)


def register(kind: type) -> None:
    """Let a dataclass that lives outside `messages` be recorded under its own name."""
    KINDS[kind.__name__] = kind


def encode(message: object) -> bytes:
    """Return `["Kind",{...}]` as JSON.

    Raises:
        TypeError: The message is not of a kind in `KINDS`.
    """
    name = type(message).__name__
    if isinstance(message, ImuBatch):
        body = _encoder.encode(_from_batch(message))
    elif isinstance(message, RearFrames):
        body = _encoder.encode(_Rear(message.lidar, message.radar))
    elif name in KINDS:
        body = _encoder.encode(message)
    else:
        raise TypeError(f"{name} is not a message that can be recorded")
    return b'["%b",%b]' % (name.encode(), body)


def as_line(boot: int, message: object) -> bytes:
    """Return a message as a plain JSON object for other programs, samples in SI units."""
    name = type(message).__name__.encode()
    if isinstance(message, ImuBatch):
        fields = (field.name for field in dataclasses.fields(message))
        values = {field: getattr(message, field) for field in fields}
        plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in values.items()}
        body = _encoder.encode(plain)
    else:
        body = _encoder.encode(message)
    # "record" and not "kind": several messages have a field of that name.
    return b'{"record":"%b","boot":%d,%b' % (name, boot, body[1:])


def decode(kind: str, body: bytes | msgspec.Raw, schema: int = SCHEMA) -> Any:
    """Return the message that `encode` was given.

    Args:
        kind: Name of its class.
        body: As `encode` wrote it.
        schema: Of the log; records of an older one are brought to today's.

    Raises:
        SessionError: The kind is unknown here, or the body does not fit it.
    """
    if schema < SCHEMA and is_changed(kind, schema):
        body = migrated(kind, body, schema)
    try:
        if kind == "ImuBatch":
            return _to_batch(_samples.decode(body))
        if kind == "RearFrames":
            frames = _rear.decode(body)
            return RearFrames(frames.l, frames.r)
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError) as error:
        raise SessionError(f"a record of kind {kind} does not fit: {error}") from error


def _decoder(kind: str) -> msgspec.json.Decoder[Any]:
    found = _decoders.get(kind)
    if found is None:
        if kind not in KINDS:
            raise SessionError(f"a record of unknown kind {kind}")
        found = _decoders[kind] = msgspec.json.Decoder(KINDS[kind])
    return found


def _from_batch(batch: ImuBatch) -> _Samples:
    accel, accel_lsb = _counts(batch.accel_mps2, batch.accel_lsb_mps2)
    gyro, gyro_lsb = _counts(batch.gyro_rps, batch.gyro_lsb_rps)
    t_ns = batch.t_ns.tolist()
    steps = [b - a for a, b in itertools.pairwise(t_ns)]
    is_even = len(set(steps)) <= 1
    lsb = (batch.accel_lsb_mps2, batch.gyro_lsb_rps)
    return _Samples(
        t=t_ns[0] if t_ns else 0,
        dt=(steps[0] if steps else 0) if is_even else steps,
        n=len(t_ns),
        al=accel_lsb,
        gl=gyro_lsb,
        a=accel,
        g=gyro,
        c=batch.chip_c,
        gap=batch.gap_s,
        lsb=None if lsb == (accel_lsb, gyro_lsb) else lsb,
    )


def _counts(values: FloatArray, lsb: float) -> tuple[list[list[Any]], float]:
    """Return the three axes as whole counts, or as they are when that would not be exact."""
    plain: list[list[float]] = values.T.tolist()
    if lsb > 0.0:
        # A drain has some fifteen numbers: for so few, numbers cost less than arrays.
        counts = [[_count(value, lsb) for value in axis] for axis in plain]
        if not any(None in axis for axis in counts):
            return counts, lsb
    return plain, 0.0


def _count(value: float, lsb: float) -> int | None:
    """Return a value in counts; None when that would not give back each bit of it."""
    share = value / lsb
    if not -_MOST_COUNT < share < _MOST_COUNT:  # neither does NaN
        return None
    count = round(share)
    # A negative zero is no count.
    is_exact = count * lsb == value and (count or math.copysign(1.0, value) > 0.0)
    return count if is_exact else None


def _to_batch(wire: _Samples) -> ImuBatch:
    steps = [wire.dt] * (wire.n - 1) if isinstance(wire.dt, int) else wire.dt
    if wire.n and len(steps) != wire.n - 1:
        raise ValueError(f"{len(steps)} steps for {wire.n} samples")
    t_ns: IntArray = np.cumsum([wire.t, *steps], dtype=np.int64)[: wire.n]
    accel_lsb, gyro_lsb = wire.lsb if wire.lsb is not None else (wire.al, wire.gl)
    return ImuBatch(
        t_ns=t_ns,
        accel_mps2=_values(wire.a, wire.al, wire.n),
        gyro_rps=_values(wire.g, wire.gl, wire.n),
        accel_lsb_mps2=accel_lsb,
        gyro_lsb_rps=gyro_lsb,
        chip_c=wire.c,
        gap_s=wire.gap,
    )


def _values(axes: list[list[Any]], lsb: float, count: int) -> FloatArray:
    values = np.array(axes, dtype=np.float64).reshape(3, count).T
    return np.ascontiguousarray(values * lsb if lsb > 0.0 else values)
