"""Zip files field by field, so that each field can be wrong: what no zip library would write."""

from __future__ import annotations

import dataclasses
import json
import struct
import zlib
from collections.abc import Iterable

FILES = {
    "bundle.toml": b'[bundle]\nname = "small"\nversion = "1.2"\n',
    "data/d.json": b'["data"]',
    "lib/n.star": b"n = 1\n",
    "main.star": b'load("lib/n.star", "n")\n\ndef decide(event):\n    return n\n',
    "tests/t.jsonl": b'{"event": {}, "decision": 1}\n',
}


@dataclasses.dataclass
class Zipped:
    """An entry of a zip file. What is None is computed; `listed_*` is what the directory says when it says something else."""

    path: bytes
    content: bytes
    flags: int = 1 << 11
    method: int = 0
    version: int = 20
    time: int = 0
    day: int = 33
    checksum: int | None = None
    packed: int | None = None
    size: int | None = None
    extra: bytes = b""
    after: bytes = b""
    made_by: int = 3 << 8 | 20
    mode: int = 0o100644
    comment: bytes = b""
    listed_path: bytes | None = None
    listed_offset: int | None = None
    is_listed: bool = True

    def common(self) -> bytes:
        checksum = zlib.crc32(self.content) if self.checksum is None else self.checksum
        packed = len(self.content) if self.packed is None else self.packed
        size = len(self.content) if self.size is None else self.size
        fields = (self.version, self.flags, self.method, self.time, self.day, checksum, packed, size)
        return struct.pack("<HHHHHIII", *fields)

    def local(self) -> bytes:
        lengths = struct.pack("<HH", len(self.path), len(self.extra))
        return b"PK\x03\x04" + self.common() + lengths + self.path + self.extra + self.content + self.after

    def listed(self, offset: int) -> bytes:
        path = self.path if self.listed_path is None else self.listed_path
        at = offset if self.listed_offset is None else self.listed_offset
        lengths = struct.pack("<HHH", len(path), len(self.extra), len(self.comment))
        rest = struct.pack("<HHII", 0, 0, self.mode << 16, at)
        made_by = struct.pack("<H", self.made_by)
        return b"PK\x01\x02" + made_by + self.common() + lengths + rest + path + self.extra + self.comment


def zipped(
    entries: Iterable[Zipped], *, comment: bytes = b"", before: bytes = b"", between: bytes = b""
) -> bytes:
    """A zip file of these entries, with bytes before them, between them and the directory, and a comment at its end."""
    body, directory, count = before, b"", 0
    for entry in entries:
        if entry.is_listed:
            directory += entry.listed(len(body))
            count += 1
        body += entry.local()
    body += between
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), len(comment))
    return body + directory + b"PK\x05\x06" + end + comment


def manifest_of(package: bytes) -> dict[str, object]:
    """The `.manifest.json` of a package that is as it should be."""
    size = struct.unpack_from("<I", package, 22)[0]
    path = struct.unpack_from("<H", package, 26)[0]
    found = json.loads(package[30 + path : 30 + path + size])
    assert isinstance(found, dict)
    return found
