"""Why there is no bound, and where: the first reason that the walk through a rule's code meets.

The walk (`functions.py`) and its parts note it; `report.py` tells the host.
"""

from guest.compiler.language import Text, noinline, u32
from guest.machine.code_words import position_of_word
from guest.values.function import Code, Module
from guest.values.text import Str

has_reason: bool = False
reason: Text = ""
reason_name: Str | None = None
reason_module: Module | None = None
reason_position: u32 = 0


def forget_reason() -> None:
    """Another part of a rule is looked at."""
    global has_reason
    has_reason = False


@noinline
def refuse(code: Code, at: u32, why: Text, name: Str | None = None) -> None:
    """There is no bound, because of the instruction at a word, and of what has a name."""
    global has_reason, reason, reason_name, reason_module, reason_position
    if has_reason:
        return
    has_reason = True
    reason = why
    reason_name = name
    reason_module = code.module
    reason_position = position_of_word(code, at)


def relocate(code: Code, at: u32) -> None:
    """The reason is inside of what the instruction at a word has called, of which the rules know nothing."""
    global reason_module, reason_position
    reason_module = code.module
    reason_position = position_of_word(code, at)


def refuse_anywhere(why: Text) -> None:
    """There is no bound, because of no place in particular."""
    global has_reason, reason, reason_name, reason_module
    has_reason = True
    reason = why
    reason_name = None
    reason_module = None
