"""How records of an older schema become those of today: one function a step.

A step takes the fields of a record as the older program wrote them, and returns them as the
next schema has them. What a step does not name has not changed. Fields that were added since
have defaults in `messages` and need no step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from backrun_pi.errors import SessionError

SCHEMA = 2
"""Version of the log that is written, and the newest that is read."""

Fields = dict[str, Any]
Step = Callable[[Fields], Fields]


def _renamed(**names: str) -> Step:
    """Return a step that gives fields new names: old=new."""

    def step(fields: Fields) -> Fields:
        return {names.get(name, name): value for name, value in fields.items()}

    return step


STEPS: Mapping[int, Mapping[str, Step]] = {
    1: {  # until 0.1
        "RunnerState": _renamed(felt_mps2="roughness_mps2", leg_difference_p="asymmetry_p"),
        "CoachState": _renamed(repeat="bout", repeats="bouts"),
    },
}
"""Schema -> kind of record -> what makes it one of the next schema."""


def is_changed(kind: str, schema: int) -> bool:
    """Return whether records of a kind are written otherwise today."""
    return schema < SCHEMA and any(kind in STEPS[step] for step in range(schema, SCHEMA))


def migrated(kind: str, body: bytes | msgspec.Raw, schema: int) -> bytes:
    """Return the body of a record as today's schema has it.

    Raises:
        SessionError: The body is no JSON object.
    """
    try:
        fields = msgspec.json.decode(body, type=Fields)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SessionError(f"a record of kind {kind} does not fit: {error}") from error
    for step in range(schema, SCHEMA):
        change = STEPS[step].get(kind)
        if change is not None:
            fields = change(fields)
    return msgspec.json.encode(fields)
