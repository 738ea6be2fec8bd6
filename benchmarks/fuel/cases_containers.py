"""Cases of lists, tuples, dicts and ranges: every method and operator, flat, nested, shared, colliding, full of holes."""

from __future__ import annotations

from .case import Case, shapes

DEEP = "x = {leaf}\nfor _ in range(min(N, 200)):\n    x = {level}"
SHARED = "x = {leaf}\nfor _ in range(min(N, 200)):\n    x = {level}"


def twice(setup: str) -> str:
    """The same structure made twice: `x` and `y`."""
    return f"{setup}\ny = x\n{setup}"


# Something to iterate over, `x`.
ITERABLES = {
    "list of ints": "x = list(range(N))",
    "list of strings": 'x = ["k" + str(i) for i in range(N)]',
    "list of floats": "x = [i * 0.5 for i in range(N)]",
    "list of lists": "x = [[i] for i in range(N)]",
    "list of empty lists": "x = [[]] * N",
    "list of pairs": "x = [(i, i) for i in range(N)]",
    "tuple": "x = tuple(range(N))",
    "dict": "x = {i: i for i in range(N)}",
    "dict of strings": 'x = {"k" + str(i): i for i in range(N)}',
    "dict with holes": "x = {i: i for i in range(N)}\n[x.pop(i) for i in range(N - 1)]",
    "range": "x = range(N)",
    "long ints": "x = range(1 << 60, (1 << 60) + N)",
}
DICTS = {
    "ints": "x = {i: i for i in range(N)}",
    "strings": 'x = {"k" + str(i): i for i in range(N)}',
    "floats": "x = {i * 0.5: i for i in range(N)}",
    "pairs": 'x = {(i, "a"): i for i in range(N)}',
    "holes": "x = {i: i for i in range(N)}\n[x.pop(i) for i in range(N - 1)]",
    "holes behind": "x = {i: i for i in range(N)}\n[x.pop(i) for i in range(1, N)]",
    "emptied": "x = {i: i for i in range(N)}\n[x.pop(i) for i in range(N)]",
}
COLLIDING = {
    "strings": 'k = args["keys"]\nx = {key: 0 for key in k}',
    "integers": 'k = args["keys"]\nx = {key: 0 for key in k}',
}
LISTS = {name: setup for name, setup in ITERABLES.items() if "list" in name}
EQUAL = {
    "ints": twice("x = [i + (1 << 50) for i in range(N)]"),
    "small ints": twice("x = list(range(N))"),
    "floats": twice("x = [i * 0.5 for i in range(N)]"),
    "strings": twice('x = ["key" + str(i) for i in range(N)]'),
    "long strings": twice('x = ["a" * 1000 + str(i) for i in range(N // 1000 + 1)]'),
    "lists": twice("x = [[] for i in range(N)]"),
    "pairs": twice("x = [(i, [i]) for i in range(N)]"),
    "dict": twice("x = {i: [i] for i in range(N)}"),
    "dict of strings": twice('x = {"k" + str(i): i for i in range(N)}'),
    "dicts": twice("x = [{i: i} for i in range(N)]"),
    "dict with holes": twice(DICTS["holes"]),
    "ints and floats": "x = list(range(N))\ny = [float(i) for i in x]",
    "deep lists": twice(DEEP.format(leaf="[]", level="[x]")),
    "deep dicts": twice(DEEP.format(leaf="{}", level='{"a": x}')),
    "shared lists": twice(SHARED.format(leaf="[1]", level="[x, x]")),
    "shared tuples": twice(SHARED.format(leaf="(1,)", level="(x, x)")),
    "shared empty": twice(SHARED.format(leaf="[]", level="[x] * 20")),
    "shared dicts": twice(SHARED.format(leaf="{}", level='{"a": x, "b": x}')),
}
SORTS = {
    "sorted": "x = list(range(N))",
    "reversed": "x = list(range(N, 0, -1))",
    "random": "x = [i * 7919 % 1000003 for i in range(N)]",
    "equal": "x = [7] * N",
    "floats": "x = [i * 7919 % 1000003 * 0.5 for i in range(N)]",
    "mixed numbers": "x = [(i * 7919 % 1000003) * (0.5 if i % 2 else 1) for i in range(N)]",
    "long ints": "x = [(1 << 60) + i * 7919 % 1000003 for i in range(N)]",
    "strings": "x = [str(i * 7919 % 1000003) for i in range(N)]",
    "equal prefixes": 'x = ["a" * 60 + str(i * 7919 % 1000003) for i in range(N)]',
    "long prefixes": 'x = ["a" * 5000 + str(i * 7919 % 1000003) for i in range(N // 100 + 1)]',
    "tuples": "x = [(1, 2, i * 7919 % 1000003) for i in range(N)]",
    "lists": 'x = [["a", i * 7919 % 1000003] for i in range(N)]',
    "deep tuples": 'x = [((((1, "b"),),), i * 7919 % 1000003) for i in range(N)]',
}

SEQUENCES = {"list": "list(range(N))", "tuple": "tuple(range(N))", "range": "range(N)"}

CASES = [
    # What visits an iterable.
    *(
        case
        for name in [
            "all",
            "any",
            "list",
            "tuple",
            "enumerate",
            "len",
            "reversed",
            "zip",
            "bool",
            "str",
            "repr",
            "type",
            "dir",
        ]
        for case in shapes(f"{name}()", f"{name}(x)", ITERABLES)
    ),
    *shapes(
        "any()",
        "any(x)",
        {"all false": "x = [0] * N", "all empty": "x = [[]] * N", "all blank": 'x = [""] * N'},
    ),
    Case("all()", "range", "all(range(1, N))", largest=1 << 40),
    *(case for name in ["max", "min"] for case in shapes(f"{name}()", f"{name}(x)", SORTS)),
    *(
        case
        for name in ["max", "min"]
        for case in shapes(f"{name}()", f"{name}(x, key = len)", {"key": 'x = ["a"] * N'})
    ),
    *(
        Case(f"{name}()", "arguments", f"{name}(*x)", "x = list(range(N + 1))", largest=1 << 14)
        for name in ["max", "min", "print"]
    ),
    *shapes("sorted()", "sorted(x)", SORTS),
    *shapes("sorted()", "sorted(x, reverse = True)", SORTS),
    *shapes("sorted()", "sorted(x, key = str)", {"key": SORTS["random"]}),
    *shapes("sorted()", "sorted(x, key = lambda v: -v)", {"lambda": SORTS["random"]}),
    *shapes(
        "sorted()",
        "sorted(x)",
        {"range": "x = range(N, 0, -1)", "dict": DICTS["strings"], "holes": DICTS["holes"]},
    ),
    Case("zip()", "wide", "zip(*x)", "x = [[1, 2]] * N", largest=1 << 14),
    Case("zip()", "four", "zip(x, x, x, x)", "x = list(range(N))"),
    *shapes("for", "for v in x:\n    pass", ITERABLES),
    *shapes("for", "for v in x:\n    break", ITERABLES),
    *shapes("list comprehension", "[v for v in x]", ITERABLES),
    *shapes("list comprehension", "[v for v in x if v == None]", ITERABLES),
    *shapes("dict comprehension", "{str(v): v for v in x}", {"ints": "x = range(N)"}),
    *shapes(
        "dict comprehension",
        "{v: v for v in x}",
        {"ints": "x = range(N)", "pairs": ITERABLES["list of pairs"]},
    ),
    # Lists.
    *shapes("list.append", "x.append(x)", LISTS),
    *shapes("list.extend", "[].extend(x)", ITERABLES),
    *shapes("list.extend", "y.extend(x)", {"growing": "x, y = list(range(N)), []"}),
    *shapes("list += list", "y += x", {"growing": "x, y = list(range(N)), []"}),
    *shapes("list.insert", "x.insert(0, 1)", LISTS),
    *shapes("list.insert", "x.insert(N // 2, 1)", LISTS),
    *shapes("list.pop", "x.pop(0)\nx.append(1)", LISTS),
    *shapes("list.pop", "x.pop()\nx.append(1)", LISTS),
    *shapes("list.clear", "x.clear()", LISTS),
    *shapes("list.clear", "y = x[:]\ny.clear()", LISTS),
    *(
        case
        for value in ["-1", '"b"', "0.3", "[0]", '("a", 1)', "None"]
        for case in shapes("in list", f"{value} in x", {f"{value} in {k}": v for k, v in LISTS.items()})
    ),
    *(
        case
        for value in ["-1", '"b"', "0.3", "[0]", '("a", 1)']
        for case in shapes(
            "list.index",
            "(x + [y]).index(y)",
            {f"{value} in {k}": f"{v}\ny = {value}" for k, v in LISTS.items()},
        )
    ),
    *shapes(
        "in list", "y in x", {"equal prefix": 'x, y = ["a" * 60 + "b" for _ in range(N)], "a" * 60 + "c"'}
    ),
    *shapes(
        "in tuple",
        "-1 in x",
        {"ints": "x = tuple(range(N))", "pairs": "x = tuple([(i, 1) for i in range(N)])"},
    ),
    *shapes("in range", "-1 in x", {"": "x = range(N)"}),
    *shapes("in range", "0.5 in x", {"float": "x = range(N)"}),
    *shapes("list.remove", "x.remove(0)\nx.append(0)", {"rotating": "x = [0] * N"}),
    *shapes("list.remove", 'x.append("b")\nx.remove("b")', LISTS),
    *shapes(
        "list[i]",
        "x[-1]",
        {"": "x = list(range(N))", "tuple": "x = tuple(range(N))", "range": "x = range(N)"},
    ),
    *shapes("list[i] = x", "x[-1] = x", {"": "x = list(range(N))"}),
    *(
        case
        for part in ["[:]", "[1:-1]", "[::2]", "[::-1]", "[::1000]", "[N // 2:]"]
        for case in shapes(
            "list[i:j:k]",
            f"x{part}",
            {f"{part} of {kind}": f"x = {made}" for kind, made in SEQUENCES.items()},
        )
    ),
    *shapes("list + list", "x + x", {"list": "x = list(range(N))", "tuple": "x = tuple(range(N))"}),
    *shapes(
        "list + list", "x + y", {"list": "x, y = list(range(N)), []", "tuple": "x, y = tuple(range(N)), ()"}
    ),
    *(Case("list * int", kind, f"{kind} * N") for kind in ["[1]", "(1,)", "[1, 2, 3]"]),
    *(Case("list * int", f"long {kind}", "x * 2", f"x = {kind}(range(N))") for kind in ["list", "tuple"]),
    *(Case("list * int", f"empty {kind}", f"{kind} * N", largest=1 << 40) for kind in ["[]", "()", '""']),
    # Dicts.
    *(case for name in ["keys", "values", "items"] for case in shapes(f"dict.{name}", f"x.{name}()", DICTS)),
    *(case for name in ["clear"] for case in shapes(f"dict.{name}", "x.clear()", DICTS)),
    *shapes("dict.clear", "y = dict(x)\ny.clear()", DICTS),
    *shapes("dict.get", "x.get(N - 1)", DICTS),
    *shapes("dict.get", 'x.get("absent")', DICTS),
    *shapes("dict.get", 'x.get(("absent", 1), 2)', DICTS),
    *shapes("in dict", "N in x", DICTS),
    *shapes("in dict", '("k", N) in x', DICTS),
    *shapes("dict[k]", "x[N - 1]", {k: v for k, v in DICTS.items() if k in ("ints", "holes")}),
    *shapes("dict[k] = v", 'x["a"] = 1', DICTS),
    *shapes("dict[k] = v", "for i in range(N):\n    y[i] = i", {"growing": "y = {}"}),
    *shapes("dict[k] = v", "y = {}\nfor i in range(N):\n    y[i] = i", {"new": "pass"}),
    *shapes(
        "dict[k] = v",
        "for k in x:\n    y[k] = i",
        {"growing, strings": 'y, i = {}, 1\nx = ["key" + str(i) for i in range(N)]'},
    ),
    *shapes("dict[k] = v", "x.pop(i)\nx[i] = 1", {"the same again and again": "i = 0\n" + DICTS["ints"]}),
    *shapes("dict.pop", "x.pop(N - 1, 0)", DICTS),
    *shapes("dict.pop", 'x.pop("absent", 0)', DICTS),
    *shapes("dict.popitem", 'x["a"] = 1\nx.popitem()', DICTS),
    *shapes(
        "dict.popitem",
        "for _ in range(N):\n    y.popitem()\ny = dict(x)",
        {"all": DICTS["ints"] + "\ny = dict(x)"},
    ),
    *shapes("dict.setdefault", 'x.setdefault("a", 1)', DICTS),
    *shapes("dict.setdefault", "for i in range(N):\n    y.setdefault(i, i)", {"growing": "y = {}"}),
    *shapes("dict.update", "y.update(x)", {k: v + "\ny = {}" for k, v in DICTS.items()}),
    *shapes("dict.update", "{}.update(x)", DICTS),
    *shapes("dict.update", "{}.update(y)", {k: v + "\ny = x.items()" for k, v in DICTS.items()}),
    *shapes("dict.update", "{}.update(**x)", {"keywords": DICTS["strings"]}, largest=1 << 14),
    *shapes("dict()", "dict(x)", DICTS),
    *shapes("dict()", "dict(y)", {k: v + "\ny = x.items()" for k, v in DICTS.items()}),
    *shapes("dict()", "dict(x, a = 1)", DICTS),
    *shapes("dict()", "dict(**x)", {"keywords": DICTS["strings"]}, largest=1 << 14),
    *shapes("dict | dict", "x | x", DICTS),
    *shapes("dict | dict", "x | {1: 2}", DICTS),
    *shapes("dict | dict", "{} | x", DICTS),
    *shapes("dict |= dict", "y = {}\ny |= x", DICTS),
    *(
        case
        for name in ["str", "repr", "len", "list", "bool"]
        for case in shapes(f"{name}()", f"{name}(x)", DICTS)
    ),
    *(
        Case(covers, f"colliding {kind}", body, setup, largest=1 << 12, keys=kind)
        for kind, setup in COLLIDING.items()
        for covers, body in {
            "dict[k] = v": "y = {}\nfor key in k:\n    y[key] = 1",
            "dict[k]": "x[k[-1]]",
            "in dict": "k[-1] in x",
            "dict.get": "x.get(k[-1])",
            "dict()": "dict(x)",
            "dict.update": "{}.update(x)",
            "dict |= dict": "y = {}\ny |= x",
            "dict | dict": "x | x",
            "dict == dict": "x == y",
            "dict comprehension": "{key: 0 for key in k}",
            "dict.pop": "x.pop(k[-1])\nx[k[-1]] = 1",
            "dict.popitem": "x[0] = x.popitem()",
            "dict.setdefault": "x.setdefault(k[-1], 1)",
        }.items()
        for setup in [setup + "\ny = {key: 0 for key in k}"]
    ),
    # Comparisons.
    *shapes("list == list", "x == y", EQUAL, largest=1 << 19),
    *shapes("list != list", "x != y", EQUAL, largest=1 << 19),
    *shapes("list < list", "x < y", {k: v for k, v in EQUAL.items() if "dict" not in k and "and" not in k}),
    *shapes("in list", "y in [x]", EQUAL),
    *shapes(
        "hash of a tuple",
        "{x: 1}",
        {
            "flat": "x = tuple(range(N))",
            "strings": "x = tuple([str(i) for i in range(N)])",
            "pairs": "x = tuple([(i, i) for i in range(N)])",
            "deep": "x = ()\nfor _ in range(min(N, 100)):\n    x = (x,)",
            "shared": "x = ()\nfor _ in range(min(N, 100)):\n    x = (x, x)",
            "long strings": 'x = tuple(["a" * 1000 + str(i) for i in range(N // 1000 + 1)])',
        },
    ),
    *shapes("str()", "str(x)", EQUAL),
    Case("str()", "cycle", "str(x)", "x = [1] * N\nx.append(x)"),
    Case("str()", "empty list", "str([])"),
    *shapes("range()", "str(x)", {"as text": "x = range(N)"}),
    *shapes("unpacking", "(a, b), c = x", {"nested": "x = ((1, 2), [3])"}, largest=1),
    *shapes("range == range", "x == range(N)", {"": "x = range(N)"}),
]
