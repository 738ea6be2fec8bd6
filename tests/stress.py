"""The guest of `--gc-stress`: the debug build, whose isolates collect at every allocation and then walk their heap.

`conftest.py` turns it on; harnesses that compile guests of their own ask `gc_stress()` whether to do the same with them.
"""

from __future__ import annotations

import os
from pathlib import Path

from guest.compiler.base_image import IMAGE, build_guest
from ringfence.guest import GUEST_VARIABLE, _drop_old_builds, source_digest

__all__ = ["GUEST_VARIABLE", "gc_stress", "stressed_guest"]

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "stress"


def gc_stress() -> bool:
    """Whether the tests run under `--gc-stress`."""
    return os.environ.get(GUEST_VARIABLE, "").startswith(str(FOLDER))


def stressed_guest() -> Path:
    """The folder of the guest, built first if its sources have changed."""
    folder = FOLDER / source_digest(ROOT)[:16]
    if not (folder / IMAGE).is_file():
        build_guest(ROOT, folder, debug=True, gc_stress=True)
        _drop_old_builds(FOLDER)
    return folder
