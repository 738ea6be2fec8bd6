"""What commands about single events share: reading the events of a file, and writing a text about one."""

from __future__ import annotations

import sys
from pathlib import Path

from ringfence.cli.common import fail, unreadable, unwritable
from ringfence.cli.streams import EVENTS_WANTED, STANDARD_STREAM
from ringfence.stream import whole_or_nothing


def events_of(name: str, number: int | None = None) -> list[bytes]:
    """The events of a JSON Lines file, up to one by its number; a file that does not have it ends the command."""
    try:
        content = sys.stdin.buffer.read() if name == STANDARD_STREAM else Path(name).read_bytes()
    except OSError as failure:
        unreadable("input", name, failure, EVENTS_WANTED)
    events = [line for line in content.split(b"\n") if line.strip()]
    if not events:
        fail(f"the input {name!r} has no events")
    if number is not None and number > len(events):
        fail(f"the input {name!r} has {len(events)} events: there is no event {number}")
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
