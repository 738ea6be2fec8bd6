"""Streams: lines of events in, lines of decisions out while the client still sends, in bounded memory.

One block of lines is read, decided and sent before the next one is read: a client that does not take its answers is not
read from.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ringfence.limits import KIBIBYTE
from ringfence.server.bodies import blocks_of_lines
from ringfence.server.problems import Problem

STREAM_TYPE = "application/x-ndjson"

BLOCK_BYTES = 64 * KIBIBYTE
"""About what the server reads before it decides."""


class DecidedStream(Response):
    """A response whose body follows the request's, block by block.

    It is begun with the first decisions, so what fails before has a status of its own. What fails later ends the connection
    before the response is complete, which every client notices.
    """

    media_type = STREAM_TYPE

    def __init__(
        self,
        request: Request,
        decide: Callable[[list[bytes]], Awaitable[list[bytes]]],
        *,
        largest: int,
        seconds: float,
        headers: dict[str, str],
    ) -> None:
        super().__init__(headers=headers, media_type=STREAM_TYPE)
        del self.headers["content-length"]
        self._request = request
        self._decide = decide
        self._largest = largest
        self._seconds = seconds
        self._is_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, decide and send. A response that is left before its end makes the server close the connection."""
        try:
            await self._answer(send)
        except TimeoutError:
            if not self._is_begun:
                raise Problem(408, f"nothing was sent for {self._seconds:g} seconds") from None
        except ClientDisconnect:
            pass  # nobody is there to be told

    async def _answer(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        async for lines in self._decided():
            if not self._is_begun:
                await send(start)
                self._is_begun = True
            body = b"\n".join(lines) + b"\n"
            # A client that takes nothing for so long is given up: its connection is closed.
            async with asyncio.timeout(self._seconds):
                await send({"type": "http.response.body", "body": body, "more_body": True})
        if not self._is_begun:
            await send(start)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _decided(self) -> AsyncIterator[list[bytes]]:
        blocks = blocks_of_lines(self._request.stream(), BLOCK_BYTES, self._largest, self._seconds)
        async for events in blocks:
            yield await self._decide(events)
