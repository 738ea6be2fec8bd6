"""Answers to many events, sent as they are decided, in bounded memory: lines for a stream, an array for an array.

Of a stream, one block of lines is read, decided and sent before the next one is read: a client that does not take its answers
is not read from.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ringfence.limits import KIBIBYTE
from ringfence.server.bodies import blocks_of_lines
from ringfence.server.problems import JSON_TYPE, Problem

STREAM_TYPE: Final = "application/x-ndjson"

BLOCK_BYTES: Final = 64 * KIBIBYTE
"""About what the server reads of a stream before it decides."""


class GradualResponse(Response):
    """A response whose body is sent in pieces. It is begun with the first one, so what fails before has a status of its own.

    What fails later ends the connection before the response is complete, which every client notices.
    """

    def __init__(self, *, media_type: str, seconds: float, headers: dict[str, str]) -> None:
        """A client that sends or takes nothing for so many seconds is given up."""
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._seconds = seconds
        self._is_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all pieces. A response that is left before its end makes the server close the connection."""
        try:
            async for piece in self.pieces():
                await self._send(send, piece)
            await self._send(send, b"", more=False)
        except TimeoutError:
            if not self._is_begun:
                raise Problem(408, f"nothing was sent for {self._seconds:g} seconds") from None
        except ClientDisconnect:
            pass  # nobody is there to be told

    async def _send(self, send: Send, piece: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._seconds):
            if not self._is_begun:
                self._is_begun = True
                start = {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
                await send(start)
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    def pieces(self) -> AsyncIterator[bytes]:
        """The body."""
        raise NotImplementedError


class DecidedStream(GradualResponse):
    """The decisions on a stream of events, whose lines follow those of the request."""

    def __init__(
        self,
        request: Request,
        decided: Callable[[list[bytes]], AsyncIterator[list[bytes]]],
        *,
        largest: int,
        seconds: float,
        headers: dict[str, str],
    ) -> None:
        """`decided` gives the lines of a list of events; `largest` is the longest line that is an event."""
        super().__init__(media_type=STREAM_TYPE, seconds=seconds, headers=headers)
        self._request = request
        self._decided = decided
        self._largest = largest

    async def pieces(self) -> AsyncIterator[bytes]:
        """Whole lines."""
        blocks = blocks_of_lines(self._request.stream(), BLOCK_BYTES, self._largest, self._seconds)
        async for events in blocks:
            async for lines in self._decided(events):
                yield b"\n".join(lines) + b"\n"


class DecidedArray(GradualResponse):
    """The decisions on an array of events, as an array of objects."""

    def __init__(
        self, decided: AsyncIterator[list[bytes]], *, seconds: float, headers: dict[str, str]
    ) -> None:
        super().__init__(media_type=JSON_TYPE, seconds=seconds, headers=headers)
        self._decided = decided

    async def pieces(self) -> AsyncIterator[bytes]:
        """The beginning with the first objects, more objects, the end."""
        before = b"["
        async for lines in self._decided:
            yield before + b",\n".join(lines)
            before = b",\n"
        yield b"]" if before != b"[" else b"[]"
