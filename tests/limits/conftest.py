"""What the tests of limits share: a runtime, and short ways to run a program, a rule or an event."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import ringfence as rf

Run = Callable[[str], str]


@pytest.fixture(scope="session")
def runtime() -> rf.Runtime:
    return rf.Runtime()


@pytest.fixture
def run(runtime: rf.Runtime) -> Run:
    """Executes a program and gives what it printed."""

    def execute(source: str) -> str:
        return runtime.execute(source, options=["recursion", "while"], limits=rf.Limits(fuel=10**9)).stdout

    return execute
