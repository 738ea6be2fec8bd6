"""Random regular expressions in RE2's syntax, with texts that nearly match them."""

from __future__ import annotations

import random

TOKENS = r"""( ) (?: (?i) (?s) (?m) (?U) (?i: (?P<name> | * + ? *? +? ?? {2} {2,} {2,3} {0} {1000} {1001} [ ] [^ [a-z] [^a-z] [[:alpha:]]
    [[:^digit:]] \d \D \w \W \s \S \b \B \A \z \Z \pL \p{Greek} \P{Lu} \pN . ^ $ \n \t \x41 \x{10FFFF} \Q \E \C \1 a b ab aa aaaa - \\ \. \/
    é 日 (a*)* (a|a)* (a+)+$ [\d-z] [z-a] [a-] [] [^] {,3} {3,2} (?<n>a) (?=a) (?!a) \u0041"""
WORDS = (*(token.encode() for token in TOKENS.split()), b"\n", b" ", b"\xff")
LETTERS = ("a", "b", "c", "A", "1", "_", " ", "é", "日", "\n", ".", "-")
CLASSES = (
    "[abc]", "[^abc]", "[a-z]", "[^a-z0-9]", "[[:alpha:]]", "[[:^space:]]", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\pL", r"\p{Lu}",
    r"\P{Greek}", ".", r"[\d_]", r"[^\s]", r"[\p{L}-]", "[a-zA-Z]",
)  # fmt: skip
ASSERTIONS = ("^", "$", r"\b", r"\B", r"\A", r"\z")
REPEATS = ("*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}", "{0,2}?", "{0}")
FLAGS = ("(?i)", "(?s)", "(?m)", "(?U)", "(?ims)")
MAX_DEPTH = 4


def pattern(rng: random.Random, depth: int = MAX_DEPTH) -> str:
    """A pattern."""
    flags = rng.choice(FLAGS) if rng.random() < 0.1 else ""
    return flags + "|".join(branch(rng, depth) for _ in range(rng.choice((1, 1, 1, 2, 3))))


def branch(rng: random.Random, depth: int) -> str:
    """Some pieces in a row."""
    return "".join(piece(rng, depth) for _ in range(rng.choice((0, 1, 1, 2, 3, 4))))


def piece(rng: random.Random, depth: int) -> str:
    """An atom, repeated or not."""
    if rng.random() < 0.1:
        return rng.choice(ASSERTIONS)
    return atom(rng, depth) + (rng.choice(REPEATS) if rng.random() < 0.4 else "")


def atom(rng: random.Random, depth: int) -> str:
    """A letter, a class, or a group."""
    kind = rng.randrange(6 if depth else 4)
    if kind <= 1:
        letter = rng.choice(LETTERS)
        return "\\" + letter if letter in ".-" else letter
    if kind <= 3:
        return rng.choice(CLASSES)
    opening = rng.choice(("(", "(", "(?:", "(?i:", "(?P<n>"))
    return f"{opening}{pattern(rng, depth - 1)})"


def text(rng: random.Random) -> str:
    """A text over the letters of the patterns, sometimes a long one of few letters."""
    if rng.random() < 0.1:
        return rng.choice("ab") * rng.choice((50, 500)) + rng.choice(LETTERS)
    return "".join(rng.choice(LETTERS) for _ in range(rng.randrange(20)))


def pattern_and_text(rng: random.Random) -> bytes:
    """An input of the target `regex`: the pattern's line, then the text."""
    return f"{pattern(rng)}\0{text(rng)}".encode()
