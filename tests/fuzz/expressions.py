"""Random expressions of one type each, in the language that all implementations share.

Every method returns an expression whose value has the type that the method is named for, made of literals, variables in scope
and smaller expressions. `tests/fuzz/programs.py` makes statements of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable

INTEGERS = (0, 1, 2, 3, -1, 7, 10, 127, 128, -128, 255, 300, 40000, 65536, -99999)
LARGE_INTEGERS = (
    (1 << 31) - 1, 1 << 31, -(1 << 31), (1 << 32) - 1, (1 << 47) - 1, 1 << 47, -(1 << 47), 1 << 48, (1 << 53) + 1, 10**15, 10**18,
    (1 << 62) + 1, (1 << 63) - 1, 1 << 63, -(1 << 63), -(1 << 63) - 1, (1 << 64) - 1, 1 << 64, 10**19, -(10**19), 10**40, 3**100, -(7**60),
)  # fmt: skip
FLOATS = (
    "0.0",
    "-0.0",
    "1.0",
    "0.5",
    "-1.5",
    "2.75",
    "1e6",
    "1e-5",
    "123456.789",
    "1e15",
    "1e16",
    "1e17",
    "1e22",
    "0.1",
    "3.0",
    "-7.25",
    "1e300",
)
TEXTS = (
    "",
    "a",
    "b",
    "abc",
    "Hello World",
    "a,b,,c",
    "  pad ",
    "AbC",
    "x\\ty",
    "line\\nline",
    "12",
    "-7",
    "aXbXc",
    "tEST case",
    "'",
    '\\"',
    "zz",
)
WIDE_TEXTS = ("é", "naïve", "日本語", "a😀b", "ÀÉ")
SEPARATORS = ('","', '"a"', '" "', '"X"', '"bc"', '"\\n"')
LETTERS = ("'a'", "'b'", "'X'", "'l'", "' '", "'zz'")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
WIDE_SHARE = 0.25
FLOATS_SHARE = 0.5


class Expressions:
    """Writes expressions; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.wide = self.random.random() < WIDE_SHARE
        """Whether texts go beyond ASCII: starlark-go indexes bytes."""
        self.floats = self.random.random() < FLOATS_SHARE
        """Whether there are floats: starlark-rust prints them with fewer digits."""
        self.shifts = ("<<", ">>") if self.floats or self.wide else (">>",)
        """starlark-rust loses the upper bits of what it shifts to the left."""
        self.scope: dict[str, list[str]] = {}
        self.number = 0
        self.loops = 0

    def choose(self, depth: int, simple: Callable[[], str], *more: Callable[[], str]) -> str:
        """A simple expression, or while there is depth, mostly one of the others."""
        if depth <= 0 or self.random.random() < 0.2:
            return simple()
        return self.random.choice(more)()

    def known(self, kind: str) -> str | None:
        """A variable of a type, if there is one and chance wants it."""
        names = self.scope[kind]
        return self.random.choice(names) if names and self.random.random() < 0.7 else None

    def literal(self) -> str:
        """A string literal."""
        return f'"{self.random.choice(WIDE_TEXTS + TEXTS if self.wide else TEXTS)}"'

    def key(self) -> str:
        """A key of the dicts here, mostly."""
        return self.random.choice(('"a"', '"b"', '"x"', '"key"', '"none"', self.text(1)))

    def anything(self, depth: int) -> str:
        """An expression of any type."""
        make = self.random.choice(
            (
                self.integer,
                self.integer,
                self.text,
                self.text,
                self.items,
                self.texts,
                self.mapping,
                self.floating,
                self.truth_value,
                self.pair,
            )
        )
        return make(depth)

    def pair(self, depth: int) -> str:
        """A tuple."""
        return self.choose(
            depth,
            lambda: self.known("t") or "(1, 'a')",
            lambda: f"({self.anything(depth - 1)}, {self.anything(depth - 1)})",
            lambda: f"({self.anything(depth - 1)},)",
            lambda: f"tuple({self.items(depth - 1)})",
            lambda: f"({self.pair(depth - 1)} + {self.pair(depth - 1)})",
            lambda: f"({self.pair(depth - 1)} * {self.random.randrange(3)})",
            lambda: f"{self.text(depth - 1)}.partition({self.random.choice(SEPARATORS)})",
            lambda: f"{self.text(depth - 1)}.rpartition({self.random.choice(SEPARATORS)})",
        )

    def integer(self, depth: int) -> str:
        """An expression whose value is an integer."""
        rng = self.random

        def part() -> str:
            return self.integer(depth - 1)

        def simple() -> str:
            return self.known("i") or f"({rng.choice(LARGE_INTEGERS if rng.random() < 0.15 else INTEGERS)})"

        return self.choose(
            depth, simple,
            lambda: f"({part()} {rng.choice('+-')} {part()})",
            lambda: f"({part()} {rng.choice('+-|&^')} {part()})",
            lambda: f"({part()} * {part()})",
            lambda: f"({part()} {rng.choice(('//', '%'))} {rng.choice((7, -3, 128, 1000, -99999, 10**9, 10**20))})",
            lambda: f"({part()} {rng.choice(('//', '%'))} ({part()} or 1))",
            lambda: f"({part()} {rng.choice(self.shifts)} {rng.choice((0, 1, 3, 7, 31, 47, 64))})",
            lambda: f"({part()} {rng.choice(('and', 'or'))} {part()})",
            lambda: f"({part()} if {self.truth(depth - 1)} else {part()})",
            lambda: f"{rng.choice(('-', '+', '~'))}{part()}",
            lambda: f"abs({part()})",
            lambda: f"{rng.choice(('min', 'max'))}({part()}, {part()}, 5)",
            lambda: f"{rng.choice(('min', 'max'))}({self.items(depth - 1)} + [{part()}])",
            lambda: f"len({self.anything_sized(depth - 1)})",
            lambda: f"[{part()}, {part()}, 3][{part()} % 3]",
            lambda: f"{{'a': {part()}, 'b': {part()}}}[{rng.choice(LETTERS[:2])}]",
            lambda: f"{self.mapping(depth - 1)}.get({self.key()}, {part()})",
            lambda: f"(lambda z, w={part()}: {self.inner('z', depth - 2)} + w)({part()})",
            lambda: f"len([q for q in [{part()}, {part()}] if {self.inner_truth('q', depth - 2)}])",
            lambda: f"{self.text(depth - 1)}.{rng.choice(('count', 'find', 'rfind'))}({rng.choice(LETTERS)})",
            lambda: f"int({self.truth_value(depth - 1)})",
            lambda: f"int(str(clip({part()})))",
            lambda: f'int("{rng.choice(("12", "-345", "0", "+7"))}")',
            lambda: f'int("{rng.choice(("ff", "7f", "-1a"))}", 16)',
            lambda: f"int({rng.choice(('2.9', '-2.9', '1e15', '-0.0', '1e22'))})",
            lambda: f"ord({rng.choice(LETTERS)}[0])",
            lambda: self.outer_call(depth),
        )  # fmt: skip

    def outer_call(self, depth: int) -> str:
        """A call of a function that was defined before this one."""
        if not self.number or self.loops:
            return f"clip({self.integer(depth - 1)})"
        return f"f{self.random.randrange(self.number)}(clip({self.integer(depth - 2)}))"

    def inner(self, name: str, depth: int) -> str:
        """An integer expression that may use one more variable."""
        self.scope["i"].append(name)
        result = self.integer(depth)
        self.scope["i"].pop()
        return result

    def inner_truth(self, name: str, depth: int) -> str:
        """A condition that may use one more variable."""
        self.scope["i"].append(name)
        result = self.truth(depth)
        self.scope["i"].pop()
        return result

    def anything_sized(self, depth: int) -> str:
        """Something that has a length."""
        return self.random.choice((self.text, self.items, self.texts, self.mapping, self.pair))(depth)

    def floating(self, depth: int) -> str:
        """An expression whose value is a float; an integer in programs without them."""
        rng = self.random
        if not self.floats:
            return self.integer(depth)

        def part() -> str:
            return self.floating(depth - 1)

        return self.choose(
            depth,
            lambda: self.known("r") or f"({rng.choice(FLOATS)})",
            lambda: f"({part()} {rng.choice('+-*')} {part()})",
            lambda: f"({part()} {rng.choice('+-*')} {rng.choice(INTEGERS)})",
            lambda: f"({part()} / {rng.choice((3, 7.0, -2, 1e10))})",
            # Of small numbers: CPython rounds the quotient of large ones twice.
            lambda: f"({rng.choice(INTEGERS)} // {rng.choice((3.0, 7.5, -2.25))})",
            # The sum, because a remainder that is zero has another sign in CPython.
            lambda: f"({part()} % {rng.choice((3, 7.5, -2.25))} + 0.0)",
            lambda: f"({rng.choice(INTEGERS)} / {rng.choice((3, 8, -7))})",
            lambda: f"float({rng.choice(INTEGERS)})",
            lambda: f'float("{rng.choice(("1.5", "-2e3", "1e-7", "0.1", "12"))}")',
            lambda: f"-{part()}",
            lambda: f"abs({part()})",
            lambda: f"({part()} if {self.truth(depth - 1)} else {part()})",
        )

    def text(self, depth: int) -> str:
        """An expression whose value is a string."""
        rng = self.random

        def part() -> str:
            return self.text(depth - 1)

        def bound() -> str:
            return rng.choice(("", str(rng.randrange(-6, 9))))

        return self.choose(
            depth,
            lambda: self.known("s") or self.literal(),
            lambda: f"({part()} + {part()})",
            lambda: f"({part()} * {rng.randrange(-1, 4)})",
            lambda: f"{part()}[{bound()}:{bound()}]",
            lambda: f"{part()}[{bound()}:{bound()}:{rng.choice((1, 2, -1, -2, 3))}]",
            lambda: f"({part()} + 'abc')[{rng.randrange(-3, 3)}]",
            lambda: f"{rng.choice(('str', 'repr'))}({self.anything(depth - 1)})",
            lambda: (
                f"{part()}.{rng.choice(('upper', 'lower', 'capitalize', 'title', 'strip', 'lstrip', 'rstrip'))}()"
            ),
            lambda: (
                f"{part()}.{rng.choice(('strip', 'lstrip', 'rstrip', 'removeprefix', 'removesuffix'))}({rng.choice(LETTERS)})"
            ),
            lambda: f"{part()}.replace({rng.choice(SEPARATORS)}, {self.literal()})",
            lambda: f"{part()}.replace({rng.choice(LETTERS)}, {self.literal()}, {rng.randrange(3)})",
            lambda: f"{rng.choice(SEPARATORS)}.join({self.texts(depth - 1)})",
            lambda: (
                f'("%s|%d|%x|%o" % ({part()}, {self.integer(depth - 1)}, abs({self.integer(depth - 1)}), abs({self.integer(1)})))'
            ),
            lambda: f'("%s %%" % {part()})',
            lambda: f'"{{}}-{{}}".format({part()}, {self.integer(depth - 1)})',
            lambda: f'"{{1}}{{0}}{{k}}".format({part()}, {self.integer(depth - 1)}, k={part()})',
            lambda: f"type({self.anything(depth - 1)})",
            lambda: f"chr({rng.choice((65, 97, 48, 126))})",
            lambda: f"({part()} if {self.truth(depth - 1)} else {part()})",
            lambda: f"({part()} or {part()})",
        )

    def items(self, depth: int) -> str:
        """An expression whose value is a list of integers."""
        rng = self.random

        def part() -> str:
            return self.items(depth - 1)

        def bound() -> str:
            return rng.choice(("", str(rng.randrange(-4, 6))))

        def literal() -> str:
            return f"[{', '.join(str(rng.choice(INTEGERS)) for _ in range(rng.randrange(5)))}]"

        return self.choose(
            depth,
            lambda: self.known("l") or literal(),
            lambda: f"({part()} + {part()})",
            lambda: f"({part()} * {rng.randrange(-1, 3)})",
            lambda: f"{part()}[{bound()}:{bound()}]",
            lambda: f"{part()}[{bound()}:{bound()}:{rng.choice((1, 2, -1, -2))}]",
            lambda: f"[{self.integer(depth - 1)}, {self.integer(depth - 1)}]",
            lambda: (
                f"list(range({rng.randrange(-3, 9)}, {rng.randrange(-3, 9)}, {rng.choice((1, 2, -1, -3))}))"
            ),
            lambda: f"list({self.pair_of_integers(depth - 1)})",
            lambda: f"sorted({part()})",
            lambda: f"sorted({part()}, reverse={self.truth_value(0)})",
            lambda: f"sorted({part()}, key=lambda e: e % {rng.choice((2, 3, 7))})",
            lambda: f"list(reversed({part()}))",
            lambda: f"[{self.inner('e', depth - 1)} for e in {part()}]",
            lambda: f"[e for e in {part()} if {self.inner_truth('e', depth - 1)}]",
            lambda: (
                f"[e + g for e in {part()}[:3] for g in {self.inner_items('e', depth - 1)}[:3] if e != g]"
            ),
            lambda: f"[n * e for n, e in enumerate({part()}, {rng.randrange(3)})]",
            lambda: f"[x - y for x, y in zip({part()}, {part()})]",
            lambda: f"list({self.mapping(depth - 1)}.values())",
            lambda: f"[len(e) for e in {self.texts(depth - 1)}]",
            lambda: f"({part()} if {self.truth(depth - 1)} else {part()})",
        )

    def inner_items(self, name: str, depth: int) -> str:
        """A list expression that may use one more variable."""
        self.scope["i"].append(name)
        result = self.items(depth - 1)
        self.scope["i"].pop()
        return result

    def pair_of_integers(self, depth: int) -> str:
        """A tuple of integers."""
        return f"({self.integer(depth)}, {self.integer(depth)})"

    def texts(self, depth: int) -> str:
        """An expression whose value is a list of strings."""
        rng = self.random
        return self.choose(
            depth,
            lambda: f"[{self.literal()}, {self.literal()}]",
            lambda: f"{self.text(depth - 1)}.split({rng.choice(SEPARATORS)})",
            lambda: (
                f"{self.text(depth - 1)}.{rng.choice(('split', 'rsplit'))}({rng.choice(SEPARATORS)}, {rng.randrange(-1, 3)})"
            ),
            lambda: f"{self.text(depth - 1)}.split()",
            lambda: f"{self.text(depth - 1)}.splitlines({rng.choice(('', 'True'))})",
            lambda: f"[str(e) for e in {self.items(depth - 1)}]",
            lambda: f"sorted({self.texts(depth - 1)})",
            lambda: f"sorted({self.texts(depth - 1)}, key=len)",
            lambda: f"list({self.mapping(depth - 1)}.keys())",
            lambda: f"[{self.text(depth - 1)}, {self.text(depth - 1)}]",
            lambda: f"list({self.mapping(depth - 1)})",
        )

    def mapping(self, depth: int) -> str:
        """An expression whose value is a dict of strings to integers."""
        rng = self.random
        return self.choose(
            depth,
            lambda: self.known("d") or rng.choice(("{}", '{"a": 1}', '{"b": 2, "a": 3}')),
            lambda: f'{{"k1": {self.integer(depth - 1)}, "k2": {self.integer(depth - 1)}}}',
            lambda: f"dict({self.mapping(depth - 1)}, z={self.integer(depth - 1)})",
            lambda: f"dict([({self.text(depth - 1)}, {self.integer(depth - 1)})])",
            lambda: f"{{str(e): e for e in {self.items(depth - 1)}}}",
            lambda: f"{{k: {self.inner('v', depth - 1)} for k, v in {self.mapping(depth - 1)}.items()}}",
            lambda: f"({self.mapping(depth - 1)} | {self.mapping(depth - 1)})",
            lambda: f"dict(zip({self.texts(depth - 1)}, {self.items(depth - 1)}))",
        )

    def truth_value(self, depth: int) -> str:
        """An expression whose value is a boolean."""
        if depth <= 0:
            return self.random.choice(("True", "False"))
        return f"bool({self.truth(depth)})"

    def truth(self, depth: int) -> str:
        """An expression that is tested."""
        rng = self.random
        compare = rng.choice(COMPARISONS)
        return self.choose(
            depth,
            lambda: rng.choice((f"{self.integer(0)} {compare} {self.integer(0)}", "True", "False")),
            lambda: f"({self.integer(depth - 1)} {compare} {self.integer(depth - 1)})",
            lambda: f"({self.integer(depth - 1)} {compare} {self.floating(depth - 1)})",
            lambda: f"({self.text(depth - 1)} {compare} {self.text(depth - 1)})",
            lambda: f"({self.items(depth - 1)} {compare} {self.items(depth - 1)})",
            lambda: (
                f"({self.anything_sized(depth - 1)} {rng.choice(('==', '!='))} {self.anything_sized(depth - 1)})"
            ),
            lambda: f"({self.truth(depth - 1)} {rng.choice(('and', 'or'))} {self.truth(depth - 1)})",
            lambda: f"(not {self.truth(depth - 1)})",
            lambda: f"({self.integer(depth - 1)} {rng.choice(('in', 'not in'))} {self.items(depth - 1)})",
            lambda: f"({rng.choice(LETTERS)} {rng.choice(('in', 'not in'))} {self.text(depth - 1)})",
            lambda: f"({self.text(depth - 1)} {rng.choice(('in', 'not in'))} {self.mapping(depth - 1)})",
            lambda: f"{self.text(depth - 1)}.{rng.choice(('startswith', 'endswith'))}({rng.choice(LETTERS)})",
            lambda: f'{self.text(depth - 1)}.startswith(("a", "b", {self.literal()}))',
            lambda: (
                f"{self.text(depth - 1)}.{rng.choice(('isalpha', 'isalnum', 'isdigit', 'isspace', 'isupper', 'islower', 'istitle'))}()"
            ),
            lambda: f"{rng.choice(('any', 'all'))}({self.items(depth - 1)})",
            lambda: self.anything_sized(depth - 1),
        )
