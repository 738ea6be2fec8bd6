"""Programs in the common language print the same in Python and here, or read an unassigned variable in both."""

from __future__ import annotations

import contextlib
import io

import pytest

import ringfence as rf
from tests.property.programs import Generator

SEEDS = range(400)
UNASSIGNED = "a variable is read before it is assigned"
LIMITS = rf.Limits(fuel=100_000_000, deadline=10.0)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def python_output(source: str) -> str:
    """What the program prints in Python."""
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            exec(source, {})  # written by the generator beside this file
    except UnboundLocalError:
        return UNASSIGNED
    except NameError as error:
        assert "free variable" in str(error)
        return UNASSIGNED
    return output.getvalue()


def our_output(runtime: rf.Runtime, source: str) -> str:
    """What the program prints here."""
    try:
        return runtime.execute(source, limits=LIMITS).stdout
    except rf.RuleError as error:
        assert "referenced before assignment" in error.message
        return UNASSIGNED


@pytest.mark.parametrize("start", SEEDS[::50])
def test_random_programs(runtime: rf.Runtime, start: int) -> None:
    for seed in range(start, start + SEEDS[50]):
        source = Generator(seed).program()
        assert our_output(runtime, source) == python_output(source), source
