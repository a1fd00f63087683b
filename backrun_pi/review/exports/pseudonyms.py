"""Names that say nothing without the key: keyed hashes of wearers, sessions and places."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from backrun_pi.errors import BadInput
from backrun_pi.files import named_in_errors, write_atomic

KEY_BYTES = 32
_KEY_MODE = 0o600
_SHOWN_DIGITS = 12  # 48 bits: two of a million wearers share a name once in 560 archives


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Gives the same name for the same input and key, and none that leads back without it.

    Source: HMAC-SHA-256 (RFC 2104), as the guidelines of ENISA on pseudonymisation (2019)
    advise for identifiers that can be guessed.
    """

    key: bytes = field(repr=False)

    def of(self, kind: str, name: str) -> str:
        """Return the pseudonym of a name among those of its kind."""
        digest = hmac.new(self.key, f"{kind}\0{name}".encode(), hashlib.sha256)
        return digest.hexdigest()[:_SHOWN_DIGITS]


def read_key(path: Path) -> Pseudonyms:
    """Return the pseudonyms of a key file.

    Raises:
        BadInput: There is no such file, or it holds no key.
    """
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such key; --make-key makes one there") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(f"{path}: is not a key made by --make-key") from error
    if len(key) != KEY_BYTES:
        raise BadInput(f"{path}: is not a key made by --make-key: {len(key)} bytes")
    return Pseudonyms(key)


def make_key(path: Path, random_bytes: Callable[[int], bytes]) -> None:
    """Write a new key that only its owner can read.

    Raises:
        BadInput: A file is there already: another key would make other names.
        OutputError: It cannot be written.
    """
    if path.exists():
        raise BadInput(f"{path}: is there already; a new key would give everybody a new name")
    with named_in_errors(path):
        write_atomic(path, random_bytes(KEY_BYTES).hex().encode() + b"\n", _KEY_MODE)
