"""A review of a bundle: every finding, the warnings that the guest gives, and those about rules that its bounds tell.

A rule that can never decide is no error, but hardly what its author meant. `Runtime.review` makes reviews, `ringfence check`
shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ringfence.bundle import Bundle
from ringfence.checking.fuel import FuelBound
from ringfence.errors import Diagnostic
from ringfence.rule import Rule

FIRST_MATCH_POLICIES = frozenset(("first", "priority"))
SEVERITIES = ("error", "warning", "note")
"""The worst first."""

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Review:
    """What is to be said about a bundle. `fuel` is None if it does not load."""

    findings: tuple[Diagnostic, ...]
    """In the order of files and lines."""
    fuel: FuelBound | None = None

    def count(self, severity: str) -> int:
        """How many findings are this severe."""
        return sum(finding.severity == severity for finding in self.findings)


def sorted_findings(findings: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings in the order of files and lines."""
    return tuple(sorted(findings, key=lambda one: (one.path, one.line, one.column)))


def rule_findings(
    bundle: Bundle, rules: Sequence[Rule], bound: FuelBound, now: datetime | None = None
) -> Iterator[Diagnostic]:
    """Warnings and notes about rules that cannot decide anything."""
    moment = now or datetime.now(UTC)
    shadowing: str | None = None
    bounds = {one.name: one for one in bound.rules}
    for rule in rules:
        known = bounds.get(rule.name)
        if not rule.enabled:
            yield _finding(
                bundle,
                rule,
                "rule-disabled",
                f"the rule {rule.name!r} is disabled: it is never tried",
                "note",
            )
            continue
        if rule.valid_to is not None and rule.valid_to <= moment:
            yield _finding(
                bundle,
                rule,
                "rule-expired",
                f"the period of the rule {rule.name!r} is over since {rule.valid_to:%Y-%m-%d %H:%M} UTC "
                "(remove the rule, or its valid_to)",
            )
        if shadowing is not None:
            yield _finding(
                bundle,
                rule,
                "rule-shadowed",
                f"the rule {rule.name!r} is never tried: {shadowing!r} before it always matches, and the hit policy is "
                f"{bundle.manifest.hit_policy!r} (move it before that rule, or give it a higher priority)",
            )
            continue
        if known is None:
            continue
        if known.when.never:
            yield _finding(
                bundle,
                rule,
                "rule-never-matches",
                f"the rule {rule.name!r} can never match: its predicate is always false (correct it, or remove the rule)",
            )
        is_always = known.when.always or (known.when.fuel == 0 and not known.when.never)
        if is_always and not known.is_dated and bundle.manifest.hit_policy in FIRST_MATCH_POLICIES:
            shadowing = rule.name


def _finding(bundle: Bundle, rule: Rule, name: str, message: str, severity: str = "warning") -> Diagnostic:
    path, line, column = _place(rule.location)
    return Diagnostic(path, message, line, column, source_line(bundle, path, line), severity, name)


def _place(location: str) -> tuple[str, int, int]:
    path, line, column = [*location.rsplit(":", 2), "", ""][:3]
    return path, int(line) if line.isdecimal() else 0, int(column) if column.isdecimal() else 0


def source_line(bundle: Bundle, path: str, line: int) -> str:
    """The text of a line, for the caret below it."""
    lines = _LINE_END.split(bundle.files.get(path, b""), line)
    return lines[line - 1].decode(errors="replace") if 0 < line <= len(lines) else ""
