"""Dominators and retained sizes: against the definition on random graphs, and in time on shapes that are hard."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.heap.dominators import immediate_dominators, retained_sizes

Graph = list[list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 12))
    node = st.integers(0, count - 1)
    return draw(st.lists(st.lists(node, max_size=4), min_size=count, max_size=count))


def reachable(graph: Graph, root: int, without: int = -1) -> set[int]:
    """What paths from the root lead to that avoid a node."""
    if root == without:
        return set()
    found, pending = {root}, [root]
    while pending:
        for target in graph[pending.pop()]:
            if target not in found and target != without:
                found.add(target)
                pending.append(target)
    return found


def dominators_by_definition(graph: Graph, root: int) -> dict[int, set[int]]:
    """For each node that is reached, those without which it would not be."""
    reached = reachable(graph, root)
    dominators: dict[int, set[int]] = {node: set() for node in reached}
    for node in reached:
        for lost in reached - reachable(graph, root, without=node):
            dominators[lost].add(node)
    return dominators


@settings(max_examples=400, deadline=None)
@given(graphs())
def test_the_nearest_node_that_all_paths_go_through(graph: Graph) -> None:
    expected = dominators_by_definition(graph, 0)
    found = immediate_dominators(graph, 0)
    for node, above in enumerate(found):
        if node not in expected:
            assert above == -1
        elif node == 0:
            assert above == 0
        else:
            # The nearest proper dominator is the one that all the others dominate.
            assert expected[node] - {node} == expected[above]


@settings(max_examples=200, deadline=None)
@given(graphs(), st.data())
def test_retained_is_what_goes_with_a_node(graph: Graph, data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 100), min_size=len(graph), max_size=len(graph)))
    retained = retained_sizes(immediate_dominators(graph, 0), sizes, 0)
    reached = reachable(graph, 0)
    for node in reached:
        lost = reached - reachable(graph, 0, without=node)
        assert retained[node] == sum(sizes[each] for each in lost)


def test_chains_rings_and_ladders_of_a_hundred_thousand_nodes() -> None:
    count = 100_000
    ring = [[(node + 1) % count, (node - 1) % count] for node in range(count)]
    # A chain of diamonds: the worst case of methods that walk up the tree.
    ladder = [[min(node + 1, count - 1), min(node + 2, count - 1)] for node in range(count)]
    started = time.monotonic()
    assert immediate_dominators(ring, 0)[count // 2] == 0
    assert immediate_dominators(ladder, 0)[count - 1] == 0
    chain = [[node + 1] for node in range(count - 1)] + [[]]
    assert retained_sizes(immediate_dominators(chain, 0), [1] * count, 0)[0] == count
    assert time.monotonic() - started < 20
