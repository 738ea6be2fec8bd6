"""Reads a bundle's folder, which is untrusted: regular files only, no symbolic link followed, everything bounded.

`contents.py` says which files count and how large they may be; `bundle.py` makes a bundle of what is read here.
"""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from ringfence import contents
from ringfence.contents import TESTS_FOLDER, Part, checked_path, largest, part_of
from ringfence.errors import BundleError
from ringfence.limits import format_size
from ringfence.manifest import MANIFEST_NAME, invalid
from ringfence.nearby import meant, names_in

_GIVE_A_BUNDLE = (
    f"Give the folder that holds {MANIFEST_NAME}, or a packed bundle; `ringfence init DIR` makes a new one."
)

MISSPELT = 0.8
"""How like `bundle.toml` a name must be to be taken for it: `bundel.toml` is, `ruff.toml` is not."""


def read_manifest(root: Path) -> bytes:
    """The bytes of `bundle.toml`; raises `BundleError` if `root` is no bundle's folder."""
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        raise BundleError(f"the bundle {str(root)!r} {what}", advice=meant(root, _GIVE_A_BUNDLE))
    if not (root / MANIFEST_NAME).is_file():
        raise BundleError(f"there is no {MANIFEST_NAME} in {str(root)!r}", advice=_where_it_is(root))
    return _read(root, MANIFEST_NAME)


def _where_it_is(root: Path) -> str:
    """What to do about a folder without a manifest: it may be misspelt, a folder below, or a folder above."""
    names = names_in(root)
    if MANIFEST_NAME in names:
        return f"{MANIFEST_NAME!r} is there, and is no file: put a file in its place, or give another folder."
    by_folded = {name.casefold(): name for name in names}
    if near := difflib.get_close_matches(MANIFEST_NAME, by_folded, n=1, cutoff=MISSPELT):
        return f"Rename {by_folded[near[0]]!r} to {MANIFEST_NAME}."
    for folder in (*(root / name for name in names), *root.resolve().parents):
        if (folder / MANIFEST_NAME).is_file():
            return f"Give the folder that holds one: {str(folder)!r}."
    return _GIVE_A_BUNDLE


def read_rules(root: Path) -> dict[str, bytes]:
    """Every `.star` outside `tests/` and every `.json` in `data/`, by their path in the bundle, sorted."""
    return _read_all(root, _walk(root, root), (Part.SOURCE, Part.DATA))


def read_tests(root: Path) -> dict[str, bytes]:
    """Every `.star` and `.jsonl` in `tests/`, by their path in the bundle, sorted."""
    if (root / TESTS_FOLDER).is_symlink():
        raise invalid("is a symbolic link; a bundle holds plain files only", TESTS_FOLDER)
    return _read_all(root, _walk(root, root / TESTS_FOLDER), (Part.TEST,))


def _walk(root: Path, top: Path) -> Iterator[str]:
    """The paths in the bundle of all files below `top`; those below `tests` only if that is the top."""
    seen = 0
    for folder, folders, names in os.walk(top, followlinks=False):
        relative = PurePosixPath(Path(folder).relative_to(root).as_posix())
        depth = len(relative.parts)
        if depth == 0 and TESTS_FOLDER in folders:
            folders.remove(TESTS_FOLDER)
        folders[:] = [name for name in folders if not name.startswith(".")]
        if depth >= contents.MAXIMUM_DEPTH and folders:
            raise invalid(f"folders are nested deeper than {contents.MAXIMUM_DEPTH}", str(relative))
        for name in names:
            seen += 1
            if seen > contents.MAXIMUM_FILES:
                raise invalid(f"the bundle holds more than {contents.MAXIMUM_FILES} files", str(relative))
            yield str(relative / name)


def _read_all(root: Path, paths: Iterable[str], parts: tuple[Part, ...]) -> dict[str, bytes]:
    """The files among `paths` that are such parts of a bundle."""
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(checked_path(path) for path in paths if part_of(path) in parts):
        files[path] = _read(root, path)
        total += len(files[path])
        if total > contents.MAXIMUM_TOTAL_BYTES:
            raise invalid(
                f"the bundle's files hold more than {format_size(contents.MAXIMUM_TOTAL_BYTES)}", path
            )
    return files


def _read(root: Path, path: str) -> bytes:
    """A regular file of the bundle, within its limit; symbolic links are refused, not followed."""
    limit = largest(path)
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    where = root / path
    try:
        if where.is_symlink():
            raise invalid("is a symbolic link; a bundle holds plain files only", path)
        with open(os.open(where, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise invalid("is not a plain file", path)
            content = file.read(limit + 1)
    except OSError as failure:
        raise invalid(f"cannot be read: {failure.strerror}", path) from failure
    if len(content) > limit:
        raise invalid(f"is larger than {format_size(limit)}", path)
    return content
