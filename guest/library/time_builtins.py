"""The namespace `time`: durations, times, and what programs ask of them. There is no clock but the event's time.

Relies on the other files named `time_*`. A location is `UTC` or an offset such as `+02:00`.
"""

from guest.compiler.language import Text, Value, cast, div_s, f64, i64, inline, noinline, registered, u32
from guest.heap.value import from_bool, from_float
from guest.heap.views import Registers, register
from guest.library import clock
from guest.library.arguments import int_argument, is_given, refuse, str_argument, tuple_argument, wrong_type
from guest.library.namespace import Namespace, add_constant
from guest.library.time_calendar import (
    MONTHS_OF_YEAR,
    NANOSECONDS_OF_SECOND,
    SECONDS_OF_DAY,
    SECONDS_OF_HOUR,
    SECONDS_OF_MINUTE,
    date_of_days,
    days_of_date,
)
from guest.library.time_format import format_time, minute_of, second_of_minute
from guest.library.time_parse import is_location, location_of, parse_time
from guest.library.time_spans import parse_span
from guest.library.time_values import Duration, Time, new_duration
from guest.values.builder import builder_new, finish
from guest.values.int_arithmetic import floored_quotient, int_add, int_mul
from guest.values.integer import make_int
from guest.values.text import Str, str_from_text

RFC3339 = "2006-01-02T15:04:05Z07:00"
# Of a part of a date and of a timestamp: no sum of them leaves 64 bits.
MOST_PART: i64 = 100_000_000_000
MOST_TIMESTAMP: i64 = 1_000_000_000_000_000_000
MICROSECOND: i64 = 1_000
MILLISECOND: i64 = 1_000_000
MINUTE: i64 = 60_000_000_000
HOUR: i64 = 3_600_000_000_000


@registered("constants", "time")
def add_time_constants(namespace: Namespace) -> None:
    """Add the units."""
    add_constant(namespace, "nanosecond", new_duration(1))
    add_constant(namespace, "microsecond", new_duration(MICROSECOND))
    add_constant(namespace, "millisecond", new_duration(MILLISECOND))
    add_constant(namespace, "second", new_duration(NANOSECONDS_OF_SECOND))
    add_constant(namespace, "minute", new_duration(MINUTE))
    add_constant(namespace, "hour", new_duration(HOUR))


@registered("builtin", "time.now()")
def time_now(arguments: Registers) -> Value:
    """The event's time, as the host gives it."""
    if clock.now_set == 0:
        refuse("time.now", "there is no clock here, and the host gave no time for this evaluation")
    return time_in_utc(0, clock.now)


@registered("builtin", "time.from_timestamp(sec, nsec?)")
def time_from_timestamp(arguments: Registers) -> Value:
    """The time so many seconds and nanoseconds after 1970 began."""
    seconds = bounded_argument(arguments, 0, "time.from_timestamp", "sec", MOST_TIMESTAMP)
    nanoseconds: i64 = 0
    if is_given(arguments, 1):
        nanoseconds = int_argument(arguments, 1, "time.from_timestamp", "nsec")
    return time_in_utc(seconds, nanoseconds)


@noinline
def time_in_utc(seconds: i64, nanoseconds: i64) -> Value:
    """A time in UTC; the nanoseconds may be any number."""
    carry = floored_quotient(nanoseconds, NANOSECONDS_OF_SECOND)
    rest = nanoseconds - carry * NANOSECONDS_OF_SECOND
    return Value(Time(seconds=seconds + carry, nanoseconds=rest, offset=0, zone=str_from_text("UTC")))


@registered("builtin", "time.is_valid_timezone(loc)")
def time_is_valid_timezone(arguments: Registers) -> Value:
    """Whether a location is known here."""
    return from_bool(is_location(str_argument(arguments, 0, "time.is_valid_timezone", "loc")))


@registered("builtin", "time.parse_duration(d)")
def time_parse_duration(arguments: Registers) -> Value:
    """The duration of a text such as `1h30m`; a duration is itself."""
    value = register(arguments, 0)
    if isinstance(value, Duration):
        return value
    if not isinstance(value, Str):
        wrong_type("time.parse_duration", "d", value, "duration or string")
    return new_duration(parse_span(cast(Str, value)))


@registered("builtin", "time.parse_time(x, format?, location?)")
def time_parse_time(arguments: Registers) -> Value:
    """The time that a text shows, by a layout."""
    text = str_argument(arguments, 0, "time.parse_time", "x")
    if is_given(arguments, 1):
        layout = str_argument(arguments, 1, "time.parse_time", "format")
    else:
        layout = str_from_text(RFC3339)
    if is_given(arguments, 2):
        location = str_argument(arguments, 2, "time.parse_time", "location")
    else:
        location = str_from_text("UTC")
    return Value(parse_time(text, layout, location))


@registered(
    "builtin", "time.time(*args, year?, month?, day?, hour?, minute?, second?, nanosecond?, location?)"
)
def time_time(arguments: Registers) -> Value:
    """The time of a date and a time of day; what lies outside its range counts on, as the 32nd of January does."""
    if len(tuple_argument(arguments, 0).items) != 0:
        refuse("time.time", "unexpected positional arguments")
    year = part_argument(arguments, 1, "year")
    month = part_argument(arguments, 2, "month") - 1
    more_years = floored_quotient(month, MONTHS_OF_YEAR)
    month = month - more_years * MONTHS_OF_YEAR + 1
    days = days_of_date(year + more_years, month, 1) + part_argument(arguments, 3, "day") - 1
    seconds = days * SECONDS_OF_DAY + part_argument(arguments, 4, "hour") * SECONDS_OF_HOUR
    seconds += part_argument(arguments, 5, "minute") * SECONDS_OF_MINUTE
    seconds += part_argument(arguments, 6, "second")
    nanoseconds = part_argument(arguments, 7, "nanosecond")
    carry = floored_quotient(nanoseconds, NANOSECONDS_OF_SECOND)
    if is_given(arguments, 8):
        location = str_argument(arguments, 8, "time.time", "location")
    else:
        location = str_from_text("UTC")
    offset, zone = location_of(location, "time.time")
    rest = nanoseconds - carry * NANOSECONDS_OF_SECOND
    return Value(Time(seconds=seconds + carry - offset, nanoseconds=rest, offset=offset, zone=zone))


def part_argument(arguments: Registers, index: u32, parameter: Text) -> i64:
    """A part of a date, which is 0 if it is not given."""
    if not is_given(arguments, index):
        return 0
    return bounded_argument(arguments, index, "time.time", parameter, MOST_PART)


def bounded_argument(arguments: Registers, index: u32, function: Text, parameter: Text, most: i64) -> i64:
    """An int that is not larger than a bound, nor smaller than its negative."""
    number = int_argument(arguments, index, function, parameter)
    if number > most or number < -most:
        refuse(function, "a time so far from 1970 cannot be told")
    return number


# Attributes of durations.


@inline
def receiver_nanoseconds(arguments: Registers) -> i64:
    """The duration whose attribute is read."""
    return cast(Duration, register(arguments, 0)).nanoseconds


def in_units(nanoseconds: i64, unit: i64) -> Value:
    """A duration as a float number of units: whole ones first, so that no bit of them is lost."""
    whole = div_s(nanoseconds, unit)
    return from_float(f64(whole) + f64(nanoseconds - whole * unit) / f64(unit))


@registered("attribute", "time.duration.hours")
def duration_hours(arguments: Registers) -> Value:
    """The duration in hours."""
    return in_units(receiver_nanoseconds(arguments), HOUR)


@registered("attribute", "time.duration.minutes")
def duration_minutes(arguments: Registers) -> Value:
    """The duration in minutes."""
    return in_units(receiver_nanoseconds(arguments), MINUTE)


@registered("attribute", "time.duration.seconds")
def duration_seconds(arguments: Registers) -> Value:
    """The duration in seconds."""
    return in_units(receiver_nanoseconds(arguments), NANOSECONDS_OF_SECOND)


@registered("attribute", "time.duration.milliseconds")
def duration_milliseconds(arguments: Registers) -> Value:
    """The whole milliseconds of the duration."""
    return make_int(div_s(receiver_nanoseconds(arguments), MILLISECOND))


@registered("attribute", "time.duration.microseconds")
def duration_microseconds(arguments: Registers) -> Value:
    """The whole microseconds of the duration."""
    return make_int(div_s(receiver_nanoseconds(arguments), MICROSECOND))


@registered("attribute", "time.duration.nanoseconds")
def duration_nanoseconds(arguments: Registers) -> Value:
    """The nanoseconds of the duration."""
    return make_int(receiver_nanoseconds(arguments))


# Attributes and methods of times.


@inline
def receiver_time(arguments: Registers) -> Time:
    """The time whose attribute is read."""
    return cast(Time, register(arguments, 0))


@inline
def local_days(time: Time) -> i64:
    """The days since 1970 of the date in the time's zone."""
    return floored_quotient(time.seconds + time.offset, SECONDS_OF_DAY)


@inline
def local_second(time: Time) -> i64:
    """The second of the day in the time's zone."""
    return time.seconds + time.offset - local_days(time) * SECONDS_OF_DAY


@registered("attribute", "time.time.year")
def time_year(arguments: Registers) -> Value:
    """The year."""
    year, _, _ = date_of_days(local_days(receiver_time(arguments)))
    return make_int(year)


@registered("attribute", "time.time.month")
def time_month(arguments: Registers) -> Value:
    """The month, from 1 to 12."""
    _, month, _ = date_of_days(local_days(receiver_time(arguments)))
    return make_int(month)


@registered("attribute", "time.time.day")
def time_day(arguments: Registers) -> Value:
    """The day of the month."""
    _, _, day = date_of_days(local_days(receiver_time(arguments)))
    return make_int(day)


@registered("attribute", "time.time.hour")
def time_hour(arguments: Registers) -> Value:
    """The hour, from 0 to 23."""
    return make_int(floored_quotient(local_second(receiver_time(arguments)), SECONDS_OF_HOUR))


@registered("attribute", "time.time.minute")
def time_minute(arguments: Registers) -> Value:
    """The minute of the hour."""
    return make_int(minute_of(local_second(receiver_time(arguments))))


@registered("attribute", "time.time.second")
def time_second(arguments: Registers) -> Value:
    """The second of the minute."""
    return make_int(second_of_minute(local_second(receiver_time(arguments))))


@registered("attribute", "time.time.nanosecond")
def time_nanosecond(arguments: Registers) -> Value:
    """The nanoseconds of the second."""
    return make_int(receiver_time(arguments).nanoseconds)


@registered("attribute", "time.time.unix")
def time_unix(arguments: Registers) -> Value:
    """The seconds since 1970 began in UTC."""
    return make_int(receiver_time(arguments).seconds)


@registered("attribute", "time.time.unix_nano")
def time_unix_nano(arguments: Registers) -> Value:
    """The nanoseconds since 1970 began in UTC, of any size."""
    seconds = make_int(receiver_time(arguments).seconds)
    whole = int_mul(seconds, make_int(NANOSECONDS_OF_SECOND))
    return int_add(whole, make_int(receiver_time(arguments).nanoseconds))


@registered("method", "time.time.in_location(locstr, /)")
def time_method_in_location(arguments: Registers) -> Value:
    """The same instant as a location shows it."""
    time = receiver_time(arguments)
    offset, zone = location_of(str_argument(arguments, 1, "in_location", "locstr"), "in_location")
    return Value(Time(seconds=time.seconds, nanoseconds=time.nanoseconds, offset=offset, zone=zone))


@registered("method", "time.time.format(format, /)")
def time_method_format(arguments: Registers) -> Value:
    """The time by a layout."""
    b = builder_new()
    format_time(b, receiver_time(arguments), str_argument(arguments, 1, "format", "format"))
    return Value(finish(b))
