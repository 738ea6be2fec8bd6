"""What it means that several rules match under the hit policies `unique` and `any`, and the errors of their conflicts.

Under `unique` every rule is asked before one decides: a second match is noted, and ends the event when all are known. Under
`any` each match decides at once, and must decide what the first one did.

    policy    R1 (DECISIONS)              R2 (NAMES)
    unique    undefined                   undefined, or the list of the matches after the first
    any       what the first one decided  undefined
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Value, cast, i64, noinline, u32
from guest.heap.value import FALSE
from guest.heap.views import Registers, register, set_register
from guest.machine.account import begin_charging
from guest.machine.driver import DECISIONS, NAMES, RESULT
from guest.machine.places import say_place
from guest.machine.rules import NO_RULE, Rule, rule_at
from guest.values.compare import equal
from guest.values.describe import say_repr, say_short_repr
from guest.values.failure import say, say_int, stop
from guest.values.list import List, list_append, list_new

MOST_NAMED = 8  # rules that an error names
SHOWN_BYTES = 240  # of each of two decisions that an error shows

# The rule that matched first.
first: u32 = NO_RULE


def forget_matches() -> None:
    """Before the first rule."""
    global first
    first = NO_RULE


@noinline
def note_match(base: Registers, number: u32) -> None:
    """Under `unique`: a rule has matched."""
    global first
    if first == NO_RULE:
        first = number
    else:
        begin_charging()
        if register(base, NAMES) == UNDEFINED:
            set_register(base, NAMES, Value(list_new(1)))
        list_append(cast(List, register(base, NAMES)), Value(rule_at(number)))
    set_register(base, RESULT, FALSE)


@noinline
def agrees(base: Registers, number: u32) -> bool:
    """Under `any`: a rule has matched and decided. Whether it decided what the first one did."""
    global first
    if first == NO_RULE:
        first = number
        set_register(base, DECISIONS, register(base, RESULT))
        return True
    begin_charging()
    return equal(register(base, DECISIONS), register(base, RESULT))


def check_unique(base: Registers) -> None:
    """Every rule has been asked: refuse that more than one matched."""
    others = register(base, NAMES)
    if others != UNDEFINED:
        several_match(rule_at(first), cast(List, others))


@noinline
def several_match(rule: Rule, others: List) -> NoReturn:
    """End with the error of rules that exclude each other and do not."""
    say('hit policy "unique": ')
    say_int(i64(others.count) + 1)
    say(" rules match: ")
    say_rule(rule)
    for i in range(min(others.count, MOST_NAMED - 1)):
        say(", ")
        say_rule(cast(Rule, others.items[i]))
    if others.count >= MOST_NAMED:
        say(", and ")
        say_int(i64(others.count - (MOST_NAMED - 1)))
        say(" more")
    stop()


@noinline
def say_disagreement(base: Registers, number: u32) -> None:
    """Compose the error of a rule that does not decide what the first one did. Showing a value may run out of fuel."""
    say('hit policy "any": ')
    say_rule(rule_at(first))
    say(" and ")
    say_rule(rule_at(number))
    say(" both match, and decide differently: ")
    say_short_repr(register(base, DECISIONS), SHOWN_BYTES)
    say(" and ")
    say_short_repr(register(base, RESULT), SHOWN_BYTES)


def say_rule(rule: Rule) -> None:
    """Append a rule's name and place to the message that is being composed."""
    say_repr(Value(rule.name))
    say(" (")
    say_place(rule.path, rule.position)
    say(")")
