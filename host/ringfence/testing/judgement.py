"""Whether a test has passed, and if not why: an outcome against what its line expects, or the error of a test function.

`suite.py` asks; the texts are those of every report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ringfence.decision import Decision
from ringfence.errors import EvaluationError
from ringfence.testing.case import Case, EventCase, Failure
from ringfence.testing.difference import difference, same
from ringfence.testing.expectations import DECISION, ERROR, RULE

FAIL_MARK = "fail: "
"""What the guest puts before the message of `fail()`."""

FUNCTIONS_MARK = "testing."
"""What the names of the functions begin with that the host has for tests, as in `testing.decide: ...`."""

GOT, WANTED = "got", "expected"
MOST_PRINTED = 2_000
"""Characters that are shown of what a test printed."""


def judged(case: EventCase, decision: Decision) -> Failure | None:
    """Compare what came with what the case expects."""
    expected, error = case.expected, decision.error
    if error is not None:
        if expected.get(ERROR) == error.kind and _rule_is_right(case, decision):
            return None
        if ERROR not in expected:
            message = f"the event ended in an error: {error.message}"
        elif expected[ERROR] != error.kind:
            message = f"the event ended in an error of kind {error.kind!r}, not {expected[ERROR]!r}"
        else:
            message = f"the error is of the rule {error.rule!r}, not {expected[RULE]!r}"
        return _failure(case.location, message, _error_lines(error))
    if ERROR in expected:
        message = f"the event was decided; an error of kind {expected[ERROR]!r} was expected"
        details = [_shown("decision", decision.decision), _shown("rule", decision.rule)]
        return _failure(case.location, message, details)
    wrong = []
    details = []
    if not _rule_is_right(case, decision):
        wrong.append(RULE)
        details += ["rule", *_indented(difference(expected[RULE], decision.rule))]
    if DECISION in expected and not same(expected[DECISION], decision.decision):
        wrong.append(DECISION)
        details += ["decision", *_indented(difference(expected[DECISION], decision.decision))]
    elif wrong:
        details.append(_shown("decision", decision.decision))
    if not wrong:
        return None
    return _failure(case.location, f"another {' and another '.join(wrong)} than expected", details)


def function_failure(case: Case, error: EvaluationError, printed: str) -> Failure:
    """Why a test function failed: an assertion with its values, or any other error."""
    message, details = plain_message(error), []
    match error.values:
        case (str(said), dict(values)):
            message = said
            if values.keys() == {GOT, WANTED}:
                details += _assertion(values[WANTED], values[GOT])
            else:
                details += [_shown(str(name), value) for name, value in values.items()]
    if error.source:
        details.append(f"    {error.source.strip()}")
    if len(error.traceback) > 1:
        details += [
            "called from",
            *(f"  {call.location}: in {call.function}" for call in error.traceback[:-1]),
        ]
    if printed:
        details += ["printed", *_indented(printed[:MOST_PRINTED].splitlines())]
    return _failure(error.location or case.location, message, details)


def plain_message(error: EvaluationError) -> str:
    """What an error says, without what the guest and the functions of tests put before it."""
    return error.message.removeprefix(FAIL_MARK).removeprefix(FUNCTIONS_MARK)


def _failure(location: str, message: str, details: Iterable[str]) -> Failure:
    """A failure in characters that can be seen: much of it is the bundle's, which must not write to somebody's terminal."""
    return Failure(location, _visible(message), tuple(map(_visible, details)))


def _visible(text: str) -> str:
    return "".join(
        each if each.isprintable() or each == "\t" else each.encode("unicode_escape").decode()
        for each in text
    )


def _error_lines(error: EvaluationError) -> list[str]:
    """Where an evaluation failed: its calls, the place and the source line."""
    lines = [f"  {call.location}: in {call.function}" for call in error.traceback]
    if error.location:
        lines.append(f"{error.location}: {error.message}")
        if error.source:
            lines.append(f"    {error.source.strip()}")
    if error.rule:
        lines.append(f"rule {error.rule!r}")
    return lines


def _assertion(wanted: object, got: object) -> list[str]:
    """The difference of two values that are not equal, though they may be alike as JSON."""
    if same(wanted, got):
        return [_shown("both", got), "alike as JSON, but not of the same types"]
    return difference(wanted, got)


def _rule_is_right(case: EventCase, decision: Decision) -> bool:
    return RULE not in case.expected or same(case.expected[RULE], decision.rule)


def _shown(name: str, value: object) -> str:
    return f"{name} {json.dumps(value, ensure_ascii=False)}"


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
