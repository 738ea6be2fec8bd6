"""What a request is answered with when it is not decided: an HTTP status and a JSON object that says what to do next.

The errors of *events* are no problems: they are values in a response, with the lines of `ringfence run`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

JSON_TYPE = "application/json"

STANDARD: Mapping[int, tuple[str, str]] = {
    400: ("input", "Send one JSON object, an array of them, or lines of them."),
    401: ("authentication", "Send the header `Authorization: Bearer TOKEN` with a token of the server's --token-file."),
    403: ("forbidden", "Ask whoever runs the server."),
    404: ("not-found", "GET /v1/bundles lists the bundles, /openapi.json all that can be asked."),
    405: ("method", "The header Allow names the methods of this path; /openapi.json describes them."),
    408: ("timeout", "Send the request faster, or raise the server's --body-timeout."),
    409: ("bundle", "Correct the bundle's files and reload it again."),
    413: ("too-large", "Send smaller requests, or a stream (application/x-ndjson); or raise the server's --max-body."),
    415: ("media-type", "Send `Content-Type: application/json`, or application/x-ndjson for a stream of lines."),
    429: ("rate", "Wait for the seconds that the header Retry-After says."),
    500: ("internal", "Please report this with the request; the server's log has the details."),
    503: ("busy", "Try again after the seconds that the header Retry-After says."),
}  # fmt: skip
"""For each status the `kind` of its error object, and the advice if the problem has none of its own."""


class Problem(HTTPException):
    """A request that is refused with this status; `message` says why."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        advice: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.kind = STANDARD[status][0]
        self.advice = STANDARD[status][1] if advice is None else advice


def problem_response(problem: Problem) -> Response:
    """The problem as a response."""
    error = {"kind": problem.kind, "message": problem.detail, "advice": problem.advice}
    body = json.dumps({"error": error}, ensure_ascii=False).encode(errors="replace")
    return Response(body, problem.status_code, problem.headers, JSON_TYPE)


async def on_http_exception(request: Request, failure: Exception) -> Response:
    """Answer a `Problem`, or what starlette itself refuses: an unknown path or method."""
    if isinstance(failure, Problem):
        return problem_response(failure)
    assert isinstance(failure, HTTPException)
    if failure.status_code == 404:
        message = f"there is nothing at {request.url.path}"
    elif failure.status_code == 405:
        message = f"{request.method} is not allowed at {request.url.path}"
    else:
        message = failure.detail
    status = failure.status_code if failure.status_code in STANDARD else 500
    return problem_response(Problem(status, message, headers=failure.headers))


async def on_failure(request: Request, failure: Exception) -> Response:
    """Answer a mistake of the server's own."""
    return problem_response(Problem(500, f"the server failed: {type(failure).__name__}"))
