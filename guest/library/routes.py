"""The built-ins `path` and `route_table`: one path pattern, and values of many.

`path("/users/{id}").match("/users/7").id` is `"7"`; `route_table({"/users/{id}": "accounts"}).match(req.path)` has the fields
`params`, `pattern` and `value`. Of the routes that match a path, the most specific one decides, whatever their order: at the
first segment where two differ, a literal is before a capture, and a capture before the rest. `path_patterns.py` says what
paths and patterns are.
"""

from guest.compiler.language import UNDEFINED, Array, Object, Text, Value, cast, inline, registered, u32
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.library.arguments import wrong_operand, wrong_type
from guest.library.path_patterns import PathPattern, captures_of, read_path_pattern, split_path
from guest.library.pattern_tables import entries_of, value_or_default
from guest.library.segment_tree import NONE_THERE, Segments, SegmentTree, build_tree, find_pattern
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_text
from guest.values.charges import charge_items
from guest.values.interning import shared
from guest.values.repr import repr_into
from guest.values.struct import struct_new
from guest.values.text import Str, str_equal, str_from_text, str_hash
from guest.values.tuple import Tuple, tuple_new

HASH_MARK = 0xC2B2AE35  # so that a path pattern and its text have different hashes


class Path(Object):
    """A path pattern, and the tree that has it alone."""

    pattern: PathPattern
    tree: SegmentTree


class RouteTable(Object):
    """Path patterns and their values."""

    patterns: Array[Value]  # PathPatterns
    values: Array[Value]
    tree: SegmentTree
    names: Tuple  # of the fields of what `match` gives: params, pattern, value


@registered("builtin", "path(pattern, /)")
def builtin_path(arguments: Registers) -> Value:
    """A path pattern; one that is made is itself."""
    given = register(arguments, 0)
    if isinstance(given, Path):
        return given
    if not isinstance(given, Str):
        wrong_type("path", "pattern", given, "string")
    pattern = read_path_pattern("path", cast(Str, given))
    steps = Array[Value](1)
    steps[0] = Value(pattern.steps)
    names = Array[Value](1)
    names[0] = register(arguments, 0)
    tree = build_tree(steps, names, "path", True)
    return Value(Path(pattern=pattern, tree=tree))


@registered("builtin", "route_table(entries, /)")
def builtin_route_table(arguments: Registers) -> Value:
    """A table from path patterns to values."""
    entries = entries_of(register(arguments, 0), "route_table")
    count = len(entries) // 2
    charge_items(4 * count)
    patterns = Array[Value](count)
    steps = Array[Value](count)
    texts = Array[Value](count)
    values = Array[Value](count)
    for i in range(count):
        charge(ELEMENT)
        pattern = pattern_of_key(entries[2 * i])
        patterns[i] = Value(pattern)
        steps[i] = Value(pattern.steps)
        texts[i] = Value(pattern.text)
        values[i] = entries[2 * i + 1]
    tree = build_tree(steps, texts, "route_table", True)
    names = tuple_new(3)
    name = shared(str_from_text("params"))
    names.items[0] = Value(name)
    name = shared(str_from_text("pattern"))
    names.items[1] = Value(name)
    name = shared(str_from_text("value"))
    names.items[2] = Value(name)
    return Value(RouteTable(patterns=patterns, values=values, tree=tree, names=names))


def pattern_of_key(key: Value) -> PathPattern:
    """The pattern that a key of a table is or is the text of."""
    if isinstance(key, Path):
        return cast(Path, key).pattern
    if not isinstance(key, Str):
        wrong_operand("route_table", key, "string or path as a key")
    return read_path_pattern("route_table", cast(Str, key))


def find_path(tree: SegmentTree, segments: Segments) -> u32:
    """The number of the most specific pattern that matches a path; NONE_THERE if none does."""
    return NONE_THERE if segments.count == 0 else find_pattern(tree, segments)


def segments_argument(item: Value, function: Text) -> Segments:
    """The segments of a value that must be a path."""
    if not isinstance(item, Str):
        wrong_operand(function, item, "string")
    return split_path(cast(Str, item))


@inline
def receiver_path(arguments: Registers) -> Path:
    """The pattern whose method is called."""
    return cast(Path, register(arguments, 0))


@registered("attribute", "path.pattern")
def path_pattern(arguments: Registers) -> Value:
    """The pattern as it was given."""
    return Value(receiver_path(arguments).pattern.text)


@registered("method", "path.match(path, /)")
def path_match(arguments: Registers) -> Value:
    """What the pattern captures of a path: a struct, which is true also without fields; None if it does not match."""
    segments = segments_argument(register(arguments, 1), "match")
    if find_path(receiver_path(arguments).tree, segments) == NONE_THERE:
        return NONE
    return Value(captures_of(receiver_path(arguments).pattern, segments))


@inline
def receiver_table(arguments: Registers) -> RouteTable:
    """The table whose method is called."""
    return cast(RouteTable, register(arguments, 0))


@registered("method", "route_table.get(path, /, default?)")
def route_table_get(arguments: Registers) -> Value:
    """The value of the most specific pattern that matches a path; else the default (None)."""
    return value_or_default(
        value_of_path(receiver_table(arguments), register(arguments, 1), "get"), arguments
    )


@registered("method", "route_table.match(path, /)")
def route_table_match(arguments: Registers) -> Value:
    """The most specific pattern that matches a path: a struct of its captures, its text and its value; None if none does."""
    segments = segments_argument(register(arguments, 1), "match")
    number = find_path(receiver_table(arguments).tree, segments)
    if number == NONE_THERE:
        return NONE
    captured = captures_of(cast(PathPattern, receiver_table(arguments).patterns[number]), segments)
    result = struct_new(receiver_table(arguments).names)
    table = receiver_table(arguments)
    result.fields[0] = Value(captured)
    result.fields[1] = Value(cast(PathPattern, table.patterns[number]).text)
    result.fields[2] = table.values[number]
    return Value(result)


def value_of_path(table: RouteTable, item: Value, function: Text) -> Value:
    """The value of the most specific pattern that matches a path; UNDEFINED if none does."""
    number = find_path(table.tree, segments_argument(item, function))
    return UNDEFINED if number == NONE_THERE else table.values[number]


# What operators do with path patterns.


def contains_path(tree: SegmentTree, item: Value) -> bool:
    """`path in ...`: whether a pattern of a tree matches."""
    return find_path(tree, segments_argument(item, "in")) != NONE_THERE


def hash_path(path: Path) -> u32:
    """The hash of a pattern is made from its text's."""
    return str_hash(path.pattern.text) ^ HASH_MARK


def same_path(a: Path, b: Path) -> bool:
    """Whether two patterns have the same text."""
    return str_equal(a.pattern.text, b.pattern.text)


def repr_path(b: Builder, path: Path) -> None:
    """Append the call that makes the pattern."""
    add_text(b, "path(")
    repr_into(b, Value(path.pattern.text))
    add_text(b, ")")
