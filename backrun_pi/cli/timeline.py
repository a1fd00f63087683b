"""Shows a run as it goes: a line for each event above a progress bar, on stderr."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from backrun_pi.app.narrator import Entry

STYLES = {
    "coach": "bold cyan",
    "felt": "yellow",
    "fault": "bold red",
    "body": "dim",
    "button": "magenta",
}
LOUD = {"coach", "fault"}


class Timeline:
    """Prints lines above a progress bar; quiet leaves out what happens often."""

    def __init__(self, title: str, duration_s: float, *, is_quiet: bool) -> None:
        self._console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
        self._title = title
        self._is_quiet = is_quiet
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID = self._progress.add_task("simulating", total=duration_s)

    def __enter__(self) -> Self:
        """Begin."""
        self._console.print(Text(self._title, style="bold"))
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the bar, whatever happened."""
        self._progress.stop()

    def tell(self, line: Entry) -> None:
        """Print a line of the narration."""
        if self._is_quiet and line.mark not in LOUD:
            return
        minutes, seconds = divmod(line.t_s, 60.0)
        text = Text(f"{int(minutes):3d}:{seconds:04.1f}  ")
        text.append(f"{line.mark:<7}", style=STYLES.get(line.mark, ""))
        text.append(line.text)
        self._console.print(text)

    def note(self, text: str) -> None:
        """Print a line that belongs to no time."""
        self._console.print(Text(text))

    def advance(self, t_s: float) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=t_s)
