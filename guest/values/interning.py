"""The interned strings: for every name in a program, one object.

Relies on text. Everything that names something (dict keys, attributes, globals) relies on one promise made here: two
interned strings are equal exactly if they are the same pointer. Dicts rely on one more, which the machine keeps: every
document is decoded and every module compiled before the first of them runs, so no name is added once there are dicts
with computed keys; where one is, `machine/late_names.py` makes up for it.
"""

from guest.compiler.language import UNDEFINED, Array, Span, Text, Value, cast, inline, span, u32
from guest.heap.spans import span_equal
from guest.heap.state import is_interned, set_interned
from guest.meter.costs import FREE_PROBES, PROBE
from guest.meter.fuel import charge
from guest.values import text
from guest.values.text import ASCII, Str, new_str, str_from_text, str_hash

INITIAL_TABLE = 1024  # slots; a power of two

# The strings by open addressing: a power of two of slots, at most half of them in use. It grows only while a bundle
# loads; evaluations look up, and find everything that any program of the bundle names.
interned: Array[Value] | None = None
interned_count: u32 = 0


@inline
def first_slot(hash: u32, mask: u32) -> u32:
    """Where the search for a hash begins: its high bits are folded in, so that a small table sees all of them."""
    return (hash ^ hash >> 15) & mask


def find_interned(content: Span, n: u32, hash: u32) -> Str | None:
    """The interned string of this content, if any program names it. Probes beyond the free ones are charged."""
    table = interned
    if table is None:
        return None
    mask = len(table) - 1
    at = first_slot(hash, mask)
    probes: u32 = 0
    while True:
        entry = table[at]
        if entry == UNDEFINED:
            return None
        candidate = cast(Str, entry)
        if (
            candidate.hash == hash
            and len(candidate.data) == n
            and span_equal(span(candidate.data), content, n)
        ):
            return candidate
        at = (at + 1) & mask
        probes += 1
        if probes > FREE_PROBES:
            charge(PROBE)


def shared(s: Str) -> Str:
    """The interned string of this content if any program names it, else the string itself. At any time: nothing is added."""
    if is_interned(s):
        return s
    found = find_interned(span(s.data), len(s.data), str_hash(s))
    return s if found is None else found


def intern(s: Str) -> Str:
    """The one string of this content in the table; `s` itself becomes it if there was none. Only while loading."""
    global interned_count
    if is_interned(s):
        return s
    hash = str_hash(s)
    found = find_interned(span(s.data), len(s.data), hash)
    if found is not None:
        return found
    table = room_for_one()
    add_to_table(table, s)
    set_interned(s)
    interned_count += 1
    return s


def intern_text(name: Text) -> Str:
    """The interned string of a static text."""
    return intern(str_from_text(name))


def room_for_one() -> Array[Value]:
    """The table, grown if one more string would fill more than half of it."""
    global interned
    table = interned
    if table is None:
        table = Array[Value](INITIAL_TABLE)
        interned = table
        return table
    size = len(table)
    if (interned_count + 1) * 2 <= size:
        return table
    larger = Array[Value](2 * size)
    for i in range(size):
        entry = table[i]
        if entry != UNDEFINED:
            add_to_table(larger, cast(Str, entry))
    interned = larger
    return larger


def add_to_table(table: Array[Value], s: Str) -> None:
    """Put a string that the table does not hold into its slot."""
    mask = len(table) - 1
    at = first_slot(s.hash, mask)
    while table[at] != UNDEFINED:
        at = (at + 1) & mask
    table[at] = Value(s)


def prepare_characters() -> None:
    """Make the strings of one ASCII character. Called once, at boot."""
    table = Array[Value](ASCII)
    for code in range(ASCII):
        one = new_str(1, 1)
        one.data[0] = code
        table[code] = Value(intern(one))
    text.characters = table
