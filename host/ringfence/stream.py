"""Files of JSON Lines: bytes in, bytes out, in constant memory however large the input or one of its lines is.

The input is cut into blocks of whole lines; each block is a batch (`batch.py`) whose output is written as the guest wrote
it. A line that is too large is skipped while it is read. `files.py` and `resumable.py` use this.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from ringfence.batch import DecideLines, error_part
from ringfence.events import event_limit, too_large
from ringfence.isolate import Part
from ringfence.limits import KIBIBYTE
from ringfence.workers import in_order

BLOCK_BYTES = 512 * KIBIBYTE
_BLOCK_SHARE = 16
"""A block is at most this part of the memory limit: it is copied into the isolate's memory."""


class Source(Protocol):
    """What blocks are read from: an unbuffered binary file. `read` gives what there is, nothing at the end."""

    def read(self, size: int, /) -> bytes | None: ...
    def fileno(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines and their number; or, with `lines` empty, one line that was too large to keep.

    `end` is where the block ends in the input, in bytes from its beginning.
    """

    lines: bytes
    count: int
    end: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The answers to all events of one block, which ends at the offset `end` of the input."""

    parts: list[Part]
    end: int


def block_bytes(memory: int) -> int:
    """How many bytes of events go together under this memory limit."""
    return min(BLOCK_BYTES, memory // _BLOCK_SHARE)


def read_blocks(source: Source, size: int, largest_line: int, start: int = 0) -> Iterator[Block]:
    """The input's lines in blocks of about `size` bytes; a longer line makes a longer block, up to `largest_line`.

    `start` is the offset that the source stands at, the end of a block. A file is read up to multiples of `size`, so what
    is left of it makes the same blocks wherever one starts.
    """
    kept: list[bytes] = []  # the pieces of a line whose end has not been read
    kept_bytes = 0
    skipping = False
    position = start
    while chunk := source.read(size - position % size):
        position += len(chunk)
        first = chunk.find(b"\n")
        if first < 0:
            if not skipping:
                kept.append(chunk)
                kept_bytes += len(chunk)
                if kept_bytes > largest_line:
                    kept, kept_bytes, skipping = [], 0, True
            continue
        if skipping or kept_bytes + first > largest_line:
            kept, kept_bytes, skipping = [], 0, False
            chunk = chunk[first + 1 :]
            yield Block(b"", 1, position - len(chunk))
        last = chunk.rfind(b"\n") + 1
        if last:
            lines = b"".join((*kept, chunk[:last]))
            kept, kept_bytes = [], 0
            yield Block(lines, lines.count(b"\n"), position - (len(chunk) - last))
        if last < len(chunk):
            kept.append(chunk[last:])
            kept_bytes += len(chunk) - last
    if skipping:
        yield Block(b"", 1, position)
    elif kept_bytes:
        yield Block(b"".join((*kept, b"\n")), 1, position)


def nothing_to_read(source: Source) -> bool:
    """Whether the next read would wait: then what is finished should be shown first. Files never wait."""
    try:
        ready, _, _ = select.select([source.fileno()], [], [], 0)
    except (OSError, ValueError):
        return False
    return not ready


def evaluate_stream(
    decide: DecideLines, memory: int, source: Source, workers: int, start: int = 0
) -> Iterator[Decided]:
    """Evaluate every line of `source`, which stands at the offset `start`, in order, within a memory limit."""
    largest_line = event_limit(memory)

    def evaluate(block: Block) -> Decided:
        if not block.lines:
            return Decided([error_part(too_large(largest_line), 0)], block.end)
        return Decided(decide(block.lines, block.count), block.end)

    blocks = read_blocks(source, block_bytes(memory), largest_line, start)
    return in_order(evaluate, blocks, workers, hurry=lambda: nothing_to_read(source))


@contextlib.contextmanager
def whole_or_nothing(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name when the block ends well, and not at all otherwise.

    What is no regular file (a device, a named pipe) is written directly. Raises `OSError`.
    """
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):
            with open(path, "wb") as device:
                yield device
            return
    if not path.parent.is_dir():
        # Otherwise the error would name the temporary file.
        raise FileNotFoundError(
            errno.ENOENT, f"there is no folder {str(path.parent)!r}; make it first", str(path)
        )
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as file:
            yield file
        take_mode(temporary, path)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def take_mode(temporary: str | Path, path: Path) -> None:
    """Give the new file the mode that an ordinary `open` would: the old file's, or what the umask leaves."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    os.chmod(temporary, mode)
