"""The dialect's options, as bits of one word.

A bundle's configuration names them (as starlark-go does), the machine passes them to `compiler.py`, and the resolver
asks for them where a construct needs one.
"""

from __future__ import annotations

from enum import IntEnum


class Option(IntEnum):
    """What a module may use beyond the plain language."""

    SET = 1  # `set()`; always allowed here, accepted so that configurations of other implementations load
    WHILE = 2  # `while` statements
    RECURSION = 4  # functions that become active twice
    TOPLEVEL_CONTROL = 8  # `if`, `for` and `while` outside functions
    GLOBAL_REASSIGN = 16  # rebinding a global
