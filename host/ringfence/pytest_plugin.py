"""Bundles in a pytest run: each test of a bundle is an item, with the messages of `ringfence test`.

`pytest_ringfence.py`, outside the package, declares the option and registers `BundleTests` when it is given. A bundle's
folder, the folders of its tests and their files are pytest's own kinds of nodes, so ids, `-k` and selection by path work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ringfence.errors import RingfenceError
from ringfence.testing.case import Case, Failure
from ringfence.testing.coverage import Coverage
from ringfence.testing.suite import Suite, no_tests
from ringfence.testing.terminal import coverage_lines


class BundleTests:
    """The plugin of one run."""

    def __init__(self, config: pytest.Config, bundles: Sequence[str]) -> None:
        self._folders = {(config.invocation_params.dir / bundle).resolve(): bundle for bundle in bundles}
        self._coverage: dict[str, Coverage] = {}
        for folder, bundle in self._folders.items():
            if not folder.exists():
                raise pytest.UsageError(f"--ringfence {bundle}: there is no such folder or package")
        # Beside what is tested anyway, whether that was said on the command line or not. Where a bundle is below such a folder
        # pytest takes it once; and whoever names a test in a bundle does not mean all of them.
        named = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
        for folder in self._folders:
            if not any(folder in path.resolve().parents for path in named):
                config.args.append(str(folder))

    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """A bundle's folder is collected by us."""
        if path not in self._folders:
            return None
        return BundleFolder.from_parent(parent, path=path, plugin=self, bundle=self._folders[path])

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """So is a package."""
        if file_path not in self._folders:
            return None
        return BundlePackage.from_parent(parent, path=file_path, plugin=self, bundle=self._folders[file_path])

    def loaded(self, bundle: str, node: pytest.Collector) -> tuple[Suite, Coverage]:
        """A bundle and its tests, and where their results are counted. What does not load is an error of `node`."""
        try:
            suite = Suite.load(node.path)
        except (RingfenceError, ValueError) as failure:
            raise node.CollectError(str(failure)) from None
        node.config.add_cleanup(suite.close)
        if not suite.cases:
            raise node.CollectError(no_tests(node.path))
        return suite, self._coverage.setdefault(bundle, Coverage(suite))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell which rules the tests reached."""
        for bundle, coverage in self._coverage.items():
            if coverage.results:
                terminalreporter.section(f"ringfence {bundle}")
                for line in coverage_lines(coverage):
                    terminalreporter.line(line)


class BundleFolder(pytest.Directory):
    """The folder of a bundle: its tests are collected, nothing else in it."""

    def __init__(self, *, plugin: BundleTests, bundle: str, **more: Any) -> None:
        super().__init__(**more)
        self._plugin, self._bundle = plugin, bundle

    def collect(self) -> Iterator[pytest.Collector]:
        """Load the bundle and its tests."""
        suite, coverage = self._plugin.loaded(self._bundle, self)
        return children(self, self.path, suite, coverage, suite.cases)


class BundlePackage(pytest.File):
    """A packed bundle: its tests have no files of their own."""

    def __init__(self, *, plugin: BundleTests, bundle: str, **more: Any) -> None:
        super().__init__(**more)
        self._plugin, self._bundle = plugin, bundle

    def collect(self) -> Iterator[pytest.Item]:
        """Load the bundle and its tests."""
        suite, coverage = self._plugin.loaded(self._bundle, self)
        for case in suite.cases:
            yield BundleTest.from_parent(self, name=case.id, suite=suite, coverage=coverage, case=case)


class TestsFolder(pytest.Directory):
    """A folder of tests in a bundle."""

    __test__ = False  # not a class of tests itself

    def __init__(self, *, suite: Suite, coverage: Coverage, cases: Sequence[Case], **more: Any) -> None:
        super().__init__(**more)
        self._suite, self._coverage, self._cases = suite, coverage, cases

    def collect(self) -> Iterator[pytest.Collector]:
        """What is in it."""
        return children(self, self._suite.path, self._suite, self._coverage, self._cases)


class TestsFile(pytest.File):
    """A file of tests."""

    __test__ = False

    def __init__(self, *, suite: Suite, coverage: Coverage, cases: Sequence[Case], **more: Any) -> None:
        super().__init__(**more)
        self._suite, self._coverage, self._cases = suite, coverage, cases

    def collect(self) -> Iterator[pytest.Item]:
        """Its tests."""
        for case in self._cases:
            yield BundleTest.from_parent(
                self, name=case.name, suite=self._suite, coverage=self._coverage, case=case
            )


class BundleTest(pytest.Item):
    """One test of a bundle."""

    def __init__(self, *, suite: Suite, coverage: Coverage, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self._suite, self._coverage, self._case = suite, coverage, case

    def runtest(self) -> None:
        """Run it; raises what `repr_failure` shows."""
        result = self._suite.run(self._case)
        self._coverage.add(result)
        self.user_properties.append(("fuel", result.fuel))
        if result.failure is not None:
            raise BundleTestFailed(result.failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What `ringfence test` says about it."""
        if isinstance(excinfo.value, BundleTestFailed):
            return str(excinfo.value.failure)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it is: pytest counts lines from 0."""
        return self.path, self._case.line - 1, self._case.name


class BundleTestFailed(Exception):
    """A test of a bundle has failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def children(
    parent: pytest.Collector, root: Path, suite: Suite, coverage: Coverage, cases: Sequence[Case]
) -> Iterator[pytest.Collector]:
    """The folders and files directly below `parent` that hold these cases, in their order."""
    groups: dict[Path, list[Case]] = {}
    for case in cases:
        below = (root / case.path).relative_to(parent.path)
        groups.setdefault(parent.path / below.parts[0], []).append(case)
    for path, group in groups.items():
        node = TestsFolder if path.is_dir() else TestsFile
        yield node.from_parent(parent, path=path, suite=suite, coverage=coverage, cases=group)
