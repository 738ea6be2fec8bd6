"""The wire format in which a scope's operations carry values between host and guest.

Little-endian, without padding. `unmarshal.py` reads requests and `marshal.py` writes answers; `operations.py` says what
stands in them, and `host/ringfence/handles/wire.py` is the other side.

    value    a Tag, then by tag: INT i64 | FLOAT f64 | BIG_INT u8 negative, u32 count, limbs of u32, the lowest first |
             TEXT, BYTES u32 size, bytes (UTF-8 for text) | RANGE start, stop, step as i64 | NODE u32 its place in the graph |
             HANDLE u64 the handle, and in answers a Form | nothing else for the others
    graph    its nodes by their places, from 0 on, each a Form, a u32 count, and `count` values; a DICT has a key and a
             value for each. Of a STRUCT there are `count` names, as TEXT, in ascending order, then `count` values.
"""

from enum import IntEnum

WORD_BYTES = 4
LONG_BYTES = 8


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
    ABSENT = 11  # no value: a slice's bound that is not given, a key that is not there, no further element


class Form(IntEnum):
    """What a handle or a node is, as far as it matters to the host."""

    LIST = 0
    DICT = 1
    TUPLE = 2
    SET = 3
    STRUCT = 4
    RANGE = 5
    FUNCTION = 6
    OTHER = 7
