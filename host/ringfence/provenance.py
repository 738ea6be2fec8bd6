"""Where the evaluations of a rule set come from, and what it takes to resume them elsewhere: the digests of its guest, bundle and
image, and the bundle itself as a part of self-contained snapshots.

All of it is worked out when the first snapshot asks for it, from a pristine isolate. `snapshot.py` has the formats.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Final

from ringfence.abi import I64, U32, Variables
from ringfence.delta import Delta, DeltaError
from ringfence.engine import Engine
from ringfence.errors import SnapshotError
from ringfence.image import BLOCK_BYTES, MAXIMUM_PAGES, Image, pages_of
from ringfence.isolate import Isolate
from ringfence.limits import PAGE_BYTES, Budget
from ringfence.snapshot import OTHER_BUNDLE, OTHER_GUEST, Loaded, Origin, pack_loaded
from ringfence.statistics import PAUSE_KINDS

SHOWN_DIGITS = 12
"""Of a digest, in messages."""

_ZERO_BLOCK: Final = bytes(BLOCK_BYTES)


class Provenance:
    """The provenance of one loaded bundle; shared by all isolates of its image. Threads may share it."""

    def __init__(
        self, engine: Engine, image: Image, budget: Budget, bundle: str, manifest: bytes, said: bytes
    ) -> None:
        """`bundle` is `Bundle.digest`, `said` what the guest said when it had loaded the bundle."""
        self._engine = engine
        self._loaded = image
        self._budget = budget
        self.bundle = bundle
        self._manifest = manifest
        self._said = said
        self._lock = threading.Lock()
        self._origin: Origin | None = None
        self._section: tuple[bytes, int] | None = None

    def check(self, origin: Origin) -> None:
        """Raise `SnapshotError` unless a snapshot of this origin can go on here."""
        here = self.origin
        check_guest(origin, here.guest)
        if origin.image == here.image:
            return
        if origin.bundle == here.bundle:
            raise SnapshotError(
                f"the snapshot is of another image of this bundle ({_short(origin.image)}, not {_short(here.image)})",
                advice="Take it with snapshot(bundle=True), which brings its own image.",
            )
        raise SnapshotError(
            f"the snapshot is of the bundle {_short(origin.bundle)}, and this is {_short(here.bundle)}",
            advice=OTHER_BUNDLE,
        )

    @property
    def origin(self) -> Origin:
        """The digests by which a snapshot finds its way back."""
        if self._origin is None:
            with self._lock:
                image = image_digest(self._image(), self._engine.variables)
                self._origin = Origin(self._engine.guest.digest, self.bundle, image)
        return self._origin

    @property
    def section(self) -> tuple[bytes, int]:
        """The bundle as a section of a snapshot."""
        if self._section is None:
            with self._lock:
                image = difference(self._engine.guest.read_base_image(), self._image())
                self._section = pack_loaded(Loaded(self._manifest, self._said, image))
        return self._section

    def _image(self) -> bytearray:
        isolate = Isolate(self._engine, self._loaded, self._budget)
        memory = bytearray(isolate.memory())
        isolate.close()
        return memory


def check_guest(origin: Origin, guest: str) -> None:
    """Raise `SnapshotError` if a snapshot is of another guest than this one."""
    if origin.guest != guest:
        raise SnapshotError(
            f"the snapshot is of the guest {_short(origin.guest)}, and this is {_short(guest)}",
            advice=OTHER_GUEST,
        )


def _short(digest: str) -> str:
    """Enough of a digest to tell it from others."""
    return f"{digest[:SHOWN_DIGITS]}..."


def image_digest(memory: bytearray, variables: Variables) -> str:
    """The SHA-256 of an image's memory but for what every delta brings along: the guest's variables and its statistics.

    Those depend on the limits under which the bundle was loaded.
    """
    content = memoryview(memory)
    statistics_end = variables.pauses + len(PAUSE_KINDS) * variables.pause_row
    digest = hashlib.sha256(content[variables.control_size : variables.pauses])
    digest.update(content[statistics_end:])
    return digest.hexdigest()


def difference(base: bytes, memory: bytearray) -> Delta:
    """`memory`, which is at least as large as `base`, as a delta against it: in whole blocks."""
    before, after = memoryview(base), memoryview(memory)
    pieces: list[tuple[int, int]] = []
    for at in range(0, len(after), BLOCK_BYTES):
        old = before[at : at + BLOCK_BYTES].tobytes() if at < len(before) else _ZERO_BLOCK
        if after[at : at + BLOCK_BYTES].tobytes() == old:
            continue
        if pieces and sum(pieces[-1]) == at:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + BLOCK_BYTES)
        else:
            pieces.append((at, BLOCK_BYTES))
    contents = b"".join([after[at : at + length] for at, length in pieces])
    return Delta(pages_of(len(memory)), pieces, contents)


def rebuilt(engine: Engine, image: Delta, budget: Budget) -> tuple[bytearray, str]:
    """The memory of an image from its delta, with these limits, and its digest. Raises `DeltaError` when it cannot be."""
    base = engine.guest.read_base_image()
    if not len(base) <= image.pages * PAGE_BYTES <= min(MAXIMUM_PAGES * PAGE_BYTES, budget.whole_pages):
        raise DeltaError(f"an image of {image.pages} pages")
    memory = bytearray(base)
    memory.extend(bytes(image.pages * PAGE_BYTES - len(base)))
    for address, content in image:
        memory[address : address + len(content)] = content
    variables = engine.variables
    digest = image_digest(memory, variables)
    I64.pack_into(memory, variables.event_fuel, budget.fuel)
    U32.pack_into(memory, variables.memory_limit, budget.memory_end)
    return memory, digest
