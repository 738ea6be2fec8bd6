"""The workload's rules as source text in Python, Starlark, JavaScript and Lua.

Every language has a table from operation to text; the rest is common. The texts are what a programmer of that language would
write by hand: plain functions, constants in place, no helper where the language has an operator.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .workload import DEFAULT, Condition, Rule


@dataclass(frozen=True)
class Language:
    """Texts with `{0}` for the field (or the header's name) and `{1}` for the value."""

    operations: dict[str, str]
    field: str
    conjunction: str
    disjunction: str
    negation: str
    values: Callable[[Sequence[str]], str]

    def write(self, condition: Condition) -> str:
        operation, *rest = condition
        if operation in ("and", "or"):
            joint = self.conjunction if operation == "and" else self.disjunction
            return "(" + joint.join(self.write(part) for part in rest) + ")"
        if operation == "not":
            return self.negation.format(self.write(rest[0]))
        name, value = rest
        subject = json.dumps(name) if operation.startswith("header") else self.field.format(name)
        text = self.values(value) if operation == "one_of" else json.dumps(value)
        return self.operations[operation].format(subject, text)


PYTHON = Language(
    operations={
        "equals": "{0} == {1}",
        "differs": "{0} != {1}",
        "one_of": "{0} in {1}",
        "prefix": "{0}.startswith({1})",
        "suffix": "{0}.endswith({1})",
        "contains": "{1} in {0}",
        "at_least": "{0} >= {1}",
        "below": "{0} < {1}",
        "header_is": '({0} in e["headers"] and e["headers"][{0}] == {1})',
        "header_has": '({0} in e["headers"] and {1} in e["headers"][{0}])',
    },
    field='e["{0}"]',
    conjunction=" and ",
    disjunction=" or ",
    negation="not ({0})",
    values=lambda values: "(" + ", ".join(map(json.dumps, values)) + ")",
)

JAVASCRIPT = Language(
    operations={
        "equals": "{0} === {1}",
        "differs": "{0} !== {1}",
        "one_of": "{1}.includes({0})",
        "prefix": "{0}.startsWith({1})",
        "suffix": "{0}.endsWith({1})",
        "contains": "{0}.includes({1})",
        "at_least": "{0} >= {1}",
        "below": "{0} < {1}",
        "header_is": "e.headers[{0}] === {1}",
        "header_has": '(e.headers[{0}] ?? "").includes({1})',
    },
    field="e.{0}",
    conjunction=" && ",
    disjunction=" || ",
    negation="!({0})",
    values=lambda values: "[" + ", ".join(map(json.dumps, values)) + "]",
)

LUA = Language(
    operations={
        "equals": "{0} == {1}",
        "differs": "{0} ~= {1}",
        "one_of": "({1})[{0} or 0]",
        "prefix": "prefix({0}, {1})",
        "suffix": "suffix({0}, {1})",
        "contains": "contains({0}, {1})",
        "at_least": "{0} >= {1}",
        "below": "{0} < {1}",
        "header_is": "e.headers[{0}] == {1}",
        "header_has": 'contains(e.headers[{0}] or "", {1})',
    },
    field="e.{0}",
    conjunction=" and ",
    disjunction=" or ",
    negation="not ({0})",
    values=lambda values: "{" + ", ".join(f"[{json.dumps(value)}] = true" for value in values) + "}",
)


def python(rules: list[Rule]) -> str:
    functions = "".join(f"def {rule.name}(e):\n    return {PYTHON.write(rule.when)}\n" for rule in rules)
    table = ", ".join(f"({rule.name}, {json.dumps(rule.decision)})" for rule in rules)
    return (
        f"{functions}RULES = [{table}]\n"
        "def decide(e):\n"
        "    for when, decision in RULES:\n"
        "        if when(e):\n"
        "            return decision\n"
        f"    return {json.dumps(DEFAULT)}\n"
    )


def starlark(rules: list[Rule]) -> str:
    """For starlark-pyo3, which decodes JSON inside."""
    return python(rules) + (
        "def one(text):\n    return decide(json.decode(text))\n"
        "def batch(text):\n    return [decide(e) for e in json.decode(text)]\n"
    )


def bundle(rules: list[Rule]) -> str:
    """The `main.star` of a ringfence bundle."""
    return "".join(
        f"rule({json.dumps(rule.name)}, when = lambda e: {PYTHON.write(rule.when)}, then = {json.dumps(rule.decision)})\n"
        for rule in rules
    )


def javascript(rules: list[Rule]) -> str:
    table = ",\n".join(
        f"  [e => {JAVASCRIPT.write(rule.when)}, {json.dumps(rule.decision)}]" for rule in rules
    )
    return (
        f"const RULES = [\n{table}\n];\n"
        "function decide(e) {\n"
        "  for (const [when, decision] of RULES) if (when(e)) return decision;\n"
        f"  return {json.dumps(DEFAULT)};\n"
        "}\n"
        "function one(text) { return decide(JSON.parse(text)); }\n"
        "function batch(text) { return JSON.parse(text).map(decide).join('\\n'); }\n"
    )


def lua(rules: list[Rule]) -> str:
    table = ",\n".join(
        f"  {{function(e) return {LUA.write(rule.when)} end, {json.dumps(rule.decision)}}}" for rule in rules
    )
    return (
        "local find, sub = string.find, string.sub\n"
        "local function prefix(s, p) return sub(s, 1, #p) == p end\n"
        "local function suffix(s, p) return p == '' or sub(s, -#p) == p end\n"
        "local function contains(s, p) return find(s, p, 1, true) ~= nil end\n"
        f"local rules = {{\n{table}\n}}\n"
        "function decide(e)\n"
        "  for i = 1, #rules do if rules[i][1](e) then return rules[i][2] end end\n"
        f"  return {json.dumps(DEFAULT)}\n"
        "end\n"
    )
