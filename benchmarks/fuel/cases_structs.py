"""Cases of structs."""

from __future__ import annotations

from .case import Case

CASES = [
    Case("struct()", "many", "struct(**x)", 'x = {"k%d" % i: i for i in range(N)}', largest=1 << 14),
    Case("struct()", "one", "struct(a = 1)", largest=1),
    Case(
        "attribute",
        "of a struct of many",
        "s.k0",
        's = struct(**{"k%d" % i: i for i in range(N)})',
        largest=1 << 14,
    ),
    Case(
        "getattr()",
        "of a struct of many",
        'getattr(s, "k%d" % (N - 1))',
        's = struct(**{"k%d" % i: i for i in range(N)})',
        largest=1 << 14,
    ),
    Case(
        "hasattr()",
        "of a struct of many",
        'hasattr(s, "absent")',
        's = struct(**{"k%d" % i: i for i in range(N)})',
        largest=1 << 14,
    ),
    Case(
        "dir()", "struct of many", "dir(s)", 's = struct(**{"k%d" % i: i for i in range(N)})', largest=1 << 14
    ),
    Case(
        "str()", "struct of many", "str(s)", 's = struct(**{"k%d" % i: i for i in range(N)})', largest=1 << 14
    ),
    Case(
        "struct == struct",
        "many",
        "s == t",
        's = struct(**{"k%d" % i: i for i in range(N)})\nt = struct(**{"k%d" % i: i for i in range(N)})',
        largest=1 << 14,
    ),
    Case(
        "struct == struct",
        "shared",
        "s == t",
        "s, t = struct(), struct()\nfor _ in range(min(N, 200)):\n    s, t = struct(a = s, b = s), struct(a = t, b = t)",
    ),
    Case(
        "struct + struct", "many", "s + s", 's = struct(**{"k%d" % i: i for i in range(N)})', largest=1 << 14
    ),
    Case(
        "hash()",
        "struct as a key",
        "{s: 1}",
        's = struct(**{"k%d" % i: i for i in range(N)})',
        largest=1 << 14,
    ),
]
