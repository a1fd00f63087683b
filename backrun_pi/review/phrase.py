"""A sentence of the report before its language is chosen: source text and the values in it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence with places for values, `%(name)s`; the catalogue translates the text."""

    text: str
    """In English: the key of the catalogue."""
    values: dict[str, str | int] = field(default_factory=dict)
    """By name; never markup."""

    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.text % self.values if self.values else self.text
