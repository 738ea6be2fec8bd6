"""The vocabulary of Guest Python: the names that guest modules import so that ordinary tools understand them.

Editors, ruff and mypy read these definitions; the guest compiler never executes them and gives each name the
meaning that `guest/README.md` describes. Nothing here runs inside the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NewType, NoReturn, Self, TypeVar, dataclass_transform

T = TypeVar("T")
C = TypeVar("C")
F = TypeVar("F", bound=Callable[..., Any])

# Integers of a fixed Wasm width. For mypy they are `int`; only the guest compiler checks widths.
i32 = int
u32 = int
i64 = int
u64 = int
f64 = float
# Storage types: legal in fields, arrays and tables; a load widens them to u32.
u8 = int
u16 = int

# A literal text in the guest's static data: an untraced offset.
Text = str


class Value:
    """A NaN-boxed value of the rule language, 64 bits. `Value(pointer)` boxes a heap pointer."""

    def __init__(self, pointer: Object) -> None: ...


@dataclass_transform(kw_only_default=False)
class _HeapClass(type):
    """Gives every heap class a constructor that takes all its fields, in order or by name."""


class Object(metaclass=_HeapClass):
    """The base of every heap class; as a type, a pointer to any heap object."""

    @classmethod
    def allocate(cls, length: int, /, **fields: Any) -> Self:
        """Allocate an instance whose trailing `Inline` storage has `length` elements, all zero."""
        raise NotImplementedError


class Array(Object, Generic[T]):
    """A pointer to a heap object that holds `length` elements and nothing else; new ones are zeroed."""

    def __init__(self, length: int) -> None: ...
    def __len__(self) -> int:
        raise NotImplementedError

    def __getitem__(self, index: int) -> T:
        raise NotImplementedError

    def __setitem__(self, index: int, value: T) -> None: ...


class Inline(Generic[T]):
    """Trailing storage of a heap class: its last field. The object's header holds the number of elements."""

    def __len__(self) -> int:
        raise NotImplementedError

    def __getitem__(self, index: int) -> T:
        raise NotImplementedError

    def __setitem__(self, index: int, value: T) -> None: ...


class Table(Generic[T]):
    """A constant table in the guest's static data, computed at build time."""

    def __len__(self) -> int:
        raise NotImplementedError

    def __getitem__(self, index: int) -> T:
        raise NotImplementedError


def table(items: Any) -> Any:
    """Mark a build-time sequence of integers as the contents of a `Table`."""
    return items


Span = NewType("Span", int)
"""The address of some bytes of an object that may move; `guest/heap/spans.py` reads it."""


class Failure(Exception):
    """The one exception of the guest; what failed is in the error record (`guest/meter/errors.py`)."""


UNDEFINED = Value.__new__(Value)
"""The all-zero Value: an unassigned local, an omitted argument. Never visible to rules."""

DEBUG: bool = False
"""True in the debug guest; `if DEBUG:` costs nothing in the ordinary one."""


# Decorators.
def inline(function: F) -> F:
    """Always expand calls of this function in place."""
    return function


def noinline(function: F) -> F:
    """Never expand calls of this function in place."""
    return function


def export(function: F) -> F:
    """Make this function callable by the host under its own name."""
    return function


def kernel(function: F) -> F:
    """This function's body is WebAssembly text in `wat/`, linked by name."""
    return function


def registered(table_name: str, text: str = "", **options: Any) -> Callable[[F], F]:
    """Add this function to a build-time table (see `table_size`, `table_text`, `table_call`)."""
    return lambda function: function


def opcode(number: int, sets: str | tuple[str, ...] = ()) -> Callable[[F], F]:
    """Splice this function into the interpreter loop as the handler of an opcode."""
    return lambda function: function


# Intrinsics on heap objects.
def cast(cls: type[C], value: Value | Object | None) -> C:
    """View a Value or Object as a pointer to `cls`; traps if it is not one (checked unless proven)."""
    raise NotImplementedError


def need(pointer: C | None) -> C:
    """Assert that a nullable pointer is not None; traps otherwise."""
    raise NotImplementedError


def class_id(cls: type[Any]) -> int:
    """The build-time number of a heap class, as its objects' headers hold it."""
    raise NotImplementedError


def copy_items(target: Any, at: int, source: Any, start: int, count: int) -> None:
    """Copy `count` elements between `Array`s or `Inline`s of one element type: checked, barriered, overlap-safe."""


def span(items: Any) -> Span:
    """The bytes of an `Array[u8]` or `Inline[u8]`, unchecked: the compiler refuses to keep it across a collection."""
    raise NotImplementedError


# Intrinsics on build-time tables made by `registered`.
def table_size(name: str) -> int:
    """The number of functions registered under `name`."""
    raise NotImplementedError


def table_text(name: str, index: int) -> str:
    """The text that function number `index` was registered with."""
    raise NotImplementedError


def table_call(name: str, index: int, *arguments: Any) -> Any:
    """Call function number `index` of the table through one jump table; traps if there is none."""
    raise NotImplementedError


# Intrinsics on the interpreter loop.
def dispatch(number: int) -> None:
    """Splice every `opcode` handler here, selected by one jump table."""


def leave(status: int) -> NoReturn:
    """In an `opcode` handler: return `status` from the interpreter loop."""
    raise NotImplementedError


# Intrinsics on numbers.
def text_length(text: str) -> int:
    """The number of bytes in a static text."""
    raise NotImplementedError


def text_byte(text: str, index: int) -> int:
    """A byte of a static text; traps outside it."""
    raise NotImplementedError


def div_s(a: int, b: int) -> int:
    """Signed division that truncates toward zero; traps on zero and on overflow."""
    raise NotImplementedError


def rem_s(a: int, b: int) -> int:
    """Remainder of `div_s`."""
    raise NotImplementedError


def clz(x: int) -> int:
    """Leading zero bits, in the operand's width."""
    raise NotImplementedError


def ctz(x: int) -> int:
    """Trailing zero bits, in the operand's width."""
    raise NotImplementedError


def popcount(x: int) -> int:
    """One bits."""
    raise NotImplementedError


def rotate_left(x: int, n: int) -> int:
    """Rotate, in the operand's width."""
    raise NotImplementedError


def float_bits(x: float) -> int:
    """The IEEE bits of a double, as u64."""
    raise NotImplementedError


def bits_float(x: int) -> float:
    """The double with these IEEE bits (u64)."""
    raise NotImplementedError


def floor(x: float) -> float:
    """Round down."""
    raise NotImplementedError


def ceil(x: float) -> float:
    """Round up."""
    raise NotImplementedError


def truncate(x: float) -> float:
    """Round toward zero."""
    raise NotImplementedError


def nearest(x: float) -> float:
    """Round to nearest, ties to even."""
    raise NotImplementedError


def square_root(x: float) -> float:
    """Square root, correctly rounded."""
    raise NotImplementedError


def unreachable() -> NoReturn:
    """Trap: the guest is broken, the isolate is lost."""
    raise NotImplementedError
