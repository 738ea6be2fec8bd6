"""Findings as SARIF 2.1.0, which code hosts and editors show beside the source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from ringfence.errors import Diagnostic

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

DESCRIPTIONS = {
    "invalid": "The bundle does not load.",
    "call-arguments": "A function is called with arguments that it has no parameters for, or without some that it needs.",
    "fuel-bound": "What a rule costs at most, with --fuel.",
    "fuel-unbounded": "Why what a rule costs has no bound, with --fuel.",
    "field-without-sample": "A rule names a field of the event that no sample event has.",
    "unused-decide": "A function decide(event) that is not asked, because the bundle declares rules.",
    "unused-load": "A name is loaded from another file, and nothing reads it.",
    "unused-variable": "A variable of a function is assigned, and nothing reads it.",
    "rule-disabled": "A rule has enabled = False.",
    "rule-expired": "The period of validity of a rule is over.",
    "rule-never-matches": "The predicate of a rule can only be false.",
    "rule-shadowed": "A rule before this one always matches, so this one is never tried.",
}
"""What each kind of finding is about, by its stable name."""


def as_sarif(findings: Sequence[Diagnostic], version: str) -> dict[str, Any]:
    """One run of the tool. Columns are counted in code points, as in all messages."""
    names = sorted({finding.rule for finding in findings})
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ringfence check",
                        "semanticVersion": version,
                        "rules": [
                            {"id": name, "shortDescription": {"text": DESCRIPTIONS.get(name, name)}}
                            for name in names
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, names) for finding in findings],
            }
        ],
    }


def _result(finding: Diagnostic, names: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": names.index(finding.rule),
        "level": finding.severity,
        "message": {"text": finding.message},
    }
    if finding.path:
        place: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.path)}}
        if finding.line:
            place["region"] = {"startLine": finding.line, "startColumn": max(1, finding.column)}
        result["locations"] = [{"physicalLocation": place}]
    return result
