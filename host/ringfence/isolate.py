"""One isolate: a private copy-on-write memory with the guest's code, under limits that the host enforces itself.

Beside the guest's own meter stand the store's Wasmtime fuel (a trap), the store's memory limit (`memory.grow` fails) and the
deadline of `ticker.py` (a clean stop, then a trap). Answers are read through bounds-checked views and checked for
consistency: a guest that broke gives `IsolateBroken`, never a wrong access. `pool.py` owns isolates and replaces broken ones.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace

from ringfence._wasm import MAXIMUM_WASM_FUEL, Function, GuestTrap, Store
from ringfence.abi import ADDRESS_AND_LENGTH, I64, NO_SLICES, RECORD, U32, U64, Kind, Status
from ringfence.delta import Delta
from ringfence.engine import Engine
from ringfence.errors import DeadlineExceeded, EvaluationError, IsolateTrapped, MemoryExceeded
from ringfence.image import Image, pages_of
from ringfence.limits import KIBIBYTE, MEBIBYTE, PAGE_BYTES, Budget, format_size
from ringfence.statistics import PAUSE_KINDS, Pauses, Statistics
from ringfence.ticker import BACKSTOP_FACTOR, TICKER, Watch, on_epoch, register

WASM_FUEL_PER_UNIT = 4_000
"""The host's cap in Wasmtime fuel (about one a WebAssembly instruction) for each unit of the guest's fuel.

Ordinary bytecode takes about 30 of it a unit; of all hostile programs in the tests, the worst takes 800, where much is allocated
and copied by the collector. The cap must never bind before the guest's own meter does, and still end a guest without
a meter in finite time.
"""

WASM_FUEL_PER_INPUT_BYTE = 1_000
"""For reading the input, which costs the event no fuel of its own (measured: 10 to 60)."""

WASM_FUEL_PER_MEMORY_BYTE = 8
"""For collections, which are paid for when memory is allocated and may all happen in one event."""

WASM_FUEL_BASE = 20_000_000
"""For what any call needs besides: the reset after the evaluation, composing an error."""

COLLECTIONS_IN_SESSION = 4
"""How much more for collections each event of a session gets: all that the session keeps may be collected at its end, while
weak references exist or memory is short, and compacted."""

COLLECTED_PER_SECOND = 32 * MEBIBYTE
"""Bytes of state that the guest collects and compacts in a second at the least: the trap that backs a deadline waits for it."""

SMALL_EVENT_BYTES = 64 * KIBIBYTE
"""Events up to this size share one prepared fuel cap."""

GROWTH_FACTOR = 2
"""An isolate is replaced when its memory has grown past this many times its image,"""

KEPT_MEMORY = 8 * MEBIBYTE
"""unless it is not larger than this in all: to make and fill a fresh one's pages would cost more."""

HELD_STATUSES = frozenset((Status.DONE, Status.SUSPENDED, Status.CALLING, Status.STARVED))
"""How a slice of an event in hand may end."""

_unpack_u32 = U32.unpack_from
_unpack_record = RECORD.unpack_from


class IsolateBroken(Exception):
    """The guest trapped or answered nonsense: the isolate is closed. `error` is what the caller may be told."""

    def __init__(self, error: EvaluationError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Part:
    """What one `batch` call did: `count` events from the first `consumed` input bytes."""

    consumed: int
    count: int
    records: bytes
    output: bytes
    printed: bytes = b""


def wasm_fuel(budget: Budget, input_bytes: int, events: int = 1) -> int:
    """The host's own cap for a call with this input and so many events."""
    work = WASM_FUEL_PER_UNIT * budget.fuel * events
    memory = WASM_FUEL_PER_MEMORY_BYTE * budget.memory
    return min(WASM_FUEL_BASE + memory + WASM_FUEL_PER_INPUT_BYTE * input_bytes + work, MAXIMUM_WASM_FUEL)


def no_room(size: int) -> MemoryExceeded:
    """The error of an input for which the guest has no memory."""
    return MemoryExceeded(f"there is no room for an input of {size} bytes")


class Isolate:
    """An instance of an image. Used by one thread at a time; `pool.py` sees to that."""

    __slots__ = (
        "_budget",
        "_collection_fuel",
        "_evaluate",
        "_functions",
        "_input",
        "_input_capacity",
        "_memory_threshold",
        "_output_address",
        "_patience",
        "_records",
        "_refuel",
        "_store",
        "_variables",
        "_view",
        "_watch",
    )

    def __init__(self, engine: Engine, image: Image, budget: Budget) -> None:
        variables = self._variables = engine.variables
        self._budget = budget
        self._patience = engine.guest.patience
        self._functions: dict[str, Function] = {}
        self._collection_fuel = 0
        """What each event of a session gets beyond the cap of `wasm_fuel`."""
        deadline = budget.deadline * self._patience
        watch = self._watch = Watch(variables.event_counter, variables.interrupt, deadline)
        try:
            store = self._store = Store(
                engine.handle, image.module, engine.code, budget.whole_pages, on_epoch, register(watch)
            )
            self._evaluate = store.function("evaluate")
        except GuestTrap as trap:
            raise IsolateBroken(MemoryExceeded(f"an isolate cannot be made: {trap}")) from trap
        self._view = watch.view = store.view
        self._output_address = variables.output_address
        self._find_buffers()
        self._refuel = store.prepared_fuel(self._cap(SMALL_EVENT_BYTES))
        self._memory_threshold = max(GROWTH_FACTOR * image.pages * PAGE_BYTES, KEPT_MEMORY)

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

    def output(self) -> bytes:
        """The whole output of the last call."""
        start, length = self._read(self._variables.output_address), self._read(self._variables.output_length)
        return self._refresh()[start : start + length].tobytes()

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
        return self._run_slice("refuse", len(text), NO_SLICES)

    def end(self, kind: Kind) -> Status:
        """End the event in hand where it is, with an error of this kind."""
        return self._run_slice("give_up", kind, NO_SLICES)

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

    def set_deadline(self, seconds: float) -> None:
        """Let the next calls take so long, instead of what the budget says."""
        self._watch.deadline = seconds * self._patience
        self._watch.backstop = BACKSTOP_FACTOR * self._watch.deadline

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
        """Do one operation of a scope (`guest/machine/operations.py`), for whose request there is room; gives the status."""
        self._put(request)
        return self._call("operate", len(request), self._cap(len(request)), 1)

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
        """Make the memory what it was when it was saved. It has not grown since: a session has all of its memory."""
        self._refresh()[:] = saved
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

    @property
    def fuel_used(self) -> int:
        """What the guest says that the running evaluation cost; a broken guest may say anything within the budget."""
        remaining: int = I64.unpack_from(self._view, self._variables.remaining)[0]
        spent = self._budget.fuel - remaining - self.fuel_set_aside
        return max(0, min(self._budget.fuel, spent))

    @property
    def fuel_set_aside(self) -> int:
        """Not zero if a suspended program only waits for its print buffer to be taken."""
        fuel: int = I64.unpack_from(self._view, self._variables.set_aside)[0]
        return fuel

    def statistics(self) -> Statistics:
        """What the guest counted while it ran a program or loaded a bundle."""
        return self._statistics(self.fuel_used)

    def event_statistics(self) -> Statistics:
        """What the guest counted for all events so far."""
        return self._statistics(self._read64(self._variables.fuel_spent))

    def _statistics(self, fuel: int) -> Statistics:
        variables = self._variables
        allocated = self._read64(variables.allocated_bytes)
        born_old = self._read64(variables.born_old_bytes)
        kinds = range(
            variables.pauses, variables.pauses + len(PAUSE_KINDS) * variables.pause_row, variables.pause_row
        )
        return Statistics(
            fuel,
            allocated,
            self._read64(variables.live_bytes),
            self._read(variables.collections),
            self._read(variables.longest_step_bytes),
            self._read(variables.cycles),
            born_old,
            max(0, allocated - born_old - self._read64(variables.collected_bytes)),
            *(Pauses.read(self._view, address) for address in kinds),
        )

    def take_printed(self) -> bytes:
        """What was printed since the last call of this; empties the guest's print buffer."""
        view = self._refresh()
        start, length = self._read(self._variables.print_address), self._read(self._variables.print_length)
        if length == 0:
            return b""
        U32.pack_into(view, self._variables.print_length, 0)
        return view[start : start + length].tobytes()

    def memory(self) -> memoryview:
        """The whole linear memory; valid until the isolate runs again or is closed."""
        return self._refresh()

    def has_grown(self) -> bool:
        """Whether the memory is much larger than the image, so that a fresh isolate is better than this one."""
        return self._store.memory_bytes > self._memory_threshold

    def _find_buffers(self) -> None:
        """Read from the memory where the guest's buffers are."""
        variables = self._variables
        self._input = self._read(variables.input_address)
        self._input_capacity = self._read(variables.input_capacity)
        self._records = self._read(variables.records_address)
        """Where the record table is: it moves in `batch` only."""

    def close(self) -> None:
        """Free the memory. Any later use fails cleanly: the view is empty."""
        self._view = self._watch.view = memoryview(b"")
        self._store.close()

    def _read(self, address: int) -> int:
        value: int = U32.unpack_from(self._view, address)[0]
        return value

    def _read64(self, address: int) -> int:
        value: int = U64.unpack_from(self._view, address)[0]
        return value

    def _refresh(self) -> memoryview:
        view = self._view = self._watch.view = self._store.refresh()
        return view

    def _put(self, content: bytes | memoryview) -> None:
        """Copy `content` into the guest's input buffer."""
        size = len(content)
        if size > self._input_capacity:
            self._reserve(size)
        start = self._input
        try:
            self._view[start : start + size] = content
        except ValueError as failure:
            raise self.broken(failure) from failure

    @property
    def input_capacity(self) -> int:
        """Bytes that an input may have without `make_room`."""
        return self._input_capacity

    def make_room(self, size: int) -> bool:
        """Whether there is room for `size` input bytes, which the guest is asked for if need be."""
        if size <= self._input_capacity:
            return True
        address = self._call("reserve", size, self._cap(size), 1)
        if address == 0:
            return False
        if address + size > len(self._refresh()):
            raise self.broken(ValueError("the guest's input buffer is outside its memory"))
        self._input, self._input_capacity = address, size
        return True

    def _reserve(self, size: int) -> None:
        """Make room for `size` input bytes."""
        if not self.make_room(size):
            # The guest is whole: it only has no room. The isolate is dropped because its memory is probably full.
            self.close()
            raise IsolateBroken(no_room(size))

    def _cap(self, input_bytes: int, events: int = 1) -> int:
        """`wasm_fuel` under this isolate's budget, in this guest's measure."""
        cap = wasm_fuel(self._budget, input_bytes, events) + events * self._collection_fuel
        return min(self._patience * cap, MAXIMUM_WASM_FUEL)

    def _call(self, function: str, argument: int, fuel: int, events: int) -> int:
        """Call an exported function under a fuel cap of its own, with at most `events` events on the clock."""
        self._store.set_fuel(fuel)
        self._watch.start(events)
        try:
            return self._enter(self._function(function), argument)
        finally:
            self._watch.finish()

    def _function(self, name: str) -> Function:
        """An exported function, looked up once."""
        function = self._functions.get(name)
        if function is None:
            function = self._functions[name] = self._store.function(name)
        return function

    def _enter(self, function: Function, argument: int) -> int:
        TICKER.running.add(self)
        if not TICKER.ticking:
            TICKER.start()
        try:
            return function(argument)
        except GuestTrap as trap:
            raise self.broken(trap) from trap
        finally:
            TICKER.running.discard(self)

    def broken(self, failure: Exception) -> IsolateBroken:
        """Close the isolate, whose guest broke; the exception that says why."""
        fuel = self.fuel_used
        expired = self._watch.expired
        self.close()
        if TICKER.interrupted:
            raise KeyboardInterrupt
        if expired:
            return IsolateBroken(DeadlineExceeded(str(failure), fuel=fuel))
        if isinstance(failure, GuestTrap) and failure.out_of_fuel:
            return IsolateBroken(IsolateTrapped("the guest ran past the host's own fuel cap", fuel=fuel))
        return IsolateBroken(IsolateTrapped(f"the guest broke: {failure}", fuel=fuel))
