"""The pytest option `--ringfence BUNDLE`: a team's test run includes the tests of its bundles.

pytest imports this in every run where ringfence is installed, so it imports nothing itself; the option loads
`ringfence.pytest_plugin`, which does the work.
"""

from __future__ import annotations

import pytest

OLDEST_PYTEST = (8, 0)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.getgroup("ringfence").addoption(
        "--ringfence",
        action="append",
        default=[],
        metavar="BUNDLE",
        help="Run the tests of this bundle's folder, too; may be repeated.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the plugin proper, if a bundle is given."""
    bundles = config.getoption("--ringfence")
    if not bundles:
        return
    if pytest.version_tuple[:2] < OLDEST_PYTEST:
        raise pytest.UsageError(f"--ringfence needs pytest 8 or newer, not {pytest.__version__}")
    from ringfence.pytest_plugin import BundleTests

    config.pluginmanager.register(BundleTests(config, bundles), "ringfence-bundles")
