"""Cases of what rules have beside the language: networks."""

from __future__ import annotations

from .case import Case

CASES = [
    *(
        Case(f"ip.{name}", "", f"a.{name}", 'a = ip("2001:db8::1")', largest=1)
        for name in ["version", "is_private", "is_loopback"]
    ),
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
    Case("ip()", "v4", 'ip("10.1.2.3")', largest=1),
    Case("ip()", "v6", 'ip("2001:db8:1:2:3:4:5:6")', largest=1),
    Case("ip()", "no address", "ip(s)", 's = "1" * N', ends="ip"),
    Case("cidr()", "one", 'cidr("10.0.0.0/8")', largest=1),
    Case(
        "cidr()",
        "many",
        "cidr(*x)",
        'x = ["10.%d.%d.0/24" % (i // 256 % 256, i % 256) for i in range(N)]',
        largest=1 << 14,
    ),
    Case("cidr()", "the same", "cidr(*x)", 'x = ["10.0.0.0/8"] * N', largest=1 << 14),
    Case(
        "cidr()",
        "v6",
        "cidr(*x)",
        'x = ["2001:db8:%x::/48" % (i % 65536) for i in range(N)]',
        largest=1 << 14,
    ),
    Case("cidr()", "no network", "cidr(s)", 's = "1" * N', ends="cidr"),
    Case(
        "in cidr",
        "ip",
        "a in c",
        'x = ["10.%d.%d.0/24" % (i // 256 % 256, i % 256) for i in range(N)]\nc, a = cidr(*x), ip("11.0.0.1")',
        largest=1 << 14,
    ),
    Case(
        "in cidr",
        "str",
        '"11.0.0.1" in c',
        'x = ["10.%d.%d.0/24" % (i // 256 % 256, i % 256) for i in range(N)]\nc = cidr(*x)',
        largest=1 << 14,
    ),
    Case(
        "str()",
        "cidr",
        "str(c)",
        'x = ["10.%d.%d.0/24" % (i // 256 % 256, i % 256) for i in range(N)]\nc = cidr(*x)',
        largest=1 << 14,
    ),
    Case("str()", "ip", "str(a)", 'a = ip("2001:db8::1")', largest=1),
    Case("dict display", "ip", "{a: 1}", 'a = ip("2001:db8::1")', largest=1),
]
