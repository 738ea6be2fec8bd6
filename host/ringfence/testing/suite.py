"""A bundle with its tests: loading both, and running one test after the other.

Each test decides its events in a pristine isolate, under the limits of the bundle. The command line and the pytest plugin
drive a suite; `expectations.py` reads the tests that are JSON Lines.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ringfence.bundle import Bundle, read_tests
from ringfence.contents import EXPECTATIONS_SUFFIX, TESTS_FOLDER
from ringfence.decision import Decision
from ringfence.errors import BundleError, Diagnostic, EvaluationError
from ringfence.limits import Limits
from ringfence.manifest import Manifest
from ringfence.results import failed
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime
from ringfence.testing.case import Case, EventCase, Failure, Result
from ringfence.testing.difference import difference, same
from ringfence.testing.expectations import DECISION, ERROR, RULE, read_expectations

FIRST_MATCH = ("first", "priority")
"""The hit policies under which no rule is tried after one that matched."""


class Suite:
    """A loaded bundle and its tests, in the order of their files. Close it, or use it in a `with` statement."""

    def __init__(self, path: Path, manifest: Manifest, rules: RuleSet, cases: Sequence[Case]) -> None:
        self.path = path
        """The bundle's folder or package."""
        self.manifest = manifest
        self.rules = rules
        self.cases = tuple(cases)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, limits: Limits | None = None, runtime: Runtime | None = None
    ) -> Suite:
        """Load a bundle, from its folder or package, and its tests. Raises `BundleError` with all that is wrong with either.

        `limits` are those of each event, as for `Runtime.load`. A suite without tests has no `cases`.
        """
        bundle = Bundle.from_path(path)
        cases: list[Case] = []
        findings: list[Diagnostic] = []
        for name, content in read_tests(path).items():
            if name.endswith(EXPECTATIONS_SUFFIX):
                found, wrong = read_expectations(name, content)
                cases += found
                findings += wrong
        if findings:
            raise BundleError(
                "the tests cannot be read",
                diagnostics=findings,
                advice="Correct the lines that are named; each is one test.",
            )
        rules = (runtime or Runtime()).load(bundle, limits=limits)
        return cls(Path(path), bundle.manifest, rules, cases)

    def run(self, case: Case) -> Result:
        """Run one of the suite's tests."""
        started = time.perf_counter()
        assert isinstance(case, EventCase)
        decision = self._decide(case)
        failure = _judged(case, decision)
        return Result(case, failure, time.perf_counter() - started, decision.fuel, (decision,))

    def tried(self, decision: Decision) -> Sequence[str]:
        """The names of the rules that were tried for a decision, in order: under `first`, those up to the one that decided."""
        names = [rule.name for rule in self.rules.rules() if rule.enabled]
        last = decision.rule
        if isinstance(last, str) and (self.manifest.hit_policy in FIRST_MATCH or decision.error is not None):
            return names[: names.index(last) + 1] if last in names else ()
        # What failed before any rule was tried names none.
        return () if decision.error is not None else names

    def _decide(self, case: EventCase) -> Decision:
        try:
            with self.rules.isolate() as pristine:
                return pristine.evaluate(_encoded(case), now=case.now)
        except EvaluationError as error:
            return failed(error)

    def close(self) -> None:
        """Free the rules."""
        self.rules.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def no_tests(path: Path) -> str:
    """What to tell somebody whose bundle has no tests."""
    if path.is_file():
        return f"the package {str(path)!r} holds no tests: pack it again without --without-tests, or test its folder"
    return (
        f"the bundle {str(path)!r} has no tests. Write one on a line of "
        f'{TESTS_FOLDER}/first.jsonl: {{"event": {{...}}, "decision": ..., "rule": "..."}}'
    )


def _encoded(case: EventCase) -> bytes:
    """The event as JSON. It may be anything: that a list is no event may be what is tested."""
    return json.dumps(case.event, separators=(",", ":")).encode()


def _judged(case: EventCase, decision: Decision) -> Failure | None:
    """Compare what came with what the case expects."""
    expected, error = case.expected, decision.error
    if error is not None:
        if expected.get(ERROR) == error.kind and _rule_is_right(case, decision):
            return None
        if ERROR not in expected:
            return Failure(f"the event ended in an error: {error.message}", tuple(error_lines(error)))
        if expected[ERROR] != error.kind:
            message = f"the event ended in an error of kind {error.kind!r}, not {expected[ERROR]!r}"
            return Failure(message, tuple(error_lines(error)))
    elif ERROR in expected:
        message = f"the event was decided; an error of kind {expected[ERROR]!r} was expected"
        return Failure(message, tuple(_shown("decision", decision.decision) + _shown("rule", decision.rule)))
    wrong = []
    details: list[str] = []
    if not _rule_is_right(case, decision):
        wrong.append(RULE)
        details += ["rule", *_indented(difference(expected[RULE], decision.rule))]
    if DECISION in expected and not same(expected[DECISION], decision.decision):
        wrong.append(DECISION)
        details += ["decision", *_indented(difference(expected[DECISION], decision.decision))]
    elif RULE in wrong and error is None:
        details += _shown("decision", decision.decision)
    return Failure(f"another {' and another '.join(wrong)} than expected", tuple(details)) if wrong else None


def _rule_is_right(case: EventCase, decision: Decision) -> bool:
    return RULE not in case.expected or same(case.expected[RULE], decision.rule)


def error_lines(error: EvaluationError) -> list[str]:
    """Where an evaluation failed: its calls, the place and the source line."""
    lines = [f"  {call.location}: in {call.function}" for call in error.traceback]
    if error.location:
        lines.append(f"{error.location}: {error.message}")
        if error.source:
            lines.append(f"    {error.source.strip()}")
    if error.rule:
        lines.append(f"rule {error.rule!r}")
    return lines


def _shown(name: str, value: object) -> list[str]:
    return [f"{name} {json.dumps(value, ensure_ascii=False)}"]


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
