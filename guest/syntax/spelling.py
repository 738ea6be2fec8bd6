"""Suggestions for unknown variables: the nearest of the names that are visible where one is used.

The resolver asks; `values/suggest.py` knows how far two names are apart.
"""

from __future__ import annotations

from guest.syntax.scope import Scope
from guest.values.suggest import allowed_edits, nearer_key
from guest.values.text import Str
from guest.values.universe import universal_names


def nearest_visible(name: Str, scope: Scope) -> Str | None:
    """The name that was probably meant, innermost scope first; None if no visible name is like it."""
    best: Str | None = None
    limit = allowed_edits(name) + 1  # one more than the edits that the nearest name may need
    at: Scope | None = scope
    while at is not None:
        best, limit = nearer_key(name, at.names, best, limit)
        at = at.parent
    best, limit = nearer_key(name, universal_names(), best, limit)
    return best
