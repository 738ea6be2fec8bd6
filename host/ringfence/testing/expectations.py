"""Tests as JSON Lines: an event on each line, with the decision, the rule or the kind of error that is expected.

    {"event": {"path": "/admin"}, "decision": {"action": "deny"}, "rule": "block-admin"}
    {"name": "no path", "event": {}, "error": "rule", "now": 1700000000}

Blank lines are skipped. The host reads these lines itself, because the events and the expectations are its side of the
comparison; all that is wrong with them is found before anything runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ringfence.errors import EVENT_ERRORS, Diagnostic
from ringfence.manifest import suggestion
from ringfence.testing.case import EventCase

DECISION, RULE, ERROR = "decision", "rule", "error"
EXPECTED = (DECISION, RULE, ERROR)
KEYS = ("name", "event", "now", "functions", *EXPECTED)


class Unusable(Exception):
    """What is wrong with a line."""


def read_expectations(path: str, content: bytes) -> tuple[list[EventCase], list[Diagnostic]]:
    """The tests of a file, and what is wrong with it."""
    cases: dict[str, EventCase] = {}
    findings = []
    for number, line in _lines(content):
        try:
            case = _case(path, number, line)
            if case.name in cases:
                raise Unusable(f"the test on line {cases[case.name].line} has the name {case.name!r} as well")
            cases[case.name] = case
        except Unusable as failure:
            findings.append(Diagnostic(path, str(failure), number))
    return list(cases.values()), findings


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            yield number, line


def _case(path: str, number: int, line: bytes) -> EventCase:
    try:
        test = json.loads(line.decode("utf-8-sig"))
    except RecursionError:
        raise Unusable("not a test: nested too deeply") from None
    except UnicodeDecodeError as failure:
        raise Unusable(f"not UTF-8: {failure}; save the file as UTF-8") from None
    except ValueError as failure:
        raise Unusable(f"not a line of JSON: {failure}") from None
    if not isinstance(test, dict):
        raise Unusable('not a test: write an object like {"event": {...}, "decision": ...}')
    for key in test:
        if key not in KEYS:
            raise Unusable(f"unknown key {key!r}{suggestion(key, KEYS)}")
    if "event" not in test:
        raise Unusable('a test needs an "event"')
    expected = {key: test[key] for key in EXPECTED if key in test}
    if not expected:
        raise Unusable('the test expects nothing: give a "decision", a "rule" or an "error"')
    if ERROR in expected:
        _check_error(expected)
    if not isinstance(expected.get(RULE), str | list | None):
        raise Unusable('"rule" is the name of a rule, a list of names, or null for the default')
    name = test.get("name", str(number))
    if not isinstance(name, str) or not name.isprintable() or not name:
        raise Unusable('"name" is a line of text')
    now = test.get("now")
    if now is not None and (isinstance(now, bool) or not isinstance(now, int | float)):
        raise Unusable('"now" is the time that the rules are told, in seconds since 1970')
    answers = test.get("functions", {})
    if not isinstance(answers, dict):
        raise Unusable('"functions" is what the functions of the host answer, like {"geoip": "DE"}')
    return EventCase(path, number, name, test["event"], expected, now, answers)


def _check_error(expected: dict[str, Any]) -> None:
    kind = expected[ERROR]
    if not isinstance(kind, str) or kind not in EVENT_ERRORS:
        raise Unusable(f'"error" is the kind of an error, not {kind!r}{suggestion(str(kind), EVENT_ERRORS)}')
    if DECISION in expected:
        raise Unusable('an event ends in a "decision" or in an "error": give one of the two')
