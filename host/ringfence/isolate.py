"""One isolate: a private copy-on-write memory with the guest's code, and everything that its guest may be asked for.

`instance.py` enters the guest under limits that the host enforces itself. Answers are read through bounds-checked views and
checked for consistency: a guest that broke gives `IsolateBroken`, never a wrong access. `pool.py` owns isolates and replaces
broken ones.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace

from ringfence._wasm import MAXIMUM_WASM_FUEL, GuestTrap
from ringfence.abi import ADDRESS_AND_LENGTH, I64, NO_SLICES, RECORD, U32, Kind, Status
from ringfence.caps import (
    COLLECTED_PER_SECOND,
    COLLECTIONS_IN_SESSION,
    WASM_FUEL_OF_TRACE,
    WASM_FUEL_PER_MEMORY_BYTE,
    wasm_fuel,
)
from ringfence.delta import Delta
from ringfence.errors import MemoryExceeded
from ringfence.image import pages_of
from ringfence.instance import SMALL_EVENT_BYTES, Instance, IsolateBroken
from ringfence.limits import PAGE_BYTES, Budget, format_size
from ringfence.statistics import Statistics
from ringfence.ticker import TICKER

HELD_STATUSES = frozenset((Status.DONE, Status.SUSPENDED, Status.CALLING, Status.STARVED))
"""How a slice of an event in hand may end."""

_unpack_u32 = U32.unpack_from
_unpack_record = RECORD.unpack_from


@dataclass(frozen=True, slots=True)
class Part:
    """What one `batch` call did: `count` events from the first `consumed` input bytes."""

    consumed: int
    count: int
    records: bytes
    output: bytes
    printed: bytes = b""


class Isolate(Instance):
    """An instance of an image, and what its guest may be asked for. Used by one thread at a time; `pool.py` sees to that."""

    __slots__ = ()

    def evaluate(self, event: bytes) -> tuple[int, int, int, bytes]:
        """Evaluate one event: status, rule number, fuel, and the JSON of the decision or the error.

        The path of every single evaluation, so it is written out: about 1.5 us of Python around the guest.
        """
        size = len(event)
        if size > self._input_capacity:
            self._reserve(size)
        view = self._view
        evaluate = self._evaluate
        TICKER.running.add(self)
        try:
            start = self._input
            view[start : start + size] = event
            if size <= SMALL_EVENT_BYTES:
                self._refuel()
            else:
                self._store.set_fuel(self._cap(size))
            self._watch.calls += 1
            if not TICKER.ticking:
                TICKER.start()
            evaluate.values[0] = size
            error = evaluate.enter()
            if error or evaluate.trap:
                raise evaluate.failure(error)
            status, rule, fuel, offset, length = _unpack_record(view, self._records)
            offset += _unpack_u32(view, self._output_address)[0]
            text = view[offset : offset + length].tobytes()
            if len(text) != length:
                # The output is in memory that was added since.
                text = self._refresh()[offset : offset + length].tobytes()
        except (GuestTrap, ValueError, struct.error) as failure:
            raise self.broken(failure) from failure
        finally:
            TICKER.running.discard(self)
        return status, rule, fuel, text

    def examine(self, event: bytes, fuel: int | None = None) -> tuple[int, int, bytes]:
        """Decide one event with its fuel, or with less, and keep its heap in the memory: status, fuel spent, result line.

        The isolate evaluates nothing afterwards: read its `memory`, perhaps after `collect`, and close it.
        """
        units = self._budget.fuel if fuel is None else min(fuel, self._budget.fuel)
        I64.pack_into(self._view, self._variables.event_fuel, units)
        self._put(event)
        self._call("examine", len(event), wasm_fuel(self._budget, len(event)), 1)
        try:
            status, _, spent, _, _ = _unpack_record(
                self._refresh(), self._read(self._variables.records_address)
            )
        except struct.error as failure:
            raise self.broken(failure) from failure
        return status, min(spent, units), self.output()

    def collect(self) -> int:
        """Free what is dead in the memory of an examined event or a session: the bytes that are alive, the image not counted."""
        if self._call("collect", 0, wasm_fuel(self._budget, 0), 1) != Status.DONE:
            self.close()
            raise IsolateBroken(MemoryExceeded("there is no room to collect what is dead"))
        return self._read64(self._variables.live_bytes)

    def record(self) -> bool:
        """Count allocations by class and by site from now on; False if there is no memory for that."""
        return self._call("record", 0, self._cap(0), 1) == Status.DONE

    def account(self) -> bytes:
        """What was recorded, as JSON (`guest/machine/accounts.py`). Collects what is dead."""
        if self._call("account", 0, self._cap(0), 1) != Status.DONE:
            self.close()
            raise IsolateBroken(MemoryExceeded("there is no room to account for what was allocated"))
        return self.output()

    def lines(self) -> bytes:
        """Which lines have run of a bundle that was loaded for this, as JSON (`guest/machine/coverage.py`)."""
        if self._call("lines", 0, self._cap(0), 1) != Status.DONE:
            self.close()
            raise IsolateBroken(MemoryExceeded("there is no room to tell which lines ran"))
        return self.output()

    def keep_end(self) -> None:
        """Let the next event leave everything as it is when it has ended: its `delta` can be looked at, and it was the last."""
        U32.pack_into(self._view, self._variables.keeps_end, 1)

    def begin(self, event: bytes, units: int) -> Status:
        """Take an event in hand and run it for so many units at the most."""
        self._put(event)
        return self._run_slice("begin", len(event), units)

    def proceed(self, units: int) -> Status:
        """Run the event in hand for so many units more."""
        return self._run_slice("resume", 0, units)

    def answer(self, reply: bytes, units: int = NO_SLICES) -> Status:
        """Answer the request of the event in hand with this JSON, and go on."""
        self._put(reply)
        return self._run_slice("answer", len(reply), units)

    def refuse(self, reason: str) -> Status:
        """Let the request of the event in hand fail: the event ends in a rule error with this message."""
        text = json.dumps(reason).encode()
        self._put(text)
        return self._run_last_slice("refuse", len(text))

    def trace(self, subject: int) -> tuple[Status, bytes]:
        """Run the event in hand on, one instruction after the other, and tell what it does (`guest/machine/tracing.py`).

        SUSPENDED: there is more to come. Raises `IsolateBroken` with `MemoryExceeded` if there is no room for telling.
        """
        view, variables = self._refresh(), self._variables
        I64.pack_into(view, variables.slice_fuel, 0)
        cap = min(WASM_FUEL_OF_TRACE * self._budget.fuel + self._cap(0), MAXIMUM_WASM_FUEL)
        status = self._call("trace", subject, cap, 1)
        if status == Status.FAILED:
            self.close()
            raise IsolateBroken(MemoryExceeded("there is no room to trace the event"))
        view = self._refresh()
        start, length = self._read(variables.trace_address), self._read(variables.trace_length)
        told = view[start : start + length].tobytes()
        if status not in HELD_STATUSES or len(told) != length:
            raise self.broken(ValueError(f"the guest ended a trace with the status {status}"))
        return Status(status), told

    def bound(self, event_bytes: int) -> bytes:
        """What events of so many bytes cost at most (`guest/machine/bounds/report.py`), as JSON."""
        I64.pack_into(self._view, self._variables.remaining, self._budget.fuel)
        if self._call("bound", event_bytes, self._cap(0), 1) != Status.DONE:
            self.close()
            raise IsolateBroken(MemoryExceeded("there is no room to work out what events cost"))
        return self.output()

    def fields(self) -> bytes:
        """Which fields of events the rules name (`guest/machine/event_fields.py`), as JSON."""
        I64.pack_into(self._view, self._variables.remaining, self._budget.fuel)
        if self._call("fields", 0, self._cap(0), 1) != Status.DONE:
            self.close()
            raise IsolateBroken(MemoryExceeded("there is no room to list the fields that the rules name"))
        return self.output()

    def outline(self, number: int) -> bytes | None:
        """The expressions of a module (`guest/machine/outline.py`), as JSON; None if there is no such module, or no room.

        The isolate is not for events afterwards.
        """
        I64.pack_into(self._view, self._variables.remaining, self._budget.fuel)
        if self._call("outline", number, self._cap(0), 1) != Status.DONE:
            return None
        return self.output()

    def end(self, kind: Kind) -> Status:
        """End the event in hand where it is, with an error of this kind."""
        return self._run_last_slice("give_up", kind)

    def _run_last_slice(self, function: str, argument: int) -> Status:
        """Call one of the above that end the event: DONE. A guest that goes on instead could do so for ever."""
        status = self._run_slice(function, argument, NO_SLICES)
        if status != Status.DONE:
            raise self.broken(ValueError(f"the guest went on with the status {status}"))
        return status

    def _run_slice(self, function: str, argument: int, units: int) -> Status:
        """Call one of the above. DONE: the event has ended, `result` says how. SUSPENDED, STARVED: `proceed`. CALLING: the
        `result` is a request."""
        I64.pack_into(self._view, self._variables.slice_fuel, units)
        status = self._call(function, argument, self._cap(argument), 1)
        self._refresh()
        if status not in HELD_STATUSES:
            raise self.broken(ValueError(f"the guest ended a slice with the status {status}"))
        return Status(status)

    def result(self) -> tuple[int, int, int, bytes]:
        """What the record of the single event says: status, rule number, fuel, and the decision, the error or the request."""
        view = self._refresh()
        try:
            status, rule, fuel, offset, length = _unpack_record(
                view, self._read(self._variables.records_address)
            )
            offset += self._read(self._variables.output_address)
            text = view[offset : offset + length].tobytes()
            if len(text) != length:
                raise ValueError("the guest's output is outside its memory")
        except (ValueError, struct.error) as failure:
            raise self.broken(failure) from failure
        return status, rule, fuel, text

    @property
    def awaits_answer(self) -> bool:
        """Whether the event in hand has a request that the guest has not read the answer to."""
        return self._read(self._variables.awaits_answer) != 0

    def add_fuel(self, units: int) -> None:
        """Let the event in hand spend so many units more. The isolate is not for other events afterwards."""
        self._budget = replace(self._budget, fuel=self._budget.fuel + units)
        view, variables = self._view, self._variables
        I64.pack_into(view, variables.event_fuel, self._budget.fuel)
        left: int = I64.unpack_from(view, variables.set_aside)[0]
        I64.pack_into(view, variables.set_aside, left + units)

    def batch(self, lines: bytes | memoryview, events: int) -> Part:
        """Evaluate the first of these complete lines, as many as the guest's output buffer takes; at most `events`."""
        size = len(lines)
        self._put(lines)
        status = self._call("batch", size, self._cap(size, events), events)
        view, variables = self._refresh(), self._variables
        consumed = self._read(variables.consumed)
        count = self._read(variables.events_done)
        records_at = self._records = self._read(variables.records_address)
        output_at, output_length = self._read(variables.output_address), self._read(variables.output_length)
        part = Part(
            consumed,
            count,
            view[records_at : records_at + count * RECORD.size].tobytes(),
            view[output_at : output_at + output_length].tobytes(),
            self.take_printed(),
        )
        complete = (
            consumed == size if status == Status.DONE else status == Status.PARTIAL and 0 < consumed < size
        )
        if (
            not complete
            or count > events
            or len(part.records) != count * RECORD.size
            or len(part.output) != output_length
            or part.output.count(b"\n") != count
        ):
            raise self.broken(ValueError("the guest's answer to a batch is inconsistent"))
        return part

    def open_session(self) -> bool:
        """From now on what events change in persistent state stays; False if the memory limit leaves no room for that."""
        self._collection_fuel = COLLECTIONS_IN_SESSION * WASM_FUEL_PER_MEMORY_BYTE * self._budget.memory
        self._watch.backstop += self._patience * self._budget.memory / COLLECTED_PER_SECOND
        self._refuel = self._store.prepared_fuel(self._cap(SMALL_EVENT_BYTES))
        done = self._call("open_session", 0, self._cap(0), 1) == Status.DONE
        # The guest has taken all of its memory, and larger buffers.
        self._refresh()
        self._find_buffers()
        return done

    def operate(self, request: bytes) -> int:
        """Do one operation of a scope (`guest/machine/operations.py`), for whose request there is room; gives the status.

        CALLING: the output is a request, for `answer_operation` or `refuse_operation`.
        """
        return self._operate("operate", request)

    def answer_operation(self, reply: bytes) -> int:
        """Answer the request of an operation with this JSON; gives the status."""
        return self._operate("answer", reply)

    def refuse_operation(self, reason: str) -> int:
        """Let an operation fail with this message; gives the status."""
        return self._operate("refuse", json.dumps(reason).encode())

    def _operate(self, function: str, content: bytes) -> int:
        self._put(content)
        return self._call(function, len(content), self._cap(len(content)), 1)

    @property
    def is_strained(self) -> bool:
        """Whether the state of the session leaves so little memory that the next event may have to be taken back."""
        return self._read(self._variables.strained) != 0

    @property
    def is_refused(self) -> bool:
        """Whether the last event has to be taken back: see `restore`."""
        return self._read(self._variables.refused) != 0

    def save(self) -> bytes:
        """A copy of the whole memory: all that there is of an isolate between two calls."""
        return self._refresh().tobytes()

    def restore(self, saved: bytes) -> None:
        """Make the memory what it was when it was saved, between two events. It has not grown since: a session has all of its
        memory."""
        self._refresh()[:] = saved
        # Saved after the host had told the next event the time: that event is over.
        U32.pack_into(self._view, self._variables.now_set, 0)
        self._find_buffers()

    def take_over(self, saved: bytes) -> None:
        """`restore` what another isolate saved, or somebody made up: the limits stay this isolate's own."""
        self.restore(saved)
        self.set_event_budget(self._budget)
        U32.pack_into(self._view, self._variables.interrupt, 0)

    def start(self, function: str, files: bytes) -> int:
        """Call `load`, `check` or `execute` with these files (see `encode_files`); gives the status."""
        self._put(files)
        view, variables = self._view, self._variables
        I64.pack_into(view, variables.remaining, self._budget.fuel)
        I64.pack_into(view, variables.event_fuel, self._budget.fuel)
        U32.pack_into(view, variables.memory_limit, self._budget.memory_end)
        return self._call(function, len(files), self._cap(len(files)), 1)

    def resume(self) -> int:
        """Go on with a suspended program, on the same deadline and what is left of the same fuel."""
        return self._enter(self._function("resume"), 0)

    def give_up(self) -> None:
        """Do not go on with a suspended program: the output then says where it ran out of fuel."""
        self._enter(self._function("give_up"), Kind.FUEL)

    def locate(self) -> bytes:
        """Where the event in hand stands, as JSON (`guest/machine/whereabouts.py`). This must be a copy: it goes on no more."""
        if self._call("locate", 0, self._cap(0), 1) != Status.DONE:
            self.close()
            raise IsolateBroken(MemoryExceeded("there is no room to say where the evaluation stands"))
        return self.output()

    def settle(self) -> None:
        """Let what is suspended shed what is dead, so that its delta is small."""
        self._call("settle", 0, self._cap(0), 1)

    def delta(self) -> Delta:
        """What is suspended: the parts of the memory that differ from the image, in a way that shows."""
        count = self._call("list_delta", 0, self._cap(0), 1)
        view = self._refresh()
        start = self._variables.pieces
        table = view[start : start + count * ADDRESS_AND_LENGTH.size]
        try:
            spans = list(ADDRESS_AND_LENGTH.iter_unpack(table))
            if len(spans) != count or not all(start < end <= len(view) for start, end in spans):
                raise ValueError("the guest's list of pieces is inconsistent")
        except (ValueError, struct.error) as failure:
            raise self.broken(failure) from failure
        contents = b"".join([view[start:end] for start, end in spans])
        needed = max((end for _, end in spans), default=0)
        return Delta(pages_of(needed), [(start, end - start) for start, end in spans], contents)

    def adopt(self, delta: Delta, fuel: int, used: int) -> None:
        """Become the suspended evaluation of which this is the delta, with so many units of fuel, of which some are used.

        This is a fresh isolate of the same image. Its other limits stay its own; raises `IsolateBroken` if that of memory is too
        low. From here on the memory may hold anything.
        """
        missing = delta.pages - pages_of(len(self._view))
        if missing > 0:
            try:
                self._store.grow(missing)
            except GuestTrap as refused:
                self.close()
                size = format_size(delta.pages * PAGE_BYTES)
                raise IsolateBroken(
                    MemoryExceeded(f"the evaluation needs a memory of {size}, above its limit")
                ) from refused
        view, variables = self._refresh(), self._variables
        for address, content in delta:
            view[address : address + len(content)] = content
        self._budget = replace(self._budget, fuel=fuel)
        self.set_event_budget(self._budget)
        I64.pack_into(view, variables.remaining, 0)
        I64.pack_into(view, variables.set_aside, max(0, fuel - used))
        U32.pack_into(view, variables.interrupt, 0)
        self._find_buffers()

    def set_event_budget(self, budget: Budget) -> None:
        """What each event may use in isolates that are made from this one's memory."""
        view, variables = self._view, self._variables
        I64.pack_into(view, variables.event_fuel, budget.fuel)
        U32.pack_into(view, variables.memory_limit, budget.memory_end)

    def set_now(self, nanoseconds: int) -> None:
        """What `time.now()` tells the events of the next call, and no others: nanoseconds since 1970 in UTC."""
        view, variables = self._view, self._variables
        I64.pack_into(view, variables.now, nanoseconds)
        U32.pack_into(view, variables.now_set, 1)

    def set_gc_stress(self) -> None:
        """Let the guest collect at every allocation: a test of the guest, not of rules."""
        U32.pack_into(self._view, self._variables.gc_stress, 1)
        U32.pack_into(self._view, self._variables.nursery_limit, 0)

    def statistics(self) -> Statistics:
        """What the guest counted while it ran a program or loaded a bundle."""
        return Statistics.read(self._view, self._variables, self.fuel_used)

    def event_statistics(self) -> Statistics:
        """What the guest counted for all events so far."""
        return Statistics.read(self._view, self._variables, self._read64(self._variables.fuel_spent))
