"""A profile as a flame graph: collapsed stacks, speedscope's format, and a self-contained SVG.

Collapsed stacks are what Brendan Gregg's flamegraph.pl and most other viewers read; speedscope.app opens its own format. The
SVG has neither scripts nor references, and the names that it shows are escaped: they are a bundle's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from ringfence.profile.profile import Place, Profile

WIDTH = 1200
ROW = 18
"""Pixels of the picture's width, and of a frame's height."""
HEADING = 40
MARGIN = 10
SMALLEST_WIDTH = 0.4
"""Pixels below which a frame is not drawn."""
CHARACTER_WIDTH = 6.6
LEAST_LABELLED = 24
COLORS = ("#f4a261", "#e9c46a", "#ffd166", "#f6bd60", "#f7b267", "#f79d65")
OUTSIDE_COLOR = "#ced4da"
"""Of what is no function or line: reading the event, trying rules."""


def collapsed(profile: Profile) -> str:
    """One line a stack: its frames, outermost first, with `;` between them, and its units."""
    lines = (
        ";".join(place.label.replace(";", ",").replace("\n", " ") for place in stack) + f" {units}"
        for stack, units in profile.stacks.items()
    )
    return "".join(line + "\n" for line in sorted(lines))


def speedscope(profile: Profile, name: str) -> dict[str, Any]:
    """The profile as a document of https://www.speedscope.app/file-format-schema.json, weighted by units of fuel."""
    numbers: dict[Place, int] = {}
    samples = []
    for stack in profile.stacks:
        samples.append([numbers.setdefault(place, len(numbers)) for place in stack])
    frames = [
        {"name": place.label, "file": place.path, "line": place.line} if place.path else {"name": place.label}
        for place in numbers
    ]
    weights = list(profile.stacks.values())
    return {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "name": name,
        "exporter": "ringfence",
        "shared": {"frames": frames},
        "profiles": [
            {
                "type": "sampled",
                "name": f"{name}: {profile.events} events, units of fuel",
                "unit": "none",
                "startValue": 0,
                "endValue": sum(weights),
                "samples": samples,
                "weights": weights,
            }
        ],
    }


def speedscope_text(profile: Profile, name: str) -> str:
    """The same as a text."""
    return json.dumps(speedscope(profile, name)) + "\n"


@dataclass(slots=True)
class _Frame:
    """A frame of the tree of all stacks."""

    place: Place | None
    units: int = 0
    parts: dict[Place, _Frame] = field(default_factory=dict)


def _tree(profile: Profile) -> _Frame:
    root = _Frame(None)
    for stack, units in profile.stacks.items():
        root.units += units
        frame = root
        for place in stack:
            frame = frame.parts.setdefault(place, _Frame(place))
            frame.units += units
    return root


def svg(profile: Profile, title: str) -> str:
    """The flame graph as a picture: outermost at the top, widths are units of fuel; a tooltip tells each frame's."""
    root = _tree(profile)
    scale = (WIDTH - 2 * MARGIN) / max(root.units, 1)
    boxes = list(_boxes(root, MARGIN, 0, scale, max(root.units, 1)))
    rows = 1 + max((row for row, _ in boxes), default=0)
    height = HEADING + rows * ROW + MARGIN
    heading = escape(f"{title}: {root.units:,} units of fuel in {profile.events:,} events")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="monospace" font-size="11">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        f'<text x="{MARGIN}" y="24" font-size="14">{heading}</text>\n'
        + "".join(box + "\n" for _, box in boxes)
        + "</svg>\n"
    )


def _boxes(root: _Frame, left: float, row: int, scale: float, total: int) -> Iterator[tuple[int, str]]:
    """The rectangles of all frames, each with its row. Without recursion: stacks are as deep as a bundle makes them."""
    waiting = [(root, left, row)]
    while waiting:
        parent, at, depth = waiting.pop()
        for place, frame in sorted(parent.parts.items()):
            width = frame.units * scale
            if width >= SMALLEST_WIDTH:
                yield depth, _box(place, frame.units, at, width, HEADING + depth * ROW, total)
                waiting.append((frame, at, depth + 1))
            at += width


def _box(place: Place, units: int, x: float, width: float, y: int, total: int) -> str:
    label = escape(place.label)
    color = COLORS[sum(place.label.encode()) % len(COLORS)] if place.path else OUTSIDE_COLOR
    text = ""
    if width >= LEAST_LABELLED:
        fitting = int((width - 6) / CHARACTER_WIDTH)
        shown = place.label if len(place.label) <= fitting else place.label[: max(fitting - 2, 1)] + ".."
        text = f'<text x="{x + 3:.1f}" y="{y + 13}">{escape(shown)}</text>'
    return (
        f"<g><title>{label}: {units:,} units, {units / total:.1%}</title>"
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" fill="{color}"/>{text}</g>'
    )
