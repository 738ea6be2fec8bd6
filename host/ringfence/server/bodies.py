"""The body of a request: read within bounds of size and time, and cut into events.

An event goes to the guest as the client wrote it; the host looks for the ends of events and at nothing else.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from ringfence.batch import JSON_BLANKS
from ringfence.limits import format_size
from ringfence.server.problems import Problem

ARRAY_MARK = b"["

MOST_EVENTS = 10_000
"""Events of an array: each may come to a mebibyte, and more belong into a stream."""

_BLANKS = b" \t\r\n"
_BETWEEN = re.compile(r"[ \t\r\n]*([,\]])[ \t\r\n]*")
_BLANK = re.compile(r"[ \t\r\n]*")

# The C scanner of the standard library finds where a value ends; what it makes of numbers is not needed.
_scan = json.JSONDecoder(parse_int=len, parse_float=len).raw_decode


async def read_body(request: Request, largest: int, seconds: float) -> bytes:
    """The whole body, without a byte order mark in front. Raises a `Problem` for one that is larger, or not there in time."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > largest:
        raise _too_large(largest)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise _too_large(largest)
    except TimeoutError:
        raise Problem(
            408, f"the request was not complete after {seconds:g} seconds", headers={"Connection": "close"}
        ) from None
    except ClientDisconnect:
        raise Problem(400, "the request ended before its body was complete") from None
    return bytes(body.removeprefix(codecs.BOM_UTF8))


def _too_large(largest: int) -> Problem:
    return Problem(413, f"the request is larger than {format_size(largest)}", headers={"Connection": "close"})


def is_array(body: bytes) -> bool:
    """Whether a body holds several events."""
    return body.lstrip(_BLANKS).startswith(ARRAY_MARK)


def events_of(body: bytes) -> list[bytes]:
    """The events of a body, each on one line: those of an array, or the only one. Raises a `Problem` for what is no JSON."""
    if not body.strip(_BLANKS):
        raise Problem(400, "the request is empty")
    if not is_array(body):
        if b"\n" not in body and b"\r" not in body:
            return [body]
        # Outside strings, where alone they may be, ends of lines are as good as blanks.
        text = _text(body)
        _checked_end(text, _value(text, _BLANK.match(text).end()))  # type: ignore[union-attr]
        return [_on_one_line(text)]
    text = _text(body)
    position = _after_blanks(text, text.index("[") + 1)
    events: list[bytes] = []
    if text.startswith("]", position):
        _checked_end(text, position + 1)
        return events
    while True:
        end = _value(text, position)
        events.append(_on_one_line(text[position:end]))
        if len(events) > MOST_EVENTS:
            raise Problem(413, f"the array has more than {MOST_EVENTS:,} events")
        between = _BETWEEN.match(text, end)
        if between is None:
            raise _malformed(text, _after_blanks(text, end), "expected , or ]")
        if between[1] == "]":
            _checked_end(text, between.end())
            return events
        position = between.end()


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as failure:
        raise Problem(400, f"the request is not UTF-8: {failure.reason} at byte {failure.start}") from None


def _after_blanks(text: str, position: int) -> int:
    blanks = _BLANK.match(text, position)
    assert blanks is not None
    return blanks.end()


def _value(text: str, position: int) -> int:
    """Where the JSON value ends that begins here."""
    try:
        return _scan(text, position)[1]
    except json.JSONDecodeError as failure:
        raise _malformed(text, failure.pos, failure.msg) from None
    except RecursionError:
        raise Problem(400, "the request is nested too deep") from None


def _checked_end(text: str, position: int) -> None:
    if _after_blanks(text, position) != len(text):
        raise _malformed(text, _after_blanks(text, position), "more text after the end")


def _malformed(text: str, position: int, what: str) -> Problem:
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    return Problem(400, f"the request is not JSON: {what} at line {line}, column {column}")


def _on_one_line(text: str) -> bytes:
    return text.replace("\n", " ").replace("\r", " ").encode()


async def blocks_of_lines(
    chunks: AsyncIterator[bytes], size: int, largest: int, seconds: float
) -> AsyncIterator[list[bytes]]:
    """The events of a stream, in blocks of whole lines of about `size` bytes; of a line longer than `largest` only so much
    is kept that it is known to be longer. Raises `TimeoutError` if nothing comes for so many seconds.
    """
    kept = bytearray()
    iterator = aiter(chunks)
    while True:
        try:
            async with asyncio.timeout(seconds):
                chunk = await anext(iterator)
        except StopAsyncIteration:
            break
        last = chunk.rfind(b"\n") + 1
        if not last:
            if len(kept) <= largest:
                kept += chunk
            continue
        kept += chunk[:last] if len(kept) <= largest else chunk[chunk.index(b"\n") : last]
        for block in _cut(bytes(kept), size):
            yield block
        kept = bytearray(chunk[last:])
    if kept.strip(JSON_BLANKS):
        yield [bytes(kept)]


def _cut(lines: bytes, size: int) -> list[list[bytes]]:
    """Whole lines as blocks of about `size` bytes each, without what is blank."""
    blocks: list[list[bytes]] = []
    block: list[bytes] = []
    held = 0
    for line in lines.split(b"\n"):
        if not line.strip(JSON_BLANKS):
            continue
        block.append(line)
        held += len(line)
        if held >= size:
            blocks.append(block)
            block, held = [], 0
    return [*blocks, block] if block else blocks
