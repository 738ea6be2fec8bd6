"""Random JSON documents, mostly right: what an event may look like, with the corners that decoders get wrong."""

from __future__ import annotations

import json
import random

TOKENS = r"""{ } [ ] , : " \ / true false null 0 -0 1 -1 1.5 1e5 1E-5 1e400 1e-400 123456789012345678901234567890 0.1 -0.0 01 1. .5 +1
    NaN Infinity "" "a" "id" "\u0000" "\ud83d\ude00" "\ud800" "\udc00" "\n" "\x" {"a":1} [1,2] [[[[ ]]]] {"a":{"b":{}}} 9223372036854775807
    9223372036854775808 140737488355328 9007199254740993 2.2250738585072011e-308 5e-324 1.7976931348623157e308"""
OTHERS = (
    b" ",
    b"\n",
    b"\t",
    b"\r",
    b"\xef\xbb\xbf",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\x1f",
)
WORDS = (*(token.encode() for token in TOKENS.split()), *OTHERS)
NUMBERS = (
    "0", "-0", "1", "-1", "127", "140737488355327", "140737488355328", "-140737488355329", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "0.1", "-0.0", "1e5", "1E+2", "1e-7", "5e-324", "2.4703282292062327e-324",
    "1.7976931348623157e308", "1.7976931348623159e308", "9007199254740993", "9007199254740993.0", "123456789012345678901234567890",
    "0.30000000000000004", "100000000000000000000000.0", "1e22", "1e23",
)  # fmt: skip
TEXTS = (
    "",
    "a",
    "id",
    "path",
    "GET",
    "é",
    "日本",
    "😀",
    "\u2028",
    "\x7f",
    '"',
    "\\",
    "/",
    "\n",
    "\u0001",
    "a" * 40,
    "x" * 300,
)
MAX_DEPTH = 5


def document(rng: random.Random) -> bytes:
    """An object, as an event is one."""
    return member_list(rng, MAX_DEPTH).encode()


def space(rng: random.Random) -> str:
    """White space between tokens, or none."""
    return rng.choice(("", "", "", " ", "\n", "\t ", "\r\n"))


def value(rng: random.Random, depth: int) -> str:
    """Any value."""
    kind = rng.randrange(8 if depth else 5)
    if kind == 0:
        return rng.choice(("true", "false", "null"))
    if kind <= 2:
        return rng.choice(NUMBERS) if rng.random() < 0.7 else repr(rng.uniform(-1e6, 1e6))
    if kind <= 4:
        return text(rng)
    if kind == 5:
        items = [space(rng) + value(rng, depth - 1) for _ in range(rng.randrange(5))]
        return f"[{','.join(items)}{space(rng)}]"
    if kind == 6:
        levels = rng.choice((2, 3, 10, 50, 195, 199, 200, 201))
        return "[" * levels + "]" * levels
    return member_list(rng, depth - 1)


def text(rng: random.Random) -> str:
    """A string, escaped in one way or another."""
    content = rng.choice(TEXTS) + (rng.choice(TEXTS) if rng.random() < 0.3 else "")
    if rng.random() < 0.2:
        return '"' + "".join(f"\\u{unit:04X}" for unit in utf16(content)) + '"'
    return json.dumps(content, ensure_ascii=rng.random() < 0.5)


def utf16(content: str) -> list[int]:
    """The UTF-16 units of a text."""
    encoded = content.encode("utf-16-le")
    return [encoded[i] | encoded[i + 1] << 8 for i in range(0, len(encoded), 2)]


def member_list(rng: random.Random, depth: int) -> str:
    """An object with some members, now and then two of one name."""
    members = [
        f"{space(rng)}{text(rng)}{space(rng)}:{space(rng)}{value(rng, depth)}"
        for _ in range(rng.choice((0, 1, 2, 3, 12)))
    ]
    return f"{{{','.join(members)}{space(rng)}}}"
