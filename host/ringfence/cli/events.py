"""What commands about single events share: reading the events of a file, and writing a text about one."""

from __future__ import annotations

import sys
from pathlib import Path

from ringfence.cli.common import fail, unreadable, unwritable
from ringfence.cli.streams import EVENTS_WANTED, STANDARD_STREAM
from ringfence.errors import UsageError
from ringfence.recognition import BEGINNING_BYTES, check_beginning
from ringfence.stream import whole_or_nothing


def events_of(name: str, number: int | None = None) -> list[bytes]:
    """The events of a JSON Lines file, up to one by its number; a file that does not have it ends the command."""
    try:
        content = sys.stdin.buffer.read() if name == STANDARD_STREAM else Path(name).read_bytes()
    except OSError as failure:
        unreadable("input", name, failure, EVENTS_WANTED)
    try:
        check_beginning(content[:BEGINNING_BYTES], name)
    except UsageError as failure:
        fail(str(failure))
    events = [line for line in content.split(b"\n") if line.strip()]
    if not events:
        where = "standard input" if name == STANDARD_STREAM else f"the input {name!r}"
        fail(f"{where} has no events; give --input FILE, with one JSON object a line")
    if number is not None and number > len(events):
        count = "1 event" if len(events) == 1 else f"{len(events)} events"
        fail(f"the input {name!r} has {count}: there is no event {number}; give a smaller --event")
    return events[:number]


def write_text(name: str, text: str) -> None:
    """Write a text to a file, whole or not at all, or to standard output."""
    if name == STANDARD_STREAM:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        with whole_or_nothing(Path(name)) as file:
            file.write(text.encode())
    except OSError as failure:
        unwritable(name, failure)
