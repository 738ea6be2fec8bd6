"""Binding arguments: what every kind of call gives its parameters, and how wrong calls are refused."""

from __future__ import annotations

import json

import pytest

from tests.machine.harness import DONE, FAILED, Machine

GOOD = [
    (
        "def f(a, b = 2): return (a, b)",
        "f(1), f(1, 3), f(b = 1, a = 2), f(*[1]), f(**{'a': 5})",
        "(1, 2) (1, 3) (2, 1) (1, 2) (5, 2)",
    ),
    ("def f(*args): return args", "f(), f(1, 2), f(0, *(1, 2))", "() (1, 2) (0, 1, 2)"),
    (
        "def f(**kw): return kw",
        "f(), f(a = 1), f(**{'b': 2}), f(a = 1, **{'b': 2})",
        '{} {"a": 1} {"b": 2} {"a": 1, "b": 2}',
    ),
    ("def f(a, *, b, c = 3): return (a, b, c)", "f(1, b = 2), f(1, c = 4, b = 2)", "(1, 2, 3) (1, 2, 4)"),
    ("def f(*args, a, **kw): return (args, a, kw)", "f(1, a = 2, z = 3)", '((1,), 2, {"z": 3})'),
    ("def f(a, b): return (a, b)", "f(*range(2)), f(*{'x': 1, 'y': 2})", '(0, 1) ("x", "y")'),
    ("f = lambda x, y = [1]: (x, y)", "f(1), f(1, 2)", "(1, [1]) (1, 2)"),
    ("g = 'a,b'.split", "g(','), ','.join(['x', 'y'])", '["a", "b"] x,y'),
    (
        "d = {1: 2, 'a': 3}",
        "d.get(1), d.get('a'), d.get('b'), d.get('b', 4), d.get(5, d), d.get(d[1])",
        '2 3 None 4 {1: 2, "a": 3} None',
    ),
    (
        "s = 'abc'",
        "s.startswith('ab') and 1, 2 if s.endswith('ab') else 3, not s.startswith('b')",
        "1 3 True",
    ),
    ("pass", "dict(a = 1), dict([(1, 2)], b = 3), int('ff', base = 16)", '{"a": 1} {1: 2, "b": 3} 255'),
]

RECURSIVE = 'function f called recursively (use a loop, or turn on the option "recursion")'

BAD = [
    ("def f(): pass", "f(1)", "function f accepts no arguments (1 given)"),
    ("def f(a): pass", "f()", "function f missing 1 argument (a)"),
    ("def f(a, b): pass", "f()", "function f missing 2 arguments (a, b)"),
    ("def f(a): pass", "f(1, 2)", "function f accepts 1 positional argument (2 given)"),
    ("def f(a, b = 1): pass", "f(1, 2, 3)", "function f accepts at most 2 positional arguments (3 given)"),
    ("def f(a): pass", "f(1, a = 2)", 'function f got multiple values for parameter "a"'),
    ("def f(a): pass", "f(a = 1, **{'a': 2})", 'function f got multiple values for parameter "a"'),
    ("def f(**kw): pass", "f(a = 1, **{'a': 2})", 'function f got multiple values for parameter "a"'),
    (
        "def f(name): pass",
        "f(nam = 1)",
        'function f got an unexpected keyword argument "nam" (did you mean name?)',
    ),
    ("def f(*, a): pass", "f()", "function f missing 1 argument (a)"),
    ("def f(*a): pass", "f(*1)", "argument after * must be iterable, not int"),
    ("def f(**k): pass", "f(**[])", "argument after ** must be a mapping, not list"),
    ("def f(**k): pass", "f(**{1: 2})", "keywords must be strings, not int"),
    ("pass", "len()", "len: got 0 arguments, want 1"),
    ("pass", "len([], [])", "len: got 2 arguments, want 1"),
    ("pass", "len(x = [])", "len: unexpected keyword arguments"),
    ("pass", "'a'.startswith()", "startswith: got 0 arguments, want at least 1"),
    ("pass", "sorted([1], keyy = 1)", 'sorted: unexpected keyword argument "keyy" (did you mean key?)'),
    ("pass", "1()", "invalid call of non-function (int)"),
    ("pass", "'x'.nope()", "string has no .nope field or method"),
    ("x = 1", "x.get('a')", "int has no .get field or method"),
    ("x = [1]", "x.get(x, 1)", "list has no .get field or method"),
    ("x = 1", "print(1 if x.startswith('a') else 2)", "int has no .startswith field or method"),
    ("x = {}", "x.get([])", "unhashable type: list"),
    ("x = {}", "x.get()", "get: got 0 arguments, want at least 1"),
    ("pass", "[].apend(1)", "list has no .apend field or method (did you mean .append?)"),
    ("def f(): f()", "f()", RECURSIVE),
    ("def f(): g()\ndef g(): f()", "f()", RECURSIVE),
]


@pytest.mark.parametrize(("setup", "calls", "want"), GOOD)
def test_arguments(setup: str, calls: str, want: str) -> None:
    """What the parameters are."""
    machine = Machine()
    assert machine.execute(f"{setup}\nprint({calls})\n") == (DONE, want + "\n"), machine.output()


@pytest.mark.parametrize(("setup", "call", "message"), BAD)
def test_refusals(setup: str, call: str, message: str) -> None:
    """What the error says."""
    machine = Machine()
    assert machine.execute(f"{setup}\n{call}\n")[0] == FAILED
    assert json.loads(machine.output())["error"]["message"] == message


def test_recursion_with_the_option() -> None:
    """Functions may call themselves, to a depth that ends with an error of the rule."""
    source = "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\nprint(f(1000))\nf(1000000)\n"
    machine = Machine()
    assert machine.execute(source, options=["recursion"]) == (FAILED, "1000\n")
    error = json.loads(machine.output())["error"]
    assert (error["kind"], error["message"]) == ("rule", "call stack too deep")
    assert len(error["traceback"]) <= 64


def test_a_failed_call_leaves_no_function_active() -> None:
    """What failed while it was running may be called again by the next event."""
    machine = Machine()
    machine.load({"main.star": "def g(e):\n    return e.x\ndef decide(e):\n    return g(e)\n"})
    assert "error" in machine.evaluate({})
    assert machine.evaluate({"x": 1})["decision"] == 1


def test_many_arguments_are_charged() -> None:
    """Spreading a huge range runs out of fuel or is refused, it does not hang."""
    machine = Machine()
    assert machine.execute("def f(*a): return len(a)\nprint(f(*range(100000)))\n") == (DONE, "100000\n")
    assert machine.read("guest.meter.fuel.remaining") < 10_000_000 - 10_000
    assert Machine().execute("def f(*a): return len(a)\nf(*range(1000000000))\n")[0] == FAILED
