"""The checkpoint of a batch: what a file says of how far a run has come, and the file itself.

It holds the digests of all that the output is a function of, how far input and output have come, the counts so far, and the
memory of a session. The file is replaced as a whole, and locked while a run uses it. `resumable.py` decides when one is written
and how a run goes on from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from ringfence.closing import Closable
from ringfence.errors import CheckpointError
from ringfence.limits import Budget, format_duration, format_size

FORMAT = 1
"""Raised when what a checkpoint says changes."""

_MAGIC = b"ringfence checkpoint"
_START_ANEW = "Delete it to start anew, or name another file."


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a run's output is a function of, beside its input."""

    bundle: str
    """The digest of the bundle, `guest` that of the guest: SHA-256 in hexadecimal digits."""
    guest: str
    fuel: int
    memory: int
    deadline: float
    now: float | None
    """The time of all events, in seconds since 1970."""
    isolation: str = "bundle"
    session: bool = False
    prints: bool = False
    receipts: bool = False

    @classmethod
    def of(
        cls,
        bundle: str,
        guest: str,
        budget: Budget,
        *,
        now: float | None = None,
        isolation: str = "bundle",
        session: bool = False,
        prints: bool = False,
        receipts: bool = False,
    ) -> Self:
        """The settings of a run under these limits."""
        return cls(
            bundle,
            guest,
            budget.fuel,
            budget.memory,
            budget.deadline,
            now,
            isolation,
            session,
            prints,
            receipts,
        )

    def difference(self, other: RunSettings) -> str | None:
        """In what `other` is another run, in words; None if it is the same."""
        for name, (noun, text) in _SETTING_WORDS.items():
            old, new = getattr(self, name), getattr(other, name)
            if old != new:
                return noun if text is None else f"{noun} (it was {text(old)}, and is now {text(new)})"
        return None


def _option(given: bool) -> str:
    return "given" if given else "not given"


_SETTING_WORDS: dict[str, tuple[str, Any]] = {
    "bundle": ("the bundle", None),
    "guest": ("the version of ringfence", None),
    "fuel": ("the limit of fuel", str),
    "memory": ("the memory limit", format_size),
    "deadline": ("the deadline", format_duration),
    "now": ("the time of the events", str),
    "session": ("the option --session", _option),
    "isolation": ("the isolation", str),
    "prints": ("the option --print", _option),
    "receipts": ("the option --receipts", _option),
}


@dataclass(frozen=True, slots=True)
class Prefix:
    """The first `size` bytes of a file, by their SHA-256 in hexadecimal digits."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class SessionState:
    """All that a session is between two events: its memory; or, once its guest broke, why no more events are decided."""

    memory: bytes
    over: str | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a run has come: the events of the `consumed` input are in the `written` output, and no others."""

    settings: RunSettings
    consumed: Prefix
    written: Prefix
    counts: dict[str, Any]
    """Of `tally.Tally`."""
    seconds: float
    """What the run has taken so far, in all its pieces."""
    finished: bool
    """Whether all input was decided, so that only the output's name is missing."""
    session_bytes: int = 0
    """The size of the session's memory, which `packed_memory` holds."""
    session_over: str | None = None
    packed_memory: bytes = b""

    def encode(self) -> bytes:
        """The content of the file: a line with its format and the SHA-256 of the rest, a line of JSON, and the packed memory."""
        document = {
            field.name: getattr(self, field.name) for field in fields(self) if field.name != "packed_memory"
        }
        for name in ("settings", "consumed", "written"):
            document[name] = asdict(document[name])
        rest = json.dumps(document).encode() + b"\n" + self.packed_memory
        return b"%s %d %s\n%s" % (_MAGIC, FORMAT, hashlib.sha256(rest).hexdigest().encode(), rest)

    @classmethod
    def decode(cls, content: bytes, name: str) -> Checkpoint:
        """The checkpoint that a file called `name` holds. Raises `CheckpointError`."""
        head, _, rest = content.partition(b"\n")
        if not head.startswith(_MAGIC + b" "):
            raise CheckpointError(
                f"{name!r} is no checkpoint of ringfence", advice="Name a file that does not exist yet."
            )
        version, _, digest = head[len(_MAGIC) + 1 :].partition(b" ")
        if version != b"%d" % FORMAT:
            raise CheckpointError(
                f"the checkpoint {name!r} has a format that this version does not read",
                advice=f"Finish the run with the version of ringfence that made it. {_START_ANEW}",
            )
        if hashlib.sha256(rest).hexdigest().encode() != digest:
            raise _damaged(name)
        text, _, packed = rest.partition(b"\n")
        try:
            said = json.loads(text)
            settings = RunSettings(**said["settings"])
            consumed, written = Prefix(**said["consumed"]), Prefix(**said["written"])
            over = said["session_over"]
            if min(consumed.size, written.size, int(said["session_bytes"])) < 0 or not (
                over is None or isinstance(over, str)
            ):
                raise ValueError("out of range")
            return cls(
                settings,
                consumed,
                written,
                dict(said["counts"]),
                float(said["seconds"]),
                said["finished"] is True,
                int(said["session_bytes"]),
                over,
                packed,
            )
        except (ValueError, LookupError, TypeError, RecursionError) as failure:
            raise _damaged(name) from failure


def _damaged(name: str) -> CheckpointError:
    return CheckpointError(f"the checkpoint {name!r} is damaged", advice=_START_ANEW)


class CheckpointFile(Closable):
    """The file of a checkpoint, locked from `__init__` to `close`. An empty one says nothing, as one that is missing."""

    def __init__(self, path: Path) -> None:
        """Raises `CheckpointError` while another run uses it, `OSError` if it can be neither opened nor made."""
        self.path = path
        self._temporary = path.with_name(f".{path.name}.new")
        self._descriptor = open_locked(path, "checkpoint", mode=0o600)

    def read(self) -> bytes:
        """What the file holds."""
        with open(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            return file.read()

    def write(self, content: bytes) -> None:
        """Replace what the file holds, on the disk before this returns: whole or not at all."""
        # Locked before it has the name, so that whoever finds it under that name finds it locked.
        descriptor = open_locked(self._temporary, "checkpoint", mode=0o600)
        try:
            os.ftruncate(descriptor, 0)
            with open(descriptor, "wb", closefd=False) as file:
                file.write(content)
            os.fsync(descriptor)
            os.replace(self._temporary, self.path)
        except BaseException:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                self._temporary.unlink()
            raise
        os.close(self._descriptor)
        self._descriptor = descriptor
        sync_folder(self.path)

    def remove(self) -> None:
        """Delete the file: nothing is left to resume."""
        self.path.unlink()
        sync_folder(self.path)

    def close(self) -> None:
        """Let others use it."""
        os.close(self._descriptor)


def open_locked(path: Path, what: str, mode: int) -> int:
    """A descriptor of the regular file at `path`, made if it is missing, that nobody else has locked until it is closed.

    `what` names it in the `CheckpointError` for a file that is locked or no regular one.
    """
    try:
        import fcntl
    except ImportError as missing:
        raise CheckpointError(
            "checkpoints need the file locks of POSIX, which this system does not have",
            advice="Run the batch without a checkpoint.",
        ) from missing

    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, mode)
        try:
            opened = os.fstat(descriptor)
            if not stat.S_ISREG(opened.st_mode):
                raise CheckpointError(
                    f"the {what} {str(path)!r} is no regular file", advice="Name a file on a disk."
                )
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CheckpointError(
                    f"the {what} {str(path)!r} is in use by another run",
                    advice="Wait for it, end it, or name another file.",
                ) from None
            # Who held the lock may have replaced or removed the file after we opened it.
            if os.path.exists(path) and os.path.samestat(opened, os.stat(path)):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Make the names in the folder of `path` last, as `fsync` does for what files hold."""
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
