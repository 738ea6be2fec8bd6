"""Receipts: what it takes to decide an event once more, anywhere, and to see that the decision is the same.

A receipt names by digests what a decision is a function of (guest, bundle, event), holds the rest of it (limits, the event's
time, what functions of the host answered), and by digests again what came of it. This file has its data and its form as
JSON; `derivation.py` makes receipts, `replay.py` holds them against a rule set.

    {"format": 1, "guest": "<sha256>", "bundle": "<sha256>", "event": "<sha256>", "limits": {"fuel": 200000, "memory": 16777216},
     "now": null, "calls": [{"function": "geoip", "arguments": ["192.0.2.1"], "result": {"country": "CH"}}],
     "fuel": 812, "outcome": "<sha256>", "state": "<sha256>"}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from ringfence.errors import ReceiptError

FORMAT = 1
"""Raised when what a receipt says, or what its digests are of, changes."""

LINE_KEY = b', "receipt": '
"""What stands before the receipt in an output line."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST = 1 << 63
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call of a function of the host, in JSON values: what it returned, or why it was `refused`."""

    function: str
    arguments: tuple[Any, ...]
    result: Any = None
    refused: str | None = None

    def document(self) -> dict[str, Any]:
        """As it is in a receipt."""
        head = {"function": self.function, "arguments": list(self.arguments)}
        return {**head, "result": self.result} if self.refused is None else {**head, "refused": self.refused}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From a receipt; raises `ValueError`."""
        has_result = "result" in document
        if set(document) != {"function", "arguments", "result" if has_result else "refused"}:
            raise ValueError(
                f"a call has the keys function, arguments and result or refused, not {sorted(document)}"
            )
        arguments = document["arguments"]
        if not isinstance(arguments, list):
            raise ValueError("the arguments of a call are a list")
        _encode(document)  # what Python reads as JSON, and JSON does not have, is refused here
        refused = None if has_result else _text(document["refused"])
        function = _text(document["function"])
        if not function.isidentifier():
            raise ValueError(f"{function!r} is no function's name")
        return cls(function, tuple(arguments), document.get("result"), refused)

    def reply(self) -> bytes:
        """The result as it is sent to the guest."""
        return _encode(self.result).encode()

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(_encode, self.arguments))})"


@dataclass(frozen=True, slots=True)
class Receipt:
    """All digests are SHA-256, in 64 hexadecimal digits. `==` compares everything; `RuleSet.replay` says what differs."""

    guest: str
    """Of the guest: `ringfence version`."""
    bundle: str
    """`Bundle.digest`."""
    event: str
    """Of the event's bytes, as they were sent to the guest."""
    fuel_limit: int
    """In units; `memory_limit` in bytes. A deadline has no part in what a receipt can tell."""
    memory_limit: int
    now: int | None
    """The event's time, in nanoseconds since 1970."""
    calls: tuple[RecordedCall, ...]
    """What the rules asked of the host, in order."""
    fuel: int
    """Units spent."""
    outcome: str
    """Of the output line up to its fuel: of the decision and its rule, or of the error."""
    state: str
    """Of the memory at the end of the evaluation (`derivation.py`)."""

    def document(self) -> dict[str, Any]:
        """The receipt as a JSON object."""
        return {
            "format": FORMAT,
            "guest": self.guest,
            "bundle": self.bundle,
            "event": self.event,
            "limits": {"fuel": self.fuel_limit, "memory": self.memory_limit},
            "now": self.now,
            "calls": [call.document() for call in self.calls],
            "fuel": self.fuel,
            "outcome": self.outcome,
            "state": self.state,
        }

    def to_json(self) -> str:
        """The receipt as JSON, in one line."""
        return _encode(self.document())

    @classmethod
    def from_json(cls, text: str | bytes | Mapping[str, Any]) -> Self:
        """The receipt in this JSON. Raises `ReceiptError` if it is none, or one of another format."""
        if not isinstance(text, str | bytes | Mapping):
            raise ReceiptError(f"this is not a receipt: it is {type(text).__name__}, not JSON")
        try:
            said = text if isinstance(text, Mapping) else json.loads(text)
        except (ValueError, RecursionError) as failure:
            raise ReceiptError(f"this is not a receipt: it is not JSON: {failure}") from failure
        if not isinstance(said, Mapping) or "format" not in said:
            raise ReceiptError("this is not a receipt: it does not say its format")
        version = said["format"]
        if version != FORMAT or isinstance(version, bool):
            raise ReceiptError(
                f"the receipt has format {version!r}, and this version of ringfence reads format {FORMAT}",
                advice="Replay it with the version of ringfence that made it.",
            )
        try:
            if missing := _KEYS - set(said):
                raise ValueError(f"it has no {', '.join(sorted(missing))}")
            if unknown := set(said) - _KEYS:
                raise ValueError(f"it says {', '.join(map(repr, sorted(unknown)))}, which no receipt does")
            limits = said["limits"]
            if not isinstance(limits, Mapping) or set(limits) != {"fuel", "memory"}:
                raise ValueError("its limits are not fuel and memory")
            return cls(
                _digest("guest", said["guest"]),
                _digest("bundle", said["bundle"]),
                _digest("event", said["event"]),
                _count("limits.fuel", limits["fuel"]),
                _count("limits.memory", limits["memory"]),
                None if said["now"] is None else _integer("now", said["now"]),
                tuple(RecordedCall.of(call) for call in said["calls"]),
                _count("fuel", said["fuel"]),
                _digest("outcome", said["outcome"]),
                _digest("state", said["state"]),
            )
        except (ValueError, TypeError, AttributeError, RecursionError) as failure:
            raise ReceiptError(f"the receipt is damaged: {failure}") from failure


_KEYS = {field.name for field in fields(Receipt)} - {"fuel_limit", "memory_limit"} | {"format", "limits"}


def line_with_receipt(line: bytes, receipt: Receipt | None) -> bytes:
    """An output line, without its end, with a receipt as its last key; null if there is none."""
    said = b"null" if receipt is None else receipt.to_json().encode()
    return b"".join((line[:-1], LINE_KEY, said, b"}"))


def without_receipt(line: bytes) -> bytes:
    """The line that `line_with_receipt` was given to make this one."""
    # The receipt holds no such text: it is written without blanks, and quotes in its strings have a backslash before them.
    return line.rpartition(LINE_KEY)[0] + b"}"


def _digest(name: str, value: Any) -> str:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise ValueError(f"{name} is not a SHA-256 in 64 hexadecimal digits")
    return value


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_MOST <= value < _MOST:
        raise ValueError(f"{name} is not a whole number of 64 bits")
    return value


def _count(name: str, value: Any) -> int:
    if _integer(name, value) < 0:
        raise ValueError(f"{name} is negative")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value
