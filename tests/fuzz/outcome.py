"""How one run in the instrumented guest ended, and what must be true of it whatever the input was.

`Finding` is raised when something is not: a trap, a hang, an error without a valid place, a broken heap. `runs.py` makes
outcomes, `targets.py` says which kinds of them a target may have.
"""

from __future__ import annotations

from dataclasses import dataclass

import ringfence as rf
from ringfence.contents import DATA_SUFFIX
from ringfence.errors import EvaluationError, IsolateTrapped, RingfenceError

MAX_COLUMN = 4095  # as the guest packs positions
STATIC = "static"
OF_THE_WHOLE = "the bundle declares no rule"
"""A finding without a place."""
OK = "ok"
SECONDS_PER_UNIT = 3e-6
"""Of processor time. A unit buys at most a microsecond; the counters of the instrumented guest cost the rest."""

SECONDS_ALLOWED = 0.25
"""For what a run needs besides: making the isolate, parsing, the last collection."""


class Finding(Exception):
    """Something is wrong with the guest. Findings with one `signature` have one cause."""

    def __init__(self, signature: str, detail: str = "") -> None:
        super().__init__(f"{signature}\n{detail}" if detail else signature)
        self.signature = signature


@dataclass(frozen=True)
class Outcome:
    """A run: `kind` is `ok`, `static` or the kind of an evaluation error; `coverage` the bits of the map."""

    kind: str
    error: RingfenceError | None
    output: bytes
    fuel: int
    seconds: float
    coverage: bytes

    def same_as(self, other: Outcome) -> bool:
        """Whether both ended alike, as a program can tell."""
        return (self.kind, self.output, self.fuel, str(self.error)) == (
            other.kind,
            other.output,
            other.fuel,
            str(other.error),
        )


def kind_of(error: RingfenceError) -> str:
    """The name of what happened."""
    if isinstance(error, EvaluationError):
        return error.kind
    return STATIC if isinstance(error, rf.BundleError) else type(error).__name__


def source_lines(source: bytes) -> list[str]:
    """The lines of a source as the lexer counts them; bytes that are no UTF-8 are replaced."""
    text = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return [line.decode(errors="replace") for line in text.split(b"\n")]


def is_capped(outcome: Outcome) -> bool:
    """Whether the host's own cap ended the run."""
    return outcome.kind == IsolateTrapped.kind and "the host's own fuel cap" in str(outcome.error)


def check_kind(outcome: Outcome, allowed: set[str], stress: bool) -> None:
    """The run ended as runs may end. With a collection at every allocation the host's cap is no fault: that may take any time."""
    if outcome.kind not in allowed and not (stress and is_capped(outcome)):
        raise Finding(f"ends in {outcome.kind}: {outcome.error}")


def is_slow(outcome: Outcome) -> bool:
    """Whether the run took longer than its fuel is worth."""
    return outcome.seconds > SECONDS_ALLOWED + SECONDS_PER_UNIT * outcome.fuel


def check_places(outcome: Outcome, files: dict[str, bytes]) -> None:
    """Every position of an error is inside its source, and the line shown is the line meant."""
    error = outcome.error
    if isinstance(error, rf.BundleError):
        if not error.diagnostics:
            raise Finding("a static error without a diagnostic", str(error))
        for finding in error.diagnostics:
            check_place(
                files, finding.path, finding.line, finding.column, finding.source_line, finding.message
            )
    elif isinstance(error, EvaluationError) and error.location is not None:
        check_place(files, *split_location(error.location), error.source or "", error.message)
        for frame in error.traceback:
            path, line, column = split_location(frame.location)
            check_place(files, path, line, column, None, error.message)


def split_location(location: str) -> tuple[str, int, int]:
    """`path:line:column` in its parts."""
    path, line, column = location.rsplit(":", 2)
    return path, int(line), int(column)


def check_place(
    files: dict[str, bytes], path: str, line: int, column: int, shown: str | None, message: str
) -> None:
    """One position; `shown` is the line as the error shows it, if it does."""
    if not message:
        raise Finding("an error without a message", f"{path}:{line}:{column}")
    place = f"{path}:{line}:{column}: {message}"
    if path not in files:
        raise Finding("an error in a file that does not exist", place)
    if (path.endswith(DATA_SUFFIX) or message.startswith(OF_THE_WHOLE)) and not line and not column:
        return
    lines = source_lines(files[path])
    if not 1 <= line <= len(lines):
        raise Finding("an error in a line that does not exist", place)
    text = lines[line - 1]
    if not 1 <= column <= min(len(text) + 1, MAX_COLUMN):
        raise Finding("an error in a column that does not exist", place)
    if shown is not None and "\ufffd" not in text and not text.startswith(shown):
        raise Finding("an error shows another line", f"{place}\n{shown!r} instead of {text!r}")
