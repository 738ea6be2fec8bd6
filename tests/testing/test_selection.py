"""`-k`: which tests an expression selects."""

from __future__ import annotations

import re

import pytest

from ringfence.testing.selection import SelectionError, parse_selection

NAMES = [
    "tests/bots.jsonl::1",
    "tests/bots.jsonl::old tls",
    "tests/rules.star::test_Admin",
    "tests/not.jsonl::or",
]


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("bots", [0, 1]),
        ("BOTS and tls", [1]),
        ("not bots", [2, 3]),
        ("not not bots", [0, 1]),
        ("bots or admin", [0, 1, 2]),
        ("admin or bots and tls", [1, 2]),
        ("(admin or bots) and tls", [1]),
        ("'old tls'", [1]),
        ('"not" and "or"', [3]),
        ("tests/bots.jsonl::1", [0]),
        ("not(bots or admin)", [3]),
        ("nothing", []),
    ],
)
def test_words_are_joined_as_in_pytest(expression: str, selected: list[int]) -> None:
    selection = parse_selection(expression)
    assert [i for i, name in enumerate(NAMES) if selection(name)] == selected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "expected a word to look for:\n    \n    ^"),
        ("a and", "expected a word to look for:\n    a and\n         ^"),
        ("a b", "expected `and` or `or`:\n    a b\n      ^"),
        ("(a", "expected `)`:\n    (a\n      ^"),
        ("a)", "expected `and` or `or`:\n    a)\n     ^"),
        ("or a", "expected a word to look for:\n    or a\n    ^"),
        ("a and 'b", "a quote that nothing closes:\n    a and 'b\n          ^"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(expression: str, message: str) -> None:
    with pytest.raises(SelectionError, match=f"^{re.escape(message)}$"):
        parse_selection(expression)
