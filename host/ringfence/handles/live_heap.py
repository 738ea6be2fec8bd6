"""Scopes: a rule set's objects, live, in an isolate that one scope holds and that is freed at its end.

Every handle carries the scope that made it, which stands for the isolate and the epoch at once: no scope is opened twice,
and no isolate is used for two. The guest holds what Python holds (`guest/heap/held.py`): numbers that Python lets go of wait in
a queue and are dropped with the next operation. Operations are the guest's (`guest/machine/operations.py`), one at a time.
"""

from __future__ import annotations

import builtins
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace, TracebackType
from typing import Any, Generic, TypeVar, cast
from weakref import WeakValueDictionary

from ringfence.abi import Status
from ringfence.closing import Closable
from ringfence.errors import (
    AbsentKey,
    BundleError,
    EvaluationError,
    HandleError,
    IsolateTrapped,
    MemoryExceeded,
    RuleError,
    UsageError,
)
from ringfence.functions import HostFunctions, Refusal
from ringfence.handles.answers import NONSENSE, AnswerReader
from ringfence.handles.brand import Brand
from ringfence.handles.calls import CallInterrupted, answer_calls
from ringfence.handles.handle import (
    HANDLES,
    DictHandle,
    FunctionHandle,
    Handle,
    ListHandle,
    Operand,
    SetHandle,
    StructHandle,
    TupleHandle,
    as_error,
)
from ringfence.handles.requests import encode_request
from ringfence.handles.wire import ABSENT, U8, U32, U64, Form, Operation
from ringfence.instance import IsolateBroken, no_room
from ringfence.isolate import Isolate
from ringfence.pool import Pool
from ringfence.reports import loading_failure

MOST_DROPPED = 4096
"""Handles that are dropped with one operation."""

FIRST_CHUNK, LARGEST_CHUNK = 8, 512
"""Elements that an iteration reads at a time: few at first, for loops that end early."""

CHUNK_ADVICE = "Nothing of it has run: correct it, and run it again."
OPERATION_ADVICE = "Do what the message says; the scope goes on."

T = TypeVar("T")
Read = Callable[[AnswerReader], T]
_Numbers = tuple[int, ...]
_Names = list[str]
"""Builtin types under other names: the scope has methods named `list` and `tuple`."""


class LiveHeap(Closable, Generic[Brand]):
    """A scope: makes and finds live objects. Close it, or use it in a `with` statement.

    Each operation may use the fuel and the time of one event; the memory limit is for the whole scope. After an error the
    scope goes on, unless its guest broke. Threads may take turns.
    """

    def __init__(
        self, pool: Pool, functions: HostFunctions, deadline: float, largest_request: int, name: str
    ) -> None:
        """Raises `MemoryExceeded` if no isolate can be made. Made by `RuleSet.enter`, with the brand's name.

        An operation may take `deadline` seconds, those aside that the host's functions take.
        """
        try:
            self._isolate: Isolate = pool.fresh()
        except IsolateBroken as broken:
            raise broken.error from None
        self._pool = pool
        self._functions = functions
        self._deadline = deadline
        self._largest_request = largest_request
        self._name = name
        self._over = ""
        """Why nothing can be done any more; empty while the scope is open."""
        self._lock = threading.Lock()
        self._owner = 0
        """The thread that is in the middle of an operation."""
        self._handles: WeakValueDictionary[int, Handle[Brand]] = WeakValueDictionary()
        self._dropped: deque[int] = deque()
        self.fuel_used = 0
        """Units of fuel that all operations have used so far."""
        self.printed = b""
        """What the last operation printed."""
        self.ask(Operation.KEEP, None)

    # Making and finding objects.

    def dict(self, entries: Mapping[Any, Any] | Iterable[Any] = (), /, **named: Any) -> DictHandle[Brand]:
        """A new dict, as Python's `dict` makes one."""
        return cast("DictHandle[Brand]", self.value(builtins.dict(entries, **named)))

    def list(self, elements: Iterable[Any] = (), /) -> ListHandle[Brand]:
        """A new list of these elements."""
        return cast("ListHandle[Brand]", self.value(builtins.list(elements)))

    def tuple(self, elements: Iterable[Any] = (), /) -> TupleHandle[Brand]:
        """A new tuple of these elements."""
        return cast("TupleHandle[Brand]", self.value(builtins.tuple(elements)))

    def set(self, elements: Iterable[Any] = (), /) -> SetHandle[Brand]:
        """A new set of these elements, in this order."""
        made = cast("SetHandle[Brand]", self.value(builtins.set()))
        made.update(elements)
        return made

    def struct(self, **fields: Operand[Brand]) -> StructHandle[Brand]:
        """A new struct with these fields."""
        return cast("StructHandle[Brand]", self.value(SimpleNamespace(**fields)))

    def value(self, value: Operand[Brand]) -> Any:
        """A Python value in the rule language: containers as handles, numbers and text as they are. Cycles and sharing stay.

        Raises `ConversionError` for what has no counterpart there.
        """
        return self.ask(Operation.KEEP, value)

    def get(self, name: str) -> Any:
        """The global of the bundle's entry module, or the built-in, of this name. Raises `AbsentKey`."""
        try:
            return self.ask(Operation.GLOBAL, name)
        except RuleError as error:
            raise as_error(AbsentKey, error) from None

    def call(
        self, function: str | FunctionHandle[Brand], *arguments: Operand[Brand], **keywords: Operand[Brand]
    ) -> Any:
        """Call a function, given by its handle or by the name of a global, and give its result.

        Raises `RuleError` with the rules' traceback, or a limit's own error.
        """
        operation = Operation.CALL_GLOBAL if isinstance(function, str) else Operation.CALL
        return self.ask(operation, function, arguments, keywords)

    def collect(self) -> int:
        """Free what neither handles nor globals reach: the bytes that are alive then, the loaded bundle not counted."""
        self.ask(Operation.KEEP, None)  # drops what waits
        with self._turn():
            self._check_open()
            try:
                return self._isolate.collect()
            except IsolateBroken as broken:
                self._finish(f"its guest broke: {broken.error.message}")
                raise broken.error from None

    def interpret(self, source: str, path: str) -> Any:
        """Run source in the scope, as the next chunk of what is typed there: the value of the expression at its end, or None.

        It begins with the entry module's names; its variables stay for the chunks that follow, and `get` finds them. Raises
        `BundleError` with diagnostics if it does not compile; they and tracebacks call it by the `path`.
        """
        try:
            parts = [
                part for text in (path, source) for part in (U32.pack(len(text.encode())), text.encode())
            ]
        except UnicodeEncodeError as failure:
            raise UsageError(f"the source is not Unicode text: {failure.reason}") from failure
        return self._operate(Operation.INTERPRET, (), b"".join(parts), AnswerReader.value)

    def variables(self) -> _Names:
        """The names that a chunk may read, built-ins included, sorted."""
        return [str(name) for name in self._operate(Operation.VARIABLES, (), b"", _all_values)]

    def interrupt(self) -> None:
        """Let the operation that is running fail soon. For signal handlers: the scope goes on."""
        self._isolate.interrupt()

    # The end.

    @property
    def is_open(self) -> bool:
        """Whether operations are possible."""
        return not self._over and not self._pool.is_closed

    def close(self) -> None:
        """End the scope: its objects are freed, and its handles are refused from now on."""
        with self._turn(wait=True):
            self._finish("it was left")

    # What handles are made of.

    def ask(self, operation: Operation, *operands: Any, suffix: bytes = b"") -> Any:
        """Do an operation; its answer, if it has one."""
        return self._operate(
            operation, operands, suffix, lambda answer: None if answer.is_at_end else answer.value()
        )

    def graph(self, value: Any) -> Any:
        """A value with all that it refers to, as Python objects."""
        return self._operate(Operation.GRAPH, (value,), b"", AnswerReader.graph)

    def names(self, value: Any) -> _Names:
        """The names of an object's attributes."""
        return [str(name) for name in self._operate(Operation.NAMES, (value,), b"", _all_values)]

    def iterate(self, iterable: Handle[Brand]) -> Iterator[Any]:
        """The elements. The object is locked against changes, as in a rule's `for`, until the last one has been taken."""
        return self._iterate(iterable, with_values=False)

    def iterate_entries(self, mapping: Handle[Brand]) -> Iterator[Any]:
        """The keys of a dict with their values, likewise."""
        parts = self._iterate(mapping, with_values=True)
        return zip(parts, parts, strict=True)

    def drop(self, number: int) -> None:
        """Python holds a handle no more. Called by any thread, at any time."""
        if not self._over:
            self._dropped.append(number)

    def _iterate(self, iterable: Handle[Brand], with_values: bool) -> Iterator[Any]:
        iteration = self._operate(Operation.ITERATE, (iterable,), b"", _iteration)
        chunk = FIRST_CHUNK
        try:
            while True:
                suffix = U32.pack(chunk) + U8.pack(with_values)
                for part in self._operate(Operation.NEXT, (iteration,), suffix, _all_values):
                    if part is ABSENT:
                        return
                    yield part
                    if not self.is_open:
                        self._check_open()
                chunk = min(2 * chunk, LARGEST_CHUNK)
        finally:
            self.drop(iteration.number)

    def _operate(self, operation: Operation, operands: Any, suffix: bytes, read: Read[T]) -> T:
        """Send an operation and read its answer."""
        with self._turn():
            self._check_open()
            request = encode_request(self._number_of, operation, operands, suffix)
            if len(request) > self._largest_request:
                raise MemoryExceeded(
                    f"the operands take {len(request)} bytes, more than {self._largest_request}",
                    advice="Give them in parts, or raise Limits(memory=...): an operation may take a quarter of it.",
                )
            try:
                return self._send(request, read)
            except IsolateBroken as broken:
                self._finish(f"its guest broke: {broken.error.message}")
                raise broken.error from None
            except IsolateTrapped as trapped:
                self._finish(f"its guest broke: {trapped.message}")
                raise
            except CallInterrupted as interrupted:
                raise interrupted.cause from None
            except KeyboardInterrupt:
                self._finish("it was interrupted")
                raise

    def _send(self, request: bytes, read: Read[T]) -> T:
        isolate = self._isolate
        dropped = self._take_dropped()
        size = U32.size + U64.size * len(dropped) + len(request)
        if not isolate.make_room(size):
            self._dropped.extendleft(reversed(dropped))
            raise no_room(size)
        refused: Refusal | None = None
        status = isolate.operate(b"".join((U32.pack(len(dropped)), *map(U64.pack, dropped), request)))
        if status == Status.CALLING:
            status, refused = answer_calls(self._functions, isolate, status, self._deadline)
        fuel = isolate.fuel_used
        self.fuel_used += fuel
        self.printed = isolate.take_printed()
        output = isolate.output()
        if status != Status.DONE:
            raise _failure(output, fuel, refused)
        try:
            return read(AnswerReader(output, self._handle))
        except NONSENSE as failure:
            raise IsolateTrapped(f"the guest's answer cannot be read: {failure}", fuel=fuel) from failure

    def _take_dropped(self) -> _Numbers:
        """Numbers to drop. One whose object has come back in the meantime, in another handle, is not among them."""
        taken: deque[int] = deque()
        while self._dropped and len(taken) < MOST_DROPPED:
            number = self._dropped.popleft()
            if number not in self._handles:
                taken.append(number)
        return builtins.tuple(taken)

    def _handle(self, number: int, form: Form) -> Handle[Brand]:
        """The one handle of an object."""
        kind = HANDLES[form]
        handle = self._handles.get(number)
        if handle is None:
            handle = kind(self, number)
            self._handles[number] = handle
        elif type(handle) is not kind:
            raise ValueError("one handle is two objects")
        return handle

    def _number_of(self, value: Any) -> int | None:
        """The number of a handle of this scope; None for what is no handle."""
        if isinstance(value, _Iteration):
            return value.number
        if not isinstance(value, Handle):
            return None
        heap = value._heap
        if heap is self:
            return value._number
        if heap._over:
            raise HandleError(f"the handle is of a scope of {heap._name} that is over: {heap._over}")
        raise HandleError(f"the handle is of another scope: it was made in one of {heap._name}")

    def _turn(self, wait: bool = False) -> _Turn:
        return _Turn(self, wait)

    def _check_open(self) -> None:
        if not self._over and self._pool.is_closed:
            self._finish("its rule set was closed")
        if self._over:
            raise HandleError(f"the scope of {self._name} is over: {self._over}")

    def _finish(self, reason: str) -> None:
        """The scope is over. All that it held is freed."""
        self._over = self._over or reason
        self._dropped.clear()
        self._isolate.close()


class _Turn:
    """A turn in a scope: one thread is in it, and does one thing."""

    __slots__ = ("_heap", "_wait")

    def __init__(self, heap: LiveHeap[Any], wait: bool) -> None:
        self._heap = heap
        self._wait = wait

    def __enter__(self) -> None:
        heap, thread = self._heap, threading.get_ident()
        if heap._owner == thread:
            raise HandleError(
                "this scope is in the middle of an operation",
                advice="A host function that is called by an operation cannot use the operation's scope.",
            )
        if not heap._lock.acquire(blocking=self._wait):
            raise HandleError(
                "this scope is in use by another thread",
                advice="Let threads take turns, with a lock of your own, or open a scope for each.",
            )
        heap._owner = thread

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._heap._owner = 0
        self._heap._lock.release()


class _Iteration:
    """The guest's side of an iteration: never seen by users."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


def _iteration(answer: AnswerReader) -> _Iteration:
    return _Iteration(answer.handle_number())


def _all_values(answer: AnswerReader) -> list[Any]:
    values = []
    while not answer.is_at_end:
        values.append(answer.value())
    return values


def _failure(report: bytes, fuel: int, refused: Refusal | None) -> Exception:
    """The exception for an operation that failed, perhaps because the host refused a call."""
    failure = loading_failure(report, fuel)
    if refused is not None and isinstance(failure, EvaluationError):
        failure = refused.as_error(failure)
    if isinstance(failure, BundleError):
        failure.advice = CHUNK_ADVICE
    elif isinstance(failure, RuleError) and failure.location is None:
        failure.advice = OPERATION_ADVICE
    return failure
