"""Tables of expressions: ringfence gives the value that starlark-rust and starlark-go give, or fails where they fail.

Each table crosses receivers with arguments, corner cases included, and keeps to what the implementations agree on: text is
ASCII, counts are not negative, bounds are inside the text. An implementation that is not installed is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

import pytest

import ringfence as rf

LIMITS = rf.Limits(fuel=1_000_000, memory="16MiB", deadline=5.0)

TEXTS = ['""', '"a"', '"abcabc"', '"aaaa"', '"  a b  c "', '"a,b,,c"', '"Hello, World"', '"a1"', '"12"']
PARTS = ['"a"', '"bc"', '","', '" "', '"aa"', '"z"', '"abc"']
ITEMS = [
    "[]",
    "[1]",
    "[3, 1, 2]",
    "(1, 2, 3)",
    "range(5)",
    "range(10, 0, -3)",
    '["b", "a"]',
    "[(1, 2), (0, 1)]",
]
NUMBERS = ["0", "1", "-7", "2.0", "-1.5", "0.5", "True", "None", '"a"', "[1]", "(1,)", "{}"]
OPERATORS = ["+", "-", "*", "/", "//", "%", "&", "|", "^", "<", "<=", "==", "!=", ">=", ">", "and", "or"]
INDICES = ["0", "1", "-1", "3", "-4", "None", '"a"', "1.0"]
BOUNDS = ["", "0", "1", "-1", "4", "-9"]
PLAIN_METHODS = (
    "capitalize isalnum isalpha isdigit islower isspace istitle isupper lower upper title split strip"
)
PART_METHODS = (
    "find rfind index rindex count split rsplit partition rpartition strip lstrip rstrip removeprefix"
)
CONVERSIONS = ["%s", "%r", "%d", "%x", "%X", "%o", "%f", "%e", "%g", "%%", "%s %s", "%y", "%"]
OPERANDS = ["0", "1", "-255", "1.5", '"a"', "None", "True", "[1]", "()", "(1, 2)", "(1,)", "{}"]
FIELDS = ["{}", "{0}", "{a}", "{!r}", "{} {}", "{1}", "{{}}", "{", "}", "{a!s}", "{}{0}", "{x.y}", "{!z}"]
BUILTINS = (
    "len bool list tuple sorted reversed enumerate any all max min zip dict str repr type int float abs"
)
CALLS = [
    "()",
    "(1)",
    "(1, 2)",
    "(1, 2, 3)",
    "(b = 1)",
    "(1, a = 2)",
    "(1, c = 2)",
    "(*[1, 2])",
    "(*[1], **{'b': 2})",
]
SIGNATURES = [
    "",
    "a",
    "a, b",
    "a, b = 5",
    "*a",
    "**a",
    "a, *b",
    "a, **b",
    "a, *, b",
    "*, b = 1",
    "a = 1, *b, **c",
]
DICTS = ["{}", '{"a": 1}', '{"b": 1, "a": [2]}', "{1: 2, 1.5: None}"]
DICT_CALLS = [
    'get("a")',
    'get("z", 3)',
    "keys()",
    "values()",
    "items()",
    'pop("a")',
    'pop("z", 0)',
    "popitem()",
]


def methods() -> Iterator[str]:
    """Methods of texts, without arguments, with one text, with two."""
    for text, name in product(TEXTS, PLAIN_METHODS.split()):
        yield f"{text}.{name}()"
    for text, name, part in product(TEXTS, PART_METHODS.split(), PARTS):
        yield f"{text}.{name}({part})"
    for text, name, part in product(TEXTS, ["startswith", "endswith"], [*PARTS, "()", '("a", "c")', "1"]):
        yield f"{text}.{name}({part})"
    for text, old, new, count in product(TEXTS, PARTS, ['"x"', '""', '"xyz"'], ["", ", 0", ", 1", ", 9"]):
        yield f"{text}.replace({old}, {new}{count})"
    for text, part, count in product(TEXTS, ['","', '"a"', "None"], ["0", "1", "2", "9"]):
        yield f"{text}.split({part}, {count})"
        yield f"{text}.rsplit({part}, {count})"
    for text, items in product(TEXTS, ["[]", '["a"]', '("a", "b")', '["a", 1]', "1", '"ab"', '{"x": 1}']):
        yield f"{text}.join({items})"


def operators() -> Iterator[str]:
    """Every operator on every pair of operands."""
    for left, operator, right in product(NUMBERS, OPERATORS, NUMBERS):
        yield f"{left} {operator} {right}"
    for operator, operand in product(["-", "~", "not "], NUMBERS):
        yield f"{operator}{operand}"


def elements() -> Iterator[str]:
    """Indices and slices of every sequence."""
    for items, index in product([*ITEMS, '"abc"', '{"a": 1}', "None"], INDICES):
        yield f"{items}[{index}]"
    for items, start, end, step in product([*ITEMS[:5], '"abcdef"'], BOUNDS, BOUNDS, ["", ":2", ":-1", ":0"]):
        yield f"list({items}[{start}:{end}{step}])" if items[0] == "r" else f"{items}[{start}:{end}{step}]"
    for left, right in product(ITEMS, ITEMS):
        yield f"{left} + {right}"
        yield f"{left} == {right}"
        yield f"{left} < {right}"


def formats() -> Iterator[str]:
    """`%` with every conversion, and `format` with every kind of field."""
    for conversion, operand in product(CONVERSIONS, OPERANDS):
        yield f'"{conversion}" % {operand}'
        yield f'"<{conversion}>" % ({operand},)'
    for field, arguments in product(FIELDS, ["", "1", '"x", 2', "a = 3", '"x", a = "y"']):
        yield f'"{field}".format({arguments})'


def calls() -> Iterator[str]:
    """Built-ins on every kind of argument, and functions of every signature called in every way."""
    for name, argument in product(
        BUILTINS.split(), [*ITEMS, *DICTS, "1", "-1.5", '"ab"', "None", "True", ""]
    ):
        yield f"{name}({argument})"
    for signature, call in product(SIGNATURES, CALLS):
        names = [part.strip(" *").split(" ")[0] for part in signature.split(",")]
        yield f"(lambda {signature}: [{', '.join(name for name in names if name)}]){call}".replace("'", '"')
    for entries, call in product(DICTS, DICT_CALLS):
        yield f"{entries}.{call}"


TABLES = [methods, operators, elements, formats, calls]

# Expressions that starlark-rust alone evaluates otherwise.
ONLY_IN_RUST = {
    *("-7 % 0.5", "-1.5 % -1.5", "-1.5 % 0.5"),  # the sign of a zero is lost
    "None | None",  # a type
    *('"%x" % 1.5', '"<%x>" % (1.5,)', '"%X" % 1.5', '"<%X>" % (1.5,)', '"%o" % 1.5', '"<%o>" % (1.5,)'),
    "int()",
}


def by_rust() -> Callable[[str], str | None]:
    """Evaluates with starlark-rust."""
    starlark = pytest.importorskip("starlark")
    dialect = starlark.Dialect.extended()
    builtins = starlark.Globals.standard()

    def evaluate(expression: str) -> str | None:
        try:
            tree = starlark.parse("table.star", f"repr({expression})", dialect=dialect)
            return str(starlark.eval(starlark.Module(), tree, builtins))
        except starlark.StarlarkError:
            return None

    return evaluate


def by_go() -> Callable[[str], str | None]:
    """Evaluates with starlark-go."""
    starlark_go: Any = pytest.importorskip("starlark_go")

    def evaluate(expression: str) -> str | None:
        try:
            return str(starlark_go.Starlark().eval(f"repr({expression})"))
        except starlark_go.StarlarkError:
            return None

    return evaluate


IMPLEMENTATIONS = {"rust": by_rust, "go": by_go}


@pytest.fixture(scope="module")
def by_ringfence() -> Callable[[str], str | None]:
    """Evaluates with ringfence, each expression once."""
    runtime = rf.Runtime()

    @cache
    def evaluate(expression: str) -> str | None:
        try:
            return runtime.execute(f"print(repr({expression}))", limits=LIMITS).stdout.removesuffix("\n")
        except (rf.RuleError, rf.BundleError):
            return None

    return evaluate


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_implementations_agree(
    by_ringfence: Callable[[str], str | None], table: Callable[[], Iterator[str]], implementation: str
) -> None:
    other = IMPLEMENTATIONS[implementation]()
    differences = []
    for expression in dict.fromkeys(table()):
        if implementation == "rust" and expression in ONLY_IN_RUST:
            continue
        got, want = by_ringfence(expression), other(expression)
        if got != want:
            differences.append(f"{expression}: {got} instead of {want}")
    assert not differences, "\n".join(differences)
