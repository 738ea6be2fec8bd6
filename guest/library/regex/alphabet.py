"""The alphabet of an automaton: the code points in classes that no instruction of a program tells apart.

The boundaries of everything that a program mentions cut the code points into intervals; then each mentioned set splits the
classes that it contains only in part. `automaton.py` relies on it.
"""

from guest.compiler.language import Array, Object, u8, u32, u64
from guest.library.regex.instructions import CLASS_HEAD, Action, action_at, operand_at
from guest.library.regex.positions import NEWLINE, Side, side_of
from guest.library.regex.sets import LAST_CODE_POINT, sort_ranges
from guest.meter.costs import REGEX_RANGES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.text import ASCII

END_CLASS = 0  # the end of the text
MOST_CLASSES = 255
MOST_BOUNDARIES = 8192
MOST_WORK = 1 << 18  # intervals looked at by all sets together
SIDE_BOUNDARIES = 10  # in ASCII, between characters that assertions tell apart


class Alphabet(Object):
    """The classes, the end of the text among them, and where each code point belongs."""

    classes: u32
    asserts: bool  # whether the program asks about positions
    ascii: Array[u8]
    # Where each interval of code points begins, and its class.
    starts: Array[u32]
    kinds: Array[u8]
    # For each class, a code point in it.
    representatives: Array[u32]


class Intervals(Object):
    """An alphabet in the making: `count` intervals, their classes, and how many intervals each class has."""

    count: u32
    starts: Array[u64]
    kinds: Array[u32]
    inside: Array[u8]  # whether the set that splits has the interval
    classes: u32
    sizes: Array[u32]
    inside_sizes: Array[u32]
    split_to: Array[u32]


def class_of_character(alphabet: Alphabet, code: u32) -> u32:
    """The class of a code point."""
    low: u32 = 0
    high = len(alphabet.starts)
    while low < high:  # the first interval that begins after the code point
        middle = (low + high) // 2
        if alphabet.starts[middle] <= code:
            low = middle + 1
        else:
            high = middle
    return alphabet.kinds[low - 1]


def side_of_class(alphabet: Alphabet, kind: u32) -> u32:
    """What assertions see in the characters of a class."""
    return u32(Side.NOTHING) if kind == END_CLASS else side_of(alphabet.representatives[kind])


def build_alphabet(
    code: Array[u32], ranges: Array[u32], instructions: u32, range_words: u32
) -> Alphabet | None:
    """The alphabet of a program; None if it has too many classes."""
    asserts = False
    for pc in range(instructions):
        if action_at(code, pc) == Action.ASSERT:
            asserts = True
    most = 2 * instructions + range_words + SIDE_BOUNDARIES + 1
    if most > MOST_BOUNDARIES:
        return None
    charge(most // REGEX_RANGES_PER_UNIT)
    intervals = cut(code, ranges, instructions, range_words, most)
    sets: u32 = 0
    at: u32 = 0
    while at < range_words:
        sets += 1
        at += CLASS_HEAD + 2 * ranges[at]
    if (sets + 1) * intervals.count > MOST_WORK:
        return None
    at = 0
    while at < range_words and intervals.classes <= MOST_CLASSES:
        split_by_class(intervals, ranges, at)
        at += CLASS_HEAD + 2 * ranges[at]
    for pc in range(instructions):
        if intervals.classes > MOST_CLASSES:
            return None
        if action_at(code, pc) == Action.CHAR:
            single_out(intervals, operand_at(code, pc))
        elif action_at(code, pc) == Action.ANY_IN_LINE:
            single_out(intervals, NEWLINE)
    if asserts:
        split_by_side(intervals)
    return finished(intervals, asserts) if intervals.classes < MOST_CLASSES else None


def cut(code: Array[u32], ranges: Array[u32], instructions: u32, range_words: u32, most: u32) -> Intervals:
    """The intervals between the boundaries of everything that a program mentions, all in one class."""
    starts = Array[u64](most)
    count: u32 = 1  # the first interval begins at 0
    for pc in range(instructions):
        action = action_at(code, pc)
        if action == Action.CHAR or action == Action.ANY_IN_LINE:
            character = operand_at(code, pc) if action == Action.CHAR else NEWLINE
            starts[count] = u64(character)
            starts[count + 1] = u64(character + 1)
            count += 2
    at: u32 = 0
    while at < range_words:
        for i in range(ranges[at]):
            starts[count] = u64(ranges[at + CLASS_HEAD + 2 * i])
            starts[count + 1] = u64(ranges[at + CLASS_HEAD + 2 * i + 1] + 1)
            count += 2
        at += CLASS_HEAD + 2 * ranges[at]
    # What assertions tell apart: letters, digits, the underscore, the newline.
    for character in range(1, ASCII + 1):
        if side_of(character) != side_of(character - 1):
            starts[count] = u64(character)
            count += 1
    sort_ranges(starts, count)
    kept: u32 = 0
    for i in range(1, count):
        if starts[i] != starts[kept] and starts[i] <= LAST_CODE_POINT:
            kept += 1
            starts[kept] = starts[i]
    count = kept + 1
    sizes = Array[u32](count)  # there are no more classes than intervals
    sizes[0] = count
    return Intervals(
        count=count,
        starts=starts,
        kinds=Array[u32](count),
        inside=Array[u8](count),
        classes=1,
        sizes=sizes,
        inside_sizes=Array[u32](count),
        split_to=Array[u32](count),
    )


def interval_of(intervals: Intervals, code: u32) -> u32:
    """The interval that holds a code point."""
    low: u32 = 0
    high = intervals.count
    while low < high:  # the first interval that begins after the code point
        middle = (low + high) // 2
        if intervals.starts[middle] <= u64(code):
            low = middle + 1
        else:
            high = middle
    return low - 1


def single_out(intervals: Intervals, code: u32) -> None:
    """Give the interval of one code point a class of its own."""
    at = interval_of(intervals, code)
    old = intervals.kinds[at]
    if intervals.sizes[old] == 1:
        return
    intervals.sizes[old] -= 1
    intervals.kinds[at] = intervals.classes
    intervals.sizes[intervals.classes] = 1
    intervals.classes += 1


def split_by_class(intervals: Intervals, ranges: Array[u32], start: u32) -> None:
    """Split the classes that the class beginning at `start` in the ranges contains in part."""
    at: u32 = 0
    for i in range(ranges[start]):
        first = u64(ranges[start + CLASS_HEAD + 2 * i])
        last = u64(ranges[start + CLASS_HEAD + 2 * i + 1])
        while at < intervals.count and intervals.starts[at] < first:
            intervals.inside[at] = 0
            at += 1
        while at < intervals.count and intervals.starts[at] <= last:
            intervals.inside[at] = 1
            at += 1
    while at < intervals.count:
        intervals.inside[at] = 0
        at += 1
    split(intervals)


def split_by_side(intervals: Intervals) -> None:
    """Split classes whose characters assertions tell apart."""
    for side in range(Side.LINE_BREAK, Side.OTHER):
        for i in range(intervals.count):
            intervals.inside[i] = u32(side_of(u32(intervals.starts[i])) == side)
        split(intervals)


def split(intervals: Intervals) -> None:
    """Split the classes of which some intervals are inside, and some are not."""
    charge(intervals.count // REGEX_RANGES_PER_UNIT)
    known = intervals.classes
    for kind in range(known):
        intervals.inside_sizes[kind] = 0
        intervals.split_to[kind] = kind
    for i in range(intervals.count):
        intervals.inside_sizes[intervals.kinds[i]] += intervals.inside[i]
    for kind in range(known):
        inside = intervals.inside_sizes[kind]
        if inside != 0 and inside != intervals.sizes[kind]:
            intervals.split_to[kind] = intervals.classes
            intervals.sizes[intervals.classes] = inside
            intervals.sizes[kind] -= inside
            intervals.classes += 1
    for i in range(intervals.count):
        if intervals.inside[i] != 0:
            intervals.kinds[i] = intervals.split_to[intervals.kinds[i]]


def finished(intervals: Intervals, asserts: bool) -> Alphabet:
    """The alphabet, in which the end of the text is class 0 and every other class is one further."""
    count = intervals.count
    alphabet = Alphabet(
        classes=intervals.classes + 1,
        asserts=asserts,
        ascii=Array[u8](ASCII),
        starts=Array[u32](count),
        kinds=Array[u8](count),
        representatives=Array[u32](intervals.classes + 1),
    )
    for i in range(count):
        start = u32(intervals.starts[i])
        kind = intervals.kinds[i] + 1
        alphabet.starts[i] = start
        alphabet.kinds[i] = kind
        alphabet.representatives[kind] = start
        end = u32(intervals.starts[i + 1]) if i + 1 < count else u32(ASCII)
        for code in range(start, min(end, ASCII)):
            alphabet.ascii[code] = kind
    return alphabet
