"""The order of arguments in a call: positional ones, named ones, `*args`, `**kwargs`.

The resolver checks every call here; the emitter relies on it.
"""

from __future__ import annotations

from guest.compiler.language import Text, noinline, u32
from guest.heap.value import NONE
from guest.syntax.diagnostics import report, say, say_name, say_number
from guest.syntax.node import Node, NodeKind, text_of
from guest.syntax.tokens import Token
from guest.values.dict import Dict, dict_find_interned, dict_new, dict_put

MAX_ARGUMENTS = 255
FEW_NAMES = 4


@noinline
def check_arguments(first: Node | None) -> None:
    """Record what is wrong with the arguments of a call."""
    names: Dict | None = None
    seen_star = False
    seen_star_star = False
    positional: u32 = 0
    at = first
    while at is not None:
        if at.kind == NodeKind.SPREAD and at.extra == Token.STAR_STAR:
            if seen_star_star:
                complain("multiple **kwargs not allowed", at)
            seen_star_star = True
        elif at.kind == NodeKind.SPREAD:
            if seen_star_star:
                complain("*args may not follow **kwargs", at)
            elif seen_star:
                complain("multiple *args not allowed", at)
            seen_star = True
        elif at.kind == NodeKind.NAMED:
            if seen_star_star:
                complain("keyword argument may not follow **kwargs", at)
            elif seen_star:
                complain("keyword argument may not follow *args", at)
            if names is None:
                names = dict_new(FEW_NAMES)
            if dict_find_interned(names, text_of(at)) >= 0:
                complain_repeated(at)
            else:
                dict_put(names, at.value, NONE)
        else:
            if seen_star:
                complain("positional argument may not follow *args", at)
            elif seen_star_star:
                complain("positional argument may not follow **kwargs", at)
            elif names is not None:
                complain("positional argument may not follow named", at)
            positional += 1
        at = at.next
    if first is not None and positional > MAX_ARGUMENTS:
        say_number(positional)
        complain(" positional arguments in call, limit is 255 (pass a list: f(*list))", first)
    if first is not None and names is not None and names.count > MAX_ARGUMENTS:
        say_number(names.count)
        complain(" keyword arguments in call, limit is 255 (pass a dict: f(**dict))", first)


@noinline
def complain(complaint: Text, argument: Node) -> None:
    """Record an error at an argument."""
    say(complaint)
    report(argument.position)


def complain_repeated(argument: Node) -> None:
    """Record the error of a name that is given twice."""
    say('keyword argument "')
    say_name(text_of(argument))
    complain('" is repeated', argument)
