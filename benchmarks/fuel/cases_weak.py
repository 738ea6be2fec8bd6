"""Cases of weak references and weak-key maps."""

from __future__ import annotations

from .case import Case

KEYS = "x = [[i] for i in range(N)]"
FULL = f"{KEYS}\nm = weakmap()\nfor k in x: m[k] = 1"

CASES = [
    Case("weakref()", "", "weakref(x)", "x = [1]", largest=1),
    Case("weakref.get", "", "w.get()", "x = [1]\nw = weakref(x)", largest=1),
    Case("weakref()", "many alive", "[weakref(v) for v in x]", KEYS),
    Case("weakmap()", "", "weakmap()", largest=1),
    Case("weakmap.setdefault", "new keys", "m = weakmap()\nfor k in x: m.setdefault(k, 1)", KEYS),
    Case("weakmap.setdefault", "a known key", "m.setdefault(x[0], 1)", FULL),
    Case("weakmap.get", "the last key", "m.get(x[-1])", FULL),
    Case("weakmap.get", "no key", "m.get([])", FULL),
    Case("weakmap.pop", "no key", "m.pop([], None)", FULL),
    Case("weakmap.pop", "all", "for k in x: m[k] = 1\nfor k in x: m.pop(k)", FULL),
    Case("weakmap.clear", "", "for k in x: m[k] = 1\nm.clear()", FULL),
    Case("weakmap.keys", "", "m.keys()", FULL),
    Case("weakmap.values", "", "m.values()", FULL),
    Case("weakmap.items", "", "m.items()", FULL),
]
