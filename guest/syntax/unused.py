"""Names that nothing reads: loads, and variables of functions. No errors, so only `check` asks for them."""

from __future__ import annotations

from guest.syntax import diagnostics
from guest.syntax.diagnostics import say, say_name, warn
from guest.syntax.scope import Scope, Storage

UNDERSCORE = 95


def warn_of_unused(scope: Scope) -> None:
    """Record a warning for each name of a scope that is bound for nothing. A leading underscore says that this is meant."""
    if diagnostics.warns == 0:
        return
    at = scope.first
    while at is not None:
        if at.idle_at != 0 and not at.used and at.name.data[0] != UNDERSCORE:
            is_loaded = at.storage == Storage.GLOBAL
            say("unused load: " if is_loaded else "unused variable: ")
            say_name(at.name)
            say(" (remove it" if is_loaded else " (remove it, or begin its name with an underscore")
            say(")")
            warn(at.idle_at, "unused-load" if is_loaded else "unused-variable")
        at = at.next
