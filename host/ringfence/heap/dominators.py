"""Dominators of a graph: for every node, the nearest one through which all paths from the root lead to it.

In a heap, the dominator of an object is what keeps it alive alone: if that goes, so does the object. Lengauer and Tarjan's
algorithm with path compression, without recursion: O(m log n) for any shape of graph, a ring of a million included.
"""

from __future__ import annotations

from collections.abc import Sequence


def immediate_dominators(successors: Sequence[Sequence[int]], root: int) -> list[int]:
    """The immediate dominator of each node; that of the root is itself, and that of a node it does not reach is -1."""
    count = len(successors)
    order, parent, predecessors = _depth_first(successors, root)
    # From here on nodes are their places in depth-first order, in which a semidominator is a small number.
    semi = list(range(len(order)))
    label = list(range(len(order)))
    ancestor = [-1] * len(order)
    dominator = [0] * len(order)
    bucket: list[list[int]] = [[] for _ in order]
    for place in range(len(order) - 1, 0, -1):
        smallest = semi[place]
        for before in predecessors[place]:
            best = semi[_evaluate(before, ancestor, label, semi)]
            smallest = min(smallest, best)
        semi[place] = smallest
        bucket[smallest].append(place)
        above = parent[place]
        ancestor[place] = above
        for waiting in bucket[above]:
            best_label = _evaluate(waiting, ancestor, label, semi)
            dominator[waiting] = best_label if semi[best_label] < above else above
        bucket[above] = []
    for place in range(1, len(order)):
        if dominator[place] != semi[place]:
            dominator[place] = dominator[dominator[place]]
    result = [-1] * count
    for place, node in enumerate(order):
        result[node] = order[dominator[place]]
    return result


def _depth_first(
    successors: Sequence[Sequence[int]], root: int
) -> tuple[list[int], list[int], list[list[int]]]:
    """Nodes in the order of a depth-first search; then by place: the parent's place, and the predecessors' places."""
    place = [-1] * len(successors)
    order: list[int] = []
    parent: list[int] = []
    pending = [(root, 0)]
    while pending:
        node, above = pending.pop()
        if place[node] >= 0:
            continue
        here = place[node] = len(order)
        order.append(node)
        parent.append(above)
        pending += [(target, here) for target in reversed(successors[node]) if place[target] < 0]
    predecessors: list[list[int]] = [[] for _ in order]
    for here, node in enumerate(order):
        for target in successors[node]:
            predecessors[place[target]].append(here)
    return order, parent, predecessors


def _evaluate(node: int, ancestor: list[int], label: list[int], semi: list[int]) -> int:
    """The node of least semidominator on the path up to, but without, the root of the forest's tree; compresses that path."""
    if ancestor[node] < 0:
        return node
    path = []
    at = node
    while ancestor[ancestor[at]] >= 0:
        path.append(at)
        at = ancestor[at]
    for below in reversed(path):
        above = ancestor[below]
        if semi[label[above]] < semi[label[below]]:
            label[below] = label[above]
        ancestor[below] = ancestor[above]
    return label[node]


def retained_sizes(dominators: Sequence[int], sizes: Sequence[int], root: int) -> list[int]:
    """What would go if a node went: its own size and that of all that it dominates."""
    waiting = [0] * len(dominators)
    for node, above in enumerate(dominators):
        if node != root and above >= 0:
            waiting[above] += 1
    retained = list(sizes)
    leaves = [node for node, count in enumerate(waiting) if count == 0 and dominators[node] >= 0]
    while leaves:
        node = leaves.pop()
        if node == root:
            continue
        above = dominators[node]
        retained[above] += retained[node]
        waiting[above] -= 1
        if waiting[above] == 0:
            leaves.append(above)
    return retained
