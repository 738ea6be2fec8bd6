"""The error classes: their data survives pickling, and each says what to do next."""

from __future__ import annotations

import pickle

import pytest

import ringfence as rf
from ringfence.errors import EVENT_ERRORS, error_from_json

CLASSES = [
    *EVENT_ERRORS.values(),
    *(rf.AbsentAttribute, rf.AbsentIndex, rf.AbsentKey, rf.AbsentValue),
    *(
        rf.BundleError,
        rf.CheckpointError,
        rf.ClosedError,
        rf.ConversionError,
        rf.HandleError,
        rf.ReceiptError,
        rf.RingfenceError,
        rf.TableError,
    ),
]


@pytest.mark.parametrize("cls", CLASSES)
def test_errors_pickle_with_their_data(cls: type[rf.RingfenceError]) -> None:
    error = cls("it went wrong")
    if isinstance(error, rf.EvaluationError):
        error = cls(
            "x", rule="r", location="main.star:1:2", source="boom", traceback=[rf.Frame("f", "l")], fuel=9
        )  # type: ignore[call-arg]
    elif isinstance(error, rf.BundleError):
        error = rf.BundleError("x", diagnostics=[rf.Diagnostic("main.star", "unexpected", 3, 4, "a b")])
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is cls
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if cls is not rf.RingfenceError])
def test_every_error_says_what_to_do(cls: type[rf.RingfenceError]) -> None:
    assert issubclass(cls, rf.RingfenceError)
    text = str(cls("it went wrong"))
    assert text.startswith("it went wrong. ")
    assert text.endswith(".")


def test_the_guests_error_object_becomes_its_class() -> None:
    error = error_from_json(
        {
            "kind": "rule",
            "message": "unknown binary op: int + string",
            "rule": "slow",
            "location": "main.star:12:5",
            "source": "    1 + x",
            "traceback": [{"function": "slow", "location": "main.star:12:5"}],
        },
        fuel=70,
    )
    assert isinstance(error, rf.RuleError)
    assert (error.rule, error.location, error.fuel) == ("slow", "main.star:12:5", 70)
    assert error.traceback == (rf.Frame("slow", "main.star:12:5"),)
    assert error.as_json()["kind"] == "rule"


def test_an_unknown_kind_is_internal() -> None:
    assert isinstance(error_from_json({"kind": "surprise"}), rf.IsolateTrapped)


def test_a_diagnostic_shows_the_line_and_a_caret() -> None:
    shown = str(rf.Diagnostic("main.star", "unexpected token", 3, 5, "\tx = )"))
    assert shown == "main.star:3:5: unexpected token\n    \tx = )\n    \t   ^"


def test_decisions_pickle_and_compare() -> None:
    decision = rf.Decision({"action": "allow"}, "r", 12)
    assert pickle.loads(pickle.dumps(decision)) == decision
    assert decision != rf.Decision({"action": "deny"}, "r", 12)
