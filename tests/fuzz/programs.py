"""Random programs in the language that all implementations share, and CPython with them.

Expressions are typed, and variables keep the type that their first letter says, so that programs run on and print; now and then
one does what must fail (an index too far, a missing key, a division by zero, a variable before its assignment), and then
everybody has to fail in the same line. Sizes are bounded where values are assigned. Nothing depends on hash order, identity or time.

`tests/fuzz/differential.py` has the judges; the fuzzer starts from these programs too.
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
FUNCTIONS = 3
PARAMETERS = ("", ", *args", ", c=4", ", *args, c=5", ", **kw", ", *args, c=6, **kw")
MAX_STATEMENTS = 5
DEPTH = 3
MISTAKES = 0.015  # statements that are likely to fail

WIDE_SHARE = 0.25
FLOATS_SHARE = 0.5

PRELUDE = """\
def clip(n): return n if -{bound} < n and n < {bound} else n % {bound}
def cut(x): return x[:{length}]
K = [1, 5, -7, {large}]
S = "key value"
D = {{"a": 1, "b": -2, "key": {large}}}
seen = []
"""
BOUND = "1000000000000000000000000000000000000000000"
LENGTH = 40


class Generator:
    """Writes one program; the same seed gives the same program."""

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
        self.signatures: list[str] = []
        self.loops = 0

    def program(self, calls: bool = True) -> str:
        """Functions that print and return, and calls of them; without the calls, a library."""
        rng = self.random
        large = rng.choice(LARGE_INTEGERS)
        lines = PRELUDE.format(bound=BOUND, length=LENGTH, large=large).splitlines()
        for number in range(FUNCTIONS):
            lines += self.function(number)
        if calls:
            self.enter({"i": ["K[0]", "K[-1]"], "s": ["S"], "l": ["K"], "d": ["D"], "r": [], "t": []})
            for number in range(FUNCTIONS):
                for _ in range(2):
                    lines.append(f"print({self.call(number)})")
            lines += ["print(seen)", "print(K, S, D)"]
        return "\n".join([*lines, ""])

    def enter(self, scope: dict[str, list[str]]) -> None:
        """Expressions that follow may use these variables."""
        self.scope = {kind: list(names) for kind, names in scope.items()}

    def function(self, number: int) -> list[str]:
        """A function whose variables of each type are bound from the beginning, nearly all of them."""
        rng = self.random
        extra = rng.choice(PARAMETERS)
        self.number = number
        self.enter({
            "i": ["a", "b"] + (["c"] if "c=" in extra else []) + (["len(args)"] if "args" in extra else []),
            "s": ["S"], "l": ["K"], "d": ["D"], "r": [], "t": [],
        })  # fmt: skip
        lines = [f"def f{number}(a, b={rng.choice(INTEGERS)}{extra}):"]
        starts: list[tuple[str, str]] = [
            ("i0", str(rng.choice(INTEGERS))), ("i1", "clip(a + b)"), ("s0", self.literal()), ("s1", "str(a)"), ("l0", "[a, b, 3]"),
            ("l1", "list(K)"), ("d0", '{"a": a, "x": b}'), ("r0", rng.choice(FLOATS) if self.floats else "7"), ("t0", "(a, str(b))"),
        ]  # fmt: skip
        bound = [start for start in starts if rng.random() < 0.985]
        lines += [f"  {name} = {value}" for name, value in bound]
        for name, _ in starts:
            self.scope[name[0]].append(name)
        lines += self.block(1, DEPTH)
        lines += self.block(1, DEPTH)
        # All of them are local whatever was generated: reading one that was not bound fails.
        lines.append("  if a == 'never': " + "; ".join(f"{name} = None" for name, _ in starts))
        lines.append(f"  return {self.integer(DEPTH)}")
        self.signatures.append(extra)
        return lines

    def call(self, number: int) -> str:
        """A call of a function, in one of the ways that its parameters allow."""
        extra = self.signatures[number]
        ways = [
            f"{self.integer(1)}",
            f"{self.integer(1)}, {self.integer(1)}",
            f"b={self.integer(1)}, a={self.integer(1)}",
        ]
        if "args" in extra:
            ways += [
                f"1, 2, {self.integer(1)}, 4",
                f"*{self.items(1)}[:2] + [1]",
                f"*[1, 2, 3], *{self.items(0)}",
            ][:2]
        if "c=" in extra:
            ways += [f"{self.integer(1)}, c={self.integer(1)}"]
        if "kw" in extra:
            ways += [f"1, z={self.integer(1)}, y=2", f"1, **{{'q': {self.integer(1)}}}"]
        return f"f{number}({self.random.choice(ways)})"

    # Statements.
    def block(self, indent: int, depth: int) -> list[str]:
        """A few statements."""
        lines: list[str] = []
        for _ in range(self.random.randrange(1, MAX_STATEMENTS)):
            lines += self.statement(indent, depth)
        return lines

    def variable(self, kind: str) -> str:
        """A local that may be assigned."""
        return self.random.choice(
            [name for name in self.scope[kind] if name[-1].isdigit() and name[0] == kind]
        )

    def statement(self, indent: int, depth: int) -> list[str]:
        """A statement, as lines."""
        rng, space = self.random, "  " * indent
        if rng.random() < MISTAKES:
            return [space + self.mistake()]
        kind = rng.randrange(22)
        if kind <= 5:
            return [space + self.assignment()]
        if kind <= 8:
            return [f"{space}print({', '.join(self.anything(DEPTH) for _ in range(rng.randrange(1, 4)))})"]
        if kind <= 11:
            return [space + self.change()]
        if kind == 12:
            return [f"{space}seen.append({self.anything(2)})"]
        if kind == 13:
            return [
                f"{space}{self.variable('i')}, {self.variable('s')} = clip({self.integer(2)}), cut({self.text(2)})"
            ]
        if kind == 14:
            left, right = self.variable("i"), self.variable("i")
            return [
                f"{space}[{left}, ({self.variable('s')}, {right})] = clip({self.integer(1)}), ({self.literal()}, clip({self.integer(1)}))"
            ]
        if kind == 15 and self.loops:
            return [f"{space}if {self.truth(2)}: {rng.choice(('break', 'continue'))}"]
        if kind == 16:
            return [f"{space}if {self.truth(2)}: return clip({self.integer(2)})"]
        if not depth:
            return [space + self.assignment()]
        if kind <= 18:
            return self.branch(indent, depth)
        if kind == 19:
            return self.closure(indent)
        return self.loop(indent, depth)

    def assignment(self) -> str:
        """A variable of some type gets a new value."""
        kind = self.random.choice("iiisslldrt")
        value = {
            "i": lambda: f"clip({self.integer(DEPTH)})", "s": lambda: f"cut({self.text(DEPTH)})", "l": lambda: f"cut({self.items(DEPTH)})",
            "d": lambda: self.mapping(2), "r": lambda: self.floating(2), "t": lambda: f"({self.integer(2)}, {self.text(2)})",
        }[kind]()  # fmt: skip
        return f"{self.variable(kind)} = {value}"

    def change(self) -> str:
        """Something is changed in place."""
        rng = self.random
        changes: tuple[Callable[[], str], ...] = (
            lambda: f"{self.variable('i')} {rng.choice(('+', '-', '|', '&', '^'))}= clip({self.integer(2)})",
            lambda: f"{self.variable('i')} {rng.choice(('//', '%'))}= {rng.choice((7, -3, 128, 1000))}",
            lambda: f"{self.variable('s')} += {self.literal()}",
            lambda: f"{self.variable('l')} += {self.items(1)}[:3]",
            lambda: f"{self.variable('l')}.append(clip({self.integer(2)}))",
            lambda: f"{self.variable('l')}.extend({self.items(1)}[:3])",
            lambda: f"{self.variable('l')}.insert({rng.randrange(-3, 4)}, clip({self.integer(1)}))",
            lambda: f"{self.variable('d')}[{self.key()}] = clip({self.integer(2)})",
            lambda: f"{self.variable('d')}.update({self.mapping(1)})",
            lambda: f"{self.variable('d')}.setdefault({self.key()}, {self.integer(1)})",
            lambda: f"{self.variable('d')}.pop({self.key()}, None)",
        )
        return rng.choice(changes)()

    def mistake(self) -> str:
        """What must fail, mostly."""
        rng = self.random
        mistakes: tuple[Callable[[], str], ...] = (
            lambda: f"i0 = l0[{rng.choice((50, -50))}]",
            lambda: 'i0 = d0["no such key"]',
            lambda: f"i0 = {self.integer(1)} {rng.choice(('//', '%'))} 0",
            lambda: f"r0 = {self.integer(1)} / 0",
            lambda: f"i0 = int({self.text(1)})",
            lambda: "i0, i1 = [1, 2, 3]",
            lambda: f"i0 = l0.index({rng.choice((1, 12345))})",
            lambda: f"s0 = {self.text(1)} + {self.integer(1)}",
            lambda: f"i0 = max({self.items(1)}[:{rng.randrange(2)}])",
            lambda: f"fail({self.literal()})",
            lambda: 'i0 = "abc".index("z")',
            lambda: "l0.remove(987)",
            lambda: f"i0 = i1({self.integer(0)})",
            lambda: "i0 = {[]: 1}",
            lambda: "i0 = 1 << -1",
            lambda: f"s0 = sorted([1, {self.literal()}])",
            lambda: f"i0 = f{self.number}()" if self.number else "i0 = clip()",
        )
        return rng.choice(mistakes)()

    def branch(self, indent: int, depth: int) -> list[str]:
        """An `if` with some of its clauses."""
        space = "  " * indent
        lines = [f"{space}if {self.truth(DEPTH)}:", *self.block(indent + 1, depth - 1)]
        if self.random.random() < 0.4:
            lines += [f"{space}elif {self.truth(2)}:", *self.block(indent + 1, depth - 1)]
        if self.random.random() < 0.6:
            lines += [f"{space}else:", *self.block(indent + 1, depth - 1)]
        return lines

    def loop(self, indent: int, depth: int) -> list[str]:
        """A `for` over one thing or another."""
        name, other = self.variable("i"), self.variable("s")
        head = self.random.choice((
            f"for {name} in range({self.random.randrange(5)}):",
            f"for {name} in range({self.random.randrange(-3, 9)}, {self.random.randrange(-3, 9)}, {self.random.choice((1, 2, -1, -3))}):",
            f"for {name} in list({self.items(1)})[:4]:",
            f"for {name}, {other} in [(1, {self.literal()}), (clip({self.integer(1)}), 'q')]:",
            f"for {name}, {other} in enumerate({self.text(1)}.split({self.random.choice(SEPARATORS)})[:3]):",
            f"for {other} in sorted({self.mapping(1)}):",
            f"for {other}, {name} in list({self.mapping(1)}.items()):",
            f"for {name}, {other} in zip({self.items(1)}[:3], ['u', 'v']):",
        ))  # fmt: skip
        self.loops += 1
        lines = ["  " * indent + head, *self.block(indent + 1, depth - 1)]
        self.loops -= 1
        return lines

    def closure(self, indent: int) -> list[str]:
        """A function inside, that reads and changes what is outside, and its calls."""
        space = "  " * indent
        lines = [f"{space}def g(p, q={self.integer(1)}):", f"{space}  {self.change_outside()}"]
        self.scope["i"] += ["p", "q"]
        lines.append(f"{space}  return {self.integer(2)} + p")
        del self.scope["i"][-2:]
        return [
            *lines,
            f"{space}i0 = clip(g({self.integer(1)}))",
            f"{space}print(g({self.integer(1)}, {self.integer(1)}))",
        ]

    def change_outside(self) -> str:
        """What a closure does to a captured variable."""
        return self.random.choice(
            ("l0.append(p)", 'd0["p"] = q', "seen.append(q)", "l1.extend([p, q])", "pass")
        )

    # Expressions.
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
