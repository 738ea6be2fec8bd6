"""What all subcommands share: exit statuses, options that are limits, and how errors are shown."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from ringfence.errors import BundleError, EvaluationError, RingfenceError, caret_lines
from ringfence.events import nanoseconds
from ringfence.limits import Limits, parse_duration, parse_size
from ringfence.manifest import checked_options
from ringfence.nearby import nearest
from ringfence.statistics import Statistics
from ringfence.ticker import TICKER

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130
"""128 and the number of SIGINT, as shells report it."""
BROKEN_PIPE = 141
"""128 and the number of SIGPIPE: the reader of our output went away."""


BUNDLE_HELP = "The bundle: its folder, or a packed file (.rfb)."
STATS_HELP = "Write fuel, allocation and collections to standard error, as one line of JSON."


EVENT_ADVICE = {
    "deadline": "raise --deadline DURATION, or make the rule do less work",
    "fuel": "raise --fuel N, or make the rule do less work",
    "input": "each line of the input must be one JSON object; `jq -c . FILE` makes such lines of JSON that is laid out over "
    "several, `jq -c '.[]' FILE` of an array",
    "internal": "please report this with the bundle and the event; the other events are not affected",
    "memory": "raise --memory SIZE, or make the rule hold less at once",
    "rule": "each error says where its rule failed; `ringfence check` and `ringfence test` find such mistakes earlier",
}
"""What to do about errors of each kind, where the user has a command line and not the Python interface."""


def size_option(text: str) -> int:
    """An option such as `--memory 16MiB`, for typer's `parser=`."""
    try:
        return parse_size(int(text) if text.isdecimal() else text)
    except ValueError as failure:
        raise typer.BadParameter(str(failure)) from failure


def duration_option(text: str) -> float:
    """An option such as `--deadline 50ms`, for typer's `parser=`."""
    try:
        return parse_duration(text)
    except ValueError as failure:
        raise typer.BadParameter(str(failure)) from failure


def time_option(text: str) -> float:
    """An option such as `--now 2026-01-31T09:00:00Z`, in seconds since 1970, for typer's `parser=`. Without a zone it is UTC."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise typer.BadParameter(
                f"{text!r} is not a time: write it like 2026-01-31T09:00:00Z, or as seconds since 1970"
            ) from None
        seconds = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    try:
        nanoseconds(seconds)
    except ValueError as failure:
        raise typer.BadParameter(str(failure)) from failure
    return seconds


FuelOption = Annotated[int | None, typer.Option("--fuel", metavar="N", help="Units of fuel for each event.")]
MemoryOption = Annotated[
    int | None,
    typer.Option("--memory", metavar="SIZE", parser=size_option, help="Memory limit, like 16MiB."),
]
DeadlineOption = Annotated[
    float | None,
    typer.Option(
        "--deadline", metavar="DURATION", parser=duration_option, help="Time for each event, like 50ms."
    ),
]
"""The limits of events, for the signatures of commands; `limits_from` makes `Limits` of them."""


def limits_from(fuel: int | None, memory: int | None, deadline: float | None) -> Limits:
    """The limits that the options say; wrong usage ends the command."""
    try:
        return Limits(fuel=fuel, memory=memory, deadline=deadline)
    except ValueError as failure:
        fail(f"{failure}")


def dialect_options(names: list[str] | None) -> tuple[str, ...]:
    """The dialect's options that `--option` names; wrong usage ends the command."""
    try:
        return tuple(checked_options(names or []))
    except BundleError as failure:
        fail("; ".join(finding.message for finding in failure.diagnostics))


def fail(message: str, status: int = WRONG_USAGE) -> NoReturn:
    """End the command with a sentence on stderr."""
    say(f"ringfence: {message}")
    raise typer.Exit(status)


def unreadable(what: str, name: str, failure: OSError, wanted: str) -> NoReturn:
    """End the command over a file that cannot be read; `what` it is, and what is `wanted` there, in words.

    The nearest name in the same folder is told, if there is one.
    """
    if isinstance(failure, IsADirectoryError):
        fail(f"the {what} {name!r} is a folder; give {wanted}")
    near = nearest(name)
    known = f"give {wanted}" if near is None else f"did you mean {str(near)!r}?"
    fail(f"the {what} {name!r} cannot be read: {failure.strerror}; {known}")


def unwritable(name: str, failure: OSError) -> NoReturn:
    """End the command over an output that cannot be written."""
    path = Path(name)
    if path.is_dir():
        what = "it is a folder; give a file's name"
    elif not path.parent.is_dir():
        what = f"there is no folder {str(path.parent)!r}; make it first"
    else:
        what = f"{failure.strerror}; give another place"
    fail(f"the output {name!r} cannot be written: {what}")


def check_writable(name: str) -> None:
    """End the command, before it does its work, over an output whose folder is missing, or that is a folder."""
    if Path(name).is_dir() or not Path(name).parent.is_dir():
        unwritable(name, OSError(errno.ENOENT, os.strerror(errno.ENOENT)))


def say(text: str) -> None:
    """Write a line to stderr; nobody listening is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def say_advice(kinds: Iterable[str]) -> None:
    """What to do about errors of these kinds, each once."""
    for kind in sorted(EVENT_ADVICE.keys() & set(kinds)):
        say(f"{kind}: {EVENT_ADVICE[kind]}")


def say_statistics(statistics: Statistics) -> None:
    """What `--stats` writes."""
    say(json.dumps(statistics.as_json()))


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """Turn the package's errors about bundles and options into exit status 2."""
    try:
        yield
    except (RingfenceError, ValueError) as failure:
        fail(str(failure))


def describe(error: RingfenceError) -> str:
    """An error as a compiler would show it: place, message, source line with caret, calls, and what to do."""
    if isinstance(error, BundleError) and error.diagnostics:
        return "\n".join(str(diagnostic) for diagnostic in error.diagnostics)
    if not isinstance(error, EvaluationError):
        return str(error)
    lines = []
    if error.traceback:
        lines.append("Traceback (most recent call last):")
        lines += [f"  {call.location}: in {call.function}" for call in error.traceback]
    column = (error.location or "").rpartition(":")[2]
    place = f"{error.location}: " if error.location else ""
    caret = caret_lines(error.source or "", int(column) if column.isdecimal() else 0)
    lines.append(f"{place}{error.message}{caret}")
    return "\n".join(lines)


@contextlib.contextmanager
def interruptible(advice: str = "") -> Iterator[None]:
    """Make Ctrl-C end the command soon and cleanly, also while the guest runs; `advice` says what to do then.

    Python runs signal handlers between its own instructions, and an exception that is raised inside the deadline callback
    would be lost; so the handler only marks the ticker, which then ends whatever runs in the guest at its next tick.
    """

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        TICKER.interrupted = True
        if not TICKER.running:
            raise KeyboardInterrupt

    previous = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except (KeyboardInterrupt, RingfenceError):
        if not TICKER.interrupted:
            raise
        fail(f"interrupted. {advice}" if advice else "interrupted", INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, previous)


@contextlib.contextmanager
def quiet_broken_pipe() -> Iterator[None]:
    """End without a word when whoever reads our output has gone, as other filters do."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at its end: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise typer.Exit(BROKEN_PIPE) from None
