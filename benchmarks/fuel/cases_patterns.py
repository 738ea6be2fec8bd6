"""Cases of regular expressions: patterns that are hard to compile, and texts that are hard to match."""

from __future__ import annotations

from .case import Case

# A pattern and a text, both may depend on N. Those with `catastrophic` take exponential time where matching backtracks.
MATCHES = {
    "literal, absent": ('"needle"', '"hay" * N'),
    "literal, everywhere": ('"a"', '"a" * N'),
    "empty": ('""', '"a" * N'),
    "class": ('"[a-f]+"', '"abcxyz" * N'),
    "any": ('".*"', '"a" * N'),
    "any, lines": ('"(?m)^.*$"', '"a\\n" * N'),
    "catastrophic": ('"(a+)+b"', '"a" * N'),
    "catastrophic alternatives": ('"(a|aa|aaa)*b"', '"a" * N'),
    "catastrophic options": ('"(a?){50}a{50}"', '"a" * N'),
    "words": ('"\\\\b\\\\w+\\\\b"', '"some words " * N'),
    "captures": ('"(\\\\w+)@(\\\\w+)\\\\.(com|org)"', '"someone@example.com " * N'),
    "captures, absent": ('"(\\\\w+)@(\\\\w+)\\\\.(com|org)"', '"someone.example.com " * N'),
    "many states": ('"(a|b)*a(a|b){12}"', '"ab" * N'),
    "many states, varied": ('"[ab]*a[ab]{14}c"', '("abaabbbabaab" * N)'),
    "case": ('"(?i)needle"', '"NEEDL" * N'),
    "wide text": ('"é+x"', '"é" * N'),
    "wide class": ('"[ß-ÿ]+"', '"éàü-" * N'),
    "class of Unicode": ('"\\\\p{L}+\\\\d"', '"aéß" * N'),
    "long literal": ('"a" * min(N, 900) + "b"', '"a" * N'),
    "anchored": ('"^abc$"', '"abc" * N'),
    "many alternatives": ('"|".join(["word" + str(i) for i in range(min(N, 90))])', '"word" * N'),
    "many captures": ('"(a)" * min(N, 60)', '"a" * N'),
    "repeated class": ('"[a-z]{1,100}x"', '"abcdefgh" * N'),
}
PATTERNS = {
    "literal": '"a" * min(N, 900)',
    "classes": '"[a-zß-ÿ]" * min(N, 90)',
    "alternatives": '"|".join(["a"] * min(N, 400))',
    "nested": '"(" * min(N, 90) + "a" + ")" * min(N, 90)',
    "counted": '"a{" + str(min(N, 900)) + "}"',
    "Unicode": '"\\\\pL" * min(N, 20)',
    "folded": '"(?i)" + "k" * min(N, 400)',
}

CASES = [
    *(
        Case(f"regex.{name}", shape, f"r.{call}", f"s = {text}\nr = regex({pattern})")
        for name, call in {
            "match": "match(s)",
            "search": "search(s)",
            "find": "find(s)",
            "findall": "findall(s)",
            "groups": "groups(s)",
            "replace": 'replace(s, "-")',
        }.items()
        for shape, (pattern, text) in MATCHES.items()
    ),
    *(Case("regex()", shape, "regex(p)", f"p = {pattern}") for shape, pattern in PATTERNS.items()),
    *(
        Case("regex()", f"new: {shape}", "for i in range(20):\n    regex(p + str(i))", f"p = {pattern}")
        for shape, pattern in PATTERNS.items()
    ),
    *(
        Case("regex()", f"no pattern: {shape}", "regex(p)", f"p = {pattern}", ends="")
        for shape, pattern in {"parentheses": '"()" * min(N, 90)'}.items()
    ),
    Case(
        "regex.replace",
        "groups in the replacement",
        'r.replace(s, "$1$1")',
        's = "ab" * N\nr = regex("(a)b")',
    ),
    Case("regex.pattern", "", "r.pattern", 'r = regex("a")', largest=1),
    Case("str()", "regex", "str(r)", 'r = regex("a" * min(N, 900))'),
]
