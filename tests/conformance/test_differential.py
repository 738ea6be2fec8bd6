"""Generated programs run by ringfence and by another implementation (starlark-rust): both print the same, or both fail.

The grammar keeps to what the implementations agree on: ASCII text, integers of moderate size, no empty separators.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

starlark = pytest.importorskip("starlark")

EXAMPLES = 250
LIMITS = rf.Limits(fuel=1_000_000, memory="16MiB", deadline=2.0)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def template(text: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The text with each `@` replaced by a generated part, in order."""
    pieces = text.split("@")
    assert len(pieces) == len(parts) + 1

    def fill(values: tuple[str, ...]) -> str:
        return pieces[0] + "".join(value + piece for value, piece in zip(values, pieces[1:], strict=True))

    return st.tuples(*parts).map(fill)


small = st.integers(-4, 4).map(lambda n: f"({n})")
letters = st.text(alphabet="abC1, ", max_size=5).map(lambda s: f'"{s}"')
separators = st.sampled_from(['","', '"a"', '" "', '"bC"'])


def expressions(depth: int) -> dict[str, st.SearchStrategy[str]]:
    """Expressions of each type, nested up to `depth`."""
    if depth == 0:
        return {
            "int": st.one_of(st.integers(-20, 20).map(lambda n: f"({n})"), st.just("i")),
            "str": st.one_of(letters, st.just("s")),
            "list": st.one_of(
                st.lists(st.integers(-9, 9), max_size=5).map(str), st.sampled_from(["xs", "[]"])
            ),
            "dict": st.sampled_from(["d", "{}", '{"a": 1, "b": 2}', "{1: 2}"]),
            "bool": st.sampled_from(["True", "False", "b"]),
        }
    inner = expressions(depth - 1)
    integer, text, items, mapping, truth = (inner[name] for name in ("int", "str", "list", "dict", "bool"))
    anything = st.one_of(integer, text, items, mapping, truth)
    arithmetic = st.sampled_from(["+", "-", "*", "//", "%", "&", "|", "^"])
    comparison = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    bound = st.one_of(small, st.just(""))
    stride = st.sampled_from(["1", "2", "-1", "-2"])
    return {
        "int": st.one_of(
            integer,
            template("(@ @ @)", integer, arithmetic, integer),
            template("-@", integer),
            template("~@", integer),
            template("abs(@)", integer),
            template("len(@)", st.one_of(text, items, mapping)),
            template("max(@)", items),
            template("min(@, @)", integer, integer),
            template("@[@]", items, small),
            template("@.find(@)", text, letters),
            template("@.rfind(@)", text, letters),
            template("@.count(@)", text, separators),
            template("@.index(@)", items, integer),
            template("(@ if @ else @)", integer, truth, integer),
            template("int(@)", truth),
            template("(@ << @)", small, st.sampled_from(["0", "3", "7"])),
            template("(@ >> @)", integer, st.sampled_from(["0", "3", "7"])),
            template("@.get(@, @)", mapping, anything, integer),
        ),
        "str": st.one_of(
            text,
            template("(@ + @)", text, text),
            template("(@ * @)", text, small),
            template("@[@]", text, small),
            template("@[@:@]", text, bound, bound),
            template("@[@:@:@]", text, bound, bound, stride),
            template("str(@)", anything),
            template("repr(@)", anything),
            template("@.upper()", text),
            template("@.lower()", text),
            template("@.capitalize()", text),
            template("@.title()", text),
            template("@.strip()", text),
            template("@.lstrip(@)", text, letters),
            template("@.rstrip(@)", text, letters),
            template("@.replace(@, @)", text, separators, letters),
            template("@.removeprefix(@)", text, letters),
            template("@.removesuffix(@)", text, letters),
            template("@.join([str(e) for e in @])", letters, items),
            template('("%s:%r" % (@, @))', anything, text),
            template('("%d %x" % (@, abs(@)))', integer, integer),
            template('"{} {}".format(@, @)', anything, anything),
            template("type(@)", anything),
        ),
        "list": st.one_of(
            items,
            template("(@ + @)", items, items),
            template("(@ * @)", items, small),
            template("@[@:@]", items, bound, bound),
            template("@[@:@:@]", items, bound, bound, stride),
            template("list(range(@, @, @))", small, small, stride),
            template("sorted(@)", items),
            template("sorted(@, reverse = @)", items, truth),
            template("sorted(@, key = lambda e: e % 3)", items),
            template("[e for e in reversed(@)]", items),
            template("[e * @ for e in @ if e @ @]", small, items, comparison, integer),
            template("[e + f for e in @ for f in @[:2]]", items, items),
            template("[len(e) for e in @.split(@)]", text, separators),
            template("[p[0] * p[1] for p in enumerate(@)]", items),
            template("[p[0] - p[1] for p in zip(@, @)]", items, items),
        ),
        "dict": st.one_of(
            mapping,
            template("{@: @}", st.one_of(integer, text, truth), anything),
            template("{e: e * e for e in @}", items),
            template("(@ | @)", mapping, mapping),
            template("dict([(e, @) for e in @])", text, items),
            template("{k: str(v) for k, v in @.items()}", mapping),
        ),
        "bool": st.one_of(
            truth,
            template("(@ @ @)", integer, comparison, integer),
            template("(@ @ @)", text, comparison, text),
            template("(@ @ @)", items, comparison, items),
            template("(@ == @)", anything, anything),
            template("(not @)", anything),
            template("bool(@ and @)", anything, anything),
            template("bool(@ or @)", anything, anything),
            template("(@ in @)", integer, items),
            template("(@ in @)", letters, text),
            template("(@ not in @)", st.one_of(integer, letters), mapping),
            template("@.startswith(@)", text, letters),
            template("@.endswith(@)", text, letters),
            template("@.isalpha()", text),
            template("@.isdigit()", text),
            template("@.isspace()", text),
            template("@.isupper()", text),
            template("@.islower()", text),
            template("any(@)", items),
            template("all(@)", items),
        ),
    }


nested = expressions(3)
shallow = expressions(1)
statements = st.one_of(
    template("i += @", shallow["int"]),
    template("s += @", shallow["str"]),
    template("xs += @", shallow["list"]),
    template("xs.append(@)", shallow["int"]),
    template("xs.insert(@, @)", small, shallow["int"]),
    template("i += xs.pop()"),
    template("d[@] = @", shallow["str"], shallow["int"]),
    template("d.update(@)", shallow["dict"]),
    template("s, i = str(i), len(s)"),
    template("b = @", shallow["bool"]),
    template(
        "for e in list(@):\n        if e @ i:\n            continue\n        i += e",
        shallow["list"],
        st.sampled_from("<>"),
    ),
    template("for k in d:\n        s += str(k)\n        if len(s) > 20:\n            break"),
    template("if @:\n        xs = xs[1:]\n    else:\n        xs = xs + [i]", shallow["bool"]),
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A function that starts from five variables, changes them, and returns its view of them and of some expressions."""
    lines = ['    i, s, xs, d, b = 3, "aC", [1, -2], {"a": 1}, True']
    lines += ["    " + statement for statement in draw(st.lists(statements, max_size=4))]
    kinds = st.sampled_from(sorted(nested))
    results = [draw(nested[draw(kinds)]) for _ in range(draw(st.integers(1, 3)))]
    return "\n".join(
        ["def program():", *lines, f"    return [i, s, xs, d, b, {', '.join(results)}]", "result = program()"]
    )


def by_rust(source: str) -> str | None:
    """What the other implementation makes of the program; None if it fails."""
    try:
        tree = starlark.parse("program.star", source + "\nrepr(result)", dialect=starlark.Dialect.extended())
        return str(starlark.eval(starlark.Module(), tree, starlark.Globals.standard()))
    except starlark.StarlarkError:
        return None


@settings(max_examples=EXAMPLES, deadline=None)
@given(source=programs())
def test_both_implementations_agree(runtime: rf.Runtime, source: str) -> None:
    expected = by_rust(source)
    try:
        got: str | None = runtime.execute(source + "\nprint(repr(result))", limits=LIMITS).stdout
    except rf.RuleError:
        got = None
    assert got == (None if expected is None else expected + "\n")
