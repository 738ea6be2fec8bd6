"""What has been found of functions already: by the shapes of their arguments, so that a call graph that branches is walked once.

`functions.py` asks here before it walks through a function.
"""

from __future__ import annotations

from guest.compiler.language import UNDEFINED, Array, Object, Value, cast, need, noinline, u32, u64
from guest.machine.bounds import amounts
from guest.machine.bounds.shapes import WORK, Shape, same
from guest.machine.bounds.walks import BUCKETS, begin_constants, end_constants
from guest.meter.fuel import charge
from guest.values.function import Function


class Found(Object):
    """What a function costs and gives for some arguments, for the next call with the same ones."""

    function: Function
    arguments: Array[Value]
    element_weight: u64
    cost: u64
    error: u64  # of the dearest error
    result: Shape
    may_hold: bool
    may_fail: bool
    next: Found | None


# What has been found, by the place of the function.
table: Array[Value] | None = None


def begin_bounds() -> None:
    """Forget what was found for events of another size."""
    global table
    made = Array[Value](BUCKETS)
    for i in range(BUCKETS):
        made[i] = UNDEFINED
    table = made
    begin_constants()


def end_bounds() -> None:
    """All has been told."""
    global table
    table = None
    end_constants()


def bucket_of(function: Function) -> u32:
    """Where a function is remembered."""
    return (function.code.position ^ u32(len(function.code.words))) % BUCKETS


@noinline
def remembered(function: Function, arguments: Array[Value]) -> Found | None:
    """What has been found before, if the arguments are the same."""
    head = need(table)[bucket_of(function)]
    found: Found | None = None if head == UNDEFINED else cast(Found, head)
    while found is not None:
        charge(WORK)
        if (
            found.function is function
            and found.element_weight == amounts.element_weight
            and same_arguments(found.arguments, arguments)
        ):
            return found
        found = found.next
    return None


def same_arguments(a: Array[Value], b: Array[Value]) -> bool:
    """Whether all arguments have the same shapes."""
    for i in range(len(a)):
        if not same(cast(Shape, a[i]), cast(Shape, b[i])):
            return False
    return True


def remember(found: Found) -> None:
    """Keep what has been found."""
    at = bucket_of(found.function)
    head = need(table)[at]
    found.next = None if head == UNDEFINED else cast(Found, head)
    need(table)[at] = Value(found)
