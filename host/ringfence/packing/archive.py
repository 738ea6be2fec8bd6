"""The archive: a zip file of which only one form is written, and only that form is read.

Nothing is compressed, every field that may vary is a constant, and the entries follow each other without a gap:

    local header, path, content      for each entry
    directory header, path           for each entry, in the same order
    end of the directory

So the bytes are a function of the entries: the same with every Python and every zlib, which would each compress differently.
The reader computes the bytes that it must find and compares. That refuses whatever it was not told of (extra fields,
comments, gaps, overlaps, zip64), and no two readers can disagree about what such a file holds.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ringfence.packing.refusal import COPY_AGAIN, NOT_PACKED, refused

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
LOCAL_HEADER_BYTES = _LOCAL.size
"""In front of an entry's name."""
_DIRECTORY = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
BEGINNING = b"PK\x03\x04"
"""The first bytes of every package, and of every entry."""
_DIRECTORY_MARK, _END_MARK = b"PK\x01\x02", b"PK\x05\x06"

_READER_VERSION = 20
"""Of the zip format, times ten: what a reader must understand."""
_MADE_ON_UNIX = 3 << 8 | _READER_VERSION
_UTF8_PATHS = 1 << 11
_ENCRYPTED = 1 << 0
_SIZES_FOLLOW = 1 << 3
"""The flag of a data descriptor: sizes that come after the content, where readers disagree."""
_STORED = 0
_NO_TIME = 0
_FIRST_DAY = 1 << 5 | 1
"""1980-01-01, the first day that zip can name."""
_PLAIN_FILE = 0o100644 << 16
"""Type and mode of a Unix file: no link, no folder, nothing executable."""
_BEYOND_32_BITS = 0xFFFFFFFF
"""What zip64 writes where a size does not fit."""


class Entry(NamedTuple):
    """A file of the archive."""

    path: str
    content: bytes


class _Header(NamedTuple):
    """What the two headers of an entry say of it: path, CRC-32 and size in bytes."""

    path: bytes
    checksum: int
    size: int

    @classmethod
    def of(cls, entry: Entry) -> _Header:
        return cls(entry.path.encode(), zlib.crc32(entry.content), len(entry.content))

    def local(self) -> bytes:
        """The header that stands before the content."""
        return _LOCAL.pack(BEGINNING, *self._common(), len(self.path), 0) + self.path

    def directory(self, offset: int) -> bytes:
        """The header in the directory, of an entry that begins at `offset`."""
        sizes = (len(self.path), 0, 0, 0, 0)
        fixed = _DIRECTORY.pack(_DIRECTORY_MARK, _MADE_ON_UNIX, *self._common(), *sizes, _PLAIN_FILE, offset)
        return fixed + self.path

    def _common(self) -> tuple[int, ...]:
        fixed = (_READER_VERSION, _UTF8_PATHS, _STORED, _NO_TIME, _FIRST_DAY)
        return (*fixed, self.checksum, self.size, self.size)


def write_archive(entries: Iterable[Entry]) -> bytes:
    """The one archive that holds these entries in this order."""
    pieces: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for entry in entries:
        header = _Header.of(entry)
        pieces += (header.local(), entry.content)
        directory.append(header.directory(offset))
        offset += _LOCAL.size + len(header.path) + header.size
    return b"".join((*pieces, _closing(directory, offset)))


def read_archive(data: bytes, package: str, most: int) -> Iterator[Entry]:
    """The entries of an archive, at most `most` of them, one by one; paths are as they are written, so check them.

    Only when the iterator has come to its end, the whole archive is known to be in its one form. Raises `BundleError`.
    """
    if not data.startswith(BEGINNING):
        raise refused(package, _other_kind(data), advice=NOT_PACKED)
    directory: list[bytes] = []
    offset = 0
    while data.startswith(BEGINNING, offset):
        if len(directory) == most:
            raise refused(package, f"it has more than {most} entries")
        entry = _read_entry(data, offset, package)
        header = _Header.of(entry)
        if not data.startswith(header.local(), offset):
            what = (
                f"the entry {entry.path!r} has another checksum, time, flag or version than ringfence writes"
            )
            raise refused(package, what, advice=COPY_AGAIN)
        directory.append(header.directory(offset))
        offset += _LOCAL.size + len(header.path) + header.size
        yield entry
    _check_closing(data, _closing(directory, offset), offset, package)


def _closing(directory: list[bytes], offset: int) -> bytes:
    """The directory and its end, when the entries end at `offset`."""
    size = sum(map(len, directory))
    return b"".join(directory) + _END.pack(_END_MARK, 0, 0, len(directory), len(directory), size, offset, 0)


def _read_entry(data: bytes, offset: int, package: str) -> Entry:
    """The entry at `offset`; refuses in words what other tools put into headers."""
    if len(data) < offset + _LOCAL.size:
        raise _truncated(package, offset)
    _, _, flags, method, _, _, _, packed, size, path_size, extra = _LOCAL.unpack_from(data, offset)
    begin = offset + _LOCAL.size + path_size
    where = f"the entry at byte {offset}"
    try:
        path = data[begin - path_size : begin].decode()
    except UnicodeDecodeError as failure:
        raise refused(package, f"the path of {where} is not UTF-8") from failure
    where = f"the entry {path!r}"
    for wrong, what in (
        (flags & _ENCRYPTED, "is encrypted"),
        (flags & _SIZES_FOLLOW, "has its size after its content"),
        (method != _STORED, "is compressed"),
        (_BEYOND_32_BITS in (packed, size), "has a size of 64 bits"),
        (extra, "has extra fields"),
        (packed != size, f"says {packed} bytes and {size} bytes of itself"),
    ):
        if wrong:
            raise refused(package, f"{where} {what}")
    if len(data) < begin + size:
        raise _truncated(package, offset)
    return Entry(path, data[begin : begin + size])


def _check_closing(data: bytes, expected: bytes, offset: int, package: str) -> None:
    """After the last entry, at `offset`, there must be the directory of these entries and nothing else."""
    found = len(data) - offset
    if data.startswith(expected, offset):
        if found > len(expected):
            raise refused(package, f"{found - len(expected)} bytes follow its end")
    elif expected.startswith(data[offset:]):
        raise _truncated(package, offset)
    else:
        raise refused(package, f"its directory, at byte {offset}, does not say what its entries say")


def _truncated(package: str, offset: int) -> Exception:
    return refused(package, f"it ends in the middle of what begins at byte {offset}", advice=COPY_AGAIN)


def _other_kind(data: bytes) -> str:
    """What a file that does not begin like an archive seems to be."""
    if not data:
        return "it is empty"
    if data.startswith(b"\x1f\x8b"):
        return "it is a gzip file"
    if BEGINNING in data:
        return "something stands before its first entry"
    return "it does not begin like a package"
