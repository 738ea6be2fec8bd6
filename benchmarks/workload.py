"""The gateway workload: the sample events, and fifty rules about them in a form that belongs to no language.

A condition is a tuple, its first item says which: `("equals", field, value)`, `("and", condition, ...)` and so on, as in
`OPERATIONS`. `languages.py` writes conditions as source text; `holds` here is what they mean, and every engine's decisions are
compared with it before its time counts.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ringfence.sample_events import BROWSERS, COUNTRIES, METHODS, SERVICES, TENANTS, gateway_events

Event = dict[str, Any]
Condition = tuple[Any, ...]

RULES = 50
DEFAULT = "allow|-"
ACTIONS = ("allow", "deny", "challenge", "log", "throttle")
CALIBRATION_EVENTS = 1_500
UNDECIDED_SHARE = 0.1  # of the events, after the last rule

OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": lambda field, value: field == value,
    "differs": lambda field, value: field != value,
    "one_of": lambda field, values: field in values,
    "prefix": lambda field, value: field.startswith(value),
    "suffix": lambda field, value: field.endswith(value),
    "contains": lambda field, value: value in field,
    "at_least": lambda field, value: field >= value,
    "below": lambda field, value: field < value,
}


@dataclass(frozen=True)
class Rule:
    name: str
    action: str
    when: Condition

    @property
    def decision(self) -> str:
        return f"{self.action}|{self.name}"


def holds(condition: Condition, event: Event) -> bool:
    """What a condition means."""
    operation = condition[0]
    if operation == "and":
        return all(holds(part, event) for part in condition[1:])
    if operation == "or":
        return any(holds(part, event) for part in condition[1:])
    if operation == "not":
        return not holds(condition[1], event)
    if operation in ("header_is", "header_has"):
        value = event["headers"].get(condition[1])
        return value is not None and (
            value == condition[2] if operation == "header_is" else condition[2] in value
        )
    return OPERATIONS[operation](event[condition[1]], condition[2])


def decide(rules: list[Rule], event: Event) -> str:
    for rule in rules:
        if holds(rule.when, event):
            return rule.decision
    return DEFAULT


def random_atom(source: random.Random) -> Condition:
    service = source.choice(SERVICES)
    return source.choice(
        [
            ("equals", "method", source.choice(METHODS)),
            ("one_of", "country", tuple(sorted(source.sample(sorted(set(COUNTRIES)), source.randint(2, 4))))),
            ("prefix", "path", f"/v2/{service}"),
            ("suffix", "path", source.choice(("/recent", "7", service))),
            ("contains", "path", f"/{service}/"),
            ("at_least", "body_bytes", source.choice((1, 500, 4_000, 20_000))),
            ("below", "body_bytes", source.choice((1, 100, 2_000, 10_000))),
            ("below", "time", 1_780_272_000 + 86_400 * source.randint(1, 6)),
            (
                "header_has",
                "user-agent",
                source.choice(("Firefox", "Safari", "Chrome", "curl", "bot", "App/")),
            ),
            ("header_is", "user-agent", source.choice(BROWSERS)),
            ("header_is", "accept-language", source.choice(("fr-FR", "ja"))),
            ("header_has", "content-type", "json"),
            ("equals", "tls", source.choice(("1.2", "1.3"))),
            (source.choice(("equals", "differs")), "tenant", source.choice(TENANTS)),
            ("suffix", "host", source.choice((".com", ".test"))),
        ]
    )


def random_condition(source: random.Random) -> Condition:
    """Two to five atoms, the last of them sometimes alternatives or denied."""
    atoms = [random_atom(source) for _ in range(source.randint(2, 5))]
    atoms = [("not", atom) if source.random() < 0.1 else atom for atom in atoms]
    if len(atoms) >= 3 and source.random() < 0.6:
        atoms[-2:] = [("or", atoms[-2], atoms[-1])]
    return ("and", *atoms)


def gateway_rules(seed: int = 3) -> list[Rule]:
    """Rules of which each catches about its share of the events, so that the first match may be any of them."""
    source = random.Random(seed)
    left = [json.loads(line) for line in gateway_events(CALIBRATION_EVENTS, seed=99)]
    share = len(left) * (1 - UNDECIDED_SHARE) / RULES
    rules: list[Rule] = []
    for number in range(1, RULES + 1):
        candidates = [random_condition(source) for _ in range(25)]
        when = min(
            candidates, key=lambda condition: abs(sum(holds(condition, event) for event in left) - share)
        )
        rules.append(Rule(f"r{number:02d}", source.choice(ACTIONS), when))
        left = [event for event in left if not holds(when, event)]
    return rules


def words_text(count: int = 2_000) -> str:
    """The text that the program `words` counts."""
    source = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["".join(source.choice(letters) for _ in range(source.randint(3, 10))) for _ in range(600)]
    return " ".join(source.choice(vocabulary) for _ in range(count))
