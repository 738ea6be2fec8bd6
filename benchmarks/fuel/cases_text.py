"""Cases of strings: every method, operator and conversion, on text that is easy and text that is made to be hard."""

from __future__ import annotations

from .case import Case, shapes

ASCII = 's = "a" * N'
TEXTS = {
    "ASCII": ASCII,
    "two bytes": 's = "é" * N',
    "four bytes": 's = "\\U0001F600" * N',
    "mixed": 's = ("aé" * N)[:N]',
    "capitals": 's = ("ABc " * N)[:N]',
    "sharp s": 's = "ß" * N',
    "Greek": 's = "Σ" * N',
    "blank": 's = " " * N',
    "wide blank": 's = "\\u2003" * N',
    "digits": 's = "7" * N',
}
# A receiver `s` and a needle `t`.
SEARCHES = {
    "one byte, absent": 's, t = "a" * N, "b"',
    "one byte, everywhere": 's, t = "a" * N, "a"',
    "two bytes, absent": 's, t = "a" * N, "ab"',
    "ends alike": 's, t = "a" * N, "a" * (N // 8) + "b" + "a" * (N // 8)',
    "begins differently": 's, t = "a" * N, "b" + "a" * (N // 2)',
    "ends differently": 's, t = "a" * N, "a" * (N // 2) + "b"',
    "differs in the middle": 's, t = "a" * N, "a" * (N // 4) + "b" + "a" * (N // 4)',
    "small period": 's, t = ("a" * 9 + "b") * (N // 10 + 1), ("a" * 9 + "b") * 3 + "c"',
    "nearly periodic": 's, t = ("ab" * N)[:N], "ab" * (N // 8) + "aab"',
    "short, late difference": 's, t = "a" * N, "a" * 30 + "b"',
    "short, early difference": 's, t = "a" * N, "b" + "a" * 30',
    "short, everywhere": 's, t = ("ab" * N)[:N], "ab"',
    "two bytes a character": 's, t = "é" * N, "éa"',
    "two bytes a character, everywhere": 's, t = "é" * N, "é"',
    "the whole": 's, t = "a" * N, "a" * N',
    "longer": 's, t = "a" * N, "a" * (N + 1)',
    "sparse": 's, t = ("a" * 63 + ",") * (N // 64 + 1), ","',
}
WORDS = {
    "one word": 's = "a" * N',
    "words of one": 's = ("a " * N)[:N]',
    "words of eight": 's = ("abcdefgh " * N)[:N]',
    "blanks": 's = " " * N',
    "wide blanks": 's = ("é\\u2003" * N)[:N]',
    "lines": 's = ("a\\r\\n" * N)[:N]',
    "newlines": 's = "\\n" * N',
}

PREDICATES = ["isalnum", "isalpha", "isdigit", "islower", "isspace", "istitle", "isupper"]
MAPPINGS = ["capitalize", "lower", "title", "upper"]
ELEMENTS = ["elems", "codepoints", "elem_ords", "codepoint_ords"]

CASES = [
    *(
        case
        for name in PREDICATES + MAPPINGS + ELEMENTS
        for case in shapes(f"str.{name}", f"s.{name}()", TEXTS)
    ),
    *(
        case
        for name in ["find", "rfind", "count"]
        for case in shapes(f"str.{name}", f"s.{name}(t)", SEARCHES)
    ),
    *(
        case
        for name in ["partition", "rpartition", "split", "rsplit"]
        for case in shapes(f"str.{name}", f"s.{name}(t)", SEARCHES)
    ),
    *shapes("str.replace", 's.replace(t, "")', SEARCHES),
    *shapes("str.replace", 's.replace(t, "é")', SEARCHES),
    *shapes("str.replace", "s.replace(t, t + t)", SEARCHES),
    Case("str.replace", "empty by empty", 's.replace("", "")', ASCII),
    Case("str.replace", "empty by one", 's.replace("", "-")', ASCII),
    Case("str.replace", "empty by one, two bytes", 's.replace("", "-")', 's = "é" * N'),
    *shapes("in str", "t in s", SEARCHES),
    *shapes("str.index", "(s + t).index(t)", SEARCHES),
    *shapes("str.rindex", "(t + s).rindex(t)", SEARCHES),
    *(
        Case(f"str.{name}", "positions in wide text", f's.{name}("a", N // 2, N - 1)', 's = "é" * N')
        for name in ["find", "rfind", "count"]
    ),
    Case("str.count", "empty", 's.count("")', 's = "é" * N'),
    Case("str.split", "limit", 's.split("a", 3)', ASCII),
    Case("str.rsplit", "limit", 's.rsplit("a", 3)', ASCII),
    Case("str.rsplit", "words, limit", "s.rsplit(None, N)", 's = ("a " * N)[:N]'),
    *(
        case
        for name in ["split", "rsplit", "splitlines"]
        for case in shapes(f"str.{name}", f"s.{name}()", WORDS)
    ),
    Case("str.splitlines", "ends kept", "s.splitlines(True)", 's = "\\n" * N'),
    *(
        case
        for name in ["strip", "lstrip", "rstrip"]
        for case in (
            *shapes(f"str.{name}", f"s.{name}()", TEXTS),
            Case(f"str.{name}", "set", f's.{name}("a")', ASCII),
            Case(f"str.{name}", "set, wide", f's.{name}("üé")', 's = "é" * N'),
            Case(
                f"str.{name}",
                "large set",
                f"s.{name}(t)",
                's = "a" * N\nt = "b" * (N // 2) + "a"',
                largest=1 << 13,
            ),
            Case(f"str.{name}", "set of wide", f"s.{name}(t)", 's = "a" * N\nt = "é" * (N // 2)'),
        )
    ),
    *(
        case
        for name in ["startswith", "endswith", "removeprefix", "removesuffix"]
        for case in (
            Case(f"str.{name}", "the whole", f"s.{name}(t)", 's, t = "a" * N, "a" * N'),
            Case(f"str.{name}", "last differs", f"s.{name}(t)", 's, t = "a" * N, "a" * (N - 1) + "b"'),
            Case(f"str.{name}", "first differs", f"s.{name}(t)", 's, t = "a" * N, "b" + "a" * (N - 1)'),
            Case(f"str.{name}", "constant", f's.{name}("aaaaaaaa")', ASCII),
        )
    ),
    *(
        case
        for name in ["startswith", "endswith"]
        for case in (
            Case(f"str.{name}", "many", f"s.{name}(t)", 's, t = "a" * 60, tuple(["b" + "a" * 50] * N)'),
            Case(f"str.{name}", "many short", f"s.{name}(t)", 's, t = "a" * 60, tuple(["b"] * N)'),
            Case(f"str.{name}", "positions", f's.{name}("a", N // 2, N)', 's = "é" * N'),
        )
    ),
    Case("str.join", "empty strings", '"".join(t)', 't = [""] * N'),
    Case("str.join", "short strings", '", ".join(t)', 't = ["a"] * N'),
    Case("str.join", "different strings", '", ".join(t)', "t = [str(i) for i in range(N)]"),
    Case("str.join", "long strings", '"é".join(t)', 't = ["a" * 1000] * (N // 1000 + 1)'),
    Case("str.join", "long separator", "s.join(t)", 's, t = "a" * 1000, [""] * (N // 1000 + 1)'),
    Case("str.join", "dict", '",".join(t)', "t = {str(i): i for i in range(N)}"),
    Case(
        "str.join",
        "after deletions",
        '",".join(t)',
        "t = {str(i): i for i in range(N)}\n[t.pop(k) for k in t.keys()]",
    ),
    Case("str.format", "no field", "s.format()", ASCII),
    Case("str.format", "braces", "s.format()", 's = "{{" * N'),
    Case("str.format", "automatic", "s.format(*t)", 's, t = "{}" * N, ["a"] * N', largest=1 << 14),
    Case("str.format", "one for all", "s.format(1)", 's = "{0}" * N'),
    Case("str.format", "repr of a float", "s.format(1.1)", 's = "{0!r}" * N'),
    Case("str.format", "long name", "s.format(**{t: 1})", 't = "a" * N\ns = "{" + t + "}"'),
    Case("str.format", "same name", "s.format(key = 1)", 's = "{key}" * N'),
    Case("str.format", "many zeros", "s.format(1)", 's = "{" + "0" * N + "}"'),
    Case("str.format", "long value", "s.format(t)", 's, t = "{0}{0}", "a" * N'),
    *(
        Case("str %", f"%{letter}", "s % t", f's, t = "%{letter}" * N, tuple([{value}] * N)')
        for letter, value in [
            ("s", '"a"'),
            ("r", '"a"'),
            ("d", "-123456789012345"),
            ("i", "1"),
            ("o", "123456789012345"),
            ("x", "123456789012345"),
            ("X", "-1"),
            ("e", "1.7976931348623157e308"),
            ("E", "2.2250738585072014e-308"),
            ("f", "1.7976931348623157e308"),
            ("F", "1.0"),
            ("g", "1.2345678901234567e-300"),
            ("G", "1e22"),
            ("c", '"é"'),
            ("s", "1.2345678901234567e-300"),
            ("s", "[]"),
            ("r", "{}"),
            ("f", "5e-324"),
            ("e", "5e-324"),
            ("g", "5e-324"),
        ]
    ),
    Case("str %", "no conversion", "s % ()", ASCII),
    Case("str %", "%%", "s % ()", 's = "%%" * N'),
    Case("str %", "keys", 's % {"key": 1}', 's = "%(key)s" * N'),
    Case("str %", "long key", "s % {t: 1}", 't = "a" * N\ns = "%(" + t + ")s"'),
    Case("f-string", "long", 'f"{s}{s}"', ASCII),
    Case("f-string", "repr", 'f"{s!r}"', 's = "\\n" * N'),
    Case("str + str", "long", "s + s", ASCII),
    Case("str + str", "wide", 's + "a"', 's = "é" * N'),
    Case("str += str", "growing", 't += "a"', 's = "a" * N\nt = s'),
    Case("str * int", "of one byte", '"a" * N'),
    Case("str * int", "of a long one", "s * 3", ASCII),
    Case("str * int", "nothing", "s * 0", ASCII),
    Case("str * int", "wide", '"é" * N'),
    Case("str == str", "equal", "s == t", 's = "a" * N\nt = "a" * N'),
    Case("str == str", "equal but the last", "s == t", 's = "a" * N\nt = "a" * (N - 1) + "b"'),
    Case(
        "str == str",
        "equal but the middle",
        "s == t",
        's = "a" * N\nt = "a" * (N // 2) + "b" + "a" * (N - N // 2 - 1)',
    ),
    Case("str < str", "equal", "s < t", 's = "a" * N\nt = "a" * N'),
    Case("str < str", "equal but the last", "s >= t", 's = "a" * N\nt = "a" * (N - 1) + "b"'),
    *(
        case
        for text in ["a", "é", "\\U0001F600"]
        for case in (
            Case("str[i]", f"of {text}", "s[N - 1]", f's = "{text}" * N'),
            Case("str[i:j]", f"of {text}", "s[1:-1]", f's = "{text}" * N'),
            Case("str[i:j]", f"short of {text}", "s[N // 2:N // 2 + 2]", f's = "{text}" * N'),
            Case("str[i:j:k]", f"of {text}, 1 in 2", "s[::2]", f's = "{text}" * N'),
            Case("str[i:j:k]", f"of {text}, 1 in 64", "s[::64]", f's = "{text}" * N'),
            Case("str[i:j:k]", f"of {text}, 1 in half", "s[::N // 2 + 1]", f's = "{text}" * N'),
            Case("str[i:j:k]", f"of {text}, backwards", "s[::-1]", f's = "{text}" * N'),
            Case("str[i:j:k]", f"of {text}, backwards, 1 in 1000", "s[::-1000]", f's = "{text}" * N'),
        )
    ),
    *(
        Case(
            name,
            f"{text} as a new key",
            "{s + t: 1}",
            f's, t = "{text}" * (N // 2 + 1), "{text}" * (N // 2)',
        )
        for name, text in [("dict display", "a"), ("dict display", "é")]
    ),
    *shapes("str()", "str(s)", TEXTS),
    *shapes(
        "repr()",
        "repr(s)",
        {
            **TEXTS,
            "control": 's = "\\x01" * N',
            "quotes": 's = "\\"" * N',
            "unprintable": 's = "\\uFFFF" * N',
        },
    ),
    *shapes("hash()", "hash(s)", TEXTS),
    *shapes("len()", "len(s)", TEXTS),
    Case("hash()", "a new string", 'hash(s + "a")', ASCII),
    *shapes("ord()", "ord(s[0])", TEXTS),
    Case("bool()", "string", "bool(s)", ASCII),
    Case("type()", "string", "type(s)", ASCII),
    Case("dir()", "string", "dir(s)", ASCII),
    Case("not", "string", "not s", ASCII),
    Case("fail()", "long", "fail(s)", ASCII, ends="a"),
    Case("fail()", "many", "fail(*s.elems())", ASCII, ends="a", largest=1 << 15),
    Case("fail()", "deep", "fail(s)", "s = []\nfor _ in range(N % 200):\n    s = [s, s]", ends="["),
    Case("print()", "long", "print(s)", ASCII),
    Case("print()", "many", "print(*t)", 't = ["a"] * N', largest=1 << 14),
    Case("print()", "separator", "print(1, 2, 3, sep = s)", ASCII),
    Case("getattr()", "long name", "getattr(s, s, None)", ASCII),
    Case("getattr()", "missing, suggestions", "getattr(s, s)", ASCII, ends="has no"),
    Case("hasattr()", "long name", "hasattr(s, s)", ASCII),
    Case("getattr()", "method", 'getattr(s, "split")', ASCII),
    Case("attribute", "method without a call", "s.startswith", ASCII),
]
