"""A heap as a picture: the tree of dominators as nested rectangles, whose areas are bytes, in one self-contained SVG.

The outermost rectangles are owners (files, the event); in them lie the objects that nothing dominates, in those what they
alone keep alive. Rectangles are laid out by the squarified method of Bruls, Huizing and van Wijk: rows are filled as
long as that makes the worst rectangle more like a square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from ringfence.heap.contents import clipped
from ringfence.heap.heap import Heap, HeapObject
from ringfence.limits import rounded_size

WIDTH, HEIGHT = 1200, 800
HEADING = 24
TITLE = 14
"""Height of the line that names a rectangle with others in it."""
MARGIN = 2
SMALLEST_SIDE = 6
"""Pixels below which nothing is drawn inside a rectangle."""
SMALLEST_SHARE = 1 / 400
"""What has less of its surrounding is drawn with others like it as one rectangle."""
CHARACTER_WIDTH = 6.2
DEEPEST = 12
LEGEND_SPACE = 22
"""Pixels of a legend's entry besides its word."""

COLORS = {
    "string": "#8ecae6",
    "dict": "#ffd166",
    "list": "#f4a261",
    "tuple": "#e9c46a",
    "set": "#e5989b",
    "struct": "#cdb4db",
    "function": "#a7c957",
    "code": "#6a994e",
    "module": "#dde5b6",
    "rule": "#bde0fe",
    "regex": "#c77dff",
    "internal": "#ced4da",
}
NAMED = ("code", "function", "module", "rule", "string")
"""Types that their colour tells well enough beside the object's name."""
OTHER_COLOR = "#dee2e6"
OWNER_COLOR = "#f8f9fa"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tile:
    """Something to be drawn: its name, what is shown when the mouse is over it, its bytes, and what lies in it."""

    name: str
    title: str
    size: int
    color: str
    object: HeapObject | None = None
    children: tuple[Tile, ...] = ()


def as_svg(heap: Heap, title: str = "") -> str:
    """The picture as SVG text."""
    heading = (
        f"{title or heap.scope.value}: {rounded_size(heap.total_bytes)} in {len(heap.objects):,} objects"
    )
    if heap.fuel is not None:
        heading += f", after {heap.fuel:,} units of fuel"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="4" y="16" font-size="14">{_text(heading)}</text>',
    ]
    _add_legend(heap, parts)
    _draw_all(heap, _owners(heap), Box(0, HEADING, WIDTH, HEIGHT - HEADING), parts, 0)
    return "\n".join([*parts, "</svg>", ""])


def _add_legend(heap: Heap, parts: list[str]) -> None:
    """The colours of the types that there are, from right to left."""
    x = float(WIDTH)
    for group in heap.by_class():
        if group.name not in COLORS:
            continue
        x -= CHARACTER_WIDTH * len(group.name) + LEGEND_SPACE
        parts.append(f'<rect x="{x:.1f}" y="7" width="10" height="10" fill="{COLORS[group.name]}"/>')
        parts.append(f'<text x="{x + 14:.1f}" y="16">{group.name}</text>')


def squarified(sizes: Sequence[int], box: Box) -> list[Box]:
    """A rectangle in `box` for each size, in proportion; sizes are positive and descending."""
    boxes: list[Box] = []
    scale = box.width * box.height / sum(sizes) if sizes else 0.0
    areas = [size * scale for size in sizes]
    at = 0
    while at < len(areas):
        side = min(box.width, box.height)
        end, total = at + 1, areas[at]
        while end < len(areas) and _worst(areas[at], areas[end], total + areas[end], side) <= _worst(
            areas[at], areas[end - 1], total, side
        ):
            total += areas[end]
            end += 1
        depth = total / side if side else 0.0
        along = 0.0
        for area in areas[at:end]:
            length = area / depth if depth else 0.0
            if box.width >= box.height:
                boxes.append(Box(box.x, box.y + along, depth, length))
            else:
                boxes.append(Box(box.x + along, box.y, length, depth))
            along += length
        if box.width >= box.height:
            box = Box(box.x + depth, box.y, max(box.width - depth, 0.0), box.height)
        else:
            box = Box(box.x, box.y + depth, box.width, max(box.height - depth, 0.0))
        at = end
    return boxes


def _worst(largest: float, smallest: float, total: float, side: float) -> float:
    """The ratio of sides of the worst rectangle of a row."""
    if not total or not smallest or not side:
        return float("inf")
    return max(side * side * largest / (total * total), total * total / (side * side * smallest))


def _owners(heap: Heap) -> list[Tile]:
    owned: dict[str, list[HeapObject]] = {}
    for found in heap.dominators():
        owned.setdefault(found.owner, []).append(found)
    tiles = []
    for owner, heads in owned.items():
        size = sum(head.retained for head in heads)
        children = _gathered([_tile(head) for head in heads], size)
        tiles.append(Tile(owner, f"{owner}\n{rounded_size(size)}", size, OWNER_COLOR, children=children))
    return sorted(tiles, key=lambda tile: -tile.size)


def _tile(found: HeapObject) -> Tile:
    title = f"{found}\n{rounded_size(found.size)}, retains {rounded_size(found.retained)}\n{found.owner}\n{found.id:#x}"
    color = COLORS.get(found.type, OTHER_COLOR)
    name = found.text if found.type in NAMED else str(found)
    return Tile(name, title, found.retained, color, found)


def _inside(heap: Heap, tile: Tile) -> tuple[Tile, ...]:
    """What is drawn in a tile: its children, or what its object dominates and the object itself."""
    if tile.object is None:
        return tile.children
    found = tile.object
    dominated = heap.dominated(found)
    if not dominated:
        return ()
    itself = Tile("itself", f"{found}, without the rest: {rounded_size(found.size)}", found.size, tile.color)
    return _gathered([itself, *(_tile(child) for child in dominated)], found.retained)


def _gathered(tiles: list[Tile], total: int) -> tuple[Tile, ...]:
    """Tiles in descending order, the small ones as one."""
    large = [tile for tile in tiles if tile.size >= total * SMALLEST_SHARE]
    small = len(tiles) - len(large)
    if small:
        rest = sum(tile.size for tile in tiles) - sum(tile.size for tile in large)
        large.append(Tile(f"{small} more", f"{small} more: {rounded_size(rest)}", rest, OTHER_COLOR))
    return tuple(sorted((tile for tile in large if tile.size > 0), key=lambda tile: -tile.size))


def _draw_all(heap: Heap, tiles: Sequence[Tile], box: Box, parts: list[str], depth: int) -> None:
    for tile, place in zip(tiles, squarified([tile.size for tile in tiles], box), strict=True):
        _draw(heap, tile, place, parts, depth)


def _draw(heap: Heap, tile: Tile, box: Box, parts: list[str], depth: int) -> None:
    parts.append(
        f"<g><title>{_text(tile.title)}</title>"
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'fill={quoteattr(tile.color)} stroke={quoteattr("#495057")} stroke-width="0.5"/>'
    )
    room = int(box.width / CHARACTER_WIDTH) - 1
    if room >= 3 and box.height >= TITLE:
        name = _text(clipped(tile.name, room))
        parts.append(f'<text x="{box.x + 3:.1f}" y="{box.y + TITLE - 3:.1f}">{name}</text>')
    parts.append("</g>")
    inner = Box(box.x + MARGIN, box.y + TITLE, box.width - 2 * MARGIN, max(box.height - TITLE - MARGIN, 0.0))
    if min(inner.width, inner.height) >= SMALLEST_SIDE and depth < DEEPEST:
        _draw_all(heap, _inside(heap, tile), inner, parts, depth + 1)


def _text(text: str) -> str:
    """Text for XML, which has no characters for most control codes."""
    return escape("".join(c if c.isprintable() or c == "\n" else "?" for c in text))
