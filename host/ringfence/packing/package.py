"""A package: the files of a bundle, a manifest of their digests, and signatures, as the entries of one archive.

    .manifest.json      format version, bundle name, version and digest; path, size and SHA-256 of every file
    bundle.toml, ...    the files, sorted by path
    .signatures.json    who signed the manifest; absent when nobody did

The manifest follows from the files, so the reader does not trust it: it computes the one that must be there. Names of entries
that begin with a dot cannot be names of a bundle's files. `bundle.py` makes bundles of packages, `signing.py` signs them.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from ringfence import contents
from ringfence.contents import Part, digest_of, largest, part_of
from ringfence.errors import BundleError
from ringfence.limits import MEBIBYTE, format_size
from ringfence.manifest import MANIFEST_NAME, parse_manifest
from ringfence.nearby import meant
from ringfence.packing.archive import Entry, read_archive, write_archive
from ringfence.packing.names import collision, unportable
from ringfence.packing.refusal import COPY_AGAIN, NOT_PACKED, refused

FORMAT = 1
"""The version of the format. Every version begins with the entry `.manifest.json`, whose `format` says which one it is."""

DIGESTS_ENTRY = ".manifest.json"
SIGNATURES_ENTRY = ".signatures.json"

MAXIMUM_SIGNATURES = 64
MAXIMUM_RECORD_BYTES = 4 * MEBIBYTE
"""Of each of the two entries that ringfence writes: some 2,000 files with long paths."""
MAXIMUM_PACKAGE_BYTES = contents.MAXIMUM_TOTAL_BYTES + 16 * MEBIBYTE
"""Of the whole file: the bundle's files, the two records, and headers."""

SIGNATURE_BYTES = 64
KEY_ID_DIGITS = 64

_READ_ONLY = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_RENAME = "Rename it in the bundle's folder, and pack the bundle again."
_UPGRADE = "Read it with a newer ringfence, or have it packed again with the version that is installed here."


@dataclass(frozen=True)
class Package:
    """The contents of a package: its files by path (tests included), and the signature of each key by the key's id."""

    files: Mapping[str, bytes]
    signatures: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def digests(self) -> bytes:
        """The entry `.manifest.json`: what signatures sign. Raises `BundleError` if there is no good `bundle.toml`."""
        manifest = parse_manifest(self.files[MANIFEST_NAME].decode())
        record = {
            "format": FORMAT,
            "name": manifest.name,
            "version": manifest.version,
            "digest": digest_of(self.decisive_files),
            "files": [
                {"path": path, "size": len(content), "sha256": sha256(content).hexdigest()}
                for path, content in sorted(self.files.items())
            ],
        }
        return _json(record)

    @property
    def decisive_files(self) -> dict[str, bytes]:
        """The manifest, sources and data: what the bundle's digest is of."""
        return {path: content for path, content in self.files.items() if part_of(path) is not Part.TEST}

    @property
    def tests(self) -> dict[str, bytes]:
        """The files in `tests/`."""
        return {path: content for path, content in self.files.items() if part_of(path) is Part.TEST}

    def to_bytes(self) -> bytes:
        """The one file that holds this package: the same files and signatures give the same bytes."""
        entries = [Entry(DIGESTS_ENTRY, self.digests)]
        entries += [Entry(path, content) for path, content in sorted(self.files.items())]
        if self.signatures:
            entries.append(Entry(SIGNATURES_ENTRY, _signatures_record(self.signatures)))
        return write_archive(entries)

    def signed(self, key_id: str, signature: bytes) -> Package:
        """This package with one more signature, or with another one of the same key."""
        return replace(self, signatures={**self.signatures, key_id: signature})


def make_package(files: Mapping[str, bytes]) -> Package:
    """The unsigned package of a bundle's files; raises `BundleError` for what no reader would take."""
    package = Package(dict(files))
    # What is written must be readable: asking the reader itself keeps the two from drifting apart.
    return read_package(package.to_bytes(), parse_manifest(files[MANIFEST_NAME].decode()).name)


def read_package_file(path: str | os.PathLike[str]) -> Package:
    """The package in a file, which must be a plain one; see `read_package`. Nothing larger than a package is read."""
    name = os.fspath(path)
    try:
        # Without waiting, should it be a named pipe.
        with open(os.open(path, _READ_ONLY), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise refused(name, "it is not a plain file", advice=NOT_PACKED)
            data = file.read(MAXIMUM_PACKAGE_BYTES + 1)
    except OSError as failure:
        raise BundleError(
            f"the package {name!r} cannot be read: {failure.strerror}", advice=meant(path, NOT_PACKED)
        ) from failure
    return read_package(data, name)


def read_package(data: bytes, name: str) -> Package:
    """The package whose file holds `data`; nothing is unpacked anywhere. `name` is what errors call it.

    Raises `BundleError` for everything but the one form that `Package.to_bytes` gives.
    """
    if len(data) > MAXIMUM_PACKAGE_BYTES:
        raise refused(name, f"it is larger than {format_size(MAXIMUM_PACKAGE_BYTES)}")
    entries = read_archive(data, name, contents.MAXIMUM_FILES + 2)
    first = next(entries)
    if first.path != DIGESTS_ENTRY:
        raise refused(name, f"its first entry is {first.path!r} and not {DIGESTS_ENTRY!r}")
    record = _parsed(first, name)
    _check_format(record, name)
    files: dict[str, bytes] = {}
    signatures: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        if signatures:
            raise refused(name, f"the entry {entry.path!r} stands after the signatures")
        if entry.path == SIGNATURES_ENTRY:
            signatures = _read_signatures(entry, name)
            continue
        _check_file(entry, files, name)
        total += len(entry.content)
        if total > contents.MAXIMUM_TOTAL_BYTES:
            raise refused(name, f"its files hold more than {format_size(contents.MAXIMUM_TOTAL_BYTES)}")
        files[entry.path] = entry.content
    if same := collision(files):
        raise refused(name, f"{same[0]!r} and {same[1]!r} are the same file on some systems", advice=_RENAME)
    package = Package(files, signatures)
    if first.content != _expected_digests(package, name):
        raise _digests_differ(record, package, name)
    return package


def _check_file(entry: Entry, before: dict[str, bytes], name: str) -> None:
    """Whether a bundle may have this file, after those that came before it."""
    path = entry.path
    try:
        contents.checked_path(path)
    except BundleError as failure:
        raise refused(name, f"{path!r} is no path inside a bundle") from failure
    if why := unportable(path):
        raise refused(name, f"{path!r} is no file's name on every system: {why}", advice=_RENAME)
    if path.count("/") > contents.MAXIMUM_DEPTH:
        raise refused(name, f"{path!r} is in folders nested deeper than {contents.MAXIMUM_DEPTH}")
    if part_of(path) is None or any(part.startswith(".") for part in path.split("/")[:-1]):
        raise refused(name, f"{path!r} is no part of a bundle")
    if path in before:
        raise refused(name, f"it holds {path!r} twice")
    if before and path < next(reversed(before)):
        raise refused(name, f"{path!r} stands after {next(reversed(before))!r}: its files are not sorted")
    if len(entry.content) > largest(path):
        raise refused(name, f"{path!r} is larger than {format_size(largest(path))}")


def _check_format(record: Mapping[str, Any], name: str) -> None:
    """Whether this version of ringfence can read on."""
    version = record.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise refused(name, f"{DIGESTS_ENTRY} does not say its format")
    if version != FORMAT:
        raise refused(name, f"it has format {version}; this ringfence reads format {FORMAT}", advice=_UPGRADE)


def _expected_digests(package: Package, name: str) -> bytes:
    """The manifest that follows from the files."""
    if MANIFEST_NAME not in package.files:
        raise refused(name, f"it holds no {MANIFEST_NAME}")
    try:
        return package.digests
    except UnicodeDecodeError as failure:
        raise refused(name, f"{MANIFEST_NAME} is not UTF-8: {failure}") from failure


def _digests_differ(record: Mapping[str, Any], package: Package, name: str) -> BundleError:
    """What a manifest says that its files do not."""
    said, true = _by_path(record), _by_path(json.loads(package.digests))
    for path in sorted(said.keys() | true.keys()):
        if path not in true:
            return refused(name, f"{path!r} is missing, which {DIGESTS_ENTRY} lists", advice=COPY_AGAIN)
        if path not in said:
            return refused(name, f"{path!r} is not listed in {DIGESTS_ENTRY}")
        if said[path] != true[path]:
            return refused(name, f"{path!r} does not have the digest and size that {DIGESTS_ENTRY} says")
    return refused(name, f"{DIGESTS_ENTRY} is not what ringfence writes for these files")


def _by_path(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest says of each file, as far as it says it in the right form."""
    files = record.get("files")
    listed = [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return {file["path"]: file for file in listed if isinstance(file.get("path"), str)}


def _read_signatures(entry: Entry, name: str) -> dict[str, bytes]:
    """The signatures by key id, sorted; none of them is verified here."""
    wrong = refused(name, f"{SIGNATURES_ENTRY} is not what ringfence writes")
    signatures: dict[str, bytes] = {}
    try:
        for signature in _parsed(entry, name)["signatures"]:
            signatures[signature["key"]] = base64.b64decode(signature["signature"], validate=True)
    except (LookupError, TypeError, ValueError, binascii.Error) as failure:
        raise wrong from failure
    if not 0 < len(signatures) <= MAXIMUM_SIGNATURES:
        raise refused(name, f"it has {len(signatures)} signatures; there may be 1 to {MAXIMUM_SIGNATURES}")
    if not all(map(_is_signature, signatures.items())) or _signatures_record(signatures) != entry.content:
        raise wrong
    return signatures


def _is_signature(item: tuple[Any, bytes]) -> bool:
    key, signature = item
    is_id = isinstance(key, str) and len(key) == KEY_ID_DIGITS and set(key) <= set("0123456789abcdef")
    return is_id and len(signature) == SIGNATURE_BYTES


def _signatures_record(signatures: Mapping[str, bytes]) -> bytes:
    return _json(
        {
            "signatures": [
                {"key": key, "signature": base64.b64encode(signature).decode()}
                for key, signature in sorted(signatures.items())
            ]
        }
    )


def _json(record: Any) -> bytes:
    return (json.dumps(record, indent=1) + "\n").encode()


def _parsed(entry: Entry, name: str) -> dict[str, Any]:
    """The JSON object in an entry that ringfence wrote."""
    if len(entry.content) > MAXIMUM_RECORD_BYTES:
        raise refused(name, f"{entry.path} is larger than {format_size(MAXIMUM_RECORD_BYTES)}")
    try:
        record = json.loads(entry.content)
    except (ValueError, RecursionError) as failure:
        raise refused(name, f"{entry.path} is not JSON: {failure}") from failure
    if not isinstance(record, dict):
        raise refused(name, f"{entry.path} is no JSON object")
    return record
