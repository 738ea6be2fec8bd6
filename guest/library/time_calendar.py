"""The calendar: days since 1970 as year, month and day of the Gregorian calendar, and back.

Years are counted from March, so that the leap day is the last one, in eras of 400 years, which all have the same number of days.
"""

from guest.compiler.language import Table, i64, table, u32
from guest.values.int_arithmetic import floored_quotient, floored_remainder

SECONDS_OF_DAY: i64 = 86400
SECONDS_OF_HOUR: i64 = 3600
SECONDS_OF_MINUTE: i64 = 60
NANOSECONDS_OF_SECOND: i64 = 1_000_000_000
MONTHS_OF_YEAR: i64 = 12
DAYS_OF_WEEK: i64 = 7
EPOCH_WEEKDAY: i64 = 4  # 1970 began on a Thursday; Sunday is 0

DAYS_OF_ERA: i64 = 146097
YEARS_OF_ERA: i64 = 400
DAYS_OF_CENTURY: i64 = 36524
DAYS_OF_CYCLE: i64 = 1461  # four years
DAYS_OF_YEAR: i64 = 365
# From 1 March of year 0 to 1 January 1970.
EPOCH_OFFSET: i64 = 719468
# Five months from March on have 153 days, again and again.
DAYS_OF_FIVE_MONTHS: i64 = 153

MONTH_DAYS: Table[u32] = table((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))
FEBRUARY = 2


def days_of_date(year: i64, month: i64, day: i64) -> i64:
    """The days from 1970-01-01 to a date. The month is from 1 to 12, the day any number."""
    from_march = year if month > FEBRUARY else year - 1
    era = floored_quotient(from_march, YEARS_OF_ERA)
    year_of_era = from_march - era * YEARS_OF_ERA
    month_from_march = floored_remainder(month - 3, MONTHS_OF_YEAR)
    day_of_year = floored_quotient(DAYS_OF_FIVE_MONTHS * month_from_march + 2, 5) + day - 1
    leap_days = floored_quotient(year_of_era, 4) - floored_quotient(year_of_era, 100)
    return era * DAYS_OF_ERA + year_of_era * DAYS_OF_YEAR + leap_days + day_of_year - EPOCH_OFFSET


def date_of_days(days: i64) -> tuple[i64, i64, i64]:
    """The year, month and day of a number of days since 1970-01-01."""
    since = days + EPOCH_OFFSET
    era = floored_quotient(since, DAYS_OF_ERA)
    day_of_era = since - era * DAYS_OF_ERA
    # The leap days before that day are taken out, and those that centuries lack put back.
    leap_days = floored_quotient(day_of_era, DAYS_OF_CYCLE - 1)
    lacking = floored_quotient(day_of_era, DAYS_OF_CENTURY) - floored_quotient(day_of_era, DAYS_OF_ERA - 1)
    year_of_era = floored_quotient(day_of_era - leap_days + lacking, DAYS_OF_YEAR)
    before = floored_quotient(year_of_era, 4) - floored_quotient(year_of_era, 100)
    day_of_year = day_of_era - (DAYS_OF_YEAR * year_of_era + before)
    month_from_march = floored_quotient(5 * day_of_year + 2, DAYS_OF_FIVE_MONTHS)
    day = day_of_year - floored_quotient(DAYS_OF_FIVE_MONTHS * month_from_march + 2, 5) + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year = era * YEARS_OF_ERA + year_of_era
    return year + 1 if month <= FEBRUARY else year, month, day


def weekday_of_days(days: i64) -> i64:
    """The day of the week, Sunday being 0."""
    return floored_remainder(days + EPOCH_WEEKDAY, DAYS_OF_WEEK)


def is_leap(year: i64) -> bool:
    """Whether February has 29 days."""
    return year & 3 == 0 and (floored_remainder(year, 100) != 0 or floored_remainder(year, YEARS_OF_ERA) == 0)


def days_of_month(year: i64, month: i64) -> i64:
    """The number of days of a month."""
    if month == FEBRUARY and is_leap(year):
        return 29
    return i64(MONTH_DAYS[u32(month - 1)])
