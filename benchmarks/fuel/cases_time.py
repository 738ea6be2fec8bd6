"""Cases of the module `time` and of its types: texts of any length to read, layouts of any length to write by."""

from __future__ import annotations

from .case import Case

T = "t = time.from_timestamp(1700000000, 123456789)"
D = 'd = time.parse_duration("1h2m3.5s")'
FIELDS = ["year", "month", "day", "hour", "minute", "second", "nanosecond", "unix", "unix_nano"]
LENGTHS = ["hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"]
LAYOUTS = {
    "years": '"2006" * N',
    "names": '"January Monday" * N',
    "offsets": '"Z07:00" * N',
    "fractions": '".000000000" * N',
    "text": '"x" * N',
    "wide text": '"é" * N',
    "nearly elements": '"Januar Monda 200 " * N',
}
DURATIONS = {
    "many parts": '"1ns" * min(N, 20)',
    "digits": '"0" * min(N, 60) + "1s"',
    "fraction": '"0." + "1" * min(N, 60) + "s"',
}
WRONG = {
    "no unit": '"1" * N',
    "unknown unit": '"1" + "x" * N',
}

CASES = [
    Case("time.now()", "no clock", "time.now()", ends="time.now", largest=1),
    Case("time.from_timestamp()", "", "time.from_timestamp(1700000000, 5)", largest=1),
    Case("time.time()", "", "time.time(year = 2024, month = 2, day = 29, hour = 5)", largest=1),
    *(
        Case("time.is_valid_timezone()", zone[:9], "time.is_valid_timezone(z)", f"z = {zone}")
        for zone in ('"UTC"', '"a" * N', '"+01:00" * N')
    ),
    *(
        Case("time.parse_duration()", shape, "time.parse_duration(s)", f"s = {text}")
        for shape, text in DURATIONS.items()
    ),
    *(
        Case(
            "time.parse_duration()",
            shape,
            "time.parse_duration(s)",
            f"s = {text}",
            ends="duration",
        )
        for shape, text in WRONG.items()
    ),
    Case(
        "time.parse_time()", "standard", 'time.parse_time("2024-02-29T10:11:12.123456789+01:00")', largest=1
    ),
    *(
        Case(
            "time.parse_time()",
            shape,
            "time.parse_time(s, format = f)",
            f"f = {layout}\ns = t.format(f)".replace("s =", f"{T}\ns ="),
        )
        for shape, layout in LAYOUTS.items()
        if shape not in ("fractions",)
    ),
    Case("time.parse_time()", "no time", "time.parse_time(s)", 's = "2" * N', ends="parsing time"),
    *(
        Case("time.time.format", shape, "t.format(f)", f"{T}\nf = {layout}")
        for shape, layout in LAYOUTS.items()
    ),
    Case("time.time.in_location", "", 't.in_location("+05:30")', T, largest=1),
    *(Case(f"time.time.{name}", "", f"t.{name}", T, largest=1) for name in FIELDS),
    *(Case(f"time.duration.{name}", "", f"d.{name}", D, largest=1) for name in LENGTHS),
    *(
        Case("time.duration", body, body, f"{T}\n{D}", largest=1)
        for body in (
            "t + d",
            "t - t",
            "d + d",
            "d * 3",
            "d / 3",
            "d // d",
            "t < t",
            "str(t)",
            "str(d)",
            "d == d",
        )
    ),
]
