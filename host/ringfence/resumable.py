"""A batch that survives being killed: nothing lost, nothing twice, the same bytes as without the interruption.

Output goes to a partial file beside the target. Now and then it is brought to the disk, and then a checkpoint (`checkpoint.py`)
says how much of the input it covers; a run that finds a checkpoint cuts the partial file back to that point and goes on from
there. At the end the partial file takes the target's name and the checkpoint goes. `RuleSet.run_file`, `Session.run_file` and
the command `run` use this.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Protocol

from ringfence.checkpoint import (
    Checkpoint,
    CheckpointFile,
    Prefix,
    RunSettings,
    SessionState,
    open_locked,
    sync_folder,
)
from ringfence.errors import CheckpointError, UsageError
from ringfence.files import is_table
from ringfence.isolate import Part
from ringfence.limits import MEBIBYTE
from ringfence.packed_memory import pack_memory, unpack_memory
from ringfence.stream import Decided, take_mode
from ringfence.tally import Tally

CHECKPOINT_INTERVAL = 1.0
"""Seconds between two checkpoints, unless the caller says otherwise."""

_LARGEST_SHARE = 10
"""Checkpoints take at most about this part of the time: where one takes long (a large session, a slow disk), they are rarer."""

_PARTIAL_SUFFIX = ".partial"
_PIECE = MEBIBYTE
NO_TABLES = "a run with a checkpoint reads and writes JSON Lines, not tables"
_USE_LINES = "Convert the table, or run it without a checkpoint."
_INPUT_ADVICE = "Give the input that the run began with, or delete the checkpoint to start anew."


class Stateful(Protocol):
    """What a session is to a checkpoint; `memory_bytes` is the size of its memory, which does not change."""

    def save_state(self) -> SessionState: ...
    def restore_state(self, state: SessionState) -> None: ...
    @property
    def memory_bytes(self) -> int: ...


class PrefixDigest:
    """The SHA-256 of the beginning of an open file, which is read once more for it: mostly from the system's cache."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._digest = hashlib.sha256()
        self._end = 0

    def upto(self, end: int) -> Prefix | None:
        """The first `end` bytes, not fewer than the last time; None if the file is shorter."""
        while self._end < end:
            piece = os.pread(self._descriptor, min(_PIECE, end - self._end), self._end)
            if not piece:
                return None
            self._digest.update(piece)
            self._end += len(piece)
        return Prefix(end, self._digest.hexdigest())


class ResumableRun:
    """A run over one input: `write` its output, and say with `passed` what of the input that output covers."""

    def __init__(
        self,
        file: CheckpointFile,
        settings: RunSettings,
        source: FileIO,
        output: BinaryIO,
        session: Stateful | None,
        tally: Tally,
        interval: float,
    ) -> None:
        self._file = file
        self._settings = settings
        self._output = output
        self._session = session
        self._tally = tally
        self._interval = interval
        self._input_prefix = PrefixDigest(source.fileno())
        self._output_prefix = PrefixDigest(output.fileno())
        self._source = source
        self._passed = source.tell()
        self._written = 0
        self.seconds_before = 0.0
        """What the parts of the run have taken that were cut short."""
        self._started = self._last = time.monotonic()
        self._pause = interval
        self._is_finished = False

    def remaining(self, decide: Callable[[int], Iterator[Decided]]) -> Iterator[Decided]:
        """The blocks that are not decided yet: `decide` gets the offset in the input where they begin."""
        return iter(()) if self._is_finished else decide(self._passed)

    def write(self, part: Part) -> None:
        """Add the lines of these answers to the output."""
        self._output.write(part.output)
        self._written += len(part.output)

    def passed(self, end: int) -> None:
        """The events before this offset of the input are all written: save that, if it is time to."""
        self._passed = end
        if time.monotonic() - self._last >= self._pause:
            began = time.monotonic()
            self.save()
            self._last = time.monotonic()
            self._pause = max(self._interval, _LARGEST_SHARE * (self._last - began))

    def save(self, *, finished: bool = False) -> None:
        """Write a checkpoint, after the output that it covers."""
        self._output.flush()
        os.fsync(self._output.fileno())
        consumed, written = self._input_prefix.upto(self._passed), self._output_prefix.upto(self._written)
        if consumed is None or written is None:
            what = "input" if consumed is None else "output"
            raise CheckpointError(
                f"the {what} became shorter while the run was using it", advice=_INPUT_ADVICE
            )
        state = SessionState(b"") if self._session is None else self._session.save_state()
        checkpoint = Checkpoint(
            self._settings,
            consumed,
            written,
            self._tally.as_json(),
            self.seconds_before + time.monotonic() - self._started,
            finished,
            len(state.memory),
            state.over,
            pack_memory(state.memory) if state.memory else b"",
        )
        self._file.write(checkpoint.encode())

    def finish(self) -> None:
        """Let a checkpoint say that all is decided, if none does yet."""
        if not self._is_finished:
            self.save(finished=True)

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint of this run. Raises `CheckpointError` if it is none; nothing has changed then."""
        name = str(self._file.path)
        if difference := checkpoint.settings.difference(self._settings):
            raise CheckpointError(f"the checkpoint {name!r} is of another run: {difference} differs")
        if not checkpoint.finished:
            self._check_input(checkpoint.consumed)
        if self._output_prefix.upto(checkpoint.written.size) != checkpoint.written:
            raise CheckpointError(
                f"the partial output is not the one that the checkpoint {name!r} was made with",
                advice="Give the output that the run began with, or delete the checkpoint to start anew.",
            )
        try:
            self._tally.restore(checkpoint.counts)
            if self._session is not None:
                self._session.restore_state(_session_state(checkpoint, self._session.memory_bytes))
        except (ValueError, LookupError, TypeError) as failure:
            raise CheckpointError(f"the checkpoint {name!r} is damaged: {failure}") from failure
        self.seconds_before = checkpoint.seconds
        self._passed, self._written = checkpoint.consumed.size, checkpoint.written.size
        self._is_finished = checkpoint.finished
        self._output.truncate(self._written)
        self._output.seek(self._written)
        if not checkpoint.finished:
            self._source.seek(self._passed)

    def _check_input(self, consumed: Prefix) -> None:
        """Whether what was decided is still there. What follows it may be new: it is decided as it is now found."""
        if self._input_prefix.upto(consumed.size) != consumed:
            raise CheckpointError("the input has changed since the checkpoint was made", advice=_INPUT_ADVICE)
        descriptor = self._source.fileno()
        longer = os.fstat(descriptor).st_size > consumed.size
        if longer and consumed.size and os.pread(descriptor, 1, consumed.size - 1) != b"\n":
            raise CheckpointError(
                "the last line of the input was decided and has been continued since", advice=_INPUT_ADVICE
            )


def _session_state(checkpoint: Checkpoint, memory_bytes: int) -> SessionState:
    """The session of a checkpoint. Raises `ValueError` if it does not have that much memory."""
    if checkpoint.session_over is not None:
        return SessionState(b"", checkpoint.session_over)
    if checkpoint.session_bytes != memory_bytes:
        raise ValueError("the session has another size")
    return SessionState(bytes(unpack_memory(checkpoint.packed_memory, memory_bytes)))


def partial_path(target: Path) -> Path:
    """Where the output of a run is until it is finished: beside the target, `.partial` at the end of its name."""
    return target.with_name(target.name + _PARTIAL_SUFFIX)


@contextlib.contextmanager
def resumable(
    checkpoint: Path,
    settings: RunSettings,
    source: FileIO,
    target: Path,
    *,
    session: Stateful | None = None,
    tally: Tally,
    interval: float = CHECKPOINT_INTERVAL,
) -> Iterator[ResumableRun]:
    """A new run, or the one that left this checkpoint; the target appears when the block ends well.

    `tally` and `session` get what the checkpoint says of them, `source` stands at the first event that is not decided.
    Raises `CheckpointError` before anything is written, or `OSError`.
    """
    partial = partial_path(target)
    _check_files(checkpoint, source, target, partial)
    with contextlib.ExitStack() as opened:
        file = opened.enter_context(CheckpointFile(checkpoint))
        content = file.read()
        undo = opened.enter_context(contextlib.ExitStack())
        if content:
            found = Checkpoint.decode(content, str(checkpoint))
            is_renamed = found.finished and not partial.exists()
            if not (partial.exists() or (is_renamed and target.exists())):
                raise CheckpointError(
                    f"the output of the checkpoint {str(checkpoint)!r} is missing: there is no {str(partial)!r}",
                    advice="Give the output that the run began with, or delete the checkpoint to start anew.",
                )
            output_path = target if is_renamed else partial
        else:
            undo.callback(_remove, checkpoint)
            found, output_path = None, partial
        descriptor = open_locked(output_path, "output", mode=0o666)
        output = opened.enter_context(open(descriptor, "wb"))
        run = ResumableRun(file, settings, source, output, session, tally, interval)
        if found is None:
            undo.callback(_remove, partial)
            output.truncate(0)
            run.save()
        else:
            run.resume(found)
        undo.pop_all()
        yield run
        run.finish()
        if output_path == partial:
            take_mode(partial, target)
            os.replace(partial, target)
            sync_folder(target)
        file.remove()


def _check_files(checkpoint: Path, source: FileIO, target: Path, partial: Path) -> None:
    """Refuse what cannot be resumed, and files that would overwrite each other."""
    if is_table(target):
        raise CheckpointError(NO_TABLES, advice=_USE_LINES)
    if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
        raise CheckpointError(
            "a checkpoint needs an input that is a regular file: what came through a pipe is gone after a kill",
            advice="Store the input in a file first.",
        )
    if target.exists() and not target.is_file():
        raise CheckpointError(
            f"a checkpoint needs an output that is a regular file, and {str(target)!r} is none",
            advice="Name a file on a disk.",
        )
    places = [checkpoint.resolve(), target.resolve(), partial.resolve()]
    inputs = [
        path for path in places if path.exists() and os.path.samestat(path.stat(), os.fstat(source.fileno()))
    ]
    if len(set(places)) < len(places) or inputs:
        raise CheckpointError(
            f"the checkpoint, the input, the output and {str(partial)!r} must be different files",
            advice="Name another checkpoint or output.",
        )


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def run_file_resumably(
    evaluate: Callable[[FileIO, int], Iterator[Decided]],
    source: Path,
    target: Path,
    checkpoint: Path,
    settings: RunSettings,
    *,
    session: Stateful | None = None,
    interval: float,
) -> int:
    """Decide every event of a file into another, or those that an earlier run left over; the number of all events."""
    if isinstance(interval, bool) or not isinstance(interval, int | float) or not interval >= 0:
        raise UsageError(f"checkpoint_interval is a number of seconds, at least 0, not {interval!r}")
    if is_table(source):
        raise CheckpointError(NO_TABLES, advice=_USE_LINES)
    tally = Tally()
    with (
        FileIO(source, "r") as lines,
        resumable(
            checkpoint, settings, lines, target, session=session, tally=tally, interval=interval
        ) as run,
    ):
        for decided in run.remaining(lambda start: evaluate(lines, start)):
            for part in decided.parts:
                tally.add(part)
                run.write(part)
            run.passed(decided.end)
    return tally.events
