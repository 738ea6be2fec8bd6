"""Stable merge sort without recursion: the order of some keys, as a permutation of their positions.

Relies on `order_words.py`, whose numbers answer most comparisons, and on `values/compare.py` for the others. The sort
moves words and positions (plain numbers) and leaves the values where they are, so it stores no references. It pays one
comparison for each element of each merge before it merges, in steps, so fuel and deadline bind inside it.

    positions   0 1 2 3 | 4 5 6 7 | ...      sorted runs of RUN elements (by insertion), then merged in pairs
"""

from guest.compiler.language import (
    Array,
    Object,
    Value,
    cast,
    copy_items,
    inline,
    noinline,
    u32,
    u64,
)
from guest.heap.value import class_of, is_pointer, pointer_of
from guest.library.order_words import WORD_BYTES, order_words
from guest.library.pricing import STEP
from guest.meter.costs import COMPARISON
from guest.meter.fuel import charge
from guest.values.charges import charge_product
from guest.values.compare import order
from guest.values.text import Str, str_compare

RUN = 8  # elements that insertion sorts faster than merging would
POSITION_BYTES = 4
INSERTION_COMPARISONS = 3  # average comparisons of an element inside its run


class Sorting(Object):
    """The keys of one sort and how they are compared."""

    keys: Array[Value]
    exact: bool  # whether keys with equal words are equal
    reverse: bool


class Sequence(Object):
    """Some positions in the order reached so far, each with the word of its key."""

    words: Array[u64]
    positions: Array[u32]


def sorted_positions(keys: Array[Value], reverse: bool) -> Array[u32]:
    """The positions of the keys in ascending order (descending if `reverse`); equal keys keep their order."""
    n = len(keys)
    if n == 0:
        return Array[u32](0)
    words, exact = order_words(keys, reverse)
    if not exact:
        check_neighbours(keys, reverse)
    charge_product(u64(n), 2 * POSITION_BYTES + WORD_BYTES)
    sorting = Sorting(keys=keys, exact=exact, reverse=reverse)
    source = Sequence(words=words, positions=Array[u32](n))
    target = Sequence(words=Array[u64](n), positions=Array[u32](n))
    sort_runs(sorting, source)
    width: u32 = RUN
    while width < n:
        merge_runs(sorting, source, target, width)
        merged = target
        target = source
        source = merged
        width *= 2
    return source.positions


def check_neighbours(keys: Array[Value], reverse: bool) -> None:
    """Refuse keys of types that have no order among each other: the error names the last such neighbours."""
    at = len(keys) - 1
    while at != 0:
        key = keys[at]
        at -= 1
        left = keys[at]
        if not of_one_class(key, left):
            order(left if reverse else key, key if reverse else left, "<")


def of_one_class(a: Value, b: Value) -> bool:
    """Whether both values are objects of the same class; the order of any others is found at once."""
    return is_pointer(a) and is_pointer(b) and class_of(pointer_of(a)) == class_of(pointer_of(b))


def sort_runs(sorting: Sorting, sequence: Sequence) -> None:
    """Fill in the positions, each run of RUN elements sorted."""
    words = sequence.words
    positions = sequence.positions
    n = len(positions)
    for i in range(n):
        run_start = i - i % RUN
        if i == run_start:
            charge(min(n - i, RUN) * COMPARISON * INSERTION_COMPARISONS)
        word = words[i]
        at = i
        while at > run_start and precedes(sorting, word, i, words[at - 1], positions[at - 1]):
            words[at] = words[at - 1]
            positions[at] = positions[at - 1]
            at -= 1
        words[at] = word
        positions[at] = i


def merge_runs(sorting: Sorting, source: Sequence, target: Sequence, width: u32) -> None:
    """Merge neighbouring sorted runs of `width` elements from `source` into `target`."""
    words = source.words
    positions = source.positions
    n = len(positions)
    start: u32 = 0
    while start < n:
        # Counted from what is left, so that no sum exceeds 32 bits.
        middle = start + min(width, n - start)
        end = middle + min(width, n - middle)
        if middle == end or not precedes(
            sorting, words[middle], positions[middle], words[middle - 1], positions[middle - 1]
        ):
            charge((end - start) // STEP + COMPARISON)
            copy_items(target.words, start, words, start, end - start)
            copy_items(target.positions, start, positions, start, end - start)
        else:
            merge(sorting, source, target, start, middle, end)
        start = end


def merge(sorting: Sorting, source: Sequence, target: Sequence, start: u32, middle: u32, end: u32) -> None:
    """Merge the sorted runs `start..middle` and `middle..end`; of equal elements the left one comes first."""
    words = source.words
    positions = source.positions
    merged_words = target.words
    merged_positions = target.positions
    left = start
    right = middle
    for at in range(start, end):
        if (at - start) % STEP == 0:
            charge(min(end - at, STEP) * COMPARISON)
        take_left = right >= end
        if left < middle and not take_left:
            take_left = not precedes(sorting, words[right], positions[right], words[left], positions[left])
        taken = left if take_left else right
        merged_words[at] = words[taken]
        merged_positions[at] = positions[taken]
        left += u32(take_left)
        right += u32(not take_left)


@inline
def precedes(sorting: Sorting, word: u64, position: u32, left_word: u64, left_position: u32) -> bool:
    """Whether an element must come before another one, which stands to its left."""
    if word != left_word:
        return word < left_word
    return not sorting.exact and key_precedes(sorting, position, left_position)


@noinline
def key_precedes(sorting: Sorting, position: u32, left_position: u32) -> bool:
    """`precedes` for elements with equal words: by their keys."""
    a = sorting.keys[position]
    b = sorting.keys[left_position]
    if isinstance(a, Str) and isinstance(b, Str):
        result = str_compare(cast(Str, a), cast(Str, b))
        return result > 0 if sorting.reverse else result < 0
    return order(b, a, "<") < 0 if sorting.reverse else order(a, b, "<") < 0


def in_order(items: Array[Value], positions: Array[u32]) -> Array[Value]:
    """A fresh array of the items at these positions."""
    n = len(positions)
    charge_product(u64(n), POSITION_BYTES * 2)
    result = Array[Value](n)
    for i in range(n):
        result[i] = items[positions[i]]
    return result
