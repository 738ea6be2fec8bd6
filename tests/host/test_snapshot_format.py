"""The format of snapshots: what is sealed is read again, and anything else is refused with the reason, in bounded time and memory."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest

import ringfence as rf
from ringfence.delta import Delta
from ringfence.limits import MEBIBYTE, PAGE_BYTES
from ringfence.snapshot import FORMAT, MAGIC, Loaded, Origin, Snapshot, State, pack_loaded, seal

ORIGIN = Origin("a" * 64, "b" * 64, "c" * 64)
STATE = State(
    limit=200_000,
    granted=500,
    used=480,
    seconds=0.05,
    is_calling=True,
    is_starved=False,
    calls={"geoip": 2},
    printed="gedruckt: ä\n".encode(),
    reply=b'{"country": "CH"}',
)
DELTA = Delta(50, [(0, 8), (PAGE_BYTES, 4)], b"contents" + b"more")
LOADED = Loaded(b'[bundle]\nname = "x"\n', b'{"rules": []}', DELTA)
HEAD = struct.Struct("<8sHHI")


def resealed(blob: bytes) -> bytes:
    """The same with the checksum that it ought to have: damage that only somebody who means it can do."""
    return blob[:-32] + hashlib.sha256(blob[:-32]).digest()


def with_header(change: dict[str, Any], blob: bytes | None = None) -> bytes:
    """A snapshot with other values in its header."""
    blob = blob or seal(ORIGIN, STATE, DELTA, None)
    magic, version, zero, length = HEAD.unpack_from(blob)
    header = json.loads(blob[HEAD.size : HEAD.size + length])
    header.update(change)
    text = json.dumps(header).encode()
    return resealed(HEAD.pack(magic, version, zero, len(text)) + text + blob[HEAD.size + length :])


def read_all(blob: bytes) -> None:
    """Read and unpack everything."""
    snapshot = Snapshot.read(blob)
    snapshot.evaluation(16 * MEBIBYTE)
    if snapshot.has_bundle:
        snapshot.bundle(16 * MEBIBYTE)


@pytest.mark.parametrize("state", [STATE, replace(STATE, reply=None), replace(STATE, reply=b"", printed=b"")])
def test_what_is_sealed_is_read_again(state: State) -> None:
    snapshot = Snapshot.read(seal(ORIGIN, state, DELTA, None))
    assert snapshot.origin == ORIGIN and not snapshot.has_bundle
    read, delta = snapshot.evaluation(16 * MEBIBYTE)
    assert read == state
    assert (delta.pages, list(delta.pieces), bytes(delta.contents)) == (50, DELTA.pieces, DELTA.contents)


def test_a_self_contained_one_has_its_bundle() -> None:
    snapshot = Snapshot.read(seal(ORIGIN, STATE, DELTA, pack_loaded(LOADED)))
    assert snapshot.has_bundle
    loaded = snapshot.bundle(16 * MEBIBYTE)
    assert (loaded.manifest, loaded.said) == (LOADED.manifest, LOADED.said)
    assert bytes(loaded.image.contents) == DELTA.contents


def test_every_flipped_bit_and_every_shorter_one_is_found() -> None:
    blob = seal(ORIGIN, STATE, DELTA, pack_loaded(LOADED))
    for at in range(len(blob)):
        with pytest.raises(rf.SnapshotError):
            read_all(blob[:at])
        changed = bytearray(blob)
        changed[at] ^= 1 << at % 8
        with pytest.raises(rf.SnapshotError):
            read_all(bytes(changed))


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (b"", "damaged at byte 0: it ends in its head"),
        (b"GIF89a" + bytes(100), "not a snapshot"),
        (HEAD.pack(MAGIC, FORMAT + 1, 0, 0) + bytes(32), f"has format {FORMAT + 1}"),
        (seal(ORIGIN, STATE, DELTA, None)[:-1] + b"?", "its checksum is wrong"),
        (resealed(HEAD.pack(MAGIC, FORMAT, 0, 1 << 31) + bytes(32)), "header of 2147483648 bytes"),
        (resealed(HEAD.pack(MAGIC, FORMAT, 0, 4) + b"[[[[" + bytes(32)), "its header makes no sense"),
        (with_header({"sections": []}), "its sections"),
        (with_header({"sections": [[1, 1]]}), "its sections"),
        (with_header({"sections": [[-1, 1]]}), "its header makes no sense"),
        (with_header({"state": {}}), "its header makes no sense"),
        (with_header({"guest": 7}), "its header makes no sense"),
    ],
)
def test_what_is_wrong_is_said(blob: bytes, message: str) -> None:
    with pytest.raises(rf.SnapshotError, match=message) as refused:
        read_all(blob)
    assert refused.value.advice


@pytest.mark.parametrize(
    ("name", "worth"),
    [
        ("limit", -1),
        ("limit", 1 << 60),
        ("used", 200_001),
        ("granted", True),
        ("seconds", float("nan")),
        ("seconds", "soon"),
        ("seconds", 10**400),
        ("is_calling", 1),
        ("calls", {"geoip": -1}),
        ("calls", []),
    ],
)
def test_a_state_that_cannot_be_is_refused(name: str, worth: Any) -> None:
    blob = seal(ORIGIN, STATE, DELTA, None)
    header = json.loads(blob[HEAD.size : HEAD.size + HEAD.unpack_from(blob)[3]])
    with pytest.raises(rf.SnapshotError, match="its header makes no sense"):
        Snapshot.read(with_header({"state": {**header["state"], name: worth}}))


def test_a_bomb_is_not_unpacked() -> None:
    """A section that unpacks to more than its reader has memory for is refused by what it says of itself, or when it lied."""
    bomb = zlib.compress(bytes(512 * MEBIBYTE), 9)
    honest = with_header({"sections": [[len(bomb), 512 * MEBIBYTE]]}, _with_section(bomb))
    with pytest.raises(rf.SnapshotError, match="more than a memory of 16MiB holds"):
        read_all(honest)
    lying = with_header({"sections": [[len(bomb), 100]]}, _with_section(bomb))
    with pytest.raises(rf.SnapshotError, match="not as long as the header says"):
        read_all(lying)


def _with_section(section: bytes) -> bytes:
    blob = seal(ORIGIN, STATE, DELTA, None)
    start = HEAD.size + HEAD.unpack_from(blob)[3]
    return blob[:start] + section + bytes(32)
