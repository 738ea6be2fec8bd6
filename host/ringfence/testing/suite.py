"""A bundle with its tests: loading both, and running one test after the other.

Each test decides its events in a pristine isolate, under the limits of the bundle. The command line and the pytest plugin
drive a suite; `expectations.py` reads the tests that are JSON Lines, `function_run.py` runs those that are functions.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from ringfence.bundle import Bundle, read_tests
from ringfence.closing import Closable
from ringfence.contents import EXPECTATIONS_SUFFIX, SOURCE_SUFFIX, TESTS_FOLDER
from ringfence.decision import Decision
from ringfence.errors import BundleError, Diagnostic, EvaluationError
from ringfence.functions import Functions
from ringfence.limits import Limits
from ringfence.lines import LineCoverage
from ringfence.nearby import nearest
from ringfence.results import failed
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime
from ringfence.testing.case import Case, EventCase, FunctionCase, Result
from ringfence.testing.expectations import read_expectations
from ringfence.testing.fakes import Fakes
from ringfence.testing.function_run import FunctionRun
from ringfence.testing.images import Images, Loader
from ringfence.testing.judgement import function_failure, judged

LIKE_TESTS = (".json", ".ndjson", ".py")
"""Suffixes of files in the folder of tests that hardly are anything else."""

FIRST_MATCH = ("first", "priority")
"""The hit policies under which no rule is tried after one that matched."""


class Suite(Closable):
    """A loaded bundle and its tests, in the order of their files. Close it, or use it in a `with` statement."""

    def __init__(self, path: Path, loader: Loader, images: Images, cases: Sequence[Case]) -> None:
        self.path = path
        """The bundle's folder or package."""
        self.manifest = loader.bundle.manifest
        self.rules = images.rules
        self.cases = tuple(cases)
        self._loader = loader
        self._images = images
        self._covered: Images | None = None

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        limits: Limits | None = None,
        runtime: Runtime | None = None,
        functions: Functions | None = None,
    ) -> Suite:
        """Load a bundle, from its folder or package, and its tests. Raises `BundleError` with all that is wrong with either.

        `limits` are those of each event, as for `Runtime.load`; `functions` answer where a test does not say what the host's
        functions answer. A suite without tests has no `cases`.
        """
        bundle = Bundle.from_path(path)
        cases: list[Case] = []
        findings: list[Diagnostic] = []
        modules: dict[str, bytes] = {}
        for name, content in read_tests(path).items():
            if name.endswith(EXPECTATIONS_SUFFIX):
                found, wrong = read_expectations(name, content)
                cases += found
                findings += wrong
            else:
                modules[name] = content
        if findings:
            raise BundleError(
                "the tests cannot be read",
                diagnostics=findings,
                advice="Correct the lines that are named; each is one test.",
            )
        fakes = Fakes(bundle.manifest.functions, functions)
        loader = Loader(runtime or Runtime(), bundle, modules, limits, fakes)
        images = loader.load()
        cases += images.cases
        cases.sort(key=lambda case: case.path)
        return cls(Path(path), loader, images, cases)

    def cover_lines(self) -> LineCoverage:
        """Note which lines run from now on. Each test runs once more, covered, so that its result stays what it is."""
        lines = LineCoverage()
        self._covered = self._loader.load(lines)
        return lines

    def run(self, case: Case) -> Result:
        """Run one of the suite's tests."""
        result = self._run(case, self._images)
        if self._covered is not None:
            self._run(case, self._covered)
        return result

    def _run(self, case: Case, images: Images) -> Result:
        started = time.perf_counter()
        if isinstance(case, FunctionCase):
            assert images.functions is not None
            run = FunctionRun(images.functions, images.rules, self._loader.fakes)
            error = run.run(case.number)
            failure = None if error is None else function_failure(case, error, run.printed)
            return Result(case, failure, time.perf_counter() - started, run.fuel, tuple(run.decisions))
        assert isinstance(case, EventCase)
        decision = self._decide(case, images.rules)
        seconds = time.perf_counter() - started
        return Result(case, judged(case, decision), seconds, decision.fuel, (decision,))

    def tried(self, decision: Decision) -> Sequence[str]:
        """The names of the rules that were tried for a decision, in order: under `first`, those up to the one that decided."""
        names = [rule.name for rule in self.rules.rules() if rule.enabled]
        last = decision.rule
        if isinstance(last, str) and (self.manifest.hit_policy in FIRST_MATCH or decision.error is not None):
            return names[: names.index(last) + 1] if last in names else ()
        # What failed before any rule was tried names none.
        return () if decision.error is not None else names

    def _decide(self, case: EventCase, rules: RuleSet) -> Decision:
        # As JSON whatever it is: that a list is no event may be what is tested.
        event = json.dumps(case.event, separators=(",", ":")).encode()
        try:
            with self._loader.fakes.answering(case.answers), rules.isolate() as pristine:
                return pristine.evaluate(event, now=case.now)
        except EvaluationError as error:
            return failed(error)

    def close(self) -> None:
        """Free the rules."""
        self._images.close()
        if self._covered is not None:
            self._covered.close()


def no_tests(path: Path) -> str:
    """What to tell somebody whose bundle has no tests."""
    if path.is_file():
        return f"the package {str(path)!r} holds no tests: pack it again without --without-tests, or test its folder"
    if modules := [name for name in read_tests(path) if name.endswith(SOURCE_SUFFIX)]:
        return f"{modules[0]} has no test: tests are functions whose names begin with test_, such as def test_first()"
    if (named := path / TESTS_FOLDER).is_dir():
        if others := [
            file for file in sorted(named.rglob("*")) if file.is_file() and file.suffix in LIKE_TESTS
        ]:
            return f"{str(others[0])!r} holds no tests: the names of their files end in .jsonl or .star"
    elif near := nearest(named):
        return f"the bundle {str(path)!r} has no tests: they belong into its folder {TESTS_FOLDER!r}, not {near.name!r}"
    return (
        f"the bundle {str(path)!r} has no tests. Write one on a line of "
        f'{TESTS_FOLDER}/first.jsonl: {{"event": {{...}}, "decision": ..., "rule": "..."}}'
    )
