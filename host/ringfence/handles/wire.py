"""The wire format of a scope's operations, as `guest/machine/wire.py` defines it.

`requests.py` writes it and `answers.py` reads it.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

U8: Final = struct.Struct("<B")
U32: Final = struct.Struct("<I")
U64: Final = struct.Struct("<Q")
I64: Final = struct.Struct("<q")
F64: Final = struct.Struct("<d")
RANGE: Final = struct.Struct("<qqq")
NODE: Final = struct.Struct("<BI")
"""A form and a count; of a big integer, whether it is negative and its number of limbs."""
HANDLE: Final = struct.Struct("<QB")

TAGGED_U32: Final = struct.Struct("<BI")
TAGGED_U64: Final = struct.Struct("<BQ")
TAGGED_I64: Final = struct.Struct("<Bq")
TAGGED_F64: Final = struct.Struct("<Bd")
TAGGED_RANGE: Final = struct.Struct("<Bqqq")
"""A value with its tag: written at once."""

LOWEST_INT, HIGHEST_INT = -(1 << 63), (1 << 63) - 1
"""Integers outside are written as limbs."""

LIMB_BYTES: Final = 4
MOST_LIMBS: Final = 1 << 25
"""Limbs of the guest's largest integers."""


class Tag(IntEnum):
    """What kind of value follows."""

    NONE = 0
    FALSE = 1
    TRUE = 2
    INT = 3
    FLOAT = 4
    BIG_INT = 5
    TEXT = 6
    BYTES = 7
    RANGE = 8
    NODE = 9
    HANDLE = 10
    ABSENT = 11


class Form(IntEnum):
    """What a handle or a node of a graph is."""

    LIST = 0
    DICT = 1
    TUPLE = 2
    SET = 3
    STRUCT = 4
    RANGE = 5
    FUNCTION = 6
    OTHER = 7


class Operation(IntEnum):
    """What the guest is asked to do; `guest/machine/wire.py` says what each takes and gives."""

    KEEP = 0
    GLOBAL = 1
    CALL = 2
    CALL_GLOBAL = 3
    CALL_METHOD = 4
    ATTRIBUTE = 5
    NAMES = 6
    LENGTH = 7
    INDEX = 8
    LOOK_UP = 9
    SET_INDEX = 10
    SLICE = 11
    REPLACE = 12
    CONTAINS = 13
    EQUAL = 14
    REPR = 15
    ITERATE = 16
    NEXT = 17
    GRAPH = 18
    INTERPRET = 19
    VARIABLES = 20


class Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""No value: a bound of a slice that is not given, a key that is not there, the end of an iteration."""
