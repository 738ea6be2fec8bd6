"""Stable merge sort without recursion: the order of some keys, as a permutation of their positions.

Relies on `values/compare.py` for the order of two keys. The sort moves positions (plain numbers) and leaves the values
where they are, so it stores no references and needs two small arrays. It pays one comparison for each element of each merge
before it merges, in steps, so fuel and deadline bind inside it.

    positions   0 1 2 3 | 4 5 6 7 | ...      sorted runs of RUN elements (by insertion), then merged in pairs
"""

from guest.compiler.language import Array, Value, cast, copy_items, inline, noinline, u32, u64
from guest.heap.value import is_small, small
from guest.library.pricing import STEP
from guest.meter.costs import COMPARISON
from guest.meter.fuel import charge
from guest.values.charges import charge_product
from guest.values.compare import order
from guest.values.text import Str, str_compare

RUN = 8  # elements that insertion sorts faster than merging would
POSITION_BYTES = 4
INSERTION_COMPARISONS = 3  # average comparisons of an element inside its run


def sorted_positions(keys: Array[Value], reverse: bool) -> Array[u32]:
    """The positions of the keys in ascending order (descending if `reverse`); equal keys keep their order."""
    n = len(keys)
    charge_product(u64(n), 2 * POSITION_BYTES)
    positions = Array[u32](n)
    merged = Array[u32](n)
    sort_runs(keys, positions, reverse)
    width: u32 = RUN
    while width < n:
        merge_runs(keys, positions, merged, width, reverse)
        swapped = positions
        positions = merged
        merged = swapped
        width *= 2
    return positions


def sort_runs(keys: Array[Value], positions: Array[u32], reverse: bool) -> None:
    """Fill in the positions, each run of RUN elements sorted."""
    n = len(keys)
    for i in range(n):
        run_start = i - i % RUN
        if i == run_start:
            charge(min(n - i, RUN) * COMPARISON * INSERTION_COMPARISONS)
        at = i
        while at > run_start and precedes(keys[i], keys[positions[at - 1]], reverse):
            positions[at] = positions[at - 1]
            at -= 1
        positions[at] = i


def merge_runs(keys: Array[Value], source: Array[u32], target: Array[u32], width: u32, reverse: bool) -> None:
    """Merge neighbouring sorted runs of `width` elements from `source` into `target`."""
    n = len(source)
    start: u32 = 0
    while start < n:
        # Counted from what is left, so that no sum exceeds 32 bits.
        middle = start + min(width, n - start)
        end = middle + min(width, n - middle)
        if middle == end or not precedes(keys[source[middle]], keys[source[middle - 1]], reverse):
            charge((end - start) // STEP + COMPARISON)
            copy_items(target, start, source, start, end - start)
        else:
            merge(keys, source, target, start, middle, end, reverse)
        start = end


def merge(
    keys: Array[Value],
    source: Array[u32],
    target: Array[u32],
    start: u32,
    middle: u32,
    end: u32,
    reverse: bool,
) -> None:
    """Merge the sorted runs `start..middle` and `middle..end`; of equal elements the left one comes first."""
    left = start
    right = middle
    for at in range(start, end):
        if (at - start) % STEP == 0:
            charge(min(end - at, STEP) * COMPARISON)
        if left < middle and (right >= end or not precedes(keys[source[right]], keys[source[left]], reverse)):
            target[at] = source[left]
            left += 1
        else:
            target[at] = source[right]
            right += 1


@inline
def precedes(a: Value, b: Value, reverse: bool) -> bool:
    """Whether `a` must come before `b`, which stands to its left."""
    if is_small(a) and is_small(b):
        return small(a) > small(b) if reverse else small(a) < small(b)
    return precedes_slowly(a, b, reverse)


@noinline
def precedes_slowly(a: Value, b: Value, reverse: bool) -> bool:
    """`precedes` for keys that are not both small integers."""
    if isinstance(a, Str) and isinstance(b, Str):
        result = str_compare(cast(Str, a), cast(Str, b))
        return result > 0 if reverse else result < 0
    return order(b, a, "<") < 0 if reverse else order(a, b, "<") < 0


def in_order(items: Array[Value], positions: Array[u32]) -> Array[Value]:
    """A fresh array of the items at these positions."""
    n = len(positions)
    charge_product(u64(n), POSITION_BYTES * 2)
    result = Array[Value](n)
    for i in range(n):
        result[i] = items[positions[i]]
    return result
