"""Lines from a terminal, edited with Python's `readline` where it exists and kept in a history file; or from any other input.

`console.py` reads them. Without `readline` lines are read as they are typed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ringfence.repl.completion import WORD_BREAKS, Completer

HISTORY_VARIABLE = "RINGFENCE_HISTORY"
HISTORY_NAME = "history"
HISTORY_LINES = 2_000
_PRIVATE = 0o700


def history_file() -> Path | None:
    """`$RINGFENCE_HISTORY` (none if it is empty), or `ringfence/history` in the user's folder for state."""
    chosen = os.environ.get(HISTORY_VARIABLE)
    if chosen is not None:
        return Path(chosen) if chosen else None
    if base := os.environ.get("XDG_STATE_HOME"):
        return Path(base) / "ringfence" / HISTORY_NAME
    try:
        return Path.home() / ".local" / "state" / "ringfence" / HISTORY_NAME
    except RuntimeError:
        return None


class Terminal:
    """Lines that somebody types."""

    is_terminal = True

    def read(self, prompt: str) -> str:
        """The next line."""
        return input(prompt)


class Script:
    """Lines of a file or a pipe: nobody is asked for them."""

    is_terminal = False

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def read(self, prompt: str) -> str:
        """The next line; raises `EOFError` after the last."""
        line = self._stream.readline()
        if not line:
            raise EOFError
        return line.removesuffix("\n").removesuffix("\r")


@contextlib.contextmanager
def line_editor(completer: Completer, history: Path | None) -> Iterator[None]:
    """Edit the lines of the terminal, complete words, and keep what was typed. A history that cannot be kept is no error."""
    try:
        import readline
    except ImportError:  # not on every system
        yield
        return
    readline.set_completer(completer.complete)
    readline.set_completer_delims(WORD_BREAKS)
    editline = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if editline else "tab: complete")
    readline.set_history_length(HISTORY_LINES)
    if history is not None:
        with contextlib.suppress(OSError):
            readline.read_history_file(history)
    try:
        yield
    finally:
        if history is not None:
            with contextlib.suppress(OSError):
                history.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
                readline.write_history_file(history)
        readline.set_completer(None)


def standard_input() -> Terminal | Script:
    """The terminal if there is one, else what comes in."""
    return Terminal() if sys.stdin.isatty() and sys.stdout.isatty() else Script(sys.stdin)
