"""The file that somebody meant: the nearest name in the folder of a path that leads nowhere.

Errors about bundles, packages, keys and files of events end with it.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path


def names_in(folder: Path) -> list[str]:
    """What is in a folder, sorted; nothing where there is none."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def nearest(path: str | os.PathLike[str]) -> Path | None:
    """The file or folder beside `path` whose name is most like its; None if none is like it, or if `path` is there."""
    wanted = Path(path)
    if wanted.exists():
        return None
    others = [name for name in names_in(wanted.parent) if name != wanted.name]
    near = difflib.get_close_matches(wanted.name, others, n=1)
    return wanted.with_name(near[0]) if near else None


def meant(path: str | os.PathLike[str], otherwise: str) -> str:
    """`Did you mean 'x'?`, or what to say where no name is near."""
    near = nearest(path)
    return otherwise if near is None else f"Did you mean {str(near)!r}?"
