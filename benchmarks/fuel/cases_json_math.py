"""Cases of the modules `json` and `math`, and of the values `glob` and `url`."""

from __future__ import annotations

from .case import Case, shapes

ONE_FLOAT = [
    "acos",
    "asin",
    "atan",
    "cos",
    "sin",
    "tan",
    "degrees",
    "radians",
    "acosh",
    "asinh",
    "atanh",
    "cosh",
    "sinh",
    "tanh",
    "gamma",
    "ceil",
    "floor",
    "log",
    "exp",
    "sqrt",
    "fabs",
    "round",
]
TWO_FLOATS = ["atan2", "copysign", "hypot", "mod", "pow", "remainder"]
DOMAIN = {
    "acosh": ["1.5"],
    "gamma": ["0.5", "20.5", "-3.5"],
    "exp": ["0.5", "-700.0"],
    "ceil": ["0.5", "1e300"],
}
HARD = ["0.5", "0.9999999999999999", "1e-300"]
VALUES = {
    "ints": "x = list(range(N))",
    "floats": "x = [i * 0.1 for i in range(N)]",
    "hard floats": "x = [2.2250738585072011e-308] * N",
    "big ints": "x = [1 << 200] * N",
    "one big int": "x = 1 << min(N, 100000)",
    "strings": 'x = ["text"] * N',
    "long string": 'x = "a" * N',
    "wide string": 'x = "é" * N',
    "escapes": 'x = "\\n" * N',
    "empty lists": "x = [[]] * N",
    "dict": 'x = {"k%d" % i: i for i in range(N)}',
    "dict in reverse order": 'x = {"k%d" % (10000000 + i): i for i in range(N, 0, -1)}',
    "dicts": 'x = [{"b": 1, "a": 2}] * N',
    "deep": "x = []\nfor _ in range(min(N, 190)):\n    x = [x]",
    "shared": "x = [1]\nfor _ in range(min(N, 190)):\n    x = [x, x]",
    "holes": 'x = {"k%d" % i: i for i in range(N)}\n[x.pop("k%d" % i) for i in range(N - 1)]',
}
TEXTS = {name: f"{setup}\ns = json.encode(x)" for name, setup in VALUES.items() if name != "shared"}
TEXTS |= {"blanks": 's = " " * N + "1"', "mistake": 's = "[" + "1," * N + "1"'}
GLOBS = {
    "literal": ('"a" * min(N, 500)', '"a" * N'),
    "stars": ('"*a" * min(N // 2 + 1, 100) + "b"', '"a" * N'),
    "question marks": ('"?" * min(N, 500)', '"é" * N'),
    "segments": ('"**/a/**/b"', '"a/" * N'),
    "class": ('"[a-z]*[0-9]"', '"a" * N'),
}
URLS = {
    "path": '"https://example.com/" + "a/" * N',
    "query": '"https://example.com/?" + "a=b&" * N',
    "different keys": '"https://example.com/?" + "&".join(["k%d=1" % i for i in range(N)])',
    "escapes": '"https://example.com/" + "%41" * N',
    "fragment": '"https://example.com/#" + "a" * N',
    "user": '"https://" + "a" * N + ":b@example.com/"',
    "host": '"https://" + "a" * min(N, 60) + ".com/"',
}
ATTRIBUTES = [
    "scheme",
    "host",
    "port",
    "user",
    "password",
    "path",
    "fragment",
    "segments",
    "query",
    "query_all",
]

CASES = [
    *(
        Case(f"math.{name}()", x, f"math.{name}(x)", f"x = {x}", largest=1)
        for name in ONE_FLOAT
        for x in DOMAIN.get(name, HARD)
    ),
    *(
        Case(f"math.{name}()", f"{x}, {y}", f"math.{name}(x, y)", f"x, y = {x}, {y}", largest=1)
        for name in TWO_FLOATS
        for x, y in [("1.5", "0.3"), ("1e300", "1e-300")]
        if (name, x) != ("pow", "1e300")
    ),
    *(Case(f"math.{name}()", "large", f"math.{name}(1e300)", largest=1) for name in ["sin", "cos", "tan"]),
    *shapes("json.encode()", "json.encode(x)", VALUES),
    *shapes("json.encode_indent()", "json.encode_indent(x)", VALUES),
    *shapes(
        "json.indent()", "json.indent(s)", {name: text for name, text in TEXTS.items() if name != "mistake"}
    ),
    *shapes("json.decode()", "json.decode(s, None)", TEXTS),
    *(
        Case("glob.match", shape, "g.match(s)", f"s = {text}\ng = glob({pattern})")
        for shape, (pattern, text) in GLOBS.items()
    ),
    *(Case("glob()", shape, "glob(p)", f"p = {pattern}") for shape, (pattern, _) in GLOBS.items()),
    Case("glob.pattern", "", "g.pattern", 'g = glob("a*")', largest=1),
    *(Case("url()", shape, "url(s)", f"s = {text}") for shape, text in URLS.items()),
    *(
        Case(f"url.{name}", shape, f"u.{name}", f"u = url({text})")
        for name in ATTRIBUTES
        for shape, text in URLS.items()
    ),
]
