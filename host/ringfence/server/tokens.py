"""Who asks: bearer tokens, one or more for each client, compared in constant time.

`Tokens.from_file` reads the file of `--token-file`; `gate.py` asks for the client of each request.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable
from pathlib import Path

from ringfence.errors import TokenFileError

LEAST_TOKEN = 16
"""Characters of a token: fewer could be guessed."""

_SCHEME = "bearer "
_CLIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class Tokens:
    """The clients that may ask, by the digests of their tokens: the tokens themselves are not kept."""

    def __init__(self, clients: Iterable[tuple[str, str]]) -> None:
        """`clients` are pairs of a client's name and a token of its own. Raises `TokenFileError` for one that cannot be used."""
        self._clients: list[tuple[bytes, str]] = []
        for name, token in clients:
            if not _CLIENT.fullmatch(name):
                raise TokenFileError(
                    f"{name!r} is no name for a client: letters, digits, '.', '_' and '-', at most 64"
                )
            if len(token) < LEAST_TOKEN or not _TOKEN.fullmatch(token):
                raise TokenFileError(f"the token of {name!r} cannot be used")
            digest = _digest(token.encode())
            if any(known == digest for known, _ in self._clients):
                raise TokenFileError(f"the token of {name!r} is another client's as well")
            self._clients.append((digest, name))
        if not self._clients:
            raise TokenFileError("there is no token")

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Tokens:
        """Read lines of a client's name and its token; blank lines and those that begin with # do not count."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as failure:
            reason = failure.strerror if isinstance(failure, OSError) else failure
            raise TokenFileError(f"the token file {os.fspath(path)!r} cannot be read: {reason}") from failure
        clients: list[tuple[str, str]] = []
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if len(words) != 2:
                raise TokenFileError(f"{os.fspath(path)}:{number}: not a name and a token")
            clients.append((words[0], words[1]))
        try:
            return cls(clients)
        except TokenFileError as failure:
            raise TokenFileError(f"{os.fspath(path)}: {failure.message}") from None

    def client_of(self, authorization: str | None) -> str | None:
        """The client whose token the header `Authorization` holds; None: nobody's."""
        if authorization is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
            return None
        digest = _digest(authorization[len(_SCHEME) :].strip().encode())
        found: str | None = None
        for known, name in self._clients:
            # All are compared, each in constant time: how long it takes says nothing about any token.
            if hmac.compare_digest(known, digest):
                found = name
        return found


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
