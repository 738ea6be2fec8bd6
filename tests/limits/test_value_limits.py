"""The limits on values: ranges, shifts, depth of what is printed, compared or hashed, depth of calls."""

from __future__ import annotations

import pytest

import ringfence as rf
from tests.limits.conftest import Run
from tests.limits.constants import guest_constant

MAX_COMPARED = guest_constant("guest/values/compare.py", "MAX_DEPTH")
MAX_PRINTED = guest_constant("guest/values/repr.py", "MAX_DEPTH")
MAX_KEY_DEPTH = guest_constant("guest/values/hash.py", "MAX_KEY_DEPTH")
MAX_INT = guest_constant("guest/values/integer.py", "MAX_INT")
MAX_SHIFT = guest_constant("guest/values/int_bits.py", "MAX_SHIFT")

FRAMES = 1_000  # calls inside one another that every program may rely on


def failure(run: Run, source: str) -> str:
    with pytest.raises(rf.RuleError) as caught:
        run(source)
    return caught.value.message


def deep(levels: int, name: str = "x") -> str:
    return f"def make{name}():\n    v = 0\n    for i in range({levels}):\n        v = [v]\n    return v\n{name} = make{name}()\n"


def test_bounds_of_ranges_have_64_bits(run: Run) -> None:
    assert run(f"print(range({MAX_INT})[-1])") == f"{MAX_INT - 1}\n"
    assert "out of range" in failure(run, f"x = range({MAX_INT} + 1)")


def test_shifts(run: Run) -> None:
    assert run("print(1 << 40, 1 >> 40)") == f"{1 << 40} 0\n"
    assert "shift" in failure(run, f"x = 0 << {MAX_SHIFT + 1}")
    assert "shift" in failure(run, "x = 1 << -1")


def test_depth_of_what_is_printed(run: Run) -> None:
    assert run(deep(MAX_PRINTED) + "print(x)").count("[") == MAX_PRINTED
    assert "deep" in failure(run, deep(MAX_PRINTED + 1) + "print(x)")


def test_depth_of_what_is_compared(run: Run) -> None:
    levels = MAX_COMPARED
    assert run(deep(levels) + deep(levels, "y") + "print(x == y, x < y)") == "True False\n"
    levels = MAX_COMPARED + 1
    assert "depth" in failure(run, deep(levels) + deep(levels, "y") + "print(x == y)")
    assert "depth" in failure(run, deep(levels) + deep(levels, "y") + "print(x < y)")


def test_depth_of_a_key(run: Run) -> None:
    tuples = deep(MAX_KEY_DEPTH).replace("[v]", "(v,)")
    assert run(tuples + "print(len({x: 1}))") == "1\n"
    assert "depth" in failure(run, deep(MAX_KEY_DEPTH + 1).replace("[v]", "(v,)") + "print({x: 1})")


def test_depth_of_calls(run: Run) -> None:
    count = "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\n"
    assert run(count + f"print(f({FRAMES}))") == f"{FRAMES}\n"
    assert "stack" in failure(run, count + "print(f(1000000))")


def test_length_of_a_message(run: Run) -> None:
    assert failure(run, 'fail("x" * 100)').count("x") >= 100
    assert len(failure(run, 'fail("x" * 100000)')) < 4_096
