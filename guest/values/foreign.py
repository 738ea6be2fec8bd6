"""Values whose classes the library declares (addresses, networks): how the operations of this folder reach theirs.

The library registers one function in each of the build-time tables named here, and tells its own classes apart in it.
The first function of a table is the one that is called: a table is in the order of the modules' names, so that is the
library's, and the default registered at the end of this file is left for guests that are built without the library.
"""

from guest.compiler.language import (
    UNDEFINED,
    Object,
    Text,
    Value,
    class_id,
    i32,
    i64,
    registered,
    table_call,
    u32,
)
from guest.heap.value import class_of
from guest.values.builder import Builder, add_text
from guest.values.byte_string import ByteString
from guest.values.dict import Dict
from guest.values.elements import Elements
from guest.values.failure import stop_saying
from guest.values.function import Builtin, Function
from guest.values.integer import BigInt, LongInt
from guest.values.list import List
from guest.values.range import Range
from guest.values.set import Set
from guest.values.struct import Struct
from guest.values.text import Str
from guest.values.tuple import Tuple

NO_ORDER: i32 = 0x7FFFFFFF  # instead of an order


def is_foreign(o: Object) -> bool:
    """Whether an object that a rule can hold is none of this folder's values."""
    kind = class_of(o)
    return (
        kind != class_id(Str)
        and kind != class_id(List)
        and kind != class_id(Dict)
        and kind != class_id(Tuple)
        and kind != class_id(Function)
        and kind != class_id(Builtin)
        and kind != class_id(Range)
        and kind != class_id(LongInt)
        and kind != class_id(BigInt)
        and kind != class_id(Struct)
        and kind != class_id(Set)
        and kind != class_id(ByteString)
        and kind != class_id(Elements)
    )


def foreign_type(o: Object) -> Text:
    """The name of its type."""
    return table_call("foreign_type", 0, o)


def foreign_hash(o: Object) -> u32:
    """Its hash; 0 if its type is unhashable."""
    return table_call("foreign_hash", 0, o)


def foreign_equal(a: Object, b: Object) -> bool:
    """Whether two objects of one class are equal."""
    return table_call("foreign_equal", 0, a, b)


def foreign_repr(b: Builder, o: Object) -> None:
    """Append its `repr`."""
    table_call("foreign_repr", 0, b, o)


def foreign_str(b: Builder, o: Object) -> None:
    """Append its `str`."""
    table_call("foreign_str", 0, b, o)


def foreign_order(a: Object, b: Object) -> i32:
    """How two objects of one class compare: negative, zero or positive; NO_ORDER if the class has no order."""
    return table_call("foreign_order", 0, a, b)


def foreign_truth(o: Object) -> bool:
    """Whether it counts as true."""
    return table_call("foreign_truth", 0, o)


def foreign_operation(a: Value, operator: Text, b: Value) -> Value:
    """`a operator b`, one of them an object of the library; UNDEFINED if there is no such operation."""
    return table_call("foreign_operation", 0, a, operator, b)


def foreign_contains(container: Object, item: Value) -> bool:
    """`item in container`; an error if its type has no elements."""
    return table_call("foreign_contains", 0, container, item)


def foreign_length(o: Object) -> i64:
    """How many elements it has; -1 if its type has no length."""
    return table_call("foreign_length", 0, o)


def foreign_index(container: Object, key: Value) -> Value:
    """`container[key]`, of a type that has a length; UNDEFINED if the key is missing."""
    return table_call("foreign_index", 0, container, key)


@registered("foreign_type")
def no_type(o: Object) -> Text:
    """Without the library, what is not native is an object of the machinery."""
    return "internal"


@registered("foreign_hash")
def no_hash(o: Object) -> u32:
    """Unhashable."""
    return 0


@registered("foreign_equal")
def no_equality(a: Object, b: Object) -> bool:
    """Identity, which the caller has tested."""
    return False


@registered("foreign_repr")
def no_repr(b: Builder, o: Object) -> None:
    """A placeholder."""
    add_text(b, "<internal>")


@registered("foreign_str")
def no_str(b: Builder, o: Object) -> None:
    """A placeholder."""
    add_text(b, "<internal>")


@registered("foreign_contains")
def no_elements(container: Object, item: Value) -> bool:
    """An error: nothing is in such an object."""
    stop_saying("the right operand of `in` has no elements")


@registered("foreign_length")
def no_length(o: Object) -> i64:
    """None."""
    return -1


@registered("foreign_index")
def no_keys(container: Object, key: Value) -> Value:
    """None."""
    return UNDEFINED


@registered("foreign_order")
def no_order(a: Object, b: Object) -> i32:
    """None."""
    return NO_ORDER


@registered("foreign_truth")
def always_true(o: Object) -> bool:
    """True."""
    return True


@registered("foreign_operation")
def no_operation(a: Value, operator: Text, b: Value) -> Value:
    """None."""
    return UNDEFINED
