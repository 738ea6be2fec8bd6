"""Archives made by hand to deceive: every one is refused with a reason, and reading them writes nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.contents import MAXIMUM_FILES, MAXIMUM_SOURCE_BYTES, digest_of
from ringfence.packing.package import MAXIMUM_PACKAGE_BYTES, make_package, read_package, read_package_file
from tests.packing.zips import FILES, Zipped, manifest_of, zipped

pytestmark = pytest.mark.usefixtures("nothing_written")

Entries = list[Zipped]
GOOD = make_package(FILES).to_bytes()
MANIFEST = manifest_of(GOOD)


def record(value: object) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def entries(**changes: object) -> Entries:
    """The entries of the good package; its manifest changed so."""
    first = Zipped(b".manifest.json", record({**MANIFEST, **changes}))
    return [first, *(Zipped(path.encode(), content) for path, content in sorted(FILES.items()))]


def with_file(path: str | bytes, content: bytes = b"x = 1\n", **fields: object) -> bytes:
    """The good package and one more file, which a manifest lists as it should."""
    name = path.encode() if isinstance(path, str) else path
    shown = name.decode(errors="replace")
    listed = {"path": shown, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    files = sorted([*MANIFEST["files"], listed], key=lambda file: file["path"])  # type: ignore[misc,index]
    decisive = {path: FILES[path] for path in FILES if not path.startswith("tests/")}
    first, *others = entries(files=files, digest=digest_of({**decisive, shown: content}))
    added = [*others, replace(Zipped(name, content), **fields)]  # type: ignore[arg-type]
    return zipped([first, *sorted(added, key=lambda entry: entry.path)])


def with_main(**fields: object) -> bytes:
    """The good package with these fields of `main.star`'s headers changed."""
    return zipped(
        replace(entry, **fields) if entry.path == b"main.star" else entry  # type: ignore[arg-type]
        for entry in entries()
    )


def changed(at: int, new: bytes) -> bytes:
    """The good package with other bytes at an offset, from its end when that is negative."""
    at %= len(GOOD)
    return GOOD[:at] + new + GOOD[at + len(new) :]


def signatures(value: object) -> bytes:
    return zipped([*entries(), Zipped(b".signatures.json", record(value))])


def swapped() -> bytes:
    first, *others = entries()
    return zipped([first, *reversed(others)])


def overlapping() -> bytes:
    """A quine-like bomb: two entries of the directory share the bytes of one file."""
    all_entries = entries()
    offset = len(b"".join(entry.local() for entry in all_entries[:2]))
    return zipped(
        replace(entry, listed_offset=offset) if entry.path == b"main.star" else entry for entry in all_entries
    )


def nested() -> bytes:
    """An entry whose content is itself the rest of an archive."""
    return with_file("lib/z.star", Zipped(b"evil.star", b"x = 1\n").local())


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def other_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in FILES.items():
            archive.writestr(path, content)
    return file.getvalue()


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for path, content in FILES.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


ZIP64 = struct.pack("<HHQQ", 1, 16, 6, 6)
UNICODE_PATH = struct.pack("<HHBI", 0x7075, 14, 1, zlib.crc32(b"main.star")) + b"evil.star"
BOMB = deflated(bytes(1 << 26))
KEY = "ab" * 32
SIGNATURE = "A" * 86 + "=="

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    # Paths out of it, or of another kind.
    "parent": (lambda: with_file("../evil.star"), "no path inside a bundle"),
    "parent further on": (lambda: with_file("lib/../../evil.star"), "no path inside a bundle"),
    "absolute": (lambda: with_file("/etc/evil.star"), "no path inside a bundle"),
    "drive": (lambda: with_file("c:/evil.star"), "no ':' in names"),
    "stream of another file": (lambda: with_file("main.star:evil.star"), "no ':' in names"),
    "backslash": (lambda: with_file("lib\\evil.star"), "no path inside a bundle"),
    "NUL": (lambda: with_file("main.star\0.star"), "no path inside a bundle"),
    "escape sequence": (lambda: with_file("\x1b[2Jmain.star"), "no path inside a bundle"),
    "written from right to left": (lambda: with_file("lib/\u202erats.star"), "no path inside a bundle"),
    "empty part": (lambda: with_file("lib//evil.star"), "no path inside a bundle"),
    "dot": (lambda: with_file("./evil.star"), "no path inside a bundle"),
    "empty path": (lambda: with_file(""), "no path inside a bundle"),
    "folder": (lambda: with_file("lib/", b""), "no path inside a bundle"),
    "not UTF-8": (lambda: with_file(b"lib/\xff.star"), "not UTF-8"),
    "device": (lambda: with_file("lib/aux.star"), "a device on Windows"),
    "trailing dot": (lambda: with_file("lib./evil.star"), "drops the end"),
    "long name": (lambda: with_file("x" * 300 + ".star"), "longer than 255 bytes"),
    "long path": (lambda: with_file("/".join(["d" * 200] * 6) + ".star"), "longer than 1024 bytes"),
    "deep path": (lambda: with_file("d/" * 17 + "x.star"), "nested deeper than 16"),
    "hidden folder": (lambda: with_file("lib/.git/x.star"), "no part of a bundle"),
    "program": (lambda: with_file("install.sh"), "no part of a bundle"),
    "second manifest": (lambda: with_file("lib/bundle.toml"), "no part of a bundle"),
    "data elsewhere": (lambda: with_file("lib/d.json", b"1"), "no part of a bundle"),
    # Two files that are one.
    "twice": (lambda: with_file("main.star"), "'main.star' twice"),
    "twice after case folding": (lambda: with_file("MAIN.star"), "the same file on some systems"),
    "folders after case folding": (lambda: with_file("LIB/x.star"), "the same file on some systems"),
    "twice after normalization": (
        lambda: make_by_hand({"lib/e\u0301.star": b"", "lib/\u00e9.star": b""}),
        "the same file on some systems",
    ),
    "file and folder": (lambda: with_file("main.star/x.star"), "the same file on some systems"),
    "not sorted": (swapped, "not sorted"),
    # Links and other types of file.
    "link": (lambda: with_main(mode=0o120777, content=b"/etc/passwd"), "its directory"),
    "link in the directory only": (lambda: with_main(mode=0o120777), "its directory"),
    "executable": (lambda: with_main(mode=0o100755), "its directory"),
    "made on Windows": (lambda: with_main(made_by=20), "its directory"),
    # Bombs.
    "deflated": (lambda: with_main(method=8, content=deflated(FILES["main.star"])), "is compressed"),
    "bomb": (lambda: with_main(method=8, content=BOMB, size=1 << 26), "is compressed"),
    "bomb that says less": (lambda: with_main(method=8, content=BOMB, size=10), "is compressed"),
    "other method": (lambda: with_main(method=93), "is compressed"),
    "says more than it holds": (lambda: with_main(size=1 << 30, packed=1 << 30), "ends in the middle"),
    "says two sizes": (lambda: with_main(size=1 << 30), "says 57 bytes and 1073741824 bytes"),
    "says less than it holds": (lambda: with_main(size=3, packed=3), "'main.star' has another checksum"),
    "large source": (lambda: with_file("lib/z.star", bytes(MAXIMUM_SOURCE_BYTES + 1)), "larger than 8MiB"),
    "large manifest": (lambda: zipped([Zipped(b".manifest.json", bytes(5 << 20))]), "larger than 4MiB"),
    "large package": (lambda: bytes(MAXIMUM_PACKAGE_BYTES + 1), "larger than 144MiB"),
    "many files": (
        lambda: zipped([*entries(), *(Zipped(f"z{n:05}.star".encode(), b"") for n in range(MAXIMUM_FILES))]),
        "more than 2002 entries",
    ),
    "overlap": (overlapping, "its directory"),
    "archive in a file": (lambda: nested()[: len(nested()) - 40], "ends in the middle"),
    # What readers of zip disagree about.
    "encrypted": (lambda: with_main(flags=1 << 11 | 1), "is encrypted"),
    "data descriptor": (lambda: with_main(flags=1 << 11 | 8, packed=0, size=0), "size after its content"),
    "bytes after a file": (lambda: with_main(after=b"evil"), "its directory"),
    "extra field": (lambda: with_main(extra=b"UT\x05\x00\x01\x00\x00\x00\x00"), "has extra fields"),
    "zip64 sizes": (lambda: with_main(size=0xFFFFFFFF, packed=0xFFFFFFFF, extra=ZIP64), "64 bits"),
    "zip64 field": (lambda: with_main(extra=ZIP64), "has extra fields"),
    "another name in Unicode": (lambda: with_main(extra=UNICODE_PATH), "has extra fields"),
    "name without the UTF-8 flag": (lambda: with_main(flags=0), "time, flag or version"),
    "time": (lambda: with_main(time=1), "time, flag or version"),
    "reader's version": (lambda: with_main(version=45), "time, flag or version"),
    "wrong checksum": (lambda: with_main(checksum=1), "another checksum"),
    "another name in the directory": (lambda: with_main(listed_path=b"evil.star"), "its directory"),
    "comment of a file": (lambda: with_main(comment=b"evil"), "its directory"),
    "comment of the archive": (lambda: zipped(entries(), comment=b"evil"), "its directory"),
    "not in the directory": (lambda: with_main(is_listed=False), "its directory"),
    "in the directory only": (
        lambda: changed(-2 - 20, b"").replace(
            b"PK\x05\x06", Zipped(b"e.star", b"").listed(0) + b"PK\x05\x06"
        ),
        "its directory",
    ),
    "bytes before": (lambda: zipped(entries(), before=b"#!/bin/sh\n"), "before its first entry"),
    "bytes between": (lambda: zipped(entries(), between=b"evil"), "its directory"),
    "bytes after": (lambda: GOOD + b"evil", "4 bytes follow its end"),
    "archive after": (lambda: GOOD + GOOD, "follow its end"),
    "other disk": (lambda: changed(-18, b"\x01\x00"), "its directory"),
    "fewer entries": (lambda: changed(-14, b"\x01\x00\x01\x00"), "its directory"),
    "other offset": (lambda: changed(-6, b"\x00\x00\x00\x00"), "its directory"),
    "no end": (lambda: GOOD[:-22], "ends in the middle"),
    "no directory": (lambda: b"".join(entry.local() for entry in entries()), "ends in the middle"),
    # Manifests that lie.
    "wrong digest": (lambda: spoilt_file(sha256="0" * 64), "'main.star' does not have the digest"),
    "wrong size": (lambda: spoilt_file(size=1), "'main.star' does not have the digest"),
    "file missing": (lambda: zipped(entries()[:-1]), "'tests/t.jsonl' is missing"),
    "file not listed": (lambda: zipped([*entries(), Zipped(b"z.star", b"")]), "'z.star' is not listed"),
    "other bundle's digest": (lambda: zipped(entries(digest="0" * 64)), "not what ringfence writes"),
    "other name": (lambda: zipped(entries(name="large")), "not what ringfence writes"),
    "more to say": (lambda: zipped(entries(more=1)), "not what ringfence writes"),
    "other JSON": (
        lambda: zipped([replace(entries()[0], content=json.dumps(MANIFEST).encode()), *entries()[1:]]),
        "not what ringfence writes",
    ),
    "files in the wrong form": (lambda: zipped(entries(files=[1, {"path": 2}])), "is not listed"),
    "no bundle.toml": (lambda: zipped([e for e in entries() if e.path != b"bundle.toml"]), "no bundle.toml"),
    "no manifest": (lambda: zipped(entries()[1:]), "first entry is 'bundle.toml'"),
    "manifest later": (lambda: zipped([*entries()[1:2], *entries()]), "first entry is 'bundle.toml'"),
    "two manifests": (lambda: zipped([*entries()[:1], *entries()]), "no part of a bundle"),
    "manifest not JSON": (lambda: zipped([Zipped(b".manifest.json", b"{")]), "not JSON"),
    "manifest deep": (lambda: zipped([Zipped(b".manifest.json", b"[" * 100_000)]), "not JSON"),
    "manifest of long numbers": (lambda: zipped([Zipped(b".manifest.json", b"1" * 100_000)]), "not JSON"),
    "manifest a list": (lambda: zipped([Zipped(b".manifest.json", b"[]")]), "no JSON object"),
    "later format": (lambda: zipped(entries(format=2)), "format 2; this ringfence reads format 1"),
    "no format": (lambda: zipped(entries(format=None)), "does not say its format"),
    "format 0": (lambda: zipped(entries(format=0)), "does not say its format"),
    "format true": (lambda: zipped(entries(format=True)), "does not say its format"),
    # Signatures in the wrong form.
    "no signature": (lambda: signatures({"signatures": []}), "0 signatures"),
    "signature twice": (
        lambda: signatures({"signatures": [{"key": KEY, "signature": SIGNATURE}] * 2}),
        "not what ringfence writes",
    ),
    "short signature": (
        lambda: signatures({"signatures": [{"key": KEY, "signature": "AAAA"}]}),
        "not what ringfence writes",
    ),
    "odd key": (
        lambda: signatures({"signatures": [{"key": "../" + KEY[3:], "signature": SIGNATURE}]}),
        "not what ringfence writes",
    ),
    "key no text": (
        lambda: signatures({"signatures": [{"key": [], "signature": SIGNATURE}]}),
        "not what ringfence writes",
    ),
    "signatures no list": (lambda: signatures({"signatures": 1}), "not what ringfence writes"),
    "signatures not last": (
        lambda: zipped([*entries()[:1], Zipped(b".signatures.json", signed_record()), *entries()[1:]]),
        "after the signatures",
    ),
    # Not packages.
    "empty": (lambda: b"", "it is empty"),
    "empty zip": (lambda: GOOD[-22:-14] + bytes(14), "does not begin like a package"),
    "gzip": (lambda: gzip.compress(GOOD), "a gzip file"),
    "tar": (tar, "does not begin like a package"),
    "a zip tool's": (other_zip, "refused"),
    "text": (lambda: FILES["main.star"], "does not begin like a package"),
}


def make_by_hand(added: dict[str, bytes]) -> bytes:
    """The good package with files that its manifest does not list."""
    more = [Zipped(path.encode(), content) for path, content in added.items()]
    first, *others = entries()
    return zipped([first, *sorted([*others, *more], key=lambda entry: entry.path)])


def spoilt_file(**changes: object) -> bytes:
    """The good package with a manifest that says something else of `main.star`."""
    files = MANIFEST["files"]
    assert isinstance(files, list)
    return zipped(
        entries(files=[{**file, **changes} if file["path"] == "main.star" else file for file in files])
    )


def signed_record() -> bytes:
    return record({"signatures": [{"key": KEY, "signature": SIGNATURE}]})


@pytest.mark.parametrize("kind", HOSTILE)
def test_it_is_refused_with_a_reason(kind: str) -> None:
    make, says = HOSTILE[kind]
    with pytest.raises(rf.BundleError) as caught:
        read_package(make(), "x.rfb")
    assert str(caught.value).startswith("the package 'x.rfb' is refused: ")
    assert says in str(caught.value)
    assert caught.value.advice
    assert str(caught.value).isprintable()


def test_the_archives_would_be_read_if_they_were_not_spoilt() -> None:
    assert zipped(entries()) == GOOD == with_main()
    assert read_package(with_file("lib/z.star"), "x.rfb").files["lib/z.star"] == b"x = 1\n"
    signed = zipped([*entries(), Zipped(b".signatures.json", signed_record())])
    assert read_package(signed, "x.rfb").signatures == {KEY: bytes(64)}


def test_every_beginning_of_a_package_is_refused() -> None:
    for size in range(len(GOOD)):
        with pytest.raises(rf.BundleError):
            read_package(GOOD[:size], "x.rfb")


def test_a_package_is_not_read_past_the_largest_size(tmp_path: Path) -> None:
    with pytest.raises(rf.BundleError, match="cannot be read: No such file"):
        read_package_file(tmp_path / "none.rfb")
    with pytest.raises(rf.BundleError, match="cannot be read"):
        rf.Bundle.from_file(tmp_path)
