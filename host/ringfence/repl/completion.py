"""Completion: the names and attributes that the word before the cursor may become.

Relies on the conversation, which is asked each time: its variables change. `terminal.py` gives it to the line editor.
"""

from __future__ import annotations

from ringfence.errors import RingfenceError
from ringfence.repl.conversation import Conversation

KEYWORDS = tuple(
    "and break continue def elif else for if in lambda load not or pass return while".split()  # noqa: SIM905
)
WORD_BREAKS = " \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?"
"""What ends a word: a dot does not, so that `event.headers.g` is one."""


class Completer:
    """Completes words, in the way in which Python's `readline` asks: one match after the other."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._matches: list[str] = []

    def matches(self, word: str) -> list[str]:
        """What the word may become, sorted. Names with a leading underscore are for those who begin with one."""
        path, dot, start = word.rpartition(".")
        try:
            if dot:
                names = self._conversation.attributes(path) if _is_path(path) else []
            else:
                names = sorted({*self._conversation.names(), *KEYWORDS})
        except RingfenceError:
            return []
        return [
            f"{path}{dot}{name}"
            for name in names
            if name.startswith(start) and (start.startswith("_") or not name.startswith("_"))
        ]

    def complete(self, word: str, state: int) -> str | None:
        """The match of this number, or None behind the last one."""
        if state == 0:
            self._matches = self.matches(word)
        return self._matches[state] if state < len(self._matches) else None


def _is_path(text: str) -> bool:
    """Whether this is a name, or names with dots between them: only those are looked up, nothing is run."""
    return all(part.isidentifier() for part in text.split("."))
