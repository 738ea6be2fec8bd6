"""Keys that collide: strings and integers whose hashes are the same in all 32 bits, whatever a dict's seed.

Repeats the guest's hashes of eight-byte words (`guest/heap/spans.py`) and of integers (`guest/values/hash.py`), run backwards.
"""

from __future__ import annotations

from functools import cache
from itertools import count

MASK = (1 << 64) - 1
MULTIPLIER = 0x9E37_79B9_7F4A_7C15
INVERSE = pow(MULTIPLIER, -1, 1 << 64)
ROTATION = 23
TARGET = 0x0123_4567_89AB_CDEF  # the state of the hash, before it is finished, that all strings reach
KEY_BYTES = 16
MOST = 1 << 12
"""Colliding keys of one kind are made up to this number: with twice as many, filling a dict takes four times as long."""


def rotate_left(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & MASK


@cache
def strings() -> list[str]:
    """ASCII strings of sixteen bytes: the first word is a number, the second is what brings the hash to the target."""
    keys: list[str] = []
    before = rotate_left((TARGET * INVERSE) & MASK, 64 - ROTATION)
    start = (KEY_BYTES * MULTIPLIER) & MASK
    for number in count():
        word = b"%08d" % number
        state = (rotate_left(start ^ int.from_bytes(word, "little"), ROTATION) * MULTIPLIER) & MASK
        key = word + (before ^ state).to_bytes(8, "little")
        if key.isascii():
            keys.append(key.decode("ascii"))
            if len(keys) == MOST:
                return keys
    raise AssertionError


@cache
def integers() -> list[int]:
    """Integers of 63 bits: `(n ^ n >> 32) * MULTIPLIER` has the same high half for all of them."""
    keys: list[int] = []
    for low in count():
        mixed = ((TARGET >> 32 << 32 | low) * INVERSE) & MASK
        n = mixed ^ mixed >> 32
        if n >> 63 == 0:
            keys.append(n)
            if len(keys) == MOST:
                return keys
    raise AssertionError


def colliding_keys(kind: str, size: int) -> list[str] | list[int]:
    """The first `size` keys of this kind."""
    return strings()[:size] if kind == "strings" else integers()[:size]
