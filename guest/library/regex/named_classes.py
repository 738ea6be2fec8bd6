"""Classes that have names: Perl's `\\d \\s \\w`, POSIX's `[:alpha:]` and its kin, Unicode's categories and scripts.

Each is added to a set as ranges from a table. `classes.py` relies on it.
"""

from guest.compiler.language import Text, inline, text_length, u32
from guest.heap.spans import span_byte, text_span
from guest.library.regex.sets import LAST_CODE_POINT, CodePoints, add_range
from guest.library.regex.unicode_classes import CATEGORIES, CLASSES
from guest.meter.costs import REGEX_RANGES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.text import Str

GROUP_BITS = 7  # of a number in CLASSES
GROUP_MASK = 0x7F
MORE_GROUPS = 0x80

# The classes of ASCII, as texts: pairs of the first and the last character of each range.
DIGIT_RANGES = "09"
SPACE_RANGES = "\t\n\x0c\r  "  # Perl's, which has no vertical tab
WORD_RANGES = "09AZ__az"
POSIX_NAMES = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit "


def perl_ranges(letter: u32) -> Text:
    """The ranges of the class of an escape, given as its small letter; empty if there is none."""
    match letter:
        case 0x64:  # d
            return DIGIT_RANGES
        case 0x73:  # s
            return SPACE_RANGES
        case 0x77:  # w
            return WORD_RANGES
        case _:
            return ""


def posix_ranges(number: u32) -> Text:
    """The ranges of class number `number` of POSIX_NAMES."""
    match number:
        case 0:
            return "09AZaz"
        case 1:
            return "AZaz"
        case 2:
            return "\x00\x7f"
        case 3:
            return "\t\t  "
        case 4:
            return "\x00\x1f\x7f\x7f"
        case 5:
            return DIGIT_RANGES
        case 6:
            return "!~"
        case 7:
            return "az"
        case 8:
            return " ~"
        case 9:
            return "!/:@[`{~"
        case 10:
            return "\t\r  "
        case 11:
            return "AZ"
        case 12:
            return WORD_RANGES
        case _:
            return "09AFaf"


def add_text_ranges(set: CodePoints, ranges: Text) -> None:
    """Add the ranges that a text holds."""
    for i in range(text_length(ranges) // 2):
        add_range(set, span_byte(text_span(ranges), 2 * i), span_byte(text_span(ranges), 2 * i + 1))


def add_posix_class(set: CodePoints, pattern: Str, start: u32, end: u32) -> bool:
    """Add the class whose name is there in the pattern; False if there is none."""
    names = text_span(POSIX_NAMES)
    size = text_length(POSIX_NAMES)
    number: u32 = 0
    at: u32 = 0
    while at < size:
        n: u32 = 0
        while span_byte(names, at + n) != 0x20:
            n += 1
        same = n == end - start
        for i in range(n):
            same = same and span_byte(names, at + i) == pattern.data[start + i]
        if same:
            add_text_ranges(set, posix_ranges(number))
            return True
        at += n + 1
        number += 1
    return False


# Unicode.


def add_unicode_class(set: CodePoints, pattern: Str, start: u32, end: u32) -> bool:
    """Add the category or script whose name is there in the pattern; False if there is none."""
    if end - start == 3 and pattern.data[start] == 0x41 and pattern.data[start + 1] == 0x6E:
        if pattern.data[start + 2] == 0x79:
            add_range(set, 0, LAST_CODE_POINT)
            return True
    found = False
    number: u32 = 0
    at: u32 = 0
    while at < len(CLASSES):
        n = u32(CLASSES[at])
        data = at + n + 3
        size = CLASSES[data - 2] | CLASSES[data - 1] << 8
        # A category of one letter is all those of two letters that begin with it.
        wanted = end - start
        if wanted == n or (wanted == 1 and number < CATEGORIES):
            if same_name(at + 1, pattern, start, end):
                add_encoded(set, data, data + size)
                found = True
        at = data + size
        number += 1
    charge(number // REGEX_RANGES_PER_UNIT)
    return found


def same_name(at: u32, pattern: Str, start: u32, end: u32) -> bool:
    """Whether the name at `at` in CLASSES begins with that in the pattern."""
    for i in range(end - start):
        if CLASSES[at + i] != pattern.data[start + i]:
            return False
    return True


def add_encoded(set: CodePoints, start: u32, end: u32) -> None:
    """Add the ranges that CLASSES holds between two positions."""
    charge((end - start) // REGEX_RANGES_PER_UNIT)
    at = start
    next_free: u32 = 0
    while at < end:
        gap, at = number_at(at)
        size, at = number_at(at)
        add_range(set, next_free + gap, next_free + gap + size)
        next_free += gap + size + 1


@inline
def number_at(at: u32) -> tuple[u32, u32]:
    """A number of CLASSES, and the position after it."""
    number: u32 = 0
    shift: u32 = 0
    while CLASSES[at] & MORE_GROUPS != 0:
        number |= (CLASSES[at] & GROUP_MASK) << shift
        shift += GROUP_BITS
        at += 1
    return number | CLASSES[at] << shift, at + 1
