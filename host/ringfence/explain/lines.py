"""Output lines with explanations: `ringfence run --explain`, one event after the other."""

from __future__ import annotations

import json
from collections.abc import Callable

from ringfence.abi import RECORD
from ringfence.batch import JSON_BLANKS, error_part, place_in_line
from ringfence.errors import EvaluationError
from ringfence.explain.explanation import Explanation
from ringfence.isolate import Part
from ringfence.results import unreadable
from ringfence.tracing import TracedEvaluation

Explain = Callable[[bytes], tuple[TracedEvaluation, Explanation]]
"""Explains one event; raises an `EvaluationError` for one that cannot be sent."""


def explained_lines(lines: bytes, explain: Explain) -> list[Part]:
    """Decide complete lines: a part for each, whose output line ends with the explanation."""
    parts = []
    for line in lines.split(b"\n"):
        consumed = len(line) + 1
        if line.strip(JSON_BLANKS):
            parts.append(_explained(line, consumed, explain))
    return parts


def _explained(event: bytes, consumed: int, explain: Explain) -> Part:
    try:
        evaluation, explanation = explain(event)
    except EvaluationError as error:
        return error_part(error, consumed)
    if evaluation.answered is None:
        # The guest broke: what the event ended in is the host's to say.
        broken = explanation.error or unreadable(ValueError("nothing was said"), explanation.fuel)
        return error_part(broken, consumed, evaluation.printed)
    status, rule, fuel, text = evaluation.answered
    try:
        record = RECORD.pack(status, rule, fuel, place_in_line(text, evaluation.line), len(text))
    except ValueError as failure:
        return error_part(unreadable(failure, fuel), consumed, evaluation.printed)
    trials = json.dumps([trial.as_json() for trial in explanation.trials], ensure_ascii=False)
    line = evaluation.line[:-1] + b', "explain": ' + trials.encode(errors="replace") + b"}\n"
    return Part(consumed, 1, record, line, evaluation.printed)
