"""The methods of patterns and tables: what they cost at most, and the shapes of what they give.

What a table gives is one of its values; what captures give is a struct of texts. A pattern
that is made for an event has no bound.
"""

from guest.compiler.language import Array, Value, cast, noinline, u64
from guest.library.glob import Glob
from guest.library.host_patterns import Hosts, HostTable
from guest.library.network_tables import CidrTable
from guest.library.path_patterns import PathPattern
from guest.library.regex.program import Regex
from guest.library.routes import Path, RouteTable
from guest.machine.bounds.amounts import larger, multiple, part, plus
from guest.machine.bounds.operators import Priced, priced, unknown
from guest.machine.bounds.pattern_weights import COPIED, finding_pattern, matching
from guest.machine.bounds.shapes import (
    NETWORKS,
    NOTHING,
    SCALAR,
    STR,
    STRUCT,
    TUPLE,
    Shape,
    container,
    joined,
    scalar,
    shape,
    shape_of,
)
from guest.values.text import Str, text_equal

NETWORK_WEIGHT: u64 = 16 * SCALAR


@noinline
def pattern_method(name: Str, s: Shape, text: Shape, default: Shape) -> Priced:
    """A method of a pattern, or of a table, that is known."""
    known = s.value
    if isinstance(known, Glob) and text_equal(name, "match"):
        return priced(matching(cast(Glob, known).regex, text.weight, False), scalar(NOTHING))
    if isinstance(known, Regex):
        return regex_method(name, cast(Regex, known), text)
    cost = plus(finding_pattern(known, text.weight), 8)
    if text_equal(name, "get"):
        return table_get(known, cost, default)
    if text_equal(name, "match"):
        return table_match(known, cost, text)
    if text_equal(name, "find") and isinstance(known, Hosts):
        patterns = shape_of(Value(cast(Hosts, known).patterns), 0)
        return priced(cost, shape(STR | NOTHING, patterns.weight))
    return unknown()


def regex_method(name: Str, regex: Regex, text: Shape) -> Priced:
    """A method of a regular expression."""
    if text_equal(name, "match") or text_equal(name, "search"):
        return priced(matching(regex, text.weight, False), scalar(NOTHING))
    copied = plus(part(text.weight, COPIED), 2)
    found = shape(STR | NOTHING, larger(text.weight, SCALAR))
    if text_equal(name, "find"):
        return priced(plus(matching(regex, text.weight, True), copied), found)
    if text_equal(name, "groups"):
        groups = u64(len(regex.names.items))
        weight = plus(multiple(plus(text.weight, SCALAR), groups), SCALAR)
        cost = plus(matching(regex, text.weight, True), multiple(copied, groups + 1))
        return priced(cost, container(TUPLE | NOTHING, STR, weight, groups, found))
    return unknown()


def values_of(known: Value) -> Shape:
    """Any value of a table."""
    if isinstance(known, CidrTable):
        return any_of(cast(CidrTable, known).values)
    if isinstance(known, HostTable):
        return any_of(cast(HostTable, known).values)
    return any_of(cast(RouteTable, known).values)


def any_of(values: Array[Value]) -> Shape:
    """Any of some constants."""
    result = scalar(NOTHING)
    for i in range(len(values)):
        each = shape_of(values[i], 1)
        result = each if i == 0 else joined(result, each)
    return result


def is_table(known: Value) -> bool:
    """Whether it is a table from patterns to values."""
    return isinstance(known, CidrTable) or isinstance(known, HostTable) or isinstance(known, RouteTable)


@noinline
def table_get_method(s: Shape, text: Shape, default: Shape) -> Priced:
    """`get` of what may be no dict."""
    return table_get(s.value, plus(finding_pattern(s.value, text.weight), 8), default)


def table_get(known: Value, cost: u64, default: Shape) -> Priced:
    """`get` of a table."""
    if not is_table(known):
        return unknown()
    return priced(cost, joined(values_of(known), default))


def table_match(known: Value, cost: u64, text: Shape) -> Priced:
    """`match` of hosts, of a path pattern, or of a table."""
    if isinstance(known, Hosts):
        return priced(cost, scalar(NOTHING))
    copied = plus(part(text.weight, COPIED), 2)
    if isinstance(known, Path):
        pattern = cast(Path, known).pattern
        return captured(cost, copied, text, u64(len(pattern.places)), u64(len(pattern.text.data)))
    if not is_table(known):
        return unknown()
    names: u64 = 0
    weight: u64 = 0
    if isinstance(known, RouteTable):
        patterns = cast(RouteTable, known).patterns
        for i in range(len(patterns)):
            pattern = cast(PathPattern, patterns[i])
            names = max(names, u64(len(pattern.places)))
            weight = max(weight, u64(len(pattern.text.data)))
    if isinstance(known, HostTable):
        weight = longest_of(cast(HostTable, known).patterns)
    captures = captured(cost, copied, text, names, weight)
    matched = NETWORKS if isinstance(known, CidrTable) else STR
    inside = joined(values_of(known), joined(captures.shape, shape(matched, weight + NETWORK_WEIGHT)))
    total = plus(plus(inside.weight, captures.shape.weight), weight + NETWORK_WEIGHT)
    return priced(captures.cost, container(STRUCT | NOTHING, STR, multiple(total, 2), 3, inside))


def longest_of(texts: Array[Value]) -> u64:
    """The longest of some texts."""
    longest: u64 = 0
    for i in range(len(texts)):
        if isinstance(texts[i], Str):
            longest = max(longest, u64(len(cast(Str, texts[i]).data)))
    return longest


def captured(cost: u64, copied: u64, text: Shape, names: u64, name_bytes: u64) -> Priced:
    """What a pattern captures of a path, a struct of texts; or None."""
    weight = plus(multiple(plus(text.weight, 2 * SCALAR), names), name_bytes + 2 * SCALAR)
    inside = shape(STR, plus(text.weight, SCALAR))
    return priced(
        plus(cost, multiple(copied, names + 1)), container(STRUCT | NOTHING, STR, weight, names, inside)
    )
