"""What every request passes before it is looked into: whose it is, and whether that client may ask now."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping

from starlette.requests import Request

from ringfence.server.problems import Problem
from ringfence.server.rates import RateLimits
from ringfence.server.tokens import Tokens

REQUEST_ID = "X-Request-Id"
"""The header that names a request, in both directions."""
REQUEST_ID_KEY = "ringfence.request_id"
"""Where the scope of a request keeps its id."""
_GOOD_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
_WITHOUT_ADDRESS = "local"


def request_id(headers: Mapping[str, str]) -> str:
    """The id that the client gave its request, or a new one."""
    given = headers.get(REQUEST_ID.lower(), "")
    return given if _GOOD_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


class Gate:
    """Asks each request for its client. Used by the event loop's thread."""

    def __init__(self, tokens: Tokens | None, rates: RateLimits | None) -> None:
        self._tokens = tokens
        self._rates = rates

    @property
    def asks_for_tokens(self) -> bool:
        """Whether clients have names, which their tokens prove."""
        return self._tokens is not None

    def pass_client(self, request: Request) -> str:
        """The client: its name, or its address where there are no tokens. Raises a `Problem` if it may not ask, or not now."""
        if self._tokens is None:
            client = request.client.host if request.client is not None else _WITHOUT_ADDRESS
        else:
            found = self._tokens.client_of(request.headers.get("authorization"))
            if found is None:
                raise Problem(401, "the request has no valid token", headers={"WWW-Authenticate": "Bearer"})
            client = found
        if self._rates is not None and (seconds := self._rates.wait(client)):
            raise Problem(
                429,
                f"the client {client!r} asks too often",
                headers={"Retry-After": str(math.ceil(seconds))},
            )
        return client

    def pass_known_client(self, request: Request) -> str:
        """The same for what only clients with a token may do."""
        if self._tokens is None:
            raise Problem(
                403,
                "this needs a token, and the server was started without any",
                advice="Start the server with --token-file FILE.",
            )
        return self.pass_client(request)
