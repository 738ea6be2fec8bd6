"""Handles: guest objects as Python objects, each with the protocol of its kind.

A handle is a number that the guest knows and the scope that it belongs to. There is one for each object, for as long as
Python holds it: `a is b` says whether two handles are one object, and hashes are by identity. `==` is that of the rule
language, by content. Every operation is the guest's own (`live_heap.py`), so what a rule may not do, a handle may not either.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import (
    Callable,
    Iterable,
    Iterator,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
)
from collections.abc import ItemsView as AbstractItems
from collections.abc import ValuesView as AbstractValues
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, NoReturn, SupportsIndex, TypeAlias, Union, overload

from ringfence.errors import (
    AbsentAttribute,
    AbsentIndex,
    AbsentKey,
    AbsentValue,
    ConversionError,
    HandleError,
    RingfenceError,
    RuleError,
)
from ringfence.handles.brand import Brand
from ringfence.handles.requests import is_container
from ringfence.handles.wire import ABSENT, U32, Form, Operation

if TYPE_CHECKING:
    from ringfence.handles.live_heap import LiveHeap

Operand: TypeAlias = Union[
    "Handle[Brand]",
    bool,
    int,
    float,
    str,
    bytes,
    bytearray,
    list[Any],
    tuple[Any, ...],
    dict[Any, Any],
    set[Any],
    frozenset[Any],
    range,
    SimpleNamespace,
    None,
]
"""What may be given to a scope: a handle of its brand, or a Python value that is converted."""


LOWEST_BOUND, HIGHEST_BOUND = -(1 << 31), (1 << 31) - 1


def as_error(kind: type[RuleError], error: RuleError) -> RuleError:
    """The same error as one of Python's own kinds, too."""
    special = kind(error.message)
    special.__dict__.update({name: value for name, value in vars(error).items() if name != "advice"})
    return special


class Handle(Generic[Brand]):
    """An object of the guest, kept alive by this."""

    __slots__ = ("__weakref__", "_heap", "_number")

    _heap: LiveHeap[Brand]
    _number: int

    def __init__(self, heap: LiveHeap[Brand], number: int) -> None:
        """Made by scopes alone."""
        object.__setattr__(self, "_heap", heap)
        object.__setattr__(self, "_number", number)

    def __del__(self) -> None:
        # Whatever thread this is: the number is dropped with the scope's next operation.
        heap = getattr(self, "_heap", None)
        if heap is not None:
            heap.drop(self._number)

    def to_python(self) -> Any:
        """The object and all that it refers to, as Python objects: cycles and sharing stay. Functions stay handles.

        A struct becomes a `SimpleNamespace`. Raises `ConversionError` for keys that Python cannot tell apart or hash.
        """
        return self._heap.graph(self)

    def attribute(self, name: str) -> Any:
        """An attribute, as `x.name` has it in a rule: a method, a field of a struct, a property. Raises `AbsentAttribute`."""
        try:
            return self._ask(Operation.ATTRIBUTE, name)
        except RuleError as error:
            raise as_error(AbsentAttribute, error) from None

    def __repr__(self) -> str:
        try:
            return str(self._ask(Operation.REPR))
        except RingfenceError as error:
            return f"<{type(self).__name__}: {error.message}>"

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        if not isinstance(other, Handle) and not is_container(other):
            return NotImplemented
        try:
            return bool(self._ask(Operation.EQUAL, other))
        except ConversionError:
            return False

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise HandleError(
            "a handle cannot be pickled or copied: it refers to an object of a live scope",
            advice="Take the value out with to_python().",
        )

    def _ask(self, operation: Operation, *operands: Any, suffix: bytes = b"") -> Any:
        return self._heap.ask(operation, self, *operands, suffix=suffix)

    def _call(self, method: str, *arguments: Any) -> Any:
        return self._heap.ask(Operation.CALL_METHOD, self, method, arguments, {})


class FunctionHandle(Handle[Brand]):
    """A function, built-in or method: call it."""

    __slots__ = ()

    def __call__(self, *arguments: Operand[Brand], **keywords: Operand[Brand]) -> Any:
        """What the function gives. Raises `RuleError` with the rules' traceback, or a limit's own error."""
        return self._ask(Operation.CALL, arguments, keywords)


class StructHandle(Handle[Brand]):
    """A struct: its fields are attributes. A field that is named as a method of handles is read with `attribute`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name in Handle.__slots__ or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)  # asked by Python itself, which expects few to be there
        return self.attribute(name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AbsentAttribute(
            f"the attribute .{name} cannot be set: structs and built-in objects cannot change"
        )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._heap.names(self)]


class ObjectHandle(StructHandle[Brand]):
    """An object of another type, such as a time, a URL or a weak map: attributes and elements, as far as it has them."""

    __slots__ = ()

    def __getitem__(self, key: Operand[Brand]) -> Any:
        return self._ask(Operation.INDEX, key)

    def __setitem__(self, key: Operand[Brand], value: Operand[Brand]) -> None:
        self._ask(Operation.SET_INDEX, key, value)

    def __contains__(self, item: Operand[Brand]) -> bool:
        return bool(self._ask(Operation.CONTAINS, item))

    def __iter__(self) -> Iterator[Any]:
        return self._heap.iterate(self)


def _bound(index: SupportsIndex) -> int:
    """A bound of a slice: those of the rule language have 32 bits, which is more than any list is long."""
    return max(LOWEST_BOUND, min(operator.index(index), HIGHEST_BOUND))


class SequenceHandle(Handle[Brand], Sequence[Any]):
    """A tuple or a range."""

    __slots__ = ()

    def __len__(self) -> int:
        return int(self._ask(Operation.LENGTH))

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            bounds = (
                ABSENT if bound is None else _bound(bound) for bound in (index.start, index.stop, index.step)
            )
            return self._ask(Operation.SLICE, *bounds)
        return self._at(index, lambda: self._ask(Operation.INDEX, index))

    def __contains__(self, item: object) -> bool:
        return bool(self._ask(Operation.CONTAINS, item))

    def __iter__(self) -> Iterator[Any]:
        return self._heap.iterate(self)

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(list(self))

    def index(self, value: Any, start: int = 0, stop: int = sys.maxsize) -> int:
        """The first index at which a value is. Raises `AbsentValue`."""
        for index in range(*slice(start, stop).indices(len(self))):
            if self[index] == value:
                return index
        raise AbsentValue("the value is not in the sequence")

    def count(self, value: Any) -> int:
        """How many elements equal a value."""
        return sum(item == value for item in self)

    def _at(self, index: int, operation: Callable[[], Any]) -> Any:
        """What an operation on an index gives; one outside the sequence is an `AbsentIndex`."""
        try:
            return operation()
        except RuleError as error:
            if isinstance(index, int) and not -len(self) <= index < len(self):
                raise as_error(AbsentIndex, error) from None
            raise


class TupleHandle(SequenceHandle[Brand]):
    """A tuple."""

    __slots__ = ()


class RangeHandle(SequenceHandle[Brand]):
    """A range."""

    __slots__ = ()


class ListHandle(SequenceHandle[Brand], MutableSequence[Any]):
    """A list."""

    __slots__ = ()

    @overload
    def __setitem__(self, index: int, value: Operand[Brand]) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[Any]) -> None: ...
    def __setitem__(self, index: int | slice, value: Any) -> None:
        if not isinstance(index, slice):
            self._at(index, lambda: self._ask(Operation.SET_INDEX, index, value))
            return
        start, stop, step = index.indices(len(self))
        if step == 1:
            self._replace(start, max(start, stop), value if isinstance(value, ListHandle) else list(value))
            return
        values, places = list(value), range(start, stop, step)
        if len(values) != len(places):
            raise AbsentValue(f"{len(values)} values cannot replace the {len(places)} elements of this slice")
        for place, element in zip(places, values, strict=True):
            self[place] = element

    def __delitem__(self, index: int | slice) -> None:
        if not isinstance(index, slice):
            self.pop(index)
            return
        start, stop, step = index.indices(len(self))
        if step == 1:
            self._replace(start, max(start, stop), [])
            return
        for place in sorted(range(start, stop, step), reverse=True):
            self.pop(place)

    def _replace(self, start: int, stop: int, values: Any) -> None:
        bounds = U32.pack(start) + U32.pack(stop)
        self._ask(Operation.REPLACE, values, suffix=bounds)

    def append(self, value: Operand[Brand]) -> None:
        """Add an element at the end."""
        self._call("append", value)

    def insert(self, index: int, value: Operand[Brand]) -> None:
        """Add an element before an index."""
        self._call("insert", _bound(index), value)

    def extend(self, values: Iterable[Any]) -> None:
        """Add elements at the end."""
        self._call("extend", values if isinstance(values, Handle) else list(values))

    def pop(self, index: int = -1) -> Any:
        """Remove and return an element."""
        return self._at(index, lambda: self._call("pop", index))

    def remove(self, value: Any) -> None:
        """Remove the first element that equals a value. Raises `AbsentValue`."""
        try:
            self._call("remove", value)
        except RuleError as error:
            if value not in self:
                raise as_error(AbsentValue, error) from None
            raise

    def index(self, value: Any, start: int = 0, stop: int = sys.maxsize) -> int:
        """The first index at which a value is. Raises `AbsentValue`."""
        try:
            return int(self._call("index", value, _bound(start), _bound(stop)))
        except RuleError as error:
            if value not in self[start:stop]:
                raise as_error(AbsentValue, error) from None
            raise

    def clear(self) -> None:
        """Remove all elements."""
        self._call("clear")

    def reverse(self) -> None:
        """Turn the order of the elements round."""
        self[:] = self[::-1]


class _Items(AbstractItems[Any, Any]):
    """The entries of a dict, read many at a time."""

    _mapping: DictHandle[Any]

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return self._mapping._heap.iterate_entries(self._mapping)


class _Values(AbstractValues[Any]):
    """The values of a dict, read many at a time."""

    _mapping: DictHandle[Any]

    def __iter__(self) -> Iterator[Any]:
        return (value for _, value in self._mapping._heap.iterate_entries(self._mapping))


class DictHandle(Handle[Brand], MutableMapping[Any, Any]):
    """A dict."""

    __slots__ = ()

    def __len__(self) -> int:
        return int(self._ask(Operation.LENGTH))

    def __getitem__(self, key: Operand[Brand]) -> Any:
        value = self._ask(Operation.LOOK_UP, key)
        if value is not ABSENT:
            return value
        return self._keyed(key, lambda: self._ask(Operation.INDEX, key))

    def __setitem__(self, key: Operand[Brand], value: Operand[Brand]) -> None:
        self._ask(Operation.SET_INDEX, key, value)

    def __delitem__(self, key: Operand[Brand]) -> None:
        self._keyed(key, lambda: self._call("pop", key))

    def __contains__(self, key: object) -> bool:
        return bool(self._ask(Operation.CONTAINS, key))

    def __iter__(self) -> Iterator[Any]:
        return self._heap.iterate(self)

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(list(self))

    def items(self) -> AbstractItems[Any, Any]:
        """The keys with their values."""
        return _Items(self)

    def values(self) -> AbstractValues[Any]:
        """The values."""
        return _Values(self)

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of a key, or another one if it is not there."""
        value = self._ask(Operation.LOOK_UP, key)
        return default if value is ABSENT else value

    def pop(self, key: Any, *default: Any) -> Any:
        """Remove a key and give its value; without it the default, or `AbsentKey`."""
        if len(default) == 1:
            # The default stays in Python: it need not have a counterpart in the rule language.
            return self._call("pop", key) if key in self else default[0]
        return self._keyed(key, lambda: self._call("pop", key, *default))

    def popitem(self) -> tuple[Any, Any]:
        """Remove the first entry. Raises `AbsentKey` if there is none."""
        try:
            key, value = self._call("popitem")
        except RuleError as error:
            if len(self) == 0:
                raise as_error(AbsentKey, error) from None
            raise
        return key, value

    def setdefault(self, key: Operand[Brand], default: Any = None) -> Any:
        """The value of a key, which is the default from now on if it is not there."""
        return self._call("setdefault", key, default)

    def update(self, other: Any = (), /, **named: Any) -> None:
        """Add the entries of another mapping, or of pairs."""
        entries = other if isinstance(other, DictHandle) else dict(other)
        self._heap.ask(Operation.CALL_METHOD, self, "update", (entries,), named)

    def clear(self) -> None:
        """Remove all entries."""
        self._call("clear")

    def _keyed(self, key: Any, operation: Callable[[], Any]) -> Any:
        """What an operation on a key gives; a key that is not there is an `AbsentKey`."""
        try:
            return operation()
        except RuleError as error:
            if key not in self:
                raise as_error(AbsentKey, error) from None
            raise


class SetHandle(Handle[Brand], MutableSet[Any]):
    """A set. Operators such as `|` give Python sets."""

    __slots__ = ()

    @classmethod
    def _from_iterable(cls, elements: Iterable[Any]) -> set[Any]:
        return set(elements)

    def __len__(self) -> int:
        return int(self._ask(Operation.LENGTH))

    def __contains__(self, element: object) -> bool:
        return bool(self._ask(Operation.CONTAINS, element))

    def __iter__(self) -> Iterator[Any]:
        return self._heap.iterate(self)

    def add(self, element: Operand[Brand]) -> None:
        """Add an element."""
        self._call("add", element)

    def discard(self, element: Operand[Brand]) -> None:
        """Remove an element if it is there."""
        self._call("discard", element)

    def remove(self, element: Operand[Brand]) -> None:
        """Remove an element. Raises `AbsentKey`."""
        self._removed(lambda: element in self, "remove", element)

    def pop(self) -> Any:
        """Remove and return the first element. Raises `AbsentKey` if there is none."""
        return self._removed(lambda: len(self) != 0, "pop")

    def clear(self) -> None:
        """Remove all elements."""
        self._call("clear")

    def update(self, *others: Iterable[Any]) -> None:
        """Add the elements of others."""
        self._call("update", *(other if isinstance(other, Handle) else list(other) for other in others))

    def _removed(self, is_there: Callable[[], bool], method: str, *arguments: Any) -> Any:
        try:
            return self._call(method, *arguments)
        except RuleError as error:
            if not is_there():
                raise as_error(AbsentKey, error) from None
            raise


HANDLES: dict[Form, type[Handle[Any]]] = {
    Form.LIST: ListHandle,
    Form.DICT: DictHandle,
    Form.TUPLE: TupleHandle,
    Form.SET: SetHandle,
    Form.STRUCT: StructHandle,
    Form.RANGE: RangeHandle,
    Form.FUNCTION: FunctionHandle,
    Form.OTHER: ObjectHandle,
}
"""The class of the handles of each form."""
