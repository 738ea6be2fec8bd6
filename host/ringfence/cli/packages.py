"""What the commands about packages share: where a package is read from, how one is written, and whose keys it is held against."""

from __future__ import annotations

import sys
from pathlib import Path

from ringfence.cli.common import fail, unwritable
from ringfence.cli.streams import STANDARD_STREAM
from ringfence.packing.archive import BEGINNING, LOCAL_HEADER_BYTES
from ringfence.packing.package import DIGESTS_ENTRY, Package, read_package_file
from ringfence.stream import whole_or_nothing


def read_packed(path: Path) -> Package:
    """The package in a file; for a folder, how to make one of it. Raises `BundleError`."""
    if path.is_dir():
        fail(
            f"{str(path)!r} is a folder; pack it first: ringfence pack {path} --output {path.resolve().name}.rfb"
        )
    return read_package_file(path)


def write_packed(package: Package, target: str) -> None:
    """Write a package: whole or not at all, and over another package only, never over somebody's rules."""
    data = package.to_bytes()
    if target == STANDARD_STREAM:
        if sys.stdout.isatty():
            fail("a package is no text for a terminal: give --output FILE, or send the output elsewhere")
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    path = Path(target)
    try:
        if path.is_file() and not _is_package(path):
            fail(f"the output {target!r} exists and is no package; remove it, or give another name")
        with whole_or_nothing(path) as file:
            file.write(data)
    except OSError as failure:
        unwritable(target, failure)


def _is_package(path: Path) -> bool:
    """Whether a file begins like a package, and not like any other zip file; an empty one has nothing to lose."""
    with open(path, "rb") as file:
        beginning = file.read(LOCAL_HEADER_BYTES + len(DIGESTS_ENTRY))
    return not beginning or (beginning.startswith(BEGINNING) and beginning.endswith(DIGESTS_ENTRY.encode()))
