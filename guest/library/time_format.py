"""Times as text, by a layout.

Relies on `time_layout.py`, which takes layouts apart, and on the calendar. The namespace `time` and the printing of
times rely on it.
"""

from guest.compiler.language import Text, i64, text_byte, u32, u64
from guest.library.time_calendar import (
    SECONDS_OF_DAY,
    SECONDS_OF_HOUR,
    SECONDS_OF_MINUTE,
    date_of_days,
    days_of_date,
    weekday_of_days,
)
from guest.library.time_layout import Element, month_name, next_element, weekday_name
from guest.library.time_values import Time
from guest.meter.costs import CHARACTER_BYTES_PER_UNIT, NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_part, add_str, add_text, add_unsigned
from guest.values.int_arithmetic import floored_quotient
from guest.values.integer import magnitude
from guest.values.text import Str, str_from_text

ZERO, SPACE, PLUS, MINUS, COLON = 0x30, 0x20, 0x2B, 0x2D, 0x3A
LETTER_Z = 0x5A
SHORT_NAME = 3  # letters of `Jan` and `Mon`
NOON: i64 = 12
FRACTION_DIGITS = 9
PRINTED_LAYOUT = "2006-01-02 15:04:05.999999999 -0700 MST"


def add_time(b: Builder, time: Time) -> None:
    """Append a time as `str` shows it."""
    format_time(b, time, str_from_text(PRINTED_LAYOUT))


def format_time(b: Builder, time: Time, layout: Str) -> None:
    """Append a time by a layout."""
    charge(len(layout.data) // CHARACTER_BYTES_PER_UNIT)
    local = time.seconds + time.offset
    days = floored_quotient(local, SECONDS_OF_DAY)
    second = local - days * SECONDS_OF_DAY
    year, month, day = date_of_days(days)
    hour = floored_quotient(second, SECONDS_OF_HOUR)
    at: u32 = 0
    while True:
        charge(NUMBER_FORMAT)
        element, start, end = next_element(layout, at)
        add_part(b, layout, at, start)
        match element:
            case Element.NONE:
                return
            case Element.YEAR:
                if year < 0:
                    add_byte(b, MINUS)
                add_padded(b, i64(magnitude(year)), 4, ZERO)
            case Element.SHORT_YEAR:
                add_padded(b, i64(magnitude(year) % 100), 2, ZERO)
            case Element.LONG_MONTH:
                add_text(b, month_name(u32(month)))
            case Element.MONTH:
                add_start(b, month_name(u32(month)))
            case Element.NUMBER_MONTH:
                add_padded(b, month, 1, ZERO)
            case Element.PADDED_MONTH:
                add_padded(b, month, 2, ZERO)
            case Element.LONG_WEEKDAY:
                add_text(b, weekday_name(u32(weekday_of_days(days))))
            case Element.WEEKDAY:
                add_start(b, weekday_name(u32(weekday_of_days(days))))
            case Element.DAY:
                add_padded(b, day, 1, ZERO)
            case Element.SPACED_DAY:
                add_padded(b, day, 2, SPACE)
            case Element.PADDED_DAY:
                add_padded(b, day, 2, ZERO)
            case Element.SPACED_YEAR_DAY:
                add_padded(b, days - days_of_date(year, 1, 1) + 1, 3, SPACE)
            case Element.PADDED_YEAR_DAY:
                add_padded(b, days - days_of_date(year, 1, 1) + 1, 3, ZERO)
            case Element.HOUR:
                add_padded(b, hour, 2, ZERO)
            case Element.HOUR_12:
                add_padded(b, hour_of_half(hour), 1, ZERO)
            case Element.PADDED_HOUR_12:
                add_padded(b, hour_of_half(hour), 2, ZERO)
            case Element.MINUTE:
                add_padded(b, minute_of(second), 1, ZERO)
            case Element.PADDED_MINUTE:
                add_padded(b, minute_of(second), 2, ZERO)
            case Element.SECOND:
                add_padded(b, second_of_minute(second), 1, ZERO)
            case Element.PADDED_SECOND:
                add_padded(b, second_of_minute(second), 2, ZERO)
            case Element.UPPER_HALF:
                add_text(b, "AM" if hour < NOON else "PM")
            case Element.LOWER_HALF:
                add_text(b, "am" if hour < NOON else "pm")
            case Element.ZONE:
                add_zone(b, time)
            case Element.FRACTION | Element.SHORT_FRACTION:
                add_fraction(
                    b, layout.data[start], time.nanoseconds, end - start - 1, element == Element.FRACTION
                )
            case _:
                add_offset(b, time.offset, element)
        at = end


def minute_of(second: i64) -> i64:
    """The minute of the hour, of a second of the day."""
    return floored_quotient(second, SECONDS_OF_MINUTE) - floored_quotient(second, SECONDS_OF_HOUR) * 60


def second_of_minute(second: i64) -> i64:
    """The second of the minute, of a second of the day."""
    return second - floored_quotient(second, SECONDS_OF_MINUTE) * SECONDS_OF_MINUTE


def hour_of_half(hour: i64) -> i64:
    """The hour as clocks show it, from 1 to 12."""
    if hour == 0:
        return NOON
    return hour - NOON if hour > NOON else hour


def add_padded(b: Builder, n: i64, width: u32, padding: u32) -> None:
    """Append a number that is not negative, with at least so many characters."""
    digits: u32 = 1
    rest = u64(n) // 10
    while rest != 0:
        digits += 1
        rest = rest // 10
    while digits < width:
        add_byte(b, padding)
        digits += 1
    add_unsigned(b, u64(n))


def add_start(b: Builder, name: Text) -> None:
    """Append the short form of a name."""
    for i in range(SHORT_NAME):
        add_byte(b, text_byte(name, i))


def add_fraction(b: Builder, point: u32, nanoseconds: i64, digits: u32, fixed: bool) -> None:
    """Append a fraction of a second: cut after so many digits, and unless `fixed` without trailing zeros."""
    rest = u64(nanoseconds)
    wanted = min(digits, u32(FRACTION_DIGITS))
    for _ in range(FRACTION_DIGITS - wanted):
        rest = rest // 10
    if not fixed:
        while wanted != 0 and rest % 10 == 0:
            rest = rest // 10
            wanted -= 1
        if wanted == 0:
            return
    add_byte(b, point)
    add_padded(b, i64(rest), wanted, ZERO)
    if fixed:
        for _ in range(digits - wanted):
            add_byte(b, ZERO)


def add_zone(b: Builder, time: Time) -> None:
    """Append the abbreviation of a zone; its offset if it has none."""
    if len(time.zone.data) != 0:
        add_str(b, time.zone)
    else:
        add_offset(b, time.offset, Element.OFFSET)


def add_offset(b: Builder, offset: i64, element: u32) -> None:
    """Append an offset from UTC."""
    is_z = element >= Element.Z_OFFSET and element <= Element.Z_HOUR_OFFSET
    if is_z and offset == 0:
        add_byte(b, LETTER_Z)
        return
    add_byte(b, MINUS if offset < 0 else PLUS)
    minutes = magnitude(offset) // 60
    add_padded(b, i64(minutes // 60), 2, ZERO)
    if element == Element.HOUR_OFFSET or element == Element.Z_HOUR_OFFSET:
        return
    if element == Element.COLON_OFFSET or element == Element.Z_COLON_OFFSET:
        add_byte(b, COLON)
    add_padded(b, i64(minutes % 60), 2, ZERO)
