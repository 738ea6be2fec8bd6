"""Around every request: its id, its time, how it was answered, and a word in the server's log if the server itself failed."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringfence.server.gate import REQUEST_ID, REQUEST_ID_KEY, request_id
from ringfence.server.metrics import RequestCounts

OTHER_PATHS = "(others)"
"""In the metrics, of requests for what is not there."""


class Observation:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, counts: RequestCounts, say: Callable[[str], None]) -> None:
        self._app = app
        self._counts = counts
        self._say = say

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and look on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        scope[REQUEST_ID_KEY] = request_id(Headers(scope=scope))
        status = 500

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = scope[REQUEST_ID_KEY]
            await send(message)

        self._counts.under_way += 1
        try:
            await self._app(scope, receive, observed)
        except Exception:
            self._say(f"request {scope[REQUEST_ID_KEY]} failed:\n{traceback.format_exc()}")
        finally:
            self._counts.under_way -= 1
            route = scope.get("route")
            path = route.path if isinstance(route, Route) else OTHER_PATHS
            self._counts.add(path, status, time.perf_counter() - started)
