"""What README and the pages say to type is a command, and its cues are in the vocabulary."""

from __future__ import annotations

import re
import shlex
from contextlib import suppress
from pathlib import Path

import pytest

from backrun_pi.cli.main import COMMANDS, parser_of
from backrun_pi.haptics.patterns import PATTERNS

TOP = Path(__file__).parents[2]
PAGES = sorted([TOP / "README.md", *(TOP / "docs").rglob("*.md")])
_SPAN = re.compile(r"`(?:sudo )?backrun ([a-z][^`]*)`")
_LINE = re.compile(r"^(?:sudo )?backrun ([a-z].*?)(?:\s+#.*)?$", re.MULTILINE)
_SKETCH = re.compile(r"[\[\]…|<>]|\.\.\.")
"""Square brackets and dots show a form, not a line to type."""
_PLAY = re.compile(r"--play (?:([a-z_]+)`((?:,\s+`[a-z_]+`)*))")


def commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for typed in [*_SPAN.findall(text), *_LINE.findall(text)]:
            words = " ".join(typed.split())
            if not _SKETCH.search(words) and words.split()[0] in COMMANDS and " " in words:
                found.append((page.name, words))
    return sorted(set(found))


@pytest.mark.parametrize(("page", "words"), commands())
def test_what_a_page_says_to_type_is_understood(
    page: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["4" if word in {"M", "KM", "N"} else word for word in shlex.split(words)]
    with suppress(SystemExit):
        parser_of(given[0]).parse_args(given)
    said = capsys.readouterr().err
    # a page may name a command without the file it needs
    assert "unrecognized" not in said, f"{page}: backrun {words}"
    assert "invalid" not in said, f"{page}: backrun {words}"


def test_the_cues_that_a_page_says_to_play_are_in_the_vocabulary() -> None:
    played: dict[str, str] = {}
    for page in PAGES:
        for first, more in _PLAY.findall(page.read_text(encoding="utf-8")):
            played |= dict.fromkeys([first, *re.findall(r"`([a-z_]+)`", more)], page.name)
    known = {*PATTERNS, "all"}
    assert played
    assert {name: page for name, page in played.items() if name not in known} == {}
