"""Time and fuel grow with the text times the pattern, and never faster: also for patterns that ruin backtracking matchers."""

from __future__ import annotations

import time

import pytest

import ringfence as rf

LIMITS = rf.Limits(fuel=1_000_000_000, deadline=10.0)
MOST_SECONDS_PER_UNIT = 1e-6
GROWTH = 2.3  # of the fuel, at the most, when the text is twice as long
CATASTROPHIC = [
    ("(a*)*b", "a"),
    ("(a|aa)+$", "ab"),
    ("(x+x+)+y", "x"),
    ("((a{0,5}){0,5}){0,5}b", "a"),
    ("(a?){50}a{50}b", "a"),
    ("(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]", "a"),
    ("(a|b)*a(a|b){14}c", "ab"),
    (r"^(\w+\s?)*$", "a "),
    (r"(\pL+)+\d", "é"),
    ("(?i)(é|É)*ss", "é"),
]
METHODS = ["match", "search", "find", "groups"]


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def fuel_and_time(runtime: rf.Runtime, pattern: str, text: str, method: str) -> tuple[int, float]:
    """What matching costs, the compilation of the pattern included."""
    start = time.perf_counter()
    done = runtime.execute(f"regex(args[0]).{method}(args[1])", args=[pattern, text], limits=LIMITS)
    return done.stats.fuel, time.perf_counter() - start


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("pattern", "unit"), CATASTROPHIC)
def test_twice_the_text_costs_twice_as_much(
    runtime: rf.Runtime, pattern: str, unit: str, method: str
) -> None:
    short, _ = fuel_and_time(runtime, pattern, unit * 1000, method)
    long, _ = fuel_and_time(runtime, pattern, unit * 2000, method)
    assert long < GROWTH * short
    assert long < 60 * 2000 * len(pattern)


@pytest.mark.parametrize(("pattern", "unit"), CATASTROPHIC)
def test_a_unit_buys_less_than_a_microsecond(runtime: rf.Runtime, pattern: str, unit: str) -> None:
    fuel, seconds = min(fuel_and_time(runtime, pattern, unit * 20000, "groups") for _ in range(3))
    assert seconds < fuel * MOST_SECONDS_PER_UNIT + 0.02  # what starting an isolate may take


@pytest.mark.parametrize(
    "pattern",
    [
        "a{1000}" * 10,
        r"(?:\pL{100}){10}",
        r"(?i)[\pL\pN\pS]{500}",
        "(" * 900 + "a" + ")*" * 900,
        "|".join(map(str, range(3000))),
        "[" + "[:" * 20000 + "x]",
    ],
)
def test_compiling_is_paid_for(runtime: rf.Runtime, pattern: str) -> None:
    fuel, seconds = min(fuel_and_time(runtime, pattern, "", "match") for _ in range(3))
    assert seconds < fuel * MOST_SECONDS_PER_UNIT + 0.02


def test_fuel_does_not_depend_on_what_was_matched_before(runtime: rf.Runtime) -> None:
    program = """
r = regex("(a|b)*c|[^x]y+")
for text in args:
    r.search(text)
    r.groups(text)
"""
    options = ["toplevelcontrol"]
    texts = ["abab" * 50, "zzyy", "abc" * 20]
    orders = [texts, texts[::-1], [texts[1], texts[0], texts[2]]]
    costs = {
        runtime.execute(program, options=options, args=order, limits=LIMITS).stats.fuel for order in orders
    }
    assert len(costs) == 1
