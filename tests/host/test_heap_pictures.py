"""What a heap is written as: JSON that keeps its form, DOT that parses, SVG that is XML and draws areas in proportion."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ringfence as rf
from ringfence.heap.heap import Heap
from ringfence.heap.treemap import Box, squarified

SOURCE = """
texts = {"a<b>&": ["quote \\" back \\\\ slash", "line\\nbreak", "\\x00\\x07", "ä" * 500]}
def decide(event):
    return texts
"""
GROUP = {"name": str, "objects": int, "bytes": int}
OBJECT = {
    "id": str,
    "type": str,
    "text": str,
    "bytes": int,
    "retained_bytes": int,
    "owner": str,
    "age": str,
    "dominator": (str, type(None)),
}


@pytest.fixture(scope="module")
def heap() -> Iterator[Heap]:
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": SOURCE})) as rules:
        yield rules.heap()


def check_row(row: dict[str, object], form: dict[str, type | tuple[type, ...]]) -> None:
    assert row.keys() == form.keys()
    for name, kind in form.items():
        assert isinstance(row[name], kind), name


def test_the_json_document_keeps_its_form(heap: Heap) -> None:
    document = json.loads(heap.to_json(graph=True))
    assert list(document) == [
        *("format", "scope", "fuel", "error", "bytes", "objects"),
        *("by_class", "by_module", "by_site", "allocated", "dominators", "graph"),
    ]
    assert document["format"] == "ringfence-heap-1" and document["scope"] == "image"
    assert document["fuel"] is None and document["error"] is None and document["allocated"] is None
    for table in ("by_class", "by_module", "by_site"):
        assert sum(row["bytes"] for row in document[table]) == document["bytes"]
        for row in document[table]:
            check_row(row, GROUP)
    ids = {node["id"] for node in document["graph"]}
    assert len(ids) == len(document["graph"]) == document["objects"]
    for node in document["graph"]:
        references = node.pop("references")
        check_row(node, OBJECT)
        assert all(step["to"] in ids and step["label"] for step in references)
        assert node["dominator"] is None or node["dominator"] in ids
    assert len(json.loads(heap.to_json(top=3))["by_class"]) == 3


STRING = r'"(?:[^"\\\n]|\\.)*"'
ATTRIBUTES = rf"\[\w+=(?:{STRING}|\w+)(?:, \w+=(?:{STRING}|\w+))*\]"
NODE = re.compile(rf"  (\w+) {ATTRIBUTES};")
EDGE = re.compile(rf"  (\w+) -> (\w+)(?: {ATTRIBUTES})?;")


def test_dot_is_a_graph_of_declared_nodes(heap: Heap) -> None:
    first, *lines, last, end = heap.to_dot(15).split("\n")
    assert (first, last, end) == ("digraph heap {", "}", "")
    nodes, edges = set(), []
    for line in lines:
        if line == "  rankdir=LR;":
            continue
        if edge := EDGE.fullmatch(line):
            edges.append(edge.groups())
        else:
            node = NODE.fullmatch(line)
            assert node is not None, line
            nodes.add(node[1])
    assert len([node for node in nodes if node.startswith("n") and node != "node"]) == 15
    assert edges and all(source in nodes and target in nodes for source, target in edges)
    # Every object hangs on its dominator or on its owner.
    assert {target for _, target in edges} >= {
        node for node in nodes if node.startswith("n") and node != "node"
    }


SPACE = "{http://www.w3.org/2000/svg}"


def test_svg_is_xml_and_stays_in_its_frame(heap: Heap) -> None:
    root = ElementTree.fromstring(heap.to_svg("a title with <&>"))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert "a title with <&>" in (root.findtext(f"{SPACE}text") or "")
    groups = root.findall(f"{SPACE}g")
    assert len(groups) > 20
    for group in groups:
        assert group.findtext(f"{SPACE}title")
        rect = group.find(f"{SPACE}rect")
        assert rect is not None
        x, y, w, h = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert -0.1 <= x <= x + w <= width + 0.2 and -0.1 <= y <= y + h <= height + 0.2


def test_an_event_without_objects_has_pictures_too() -> None:
    with rf.Runtime().load(rf.Bundle.from_sources({"main.star": SOURCE})) as rules:
        heap = rules.heap({"big": "x"}, at=0)
    assert heap.total_bytes == 0 and heap.objects == ()
    assert heap.to_dot().startswith("digraph")
    ElementTree.fromstring(heap.to_svg())
    assert json.loads(heap.to_json())["bytes"] == 0


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30), st.integers(20, 500), st.integers(20, 500))
def test_rectangles_fill_their_box_in_proportion(sizes: list[int], width: int, height: int) -> None:
    sizes.sort(reverse=True)
    boxes = squarified(sizes, Box(10, 20, width, height))
    for size, box in zip(sizes, boxes, strict=True):
        assert box.width * box.height == pytest.approx(size / sum(sizes) * width * height, rel=1e-6, abs=1e-6)
        assert box.x >= 10 - 1e-6 and box.x + box.width <= 10 + width + 1e-6
        assert box.y >= 20 - 1e-6 and box.y + box.height <= 20 + height + 1e-6
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            across = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
            down = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
            assert across < 1e-6 or down < 1e-6
