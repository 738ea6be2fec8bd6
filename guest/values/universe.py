"""The universe: the names that every program knows without defining them.

The machine fills it once at boot; the resolver looks names up in it, and `dir` and suggestions list it.
"""

from guest.compiler.language import UNDEFINED, Text, Value, u32
from guest.values.dict import Dict, dict_find_interned, dict_new, dict_put, entry_value
from guest.values.interning import intern_text
from guest.values.text import Str

INITIAL_NAMES = 64

universe: Dict | None = None


def universal_names() -> Dict:
    """The names and their values; frozen once the guest has booted."""
    global universe
    names = universe
    if names is None:
        names = dict_new(INITIAL_NAMES)
        universe = names
    return names


def declare(name: Text, value: Value) -> None:
    """Give a value a universal name. Only at boot."""
    key = intern_text(name)
    dict_put(universal_names(), Value(key), value)


def find_universal(name: Str) -> Value:
    """The value of a universal name, which is interned; UNDEFINED if there is none."""
    names = universal_names()
    position = dict_find_interned(names, name)
    if position < 0:
        return UNDEFINED
    return entry_value(names, u32(position))
