"""The option `--gc-stress`: every isolate of every test collects at every allocation, under the heap walker.

The option builds the debug guest and names it in the environment, where the host (`ringfence/guest.py`), the commands that
tests start and the harnesses of test guests (`stress.py`) find it.
"""

from __future__ import annotations

import pytest

from tests import stress

MARKER = (
    "not_under_gc_stress(reason): what it measures (time, memory, collections) is another under --gc-stress"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--gc-stress",
        action="store_true",
        help="run on the debug guest: collect at every allocation, and walk the heap after each collection",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    if config.getoption("--gc-stress"):
        stress.use_stressed_guest()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not stress.gc_stress():
        return
    for item in items:
        marker = item.get_closest_marker("not_under_gc_stress")
        if marker is not None:
            item.add_marker(pytest.mark.skip(reason=f"under --gc-stress: {marker.args[0]}"))
