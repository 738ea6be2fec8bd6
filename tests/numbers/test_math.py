"""The namespace `math` against Python's: exact where the result is, else at most two units in the last place apart.

Python's functions are the platform's own, which are themselves off by one now and then, and by more in `gamma`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

LIMITS = rf.Limits(fuel=100_000_000, deadline=20.0)
MOST_APART = {"gamma": 16}  # units in the last place, where it is more than two
BATCH = 40  # arguments of one program

EXACT = ("sqrt", "fabs", "mod", "remainder", "copysign", "ceil", "floor")
PYTHON = {"mod": math.fmod, "fabs": math.fabs}
ONE = (
    *("exp", "log", "sqrt", "fabs", "gamma", "ceil", "floor"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
)
TWO = ("pow", "atan2", "hypot", "mod", "remainder", "copysign")

bits = st.integers(0, 2**64 - 1).map(lambda n: struct.unpack("<d", struct.pack("<Q", n))[0])
special = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 5e-324, 1e308, -1e308, math.inf, -math.inf, math.nan, 171.5]
)
numbers = st.one_of(special, st.floats(-1, 1), st.floats(-30, 30), st.floats(-800, 800), bits)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def results(runtime: rf.Runtime, name: str, arguments: list[tuple[float, ...]]) -> list[float]:
    """What the function gives here for each tuple of arguments."""
    calls = ", ".join("(" + ", ".join(f'float("{x!r}")' for x in values) + ",)" for values in arguments)
    source = f"def f():\n    for x in [{calls}]:\n        print(math.{name}(*x))\nf()\n"
    return [float(line) for line in runtime.execute(source, limits=LIMITS).stdout.split()]


def expected(name: str, values: tuple[float, ...]) -> float | None:
    """What Python gives; None where it refuses."""
    function: Callable[..., float] = PYTHON.get(name) or getattr(math, name)
    try:
        return float(function(*values))
    except OverflowError:
        return None if name in ("ceil", "floor") else math.inf
    except ValueError:
        return None


def distance(a: float, b: float) -> float:
    """How far apart two results are, in units in the last place of the second; the sign of an infinity counts, unless
    Python refuses to give one."""
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    if math.isinf(b):
        return 0.0 if math.isinf(a) else math.inf
    return abs(a - b) / math.ulp(b) if math.isfinite(a) else math.inf


def check(runtime: rf.Runtime, name: str, arguments: list[tuple[float, ...]]) -> None:
    """Compare all results of one function."""
    known = [(values, want) for values in arguments if (want := expected(name, values)) is not None]
    most = 0 if name in EXACT else MOST_APART.get(name, 2)
    for (values, want), got in zip(known, results(runtime, name, [each for each, _ in known]), strict=True):
        assert distance(got, want) <= most, f"math.{name}{values}: {got!r}, want {want!r}"
        if want == 0.0 and name not in ("ceil", "floor"):
            assert math.copysign(1.0, got) == math.copysign(1.0, want), f"math.{name}{values}"


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_number(runtime: rf.Runtime, name: str) -> None:
    @settings(max_examples=8, deadline=None, derandomize=True)
    @given(st.lists(numbers, min_size=BATCH, max_size=BATCH))
    def agrees(xs: list[float]) -> None:
        check(runtime, name, [(x,) for x in xs])

    agrees()


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_numbers(runtime: rf.Runtime, name: str) -> None:
    @settings(max_examples=8, deadline=None, derandomize=True)
    @given(st.lists(st.tuples(numbers, numbers), min_size=BATCH, max_size=BATCH))
    def agrees(pairs: list[tuple[float, float]]) -> None:
        # A NaN of this language has no sign.
        check(runtime, name, [pair for pair in pairs if not math.isnan(pair[1])])

    agrees()


def test_angles_near_multiples_of_a_quarter_turn(runtime: rf.Runtime) -> None:
    """Where the remainder is tiny, all its bits must be right."""
    angles = [*(k * math.pi / 2 for k in range(1, 200)), 1e22, 1e300]
    for name in ("sin", "cos", "tan"):
        check(runtime, name, [(x,) for x in angles])
    # The double that is closest to a multiple; the platform's own result is several units off.
    assert results(runtime, "cos", [(6381956970095103.0 * 2.0**797,)]) == [-4.68716592425462761112e-19]
