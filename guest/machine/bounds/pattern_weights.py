"""What matching costs at most: regular expressions and globs, hosts and paths, and tables of networks, hosts and routes.

Patterns are made while a bundle loads, so that all of them is known, but for the text that is to match. `weights.py` relies on it
for `in`, and `patterns.py` for the methods.
"""

from guest.compiler.language import Array, Value, cast, noinline, u32, u64
from guest.library.host_patterns import Hosts, HostTable
from guest.library.network_list import NOWHERE
from guest.library.network_tables import CidrTable
from guest.library.regex.instructions import WORDS
from guest.library.regex.program import Regex
from guest.library.routes import Path, RouteTable
from guest.library.segment_tree import NODE_WORDS, NONE_THERE, Field, SegmentTree
from guest.machine.bounds.amounts import UNKNOWN, multiple, part, plus
from guest.meter.costs import (
    COPY_BYTES_PER_UNIT,
    ITEMS_PER_UNIT,
    NUMBER_FORMAT,
    REGEX_BYTES_PER_UNIT,
    REGEX_STEPS_PER_UNIT,
    REGEX_WIDE_PER_UNIT,
    SCAN_BYTES_PER_UNIT,
)
from guest.meter.fuel import charge
from guest.values.text import Str

COPIED: u64 = COPY_BYTES_PER_UNIT
SLOT_BYTES = 8
STEPS_AT_CHARACTER: u64 = 6
"""Visits of an instruction of a pattern at one character of the text, at the most, besides its slots."""
HOST_UNITS: u64 = 48  # for the labels of a host, of which there are at most 127
MOST_DEPTH = 16  # levels of a tree from which on all nodes are visited
COMPARISONS: u64 = 33  # of labels at one node


@noinline
def matching(regex: Regex, text: u64, with_groups: bool) -> u64:
    """Looking for a match: by the automaton, if there is one; else, and for the place of it, by simulation."""
    by_automaton = plus(part(text, REGEX_BYTES_PER_UNIT), part(text, 2 * REGEX_WIDE_PER_UNIT))
    cost = plus(plus(by_automaton, part(text, SCAN_BYTES_PER_UNIT)), 4)
    if regex.automaton is not None and not with_groups:
        return cost
    instructions = u64(len(regex.code) // WORDS)
    slots = 2 * u64(len(regex.names.items)) + 6
    steps = multiple(plus(text, 2), instructions * (STEPS_AT_CHARACTER + slots))
    machine = part(instructions * slots * SLOT_BYTES, COPIED)
    return plus(cost, plus(part(steps, REGEX_STEPS_PER_UNIT), plus(machine, 8)))


@noinline
def searching(tree: SegmentTree) -> u64:
    """Looking for the most specific pattern: at each level at most two ways lead on, and each node is visited once."""
    count = u32(len(tree.nodes)) // NODE_WORDS
    charge(count)
    depths = Array[u32](count)
    deepest: u32 = 0
    longest: u64 = 0
    for i in range(count):
        parent = tree.nodes[NODE_WORDS * i + Field.PARENT]
        # Parents stand before their children.
        depths[i] = 0 if parent == NONE_THERE or parent >= i else depths[parent] + 1
        deepest = max(deepest, depths[i])
        label = tree.labels[i]
        if isinstance(label, Str):
            longest = max(longest, u64(len(cast(Str, label).data)))
    nodes = u64(count)
    if deepest < MOST_DEPTH:
        nodes = min(nodes, u64(2) << u64(deepest))
    return multiple(2 + COMPARISONS * (longest // COPIED), nodes) + 2


def splitting_path(text: u64) -> u64:
    """The segments of a path, decoded and resolved."""
    return plus(multiple(text, 2), 16)


def splitting_host(text: u64) -> u64:
    """The labels of a host, from right to left."""
    return plus(part(text, ITEMS_PER_UNIT), HOST_UNITS)


@noinline
def finding_network(table: CidrTable) -> u64:
    """The longest network that has an address: those around the nearest one, from the inside."""
    charge(table.count)
    depths = Array[u32](table.count)
    deepest: u32 = 0
    for i in range(table.count):
        around = table.enclosing[i]
        depths[i] = 1 if around == NOWHERE or around >= i else depths[around] + 1
        deepest = max(deepest, depths[i])
    return u64(NUMBER_FORMAT + deepest // ITEMS_PER_UNIT + 2)


@noinline
def finding_pattern(known: Value, text: u64) -> u64:
    """The pattern of a value that matches a text: `text in value`, and what its methods have in common."""
    if isinstance(known, Hosts):
        return plus(splitting_host(text), searching(cast(Hosts, known).tree))
    if isinstance(known, HostTable):
        return plus(splitting_host(text), searching(cast(HostTable, known).tree))
    if isinstance(known, Path):
        return plus(splitting_path(text), searching(cast(Path, known).tree))
    if isinstance(known, RouteTable):
        return plus(splitting_path(text), searching(cast(RouteTable, known).tree))
    if isinstance(known, CidrTable):
        return finding_network(cast(CidrTable, known))
    return UNKNOWN
