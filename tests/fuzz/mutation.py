"""Mutations: an input becomes another one by a few random changes of bytes, tokens, numbers or lines.

All randomness comes from the `random.Random` that is passed in, so a seed says everything. `campaign.py` decides what to mutate.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

MAX_BYTES = 3_000
MAX_CHANGES = 6
NUMBER = re.compile(rb"\d+")
NUMBERS = (
    0, 1, 2, 7, 8, 9, 15, 16, 31, 32, 63, 64, 65, 127, 128, 200, 201, 255, 256, 257, 1000, 4095, 4096, 65535, 65536,
    99999, 100000, 100001, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 47) - 1, 1 << 47, (1 << 48), (1 << 53) + 1,
    (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64, 10**18, 10**19, 10**30, 10**100,
)  # fmt: skip
BYTES = b"\x00\x01\t\n\r !\"#%&'()*+,-./0129:;<=>?@AZ[\\]^_`az{|}~\x7f\x80\xbf\xc2\xe2\xef\xf0\xff"

Change = Callable[[random.Random, bytes, Sequence[bytes], Sequence[bytes]], bytes]


def spot(rng: random.Random, data: bytes) -> int:
    """A place in the data, its end included."""
    return rng.randint(0, len(data))


def span(rng: random.Random, data: bytes) -> tuple[int, int]:
    """A short piece of the data, mostly."""
    start = spot(rng, data)
    size = rng.choice((1, 1, 2, 4, 8, 16, rng.randint(1, 200)))
    return start, min(len(data), start + size)


def flip(rng: random.Random, data: bytes, _words: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    """Another byte in place of one."""
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([rng.choice(BYTES)]) + data[at + 1 :]


def insert_byte(rng: random.Random, data: bytes, _words: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    """One more byte."""
    at = spot(rng, data)
    return data[:at] + bytes([rng.choice(BYTES)]) + data[at:]


def insert_word(rng: random.Random, data: bytes, words: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    """A token of the language, somewhere."""
    at = spot(rng, data)
    return data[:at] + rng.choice(words) + data[at:]


def replace_word(rng: random.Random, data: bytes, words: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    """A token of the language instead of a word."""
    found = list(re.finditer(rb"[A-Za-z_]\w*|[^\w\s]+", data))
    if not found:
        return data
    match = rng.choice(found)
    return data[: match.start()] + rng.choice(words) + data[match.end() :]


def remove(rng: random.Random, data: bytes, _words: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    """A piece less."""
    start, end = span(rng, data)
    return data[:start] + data[end:]


def repeat(rng: random.Random, data: bytes, _words: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    """A piece more than once."""
    start, end = span(rng, data)
    return data[:end] + data[start:end] * rng.choice((1, 1, 2, 5, 30)) + data[end:]


def move(rng: random.Random, data: bytes, _words: Sequence[bytes], _others: Sequence[bytes]) -> bytes:
    """A piece in another place."""
    start, end = span(rng, data)
    rest = data[:start] + data[end:]
    at = spot(rng, rest)
    return rest[:at] + data[start:end] + rest[at:]


def change_number(
    rng: random.Random, data: bytes, _words: Sequence[bytes], _others: Sequence[bytes]
) -> bytes:
    """A number becomes another one, mostly one at which something ends."""
    found = list(NUMBER.finditer(data))
    if not found:
        return data
    match = rng.choice(found)
    if rng.random() < 0.5 or len(match[0]) > 100:
        number = rng.choice(NUMBERS)
    else:
        number = int(match[0]) + rng.choice((-2, -1, 1, 2, 16, 1000))
    return data[: match.start()] + str(number).encode() + data[match.end() :]


def splice(rng: random.Random, data: bytes, _words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """The beginning of this and the end of another input."""
    other = rng.choice(others)
    return data[: spot(rng, data)] + other[spot(rng, other) :]


def insert_piece(rng: random.Random, data: bytes, _words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """A piece of another input."""
    other = rng.choice(others)
    start, end = span(rng, other)
    at = spot(rng, data)
    return data[:at] + other[start:end] + data[at:]


def change_lines(rng: random.Random, data: bytes, _words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """A line dropped, repeated, moved, indented, or taken from another input."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    kind = rng.randrange(5)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(rng.randint(0, len(lines)), lines[at])
    elif kind == 2:
        lines.insert(rng.randint(0, len(lines) - 1), lines.pop(at))
    elif kind == 3:
        lines[at] = rng.choice((b" ", b"  ", b"    ", b"\t")) + lines[at]
    else:
        lines.insert(at, rng.choice(rng.choice(others).split(b"\n")))
    return b"\n".join(lines)


CHANGES: tuple[Change, ...] = (
    flip, insert_byte, insert_word, insert_word, replace_word, replace_word, remove, remove, repeat, move,
    change_number, splice, insert_piece, change_lines, change_lines,
)  # fmt: skip


def mutate(rng: random.Random, data: bytes, words: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """The data after some changes; never longer than `MAX_BYTES`."""
    for _ in range(rng.randint(1, MAX_CHANGES)):
        data = rng.choice(CHANGES)(rng, data, words, others)[:MAX_BYTES]
    return data
