"""The period in which a rule is in effect: from `valid_from` on, until `valid_to`, against the event's time.

The event's time is what `time.now()` tells. A rule with a period is no predicate that `TEST_RULE` could call: it stands in
the table of predicates itself, and the instruction ADMIT asks here before its `when` is called. So rules without a period pay
nothing for those that have one.

A date is a whole day in UTC, the last one included: `valid_to = "2026-12-31"` ends with that day. A time is a moment, and
the rule is no more in effect at that of `valid_to`.
"""

from typing import NoReturn

from guest.compiler.language import Text, Value, cast, i64, noinline, u32
from guest.heap.views import Registers, register
from guest.library import clock
from guest.library.arguments import is_absent_or_none, wrong_type
from guest.library.time_calendar import NANOSECONDS_OF_SECOND, SECONDS_OF_DAY
from guest.library.time_parse import parse_time
from guest.library.time_values import Time, compare_times
from guest.machine.rules import Rule, is_dated
from guest.values.describe import say_repr
from guest.values.failure import forget_message, say, stop
from guest.values.int_arithmetic import floored_quotient
from guest.values.text import Str, str_from_text

DATE_LAYOUT = "2006-01-02"
TIME_LAYOUT = "2006-01-02T15:04:05Z07:00"
DATE_BYTES = 10
YEAR_BYTES = 4
ZONE_BYTES = 6  # of one such as +01:00
PLUS, DASH, LETTER_T, LETTER_Z = 0x2B, 0x2D, 0x54, 0x5A


def start_argument(arguments: Registers, index: u32) -> Time | None:
    """The argument `valid_from` of `rule()`."""
    return moment_argument(arguments, index, "valid_from", 0)


def end_argument(arguments: Registers, index: u32) -> Time | None:
    """The argument `valid_to` of `rule()`."""
    return moment_argument(arguments, index, "valid_to", SECONDS_OF_DAY)


def moment_argument(arguments: Registers, index: u32, parameter: Text, day: i64) -> Time | None:
    """A time, or its text; of a date, the moment so many seconds after it began."""
    given = register(arguments, index)
    if is_absent_or_none(given):
        return None
    if isinstance(given, Time):
        return cast(Time, given)
    if not isinstance(given, Str):
        wrong_type("rule", parameter, given, "time or string")
    text = cast(Str, given)
    is_date = looks_like_date(text)
    # What `parse_time` says is wrong with the text is the rest of this message.
    say("rule: for parameter ")
    say(parameter)
    say(": ")
    if not is_date and not looks_like_time(text):
        say_repr(Value(text))
        say(' is not a date, or a time with its zone (write it like "2026-01-31" or "2026-01-31T09:00:00Z")')
        stop()
    layout = str_from_text(DATE_LAYOUT if is_date else TIME_LAYOUT)
    time = parse_time(cast(Str, register(arguments, index)), layout, str_from_text("UTC"))
    forget_message()
    if not is_date:
        return time
    return Time(seconds=time.seconds + day, nanoseconds=0, offset=0, zone=time.zone)


def looks_like_date(text: Str) -> bool:
    """Whether a text has a date's length, and a dash after the year."""
    return len(text.data) == DATE_BYTES and text.data[YEAR_BYTES] == DASH


def looks_like_time(text: Str) -> bool:
    """Whether a text has a dash after the year, a T after the date, and a zone at its end."""
    n = len(text.data)
    if n <= DATE_BYTES + ZONE_BYTES or text.data[YEAR_BYTES] != DASH or text.data[DATE_BYTES] != LETTER_T:
        return False
    sign = text.data[n - ZONE_BYTES]
    return text.data[n - 1] == LETTER_Z or sign == PLUS or sign == DASH


def check_period(rule: Rule) -> None:
    """Refuse a period without a moment in it."""
    start = rule.valid_from
    end = rule.valid_to
    if start is not None and end is not None and compare_times(start, end) >= 0:
        say("rule: valid_to is not after valid_from: the rule would never be in effect")
        stop()


def in_effect(rule: Rule) -> bool:
    """Whether a rule is in effect at the event's time."""
    if not is_dated(rule):
        return True
    if clock.now_set == 0:
        no_time(rule)
    seconds = floored_quotient(clock.now, NANOSECONDS_OF_SECOND)
    nanoseconds = clock.now - seconds * NANOSECONDS_OF_SECOND
    start = rule.valid_from
    if start is not None and is_before(seconds, nanoseconds, start):
        return False
    end = rule.valid_to
    return end is None or is_before(seconds, nanoseconds, end)


def is_before(seconds: i64, nanoseconds: i64, time: Time) -> bool:
    """Whether a moment, in seconds since 1970 and nanoseconds, comes before a time."""
    if seconds != time.seconds:
        return seconds < time.seconds
    return nanoseconds < time.nanoseconds


@noinline
def no_time(rule: Rule) -> NoReturn:
    """End with the error of an event without a time, of which a rule's period cannot be told."""
    say("the rule ")
    say_repr(Value(rule.name))
    say(
        " has a period of validity, and the host gave no time for this event (evaluate(event, now=...), run --now)"
    )
    stop()
