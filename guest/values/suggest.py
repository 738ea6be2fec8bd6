"""Suggestions: the known name that is nearest to one that is not known, for error messages.

Relies on text. Nearest means the fewest characters inserted, deleted, replaced or exchanged with their neighbour.
"""

from guest.compiler.language import Array, Text, cast, noinline, u32
from guest.meter.fuel import charge
from guest.values.failure import say, say_str
from guest.values.text import Str
from guest.values.tuple import Tuple

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


def nearest_name(name: Str, names: Tuple) -> Str | None:
    """The name with the fewest edits, the first of several; None if all need more than a third of its letters."""
    best: Str | None = None
    n = len(name.data)
    allowed = (n + 2) // 3 if n > 1 else 0
    for i in range(len(names.items)):
        candidate = names.items[i]
        if isinstance(candidate, Str):
            other = cast(Str, candidate)
            edits = edit_distance(name, other, allowed)
            if edits <= allowed:
                best = other
                if edits == 0:
                    return best
                allowed = edits - 1
    return best


def edit_distance(a: Str, b: Str, limit: u32) -> u32:
    """The number of edits between two names; `limit + 1` if there are more, or if a name is long."""
    n = len(a.data)
    m = len(b.data)
    if n > MAX_NAME or m > MAX_NAME or max(n, m) - min(n, m) > limit:
        return limit + 1
    charge(NAMES_PER_UNIT)
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
            x = a.data[i - 1]
            y = b.data[j - 1]
            cost = rows[above + j - 1] + u32(x != y)
            cost = min(cost, rows[above + j] + 1)
            cost = min(cost, rows[row + j - 1] + 1)
            if i > 1 and j > 1 and x == b.data[j - 2] and y == a.data[i - 2]:
                cost = min(cost, rows[two_above + j - 2] + 1)
            rows[row + j] = cost
    return rows[n % 3 * width + m]
