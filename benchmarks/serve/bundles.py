"""The two bundles: a good one, whose decisions tell its version, and a hostile one, which does all that its limits allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

GOOD = "good"
HOSTILE = "hostile"

_GOOD_RULES = """
COUNTRIES = {"c%d" % i: i for i in range(2000)}

def score(e):
    words = [word.lower() for word in e.text.split(" ")]
    return sum([len(word) for word in words]) + COUNTRIES[e.country]

def sum(numbers):
    total = 0
    for number in numbers:
        total += number
    return total

rule("high", when = lambda e: e.amount > 900, then = lambda e: {"score": score(e), "id": e.id, "version": VERSION})
rule("low", when = lambda e: e.amount <= 900, then = lambda e: {"score": -score(e), "id": e.id, "version": VERSION})
"""

_HOSTILE_RULES = """
def decide(e):
    if e.kind == "spin":
        for i in range(1 << 60):
            pass
    elif e.kind == "print":
        for i in range(1 << 60):
            print("x" * 10000)
    elif e.kind == "memory":
        kept = []
        for i in range(1 << 60):
            kept.append("%d" % i * 1000)
    elif e.kind == "sort":
        for i in range(1 << 60):
            sorted([(j * 7919) % 10007 for j in range(5000)])
    return None
"""

HOSTILE_KINDS = ("spin", "print", "memory", "sort")


def write_good(folder: Path, version: int) -> None:
    """The good bundle, whose files say this version."""
    _write(folder, GOOD, f'VERSION = "{version}"\n{_GOOD_RULES}', "fuel = 200000\n", version)


def write_hostile(folder: Path) -> None:
    """The hostile bundle: it asks for all that a bundle may have."""
    _write(folder, HOSTILE, _HOSTILE_RULES, 'fuel = 10000000\ndeadline = "1s"\nmemory = "256MiB"\n', 1)


def _write(folder: Path, name: str, rules: str, limits: str, version: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    manifest = f'[bundle]\nname = "{name}"\nversion = "{version}"\n[limits]\n{limits}'
    for file, text in (("bundle.toml", manifest), ("main.star", rules)):
        (folder / ".new").write_text(text, encoding="utf-8")
        (folder / ".new").replace(folder / file)


def event(number: int) -> dict[str, Any]:
    """An event of the good bundle."""
    text = " ".join(f"Word{(number * 31 + i) % 97}" for i in range(20))
    return {"id": number, "amount": number * 37 % 1000, "country": f"c{number % 2000}", "text": text}


def right_decision(asked: dict[str, Any]) -> tuple[str, int]:
    """The rule and the score that the good bundle decides, whatever its version."""
    score = sum(len(word) for word in asked["text"].split(" ")) + int(asked["country"][1:])
    return ("high", score) if asked["amount"] > 900 else ("low", -score)
