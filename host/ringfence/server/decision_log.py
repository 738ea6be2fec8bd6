"""The decision log: one line of JSON for each event, appended to a file that is rotated by size.

The threads that decide write it before the response is sent, so an answer that a client has seen is in the log. A log that cannot
be written does not stop the decisions: that is counted, and told in `/readyz` and the metrics.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ringfence.limits import MEBIBYTE

LOG_BYTES = 64 * MEBIBYTE
"""A log file of this size is rotated, when the operator does not say."""

KEPT_FILES = 5
"""Rotated files that are kept: `FILE.1` is the newest."""

_MODE = 0o600
"""Decisions, and perhaps events, are nobody else's business."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event came from, for the log: the request, its client and time (seconds since 1970), and the bundle."""

    request: str
    client: str
    time: float
    bundle: str
    bundle_digest: str


class DecisionLog:
    """An open log. Threads may share it. Close it at the end."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        size: int = LOG_BYTES,
        kept: int = KEPT_FILES,
        with_events: bool = False,
        with_receipts: bool = False,
    ) -> None:
        """`with_events` logs events beside their digests, `with_receipts` what it takes to decide them once more (`Receipt`).

        Raises `OSError` if the file cannot be appended to.
        """
        self.with_receipts = with_receipts
        """Whether the lines that are written should have receipts."""
        self._path = Path(path)
        self._size = size
        self._kept = kept
        self._with_events = with_events
        self._lock = threading.Lock()
        self.failures = 0
        """Writes that failed."""
        self._file = self._opened()

    def write(self, origin: Origin, events: Sequence[bytes], lines: Sequence[bytes]) -> None:
        """Log events and their output lines."""
        head = {
            "time": datetime.fromtimestamp(origin.time, UTC).isoformat(timespec="microseconds"),
            "request": origin.request,
            "client": origin.client,
            "bundle": origin.bundle,
            "bundle_digest": origin.bundle_digest,
        }
        beginning = json.dumps(head, ensure_ascii=False).encode()[:-1] + b', "event_digest": "'
        entries = bytearray()
        for event, line in zip(events, lines, strict=True):
            entries += beginning + hashlib.sha256(event).hexdigest().encode() + b'", '
            if self._with_events:
                entries += b'"event": ' + _as_json(event, line) + b", "
            entries += line[1:] + b"\n"
        with self._lock:
            try:
                if self._file.tell() and self._file.tell() + len(entries) > self._size:
                    self._rotate()
                self._file.write(entries)
                self._file.flush()
            except (OSError, ValueError):
                self.failures += 1
                with contextlib.suppress(OSError, ValueError):
                    self._file.close()
                    self._file = self._opened()

    def _opened(self) -> BinaryIO:
        return open(self._path, "ab", opener=lambda path, flags: os.open(path, flags, _MODE))

    def _rotate(self) -> None:
        """`FILE` becomes `FILE.1`, that `FILE.2`, and so on; the last one goes."""
        self._file.close()
        numbered = [self._path, *(Path(f"{self._path}.{number}") for number in range(1, self._kept + 1))]
        for newer, older in reversed(list(itertools.pairwise(numbered))):
            with contextlib.suppress(FileNotFoundError):
                os.replace(newer, older)
        self._file = self._opened()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()


def _as_json(event: bytes, line: bytes) -> bytes:
    """The event as it was sent; as a string, if it is no JSON."""
    if not line.startswith(b'{"error"') or json.loads(line)["error"]["kind"] != "input":
        return event
    return json.dumps(event.decode(errors="replace"), ensure_ascii=False).encode()
