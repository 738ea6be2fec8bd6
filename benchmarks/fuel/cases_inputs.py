"""Cases of what comes from outside: sources of every kind, compiled, and events of every kind, decoded and encoded."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .case import LARGEST, EventCase, SourceCase
from .collisions import strings


def lines(line: str) -> Callable[[int], str]:
    """`N` lines; `#` stands for the line's number."""
    return lambda size: "".join(line.replace("#", str(number)) + "\n" for number in range(size))


def repeated(before: str, piece: str, after: str) -> Callable[[int], str]:
    """A piece `N` times between two others."""
    return lambda size: before + piece * size + after


SOURCES: dict[str, Callable[[int], str]] = {
    "blank lines": repeated("", "\n", ""),
    "comment": repeated("# ", "a", "\n"),
    "comments": repeated("", "#\n", ""),
    "blanks in parentheses": repeated("x = (1", " ", ")\n"),
    "wide comment": repeated("# ", "é", "\n"),
    "statements": repeated("", "pass\n", ""),
    "globals": lines("x# = #"),
    "expressions": repeated("x = 1", " + 1", "\n"),
    "names": repeated("y = 1\nx = y", " + y", "\n"),
    "comparisons": repeated("y = 1\nx = y", " and y < 1", "\n"),
    "conditionals": repeated("y = 1\nx = ", "1 if y else ", "2\n"),
    "functions": lines("def f#(a, b = 1, *c, **d): return a + b"),
    "locals": lambda size: "def f():\n" + lines("    x# = #")(min(size, 100)),
    "parameters": lambda size: f"def f({', '.join(f'a{i}' for i in range(min(size, 200)))}): pass\n",
    "calls": repeated("f = len\nx = [", 'f(""), ', "]\n"),
    "attributes": repeated('x = ""', ".upper()", "\n"),
    "strings": lines('x# = "text #"'),
    "equal strings": lines('x# = "text"'),
    "long string": repeated('x = "', "a", '"\n'),
    "long string of escapes": repeated('x = "', "\\n", '"\n'),
    "long wide string": repeated('x = "', "é", '"\n'),
    "raw string": repeated('x = r"""', "a\n", '"""\n'),
    "long name": repeated("", "a", " = 1\n"),
    "ints": lines("x# = 123456789#"),
    "long int": repeated("x = ", "7", "\n"),
    "long hexadecimal int": repeated("x = 0x", "f", "\n"),
    "floats": lines("x# = 1.2345678901234567e-30#"),
    "long float": repeated("x = 0.", "7", "\n"),
    "list": repeated("x = [", "1, ", "]\n"),
    "dict": lambda size: "x = {" + "".join(f'"k{i}": {i}, ' for i in range(size)) + "}\n",
    "colliding dict": lambda size: (
        "x = {" + "".join(f"{json.dumps(key)}: 1, " for key in strings()[:size]) + "}\n"
    ),
    "colliding names in calls": lambda size: (
        "x = dict(" + "".join(f"a{i} = 1, " for i in range(min(size, 200))) + ")\n"
    ),
    "nested lists": lambda size: "x = " + "[" * min(size, 60) + "]" * min(size, 60) + "\n",
    "nested too deeply": lambda size: "x = " + "(" * size,
    "nested blocks": lambda size: (
        "".join("  " * depth + "if 1:\n" for depth in range(min(size, 60))) + "  " * min(size, 60) + "pass\n"
    ),
    "nested functions": lambda size: (
        "".join("  " * depth + f"def f{depth}():\n" for depth in range(min(size, 30)))
        + "  " * min(size, 30)
        + "pass\n"
    ),
    "comprehensions": lines("x# = [a for a in [1] if a]"),
    "loops": lambda size: "def f():\n" + "    for i in []: pass\n" * size,
    "branches": lambda size: "def f(x):\n    if x: pass\n" + "    elif x: pass\n" * size,
    "mistakes": lines("x# = undefined_#"),
    "mistakes in syntax": repeated("", "x = = 1\n", ""),
    "mistakes in names": lambda size: lines("name_# = 1")(size) + "x = name_x\n" * min(size, 50),
    "bad characters": repeated("", "?\n", ""),
    "not closed": repeated("", '"\n', ""),
    "loads": lines('load("no_#.star", "x#")'),
    "f-strings": lines('x# = f"{1} and {2}"'),
    "long f-string": repeated('y = 1\nx = f"', "{y}", '"\n'),
    "annotations": lines("def f#(a: list[int] = 1) -> str: pass"),
}


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


EVENTS: dict[str, Callable[[int], str]] = {
    "list of zeros": lambda size: text({"e": [0] * size}),
    "list of ints": lambda size: text({"e": [i * 7919 for i in range(size)]}),
    "list of long ints": lambda size: text({"e": [(1 << 62) + i for i in range(size)]}),
    "list of floats": lambda size: text({"e": [1 / (i + 3) for i in range(size)]}),
    "list of hard floats": lambda size: '{"e": [' + ", ".join(["2.2250738585072011e-308"] * size) + "]}",
    "float of many digits": lambda size: '{"e": 0.' + "7" * size + "}",
    "exact float of many digits": lambda size: '{"e": 9007199254740993.' + "0" * size + "1}",
    "int of many digits": lambda size: '{"e": ' + "7" * size + "}",
    "long string": lambda size: text({"e": "a" * size}),
    "wide string": lambda size: text({"e": "é" * size}),
    "escapes": lambda size: '{"e": "' + "\\n" * size + '"}',
    "Unicode escapes": lambda size: '{"e": "' + "\\ud83d\\ude00" * size + '"}',
    "strings": lambda size: text({"e": [f"text {i}" for i in range(size)]}),
    "empty strings": lambda size: text({"e": [""] * size}),
    "empty lists": lambda size: '{"e": [' + ",".join(["[]"] * size) + "]}",
    "empty objects": lambda size: '{"e": [' + ",".join(["{}"] * size) + "]}",
    "small objects": lambda size: text({"e": [{"id": i, "name": "a", "ok": True} for i in range(size)]}),
    "object": lambda size: text({f"key{i}": i for i in range(size)}),
    "colliding object": lambda size: text(dict.fromkeys(strings()[:size], 1)),
    "objects with many keys": lambda size: text(
        {"e": [{f"k{i * 20 + j}": j for j in range(20)} for i in range(size)]}
    ),
    "same key": lambda size: '{"e": {' + ",".join(['"a": 1'] * size) + "}}",
    "deep": lambda size: '{"e": ' + "[" * min(size, 190) + "]" * min(size, 190) + "}",
    "blanks": lambda size: '{"e": 1' + " " * size + "}",
    "literals": lambda size: text({"e": [True, False, None] * size}),
}

DECODE = 'def decide(event):\n    return "done"\n'
ENCODE = "def decide(event):\n    return event\n"

CASES = [
    *(
        SourceCase("compile", shape, make, largest=1 << 12 if "colliding" in shape else LARGEST)
        for shape, make in SOURCES.items()
    ),
    *(
        EventCase(covers, shape, make, rules=rule, largest=1 << 12 if "colliding" in shape else LARGEST)
        for covers, rule in {"decode": DECODE, "decode and encode": ENCODE}.items()
        for shape, make in EVENTS.items()
    ),
]
