"""An explanation for a terminal: a tree of rules, and below each what made it match or not; plain where it is no terminal."""

from __future__ import annotations

import json

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from ringfence.explain.explanation import Explanation, Outcome, Trial
from ringfence.explain.observations import Observation
from ringfence.explain.outline import shown

MARKS = {
    Outcome.MATCHED: ("+", "green"),
    Outcome.NOT_MATCHED: ("-", "red"),
    Outcome.FAILED: ("!", "bold red"),
    Outcome.NOT_TRIED: (" ", "dim"),
    Outcome.DISABLED: (" ", "dim"),
    Outcome.NOT_IN_EFFECT: (" ", "dim"),
}
"""Of each outcome: what stands before the rule, and its style."""


def headline(explanation: Explanation) -> str:
    """What the event ended in, in a line."""
    if explanation.error is not None:
        return f"error ({explanation.error.kind}): {shown(explanation.error.message)}"
    decision = shown(json.dumps(explanation.decision, ensure_ascii=False))
    return f"{decision}  {by(explanation)}"


def by(explanation: Explanation) -> str:
    """Who decided, in words."""
    rule = explanation.rule
    if isinstance(rule, str):
        return f"by {shown(rule)}"
    if rule:
        return "by " + ", ".join(shown(name) for name in rule)
    if any(trial.decided for trial in explanation.trials):
        return "by decide(event)"
    return "by default: no rule matched"


def costs(explanation: Explanation) -> str:
    """What the event cost, in words."""
    rules = explanation.fuel - explanation.other_fuel
    return (
        f"{explanation.fuel:,} units of fuel: {explanation.reading_fuel:,} for reading the event, "
        f"{rules:,} for rules, {explanation.other_fuel - explanation.reading_fuel:,} for the rest; "
        f"hit policy {explanation.hit_policy}"
    )


def summary(trial: Trial) -> str:
    """What became of a rule, in words."""
    words = "decided" if trial.decided and trial.rule is None else trial.outcome.value
    if trial.decided and trial.rule is not None:
        words += ", decided"
    return words


def print_explanation(console: Console, explanation: Explanation) -> None:
    """The decision, the cost, and the tree."""
    console.print(Text(headline(explanation), style="bold"), soft_wrap=True)
    console.print(Text(costs(explanation), style="dim"), soft_wrap=True)
    for trial in explanation.trials:
        tree = Tree(_trial_line(trial), guide_style="dim")
        _grow(tree, trial.why)
        if trial.then:
            _grow(tree.add(Text("then", style="dim")), trial.then)
        if trial.is_cut:
            tree.add(Text("... and more than is shown", style="dim"))
        if trial.outcome is Outcome.FAILED and explanation.error is not None:
            place = f"{explanation.error.location}: " if explanation.error.location else ""
            tree.add(Text(shown(place + explanation.error.message), style="red"))
        console.print(tree, soft_wrap=True)


def _trial_line(trial: Trial) -> Text:
    mark, style = MARKS[trial.outcome]
    line = Text(f"{mark} ")
    line.append(shown(trial.name), style=f"bold {style}" if trial.decided else style)
    line.append(f"  {summary(trial)}")
    if trial.outcome not in (Outcome.NOT_TRIED, Outcome.DISABLED):
        line.append(f"  {trial.fuel:,} fuel")
    if trial.rule is not None:
        line.append(f"  {shown(trial.rule.location)}", style="dim")
    return line


def _grow(tree: Tree, found: tuple[Observation, ...]) -> None:
    for one in found:
        line = Text(one.text or one.location)
        if not one.evaluated:
            line.append("  (not evaluated)")
            line.stylize("dim")
        elif one.value is not None:
            line.append(" = ", style="dim")
            line.append(one.value, style=_style(one))
        _grow(tree.add(line), one.parts)


def _style(one: Observation) -> str:
    if one.value == "True":
        return "green"
    return "red" if one.value == "False" else "cyan"
