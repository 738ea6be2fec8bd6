"""A run of tests as one JSON document, for programs: what `ringfence test --format json` writes.

{"bundle": "gateway", "version": "1.0.0", "passed": 83, "failed": 1, "deselected": 0, "not_run": 0, "seconds": 0.2, "fuel": 9120,
 "tests": [{"id": "tests/bots.jsonl::3", "path": "tests/bots.jsonl", "line": 3, "outcome": "failed", "seconds": 0.001,
            "fuel": 61, "message": "...", "details": ["..."]}],
 "coverage": {"rules": [{"name": "block-admin", "tried": 84, "decided": 2}],
                  "files": [{"path": "main.star", "lines": 120, "missed": [17, 18]}]}}
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ringfence.testing.case import Result
from ringfence.testing.coverage import Coverage
from ringfence.testing.summary import Summary


def as_document(summary: Summary) -> dict[str, Any]:
    """The document, ready for `json.dumps`."""
    return {
        "bundle": summary.name,
        "version": summary.version,
        "passed": summary.passed,
        "failed": summary.failed,
        "deselected": summary.deselected,
        "not_run": summary.not_run,
        "seconds": round(summary.seconds, 6),
        "fuel": summary.fuel,
        "tests": [_test(result) for result in summary.results],
        "coverage": _coverage(summary.coverage),
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    found: dict[str, Any] = {"rules": [asdict(rule) for rule in coverage.rules()]}
    files = coverage.files()
    if files is not None:
        found["files"] = [asdict(file) for file in files]
    return found


def _test(result: Result) -> dict[str, Any]:
    test = {
        "id": result.case.id,
        "path": result.case.path,
        "line": result.case.line,
        "outcome": "passed" if result.passed else "failed",
        "seconds": round(result.seconds, 6),
        "fuel": result.fuel,
    }
    if result.failure is not None:
        test["location"] = result.failure.location
        test["message"] = result.failure.message
        test["details"] = list(result.failure.details)
    return test
