"""An instance of the guest: its store, its memory, and the one way to enter it.

Beside the guest's own meter stand the store's Wasmtime fuel (a trap), the store's memory limit (`memory.grow` fails) and the
deadline of `ticker.py` (a clean stop, then a trap). Memory is read through bounds-checked views: a guest that broke gives
`IsolateBroken`, never a wrong access. `isolate.py` says what a guest may be asked for.
"""

from __future__ import annotations

from ringfence._wasm import MAXIMUM_WASM_FUEL, Function, GuestTrap, Store
from ringfence.abi import I64, U32, U64
from ringfence.caps import wasm_fuel
from ringfence.engine import Engine
from ringfence.errors import DeadlineExceeded, EvaluationError, IsolateTrapped, MemoryExceeded
from ringfence.image import Image
from ringfence.limits import KIBIBYTE, MEBIBYTE, PAGE_BYTES, Budget
from ringfence.ticker import BACKSTOP_FACTOR, TICKER, Watch, on_epoch, register

SMALL_EVENT_BYTES = 64 * KIBIBYTE
"""Events up to this size share one prepared fuel cap."""

GROWTH_FACTOR = 2
"""An isolate is replaced when its memory has grown past this many times its image,"""

KEPT_MEMORY = 8 * MEBIBYTE
"""unless it is not larger than this in all: to make and fill a fresh one's pages would cost more."""


class IsolateBroken(Exception):
    """The guest trapped or answered nonsense: the isolate is closed. `error` is what the caller may be told."""

    def __init__(self, error: EvaluationError) -> None:
        super().__init__(error.message)
        self.error = error


def no_room(size: int) -> MemoryExceeded:
    """The error of an input for which the guest has no memory."""
    return MemoryExceeded(f"there is no room for an input of {size} bytes")


class Instance:
    """A copy-on-write memory of an image with the guest's code, under a budget."""

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
        "keeps_prints",
    )

    def __init__(self, engine: Engine, image: Image, budget: Budget) -> None:
        variables = self._variables = engine.variables
        self._budget = budget
        self._patience = engine.guest.patience
        self.keeps_prints = True
        """Whether `take_printed` gives what was printed; copying it would hold Python's global lock, perhaps for long."""
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

    @property
    def is_open(self) -> bool:
        """Whether the memory has not been freed."""
        return len(self._view) != 0

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

    def interrupt(self) -> None:
        """Let what runs in the guest end at its next safepoint, as if its time were over. For signal handlers as well."""
        U32.pack_into(self._view, self._variables.interrupt, 1)

    def set_deadline(self, seconds: float) -> None:
        """Let the next calls take so long, instead of what the budget says. What the backstop gives beyond that stays."""
        watch = self._watch
        beyond = watch.backstop - BACKSTOP_FACTOR * watch.deadline
        watch.deadline = seconds * self._patience
        watch.backstop = BACKSTOP_FACTOR * watch.deadline + beyond

    def output(self) -> bytes:
        """The whole output of the last call."""
        start, length = self._read(self._variables.output_address), self._read(self._variables.output_length)
        return self._refresh()[start : start + length].tobytes()

    def take_printed(self) -> bytes:
        """What was printed since the last call of this, unless nobody wants it; empties the guest's print buffer."""
        view = self._refresh()
        start, length = self._read(self._variables.print_address), self._read(self._variables.print_length)
        if length == 0:
            return b""
        U32.pack_into(view, self._variables.print_length, 0)
        return view[start : start + length].tobytes() if self.keeps_prints else b""

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
