"""The progress line of `ringfence run`: how far the input is read, events a second, errors.

`rich` is imported only when a line is shown: it takes as long as the rest of the start.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from io import FileIO

from ringfence.files import TableFile
from ringfence.tally import Tally

REFRESH_SECONDS = 0.1


@contextlib.contextmanager
def shown_progress(wanted: bool, source: FileIO | TableFile, tally: Tally) -> Iterator[Callable[[], None]]:
    """Show progress on stderr while the block runs, if it is wanted; call what this gives after each step."""
    if not wanted:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn

    size = _regular_size(source)
    position: ProgressColumn = BarColumn() if size is not None else SpinnerColumn()
    columns = (
        position,
        TextColumn("{task.fields[events]:,} events"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
    )
    errors = TextColumn("{task.fields[errors]:,} errors")
    started = shown = time.monotonic()
    resumed_at = tally.events
    with Progress(
        *columns, errors, console=Console(stderr=True), auto_refresh=False, transient=True
    ) as progress:
        task = progress.add_task("run", total=size, events=0, rate=0.0, errors=0)

        def update() -> None:
            nonlocal shown
            now = time.monotonic()
            if now - shown < REFRESH_SECONDS:
                return
            shown = now
            rate = (tally.events - resumed_at) / (now - started)
            if size is not None and isinstance(source, FileIO):
                progress.update(task, completed=source.tell())
            progress.update(task, events=tally.events, rate=rate, errors=tally.failed, refresh=True)

        yield update


def _regular_size(source: FileIO | TableFile) -> int | None:
    """The size of the input if it is a file whose end is known."""
    if isinstance(source, TableFile):
        return None
    status = os.fstat(source.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None
