"""Random programs in the language that all implementations share, and CPython with them.

Expressions are typed, and variables keep the type that their first letter says, so that programs run on and print; now and then
one does what must fail (an index too far, a missing key, a division by zero, a variable before its assignment), and then
everybody has to fail in the same line. Sizes are bounded where values are assigned. Nothing depends on hash order, identity or time.

`tests/fuzz/differential.py` has the judges; the fuzzer starts from these programs too.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.expressions import FLOATS, INTEGERS, LARGE_INTEGERS, SEPARATORS, Expressions

FUNCTIONS = 3
PARAMETERS = ("", ", *args", ", c=4", ", *args, c=5", ", **kw", ", *args, c=6, **kw")
MAX_STATEMENTS = 5
DEPTH = 3
MISTAKES = 0.015  # statements that are likely to fail

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


class Generator(Expressions):
    """Writes one program; the same seed gives the same program."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.signatures: list[str] = []

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
