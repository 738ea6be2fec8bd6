"""Which globals surely have a value where: the toplevel's straight line of assignments, numbered.

A function is made after the statements before it have run, so it reads the globals that they set without a test.
"""

from __future__ import annotations

from guest.compiler.language import u32
from guest.syntax import variables
from guest.syntax.scope import Binding, Storage

set_count: u32 = 0  # statements so far
is_straight: bool = False  # the code being emitted runs exactly once, in order


def begin_globals() -> None:
    """Start with the toplevel of a module."""
    global set_count
    set_count = 0
    enter_toplevel(True)


def enter_toplevel(straight: bool) -> None:
    """The code that follows is at the toplevel: in its straight line, or inside a branch or a loop."""
    global is_straight
    is_straight = straight
    variables.known_until = set_count


def enter_function(known: u32) -> None:
    """The code that follows is in a function made when so many statements had set globals."""
    global is_straight
    is_straight = False
    variables.known_until = known


def note_global(binding: Binding) -> None:
    """A global has been assigned."""
    global set_count
    if not is_straight or binding.storage != Storage.GLOBAL or binding.set_by != 0:
        return
    set_count += 1
    binding.set_by = set_count
    variables.known_until = set_count
