"""Clients: each has a connection of its own, asks, checks the answer, and asks again, at a steady pace or as fast as it can."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from . import bundles

ANSWER_SECONDS = 60.0
"""An answer that takes longer is lost."""


@dataclass
class Outcome:
    """What the clients of one phase saw."""

    seconds: list[float] = field(default_factory=list)
    """How long each answer took."""
    problems: Counter[str] = field(default_factory=Counter)
    """Answers that were lost or wrong."""

    def percentile(self, share: float) -> float:
        """The time that `share` of the answers took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


class Client:
    """A connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """The status and the body of the answer."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = (
            f"{method} {path} HTTP/1.1",
            "Host: x",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        self._writer.write("\r\n".join((*head, "", "")).encode() + body)
        status = int((await self._reader.readline()).split()[1])
        length = 0
        while (line := await self._reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, await self._reader.readexactly(length)

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()


async def get(port: int, path: str) -> Any:
    """The JSON of an answer."""
    client = Client(port)
    _, body = await client.ask("GET", path)
    client.close()
    return json.loads(body)


async def ask_well(port: int, first: int, interval: float, end: float, outcome: Outcome) -> None:
    """Ask the good bundle every `interval` seconds; an answer that is late delays the next question."""
    client = Client(port)
    due = time.monotonic() + interval * (first % 97) / 97
    for number in itertools.count(first):
        if due > end:
            break
        await asyncio.sleep(max(due - time.monotonic(), 0))
        asked = bundles.event(number)
        begun = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                status, body = await client.ask(
                    "POST", f"/v1/bundles/{bundles.GOOD}/decide", json.dumps(asked).encode()
                )
            outcome.seconds.append(time.monotonic() - begun)
            if problem := _problem(asked, status, body):
                outcome.problems[problem] += 1
        except (OSError, TimeoutError, EOFError, IndexError) as failure:
            outcome.problems[f"lost: {failure!r}"] += 1
            client.close()
            client = Client(port)
        due = max(due + interval, time.monotonic())
    client.close()


def _problem(asked: dict[str, Any], status: int, body: bytes) -> str | None:
    """What is wrong with an answer."""
    if status != 200:
        return f"status {status}"
    answer = json.loads(body)
    if "error" in answer:
        return f"error {answer['error']['kind']}"
    rule, score = bundles.right_decision(asked)
    decision = answer["decision"]
    if (answer["rule"], decision["score"], decision["id"]) != (rule, score, asked["id"]):
        return "wrong decision"
    return None


async def ask_badly(port: int, number: int, end: float, outcome: Outcome) -> None:
    """Ask the hostile bundle without a pause. Its events end in errors of their own, and its requests in answers."""
    client = Client(port)
    for kind in itertools.islice(itertools.cycle(bundles.HOSTILE_KINDS), number, None):
        if time.monotonic() > end:
            break
        begun = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                status, body = await client.ask(
                    "POST", f"/v1/bundles/{bundles.HOSTILE}/decide", json.dumps({"kind": kind}).encode()
                )
            outcome.seconds.append(time.monotonic() - begun)
            if status not in (200, 503) or "error" not in json.loads(body):
                outcome.problems[f"status {status}"] += 1
        except (OSError, TimeoutError, EOFError, IndexError) as failure:
            outcome.problems[f"lost: {failure!r}"] += 1
            client.close()
            client = Client(port)
    client.close()
