"""What every message is made of: arrays, fast enums, the name of a session."""

from __future__ import annotations

import re
from enum import Enum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SESSION_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,39}")
"""Name of a session: it names folders and files, so nothing else is one."""


def is_session_id(text: str) -> bool:
    """Return whether a text can be the name of a session."""
    return SESSION_ID.fullmatch(text) is not None


class FastEnum(Enum):
    """An enum whose members are distinguished by identity: hashed often, and fast that way."""

    __hash__ = object.__hash__
