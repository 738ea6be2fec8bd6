"""The built-ins `host` and `host_table`: sets of host patterns, and values of host patterns.

`req.host in host("example.com", "*.example.com")`, `host_table({"*.example.com": "tenants"}).get(req.host)`. The most
specific pattern decides: a whole host over a star, and of stars the one with more labels. `host_names.py` says what hosts
and patterns are.
"""

from guest.compiler.language import UNDEFINED, Array, Object, Text, Value, cast, inline, registered, u32
from guest.heap.value import NONE, from_bool
from guest.heap.views import Registers, register
from guest.library.arguments import tuple_argument, wrong_operand
from guest.library.host_names import host_steps, split_host
from guest.library.pattern_tables import entries_of, found, names_of_two, value_or_default
from guest.library.segment_tree import NONE_THERE, SegmentTree, build_tree, find_pattern
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_text
from guest.values.charges import charge_items
from guest.values.hash import hash_value
from guest.values.repr import repr_into
from guest.values.text import Str, str_equal
from guest.values.tuple import Tuple

HASH_MARK = 0x85EBCA6B  # so that a set of hosts and the tuple of its patterns have different hashes


class Hosts(Object):
    """A set of host patterns, as they were given."""

    patterns: Tuple
    tree: SegmentTree


class HostTable(Object):
    """Host patterns as they were given, and their values."""

    patterns: Array[Value]
    values: Array[Value]
    tree: SegmentTree
    names: Tuple  # of the fields of what `match` gives


@registered("builtin", "host(*patterns)")
def builtin_host(arguments: Registers) -> Value:
    """The set of the hosts that one of the patterns matches."""
    count = len(tuple_argument(arguments, 0).items)
    charge_items(count)
    names = Array[Value](count)
    for i in range(count):
        names[i] = tuple_argument(arguments, 0).items[i]
    tree = build_tree(steps_of_all("host", names), names, "host", False)
    return Value(Hosts(patterns=tuple_argument(arguments, 0), tree=tree))


@registered("builtin", "host_table(entries, /)")
def builtin_host_table(arguments: Registers) -> Value:
    """A table from host patterns to values."""
    entries = entries_of(register(arguments, 0), "host_table")
    count = len(entries) // 2
    charge_items(2 * count)
    patterns = Array[Value](count)
    values = Array[Value](count)
    for i in range(count):
        patterns[i] = entries[2 * i]
        values[i] = entries[2 * i + 1]
    tree = build_tree(steps_of_all("host_table", patterns), patterns, "host_table", True)
    return Value(
        HostTable(patterns=patterns, values=values, tree=tree, names=names_of_two("pattern", "value"))
    )


def steps_of_all(function: Text, patterns: Array[Value]) -> Array[Value]:
    """The steps of patterns that must be texts, or a rule error of the function."""
    charge_items(len(patterns))
    all = Array[Value](len(patterns))
    for i in range(len(patterns)):
        charge(ELEMENT)
        pattern = patterns[i]
        if not isinstance(pattern, Str):
            wrong_operand(function, pattern, "string as a pattern")
        steps = host_steps(function, cast(Str, pattern))
        all[i] = Value(steps)
    return all


def find_host(tree: SegmentTree, item: Value, function: Text) -> u32:
    """The number of the pattern that matches a host best; NONE_THERE if none does."""
    if not isinstance(item, Str):
        wrong_operand(function, item, "string")
    labels = split_host(cast(Str, item))
    return NONE_THERE if labels.count == 0 else find_pattern(tree, labels)


@registered("method", "host.match(host, /)")
def host_match(arguments: Registers) -> Value:
    """Whether one of the patterns matches a host."""
    tree = cast(Hosts, register(arguments, 0)).tree
    return from_bool(find_host(tree, register(arguments, 1), "match") != NONE_THERE)


@registered("method", "host.find(host, /)")
def host_find(arguments: Registers) -> Value:
    """The most specific pattern that matches a host; None if none does."""
    number = find_host(cast(Hosts, register(arguments, 0)).tree, register(arguments, 1), "find")
    return NONE if number == NONE_THERE else cast(Hosts, register(arguments, 0)).patterns.items[number]


@registered("attribute", "host.patterns")
def host_patterns(arguments: Registers) -> Value:
    """The patterns as they were given."""
    return Value(cast(Hosts, register(arguments, 0)).patterns)


@inline
def receiver_table(arguments: Registers) -> HostTable:
    """The table whose method is called."""
    return cast(HostTable, register(arguments, 0))


@registered("method", "host_table.get(host, /, default?)")
def host_table_get(arguments: Registers) -> Value:
    """The value of the most specific pattern that matches a host; else the default (None)."""
    return value_or_default(
        value_of_host(receiver_table(arguments), register(arguments, 1), "get"), arguments
    )


@registered("method", "host_table.match(host, /)")
def host_table_match(arguments: Registers) -> Value:
    """The most specific pattern that matches a host and its value: a struct `pattern`, `value`; None if none does."""
    number = find_host(receiver_table(arguments).tree, register(arguments, 1), "match")
    if number == NONE_THERE:
        return NONE
    table = receiver_table(arguments)
    return found(table.names, table.patterns[number], table.values[number])


def value_of_host(table: HostTable, item: Value, function: Text) -> Value:
    """The value of the most specific pattern that matches a host; UNDEFINED if none does."""
    values = table.values
    number = find_host(table.tree, item, function)
    return UNDEFINED if number == NONE_THERE else values[number]


# What operators do with sets of hosts.


def contains_host(tree: SegmentTree, item: Value) -> bool:
    """`host in ...`: whether a pattern of a tree matches."""
    return find_host(tree, item, "in") != NONE_THERE


def hash_hosts(set: Hosts) -> u32:
    """The hash of a set is made from its patterns'."""
    return hash_value(Value(set.patterns)) ^ HASH_MARK


def same_hosts(a: Hosts, b: Hosts) -> bool:
    """Whether two sets have the same patterns, in the same order."""
    count = len(a.patterns.items)
    if count != len(b.patterns.items):
        return False
    charge_items(count)
    for i in range(count):
        if not str_equal(cast(Str, a.patterns.items[i]), cast(Str, b.patterns.items[i])):
            return False
    return True


def repr_hosts(b: Builder, set: Hosts) -> None:
    """Append the call that makes the set."""
    add_text(b, "host(")
    for i in range(len(set.patterns.items)):
        if i != 0:
            add_text(b, ", ")
        charge(ELEMENT)
        repr_into(b, set.patterns.items[i])
    add_text(b, ")")
