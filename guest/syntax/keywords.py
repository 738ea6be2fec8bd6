"""Which names are keywords, and which words of Python the rule language reserves.

The table is made when the first file is compiled (at boot, for the prelude) and is part of the base image then.
"""

from __future__ import annotations

from guest.compiler.language import Text, Value, i64, noinline, u32
from guest.heap.value import from_small, small
from guest.syntax.tokens import Token, token_text
from guest.values.dict import Dict, dict_find_interned, dict_new, dict_put, entry_value
from guest.values.interning import intern_text
from guest.values.text import Str

KEYWORDS = 40  # room in the table

table: Dict | None = None


def keyword_of(name: Str) -> u32:
    """The kind of token that a name is: a keyword, a reserved word or just a name."""
    known = table
    if known is None:
        known = make_table()
    position = dict_find_interned(known, name)
    if position < 0:
        return Token.NAME
    return u32(small(entry_value(known, u32(position))))


@noinline
def make_table() -> Dict:
    """Fill the table."""
    global table
    made = dict_new(KEYWORDS)
    table = made
    for kind in range(Token.AND, Token.RESERVED):
        add(made, token_text(kind), kind)
    add(made, "as", Token.RESERVED)
    add(made, "assert", Token.RESERVED)
    add(made, "async", Token.RESERVED)
    add(made, "await", Token.RESERVED)
    add(made, "class", Token.RESERVED)
    add(made, "del", Token.RESERVED)
    add(made, "except", Token.RESERVED)
    add(made, "finally", Token.RESERVED)
    add(made, "from", Token.RESERVED)
    add(made, "global", Token.RESERVED)
    add(made, "import", Token.RESERVED)
    add(made, "is", Token.RESERVED)
    add(made, "nonlocal", Token.RESERVED)
    add(made, "raise", Token.RESERVED)
    add(made, "try", Token.RESERVED)
    add(made, "with", Token.RESERVED)
    add(made, "yield", Token.RESERVED)
    return made


def add(known: Dict, word: Text, kind: u32) -> None:
    """Add a word."""
    dict_put(known, Value(intern_text(word)), from_small(i64(kind)))
