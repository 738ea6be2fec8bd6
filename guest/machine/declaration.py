"""The built-in `rule()`, which declares a rule while the bundle loads: its arguments, and what is wrong with them.

    rule("block-admin", priority = 100, when = is_admin, then = {"action": "deny"}, enabled = True, tags = ["security"],
         description = "...", valid_from = "2026-01-01", valid_to = "2026-12-31")

What is declared is kept in `rules.py`. Dates are read by `validity.py`.
"""

from typing import NoReturn

from guest.compiler.language import (
    UNDEFINED,
    Text,
    Value,
    cast,
    i64,
    noinline,
    registered,
    u32,
)
from guest.heap import frames
from guest.heap.frames import callee_of, caller_base, frame_depth
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.library.arguments import (
    bool_argument,
    int_argument,
    is_absent_or_none,
    is_given,
    refuse,
    str_argument,
    tuple_argument,
    wrong_type,
)
from guest.machine import rules
from guest.machine.places import current_path, current_position, say_place
from guest.machine.rules import Rule, is_function
from guest.machine.validity import check_period, end_argument, start_argument
from guest.values.describe import say_repr
from guest.values.dict import Dict, dict_add, dict_find, entry_value
from guest.values.failure import say, say_int, stop
from guest.values.function import Function
from guest.values.list import List
from guest.values.text import Str
from guest.values.tuple import Tuple, tuple_from, tuple_new
from guest.values.types import say_type


@registered(
    "builtin",
    "rule(name, *args, priority?, when?, then?, enabled?, tags?, description?, valid_from?, valid_to?)",
)
def builtin_rule(arguments: Registers) -> Value:
    """Declare a rule of the bundle."""
    name = str_argument(arguments, 0, "rule", "name")
    known = rules.declared
    if known is None:
        refuse("rule", "rules are declared while the bundle loads")
    check_new_name(known, name)
    if len(tuple_argument(arguments, 1).items) != 0:
        refuse(
            "rule",
            "only the name is given by position: write the others as when = ..., then = ..., priority = ...",
        )
    priority: i64 = 0
    if is_given(arguments, 2):
        priority = int_argument(arguments, 2, "rule", "priority")
    when = register(arguments, 3)
    if when == NONE:
        when = UNDEFINED
    if when != UNDEFINED and not is_function(when):
        wrong_type("rule", "when", when, "function of the event")
    then = register(arguments, 4)
    rule = Rule(
        priority=priority,
        name=name,
        path=current_path(),
        position=current_position(),
        file=declaring_file(),
        when=when,
        then=NONE if then == UNDEFINED else then,
        enabled=not is_given(arguments, 5) or bool_argument(arguments, 5, "rule", "enabled"),
        tags=tags_argument(arguments, 6),
        description=text_argument(arguments, 7, "description"),
        valid_from=start_argument(arguments, 8),
        valid_to=end_argument(arguments, 9),
    )
    check_period(rule)
    # Loading has frozen the dict when another file has been executed; it goes on all the same.
    dict_add(known, Value(name), Value(rule))
    return NONE


def check_new_name(known: Dict, name: Str) -> None:
    """Refuse a name that is empty or taken."""
    if len(name.data) == 0:
        refuse("rule", "the name is empty")
    position = dict_find(known, Value(name))
    if position >= 0:
        other = cast(Rule, entry_value(known, u32(position)))
        say("rule: a rule named ")
        say_repr(Value(name))
        say(" is already declared at ")
        say_place(other.path, other.position)
        say(" (give each its own name)")
        stop()


def declaring_file() -> Str:
    """The file whose toplevel is being executed, whoever it called to declare the rule."""
    outermost = caller_base(1) if frame_depth() > 1 else frames.current_base
    return cast(Function, callee_of(outermost)).code.module.path


def text_argument(arguments: Registers, index: u32, parameter: Text) -> Str | None:
    """An optional text."""
    if is_absent_or_none(register(arguments, index)):
        return None
    return str_argument(arguments, index, "rule", parameter)


def tags_argument(arguments: Registers, index: u32) -> Tuple:
    """An optional list or tuple of texts, as it is now: a list may change before the bundle has loaded."""
    given = register(arguments, index)
    if is_absent_or_none(given):
        return tuple_new(0)
    if isinstance(given, List):
        tags = tuple_from(cast(List, given).items, 0, cast(List, given).count)
    elif isinstance(given, Tuple):
        tags = cast(Tuple, given)
    else:
        wrong_type("rule", "tags", given, "list of strings")
    for i in range(len(tags.items)):
        tag = tags.items[i]
        if not isinstance(tag, Str):
            wrong_tag(i, tag)
        if len(cast(Str, tag).data) == 0:
            refuse("rule", "for parameter tags: a tag is empty")
    return tags


@noinline
def wrong_tag(index: u32, tag: Value) -> NoReturn:
    """End with the error of a tag that is no text."""
    say("rule: for parameter tags: element ")
    say_int(i64(index))
    say(" is of type ")
    say_type(tag)
    say(", want string")
    stop()
