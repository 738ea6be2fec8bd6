"""The types of Guest Python and how each is represented in WebAssembly.

Lowering compares these by value; layout asks them for sizes. A pointer type is an i32 offset and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Wasm = Literal["i32", "i64", "f64"]


@dataclass(frozen=True)
class Type:
    """A type of Guest Python. `name` is what messages print."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Scalar(Type):
    """A number, a bool, a Text or an opaque scalar: never traced."""

    wasm: Wasm = "i32"
    bits: int = 32
    signed: bool = False


@dataclass(frozen=True)
class Opaque(Scalar):
    """A `NewType` over u32: a raw address under a name of its own. `transient` ones may not outlive a collection."""

    transient: bool = False


@dataclass(frozen=True)
class ValueType(Type):
    """A NaN-boxed value of the rule language: traced, 64 bits."""


@dataclass(frozen=True)
class Pointer(Type):
    """A traced pointer to a heap object. `target` is the class's qualified name ("Object" for any); arrays have `element`."""

    target: str = ""
    nullable: bool = False
    element: Type | None = None

    def __str__(self) -> str:
        return self.name + (" | None" if self.nullable else "")


@dataclass(frozen=True)
class InlineType(Type):
    """Trailing storage of a heap class; exists only as the type of a field."""

    element: Type | None = None


@dataclass(frozen=True)
class TableType(Type):
    """A constant table in static data."""

    element: Type | None = None


@dataclass(frozen=True)
class TupleType(Type):
    """Several results of a function."""

    items: tuple[Type, ...] = ()


BOOL = Scalar("bool", "i32", 1)
I32 = Scalar("i32", "i32", 32, True)
U32 = Scalar("u32", "i32", 32)
I64 = Scalar("i64", "i64", 64, True)
U64 = Scalar("u64", "i64", 64)
F64 = Scalar("f64", "f64", 64, True)
U8 = Scalar("u8", "i32", 8)
U16 = Scalar("u16", "i32", 16)
TEXT = Scalar("Text", "i32", 32)
LITERAL = Scalar("integer literal", "i32", 0)
VALUE = ValueType("Value")
OBJECT = Pointer("Object", "Object")
NULL = Type("None")
VOID = Type("no result")
NEVER = Type("NoReturn")
SPAN = Opaque("Span", "i32", 32, False, True)

SCALARS: dict[str, Type] = {
    t.name: t for t in (BOOL, I32, U32, I64, U64, F64, U8, U16, TEXT, VALUE, SPAN, OBJECT)
}
INTEGERS = (I32, U32, I64, U64)


def wasm_type(t: Type) -> Wasm:
    """The WebAssembly type that holds a `t` in a local."""
    if isinstance(t, Scalar):
        return t.wasm
    return "i64" if isinstance(t, ValueType) else "i32"


def size_of(t: Type) -> int:
    """Bytes that a `t` takes in a field, an element or the control block."""
    if t in (U8, BOOL):
        return 1
    if t == U16:
        return 2
    if isinstance(t, ValueType):
        return 8
    if isinstance(t, Scalar):
        return 8 if t.bits == 64 else 4
    return 4


def widened(t: Type) -> Type:
    """The type of a loaded `t`: storage types become u32."""
    return U32 if t in (U8, U16) else t


def is_traced(t: Type) -> bool:
    """Whether the collector must know every `t`."""
    return isinstance(t, (ValueType, Pointer))


def non_null(t: Type) -> Type:
    """`T` for `T | None`."""
    if isinstance(t, Pointer) and t.nullable:
        return Pointer(t.name, t.target, False, t.element)
    return t


def nullable(t: Pointer) -> Pointer:
    """`T | None` for `T`."""
    return Pointer(t.name, t.target, True, t.element)


def accepts(want: Type, have: Type) -> bool:
    """Whether a `have` may be used where a `want` is declared, without conversion."""
    if want == have or have == NEVER:
        return True
    if isinstance(want, Pointer):
        if have == NULL:
            return want.nullable
        if isinstance(have, Pointer):
            return (want.nullable or not have.nullable) and want.target in (
                have.target,
                "Object",
            )
    return False


def array_of(element: Type) -> Pointer:
    """The type of pointers to arrays of `element`."""
    name = f"Array[{element}]"
    return Pointer(name, name, False, element)
