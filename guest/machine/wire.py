"""The wire format of a scope's operations: their numbers, and how values go between host and guest.

Little-endian, without padding. `operations.py` says how a request is made of it; `unmarshal.py` reads requests and
`marshal.py` writes answers. `host/ringfence/handles/wire.py` is the other side.

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


class Operation(IntEnum):
    """What is asked for. The comment gives the operands, which are values unless it says otherwise, and the answer."""

    KEEP = 0  # any value: itself, with a handle if it is an object
    GLOBAL = 1  # name: the global of the entry module, or the built-in, of this name
    CALL = 2  # function, tuple of arguments, dict of keywords: the result
    CALL_GLOBAL = 3  # name, tuple, dict: the same with a function named as in GLOBAL
    CALL_METHOD = 4  # object, name, tuple, dict: the same with an attribute
    ATTRIBUTE = 5  # object, name: the attribute
    NAMES = 6  # object: the names of its attributes, sorted
    LENGTH = 7  # container: how many elements it has
    INDEX = 8  # container, key: its element
    LOOK_UP = 9  # dict, key: its value, or ABSENT
    SET_INDEX = 10  # container, key, value: nothing
    SLICE = 11  # sequence, three bounds: the slice
    REPLACE = 12  # list, list, u32 start, u32 end: nothing; the second one's elements replace those between the indices
    CONTAINS = 13  # container, value: a bool
    EQUAL = 14  # two values: a bool
    REPR = 15  # value: a string
    ITERATE = 16  # iterable: the handle of an iteration; dropping it ends it
    NEXT = 17  # iteration, u32 most, u8 1: the keys and values of a dict: the elements; ABSENT after the last
    GRAPH = 18  # value: it, and all that can be reached from it, as a graph
    INTERPRET = 19  # u32 size and UTF-8 of a path, then of a source: what the chunk gives; see `chunks.py`
    VARIABLES = 20  # nothing: the names that a chunk may read, sorted
