"""The limits on source text: what is just below each works, what is above it is refused by name."""

from __future__ import annotations

import pytest

import ringfence as rf
from tests.limits.conftest import Run
from tests.limits.constants import guest_constant

MAX_DIAGNOSTICS = guest_constant("guest/syntax/diagnostics.py", "MAX_DIAGNOSTICS")
MAX_INDENT = guest_constant("guest/syntax/lexer.py", "MAX_INDENT")
MAX_INDENTS = guest_constant("guest/syntax/lexer.py", "MAX_INDENTS")
MAX_NESTING = guest_constant("guest/syntax/parsing.py", "MAX_NESTING")


def refusal(run: Run, source: str) -> str:
    with pytest.raises(rf.BundleError) as caught:
        run(source)
    return str(caught.value)


def blocks(levels: int) -> str:
    return "".join(" " * level + "if True:\n" for level in range(levels))


def in_function(body: str) -> str:
    return "def f():\n" + "".join(f" {line}\n" for line in body.splitlines()) + "f()\n"


@pytest.mark.parametrize(
    ("opening", "closing"), ["()", "[]", ("{1: ", "}"), ("-", ""), ("not ", ""), ("lambda: ", "")]
)
def test_nesting_of_expressions(opening: str, closing: str, run: Run) -> None:
    fine = MAX_NESTING // 4
    run("x = " + opening * fine + "1" + closing * fine)
    message = refusal(run, "x = " + opening * (MAX_NESTING + 1) + "1" + closing * (MAX_NESTING + 1))
    assert "nested" in message or "deep" in message


def test_nesting_of_blocks(run: Run) -> None:
    run(in_function(blocks(MAX_INDENTS // 2) + " " * (MAX_INDENTS // 2) + "pass"))
    message = refusal(run, in_function(blocks(MAX_INDENTS + 1) + " " * (MAX_INDENTS + 1) + "pass"))
    assert "indent" in message or "nested" in message or "deep" in message


def test_width_of_an_indentation(run: Run) -> None:
    run("def f():\n" + " " * 200 + "pass\n")
    assert "indent" in refusal(run, "def f():\n" + " " * (MAX_INDENT + 1) + "pass\n")


def test_number_of_diagnostics(run: Run) -> None:
    with pytest.raises(rf.BundleError) as caught:
        run("".join(f"print(unknown{number})\n" for number in range(10 * MAX_DIAGNOSTICS)))
    assert 1 < len(caught.value.diagnostics) <= MAX_DIAGNOSTICS + 1


def test_locals_of_a_function(run: Run) -> None:
    def source(count: int) -> str:
        return in_function(
            "\n".join(f"v{number} = {number}" for number in range(count)) + f"\nprint(v{count - 1})"
        )

    assert run(source(200)) == "199\n"
    assert "local" in refusal(run, source(300)) or "register" in refusal(run, source(300))


def test_elements_of_a_display_have_no_limit(run: Run) -> None:
    """More elements than there are registers: the list is made in pieces."""
    assert run("print(len([" + "0, " * 10_000 + "]))") == "10000\n"
    assert run("print(len((" + "0, " * 10_000 + ")))") == "10000\n"
    assert run("print(len({" + "".join(f"{n}: 0, " for n in range(5_000)) + "}))") == "5000\n"


def test_arguments_of_a_call(run: Run) -> None:
    take = "def f(*args): return len(args)\n"
    assert run(take + "print(f(" + "0, " * 200 + "))") == "200\n"
    assert run(take + "print(f(*[0] * 1000))") == "1000\n"


def test_a_long_sum_is_not_deep(run: Run) -> None:
    assert run("print(" + " + ".join(["1"] * 150) + ")") == "150\n"
