"""Cases of sets: every method and operator, with equal, disjoint and colliding elements, and sets full of holes."""

from __future__ import annotations

from .case import Case, shapes

SETS = {
    "ints": "x, y = set(range(N)), set(range(N // 2, N))",
    "equal": "x, y = set(range(N)), set(range(N))",
    "disjoint": "x, y = set(range(N)), set(range(N, 2 * N))",
    "strings": 'x, y = set(["k" + str(i) for i in range(N)]), set(["k" + str(i) for i in range(0, N, 2)])',
    "pairs": 'x, y = set([(i, "a") for i in range(N)]), set([(i, "a") for i in range(N)])',
    "holes": "x, y = set(range(N)), set(range(N))\n[x.remove(i) for i in range(N - 1)]\n[y.remove(i) for i in range(1, N)]",
    "emptied": "x, y = set(range(N)), set(range(N))\nfor i in range(N):\n    x.remove(i)\n    y.remove(i)",
    "empty": "x, y = set(range(N)), set()",
}
ITERABLES = {
    "list": "x, y = set(range(N)), list(range(N))",
    "list of one": "x, y = set(range(N)), [1] * N",
    "dict": "x, y = set(range(N)), {i: 1 for i in range(N)}",
    "range": "x, y = set(range(N)), range(N, 2 * N)",
}
COLLIDING = 'k = args["keys"]\nx = set(k)\ny = set(k)'

BINARY = [
    "union",
    "intersection",
    "difference",
    "symmetric_difference",
    "isdisjoint",
    "issubset",
    "issuperset",
]
UPDATES = ["update", "intersection_update", "difference_update", "symmetric_difference_update"]
OPERATORS = ["|", "&", "-", "^", "<=", "<", ">=", ">", "==", "!="]

CASES = [
    *(case for name in BINARY for case in shapes(f"set.{name}", f"x.{name}(y)", SETS | ITERABLES)),
    *(
        case
        for name in UPDATES
        for case in shapes(f"set.{name}", f"z = set(x)\nz.{name}(y)", SETS | ITERABLES)
    ),
    *(case for name in UPDATES for case in shapes(f"set.{name}", f"x.{name}(y)", SETS)),
    *(case for operator in OPERATORS for case in shapes(f"set {operator} set", f"x {operator} y", SETS)),
    *shapes("set |= set", "z = set(x)\nz |= y", SETS),
    *shapes("set()", "set(x)", SETS),
    *shapes("set()", "set(y)", ITERABLES),
    *shapes("set()", "set(y)", {"strings": 'y = ["k" + str(i) for i in range(N)]'}),
    *(
        case
        for name in ["len", "bool", "list", "sorted", "str", "repr", "any"]
        for case in shapes(f"{name}()", f"{name}(x)", SETS)
    ),
    *shapes("for", "for v in x:\n    break", SETS),
    *shapes("for", "for v in x:\n    pass", SETS),
    *shapes("in set", "N in x", SETS),
    *shapes("set.add", "x.add(-1)", SETS),
    *shapes("set.add", "for i in range(N):\n    y.add(i)", {"growing": "y = set()"}),
    *shapes("set.discard", "x.discard(-1)", SETS),
    *shapes("set.discard", "x.discard(N - 1)\nx.add(N - 1)", SETS),
    *shapes("set.remove", "x.add(0)\nx.remove(0)", SETS),
    *shapes("set.pop", "x.add(0)\nx.pop()", SETS),
    *shapes("set.clear", "x.clear()", SETS),
    *(
        Case(covers, f"colliding {kind}", body, COLLIDING, largest=1 << 12, keys=kind)
        for kind in ["strings", "integers"]
        for covers, body in {
            "set()": "set(k)",
            "set.union": "x.union(y)",
            "set & set": "x & y",
            "set - set": "x - y",
            "set ^ set": "x ^ y",
            "set == set": "x == y",
            "in set": "k[-1] in x",
            "set.add": "x.add(k[-1])",
            "set.pop": "x.add(x.pop())",
            "set.discard": "x.discard(k[-1])\nx.add(k[-1])",
        }.items()
    ),
]
