"""What the tests of a bundle run in: an image of the bundle itself, and one of the modules of its tests.

The second is the bundle once more, with the functions `test_*` in the place of its rules; `function_run.py` runs them. Both
can be loaded covered, so that the lines that run are noted. `suite.py` owns the images.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ringfence.bundle import Bundle, BundleUse
from ringfence.functions import HostFunctions
from ringfence.limits import Limits
from ringfence.lines import LineCoverage
from ringfence.results import unreadable
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime
from ringfence.testing.case import FunctionCase
from ringfence.testing.decider import FUNCTIONS_OF_TESTS
from ringfence.testing.fakes import Fakes


@dataclass(frozen=True)
class Images:
    """The rules, and the test functions if there are any."""

    rules: RuleSet
    functions: RuleSet | None
    cases: tuple[FunctionCase, ...]
    """The test functions, by number."""

    def close(self) -> None:
        """Free both."""
        self.rules.close()
        if self.functions is not None:
            self.functions.close()


@dataclass(frozen=True)
class Loader:
    """Loads the images of one bundle with these modules of tests."""

    runtime: Runtime
    bundle: Bundle
    modules: Mapping[str, bytes]
    limits: Limits | None
    fakes: Fakes

    def load(self, lines: LineCoverage | None = None) -> Images:
        """Load both; covered, if there are `lines`. Raises `BundleError`, or a limit's own error."""
        functions = HostFunctions(self.bundle.manifest.functions, self.fakes.functions)
        loaded = self.runtime.load_bundle(self.bundle, limits=self.limits, covered=lines is not None)
        rules = loaded.rule_set(functions, lines=lines)
        if not self.modules:
            return Images(rules, None, ())
        try:
            tests, cases = self._load_functions(lines)
        except BaseException:
            rules.close()
            raise
        return Images(rules, tests, cases)

    def _load_functions(self, lines: LineCoverage | None) -> tuple[RuleSet, tuple[FunctionCase, ...]]:
        """The image of the test functions, and these."""
        manifest = self.bundle.manifest
        declared = {**manifest.functions, **FUNCTIONS_OF_TESTS}
        whole = replace(
            self.bundle,
            manifest=replace(manifest, functions=declared),
            files={**self.bundle.files, **self.modules},
        )
        loaded = self.runtime.load_bundle(
            whole, limits=self.limits, use=BundleUse.TESTS, covered=lines is not None
        )
        provided = {**self.fakes.functions, **dict.fromkeys(FUNCTIONS_OF_TESTS, _answered_elsewhere)}
        tests = loaded.rule_set(HostFunctions(declared, provided), lines=lines)
        return tests, _cases(loaded.said)


def _cases(said: bytes) -> tuple[FunctionCase, ...]:
    """The test functions that the guest has found; raises `IsolateTrapped` if what it says makes no sense."""
    try:
        return tuple(
            FunctionCase(str(test["path"]), _line_of(test["location"]), str(test["name"]), number)
            for number, test in enumerate(json.loads(said)["tests"])
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as failure:
        raise unreadable(failure, 0) from failure


def _line_of(location: str) -> int:
    """The line in `path:line:column`."""
    return int(location.rsplit(":", 2)[1])


def _answered_elsewhere(*_arguments: Any) -> None:
    """What the functions of tests do is up to the run that is asked (`function_run.py`)."""
    raise AssertionError("a test function ran outside its run")
