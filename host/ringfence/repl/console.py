"""The console: reads lines until they are a chunk, has it run, and shows what it came to.

Lines come from a terminal or from a file; `terminal.py` edits lines and keeps their history. Relies on `conversation.py` alone.
"""

from __future__ import annotations

import codeop
import re
import warnings
from collections.abc import Callable
from typing import Protocol, TextIO

from ringfence.errors import DeadlineExceeded, RingfenceError
from ringfence.limits import format_size
from ringfence.repl.conversation import Conversation, Reply
from ringfence.ticker import TICKER

PROMPT, CONTINUED = ">>> ", "... "
LONGEST_VALUE = 20_000
"""Characters of a value that are shown."""

LEAVE = frozenset(("exit", "exit()", "quit", "quit()", ":quit", ":q"))
HELP = """\
Type Starlark: an expression shows its value, _ is the last one, and a block ends with an empty line.
Tab completes, Ctrl-C interrupts, Ctrl-D leaves.

  decide({...})                what the bundle's rules make of an event; now = TIME and functions = {...} as in tests
  event({...})                 what rules get: a frozen dict with its keys as attributes
  load("lib/x.star", "name")   a name of another module of the bundle
  dir(x), type(x)              what a value has, and is

  :stats   fuel and memory so far          :reset   forget all variables
  :help    this text                       :quit    leave"""
STARTED_AGAIN = "The variables are lost: a new isolate has taken the place of the one that broke."

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a terminal could take for commands."""


class Source(Protocol):
    """Where lines come from."""

    is_terminal: bool

    def read(self, prompt: str) -> str:
        """The next line, without its end; raises `EOFError` after the last one, `KeyboardInterrupt` for Ctrl-C."""


class Console:
    """Talks with a conversation until its source ends or somebody leaves."""

    def __init__(
        self,
        conversation: Conversation,
        source: Source,
        output: TextIO,
        complain: Callable[[str], None],
        describe: Callable[[RingfenceError], str],
    ) -> None:
        """Values and printed text go to `output`; errors, described, to `complain`, a line or more without an end."""
        self._conversation = conversation
        self._source = source
        self._output = output
        self._complain = complain
        self._describe = describe
        self._presses = 0
        """Of Ctrl-C, while the present chunk runs."""
        self.failures = 0
        """Chunks that ended in an error."""

    def talk(self) -> None:
        """Run chunk after chunk."""
        while True:
            try:
                chunk = self._read()
            except KeyboardInterrupt:
                self._complain("\nKeyboardInterrupt")
                continue
            if chunk is None or chunk.strip() in LEAVE:
                return
            if chunk.startswith(":"):
                self._command(chunk.strip())
            elif chunk.strip():
                self._run(chunk)

    def interrupt(self) -> None:
        """Ctrl-C: end what runs in a guest, its variables kept; if it is pressed once more, with the isolate."""
        if not TICKER.running:
            raise KeyboardInterrupt
        self._presses += 1
        TICKER.interrupt()
        if self._presses > 1:
            TICKER.interrupted = True

    def _read(self) -> str | None:
        """The lines of the next chunk; None at the end."""
        lines: list[str] = []
        while True:
            try:
                line = self._source.read(CONTINUED if lines else PROMPT)
            except EOFError:
                if self._source.is_terminal:
                    self._write("\n")
                # The end of a file ends a block as an empty line does.
                return "\n".join(lines) if lines else None
            lines.append(line)
            chunk = "\n".join(lines)
            if chunk.startswith(":") or is_complete(chunk):
                return chunk

    def _run(self, chunk: str) -> None:
        self._presses = 0
        try:
            reply = self._conversation.run(chunk)
        except KeyboardInterrupt:
            TICKER.interrupted = False
            self.failures += 1
            self._complain("interrupted")
        else:
            self._show(reply)
        if not self._conversation.is_open:
            self._conversation.restart()
            self._complain(STARTED_AGAIN)

    def _show(self, reply: Reply) -> None:
        self._write(self._visible(reply.printed))
        if reply.text is not None:
            text = reply.text
            if len(text) > LONGEST_VALUE:
                text = f"{text[:LONGEST_VALUE]} ... ({len(text):,} characters)"
            self._write(text + "\n")
        if reply.error is not None:
            self.failures += 1
            error = reply.error
            if self._presses and isinstance(error, DeadlineExceeded):
                self._complain(f"interrupted at {error.location}" if error.location else "interrupted")
            else:
                self._complain(self._visible(self._describe(error)))

    def _command(self, command: str) -> None:
        match command:
            case ":help":
                self._write(HELP + "\n")
            case ":stats":
                talk = self._conversation
                live = format_size(talk.live_bytes())
                self._write(f"{talk.fuel_used:,} units of fuel so far, {live} alive\n")
            case ":reset":
                self._conversation.restart()
                self._write("All variables are forgotten.\n")
            case _:
                self._complain(f"there is no command {command}: try :help")

    def _visible(self, text: str) -> str:
        """Text of the bundle's making: in a terminal its control characters are shown, not obeyed."""
        if not self._source.is_terminal:
            return text
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)

    def _write(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()


def is_complete(chunk: str) -> bool:
    """Whether these lines can be run, or show an error already: by Python's grammar, of which the language's is a part."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return codeop.compile_command(chunk) is not None
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        return True
