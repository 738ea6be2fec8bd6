"""The paths of the server beside `decide`: what is served, how it is, and how to replace it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ringfence.errors import RingfenceError
from ringfence.server.bundles import Shelf
from ringfence.server.decide import Decide
from ringfence.server.decision_log import DecisionLog
from ringfence.server.gate import Gate
from ringfence.server.openapi import describe
from ringfence.server.problems import Problem

EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Routes:
    """The endpoints, and what they share."""

    shelf: Shelf
    gate: Gate
    log: DecisionLog | None
    exposition: Callable[[], bytes]
    """The metrics, as Prometheus reads them."""
    is_stopping: bool = False
    """Whether the server is about to end: then it is not ready for more."""

    def all(self, decide: Decide) -> list[Route]:
        """Every path, for the application."""
        return [
            Route("/v1/decide", decide, methods=["POST"]),
            Route("/v1/bundles", self.bundles, methods=["GET"]),
            Route("/v1/bundles/{name}/decide", decide, methods=["POST"]),
            Route("/v1/bundles/{name}/reload", self.reload, methods=["POST"]),
            Route("/healthz", self.health, methods=["GET"]),
            Route("/readyz", self.readiness, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
        ]

    async def bundles(self, request: Request) -> Response:
        """What is served."""
        self.gate.pass_client(request)
        served = [bundle.describe() for bundle in self.shelf.bundles.values()]
        return JSONResponse({"default": self.shelf.default.name, "bundles": served})

    async def reload(self, request: Request) -> Response:
        """Load a bundle's files again."""
        self.gate.pass_known_client(request)
        served = self.shelf.named(request.path_params["name"])
        try:
            has_changed = await self.shelf.reload(served)
        except (RingfenceError, OSError) as failure:
            raise Problem(
                409, f"the old rules stay, for the new ones do not load: {failure}", advice=""
            ) from failure
        return JSONResponse({"changed": has_changed, "bundle": served.describe()})

    async def health(self, request: Request) -> Response:
        """Whether the process lives."""
        return JSONResponse({"status": "ok"})

    async def readiness(self, request: Request) -> Response:
        """Whether it can decide; and what is not as the operator wants it, although it can."""
        said: dict[str, Any] = {"status": "stopping" if self.is_stopping else "ready"}
        stale = sorted(served.name for served in self.shelf.bundles.values() if served.failure is not None)
        said["stale"] = stale
        said["decision_log_failures"] = self.log.failures if self.log is not None else 0
        return JSONResponse(said, 503 if self.is_stopping else 200)

    async def metrics(self, request: Request) -> Response:
        """The numbers, in Prometheus's text format."""
        self.gate.pass_client(request)
        return Response(self.exposition(), media_type=EXPOSITION_TYPE)

    async def openapi(self, request: Request) -> Response:
        """The description of all this."""
        return JSONResponse(describe(list(self.shelf.bundles), asks_for_tokens=self.gate.asks_for_tokens))
