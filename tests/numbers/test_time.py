"""Dates and durations of the namespace `time` against Python's `datetime`."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

LIMITS = rf.Limits(fuel=100_000_000, deadline=20.0)
BATCH = 50  # times of one program

moments = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 30), timezones=st.just(dt.UTC))
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def location(minutes: int) -> str:
    """The name of a fixed offset."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


@settings(max_examples=10, deadline=None, derandomize=True)
@given(cases=st.lists(st.tuples(moments, offsets), min_size=BATCH, max_size=BATCH))
def test_dates(runtime: rf.Runtime, cases: list[tuple[dt.datetime, int]]) -> None:
    """Seconds since 1970 become a date in any zone, and the date's text the same seconds again."""
    given_times = [
        (int((moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(seconds=1)), minutes)
        for moment, minutes in cases
    ]
    source = f"""
def f():
    for seconds, location in {[(seconds, location(minutes)) for seconds, minutes in given_times]}:
        t = time.from_timestamp(seconds).in_location(location)
        text = t.format("2006-01-02T15:04:05Z07:00")
        again = time.parse_time(text).unix
        print(t.format("2006-01-02 15:04:05 Mon 002"), again, t.year, t.month, t.day)
f()
"""
    lines = runtime.execute(source, limits=LIMITS).stdout.splitlines()
    for line, (moment, minutes), (seconds, _) in zip(lines, cases, given_times, strict=True):
        try:
            local = moment.replace(microsecond=0).astimezone(dt.timezone(dt.timedelta(minutes=minutes)))
        except OverflowError:
            continue
        shown = (
            f"{local.year:04}-{local:%m-%d %H:%M:%S %a %j} {seconds} {local.year} {local.month} {local.day}"
        )
        assert line == shown


@settings(max_examples=10, deadline=None, derandomize=True)
@given(spans=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=BATCH, max_size=BATCH))
def test_durations_are_read_as_they_are_printed(runtime: rf.Runtime, spans: list[int]) -> None:
    """Down to the nanosecond, at both ends of the range too."""
    source = f"""
def f():
    for n in {spans}:
        d = time.nanosecond * n
        again = time.parse_duration(str(d))
        print(d.nanoseconds, again.nanoseconds, time.from_timestamp(0, n).unix_nano)
f()
"""
    lines = runtime.execute(source, limits=LIMITS).stdout.splitlines()
    assert lines == [f"{n} {n} {n}" for n in spans]
