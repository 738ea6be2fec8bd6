"""What a bundle is made of: which files, by which paths, how many, how large, and the digest that names them all.

`folder.py` and `packing/` read bundles by these rules, whichever way they come; `bundle.py` makes them from memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum
from typing import Any

from ringfence.errors import UsageError
from ringfence.limits import MEBIBYTE
from ringfence.manifest import MANIFEST_NAME, invalid

SOURCE_SUFFIX = ".star"
DATA_SUFFIX = ".json"
EXPECTATIONS_SUFFIX = ".jsonl"
DATA_FOLDER = "data"
TESTS_FOLDER = "tests"

MAXIMUM_FILES = 2_000
MAXIMUM_DEPTH = 16
MAXIMUM_MANIFEST_BYTES = 1 * MEBIBYTE
MAXIMUM_SOURCE_BYTES = 8 * MEBIBYTE
MAXIMUM_DATA_BYTES = 64 * MEBIBYTE
MAXIMUM_TOTAL_BYTES = 128 * MEBIBYTE


class Part(Enum):
    """What a file is to a bundle."""

    MANIFEST = "manifest"
    SOURCE = "source"
    DATA = "data"
    TEST = "test"


def part_of(path: str) -> Part | None:
    """What the file at `path` is to its bundle; None for one that is no part of it, such as a README."""
    folder = path.partition("/")[0] if "/" in path else ""
    if path == MANIFEST_NAME:
        return Part.MANIFEST
    if folder == TESTS_FOLDER:
        return Part.TEST if path.endswith((SOURCE_SUFFIX, EXPECTATIONS_SUFFIX)) else None
    if path.endswith(SOURCE_SUFFIX):
        return Part.SOURCE
    if folder == DATA_FOLDER and path.endswith(DATA_SUFFIX):
        return Part.DATA
    return None


def largest(path: str) -> int:
    """The most bytes that the file at `path` may hold."""
    if path == MANIFEST_NAME:
        return MAXIMUM_MANIFEST_BYTES
    return MAXIMUM_SOURCE_BYTES if path.endswith(SOURCE_SUFFIX) else MAXIMUM_DATA_BYTES


def checked_path(path: str) -> str:
    """A path inside the bundle, in its one spelling: relative, with `/`, without `.` and `..`."""
    parts = path.split("/")
    if not path.isprintable() or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise invalid("not a path inside the bundle; write it like 'lib/net.star'", path)
    return path


def source_bytes(content: Any, path: str) -> bytes:
    """The bytes of a file that is given as text or bytes; raises `UsageError` for anything else."""
    if isinstance(content, bytes | bytearray | memoryview):
        return bytes(content)
    if not isinstance(content, str):
        raise UsageError(f"{path} is given as text or bytes, not as {type(content).__name__}")
    try:
        return content.encode()
    except UnicodeEncodeError as failure:
        raise invalid(f"not UTF-8: {failure}", path) from failure


def digest_of(files: Mapping[str, bytes]) -> str:
    """The SHA-256, in hexadecimal digits, that names these files and their paths.

    It is the digest of what `sha256sum` writes about them in the order of their paths, so anyone can check it without ringfence.
    """
    lines = [f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
