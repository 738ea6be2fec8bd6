"""What a file of events is when it is not JSON Lines: told by its first bytes, before each of its lines becomes an error.

`files.py` and the commands that read single events ask this.
"""

from __future__ import annotations

import os
from io import FileIO

from ringfence.errors import UsageError

BEGINNING_BYTES = 8

_KINDS = (
    (
        b"\x1f\x8b",
        "compressed by gzip",
        "Unpack it first: gunzip --keep {0!r}, or gunzip -c {0!r} | ringfence ...",
    ),
    (b"BZh", "compressed by bzip2", "Unpack it first: bunzip2 --keep {0!r}"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "Unpack it first: unzstd {0!r}"),
    (b"\xfd7zXZ", "compressed by xz", "Unpack it first: unxz --keep {0!r}"),
    (b"PK\x03\x04", "a zip archive", "Unpack it first: unzip {0!r}"),
    (b"PAR1", "a Parquet table", "Give it a name that ends in .parquet."),
    (b"ARROW1", "an Arrow table", "Give it a name that ends in .arrow."),
    (
        b"\xff\xfe",
        "text in UTF-16 or UTF-32",
        "Save it as UTF-8: iconv -f UTF-16 -t UTF-8 {0!r} > events.jsonl",
    ),
    (b"\xfe\xff", "text in UTF-16", "Save it as UTF-8: iconv -f UTF-16 -t UTF-8 {0!r} > events.jsonl"),
)
"""How each kind of file begins, what it is, and what to do about it."""

_WIDE = (b"{\0", b"\0{")
"""How an object begins in UTF-16 without a byte order mark."""


def check_beginning(beginning: bytes, name: str) -> None:
    """Raise `UsageError` if a file of events begins as something that is certainly not JSON Lines."""
    for start, what, advice in _KINDS:
        if beginning.startswith(start):
            raise UsageError(f"the input {name!r} is {what}, not JSON Lines", advice=advice.format(name))
    if beginning.startswith(_WIDE):
        raise UsageError(
            f"the input {name!r} is text in UTF-16, not in UTF-8",
            advice="Save it as UTF-8, in the editor or program that wrote it.",
        )


def check_file(file: FileIO, name: str) -> None:
    """The same for an open file that stands at its beginning, and does after this; pipes are not looked into."""
    try:
        beginning = os.pread(file.fileno(), BEGINNING_BYTES, 0)
    except (OSError, AttributeError):  # a pipe, or a system without this call
        return
    check_beginning(beginning, name)
