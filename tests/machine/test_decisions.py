"""Rules and hit policies: who decides, in which order, and what an error names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machine.harness import DONE, FAILED, FUEL, Machine, bundle

RULES = """
rule("late", when = lambda e: e.n > 5, then = "late")
rule("early", priority = 10, when = lambda e: e["n"] > 7, then = lambda e: {"n": e.n})
rule("same", when = lambda e: e.n == 6, then = ["same"])
rule("rest", priority = -1, then = None)
"""


@pytest.mark.parametrize(
    ("n", "decision", "rule"), [(9, {"n": 9}, "early"), (6, "late", "late"), (1, None, "rest")]
)
def test_first(n: int, decision: Any, rule: str) -> None:
    """The first rule that matches decides: higher priority first, then in order of declaration."""
    line = bundle(RULES).evaluate({"n": n})
    assert (line["decision"], line["rule"]) == (decision, rule)


def test_collect() -> None:
    """All rules that match decide together."""
    machine = bundle(RULES, hit_policy="collect")
    line = machine.evaluate({"n": 6})
    assert line["decision"] == ["late", ["same"], None]
    assert line["rule"] == ["late", "same", "rest"]


@pytest.mark.parametrize(
    ("policy", "default", "decision", "rule"),
    [("first", {"a": 1}, {"a": 1}, None), ("collect", {"a": 1}, {"a": 1}, []), ("first", None, None, None)],
)
def test_default(policy: str, default: Any, decision: Any, rule: Any) -> None:
    """What is decided when nothing matches."""
    line = bundle('rule("r", when = lambda e: False)', hit_policy=policy, default=default).evaluate({})
    assert (line["decision"], line["rule"]) == (decision, rule)


def test_no_default() -> None:
    """Without a default: null, or with `collect` the empty list."""
    source = 'rule("r", when = lambda e: False)'
    assert bundle(source).evaluate({})["decision"] is None
    assert bundle(source, hit_policy="collect").evaluate({})["decision"] == []


def test_decide() -> None:
    """A bundle without rules decides by its function; the rule is null."""
    machine = bundle("def decide(event, extra = 1):\n    return event.x + extra\n")
    assert machine.evaluate({"x": 41})["decision"] == 42
    assert machine.evaluate({"x": 41})["rule"] is None


def test_predicates_of_any_kind() -> None:
    """A predicate may have defaults, and its result any truth."""
    source = (
        'rule("d", when = lambda e, limit = 3: [0] * (e.n - limit), then = lambda *args, **kw: len(args))'
    )
    machine = bundle(source)
    assert machine.evaluate({"n": 4})["decision"] == 1
    assert machine.evaluate({"n": 3})["rule"] is None


def test_functions_shared_by_rules() -> None:
    """Rules may call the same functions; nothing stays active between them."""
    source = (
        "def big(e): return size(e) > 1\ndef size(e): return e.n\n"
        'rule("a", when = lambda e: not big(e), then = "small")\nrule("b", when = big, then = lambda e: size(e))\n'
    )
    machine = bundle(source)
    assert [machine.evaluate({"n": n})["decision"] for n in (1, 2, 1, 3)] == ["small", 2, "small", 3]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("rule()", "rule: missing argument for name"),
        ("rule(1)", "rule: for parameter name: got int, want string"),
        ('rule("")', "rule: the name is empty"),
        ('rule("a", when = 1)', "rule: for parameter when: got int, want function of the event"),
        ('rule("a", priority = "x")', "rule: for parameter priority: got string, want int"),
        (
            'rule("a", prioritty = 1)',
            'rule: unexpected keyword argument "prioritty" (did you mean priority?)',
        ),
    ],
)
def test_wrong_rules(call: str, message: str) -> None:
    """What `rule` refuses, while the bundle loads."""
    machine = Machine()
    said = machine.load({"main.star": call + "\n"})
    assert machine.status == FAILED
    assert said["error"]["message"].startswith(message)


def test_names_are_unique() -> None:
    """Two rules cannot share a name; the error says where the first one is."""
    machine = Machine()
    said = machine.load({"main.star": 'rule("a")\n\nrule("a")\n'})
    assert said["error"]["message"] == (
        'rule: a rule named "a" is already declared at main.star:1:5 (give each its own name)'
    )
    assert said["error"]["location"] == "main.star:3:5"


def test_rules_are_told_in_order() -> None:
    """The host learns names, priorities and places, numbered as the records number them."""
    machine = Machine()
    said = machine.load({"main.star": RULES})
    assert [rule["name"] for rule in said["rules"]] == ["early", "late", "same", "rest"]
    assert said["rules"][0] == {
        "name": "early",
        "priority": 10,
        "location": "main.star:3:5",
        "file": "main.star",
        "enabled": True,
        "tags": [],
        "description": None,
        "valid_from": None,
        "valid_to": None,
        "fixed": False,
    }
    assert [rule["fixed"] for rule in said["rules"]] == [False, True, True, True]
    assert said["decide"] is False
    machine.evaluate({"n": 6})
    assert machine.records()[0][:2] == (0, 1)


def test_errors_name_the_rule() -> None:
    """A rule's error is the event's error, with the rule, the place and the calls."""
    source = 'def check(e):\n    return e.missing\nrule("ok", when = lambda e: False)\nrule("bad", when = lambda e: check(e))\n'
    error = bundle(source).evaluate({"mising": 1})["error"]
    assert error["kind"] == "rule"
    assert error["rule"] == "bad"
    assert error["message"] == "dict has no key or method .missing (did you mean .mising?)"
    assert error["location"] == "main.star:2:13"
    assert error["source"] == "    return e.missing"
    assert [(call["function"], call["location"]) for call in error["traceback"]] == [
        ("lambda", "main.star:4:35"),
        ("check", "main.star:2:13"),
    ]


def test_events_are_frozen() -> None:
    """Rules cannot change an event, nor keep anything of it."""
    machine = bundle("seen = []\ndef decide(e):\n    seen.append(e)\n")
    assert machine.evaluate({})["error"]["message"].startswith("append: cannot append to frozen list (")
    machine = bundle("def decide(e):\n    e['x'] = 1\n")
    assert "frozen" in machine.evaluate({})["error"]["message"]


def test_attributes_of_events() -> None:
    """Keys are attributes, unless they are method names; ordinary dicts have none."""
    machine = bundle(
        "def decide(e):\n    return [e.a.b, e.get('get'), e['get'], type(e.get), hasattr(e, 'a'), getattr(e, 'z', 0)]\n"
    )
    decision = machine.evaluate({"a": {"b": 1}, "get": 2})["decision"]
    assert decision == [1, 2, 2, "builtin_function_or_method", True, 0]
    error = bundle("def decide(e):\n    return {'a': 1}.a\n").evaluate({})["error"]
    assert error["message"].startswith("dict has no .a field or method")


@pytest.mark.parametrize("name", ["get", "keys", "a"])
def test_caches_of_attributes(name: str) -> None:
    """An inline cache never mistakes a key for a method, wherever the key is."""
    machine = bundle(f"def decide(e):\n    return type(e.{name})\n")
    want = "int" if name == "a" else "builtin_function_or_method"
    for event in ({name: 1}, {"x": 0, name: 1}, {name: 1}, {f"k{i}": i for i in range(20)} | {name: 1}):
        assert machine.evaluate(event)["decision"] == want


def test_caches_do_not_show_in_the_fuel() -> None:
    """The same event costs the same in a fresh isolate and after others of another layout."""
    source = "def decide(e):\n    return [e.a, e['b'], 'c' in e, e.a]\n"
    events = [
        {"a": 1, "b": 2},
        {"b": 2, "a": 1},
        {**{f"k{i}": i for i in range(50)}, "b": 2, "a": 1},
        {"b": 1, **{f"k{i}": i for i in range(8)}, "a": 1},
    ]
    used = bundle(source)
    for event in events * 2:
        assert used.evaluate(event)["fuel"] == bundle(source).evaluate(event)["fuel"]


def test_fuel_of_an_event() -> None:
    """An event that has exactly its price is decided; with one unit less it ends in the fuel error, priced its budget."""
    machine = bundle(RULES)
    cost = machine.evaluate({"n": 9})["fuel"]
    assert machine.evaluate({"n": 9}, fuel=cost)["decision"] == {"n": 9}
    failed = machine.evaluate({"n": 9}, fuel=cost - 1)
    assert failed["error"]["kind"] == "fuel"
    assert failed["fuel"] == cost - 1
    assert machine.evaluate({"n": 9}, fuel=FUEL)["fuel"] == cost


def test_copies_of_a_loaded_memory() -> None:
    """A loaded memory is an image: its copies decide alike."""
    machine = bundle(RULES)
    assert machine.status == DONE
    copy = Machine(machine.image())
    assert copy.evaluate({"n": 9}) == machine.evaluate({"n": 9})


def test_fixed_decisions_cost_and_read_like_computed_ones() -> None:
    """A line that was encoded when the bundle loaded is the line that encoding it for the event would give."""
    decision = {"action": "deny", "why": 'a "quoted" ünïcode reason', "status": [403, None, 1.5]}
    fixed, computed = Machine(), Machine()
    fixed.load({"main.star": f"rule('a', then = {decision!r})\n"})
    computed.load({"main.star": f"rule('a', then = lambda e: {decision!r})\n"})
    event = {"n": 1}
    first, second = fixed.evaluate(event), computed.evaluate(event)
    assert first["decision"] == second["decision"] == decision
    assert first["rule"] == second["rule"] == "a"
    assert first["fuel"] == fixed.evaluate(event)["fuel"]


@pytest.mark.parametrize("length", [10, 400, 600, 100_000])
def test_fixed_decisions_of_any_length(length: int) -> None:
    """Short ones are kept encoded, long ones are not; nobody can tell."""
    machine = Machine()
    machine.load({"main.star": f'rule("a", then = "x" * {length})\n'})
    assert machine.evaluate({})["decision"] == "x" * length


def test_a_fixed_decision_that_is_not_json() -> None:
    """It is the error of every event that the rule decides, and of no other."""
    machine = Machine()
    machine.load(
        {"main.star": 'rule("bad", when = lambda e: e.n == 1, then = {1: 2})\nrule("good", then = "ok")\n'}
    )
    assert machine.evaluate({"n": 1})["error"]["message"].startswith("decision is not JSON")
    assert machine.evaluate({"n": 2})["decision"] == "ok"
