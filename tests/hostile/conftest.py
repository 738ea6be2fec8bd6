"""One runtime for all hostile tests: what an attack leaves behind meets the next one."""

from __future__ import annotations

import pytest

import ringfence as rf


@pytest.fixture(scope="session")
def runtime() -> rf.Runtime:
    return rf.Runtime()
