"""The guest of `--gc-stress`: the debug build, whose isolates collect at every allocation and then walk their heap.

`conftest.py` turns it on; harnesses that compile guests of their own ask `gc_stress()` whether to do the same with them.
"""

from __future__ import annotations

import os

from ringfence.guest import GUEST_VARIABLE
from tests.guests import ROOT, built

KIND = "stress"


def gc_stress() -> bool:
    """Whether the tests run under `--gc-stress`."""
    return os.environ.get(GUEST_VARIABLE, "").startswith(str(ROOT / "build" / KIND))


def use_stressed_guest() -> None:
    """From now on, in this process and those that it starts."""
    os.environ[GUEST_VARIABLE] = str(built(KIND, {}, debug=True, gc_stress=True))
