"""Paths that mean one file on every system: a package can be unpacked anywhere, and nowhere do two of its files become one.

What Windows and macOS do to names is known here and nowhere else. `package.py` asks when it writes and when it reads.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MAXIMUM_NAME_BYTES = 255
"""Of one part of a path, in UTF-8: what common file systems take."""
MAXIMUM_PATH_BYTES = 1_024

_FORBIDDEN = frozenset('<>:"|?*')
"""Characters that Windows does not allow in names; `:` would name a stream of another file."""
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789\u00b9\u00b2\u00b3"]
)
"""Names that Windows takes for devices, in every folder and with every suffix."""


def unportable(path: str) -> str | None:
    """Why `path` is not a plain file's name on every system, in words; None when it is."""
    if len(path.encode()) > MAXIMUM_PATH_BYTES:
        return f"its path is longer than {MAXIMUM_PATH_BYTES} bytes"
    for part in path.split("/"):
        if len(part.encode()) > MAXIMUM_NAME_BYTES:
            return f"{part[:20]!r}... is longer than {MAXIMUM_NAME_BYTES} bytes"
        if found := _FORBIDDEN.intersection(part):
            return f"Windows allows no {min(found)!r} in names"
        if part.endswith((" ", ".")):
            return f"Windows drops the end of {part!r}"
        if part.partition(".")[0].rstrip(" ").casefold() in _DEVICES:
            return f"{part!r} is a device on Windows"
    return None


def collision(paths: Iterable[str]) -> tuple[str, str] | None:
    """Two of these different paths that some system takes for one, or one that is a file and another's folder."""
    spellings: dict[str, str] = {}
    files: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        parts = path.split("/")
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        files.add(path)
        folders.update(above)
        for spelled in (*above, path):
            known = spellings.setdefault(_folded(spelled), spelled)
            if known != spelled or (spelled in files and spelled in folders):
                return known, path
    return None


def _folded(path: str) -> str:
    """What two paths have in common that differ in case or in how their characters are composed only."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())
