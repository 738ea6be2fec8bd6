"""What the guest reports when a bundle or a program does not load: diagnostics, or the error of its top-level code.

`runtime.py` and `program.py` turn these reports into exceptions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ringfence.errors import BundleError, Diagnostic, EvaluationError, RuleError
from ringfence.results import parsed_error, unreadable


def loading_failure(report: bytes, fuel: int) -> BundleError | EvaluationError:
    """The exception for the output of a failed `load`, `check` or `execute`.

    Findings about the sources are a `BundleError`; a failure at run time is the error class of its kind.
    """
    try:
        # A source line that is shown may be what is wrong: bytes that are no UTF-8.
        answer = json.loads(report.decode(errors="replace"))
        if "diagnostics" in answer:
            return BundleError(
                "the sources have errors",
                diagnostics=diagnostics([*answer["diagnostics"], *answer.get("warnings", ())]),
            )
        return parsed_error(json.dumps(answer["error"]).encode(), fuel)
    except (ValueError, LookupError, TypeError, AttributeError) as failure:
        return unreadable(failure, fuel)


def diagnostics(found: Iterable[Mapping[str, Any]]) -> list[Diagnostic]:
    """The guest's findings as objects."""
    return [
        Diagnostic(
            path=str(finding["path"]),
            message=str(finding["message"]),
            line=int(finding.get("line", 0)),
            column=int(finding.get("column", 0)),
            source_line=str(finding.get("source_line") or ""),
            severity=str(finding.get("severity", "error")),
            rule=str(finding.get("rule", "invalid")),
        )
        for finding in found
    ]


def warnings(said: bytes) -> list[Diagnostic]:
    """The warnings in what the guest said of a bundle that loads. Raises `IsolateTrapped` if that makes no sense."""
    try:
        return diagnostics(json.loads(said)["warnings"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as failure:
        raise unreadable(failure, 0) from failure


def as_bundle_error(error: RuleError) -> BundleError:
    """Top-level code that fails is a bundle that does not load: the same finding as a diagnostic."""
    path, _, position = (error.location or "").partition(":")
    line, _, column = position.partition(":")
    finding = Diagnostic(
        path,
        error.message,
        int(line) if line.isdecimal() else 0,
        int(column) if column.isdecimal() else 0,
        error.source or "",
    )
    return BundleError("the bundle's top-level code failed", diagnostics=[finding])
