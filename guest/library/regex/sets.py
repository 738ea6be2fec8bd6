"""Sets of code points in the making: the ranges of a character class, in any order until they are put in order.

Relies on the instructions for where a finished class goes, and on the tables for which code points differ in case only.
`classes.py` and `parser.py` make their classes here.
"""

from guest.compiler.language import Array, Object, copy_items, inline, u32, u64
from guest.library.regex.instructions import ASCII_WORDS, CLASS_HEAD, Action, Draft, append_range_words, emit
from guest.library.regex.unicode_classes import FOLD_ROWS
from guest.meter.costs import REGEX_RANGES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.charges import charge_product

LAST_CODE_POINT = 0x10FFFF
FIRST_SHIFT = 32
FIRST_CAPACITY = 8
ROW_SIZE = 4  # a row of FOLD_ROWS: first, last, step, offset
RANGE_BYTES = 8
PAIRS = 2  # the step of a row of pairs
LONGEST_ORBIT = 4  # code points that differ only in case
SORTED_BY_INSERTION = 16


class CodePoints(Object):
    """`count` ranges, `first << 32 | last` each; up to `ordered` of them are ascending and apart."""

    count: u32
    ordered: u32
    ranges: Array[u64]


def code_points_new() -> CodePoints:
    """The empty set."""
    return CodePoints(count=0, ordered=0, ranges=Array[u64](FIRST_CAPACITY))


@inline
def first_of(item: u64) -> u32:
    """The first code point of a range."""
    return u32(item >> FIRST_SHIFT)


@inline
def last_of(item: u64) -> u32:
    """The last code point of a range."""
    return u32(item)


def add_range(set: CodePoints, first: u32, last: u32) -> None:
    """Add the code points from `first` to `last`, if there are any."""
    if first > last:
        return
    if set.count == len(set.ranges):
        tidy(set)
    if 2 * set.count > len(set.ranges):
        charge_product(u64(len(set.ranges)), 2 * RANGE_BYTES)
        ranges = Array[u64](2 * len(set.ranges))
        copy_items(ranges, 0, set.ranges, 0, set.count)
        set.ranges = ranges
    set.ranges[set.count] = u64(first) << FIRST_SHIFT | u64(last)
    set.count += 1


def add_set(set: CodePoints, other: CodePoints) -> None:
    """Add the code points of another set."""
    charge(other.count // REGEX_RANGES_PER_UNIT)
    for i in range(other.count):
        add_range(set, first_of(other.ranges[i]), last_of(other.ranges[i]))


def tidy(set: CodePoints) -> None:
    """Put the ranges in order and join those that touch."""
    if set.ordered == set.count:
        return
    sort_ranges(set.ranges, set.count)
    ranges = set.ranges
    kept: u32 = 0
    for i in range(1, set.count):
        item = ranges[i]
        if first_of(item) <= last_of(ranges[kept]) + 1:
            if last_of(item) > last_of(ranges[kept]):
                ranges[kept] = (ranges[kept] >> FIRST_SHIFT) << FIRST_SHIFT | u64(last_of(item))
        else:
            kept += 1
            ranges[kept] = item
    set.count = kept + 1
    set.ordered = set.count


def sort_ranges(ranges: Array[u64], count: u32) -> None:
    """Sort ascending: a few by insertion, many by heap sort, which needs no memory."""
    bits: u32 = 0
    while count >> bits != 0:
        bits += 1
    charge(count * bits // REGEX_RANGES_PER_UNIT)
    if count <= SORTED_BY_INSERTION:
        for i in range(1, count):
            item = ranges[i]
            at = i
            while at != 0 and ranges[at - 1] > item:
                ranges[at] = ranges[at - 1]
                at -= 1
            ranges[at] = item
        return
    for i in range(count // 2):
        sift_down(ranges, count // 2 - 1 - i, count)
    end = count - 1
    while end != 0:
        largest = ranges[0]
        ranges[0] = ranges[end]
        ranges[end] = largest
        sift_down(ranges, 0, end)
        end -= 1


def sift_down(ranges: Array[u64], root: u32, end: u32) -> None:
    """Let the item at `root` sink to where both its children are not larger."""
    item = ranges[root]
    at = root
    while 2 * at + 1 < end:
        child = 2 * at + 1
        if child + 1 < end and ranges[child + 1] > ranges[child]:
            child += 1
        if ranges[child] <= item:
            break
        ranges[at] = ranges[child]
        at = child
    ranges[at] = item


def negate(set: CodePoints) -> None:
    """Make it the set of all other code points."""
    tidy(set)
    old = set.ranges
    count = set.count
    set.ranges = Array[u64](count + 1)
    set.count = 0
    set.ordered = 0
    charge(count // REGEX_RANGES_PER_UNIT)
    next_first: u32 = 0
    for i in range(count):
        if first_of(old[i]) != 0:
            add_range(set, next_first, first_of(old[i]) - 1)
        next_first = last_of(old[i]) + 1
    add_range(set, next_first, LAST_CODE_POINT)
    set.ordered = set.count


# Case.


def folded_range(first: u32, last: u32) -> CodePoints:
    """The set of the code points from `first` to `last` in either case."""
    set = code_points_new()
    add_range(set, first, last)
    fold(set)
    return set


def fold(set: CodePoints) -> None:
    """Add all code points that differ from one in the set only in case."""
    for _ in range(LONGEST_ORBIT - 1):
        tidy(set)
        count = set.count
        charge_product(u64(count), RANGE_BYTES)
        known = Array[u64](count)
        copy_items(known, 0, set.ranges, 0, count)
        for i in range(count):
            add_next_in_case(set, first_of(known[i]), last_of(known[i]))


def add_next_in_case(set: CodePoints, first: u32, last: u32) -> None:
    """Add what follows each code point from `first` to `last` among those that differ only in case."""
    row = first_row(first)
    visited: u32 = 1
    while row < len(FOLD_ROWS) and u32(FOLD_ROWS[row]) <= last:
        row_first = u32(FOLD_ROWS[row])
        low = max(first, row_first)
        high = min(last, u32(FOLD_ROWS[row + 1]))
        if FOLD_ROWS[row + 2] == PAIRS:
            # The pairs inside the range map to themselves; at its ends the other one of a pair comes in.
            add_range(set, low - ((low - row_first) & 1), high + 1 - ((high - row_first) & 1))
        else:
            offset = u32(FOLD_ROWS[row + 3])
            add_range(set, low + offset, high + offset)
        row += ROW_SIZE
        visited += 1
    charge(visited)


def first_row(code: u32) -> u32:
    """The position of the first row that does not end before a code point."""
    low: u32 = 0
    high: u32 = len(FOLD_ROWS) // ROW_SIZE
    while low < high:
        middle = (low + high) // 2
        if u32(FOLD_ROWS[ROW_SIZE * middle + 1]) < code:
            low = middle + 1
        else:
            high = middle
    return ROW_SIZE * low


# The finished class.


def emit_set(draft: Draft, set: CodePoints) -> None:
    """Append the instruction that consumes one code point of the set."""
    tidy(set)
    ranges = set.ranges
    if set.count == 1 and first_of(ranges[0]) == last_of(ranges[0]):
        emit(draft, Action.CHAR, first_of(ranges[0]), 0)
        return
    if set.count == 1 and first_of(ranges[0]) == 0 and last_of(ranges[0]) == LAST_CODE_POINT:
        emit(draft, Action.ANY, 0, 0)
        return
    start = draft.range_words
    if not append_range_words(draft, CLASS_HEAD + 2 * set.count):
        return
    words = draft.ranges
    words[start] = set.count
    for i in range(ASCII_WORDS):
        words[start + 1 + i] = 0
    for i in range(set.count):
        first = first_of(ranges[i])
        last = last_of(ranges[i])
        words[start + CLASS_HEAD + 2 * i] = first
        words[start + CLASS_HEAD + 2 * i + 1] = last
        for code in range(first, min(last + 1, 32 * ASCII_WORDS)):
            words[start + 1 + (code >> 5)] |= u32(1) << (code & 31)
    emit(draft, Action.CLASS, start, 0)
