"""What is decoded is what was encoded, to the last bit: replay re-decides from it."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.errors import SessionError
from backrun_pi.messages import (
    Direction,
    FixMode,
    Freshness,
    Gait,
    GnssFix,
    Health,
    ImuBatch,
    MountState,
    RunnerState,
    Source,
    StateChange,
)
from backrun_pi.record import codec

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(min_value=-32768, max_value=32767)
T_NS = st.integers(min_value=0, max_value=2**62)


def there_and_back(message: object) -> object:
    """Encode, check that it is JSON, decode."""
    data = codec.encode(message)
    kind, _ = json.loads(data)
    prefix = b'["%b",' % kind.encode()
    return codec.decode(kind, data[len(prefix) : -1])


def same_bits(one: ImuBatch, two: object) -> bool:
    """Compare the arrays of two batches byte by byte, the rest by value."""
    if not isinstance(two, ImuBatch):
        return False
    for name in (field.name for field in dataclasses.fields(one)):
        left, right = getattr(one, name), getattr(two, name)
        if isinstance(left, np.ndarray):
            if left.shape != right.shape or left.dtype != right.dtype:
                return False
            if left.tobytes() != right.tobytes():
                return False
        elif left != right:
            return False
    return True


def batch(t_ns: list[int], accel: object, gyro: object, lsb: tuple[float, float]) -> ImuBatch:
    """Make a batch of the given samples."""
    count = len(t_ns)
    return ImuBatch(
        t_ns=np.array(t_ns, dtype=np.int64),
        accel_mps2=np.array(accel, dtype=np.float64).reshape(count, 3),
        gyro_rps=np.array(gyro, dtype=np.float64).reshape(count, 3),
        accel_lsb_mps2=lsb[0],
        gyro_lsb_rps=lsb[1],
        chip_c=31.25,
        gap_s=0.0,
    )


@given(
    t_ns=st.lists(T_NS, max_size=12),
    accel=st.lists(st.tuples(COUNTS, COUNTS, COUNTS), min_size=12, max_size=12),
    lsb=st.floats(min_value=1e-6, max_value=0.1),
)
def test_counts_of_the_chip_come_back_bit_for_bit(
    t_ns: list[int], accel: list[tuple[int, int, int]], lsb: float
) -> None:
    counts = np.array(accel[: len(t_ns)], dtype=np.float64).reshape(len(t_ns), 3)
    sent = batch(sorted(t_ns), counts * lsb, counts * (lsb / 7.0), (lsb, lsb / 7.0))
    assert same_bits(sent, there_and_back(sent))


@given(samples=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_samples_that_are_no_counts_come_back_bit_for_bit(
    samples: list[tuple[float, float, float]],
) -> None:
    t_ns = [1000 + 7 * i for i in range(len(samples))]
    for lsb in ((0.0, 0.0), (0.01, 0.002)):
        sent = batch(t_ns, samples, samples, lsb)
        assert same_bits(sent, there_and_back(sent))


def test_a_negative_zero_keeps_its_sign() -> None:
    sent = batch([5], [[-0.0, 0.0, 0.5]], [[0.0, -0.0, 0.0]], (0.5, 0.5))
    assert same_bits(sent, there_and_back(sent))


def test_a_second_of_samples_takes_less_than_six_kilobytes() -> None:
    rng = np.random.default_rng(3)
    size = 0
    for first in range(0, 100, 5):
        counts = rng.integers(-9999, 9999, (5, 3)).astype(np.float64)
        t_ns = [10_000_000 * (first + i) for i in range(5)]
        sent = batch(t_ns, counts * 0.0048, counts * 0.001, (0.0048, 0.001))
        size += len(codec.encode(sent))
    assert size < 6000  # 4 kB of samples, 2 kB of 20 batch frames


@given(
    number=NUMBERS,
    maybe=st.none() | NUMBERS,
    words=st.lists(st.text(), max_size=3),
    direction=st.sampled_from(Direction),
)
def test_any_finite_runner_state_comes_back_equal(
    number: float, maybe: float | None, words: list[str], direction: Direction
) -> None:
    sent = RunnerState(
        t_ns=12,
        direction=direction,
        gait=Gait.RUN,
        p_backward=maybe,
        because=tuple(words),
        cadence_spm=maybe,
        speed_mps=number,
        course_rad=None,
        facing_rad=maybe,
        lat_deg=number,
        lon_deg=number,
        sigma_m=maybe,
        position_age_s=None,
        distance_m=number,
        mount=MountState.CALIBRATED,
        turn_rps=maybe,
        impact_mps2=number,
    )
    assert there_and_back(sent) == sent


def test_maps_bytes_and_enums_come_back_as_they_were() -> None:
    health = Health(
        3,
        {Source.IMU: Freshness.OK, Source.GNSS: Freshness.LOST},
        {Source.GNSS: "nothing for 2.00 s"},
    )
    change = StateChange("marks.jsonl", bytes(range(256)), is_append=True)
    fix = GnssFix(
        9, 1.7e9, FixMode.THREE_D, 60.1, 24.9, None, 1.5, 0.1 + 0.2, 2.5, 11, False, True
    )
    for message in (health, change, fix):
        assert there_and_back(message) == message


def test_a_number_that_came_from_numpy_is_recorded_as_a_plain_one() -> None:
    fix = GnssFix(
        9, None, FixMode.NONE, None, None, None, np.float64(1.5), None, None, 0, False, False
    )
    assert there_and_back(fix) == dataclasses.replace(fix, speed_mps=1.5)


def test_every_message_of_the_flow_can_be_recorded() -> None:
    assert {"ImuBatch", "GnssFix", "Alert", "CoachState", "MotorPulse", "Tick"} <= set(
        codec.KINDS
    )


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(TypeError, match="dict"):
        codec.encode({})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("Nonsense", b"{}"),
        ("Health", b'{"t_ns":1}'),
        ("ImuBatch", b'{"t":1}'),
        ("ImuBatch", b'{"t":1,"dt":1,"n":9,"al":0,"gl":0,"a":[],"g":[],"c":null,"gap":0}'),
        ("ImuBatch", b"not json"),
    ],
)
def test_a_body_that_does_not_fit_its_kind_is_reported(kind: str, body: bytes) -> None:
    with pytest.raises(SessionError, match=kind):
        codec.decode(kind, body)


def test_a_number_that_is_none_is_not_invented_on_the_way_back() -> None:
    sent = batch([5], [[math.nan, 0.0, 0.5]], [[0.0, 0.0, 0.0]], (0.5, 0.5))
    with pytest.raises(SessionError):
        there_and_back(sent)
