"""`Range`: the integers of an arithmetic progression, never written out.

Relies on the integers. `for` loops, `len`, `in`, indexing and slicing treat it as a sequence.
"""

from guest.compiler.language import Object, Value, i64, inline, u64
from guest.values.failure import stop_saying
from guest.values.integer import make_int


class Range(Object):
    """`start + i * step` for i below `count`; every element fits 64 bits and step is not 0."""

    start: i64
    step: i64
    count: u64
    stop: i64  # as written: `repr` shows it


def range_new(start: i64, stop: i64, step: i64) -> Range:
    """`range(start, stop, step)`."""
    if step == 0:
        stop_saying("range: step argument must not be zero")
    # The distance of two 64-bit integers fits an unsigned one, and so does a step's size.
    count: u64 = 0
    if step > 0 and start < stop:
        count = (u64(stop) - u64(start) - 1) // u64(step) + 1
    elif step < 0 and start > stop:
        count = (u64(start) - u64(stop) - 1) // (0 - u64(step)) + 1
    return Range(start=start, step=step, count=count, stop=stop)


@inline
def range_item(range: Range, index: u64) -> Value:
    """The element at an index below the count."""
    return make_int(range.start + i64(index) * range.step)


def range_contains(range: Range, n: i64) -> bool:
    """Whether an integer is an element."""
    count = range.count
    if count == 0:
        return False
    # Distances are taken unsigned in the direction of the step, where none can overflow.
    if range.step > 0:
        return n >= range.start and (u64(n) - u64(range.start)) % u64(range.step) == 0 and within(range, n)
    return n <= range.start and (u64(range.start) - u64(n)) % (0 - u64(range.step)) == 0 and within(range, n)


def within(range: Range, n: i64) -> bool:
    """Whether `n`, on the progression's grid and past its start, is not past its end."""
    last = range.start + i64(range.count - 1) * range.step
    return n <= last if range.step > 0 else n >= last


def range_equal(a: Range, b: Range) -> bool:
    """Whether two ranges have the same elements."""
    if a.count != b.count:
        return False
    if a.count == 0:
        return True
    return a.start == b.start and (a.count == 1 or a.step == b.step)
