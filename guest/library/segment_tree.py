"""A radix tree over segments: the labels of hosts from right to left, or the segments of paths.

A pattern is a tuple of steps, each a string with a mark in front: a literal segment, any one segment, or the rest (one segment
or more, only at the end). Precedence is decided from left to right, literal over any over rest, so the first pattern that a
search in this order meets is the most specific one. The tree is made once from the sorted patterns. Every node stands for
one beginning of patterns, so a search visits it once at most; links to the parents lead back, and no stack is needed.

    /users/{id}/posts     root - users - any - posts        a node: parent | kind | literal children: first, how many
    /users/me                      |- me                            | any child | pattern of the rest | pattern that ends here
"""

from enum import IntEnum

from guest.compiler.language import Array, Object, Text, Value, cast, i32, span, u32, u64
from guest.heap.spans import span_after, span_compare
from guest.library.sorting import sorted_positions
from guest.meter.costs import ELEMENT
from guest.meter.fuel import charge
from guest.values.charges import VALUE_BYTES, charge_bytes, charge_items, charge_product
from guest.values.describe import say_repr
from guest.values.failure import say, stop
from guest.values.text import Str, concatenate, str_equal, str_from_char, substring_bytes
from guest.values.tuple import Tuple

NONE_THERE: u32 = 0xFFFFFFFF  # no such node or pattern
ROOT = 0
NODE_WORDS = 7


class Step(IntEnum):
    """What a step of a pattern takes in: its mark, in the order of precedence."""

    LITERAL = 0x61
    ANY = 0x62
    REST = 0x63


class Field(IntEnum):
    """The words of a node."""

    PARENT = 0
    KIND = 1  # the step that leads here from the parent
    FIRST = 2  # of the children by literal segments, which stand in the order of their labels
    COUNT = 3
    ANY = 4
    REST = 5
    PATTERN = 6


class SegmentTree(Object):
    """NODE_WORDS words for each node, in breadth-first order, and the labels of those that a literal segment leads to."""

    nodes: Array[u32]
    labels: Array[Value]


class Segments(Object):
    """What is looked up: `count` segments of a text, by the offsets where each begins and ends."""

    text: Str
    count: u32
    bounds: Array[u32]


def segments_new(text: Str, capacity: u32) -> Segments:
    """No segments of a text, with room for so many."""
    charge_items(capacity)
    return Segments(text=text, count=0, bounds=Array[u32](2 * capacity))


def add_segment(segments: Segments, start: u32, end: u32) -> None:
    """Append a segment, for which there is room."""
    at = 2 * segments.count
    segments.bounds[at] = start
    segments.bounds[at + 1] = end
    segments.count += 1


def make_step(kind: u32, segment: Str) -> Value:
    """A step of a pattern; the segment is empty unless it is literal."""
    step = concatenate(str_from_char(kind), segment)
    return Value(step)


# Making a tree.


class Making(Object):
    """A tree in the making: sorted patterns, and by node the patterns that begin as it does."""

    patterns: Array[Value]  # tuples of steps
    order: Array[u32]  # their numbers in ascending order
    tree: SegmentTree
    first: Array[u32]  # by node: positions in `order`
    end: Array[u32]
    depth: Array[u32]  # by node
    count: u32  # of nodes
    unique: bool  # whether two patterns that match the same are an error; else the first one counts


def build_tree(patterns: Array[Value], names: Array[Value], function: Text, unique: bool) -> SegmentTree:
    """The tree of patterns, tuples of steps; if they must be unique, an error of the function names two that match the same."""
    total: u64 = 1
    for i in range(len(patterns)):
        total += u64(len(cast(Tuple, patterns[i]).items))
    charge_product(total, (NODE_WORDS + 3) * 4 + VALUE_BYTES)
    order = sorted_positions(patterns, False)
    most = u32(total)
    tree = SegmentTree(nodes=Array[u32](NODE_WORDS * most), labels=Array[Value](most))
    making = Making(
        patterns=patterns,
        order=order,
        tree=tree,
        first=Array[u32](most),
        end=Array[u32](most),
        depth=Array[u32](most),
        count=0,
        unique=unique,
    )
    add_node(making, NONE_THERE, Step.LITERAL, 0, len(patterns), 0)
    node: u32 = ROOT
    while node < making.count:
        fill_node(making, node, names, function)
        node += 1
    return trimmed(tree, making.count)


def trimmed(tree: SegmentTree, count: u32) -> SegmentTree:
    """The tree without what was reserved for more nodes."""
    charge_product(u64(count), NODE_WORDS * 4 + VALUE_BYTES)
    nodes = Array[u32](NODE_WORDS * count)
    labels = Array[Value](count)
    for i in range(NODE_WORDS * count):
        nodes[i] = tree.nodes[i]
    for i in range(count):
        labels[i] = tree.labels[i]
    return SegmentTree(nodes=nodes, labels=labels)


def add_node(making: Making, parent: u32, kind: u32, first: u32, end: u32, depth: u32) -> u32:
    """Append a node for the patterns between two positions, whose first `depth` steps are equal; its number."""
    node = making.count
    making.count = node + 1
    making.first[node] = first
    making.end[node] = end
    making.depth[node] = depth
    nodes = making.tree.nodes
    for i in range(NODE_WORDS):
        nodes[NODE_WORDS * node + i] = NONE_THERE
    nodes[NODE_WORDS * node + Field.PARENT] = parent
    nodes[NODE_WORDS * node + Field.KIND] = kind
    nodes[NODE_WORDS * node + Field.COUNT] = 0
    return node


def fill_node(making: Making, node: u32, names: Array[Value], function: Text) -> None:
    """Append the children of a node, and say which pattern ends there."""
    depth = making.depth[node]
    at = making.first[node]
    end = making.end[node]
    base = NODE_WORDS * node
    # A shorter tuple sorts before those that it begins.
    if at < end and steps_of(making, at) == depth:
        refuse_double(making, at, at + 1 < end and steps_of(making, at + 1) == depth, names, function)
        making.tree.nodes[base + Field.PATTERN] = making.order[at]
        at += 1
        while at < end and steps_of(making, at) == depth:
            charge(ELEMENT)
            at += 1
    while at < end:
        step = step_of(making, at, depth)
        after = at + 1
        charge(ELEMENT)
        while after < end and str_equal(step_of(making, after, depth), step):
            charge(ELEMENT)
            after += 1
        kind = step.data[0]
        if kind == Step.REST:
            refuse_double(making, at, after > at + 1, names, function)
            making.tree.nodes[base + Field.REST] = making.order[at]
        else:
            child = add_node(making, node, kind, at, after, depth + 1)
            nodes = making.tree.nodes
            if kind == Step.ANY:
                nodes[base + Field.ANY] = child
            else:
                if nodes[base + Field.COUNT] == 0:
                    nodes[base + Field.FIRST] = child
                nodes[base + Field.COUNT] += 1
                step = step_of(making, at, depth)
                label = substring_bytes(step, 1, len(step.data))
                making.tree.labels[child] = Value(label)
        at = after


def steps_of(making: Making, position: u32) -> u32:
    """How many steps the pattern at a position of the order has."""
    return len(cast(Tuple, making.patterns[making.order[position]]).items)


def step_of(making: Making, position: u32, depth: u32) -> Str:
    """Step number `depth` of the pattern at a position of the order."""
    return cast(Str, cast(Tuple, making.patterns[making.order[position]]).items[depth])


def refuse_double(making: Making, position: u32, double: bool, names: Array[Value], function: Text) -> None:
    """If it is so and must not be, refuse that a pattern and the next one in the order match the same."""
    if not double or not making.unique:
        return
    say(function)
    say(": ")
    say_repr(names[making.order[position]])
    say(" and ")
    say_repr(names[making.order[position + 1]])
    say(" match the same")
    stop()


# Looking up.


def find_pattern(tree: SegmentTree, segments: Segments) -> u32:
    """The number of the most specific pattern that matches all segments; NONE_THERE if none does."""
    nodes = tree.nodes
    count = segments.count
    node: u32 = ROOT
    depth: u32 = 0
    while True:
        charge(ELEMENT)
        base = NODE_WORDS * node
        if depth == count:
            if nodes[base + Field.PATTERN] != NONE_THERE:
                return nodes[base + Field.PATTERN]
        else:
            child = find_literal(tree, node, segments, depth)
            if child == NONE_THERE and is_filled(segments, depth):
                child = nodes[base + Field.ANY]
            if child != NONE_THERE:
                node = child
                depth += 1
                continue
            if nodes[base + Field.REST] != NONE_THERE:
                return nodes[base + Field.REST]
        # A dead end: back to the nearest node that has a less specific way on.
        child = NONE_THERE
        while child == NONE_THERE:
            if node == ROOT:
                return NONE_THERE
            charge(ELEMENT)
            kind = nodes[NODE_WORDS * node + Field.KIND]
            node = nodes[NODE_WORDS * node + Field.PARENT]
            depth -= 1
            if kind == Step.LITERAL and is_filled(segments, depth):
                child = nodes[NODE_WORDS * node + Field.ANY]
            if child == NONE_THERE and nodes[NODE_WORDS * node + Field.REST] != NONE_THERE:
                return nodes[NODE_WORDS * node + Field.REST]
        node = child
        depth += 1


def is_filled(segments: Segments, index: u32) -> bool:
    """Whether a segment is not empty: only such a one is taken in by a step for any one segment."""
    return segments.bounds[2 * index] != segments.bounds[2 * index + 1]


def find_literal(tree: SegmentTree, node: u32, segments: Segments, index: u32) -> u32:
    """The child of a node by a literal segment; NONE_THERE if there is none."""
    base = NODE_WORDS * node
    low = tree.nodes[base + Field.FIRST]
    high = low + tree.nodes[base + Field.COUNT]
    start = segments.bounds[2 * index]
    n = segments.bounds[2 * index + 1] - start
    while low < high:
        middle = low + (high - low) // 2
        order = compare_label(cast(Str, tree.labels[middle]), segments.text, start, n)
        if order == 0:
            return middle
        if order < 0:
            low = middle + 1
        else:
            high = middle
    return NONE_THERE


def compare_label(label: Str, text: Str, start: u32, n: u32) -> i32:
    """How a label compares with `n` bytes of a text."""
    m = len(label.data)
    shorter = min(n, m)
    charge_bytes(shorter)
    assert start + n <= len(text.data)
    order = span_compare(span(label.data), span_after(span(text.data), start), shorter)
    if order != 0 or n == m:
        return order
    return -1 if m < n else 1
