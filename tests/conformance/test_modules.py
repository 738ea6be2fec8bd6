"""Modules: `load`, what it shares and hides, and freezing; these need several files, so they are bundles.

Every case is a bundle whose `decide` gives a result, or which does not load with a message that is promised here.
"""

from __future__ import annotations

from typing import Any

import pytest

import ringfence as rf


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def decide(runtime: rf.Runtime, sources: dict[str, str], event: dict[str, Any] | None = None) -> Any:
    """The decision of a bundle on an event."""
    with runtime.load(rf.Bundle.from_sources(sources)) as rules:
        return rules.evaluate(event or {}).decision


def refusal(runtime: rf.Runtime, sources: dict[str, str]) -> str:
    """Why a bundle does not load."""
    with pytest.raises(rf.BundleError) as caught:
        runtime.load(rf.Bundle.from_sources(sources)).close()
    return str(caught.value)


def failure(runtime: rf.Runtime, sources: dict[str, str]) -> rf.RuleError:
    """The error that the bundle's decision ends in."""
    with (
        runtime.load(rf.Bundle.from_sources(sources)) as rules,
        pytest.raises(rf.RuleError) as caught,
    ):
        rules.evaluate({"items": [1], "nested": {"a": 1}})
    return caught.value


def test_load_binds_names_and_renames(runtime: rf.Runtime) -> None:
    sources = {
        "lib/math.star": "def double(x): return x * 2\nfour = double(2)\n",
        "main.star": 'load("lib/math.star", "four", twice = "double")\ndef decide(event): return [twice(four), four]\n',
    }
    assert decide(runtime, sources) == [8, 4]


def test_a_module_runs_once(runtime: rf.Runtime) -> None:
    sources = {
        "base.star": "box = []\n",
        "a.star": 'load("base.star", "box")\na = box\n',
        "b.star": 'load("base.star", "box")\nb = box\n',
        "main.star": 'load("a.star", "a")\nload("b.star", "b")\ndef decide(event): return {"same": a == b, "n": len(a)}\n',
    }
    assert decide(runtime, sources) == {"same": True, "n": 0}


def test_loaded_names_are_not_handed_on(runtime: rf.Runtime) -> None:
    sources = {
        "a.star": "x = 1\n",
        "b.star": 'load("a.star", "x")\ny = x\n',
        "main.star": 'load("b.star", "x")\ndef decide(event): return x\n',
    }
    assert "x" in refusal(runtime, sources)


def test_names_with_an_underscore_are_private(runtime: rf.Runtime) -> None:
    sources = {"a.star": "_x = 1\n", "main.star": 'load("a.star", "_x")\ndef decide(event): return 1\n'}
    assert "_x" in refusal(runtime, sources)


def test_a_missing_name_is_named_with_the_nearest(runtime: rf.Runtime) -> None:
    sources = {
        "a.star": "colour = 1\n",
        "main.star": 'load("a.star", "color")\ndef decide(event): return 1\n',
    }
    message = refusal(runtime, sources)
    assert "color" in message and "colour" in message


def test_cycles_show_the_chain(runtime: rf.Runtime) -> None:
    sources = {
        "main.star": 'load("a.star", "a")\ndef decide(event): return a\n',
        "a.star": 'load("b.star", "b")\na = b\n',
        "b.star": 'load("a.star", "a")\nb = a\n',
    }
    message = refusal(runtime, sources)
    assert "cycle" in message and "a.star" in message and "b.star" in message


@pytest.mark.parametrize("path", ["../x.star", "/etc/passwd", "missing.star", "lib/../../x.star"])
def test_load_stays_inside_the_bundle(runtime: rf.Runtime, path: str) -> None:
    sources = {"main.star": f'load("{path}", "x")\ndef decide(event): return x\n'}
    assert "star" in refusal(runtime, sources)


@pytest.mark.parametrize(
    "statement",
    [
        "load(name, 'x')",
        "load('a.star', x)",
        "load()",
        "load('a.star')",
        "def f(): load('a.star', 'x')",
        "load('a.star', 'x')\nx = 2",
    ],
)
def test_load_takes_literals_at_the_top_level(runtime: rf.Runtime, statement: str) -> None:
    sources = {"a.star": "x = 1\n", "main.star": f"{statement}\ndef decide(event): return 1\n"}
    assert "main.star:" in refusal(runtime, sources)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("xs.append(1)", "cannot append to frozen list"),
        ("xs[0] = 2", "frozen list"),
        ("ds['b'] = 1", "cannot insert into frozen"),
        ("ds.pop('a')", "cannot delete from frozen"),
        ("nested[0][0].append(1)", "cannot append to frozen list"),
        ("default(1)", "cannot append to frozen list"),
        ("counter()", "frozen list"),
        ("event['items'].append(2)", "cannot append to frozen list"),
        ("event['new'] = 2", "cannot insert into frozen"),
        ("event['nested'].clear()", "cannot clear frozen"),
        ("event.items.append(1)", "no .append"),
        ("ss.add(2)", "add: cannot insert into frozen hash table"),
        ("ss.discard(1)", "discard: cannot delete from frozen hash table"),
        ("ss.remove(1)", "remove: cannot delete from frozen hash table"),
        ("ss.pop()", "pop: cannot delete from frozen hash table"),
        ("ss.clear()", "clear: cannot clear frozen hash table"),
        ("ss.update([2])", "update: cannot insert into frozen hash table"),
        ("ss.intersection_update([2])", "intersection_update: cannot delete from frozen hash table"),
        ("ss.difference_update([2])", "difference_update: cannot delete from frozen hash table"),
        ("ss.symmetric_difference_update([2])", "cannot insert into frozen hash table"),
        ("s = ss\n    s |= set([2])", "cannot insert into frozen hash table"),
        ("s = ss\n    s &= set([2])", "cannot delete from frozen hash table"),
        ("s = ss\n    s -= set([2])", "cannot delete from frozen hash table"),
        ("s = ss\n    s ^= set([2])", "cannot insert into frozen hash table"),
    ],
)
def test_what_is_loaded_is_frozen(runtime: rf.Runtime, change: str, message: str) -> None:
    library = """
xs = [1]
ds = {"a": 1}
ss = set([1])
nested = ([xs],)
def default(x, seen = []):
    seen.append(x)
    return seen
def make():
    count = [0]
    def next():
        count[0] += 1
        return count[0]
    return next
counter = make()
assert_two = (counter(), counter())
"""
    main = 'load("lib.star", "counter", "default", "ds", "nested", "ss", "xs")\n'
    main += f"def decide(event):\n    {change}\n    return 1\n"
    error = failure(runtime, {"lib.star": library, "main.star": main})
    assert message in error.message


def test_a_frozen_set_may_be_asked_for_what_changes_nothing(runtime: rf.Runtime) -> None:
    sources = {
        "lib.star": "ss = set([1])\n",
        "main.star": """
load("lib.star", "ss")
def decide(event):
    ss.add(1)
    ss.discard(2)
    copy = ss.union([2]) | set([3])
    copy.add(4)
    return [list(ss), list(copy)]
""",
    }
    assert decide(runtime, sources) == [[1], [1, 2, 3, 4]]


def test_an_evaluation_leaves_nothing_behind(runtime: rf.Runtime) -> None:
    source = """
def decide(event):
    seen = []
    def note(x, xs = []):
        xs.append(x)
        seen.append(len(xs))
    for item in event["items"]:
        note(item)
    return seen
"""
    with runtime.load(rf.Bundle.from_sources({"main.star": source})) as rules:
        for _ in range(3):
            assert rules.evaluate({"items": [5, 6]}).decision == [1, 2]


def test_event_objects_allow_attributes(runtime: rf.Runtime) -> None:
    source = """
def decide(event):
    return [event.user.name, event["user"]["name"], event.get("nope"), hasattr(event, "user"),
            hasattr(event, "nope"), getattr(event, "nope", 7), getattr(event.user, "na" + "me"),
            type(event), "user" in event, "keys" in dir(event), "user" in dir(event)]
"""
    expected = ["ann", "ann", None, True, False, 7, "ann", "dict", True, True, True]
    assert decide(runtime, {"main.star": source}, {"user": {"name": "ann"}}) == expected


def test_a_missing_attribute_names_the_nearest(runtime: rf.Runtime) -> None:
    error = failure(runtime, {"main.star": "def decide(event): return event.itens\n"})
    assert "itens" in error.message and "items" in error.message
