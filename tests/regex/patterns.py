"""Generated patterns and texts, and what RE2 says about them.

Patterns are made of few characters that are also those of the texts, so that they match often; every construct of the syntax
occurs. `reference` gives RE2's answers in the form in which `QUESTIONS`, a program in the rule language, prints ours.
"""

# ruff: noqa: RUF001  (characters that look alike are what is tested)

from __future__ import annotations

from typing import Any

import re2
from hypothesis import strategies as st

LITERALS = [
    "a",
    "b",
    "c",
    "ab",
    "k",
    "K",
    "s",
    "é",
    "É",
    "σ",
    "ς",
    "Σ",
    "中",
    "😀",
    "-",
    "_",
    " ",
    "1",
    "\n",
    "ſ",
    "\u212a",
]
ESCAPES = [
    r"\d",
    r"\D",
    r"\w",
    r"\W",
    r"\s",
    r"\S",
    r"\n",
    r"\t",
    r"\.",
    r"\x61",
    r"\x{e9}",
    r"\141",
    r"\-",
    r"\Qa.b\E",
    r"\Q*\E",
]
UNICODE_CLASSES = [
    r"\pL",
    r"\PL",
    r"\p{Lu}",
    r"\p{^Lu}",
    r"\p{Greek}",
    r"\P{Han}",
    r"\pN",
    r"\p{Any}",
    r"\p{Zs}",
    r"\pS",
]
ASSERTIONS = ["^", "$", r"\b", r"\B", r"\A", r"\z", "(?m:^)", "(?m:$)"]
CLASS_ITEMS = [
    *"abckKsz-^_.*$é",
    "a-c", "b-k", "à-ÿ", "α-ω", r"\d", r"\W", r"\s", r"\pL", r"\p{Greek}", r"\P{Lu}", "[:alpha:]", "[:^space:]",
    "[:word:]", r"\]", r"\\", r"\n", r"\x41-\x5A", "中-丯", "😀-😎", " -~",
]  # fmt: skip
REPETITIONS = [
    "*",
    "+",
    "?",
    "*?",
    "+?",
    "??",
    "{0}",
    "{1}",
    "{2}",
    "{0,2}",
    "{1,}",
    "{2,3}",
    "{0,1}?",
    "{2,}?",
    "{1,3}?",
]
FLAGS = ["i", "m", "s", "U", "-i", "im", "s-U", "i-ms"]

texts = st.lists(
    st.sampled_from([*LITERALS, "A", "B", "S", "a", "b", "Z", ".", "aa", "\t"]), max_size=12
).map("".join)


@st.composite
def classes(draw: st.DrawFn) -> str:
    """A class in brackets."""
    negated = draw(st.sampled_from(["", "^"]))
    items = draw(st.lists(st.sampled_from(CLASS_ITEMS), min_size=1, max_size=4))
    return "[" + negated + "".join(items) + "]"


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Patterns made of patterns."""
    groups = st.sampled_from(
        ["({})", "(?:{})", "(?P<n>{})", "(?<m>{})", *(f"(?{flag}:{{}})" for flag in FLAGS)]
    )
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join).map("(?:{})".format),
        st.lists(st.one_of(inner, st.just("")), min_size=2, max_size=3).map("|".join).map("({})".format),
        st.builds(lambda group, body: group.replace("{}", body), groups, inner),
        st.builds(lambda body, repetition: f"(?:{body}){repetition}", inner, st.sampled_from(REPETITIONS)),
        st.builds(lambda body, repetition: f"({body}){repetition}", inner, st.sampled_from(REPETITIONS)),
        st.builds(lambda body, repetition: body + repetition, inner, st.sampled_from(REPETITIONS)),
        st.builds(lambda flag, body: f"(?{flag}){body}", st.sampled_from(FLAGS), inner),
    )


atoms = st.one_of(st.sampled_from([*LITERALS, ".", *ESCAPES, *UNICODE_CLASSES, *ASSERTIONS]), classes())
patterns = st.recursive(atoms, larger, max_leaves=8)
# Anything at all, of characters that mean something.
noise = st.lists(
    st.sampled_from([*"()[]{}|*+?^$.\\-:,<>=!aPpQEDLiUms0123789xk_é", "(?", "(?P<", "[[:", ":]", r"\p{", r"\x{", "{1,", "[^"]), max_size=10
).map("".join)  # fmt: skip

QUESTIONS = r"""
def ask(case):
    pattern, texts = case
    r = regex(pattern)
    for text in texts:
        print(repr((
            r.match(text), r.search(text), r.find(text), r.findall(text), r.groups(text),
            r.replace(text, "<$0|$1|${n}|$$>"),
        )))

for case in args:
    ask(case)
"""


def compiled(pattern: str) -> Any:
    """The pattern as RE2 has it; None if RE2 refuses it."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None


def all_matches(pattern: Any, text: str) -> list[Any]:
    """The matches that do not overlap, without empty ones right after another."""
    found = []
    at = 0
    end = -1
    while at <= len(text) and (match := pattern.search(text, at)):
        if match.start() != match.end() or match.start() != end:
            found.append(match)
        end = match.end()
        at = at + 1 if end == at else end
    return found


def replaced(pattern: Any, text: str) -> str:
    """What the method `replace` makes with the replacement of QUESTIONS."""
    result = ""
    copied = 0
    numbers = pattern.groupindex
    for match in all_matches(pattern, text):
        first = (match.group(1) or "") if pattern.groups else ""
        named = (match.group(numbers["n"]) or "") if "n" in numbers else ""
        result += text[copied : match.start()] + f"<{match.group()}|{first}|{named}|$>"
        copied = match.end()
    return result + text[copied:]


def reference(pattern: Any, text: str) -> tuple[Any, ...]:
    """RE2's answers to QUESTIONS."""
    match = pattern.search(text)
    return (
        pattern.match(text) is not None,
        match is not None,
        match.group() if match else None,
        [found.group() for found in all_matches(pattern, text)],
        match.groups() if match else None,
        replaced(pattern, text),
    )
