"""Cases of statements, calls and memory: closures, conditions, loops, and what keeps the collector busy."""

from __future__ import annotations

from .case import Case, shapes

FUNCTIONS = """
def nothing():
    pass
def one(a):
    return a
def three(a, b = 2, *, c = 3):
    return a
def spread(*args, **kwargs):
    return args
def down(n):
    return 0 if n == 0 else down(n - 1)
def adder(n):
    def add(x):
        return x + n
    return add
FROZEN = {str(i): i for i in range(100)}
"""
# Something alive of about eight bytes for each of N, and of many objects, while a body makes garbage.
LIVE = {
    "list": "live = list(range(N))",
    "lists": "live = [[i] for i in range(N // 8 + 1)]",
    "dicts": 'live = [{"a": i} for i in range(N // 16 + 1)]',
    "strings": "live = [str(i) for i in range(N // 4 + 1)]",
    "floats": "live = [i * 0.5 for i in range(N)]",
    "chain": "live = None\nfor i in range(N // 8 + 1):\n    live = [live]",
}
GARBAGE = {
    "empty lists": "[]",
    "small lists": "[1, 2]",
    "dicts": '{"a": 1}',
    "closures": "adder(1)",
    "short strings": "str(12345)",
    "tuples": "(N, N)",
    "long lists": "live_list[:]",
    "medium lists": "[0] * 500",
    "medium strings": '"a" * 4000',
    "long strings": '"a" * 300000',
    "ranges": "range(N)",
    "iteration": "[v for v in range(20)]",
}
# What survives the nursery: a ring of the last values, so that the old space fills with garbage.
RING = "ring = [None] * {size}\nat = 0"
TURN = "for _ in range({count}):\n    ring[at] = {value}\n    at = (at + 1) % {size}"

CASES = [
    *(
        Case(covers, "", body, "x, y, f, d, l = N, 2, adder(3), {'a': 1}, [1, 2, 3]", FUNCTIONS, largest=1)
        for covers, body in {
            "pass": "pass",
            "assignment": "z = x",
            "if": "if x == y:\n    pass",
            "if elif else": "if x < 0:\n    pass\nelif x > 5 and y > 1 or not x:\n    pass\nelse:\n    z = 1",
            "conditional expression": "1 if x else 2",
            "while": "while x < 0:\n    pass",
            "lambda": "lambda v: v",
            "def": "def g(a = 1, *b, c = 2, **k):\n    return x",
            "call": "one(x)",
            "call without arguments": "nothing()",
            "call with keywords": "three(a = 1, b = 2, c = 3)",
            "call of a closure": "f(1)",
            "call with *args": "spread(*l)",
            "call with **kwargs": "spread(**d)",
            "call of a method value": "d.get('a')",
            "return": "one(one)",
            "list display": "[x, y, x]",
            "tuple display": "(x, y, x)",
            "dict display": "{'a': 1, 'b': 2}",
            "empty displays": "[], {}, ()",
            "unpacking": "a, b, c = l",
            "augmented assignment": "y += 1",
            "element": "l[1]",
            "item": "d['a']",
            "f-string": 'f"{x} and {y!r}"',
            "load of a global": "FROZEN",
            "in": "x in d",
            "type()": "type(x)",
            "bool()": "bool(l)",
            "function == function": "nothing == one",
            "str()": "str(nothing)",
            "hash of a function": "{nothing: 1}",
            "attribute": "d.items",
            "getattr()": 'getattr(d, "items")',
            "hasattr()": 'hasattr(d, "items")',
            "dir()": "dir(d)",
        }.items()
    ),
    Case("call with *args", "many", "spread(*x)", "x = list(range(N))", FUNCTIONS, largest=1 << 14),
    Case(
        "call with **kwargs",
        "many",
        "spread(**x)",
        "x = {'k' + str(i): i for i in range(N)}",
        FUNCTIONS,
        largest=1 << 14,
    ),
    Case("call with *args", "huge", "spread(*x)", "x = list(range(N))", FUNCTIONS, ends="arguments"),
    Case("recursion", "", "down(N)", top=FUNCTIONS, largest=1 << 10),
    Case("recursion", "too deep", "down(N)", top=FUNCTIONS, smallest=1 << 16, ends="stack"),
    Case("for", "range", "for i in range(N):\n    pass", largest=1 << 20),
    Case("while", "counting", "i = 0\nwhile i < N:\n    i += 1", largest=1 << 20),
    Case("unpacking", "many in a loop", "for a, b in x:\n    pass", "x = [(i, i) for i in range(N)]"),
    # The collector: its work is part of the price of what was allocated.
    *(
        Case(
            f"garbage: {what}",
            f"{live} alive",
            f"for _ in range(100):\n    {value}",
            f"{setup}\nlive_list = [1] * 2000",
            FUNCTIONS,
        )
        for live, setup in LIVE.items()
        for what, value in GARBAGE.items()
    ),
    *(
        Case(
            f"old garbage: {what}",
            f"{live} alive",
            TURN.format(count=20_000 if size > 1000 else 500, value=value, size=size),
            f"{setup}\n{RING.format(size=size)}\nlive_list = [1] * 2000",
            FUNCTIONS,
            smallest=1 << 12,
        )
        for live, setup in LIVE.items()
        for what, value, size in [
            ("small lists", "[at]", 20_000),
            ("dicts", '{"a": at}', 10_000),
            ("medium lists", "[0] * 500", 200),
            ("long lists", "[0] * 40000", 2),
            ("medium strings", '"a" * 4000', 200),
            ("long strings", '"a" * 300000', 2),
        ]
    ),
    *shapes(
        "remembered objects", "for i in range(N):\n    x[i] = [i]", {"old list of young": "x = [None] * N"}
    ),
    *shapes(
        "remembered objects", "for v in x:\n    v[0] = [1]", {"many old lists": "x = [[i] for i in range(N)]"}
    ),
]
