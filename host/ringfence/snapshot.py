"""Snapshots: a suspended evaluation as bytes, for another thread, process or machine that has the same guest.

    magic 8 | u16 format version | u16 zero | u32 length of the header | header | sections | SHA-256 of all before it

The header is JSON: the digests of the guest, of the bundle and of its image, what the host knows of the evaluation, and for each
section its packed and its plain size. The first section is the evaluation: what was printed, an answer that the guest
has not read yet, and the delta of its memory (`delta.py`). The second, in snapshots that are self-contained, is the bundle:
its manifest, what the guest said when it was loaded, and the delta of its image against the guest's base image.

The checksum finds damage; it keeps nobody from making a snapshot up. So nothing here is believed: sizes are bounded before
anything is unpacked, and what a snapshot holds only becomes memory of a sandbox, under the limits of who resumes it.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from ringfence.delta import Delta, DeltaError
from ringfence.errors import SnapshotError
from ringfence.limits import KIBIBYTE, MAXIMUM_FUEL, MEBIBYTE, Budget, format_size

MAGIC = b"ringsnap"
FORMAT = 1
_HEAD = struct.Struct("<8sHHI")
_CHECKSUM_BYTES = 32
_TEXT_LENGTHS = struct.Struct("<II")

PACKING_LEVEL = 1
"""Of zlib: higher ones save little of a memory and take several times as long."""

LONGEST_HEADER = 256 * KIBIBYTE
LARGEST_TEXTS = 16 * MEBIBYTE
"""Bytes that a section may have beside its delta."""

GIVE_SNAPSHOT = "Give what Evaluation.snapshot() returned, read from a file in binary mode."
DAMAGED = "Take the snapshot again, and see that its bytes are kept as they are."
OTHER_GUEST = "Resume it with the same version of ringfence: `ringfence version` names the guest."
OTHER_BUNDLE = "Load the bundle that it was taken of, or take it with snapshot(bundle=True)."
LOWER_LIMIT = "Raise Limits(memory=...) where it is resumed."


@dataclass(frozen=True, slots=True)
class State:
    """What the host knows of a suspended evaluation, beside its memory."""

    limit: int
    """Units of fuel that it may spend in all."""
    granted: int
    """Units that its steps so far allow to be spent."""
    used: int
    """Units spent."""
    seconds: float
    """That its steps have taken."""
    is_calling: bool
    """Whether a rule has asked the host, and the guest has not read the answer."""
    is_starved: bool
    """Whether the fuel that is left is too little for the next instruction."""
    calls: Mapping[str, int]
    """How often it has called each function of the host."""
    printed: bytes = b""
    """What its rules have printed so far."""
    reply: bytes | None = None
    """The answer of the host, if it is here."""

    def within(self, budget: Budget) -> State:
        """The same under the limits of whoever resumes it: what it was allowed elsewhere does not count."""
        limit = min(self.limit, budget.fuel)
        return replace(
            self,
            limit=limit,
            granted=min(self.granted, limit),
            used=min(self.used, limit),
        )


_HEADED = tuple(item.name for item in fields(State) if item.name not in ("printed", "reply"))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an evaluation can go on: the digests of its guest, of its bundle, and of the memory of the loaded bundle."""

    guest: str
    bundle: str
    image: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A loaded bundle: the text of its manifest, what the guest said of it, and its image as a delta against the base image."""

    manifest: bytes
    said: bytes
    image: Delta


def pack(first: bytes, second: bytes, delta: Delta) -> tuple[bytes, int]:
    """A section of two texts and a delta: packed, and its plain size."""
    plain = b"".join((_TEXT_LENGTHS.pack(len(first), len(second)), first, second, delta.encode()))
    return zlib.compress(plain, PACKING_LEVEL), len(plain)


def pack_loaded(loaded: Loaded) -> tuple[bytes, int]:
    """The section of a bundle. Rule sets keep it: it is the same in all their snapshots."""
    return pack(loaded.manifest, loaded.said, loaded.image)


def seal(origin: Origin, state: State, delta: Delta, bundle: tuple[bytes, int] | None) -> bytes:
    """A snapshot, with the section of its bundle if that is given."""
    texts = (state.printed, state.reply or b"")
    sections = [pack(*texts, delta), *([bundle] if bundle is not None else [])]
    header = {
        **asdict(origin),
        "state": {name: getattr(state, name) for name in _HEADED} | {"has_reply": state.reply is not None},
        "sections": [[len(packed), size] for packed, size in sections],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    parts = [_HEAD.pack(MAGIC, FORMAT, 0, len(text)), text, *(packed for packed, _ in sections)]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return b"".join((*parts, digest.digest()))


class Snapshot:
    """A snapshot that has been read: whole, of this format, and not unpacked yet."""

    def __init__(self, origin: Origin, state: State, sections: Sequence[tuple[memoryview, int]]) -> None:
        self.origin = origin
        self._state = state
        self._sections = sections

    @classmethod
    def read(cls, blob: bytes) -> Self:
        """The snapshot in these bytes. Raises `SnapshotError`."""
        head, text, rest = _parts(blob)
        try:
            header = json.loads(text)
            origin = Origin(*(_text(header[item.name]) for item in fields(Origin)))
            state = _state(header["state"])
            sizes = [(_count(packed), _count(size)) for packed, size in header["sections"]]
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            ArithmeticError,
            RecursionError,
        ) as failure:
            raise damaged(f"its header makes no sense: {failure}", head) from failure
        if not 1 <= len(sizes) <= 2 or sum(packed for packed, _ in sizes) != len(rest):
            raise damaged("its sections are not as long as its header says", head + len(text))
        sections, at = [], 0
        for packed, size in sizes:
            sections.append((rest[at : at + packed], size))
            at += packed
        return cls(origin, state, sections)

    @property
    def bundle_key(self) -> str:
        """What names the bundle in it, to the byte: the SHA-256 of its packed section."""
        return hashlib.sha256(self._sections[1][0]).hexdigest()

    @property
    def has_bundle(self) -> bool:
        """Whether it is self-contained."""
        return len(self._sections) == 2

    def evaluation(self, memory: int) -> tuple[State, Delta]:
        """The evaluation, for an isolate with so many bytes of memory. Raises `SnapshotError`."""
        printed, reply, delta = self._unpack(0, memory)
        state = self._state
        reply_or_none = reply if state.reply is not None else None
        known = {name: getattr(state, name) for name in _HEADED}
        return State(**known, printed=printed, reply=reply_or_none), delta

    def bundle(self, memory: int) -> Loaded:
        """The bundle, for isolates with so many bytes of memory. Raises `SnapshotError`."""
        return Loaded(*self._unpack(1, memory))

    def _unpack(self, number: int, memory: int) -> tuple[bytes, bytes, Delta]:
        packed, size = self._sections[number]
        name = ("evaluation", "bundle")[number]
        if size > memory + LARGEST_TEXTS:
            raise SnapshotError(
                f"the {name} in the snapshot takes {format_size(size)}, more than a memory of {format_size(memory)} holds",
                advice=LOWER_LIMIT,
            )
        try:
            unpacker = zlib.decompressobj()
            plain = unpacker.decompress(packed, size + 1)
            if len(plain) != size or not unpacker.eof or unpacker.unused_data:
                raise DeltaError("it is not as long as the header says")
            first, second = _TEXT_LENGTHS.unpack_from(plain)
            start = _TEXT_LENGTHS.size
            if start + first + second > size:
                raise DeltaError("its texts are not as long as it says")
            middle, end = start + first, start + first + second
            return plain[start:middle], plain[middle:end], Delta.decode(plain[end:])
        except (zlib.error, struct.error, DeltaError) as failure:
            raise SnapshotError(
                f"the snapshot is damaged in its {name}: {failure}", advice=DAMAGED
            ) from failure


def damaged(what: str, offset: int) -> SnapshotError:
    """The error for bytes that are no snapshot any more."""
    return SnapshotError(f"the snapshot is damaged at byte {offset}: {what}", advice=DAMAGED)


def _parts(blob: bytes) -> tuple[int, bytes, memoryview]:
    """The length of the head, the header, and the sections. The checksum is right."""
    if not isinstance(blob, bytes | bytearray | memoryview):
        raise SnapshotError(f"a snapshot is bytes, not {type(blob).__name__}", advice=GIVE_SNAPSHOT)
    if len(blob) < _HEAD.size + _CHECKSUM_BYTES:
        raise damaged("it ends in its head", len(blob))
    magic, version, zero, length = _HEAD.unpack_from(blob)
    if magic != MAGIC:
        raise SnapshotError("this is not a snapshot", advice=GIVE_SNAPSHOT)
    if version != FORMAT or zero != 0:
        raise SnapshotError(
            f"the snapshot has format {version}, and this version of ringfence reads format {FORMAT}",
            advice=OTHER_GUEST,
        )
    end = len(blob) - _CHECKSUM_BYTES
    content = memoryview(blob)[:end]
    if hashlib.sha256(content).digest() != blob[end:]:
        raise damaged("its checksum is wrong", end)
    if length > min(LONGEST_HEADER, end - _HEAD.size):
        raise damaged(f"a header of {length} bytes is too long", _HEAD.size)
    return _HEAD.size, bytes(content[_HEAD.size : _HEAD.size + length]), content[_HEAD.size + length :]


def _state(said: Mapping[str, Any]) -> State:
    """What a header says of the evaluation, in bounds; raises what its parts raise when they make no sense."""
    limit, granted, used = (_count(said[name]) for name in ("limit", "granted", "used"))
    seconds = float(said["seconds"])
    if not used <= limit <= MAXIMUM_FUEL or granted > limit:
        raise ValueError(f"{used} units of fuel spent of {granted} granted and {limit} allowed")
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{seconds!r} is no time")
    flags = [said[name] for name in ("is_calling", "is_starved", "has_reply")]
    if not all(isinstance(flag, bool) for flag in flags):
        raise ValueError(f"{flags!r} are not flags")
    calls = {_text(name): _count(number) for name, number in said["calls"].items()}
    return State(limit, granted, used, seconds, flags[0], flags[1], calls, reply=b"" if flags[2] else None)


def _count(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 1 << 62:
        raise ValueError(f"{number!r} is no size")
    return number


def _text(text: Any) -> str:
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no text")
    return text
