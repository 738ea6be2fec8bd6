"""Times from text, by a layout: `time.parse_time`, and the offsets that name a location.

What the text has beside the layout's elements must be the layout's literal text. A fraction of a second may follow the seconds
also where the layout has none. Without a zone in the text, the time is in the location that the caller gives.
"""

from typing import NoReturn

from guest.compiler.language import Object, Text, Value, i64, noinline, text_byte, text_length, u32
from guest.library.time_calendar import (
    MONTHS_OF_YEAR,
    SECONDS_OF_DAY,
    SECONDS_OF_HOUR,
    SECONDS_OF_MINUTE,
    days_of_date,
    days_of_month,
)
from guest.library.time_format import FRACTION_DIGITS, NOON, SHORT_NAME
from guest.library.time_layout import COMMA, POINT, Element, begins, month_name, next_element, weekday_name
from guest.library.time_values import Time
from guest.meter.costs import CHARACTER_BYTES_PER_UNIT, NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.describe import say_repr
from guest.values.failure import say, stop
from guest.values.text import Str, str_from_text, substring_bytes, text_equal

ZERO, SPACE, PLUS, MINUS, COLON = 0x30, 0x20, 0x2B, 0x2D, 0x3A
UPPER_A, UPPER_Z = 0x41, 0x5A
LETTER_CASE = 0x20
WEEKDAYS = 7
CENTURY: i64 = 100
FIRST_OF_LAST_CENTURY: i64 = 69  # two digits from here on are of the twentieth century
LEAST_ZONE, MOST_ZONE = 3, 5  # letters of an abbreviation
ABSENT: i64 = -1
UNKNOWN: i64 = -0x8000000000000000  # no offset


class Reading(Object):
    """What has been read so far. `zone` is the abbreviation; an offset of `has_offset` goes before it."""

    layout: Str
    text: Str
    at: u32  # in the text
    year: i64
    month: i64
    day: i64
    year_day: i64
    hour: i64
    minute: i64
    second: i64
    nanoseconds: i64
    has_half: bool
    is_afternoon: bool
    has_offset: bool
    offset: i64
    zone: Str | None


def parse_time(text: Str, layout: Str, location: Str) -> Time:
    """The time that a text shows."""
    charge((2 * len(layout.data) + len(text.data)) // CHARACTER_BYTES_PER_UNIT)
    r = Reading(
        layout=layout,
        text=text,
        at=0,
        year=0,
        month=ABSENT,
        day=ABSENT,
        year_day=ABSENT,
        hour=0,
        minute=0,
        second=0,
        nanoseconds=0,
        has_half=False,
        is_afternoon=False,
        has_offset=False,
        offset=0,
        zone=None,
    )
    at: u32 = 0
    while True:
        charge(NUMBER_FORMAT)
        element, start, end = next_element(layout, at)
        skip_literal(r, at, start)
        if element == Element.NONE:
            break
        read_element(r, element, start, end)
        at = end
    if r.at != len(text.data):
        begin_failure(r)
        say(": extra text: ")
        say_rest(r)
        stop()
    return finish_reading(r, location)


def skip_literal(r: Reading, start: u32, end: u32) -> None:
    """Expect a part of the layout that is no element. Spaces stand for any number of them."""
    at = start
    while at < end:
        byte = r.layout.data[at]
        if byte == SPACE:
            if r.at < len(r.text.data) and r.text.data[r.at] != SPACE:
                cannot_parse(r, at, end)
            while at < end and r.layout.data[at] == SPACE:
                at += 1
            while r.at < len(r.text.data) and r.text.data[r.at] == SPACE:
                r.at += 1
            continue
        if r.at >= len(r.text.data) or r.text.data[r.at] != byte:
            cannot_parse(r, at, end)
        at += 1
        r.at += 1


@noinline
def read_element(r: Reading, element: u32, start: u32, end: u32) -> None:
    """Read what an element of the layout stands for."""
    match element:
        case Element.YEAR:
            r.year = digits(r, 4, 4, start, end)
        case Element.SHORT_YEAR:
            year = digits(r, 2, 2, start, end)
            r.year = year + (19 * CENTURY if year >= FIRST_OF_LAST_CENTURY else 20 * CENTURY)
        case Element.LONG_MONTH | Element.MONTH:
            r.month = i64(name_index(r, True, element == Element.LONG_MONTH, start, end)) + 1
        case Element.NUMBER_MONTH | Element.PADDED_MONTH:
            r.month = ranged(r, element == Element.PADDED_MONTH, 1, MONTHS_OF_YEAR, "month", start, end)
        case Element.LONG_WEEKDAY | Element.WEEKDAY:
            name_index(r, False, element == Element.LONG_WEEKDAY, start, end)
        case Element.DAY | Element.SPACED_DAY | Element.PADDED_DAY:
            if element == Element.SPACED_DAY and r.at < len(r.text.data) and r.text.data[r.at] == SPACE:
                r.at += 1
            r.day = digits(r, 2 if element == Element.PADDED_DAY else 1, 2, start, end)
        case Element.SPACED_YEAR_DAY | Element.PADDED_YEAR_DAY:
            while element == Element.SPACED_YEAR_DAY and begins(r.text, r.at, " "):
                r.at += 1
            r.year_day = digits(r, 3 if element == Element.PADDED_YEAR_DAY else 1, 3, start, end)
        case Element.HOUR:
            r.hour = ranged(r, False, 0, 23, "hour", start, end)
        case Element.HOUR_12 | Element.PADDED_HOUR_12:
            r.hour = ranged(r, element == Element.PADDED_HOUR_12, 0, NOON, "hour", start, end)
        case Element.MINUTE | Element.PADDED_MINUTE:
            r.minute = ranged(r, element == Element.PADDED_MINUTE, 0, 59, "minute", start, end)
        case Element.SECOND | Element.PADDED_SECOND:
            r.second = ranged(r, element == Element.PADDED_SECOND, 0, 59, "second", start, end)
            following, place, _ = next_element(r.layout, end)
            is_next = place == end and (following == Element.FRACTION or following == Element.SHORT_FRACTION)
            if not is_next and is_fraction(r):
                read_fraction(r)
        case Element.UPPER_HALF | Element.LOWER_HALF:
            read_half(r, element == Element.UPPER_HALF, start, end)
        case Element.ZONE:
            read_zone(r, start, end)
        case Element.FRACTION:
            before = r.at
            if not is_fraction(r):
                cannot_parse(r, start, end)
            read_fraction(r)
            if r.at - before != end - start:
                r.at = before
                cannot_parse(r, start, end)
        case Element.SHORT_FRACTION:
            if is_fraction(r):
                read_fraction(r)
        case _:
            read_offset(r, element, start, end)


def digits(r: Reading, least: u32, most: u32, start: u32, end: u32) -> i64:
    """A number of so many digits."""
    number: i64 = 0
    count: u32 = 0
    text = r.text
    while count < most and r.at + count < len(text.data) and text.data[r.at + count] - ZERO <= 9:
        number = number * 10 + i64(text.data[r.at + count] - ZERO)
        count += 1
    if count < least:
        cannot_parse(r, start, end)
    r.at += count
    return number


def ranged(r: Reading, padded: bool, low: i64, high: i64, what: Text, start: u32, end: u32) -> i64:
    """A number of one or two digits (two if `padded`) in a range."""
    number = digits(r, 2 if padded else 1, 2, start, end)
    if number < low or number > high:
        field_out_of_range(r, what)
    return number


def name_index(r: Reading, of_month: bool, long: bool, start: u32, end: u32) -> u32:
    """Which of the names of the months or weekdays comes next, in capitals or not."""
    count: u32 = u32(MONTHS_OF_YEAR) if of_month else WEEKDAYS
    for i in range(count):
        name = month_name(i + 1) if of_month else weekday_name(i)
        n = text_length(name) if long else u32(SHORT_NAME)
        if begins_alike(r, name, n):
            r.at += n
            return i
    cannot_parse(r, start, end)


def begins_alike(r: Reading, name: Text, n: u32) -> bool:
    """Whether the text goes on with the first n letters of a name, in capitals or not."""
    text = r.text
    if len(text.data) - r.at < n:
        return False
    for i in range(n):
        if text.data[r.at + i] | LETTER_CASE != text_byte(name, i) | LETTER_CASE:
            return False
    return True


def read_half(r: Reading, upper: bool, start: u32, end: u32) -> None:
    """Read the half of the day."""
    if begins(r.text, r.at, "PM" if upper else "pm"):
        r.is_afternoon = True
    elif not begins(r.text, r.at, "AM" if upper else "am"):
        cannot_parse(r, start, end)
    r.has_half = True
    r.at += 2


def is_fraction(r: Reading) -> bool:
    """Whether a fraction of a second comes next."""
    text = r.text
    if len(text.data) - r.at < 2 or (text.data[r.at] != POINT and text.data[r.at] != COMMA):
        return False
    return text.data[r.at + 1] - ZERO <= 9


def read_fraction(r: Reading) -> None:
    """Read a fraction of a second; digits below nanoseconds are dropped."""
    text = r.text
    number: i64 = 0
    count: u32 = 0
    r.at += 1
    while r.at < len(text.data) and text.data[r.at] - ZERO <= 9:
        if count < FRACTION_DIGITS:
            number = number * 10 + i64(text.data[r.at] - ZERO)
            count += 1
        r.at += 1
    while count < FRACTION_DIGITS:
        number = number * 10
        count += 1
    r.nanoseconds = number


def read_zone(r: Reading, start: u32, end: u32) -> None:
    """Read the abbreviation of a zone: capitals. It says nothing about the offset, unless it is UTC."""
    text = r.text
    count: u32 = 0
    while r.at + count < len(text.data) and is_capital(text.data[r.at + count]):
        count += 1
    if count < LEAST_ZONE or count > MOST_ZONE:
        cannot_parse(r, start, end)
    r.zone = substring_bytes(text, r.at, r.at + count)
    r.at += count


def is_capital(byte: u32) -> bool:
    """Whether a character is a capital letter of ASCII."""
    return byte >= UPPER_A and byte <= UPPER_Z


def read_offset(r: Reading, element: u32, start: u32, end: u32) -> None:
    """Read an offset from UTC."""
    r.has_offset = True
    if element >= Element.Z_OFFSET and element <= Element.Z_HOUR_OFFSET and begins(r.text, r.at, "Z"):
        r.at += 1
        r.offset = 0
        return
    negative = begins(r.text, r.at, "-")
    if not negative and not begins(r.text, r.at, "+"):
        cannot_parse(r, start, end)
    r.at += 1
    hours = digits(r, 2, 2, start, end)
    minutes: i64 = 0
    if element == Element.COLON_OFFSET or element == Element.Z_COLON_OFFSET:
        if not begins(r.text, r.at, ":"):
            cannot_parse(r, start, end)
        r.at += 1
    if element != Element.HOUR_OFFSET and element != Element.Z_HOUR_OFFSET:
        minutes = digits(r, 2, 2, start, end)
    if hours > 24 or minutes > 59:
        field_out_of_range(r, "time zone offset")
    offset = hours * SECONDS_OF_HOUR + minutes * SECONDS_OF_MINUTE
    r.offset = -offset if negative else offset


def finish_reading(r: Reading, location: Str) -> Time:
    """The time of what has been read."""
    if r.has_half:
        if r.is_afternoon and r.hour < NOON:
            r.hour += NOON
        elif not r.is_afternoon and r.hour == NOON:
            r.hour = 0
    days = days_read(r)
    seconds = days * SECONDS_OF_DAY + r.hour * SECONDS_OF_HOUR + r.minute * SECONDS_OF_MINUTE + r.second
    offset = r.offset
    zone = r.zone
    if not r.has_offset and zone is None:
        offset, zone = location_of(location, "time.parse_time")
    elif zone is None:
        zone = str_from_text("UTC" if offset == 0 else "")
    return Time(seconds=seconds - offset, nanoseconds=r.nanoseconds, offset=offset, zone=zone)


def days_read(r: Reading) -> i64:
    """The days since 1970 of the date that has been read."""
    if r.year_day != ABSENT:
        if r.year_day < 1 or r.year_day > days_of_date(r.year + 1, 1, 1) - days_of_date(r.year, 1, 1):
            field_out_of_range(r, "day-of-year")
        return days_of_date(r.year, 1, r.year_day)
    month = i64(1) if r.month == ABSENT else r.month
    day = i64(1) if r.day == ABSENT else r.day
    if day < 1 or day > days_of_month(r.year, month):
        field_out_of_range(r, "day")
    return days_of_date(r.year, month, day)


# Locations.


def location_of(name: Str, function: Text) -> tuple[i64, Str]:
    """The offset of a location in seconds and its abbreviation; an error if it is not known."""
    if len(name.data) == 0 or text_equal(name, "UTC"):
        return 0, str_from_text("UTC")
    offset = fixed_offset(name)
    if offset == UNKNOWN:
        say(function)
        say(": unknown time zone ")
        say_repr(Value(name))
        say(" (there are UTC and offsets such as +02:00)")
        stop()
    return offset, str_from_text("")


def is_location(name: Str) -> bool:
    """Whether a location is known."""
    return len(name.data) == 0 or text_equal(name, "UTC") or fixed_offset(name) != UNKNOWN


def fixed_offset(name: Str) -> i64:
    """The seconds of an offset such as `+02:00`; UNKNOWN if the name is none."""
    n = len(name.data)
    if n != 6 or (name.data[0] != PLUS and name.data[0] != MINUS) or name.data[3] != COLON:
        return UNKNOWN
    for i in range(1, 6):
        if i != 3 and name.data[i] - ZERO > 9:
            return UNKNOWN
    hours = i64((name.data[1] - ZERO) * 10 + name.data[2] - ZERO)
    minutes = i64((name.data[4] - ZERO) * 10 + name.data[5] - ZERO)
    if hours > 23 or minutes > 59:
        return UNKNOWN
    offset = hours * SECONDS_OF_HOUR + minutes * SECONDS_OF_MINUTE
    return -offset if name.data[0] == MINUS else offset


# Errors.


@noinline
def begin_failure(r: Reading) -> None:
    """Begin the error of a text that does not fit."""
    say("parsing time ")
    say_repr(Value(r.text))


@noinline
def cannot_parse(r: Reading, start: u32, end: u32) -> NoReturn:
    """End with the error of a text that does not go on as a part of the layout says."""
    begin_failure(r)
    say(" as ")
    say_repr(Value(r.layout))
    say(": cannot parse ")
    say_rest(r)
    say(" as ")
    say_repr(Value(substring_bytes(r.layout, start, end)))
    stop()


def say_rest(r: Reading) -> None:
    """Append what is left of the text."""
    at = min(r.at, len(r.text.data))
    say_repr(Value(substring_bytes(r.text, at, len(r.text.data))))


@noinline
def field_out_of_range(r: Reading, what: Text) -> NoReturn:
    """End with the error of a number that cannot be."""
    begin_failure(r)
    say(": ")
    say(what)
    say(" out of range")
    stop()
