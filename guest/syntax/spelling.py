"""Suggestions for unknown variables: the nearest of the names that are visible where one is used.

The resolver asks; `values/suggest.py` knows how far two names are apart.
"""

from __future__ import annotations

from guest.compiler.language import cast, u32
from guest.syntax.scope import Scope
from guest.values.dict import Dict, entry_key
from guest.values.suggest import allowed_edits, edit_distance
from guest.values.text import Str
from guest.values.universe import universal_names

MAX_CANDIDATES = 1000  # names of one scope that are compared

best: Str | None = None
allowed: u32 = 0  # one more than the edits that the nearest name may need


def nearest_visible(name: Str, scope: Scope) -> Str | None:
    """The name that was probably meant, innermost scope first; None if no visible name is like it."""
    global best, allowed
    best = None
    allowed = allowed_edits(name) + 1
    at: Scope | None = scope
    while at is not None:
        compare_names(name, at.names)
        at = at.parent
    compare_names(name, universal_names())
    found = best
    best = None
    return found


def compare_names(name: Str, names: Dict) -> None:
    """Compare with the first keys of a dict of names."""
    global best, allowed
    for i in range(min(names.used, u32(MAX_CANDIDATES))):
        key = entry_key(names, i)
        if isinstance(key, Str) and allowed != 0:
            other = cast(Str, key)
            edits = edit_distance(name, other, allowed - 1)
            if edits < allowed:
                best = other
                allowed = edits
