"""Random programs in the language that Python and the rule language share, on which both must agree.

Expressions are typed (integers or conditions), so that programs run to their end; what they are good at is what emitters get
wrong: variables read and written in one statement, conditions of every shape, loops left early, closures, comprehensions.
"""

from __future__ import annotations

import random

LITERALS = (0, 1, 2, 3, -1, 7, 127, 128, -128, 300, 40000)
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
VARIABLES = ("a", "b", "c", "x", "y")
FUNCTIONS = 3
ARGUMENTS = ("1", "2, 3", "-7")


class Generator:
    """Writes one program; the same seed gives the same program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.locals: list[str] = []
        self.is_first = True

    def program(self) -> str:
        """Three functions that print and return, and calls of them."""
        lines = ["K = [1, 5, 7]", "seen = []"]
        for number in range(FUNCTIONS):
            self.is_first = number == 0
            self.locals = list(VARIABLES[: self.random.randrange(3, 6)])
            lines += [f"def f{number}(a, b={self.random.randrange(5)}):", *self.body()]
        lines += [f"print(f{n}({arguments}))" for n in range(FUNCTIONS) for arguments in ARGUMENTS]
        return "\n".join([*lines, "print(seen)", ""])

    def body(self) -> list[str]:
        """The body of a function: almost all variables have a value from the beginning, all are bound somewhere."""
        names = list(self.locals)
        lines = [f"  {n} = {self.random.randrange(-5, 5)}" for n in names[2:] if self.random.random() < 0.95]
        lines += self.block(names, 1, 3, False) + self.block(names, 1, 3, False)
        lines.append("  if b == 'never': " + "; ".join(f"{name} = 0" for name in names))
        return [*lines, f"  return {self.result(names)}"]

    def result(self, names: list[str]) -> str:
        """What a function returns; the first one is called in expressions, so it returns integers."""
        if self.is_first:
            return self.number(names, 3)
        choices = (self.number(names, 3), self.condition(names, 3), f"[{', '.join(names)}]", "None")
        return self.random.choice(choices)

    # Statements.
    def block(self, names: list[str], indent: int, depth: int, in_loop: bool) -> list[str]:
        """A few statements."""
        count = self.random.randrange(1, 4)
        return [line for _ in range(count) for line in self.statement(names, indent, depth, in_loop)]

    def statement(self, names: list[str], indent: int, depth: int, in_loop: bool) -> list[str]:
        """A statement, as lines."""
        space = "  " * indent
        name, other = self.random.choice(self.locals), self.random.choice(self.locals)
        kind = self.random.randrange(14)
        if kind <= 3:
            return [f"{space}{name} = {self.number(names, 3)}"]
        if kind == 4:
            return [f"{space}{name} {self.random.choice('+-|')}= {self.number(names, 2)}"]
        if kind == 5:
            test = f"{self.condition(names, 2)} and {self.condition(names, 2)}"
            return [f"{space}{name} = {test}", f"{space}{name} = 1 if {name} else 0"]
        if kind == 6:
            return [f"{space}{name}, {other} = {self.number(names, 2)}, {self.number(names, 2)}"]
        if kind == 7:
            return [f"{space}print({self.number(names, 2)}, {self.condition(names, 3)})"]
        if kind == 8 and depth:
            return self.branch(names, indent, depth, in_loop)
        if kind <= 10 and depth:
            return [
                space + self.loop_head(names, name, other),
                *self.block(names, indent + 1, depth - 1, True),
            ]
        if kind == 11 and in_loop:
            return [f"{space}if {self.condition(names, 2)}: {self.random.choice(('break', 'continue'))}"]
        if kind == 12:
            result = self.number(names, 2) if self.is_first else self.result(names)
            return [f"{space}if {self.condition(names, 2)}: return {result}"]
        if kind == 13 and depth:
            inner = [*names, "e", "g"]
            items = f"{self.number(inner, 2)} for e in [1, {self.number(names, 1)}] for g in [e, 2]"
            return [f"{space}{name} = len([{items} if {self.condition(inner, 1)}])"]
        return [f"{space}seen.append({self.number(names, 2)})"]

    def branch(self, names: list[str], indent: int, depth: int, in_loop: bool) -> list[str]:
        """An `if` with some of its clauses."""
        space = "  " * indent
        lines = [f"{space}if {self.condition(names, 3)}:", *self.block(names, indent + 1, depth - 1, in_loop)]
        if self.random.random() < 0.4:
            lines += [
                f"{space}elif {self.condition(names, 2)}:",
                *self.block(names, indent + 1, depth - 1, in_loop),
            ]
        if self.random.random() < 0.6:
            lines += [f"{space}else:", *self.block(names, indent + 1, depth - 1, in_loop)]
        return lines

    def loop_head(self, names: list[str], name: str, other: str) -> str:
        """The first line of a loop."""
        heads = (
            f"for {name} in range({self.random.randrange(4)}):",
            f"for {name} in [{self.number(names, 1)}, {self.number(names, 1)}]:",
            f"for {name}, {other} in [(1, {self.number(names, 1)}), ({self.number(names, 1)}, 4)]:",
            f"for {name} in {{1: 2, 3: 4}}:",
        )
        return self.random.choice(heads)

    # Expressions.
    def number(self, names: list[str], depth: int) -> str:
        """An expression whose value is an integer."""
        if depth <= 0 or self.random.random() < 0.25:
            return (
                self.random.choice(names) if self.random.random() < 0.7 else str(self.random.choice(LITERALS))
            )
        kind = self.random.randrange(13)
        left, right = self.number(names, depth - 1), self.number(names, depth - 1)
        if kind <= 2:
            return f"({left} {self.random.choice('+-|')} {right})"
        if kind == 3:
            return f"({left} * {right} % 1009)"
        if kind == 4:
            divisor = self.random.choice((7, -3, 128, 1000))
            return f"({left} {self.random.choice(('//', '%'))} {divisor})"
        if kind == 5:
            return f"({left} {self.random.choice(('and', 'or'))} {right})"
        if kind == 6:
            return f"({left} if {self.condition(names, depth - 1)} else {right})"
        if kind == 7:
            return f"(-{left})"
        if kind == 8 and not self.is_first:
            return f"f0({left})"
        if kind == 9:
            return f"len([q for q in [{left}, {right}] if {self.condition([*names, 'q'], depth - 2)}])"
        if kind == 10:
            return f"[{left}, {right}, 3][{self.number(names, depth - 1)} % 3]"
        if kind == 11:
            return f"{{'a': {left}, 'b': {right}}}['{self.random.choice('ab')}']"
        body = self.number(["z", "w", *names], depth - 1)
        return f"(lambda z, w={left}: {body})({right})"

    def condition(self, names: list[str], depth: int) -> str:
        """An expression that is tested."""
        left, right = self.number(names, depth - 1), self.number(names, depth - 1)
        kind = self.random.randrange(8) if depth > 0 else 0
        if kind <= 2:
            return f"({left} {self.random.choice(COMPARISONS)} {right})"
        if kind <= 4:
            connective = "and" if kind == 3 else "or"
            return f"({self.condition(names, depth - 1)} {connective} {self.condition(names, depth - 1)})"
        if kind == 5:
            return f"(not {self.condition(names, depth - 1)})"
        if kind == 6:
            container = self.random.choice(("(1, 2, 3)", f"[{right}]", "K"))
            return f"({left} {self.random.choice(('in', 'not in'))} {container})"
        tests = [self.condition(names, depth - 1) for _ in range(3)]
        choices = (
            "True",
            "False",
            left,
            f"({tests[0]} and {left} and {tests[1]})",
            "({} if {} else {})".format(*tests),
        )
        return self.random.choice(choices)
