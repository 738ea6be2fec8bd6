"""One runtime for all tests of the network vocabulary."""

from __future__ import annotations

import pytest

import ringfence as rf


@pytest.fixture(scope="session")
def runtime() -> rf.Runtime:
    return rf.Runtime()
