"""The server as an ASGI application: its parts put together, and their beginning and end.

`serving.py` runs it in a process of its own; `create_app` is for those who embed it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from ringfence.errors import RingfenceError
from ringfence.functions import Functions
from ringfence.limits import Limits
from ringfence.runtime import Runtime
from ringfence.server.bundles import Loader, Shelf, Source, watch
from ringfence.server.decide import Decide
from ringfence.server.decision_log import DecisionLog
from ringfence.server.gate import Gate
from ringfence.server.lanes import Lanes
from ringfence.server.metrics import Metrics, RequestCounts
from ringfence.server.observation import Observation
from ringfence.server.problems import on_failure, on_http_exception
from ringfence.server.rates import RateLimits
from ringfence.server.routes import Routes
from ringfence.server.settings import Settings
from ringfence.server.tokens import Tokens
from ringfence.server.tracing import NoTracing, Tracing

_log = logging.getLogger("ringfence.server")


class Application:
    """Decides events over HTTP. Under an ASGI server it begins and ends with that (`lifespan`); mounted in another application,
    `running` is its `async with` statement.
    """

    def __init__(
        self,
        shelf: Shelf,
        settings: Settings,
        tokens: Tokens | None,
        log: DecisionLog | None,
        tracing: Tracing,
        say: Callable[[str], None],
    ) -> None:
        self.shelf = shelf
        self._settings = settings
        self._log = log
        self._lanes = {name: Lanes(name, settings.max_waiting) for name in shelf.bundles}
        rates = RateLimits(settings.rate, settings.burst) if settings.rate is not None else None
        gate = Gate(tokens, rates)
        counts = RequestCounts()
        metrics = Metrics(shelf, self._lanes, counts, log)
        self._routes = Routes(shelf, gate, log, metrics.exposition)
        routes = self._routes.all(Decide(shelf, gate, self._lanes, settings, tracing, log))
        inner = Starlette(
            routes=routes,
            exception_handlers={HTTPException: on_http_exception, Exception: on_failure},
            lifespan=self._lifespan,
        )
        # A path with a slash too many is not there; it is not redirected.
        inner.router.redirect_slashes = False
        self._app = Observation(inner, counts, say)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._app(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.running():
            yield

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch the bundles' files, if that is wanted; close everything at the end."""
        watching: asyncio.Task[None] | None = None
        if self._settings.watch is not None:
            watching = asyncio.create_task(watch(self.shelf, self._settings.watch))
        try:
            yield
        finally:
            if watching is not None:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching
            await asyncio.to_thread(self.close)

    async def reload(self) -> None:
        """Load all bundles' files again. What does not load is told to the log, and changes nothing."""
        for served in self.shelf.bundles.values():
            with contextlib.suppress(RingfenceError, OSError):
                await self.shelf.reload(served)

    def stop(self) -> None:
        """From now on `/readyz` says that the server is about to end."""
        self._routes.is_stopping = True

    def close(self) -> None:
        """End the threads after what is under way, and close the rule sets and the decision log."""
        for lane in self._lanes.values():
            lane.close()
        self.shelf.close()
        if self._log is not None:
            self._log.close()


def create_app(
    bundles: Sequence[Source],
    *,
    runtime: Runtime | None = None,
    limits: Limits | None = None,
    functions: Functions | None = None,
    require_signature: Sequence[str | os.PathLike[str]] = (),
    tokens: Tokens | None = None,
    settings: Settings | None = None,
    decision_log: DecisionLog | None = None,
    tracing: Tracing | None = None,
    say: Callable[[str], None] = _log.warning,
) -> Application:
    """The server of these bundles as an ASGI application; the first bundle is the default.

    `limits`, `functions` and `require_signature` are for all bundles, as in `Runtime.load` and `Bundle.from_path`. Without
    `tokens` everybody may ask. `say` takes the lines of the server's own log. Raises `BundleError` for a bundle that
    does not load.
    """
    loader = Loader(runtime or Runtime(), limits, functions, require_signature)
    shelf = Shelf(loader, bundles, say)
    return Application(shelf, settings or Settings(), tokens, decision_log, tracing or NoTracing(), say)
