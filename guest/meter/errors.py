"""The kind of a failure, and the one way to fail.

Everything in the guest that gives up an evaluation ends here. The message and the place belong to the layers
above (`values/failure.py` composes a rule's message); the boundary reads `kind` after it has caught
`Failure`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NoReturn

from guest.compiler.language import Failure, u32


class Kind(IntEnum):
    """Why an evaluation ended without a decision. The host maps these to its error classes."""

    NONE = 0
    RULE = 1
    FUEL = 2
    MEMORY = 3
    DEADLINE = 4
    INPUT = 5
    INTERNAL = 6
    STATIC = 7


kind: u32 = Kind.NONE


def stop_with(reason: u32) -> NoReturn:
    """Record why, and unwind to the nearest handler."""
    global kind
    kind = reason
    raise Failure
