"""Guests that tests build for themselves: with exports of their own, with counters, or collecting at every allocation.

Each is in a folder below `build/` that is named by everything that it was built from, so it is built once, and never used when
it is stale.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from guest.compiler.base_image import IMAGE, build_guest
from ringfence.cache import CodeCache
from ringfence.engine import Engine
from ringfence.guest import Guest, _drop_old_builds, source_digest

ROOT = Path(__file__).resolve().parents[1]
PRIVATE = 0o700


def built(
    kind: str, extra: dict[str, Path], *, debug: bool = False, gc_stress: bool = False, coverage: bool = False
) -> Path:
    """The folder of a guest; the options are those of `build_guest`. Guests of one kind share a folder."""
    digest = hashlib.sha256(f"{source_digest(ROOT)} {debug} {gc_stress} {coverage}".encode())
    for path in extra.values():
        digest.update(path.read_bytes())
    folder = ROOT / "build" / kind / "guest" / digest.hexdigest()[:16]
    if not (folder / IMAGE).is_file():
        build_guest(ROOT, folder, debug=debug, coverage=coverage, gc_stress=gc_stress, extra=extra)
        _drop_old_builds(folder.parent)
    return folder


def engine_of(folder: Path) -> Engine:
    """An engine with a guest that was built here, and a cache of its own beside it."""
    compiled = folder.parents[1] / "compiled"
    compiled.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    return Engine(Guest(folder), CodeCache(compiled))
