"""Sets against a model that keeps the order of insertion; bytes against Python's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

Elements = dict[Any, None]

elements = st.one_of(
    st.integers(-4, 12), st.sampled_from(["a", "b", "é", "a longer one"]), st.tuples(st.integers(0, 2))
)
iterables = st.one_of(
    st.lists(elements, max_size=12), st.lists(elements, max_size=12).map(tuple), st.integers(0, 12).map(range)
)
MANY = ("union", "intersection", "difference", "update", "intersection_update", "difference_update")
ONE = ("symmetric_difference", "symmetric_difference_update", "issubset", "issuperset", "isdisjoint")
OPERATORS = ("|", "&", "-", "^", "<", "<=", ">", ">=", "==", "!=")
steps = st.one_of(
    st.tuples(st.sampled_from(["add", "discard", "remove"]), elements),
    st.tuples(st.sampled_from(["pop", "clear"])),
    st.tuples(st.sampled_from(MANY), st.lists(iterables, max_size=3)),
    st.tuples(st.sampled_from(ONE), iterables),
    st.tuples(st.sampled_from(OPERATORS), st.lists(elements, max_size=12)),
    st.tuples(st.sampled_from(["|=", "&=", "-=", "^="]), st.lists(elements, max_size=12)),
)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def union(a: Elements, b: Iterable[Any]) -> Elements:
    return a | dict.fromkeys(b)


def intersection(a: Elements, b: Iterable[Any]) -> Elements:
    return {x: None for x in a if x in set(b)}


def difference(a: Elements, b: Iterable[Any]) -> Elements:
    return {x: None for x in a if x not in set(b)}


def symmetric_difference(a: Elements, b: Iterable[Any]) -> Elements:
    return difference(a, b) | {x: None for x in b if x not in a}


COMBINE: dict[str, Callable[[Elements, Iterable[Any]], Elements]] = {
    "union": union,
    "update": union,
    "|": union,
    "intersection": intersection,
    "intersection_update": intersection,
    "&": intersection,
    "difference": difference,
    "difference_update": difference,
    "-": difference,
    "symmetric_difference": symmetric_difference,
    "symmetric_difference_update": symmetric_difference,
    "^": symmetric_difference,
}
COMPARE: dict[str, Callable[[set[Any], set[Any]], bool]] = {
    "issubset": lambda a, b: a <= b,
    "issuperset": lambda a, b: a >= b,
    "isdisjoint": lambda a, b: not a & b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


class Model:
    """A set in Python, and the program that does the same: a line for each step, one printed for each."""

    def __init__(self, initial: list[Any]) -> None:
        self.elements: Elements = dict.fromkeys(initial)
        self.program = [f"s = set({initial!r})"]
        self.expected: list[str] = []

    def step(self, name: str, *args: Any) -> None:
        """Apply one step here, and add it to the program."""
        if name in OPERATORS:
            self.note(f"s {name} set({args[0]!r})", self.result(name, [args[0]]))
        elif name.endswith("="):
            self.elements = COMBINE[name[:-1]](self.elements, args[0])
            self.program.append(f"s {name} set({args[0]!r})")
            self.note("None", None)
        elif name in MANY:
            self.note(f"s.{name}({', '.join(map(repr, args[0]))})", self.result(name, args[0]))
        elif name in ONE:
            self.note(f"s.{name}({args[0]!r})", self.result(name, [args[0]]))
        else:
            self.change(name, *args)

    def result(self, name: str, others: list[Iterable[Any]]) -> Any:
        """What a method or operator gives; an update changes the elements."""
        if name in COMPARE:
            return COMPARE[name](set(self.elements), set(others[0]))
        result = self.elements
        for other in others:
            result = COMBINE[name](result, other)
        if not name.endswith("update"):
            return list(result)
        self.elements = result
        return None

    def change(self, name: str, *args: Any) -> None:
        """Add or remove elements, unless that would be an error."""
        result = None
        if name == "add":
            self.elements.setdefault(args[0])
        elif name == "clear":
            self.elements = {}
        elif name == "pop":
            if not self.elements:
                return
            result = next(iter(self.elements))
            del self.elements[result]
        else:
            if name == "remove" and args[0] not in self.elements:
                return
            self.elements.pop(args[0], None)
        self.note(f"s.{name}({', '.join(map(repr, args))})", result)

    def note(self, expression: str, result: Any) -> None:
        """The program prints the result of an expression and the set after it."""
        self.program.append(f"show({expression}, s)")
        self.expected.append(shown(result) + " " + shown(list(self.elements)))


def shown(value: Any) -> str:
    """A value as the program prints it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return repr(value)


SHOW = """\
def show(result, s):
    print(repr(list(result) if type(result) == "set" else result), list(s))
"""


@settings(max_examples=150, deadline=None)
@given(st.lists(elements, max_size=20), st.lists(steps, max_size=12))
def test_sets_follow_the_model(runtime: rf.Runtime, initial: list[Any], taken: list[Any]) -> None:
    model = Model(initial)
    for step in taken:
        model.step(*step)
    program = SHOW + "def run():\n" + "".join(f"    {line}\n" for line in model.program) + "run()\n"
    assert runtime.execute(program).stdout.splitlines() == model.expected, program


def literal(data: bytes) -> str:
    """Bytes as a literal of escapes."""
    return 'b"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


bounds = st.one_of(st.none(), st.integers(-8, 8))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=12) | st.text(max_size=5).map(str.encode),
    st.binary(max_size=3),
    bounds,
    bounds,
    st.one_of(st.none(), st.integers(-3, 3).filter(bool)),
)
def test_bytes_follow_python(
    runtime: rf.Runtime, data: bytes, part: bytes, start: int | None, end: int | None, step: int | None
) -> None:
    program = f"""\
d = {literal(data)}
p = {literal(part)}
print(list(d.elems()))
print(list(d[{start}:{end}:{step}].elems()))
print(list((d + p).elems()), list((p * 3).elems()), len(d))
print(d < p, d <= p, d == p, p in d, p in d + p, bytes(list(d.elems())) == d)
print([c for c in d.elems()], [d[i] for i in range(-len(d), len(d))])
print(list(str(d).elem_ords()))
"""
    expected = [
        f"{list(data)}",
        f"{list(data[start:end:step])}",
        f"{list(data + part)} {list(part * 3)} {len(data)}",
        f"{data < part} {data <= part} {data == part} {part in data} True True",
        f"{list(data)} {[data[i] for i in range(-len(data), len(data))]}",
        f"{[ord(c) for c in decoded(data)]}",
    ]
    assert runtime.execute(program).stdout.splitlines() == expected


def decoded(data: bytes) -> str:
    """UTF-8 with U+FFFD for every byte that is no part of a character."""
    text = ""
    at = 0
    while at < len(data):
        for size in range(1, 5):
            try:
                text += data[at : at + size].decode()
            except UnicodeDecodeError:
                continue
            at += size
            break
        else:
            text += "\ufffd"
            at += 1
    return text


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=10) | st.text(max_size=5).map(str.encode))
def test_the_text_of_bytes_reads_back(runtime: rf.Runtime, data: bytes) -> None:
    text = runtime.execute(f"print(repr({literal(data)}))").stdout.removesuffix("\n")
    assert runtime.execute(f"print({text} == {literal(data)})").stdout == "True\n", text
