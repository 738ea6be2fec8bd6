"""Random programs that build and change object graphs, in the language that CPython shares.

A program keeps sixteen variables and changes what they refer to: lists, dicts, tuples, structs, sets, functions with cells and
weak references, linked at random, with rings, garbage and large containers among them. Every object carries a number that
tells it from all others, so a *dump* (the numbers of what can be reached, and how it is linked) is the same text wherever the
objects lie in memory. `slices.py` runs a program in the guest and in CPython.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from types import SimpleNamespace

VARIABLES = 16
DUMP_LIMIT = 3000  # objects
STATEMENTS_OF_A_PART = 25

LIBRARY = """\
R = [None] * 16
OUT = []

def cell(number, first):
    kept = [first]
    def access(*new):
        if new:
            kept[0] = new[0]
        return kept[0]
    return {"id": number, "cell": access, "names": set()}

def ring(number, length):
    first = {"id": number}
    last = first
    for i in range(1, length):
        node = {"id": number + i, "back": last}
        last["on"] = node
        last = node
    last["on"] = first
    first["back"] = last
    return first

def wide(number, length):
    return [number] + [None] * length

def table(number, length):
    made = {"id": number}
    for i in range(length):
        made["k%d" % i] = (number + 1 + i, str(i))
    for i in range(0, length, 3):
        made.pop("k%d" % i)
    return made

def garbage(count, size):
    for i in range(count):
        loop = [str(i) * size]
        loop.append({"loop": loop})

def link(owner, value, at):
    kind = type(owner)
    if kind == "struct":
        owner, kind = owner.inner, "list"
    if kind == "list":
        if at % 4 == 0 or len(owner) == 1:
            owner.append(value)
        elif at % 4 == 1 and len(owner) > 2:
            owner.pop(1)
        else:
            owner[1 + at % (len(owner) - 1)] = value
    elif kind == "dict":
        if at % 5 == 0 and "n1" in owner:
            owner.pop("n1")
        elif "cell" in owner:
            owner["cell"](value)
            owner["names"].add((at, "name %d" % at))
        else:
            owner["n%d" % (at % 6)] = value

def children(value):
    kind = type(value)
    if kind == "list" or kind == "tuple":
        return [child for child in value[1:62]] + [child for child in value[max(62, len(value) - 1):]]
    if kind == "dict":
        inner = [child for key, child in value.items() if key != "id" and key != "cell" and key != "names"]
        return inner + ([value["cell"](), sorted(value["names"])] if "cell" in value else [])
    if kind == "struct":
        return [value.inner]
    if kind == "weakref":
        return [value.get()]
    return []

def number_of(value):
    kind = type(value)
    if kind == "list" or kind == "tuple":
        return value[0]
    if kind == "dict":
        return value["id"]
    if kind == "struct":
        return value.id
    if kind == "weakref":
        return "weak"
    return value

def follow(value, at):
    below = children(value)
    found = below[at % len(below)] if below else value
    return found if type(found) in ("list", "dict", "struct", "tuple", "weakref") and found else value

def is_object(value):
    return type(value) in ("list", "dict", "struct", "tuple", "weakref") and bool(value)

def worth(value):
    number = number_of(value) if is_object(value) else value
    return number if type(number) == "int" else 7 if number == None else len(str(number))

def dump():
    seen = {}
    todo = [value for value in R if is_object(value)]
    total = 0
    for _ in range(LIMIT):
        if not todo:
            break
        value = todo.pop()
        number = worth(value)
        if type(value) != "weakref":
            if number in seen:
                continue
            seen[number] = True
        total = (total * 31 + number) % 1000003
        for child in children(value):
            total = (total * 31 + worth(child)) % 1000003
            if is_object(child):
                todo.append(child)
    print(len(seen), total, [worth(value) for value in R])
"""


class Generator:
    """Writes one program; the same seed gives the same program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.numbers = 0
        self.choices: list[Callable[[], str]] = []
        for weight, statement in (
            (6, self.make_list),
            (4, self.make_dict),
            (2, self.make_pair),
            (3, self.make_struct),
            (3, self.make_cell),
            (3, self.make_weak),
            (2, self.make_ring),
            (1, self.make_wide),
            (1, self.make_table),
            (12, self.link),
            (6, self.follow),
            (3, self.move),
            (2, self.drop),
            (2, self.garbage),
        ):
            self.choices += [statement] * weight

    def program(self, statements: int) -> str:
        """A program of so many random statements."""
        lines = [f"LIMIT = {DUMP_LIMIT}", LIBRARY]
        parts = -(-statements // STATEMENTS_OF_A_PART)
        for part in range(parts):
            body = [self.random.choice(self.choices)() for _ in range(STATEMENTS_OF_A_PART)]
            lines += [
                f"def part_{part}():",
                *[f"    {line}" for line in body],
                f"part_{part}()",
                "dump()",
                "",
            ]
        return "\n".join(lines)

    def any(self) -> str:
        """A variable."""
        return f"R[{self.random.randrange(VARIABLES)}]"

    def number(self, count: int = 1) -> int:
        """A number that no other object has, followed by others like it."""
        first = self.numbers
        self.numbers += count
        return first

    def make_list(self) -> str:
        return f"{self.any()} = [{self.number()}, {self.any()}, {self.any()}]"

    def make_dict(self) -> str:
        number = self.number()
        return f'{self.any()} = {{"id": {number}, "n0": {self.any()}, "own{number}": {self.any()}}}'

    def make_pair(self) -> str:
        return f"{self.any()} = ({self.number()}, {self.any()}, {self.any()})"

    def make_struct(self) -> str:
        return f"{self.any()} = struct(id = {self.number()}, inner = [{self.number()}, {self.any()}])"

    def make_cell(self) -> str:
        return f"{self.any()} = cell({self.number()}, {self.any()})"

    def make_weak(self) -> str:
        target = self.any()
        return f'{self.any()} = weakref({target}) if type({target}) in ("list", "dict") else {target}'

    def make_ring(self) -> str:
        length = self.random.choice((2, 3, 10, 60))
        return f"{self.any()} = ring({self.number(length)}, {length})"

    def make_wide(self) -> str:
        return f"{self.any()} = wide({self.number()}, {self.random.choice((30, 1100, 1100, 40000))})"

    def make_table(self) -> str:
        length = self.random.choice((4, 20, 200))
        return f"{self.any()} = table({self.number(length + 1)}, {length})"

    def link(self) -> str:
        return f"link({self.any()}, {self.any()}, {self.random.randrange(60)})"

    def follow(self) -> str:
        return f"{self.any()} = follow({self.any()}, {self.random.randrange(12)})"

    def move(self) -> str:
        return f"{self.any()} = {self.any()}"

    def drop(self) -> str:
        return f"{self.any()} = None"

    def garbage(self) -> str:
        return f"garbage({self.random.randrange(1, 40)}, {self.random.choice((1, 1, 30, 3000))})"


class PythonStruct(SimpleNamespace):
    """`struct` of the rule language."""


class PythonWeakReference:
    """`weakref` of the rule language, while an evaluation runs: the target does not go."""

    def __init__(self, target: object) -> None:
        self.target = target

    def get(self) -> object:
        """The target."""
        return self.target


TYPE_NAMES = {"str": "string", "PythonStruct": "struct", "PythonWeakReference": "weakref"}


def by_python(source: str) -> str:
    """What CPython prints when it runs the program."""
    printed: list[str] = []
    names = {
        "print": lambda *values: printed.append(" ".join(map(str, values)) + "\n"),
        "struct": PythonStruct,
        "weakref": PythonWeakReference,
        "type": lambda value: TYPE_NAMES.get(type(value).__name__, type(value).__name__),
    }
    exec(compile(source, "graph.star", "exec"), names)  # written by the generator
    return "".join(printed)
