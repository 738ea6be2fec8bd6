"""`POST .../decide`: one event, an array of events, or a stream of them, decided by the bundle that the path names.

An event that fails is a value in the response. What is no event at all is answered with a problem (`problems.py`).
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ringfence.server.answers import STREAM_TYPE, DecidedArray, DecidedStream
from ringfence.server.bodies import events_of, is_array, read_body
from ringfence.server.bundles import Generation, Served, Shelf
from ringfence.server.deciding import Work
from ringfence.server.decision_log import DecisionLog, Origin
from ringfence.server.gate import REQUEST_ID_KEY, Gate
from ringfence.server.lanes import Lanes
from ringfence.server.problems import JSON_TYPE, Problem
from ringfence.server.settings import Settings
from ringfence.server.tracing import Tracing

DIGEST_HEADER = "Ringfence-Bundle-Digest"
"""Names what decided: `Bundle.digest`."""

STREAM_TYPES = (STREAM_TYPE, "application/jsonl", "application/ndjson")
_ERROR_BEGINNING = b'{"error"'


class Decide:
    """The endpoint, as an ASGI application: a stream uses its generation until its last line is sent."""

    def __init__(
        self,
        shelf: Shelf,
        gate: Gate,
        lanes: Mapping[str, Lanes],
        settings: Settings,
        tracing: Tracing,
        log: DecisionLog | None,
    ) -> None:
        self._shelf = shelf
        self._gate = gate
        self._lanes = lanes
        self._settings = settings
        self._tracing = tracing
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        client = self._gate.pass_client(request)
        served = self._shelf.named(request.path_params.get("name"))
        is_stream = _is_stream(request)
        span = self._tracing.span(f"decide {served.name}", request.headers)
        lanes = self._lanes[served.name]
        with span as said, lanes.entered(), served.used() as generation:
            said.set_attribute("ringfence.bundle", served.name)
            said.set_attribute("ringfence.bundle_digest", generation.digest)
            count = 0

            def decided(events: list[bytes]) -> AsyncIterator[list[bytes]]:
                nonlocal count
                count += len(events)
                said.set_attribute("ringfence.events", count)
                return self._decided(events, scope[REQUEST_ID_KEY], client, served, generation)

            headers = {DIGEST_HEADER: generation.digest}
            if is_stream:
                stream = DecidedStream(
                    request,
                    decided,
                    largest=self._settings.max_body,
                    seconds=self._settings.stream_timeout,
                    headers=headers,
                )
                await stream(scope, receive, send)
                return
            body = await read_body(request, self._settings.max_body, self._settings.body_timeout)
            if is_array(body):
                events = await lanes.take_turn(lambda: events_of(body))
                array = DecidedArray(decided(events), seconds=self._settings.stream_timeout, headers=headers)
                await array(scope, receive, send)
                return
            (line,) = [line async for lines in decided(events_of(body)) for line in lines]
            await Response(_single(line), headers=headers, media_type=JSON_TYPE)(scope, receive, send)

    async def _decided(
        self, events: list[bytes], request_id: str, client: str, served: Served, generation: Generation
    ) -> AsyncIterator[list[bytes]]:
        """The lines of these events, as they are decided."""
        now = time.time()
        work = Work(
            generation,
            events,
            served.counts,
            largest=self._settings.max_body,
            now=now if self._settings.clock else None,
            origin=Origin(request_id, client, now, served.name, generation.digest),
            log=self._log,
        )
        while not work.is_done:
            yield await self._lanes[served.name].take_turn(work.take_turn)


def _is_stream(request: Request) -> bool:
    """Whether the body is a stream of lines; a `Problem` if it is nothing that can be read."""
    if encoding := request.headers.get("content-encoding"):
        raise Problem(415, f"the request is encoded ({encoding!r})", advice="Send it as it is.")
    given = request.headers.get("content-type", "")
    media_type, _, parameters = given.partition(";")
    media_type = media_type.strip().lower()
    if media_type not in (JSON_TYPE, *STREAM_TYPES):
        raise Problem(
            415, f"the request has the content type {given!r}" if given else "the request has no content type"
        )
    charset = parameters.strip().lower().replace('"', "")
    if charset not in ("", "charset=utf-8"):
        raise Problem(415, f"the request has the content type {given!r}", advice="Send UTF-8.")
    return media_type in STREAM_TYPES


def _single(line: bytes) -> bytes:
    """The answer to a request of one event: what is no event is a problem of the whole request."""
    if line.startswith(_ERROR_BEGINNING):
        error = json.loads(line)["error"]
        if error["kind"] == "input":
            raise Problem(400, error["message"])
    return line
