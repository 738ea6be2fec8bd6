"""What `fail` was given reaches the host as data, in every way that an error can arrive."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

import ringfence as rf

SOURCE = """
def decide(event):
    if event["how"] == "data":
        fail("limit exceeded", {"code": 17, "limits": (1, 2.5)}, None)
    if event["how"] == "text":
        fail("just", "text")
    if event["how"] == "no json":
        fail("a function:", decide)
    if event["how"] == "bad separator":
        fail(1, 2, sep = 3)
    if event["how"] == "index":
        return [][0]
    return "fine"
"""
VALUES = ["limit exceeded", {"code": 17, "limits": [1, 2.5]}, None]
HOWS = ["data", "text", "no json", "index", "data", "bad separator", "fine"]


@pytest.fixture(scope="module")
def rules() -> rf.RuleSet:
    """A bundle that fails in several ways."""
    return rf.Runtime().load(rf.Bundle.from_sources({"main.star": SOURCE}))


def test_of_one_evaluation(rules: rf.RuleSet) -> None:
    """The exception carries the arguments; also through a pickle."""
    with pytest.raises(rf.RuleError) as caught:
        rules.evaluate({"how": "data"})
    assert list(caught.value.values) == VALUES
    assert pickle.loads(pickle.dumps(caught.value)).values == caught.value.values
    assert caught.value.message == 'fail: limit exceeded {"code": 17, "limits": (1, 2.5)} None'
    for how in ("text", "no json", "index", "bad separator"):
        with pytest.raises(rf.RuleError) as caught:
            rules.evaluate({"how": how})
        assert caught.value.values == ()


def test_of_a_batch(rules: rf.RuleSet) -> None:
    """An event's data never shows in another event's error."""
    decided = list(rules.evaluate_batch([{"how": how} for how in HOWS], workers=1))
    assert [list(d.error.values) if d.error is not None else None for d in decided] == [
        VALUES,
        [],
        [],
        [],
        VALUES,
        [],
        None,
    ]


def test_in_an_output_line(rules: rf.RuleSet, tmp_path: Path) -> None:
    """A line has `values` when there are any."""
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"how": how}) + "\n" for how in HOWS[:2]))
    rules.run_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl", workers=1)
    first, second = (json.loads(line)["error"] for line in (tmp_path / "out.jsonl").read_text().splitlines())
    assert first["values"] == VALUES
    assert "values" not in second
