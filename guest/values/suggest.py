"""Suggestions: the known name that is nearest to one that is not known, for error messages.

Relies on text. Nearest means the fewest bytes inserted, deleted, replaced or exchanged with their neighbour;
the case of letters and underscores count for nothing.
"""

from guest.compiler.language import Array, Text, Value, cast, noinline, u32
from guest.meter.fuel import charge
from guest.values.describe import say_repr
from guest.values.dict import Dict, entry_key
from guest.values.failure import say, say_str
from guest.values.text import Str
from guest.values.tuple import Tuple

UNDERSCORE = 95
CAPITAL_A = 65
LETTERS = 26
CASE_BIT = 32
MAX_CANDIDATES = 1000  # keys of one dict that are compared
MAX_NAME = 32  # bytes; longer names are not compared
NAMES_PER_UNIT = 1  # a comparison of two names takes at most about a microsecond


@noinline
def say_suggestion(name: Str, names: Tuple, mark: Text = "") -> None:
    """Append ` (did you mean x?)` if a name of the tuple is near; `mark` stands before it, as the dot of attributes."""
    nearest = nearest_name(name, names)
    if nearest is not None:
        say(" (did you mean ")
        say(mark)
        say_str(nearest)
        say("?)")


def allowed_edits(name: Str) -> u32:
    """How far a name may be from another one to be taken for it: a third of its letters."""
    return (len(name.data) + 1) // 3


def nearest_name(name: Str, names: Tuple) -> Str | None:
    """The name with the fewest edits, the first of several; None if none is near enough."""
    best: Str | None = None
    limit = allowed_edits(name) + 1
    for i in range(len(names.items)):
        candidate = names.items[i]
        if isinstance(candidate, Str) and limit != 0:
            other = cast(Str, candidate)
            edits = edit_distance(name, other, limit - 1)
            if edits < limit:
                best = other
                limit = edits
    return best


@noinline
def say_nearest_key(name: Str, entries: Dict) -> None:
    """Append ` (did you mean "x"?)` if a key of a dict is near."""
    best, _ = nearer_key(name, entries, None, allowed_edits(name) + 1)
    if best is not None:
        say(" (did you mean ")
        say_repr(Value(best))
        say("?)")


def nearer_key(name: Str, entries: Dict, known: Str | None, known_limit: u32) -> tuple[Str | None, u32]:
    """The key of a dict with the fewest edits, if less than the limit, else the name that is known; and its edits."""
    best = known
    limit = known_limit
    for i in range(min(entries.used, u32(MAX_CANDIDATES))):
        key = entry_key(entries, i)
        if isinstance(key, Str) and limit != 0:
            other = cast(Str, key)
            edits = edit_distance(name, other, limit - 1)
            if edits < limit:
                best = other
                limit = edits
    return best, limit


def folded(name: Str) -> Array[u32]:
    """The bytes of a name without underscores, its ASCII letters small; the count is the last item."""
    n = len(name.data)
    bytes = Array[u32](n + 1)
    count: u32 = 0
    for i in range(n):
        byte = name.data[i]
        if byte != UNDERSCORE:
            bytes[count] = byte | CASE_BIT if byte - CAPITAL_A < LETTERS else byte
            count += 1
    bytes[n] = count
    return bytes


def edit_distance(a: Str, b: Str, limit: u32) -> u32:
    """The number of edits between two names, case and underscores aside; `limit + 1` if there are more, or if a name is long."""
    if len(a.data) > MAX_NAME or len(b.data) > MAX_NAME:
        return limit + 1
    charge(NAMES_PER_UNIT)
    x = folded(a)
    y = folded(b)
    n = x[len(a.data)]
    m = y[len(b.data)]
    if max(n, m) - min(n, m) > limit:
        return limit + 1
    # Three rows of the table of distances between the beginnings of both names.
    width = m + 1
    rows = Array[u32](3 * width)
    for j in range(width):
        rows[j] = j
    for i in range(1, n + 1):
        row = i % 3 * width
        above = (i + 2) % 3 * width
        two_above = (i + 1) % 3 * width
        rows[row] = i
        for j in range(1, width):
            cost = rows[above + j - 1] + u32(x[i - 1] != y[j - 1])
            cost = min(cost, rows[above + j] + 1)
            cost = min(cost, rows[row + j - 1] + 1)
            if i > 1 and j > 1 and x[i - 1] == y[j - 2] and x[i - 2] == y[j - 1]:
                cost = min(cost, rows[two_above + j - 2] + 1)
            rows[row + j] = cost
    return rows[n % 3 * width + m]
