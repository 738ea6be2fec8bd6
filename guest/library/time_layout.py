"""Layouts: how a text shows a time, written as the reference time Mon Jan 2 15:04:05 -0700 2006 would be.

A layout is literal text and elements; `next_element` finds them. `time_format.py` and `time_parse.py` give each its meaning.
"""

from enum import IntEnum

from guest.compiler.language import Text, text_byte, text_length, u32
from guest.values.text import Str

ZERO, NINE, POINT, COMMA = 0x30, 0x39, 0x2E, 0x2C
LETTER_A, LETTER_Z = 0x61, 0x7A


class Element(IntEnum):
    """What an element of a layout stands for. `PADDED` ones have two digits, `SPACED` ones a space for a zero."""

    NONE = 0
    YEAR = 1
    SHORT_YEAR = 2
    LONG_MONTH = 3
    MONTH = 4
    NUMBER_MONTH = 5
    PADDED_MONTH = 6
    LONG_WEEKDAY = 7
    WEEKDAY = 8
    DAY = 9
    SPACED_DAY = 10
    PADDED_DAY = 11
    SPACED_YEAR_DAY = 12
    PADDED_YEAR_DAY = 13
    HOUR = 14
    HOUR_12 = 15
    PADDED_HOUR_12 = 16
    MINUTE = 17
    PADDED_MINUTE = 18
    SECOND = 19
    PADDED_SECOND = 20
    UPPER_HALF = 21
    LOWER_HALF = 22
    ZONE = 23
    OFFSET = 24
    COLON_OFFSET = 25
    HOUR_OFFSET = 26
    Z_OFFSET = 27
    Z_COLON_OFFSET = 28
    Z_HOUR_OFFSET = 29
    FRACTION = 30  # as many digits as the layout has zeros
    SHORT_FRACTION = 31  # without trailing zeros


def next_element(layout: Str, start: u32) -> tuple[u32, u32, u32]:
    """The next element from `start` on, where it begins and where it ends; NONE and the end of the layout if there is none."""
    at = start
    while at < len(layout.data):
        element, size = element_at(layout, at)
        if element != Element.NONE:
            return element, at, at + size
        at += 1
    return Element.NONE, at, at


def element_at(layout: Str, at: u32) -> tuple[u32, u32]:
    """The element that begins at an offset and its length; NONE if none does."""
    match layout.data[at]:
        case 0x4A:  # J
            if begins(layout, at, "January"):
                return Element.LONG_MONTH, 7
            if begins(layout, at, "Jan") and not is_lower(layout, at + 3):
                return Element.MONTH, 3
        case 0x4D:  # M
            if begins(layout, at, "Monday"):
                return Element.LONG_WEEKDAY, 6
            if begins(layout, at, "Mon") and not is_lower(layout, at + 3):
                return Element.WEEKDAY, 3
            if begins(layout, at, "MST"):
                return Element.ZONE, 3
        case 0x30:  # 0
            return zero_element(layout, at)
        case 0x31:  # 1
            if begins(layout, at, "15"):
                return Element.HOUR, 2
            return Element.NUMBER_MONTH, 1
        case 0x32:  # 2
            if begins(layout, at, "2006"):
                return Element.YEAR, 4
            return Element.DAY, 1
        case 0x33:  # 3
            return Element.HOUR_12, 1
        case 0x34:  # 4
            return Element.MINUTE, 1
        case 0x35:  # 5
            return Element.SECOND, 1
        case 0x5F:  # _
            if begins(layout, at, "_2") and not begins(layout, at, "_2006"):
                return Element.SPACED_DAY, 2
            if begins(layout, at, "__2"):
                return Element.SPACED_YEAR_DAY, 3
        case 0x50:  # P
            if begins(layout, at, "PM"):
                return Element.UPPER_HALF, 2
        case 0x70:  # p
            if begins(layout, at, "pm"):
                return Element.LOWER_HALF, 2
        case 0x2D:  # -
            if begins(layout, at, "-07:00"):
                return Element.COLON_OFFSET, 6
            if begins(layout, at, "-0700"):
                return Element.OFFSET, 5
            if begins(layout, at, "-07"):
                return Element.HOUR_OFFSET, 3
        case 0x5A:  # Z
            if begins(layout, at, "Z07:00"):
                return Element.Z_COLON_OFFSET, 6
            if begins(layout, at, "Z0700"):
                return Element.Z_OFFSET, 5
            if begins(layout, at, "Z07"):
                return Element.Z_HOUR_OFFSET, 3
        case 0x2E | 0x2C:  # . ,
            return fraction_element(layout, at)
        case _:
            pass
    return Element.NONE, 0


def zero_element(layout: Str, at: u32) -> tuple[u32, u32]:
    """The element that begins with a zero."""
    if begins(layout, at, "002"):
        return Element.PADDED_YEAR_DAY, 3
    if at + 1 == len(layout.data):
        return Element.NONE, 0
    match layout.data[at + 1]:
        case 0x31:
            return Element.PADDED_MONTH, 2
        case 0x32:
            return Element.PADDED_DAY, 2
        case 0x33:
            return Element.PADDED_HOUR_12, 2
        case 0x34:
            return Element.PADDED_MINUTE, 2
        case 0x35:
            return Element.PADDED_SECOND, 2
        case 0x36:
            return Element.SHORT_YEAR, 2
        case _:
            return Element.NONE, 0


def fraction_element(layout: Str, at: u32) -> tuple[u32, u32]:
    """The fraction of a second that begins with a point or comma, if zeros or nines follow and no other digit."""
    n = len(layout.data)
    end = at + 1
    if end == n or (layout.data[end] != ZERO and layout.data[end] != NINE):
        return Element.NONE, 0
    digit = layout.data[end]
    while end < n and layout.data[end] == digit:
        end += 1
    if end < n and layout.data[end] - ZERO <= 9:
        return Element.NONE, 0
    return Element.FRACTION if digit == ZERO else Element.SHORT_FRACTION, end - at


def begins(s: Str, at: u32, word: Text) -> bool:
    """Whether a text goes on with this word."""
    n = text_length(word)
    if len(s.data) - at < n:
        return False
    for i in range(n):
        if s.data[at + i] != text_byte(word, i):
            return False
    return True


def is_lower(s: Str, at: u32) -> bool:
    """Whether there is a small letter at an offset."""
    return at < len(s.data) and s.data[at] >= LETTER_A and s.data[at] <= LETTER_Z


def month_name(month: u32) -> Text:
    """The name of a month, from 1 on."""
    match month:
        case 1:
            return "January"
        case 2:
            return "February"
        case 3:
            return "March"
        case 4:
            return "April"
        case 5:
            return "May"
        case 6:
            return "June"
        case 7:
            return "July"
        case 8:
            return "August"
        case 9:
            return "September"
        case 10:
            return "October"
        case 11:
            return "November"
        case _:
            return "December"


def weekday_name(weekday: u32) -> Text:
    """The name of a day of the week; Sunday is 0."""
    match weekday:
        case 0:
            return "Sunday"
        case 1:
            return "Monday"
        case 2:
            return "Tuesday"
        case 3:
            return "Wednesday"
        case 4:
            return "Thursday"
        case 5:
            return "Friday"
        case _:
            return "Saturday"
