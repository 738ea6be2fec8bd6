"""Hit policies at the guest's own boundary: what is tried and called when, what it costs, and what conflicts say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machine.harness import FAILED, Machine, bundle

EVERY_POLICY = ("first", "unique", "any", "priority", "collect", "rule-order", "output-order")


def error_of(source: str, policy: str, event: Any | None = None) -> Any:
    """The error of an event."""
    return bundle(source, hit_policy=policy).evaluate(event or {})["error"]


def test_unique_calls_the_decision_of_no_rule_in_conflict() -> None:
    """All rules are asked before one decides, so a conflict is told before a `then` can fail."""
    source = 'rule("a", then = lambda e: fail("called"))\nrule("b", when = lambda e: e.both)\n'
    assert "2 rules match" in error_of(source, "unique", {"both": True})["message"]
    assert error_of(source, "unique", {"both": False})["message"] == "fail: called"


def test_unique_decides_by_a_function() -> None:
    """The one rule that matches is called after all have been asked, whatever kind of function it has."""
    source = 'rule("never", when = lambda e: False)\nrule("a", when = lambda e: e.n, then = lambda e, k = 2: [e.n, k])\n'
    machine = bundle(source + 'rule("last", when = lambda e: not e.n, then = len)\n', hit_policy="unique")
    for _ in range(2):
        line = machine.evaluate({"n": 5})
        assert (line["decision"], line["rule"]) == ([5, 2], "a")
        line = machine.evaluate({"n": 0})
        assert (line["decision"], line["rule"]) == (1, "last")


def test_conflicts_leave_nothing_behind() -> None:
    """The event after a conflict is decided as if there had been none."""
    for policy in ("unique", "any"):
        machine = bundle(
            'rule("a", when = lambda e: e.a, then = 1)\nrule("b", when = lambda e: e.b, then = 2)\n',
            hit_policy=policy,
        )
        alone = machine.evaluate({"a": 0, "b": 1})
        assert alone["rule"] == "b"
        assert "error" in machine.evaluate({"a": 1, "b": 1})
        assert machine.evaluate({"a": 0, "b": 1}) == alone
        assert machine.evaluate({"a": 0, "b": 0})["rule"] is None


def test_any_stops_at_the_first_difference() -> None:
    """The rules after two that differ are not tried; those after two that agree are."""
    source = 'rule("a", then = [1])\nrule("b", then = lambda e: [e.n])\nrule("c", when = lambda e: fail("asked"))\n'
    assert "[1] and [2]" in error_of(source, "any", {"n": 2})["message"]
    assert error_of(source, "any", {"n": 1})["message"] == "fail: asked"


@pytest.mark.parametrize(
    ("left", "right"),
    [("1", "1.0"), ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'), ("'a' + 'b'", "'ab'"), ("2 << 70", "1 << 71")],
)
def test_any_takes_equal_decisions_for_the_same(left: str, right: str) -> None:
    """As `==` of the rule language does, and the first rule is the one that decided."""
    machine = bundle(f"rule('a', then = {left})\nrule('b', then = lambda e: {right})\n", hit_policy="any")
    first = bundle(f"rule('a', then = {left})\n").evaluate({})
    line = machine.evaluate({})
    assert (line["decision"], line["rule"]) == (first["decision"], "a")


@pytest.mark.parametrize(
    ("left", "right"), [("1", "True"), ("0", "None"), ("''", "None"), ("[1]", "(1,)"), ("'1'", "1")]
)
def test_any_tells_different_decisions_apart(left: str, right: str) -> None:
    """No two of these are equal."""
    source = f"rule('a', then = {left})\nrule('b', then = {right})\n"
    assert "decide differently" in error_of(source, "any")["message"]


def test_any_does_not_follow_cycles() -> None:
    """Comparing decisions that contain themselves ends with an error, as `==` does."""
    source = "def loop(e):\n    x = []\n    x.append(x)\n    return x\nrule('a', then = loop)\nrule('b', then = loop)\n"
    assert error_of(source, "any")["message"] == "comparison exceeded maximum recursion depth"


@pytest.mark.parametrize("width", range(4))
def test_long_decisions_are_cut_between_characters(width: int) -> None:
    """Both are shown, the first one cut where a character ends."""
    text = "x" * width + "é漢" * 200
    message = error_of(f"rule('a', then = '{text}')\nrule('b', then = 7)\n", "any")["message"]
    assert message.endswith("... and 7")
    assert "\ufffd" not in message


def test_the_price_of_a_rule_that_does_not_match() -> None:
    """It is the same under every policy."""

    def cost(policy: str, rules: int) -> int:
        source = "".join(f"rule('{i}', when = lambda e: False)\n" for i in range(rules))
        return int(bundle(source, hit_policy=policy, default=0).evaluate({})["fuel"])

    assert {cost(policy, 9) - cost(policy, 4) for policy in EVERY_POLICY} == {10}


@pytest.mark.parametrize("policy", EVERY_POLICY)
def test_any_budget_ends_cleanly(policy: str) -> None:
    """With a unit less than an event costs it is out of fuel, wherever that happens; and the isolate goes on."""
    source = (
        'rule("a", when = lambda e, k = 1: e.n > k, then = lambda e: {"n": [e.n] * 30})\n'
        'rule("b", priority = 1, when = lambda e: e.n > 2, then = lambda e: {"n": [e.n] * 30})\n'
        'rule("c", when = lambda e: e.n < 0)\n'
    )
    machine = bundle(source, hit_policy=policy)
    whole = machine.evaluate({"n": 2})
    for fuel in range(1, whole["fuel"]):
        failed = machine.evaluate({"n": 2}, fuel=fuel)
        assert (failed["error"]["kind"], failed["fuel"]) == ("fuel", fuel)
        assert machine.evaluate({"n": 2}) == whole
    both = machine.evaluate({"n": 9})
    for fuel in range(1, both["fuel"]):
        assert machine.evaluate({"n": 9}, fuel=fuel)["error"]["kind"] == "fuel"
    assert machine.evaluate({"n": 9}) == both


@pytest.mark.parametrize("policy", EVERY_POLICY)
def test_rules_that_are_not_enabled(policy: str) -> None:
    """They cost nothing, decide nothing, and are told after the others; a bundle may have no other rules."""
    off = 'rule("off", enabled = False, priority = 99, when = lambda e: fail("asked"), then = 1)\n'
    on = 'rule("on", priority = -1, then = 2)\nrule("never", when = lambda e: False)\n'
    machine = Machine()
    said = machine.load({"main.star": off + on}, hit_policy=policy)
    assert [rule["name"] for rule in said["rules"]][-1] == "off"
    assert [rule["enabled"] for rule in said["rules"]] == [True, True, False]
    assert machine.evaluate({}) == bundle(on, hit_policy=policy).evaluate({})
    assert bundle(off, hit_policy=policy, default="none").evaluate({})["decision"] == "none"


def test_an_unknown_policy_is_refused() -> None:
    """The guest does not rely on the host's check."""
    machine = Machine()
    machine.load({"main.star": 'rule("a")\n'}, hit_policy="last")
    assert machine.status == FAILED


def test_order_of_declaration_across_files() -> None:
    """A file that is loaded declares its rules before the file that loads it, in the group of its own."""
    files = {
        "main.star": 'rule("first")\nload("lib/a.star", "helper")\nrule("second")\nhelper("third")\n',
        "lib/a.star": 'rule("a")\ndef helper(name):\n    rule(name)\n',
    }
    machine = Machine()
    said = machine.load(files, hit_policy="rule-order")
    told = [(rule["name"], rule["file"], rule["location"]) for rule in said["rules"]]
    assert told == [
        ("a", "lib/a.star", "lib/a.star:1:5"),
        ("first", "main.star", "main.star:1:5"),
        ("second", "main.star", "main.star:3:5"),
        ("third", "main.star", "lib/a.star:3:9"),
    ]
    assert machine.evaluate({})["rule"] == ["a", "first", "second", "third"]


def test_many_rules() -> None:
    """Declaring and sorting thousands of rules takes no quadratic time, and equal priorities stay in order."""
    count = 20_000
    source = f'rules = [rule("r%d" % i, priority = i % 3, when = lambda e, n = i: e.n == n, then = i) for i in range({count})]\n'
    machine = Machine()
    said = machine.load({"main.star": source}, hit_policy="priority")
    numbers = [int(rule["name"][1:]) for rule in said["rules"]]
    assert numbers == sorted(range(count), key=lambda i: -(i % 3))
    assert machine.evaluate({"n": 7})["decision"] == 7


def test_tags_are_as_they_were_declared() -> None:
    """A list that changes later does not change the rule; a tuple does as well; None is none."""
    source = (
        'tags = ["a", "é"]\nrule("list", tags = tags)\ntags.append("b")\n'
        'rule("tuple", tags = ("x",), description = "a \\"quoted\\" one")\nrule("none", tags = None, description = None)\n'
    )
    said = Machine().load({"main.star": source})
    told = [(rule["tags"], rule["description"]) for rule in said["rules"]]
    assert told == [(["a", "é"], None), (["x"], 'a "quoted" one'), ([], None)]
