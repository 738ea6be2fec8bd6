"""Static errors: what is wrong in a source file, and where.

The lexer, the parser, the resolver and the emitter compose a message with `say...` and end it with `report` (the work goes
on, so that one compilation shows all its errors) or `refuse` (it cannot). The boundary prints the list, across all files
of a bundle; a file's diagnostics are in source order.
"""

from __future__ import annotations

from typing import NoReturn

from guest.compiler.language import Object, Text, i64, need, noinline, u32
from guest.meter.errors import Kind, stop_with
from guest.values.builder import (
    Builder,
    add_char,
    add_int,
    add_str,
    add_text,
    builder_new,
    finish,
)
from guest.values.function import COLUMN_BITS, MAX_COLUMN
from guest.values.text import Str

MAX_DIAGNOSTICS = 100
FIRST_POSITION = 1 << COLUMN_BITS | 1  # the beginning of a file


class Diagnostic(Object):
    """One error or warning. `position` is packed as in `values/function.py`; `rule` names what it is about."""

    path: Str
    position: u32
    message: Str
    rule: Text
    next: Diagnostic | None


first: Diagnostic | None = None
count: u32 = 0
# Errors that were reported, those beyond the limit included.
total: u32 = 0

# Warnings, the last one first, if they are asked for.
first_warning: Diagnostic | None = None
warning_count: u32 = 0
warns: u32 = 0

# The last diagnostic of the files before the current one: the current file's are sorted in behind it.
earlier: Diagnostic | None = None
path: Str | None = None
message: Builder | None = None


def clear() -> None:
    """Forget all diagnostics: a new bundle is being compiled."""
    global first, count, total, first_warning, warning_count, warns, earlier, path, message
    first_warning = None
    warning_count = 0
    warns = 0
    first = None
    count = 0
    total = 0
    earlier = None
    path = None
    message = None


def begin_file(name: Str) -> None:
    """The diagnostics that follow are of this file."""
    global path, earlier, message
    path = name
    message = None
    last = first
    while last is not None and last.next is not None:
        last = last.next
    earlier = last


def end_file() -> None:
    """Drop what only the compilation of a file needs."""
    global message
    message = None


def position_line(position: u32) -> u32:
    """The line of a packed position, from 1."""
    return position >> COLUMN_BITS


def position_column(position: u32) -> u32:
    """The column of a packed position, in code points from 1; capped."""
    return position & MAX_COLUMN


@noinline
def buffer() -> Builder:
    """Where the message is being composed."""
    global message
    current = message
    if current is None:
        current = builder_new()
        message = current
    return current


@noinline
def say(text: Text) -> None:
    """Add a static text to the message."""
    add_text(buffer(), text)


@noinline
def say_name(name: Str) -> None:
    """Add a name to the message."""
    add_str(buffer(), name)


@noinline
def say_number(number: u32) -> None:
    """Add a number to the message."""
    add_int(buffer(), i64(number))


@noinline
def say_char(code: u32) -> None:
    """Add a code point to the message."""
    add_char(buffer(), code)


@noinline
def say_position(position: u32) -> None:
    """Add a place of the current file to the message."""
    say_name(need(path))
    say(":")
    say_number(position_line(position))
    say(":")
    say_number(position_column(position))


@noinline
def report(position: u32) -> None:
    """Record the composed message at a position; beyond the limit it is dropped."""
    global first, count, total
    text = finish(buffer())
    total += 1
    if count == MAX_DIAGNOSTICS:
        return
    before = earlier
    after = first if before is None else before.next
    while after is not None and after.position <= position:
        before = after
        after = after.next
    made = Diagnostic(path=need(path), position=position, message=text, rule="invalid", next=after)
    if before is None:
        first = made
    else:
        before.next = made
    count += 1


@noinline
def warn(position: u32, rule: Text) -> None:
    """Record the composed message as a warning; beyond the limit it is dropped."""
    global first_warning, warning_count
    text = finish(buffer())
    if warning_count < MAX_DIAGNOSTICS:
        warning_count += 1
        first_warning = Diagnostic(
            path=need(path), position=position, message=text, rule=rule, next=first_warning
        )


@noinline
def refuse(position: u32) -> NoReturn:
    """Record the composed message and unwind to whoever can go on."""
    report(position)
    stop_with(Kind.STATIC)
