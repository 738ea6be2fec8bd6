"""How the scripts that generate tables write them: numbers as Guest Python source."""

from __future__ import annotations

from collections.abc import Iterable

LINE_WIDTH = 108


def wrapped(cells: Iterable[str]) -> str:
    """Cells separated by commas, in indented lines of bounded width."""
    lines = [""]
    for cell in cells:
        piece = cell + ", "
        if len(lines[-1]) + len(piece) > LINE_WIDTH - 4:
            lines.append("")
        lines[-1] += piece
    return "\n".join("    " + line.rstrip() for line in lines) + "\n"
