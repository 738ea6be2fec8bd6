"""The guest of `--gc-stress`: the debug build, whose isolates collect at every allocation and then walk their heap.

`conftest.py` turns it on; harnesses that compile guests of their own ask `gc_stress()` whether to do the same with them.
"""

from __future__ import annotations

import os
import subprocess
import sys

from ringfence.guest import GUEST_VARIABLE
from tests.guests import ROOT, built

KIND = "stress"


def gc_stress() -> bool:
    """Whether the tests run under `--gc-stress`."""
    return os.environ.get(GUEST_VARIABLE, "").startswith(str(ROOT / "build" / KIND))


def build() -> None:
    """Build the guest if it is stale, and print where it is."""
    print(built(KIND, {}, debug=True, gc_stress=True))


def use_stressed_guest() -> None:
    """From now on, in this process and those that it starts.

    It is built in a process of its own: an engine that is made before pytest enables `faulthandler` loses its handlers
    of the signals that a trap raises.
    """
    build = [sys.executable, "-c", "from tests.stress import build; build()"]
    os.environ[GUEST_VARIABLE] = subprocess.check_output(build, cwd=ROOT, text=True).strip()
