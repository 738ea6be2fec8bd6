"""`ringfence fmt`: lay out Starlark sources in one style."""

from __future__ import annotations

import difflib
import os
import stat
import sys
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.common import FAILED, WRONG_USAGE, describe, fail, interruptible, quiet_broken_pipe, say
from ringfence.contents import MAXIMUM_SOURCE_BYTES, SOURCE_SUFFIX
from ringfence.errors import BundleError, MissingExtraError
from ringfence.formatting import LINE_LENGTH, formatted
from ringfence.limits import format_size
from ringfence.stream import whole_or_nothing

STANDARD_STREAM = "-"
STANDARD_NAME = "<stdin>"


class Unusable(Exception):
    """A path that cannot be formatted, and why."""


class Outcome(Enum):
    """What became of a source."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


def fmt(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files, or folders of them (every .star below); - is standard input.", metavar="PATH..."
        ),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file would change.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change, and exit as --check does.")
    ] = False,
    line_length: Annotated[
        int, typer.Option("--line-length", metavar="N", min=20, help="The longest line, in columns.")
    ] = LINE_LENGTH,
) -> None:
    """Format Starlark sources with black, each file in place. Needs the extra: pip install 'ringfence[fmt]'.

    Example: ringfence fmt gateway --check

    Exit status: 0 everything is formatted, 1 --check or --diff found what is not, 2 wrong usage, or a file that cannot be
    formatted (it is left as it is; the others are formatted).
    """
    tally = Counter[Outcome]()
    with interruptible(), quiet_broken_pipe():
        for path in paths:
            for name in _names(path):
                tally[_format(name, line_length, diff=diff, writes=not (check or diff))] += 1
    changed, unchanged, refused = (tally[outcome] for outcome in Outcome)
    if paths != [STANDARD_STREAM]:
        would = "would be " if check or diff else ""
        left = f", {_files(refused)} left alone" if refused else ""
        say(f"{_files(changed)} {would}formatted, {unchanged} unchanged{left}")
    if refused:
        raise typer.Exit(WRONG_USAGE)
    if changed and (check or diff):
        raise typer.Exit(FAILED)


def _names(path: str) -> Iterator[str]:
    """The sources that an argument means."""
    if path != STANDARD_STREAM and Path(path).is_dir():
        yield from map(str, _below(Path(path)))
    else:
        yield path


def _format(name: str, line_length: int, *, diff: bool, writes: bool) -> Outcome:
    """Format one source, or say what would be done, or why it cannot be."""
    shown = STANDARD_NAME if name == STANDARD_STREAM else name
    try:
        source = sys.stdin.buffer.read() if name == STANDARD_STREAM else _read(name)
        result = formatted(source, shown, line_length)
    except BundleError as error:
        say(describe(error))
        return Outcome.REFUSED
    except Unusable as failure:
        say(f"ringfence: {failure}")
        return Outcome.REFUSED
    except MissingExtraError as error:
        fail(str(error))
    if name == STANDARD_STREAM and writes:
        sys.stdout.buffer.write(result)
        sys.stdout.flush()
    if result == source:
        return Outcome.UNCHANGED
    if diff:
        sys.stdout.write(_difference(shown, source, result))
    elif not writes:
        say(f"would be formatted: {shown}")
    elif name != STANDARD_STREAM:
        _write(name, result)
    return Outcome.CHANGED


def _below(root: Path) -> Iterator[Path]:
    """Every Starlark file of a folder, sorted; hidden folders and symbolic links are left out."""
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if name.endswith(SOURCE_SUFFIX) and not file.is_symlink():
                yield file


def _read(name: str) -> bytes:
    """The content of a source; raises `Unusable` for anything else."""
    file = Path(name)
    if not name.endswith(SOURCE_SUFFIX):
        what = f"is no {SOURCE_SUFFIX} file" if file.exists() else "does not exist"
        raise Unusable(f"{name!r} {what}; give Starlark sources, or a folder of them")
    try:
        if file.is_symlink():
            raise Unusable(f"{name!r} is a symbolic link; give the file itself")
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unusable(f"{name!r} is not a plain file")
        if found.st_size > MAXIMUM_SOURCE_BYTES:
            raise Unusable(f"{name!r} is larger than {format_size(MAXIMUM_SOURCE_BYTES)}")
        return file.read_bytes()
    except OSError as failure:
        raise Unusable(
            f"{name!r} cannot be read: {failure.strerror}; give Starlark sources, or a folder of them"
        ) from failure


def _write(name: str, content: bytes) -> None:
    """Replace a source, as a whole or not at all."""
    try:
        with whole_or_nothing(Path(name)) as target:
            target.write(content)
    except OSError as failure:
        fail(f"{name!r} cannot be written: {failure.strerror}")


def _difference(name: str, before: bytes, after: bytes) -> str:
    lines = difflib.unified_diff(
        before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True), name, name
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"
