"""A bundle of rules: its manifest, its sources and its data, read from a folder or given in memory.

The folder is untrusted: only regular files inside it are read, no symbolic link is followed, and everything is bounded.
The host does not look into sources or data: parsing happens in the sandbox. `runtime.py` loads bundles.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ringfence.errors import BundleError
from ringfence.limits import MEBIBYTE, Limits, format_size
from ringfence.manifest import (
    DEFAULT_ENTRY,
    MANIFEST_NAME,
    Manifest,
    checked_functions,
    checked_hit_policy,
    checked_options,
    invalid,
    parse_manifest,
    suggestion,
)

SOURCE_SUFFIX = ".star"
DATA_SUFFIX = ".json"
DATA_FOLDER = "data"
TESTS_FOLDER = "tests"

MAXIMUM_FILES = 2_000
MAXIMUM_DEPTH = 16
MAXIMUM_MANIFEST_BYTES = 1 * MEBIBYTE
MAXIMUM_SOURCE_BYTES = 8 * MEBIBYTE
MAXIMUM_DATA_BYTES = 64 * MEBIBYTE
MAXIMUM_TOTAL_BYTES = 128 * MEBIBYTE


@dataclass(frozen=True)
class Bundle:
    """Rules that can be loaded: a checked manifest, and files by their path in the bundle."""

    manifest: Manifest
    files: Mapping[str, bytes]

    @classmethod
    def from_folder(cls, folder: str | os.PathLike[str]) -> Bundle:
        """Read a bundle's folder: `bundle.toml`, every `.star` outside `tests/`, every `.json` in `data/`."""
        root = Path(folder)
        if not root.is_dir():
            what = "is not a folder" if root.exists() else "does not exist"
            raise BundleError(
                f"the bundle {str(root)!r} {what}",
                advice="Give the folder that holds bundle.toml; `ringfence init DIR` makes a new one.",
            )
        manifest_path = root / MANIFEST_NAME
        if not manifest_path.is_file():
            raise BundleError(
                f"there is no {MANIFEST_NAME} in {str(root)!r}",
                advice="Give the folder that holds bundle.toml; `ringfence init DIR` makes a new one.",
            )
        try:
            manifest = parse_manifest(_read(root, MANIFEST_NAME, MAXIMUM_MANIFEST_BYTES).decode())
        except UnicodeDecodeError as failure:
            raise invalid(f"not UTF-8: {failure}") from failure
        files: dict[str, bytes] = {}
        total = 0
        for path in _paths(root):
            if path.endswith(SOURCE_SUFFIX):
                files[path] = _read(root, path, MAXIMUM_SOURCE_BYTES)
            else:
                files[path] = _read(root, path, MAXIMUM_DATA_BYTES)
            total += len(files[path])
            if total > MAXIMUM_TOTAL_BYTES:
                raise invalid(f"the bundle's files hold more than {format_size(MAXIMUM_TOTAL_BYTES)}", path)
        return cls(manifest, files)._with_checked_entry()

    @classmethod
    def from_sources(
        cls,
        sources: Mapping[str, str | bytes],
        *,
        hit_policy: str = "first",
        default: Any = None,
        options: Sequence[str] = (),
        functions: Mapping[str, Mapping[str, Any]] | None = None,
        entry: str = DEFAULT_ENTRY,
        limits: Limits | None = None,
    ) -> Bundle:
        """A bundle in memory: files by path (`"main.star"`, `"lib/net.star"`, `"data/x.json"`)."""
        manifest = Manifest(
            entry=entry,
            hit_policy=checked_hit_policy(hit_policy),
            default=default,
            limits=limits or Limits(),
            options=checked_options(options),
            functions=checked_functions(functions or {}),
        )
        files = {
            _checked_path(path): content.encode() if isinstance(content, str) else bytes(content)
            for path, content in sources.items()
        }
        return cls(manifest, files)._with_checked_entry()

    def configuration(self, seed: int) -> bytes:
        """The JSON that tells the guest how to load this bundle."""
        manifest = self.manifest
        configuration: dict[str, Any] = {
            "entry": manifest.entry,
            "hit_policy": manifest.hit_policy,
            "options": list(manifest.options),
            "seed": seed,
        }
        if manifest.default is not None:
            configuration["default"] = manifest.default
        try:
            return json.dumps(configuration, allow_nan=False).encode()
        except (TypeError, ValueError) as failure:
            raise invalid(f"[bundle] default cannot be written as JSON: {failure}") from failure

    def _with_checked_entry(self) -> Bundle:
        entry = self.manifest.entry
        if entry not in self.files:
            near = suggestion(entry, [path for path in self.files if path.endswith(SOURCE_SUFFIX)])
            raise invalid(f"the entry {entry!r} is not in the bundle{near}")
        return self


def _paths(root: Path) -> Iterator[str]:
    """The paths of a bundle's sources and data, sorted, with `/` between their parts."""
    found: list[str] = []
    seen = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        relative = PurePosixPath(Path(folder).relative_to(root).as_posix())
        depth = len(relative.parts)
        if depth == 0 and TESTS_FOLDER in folders:
            folders.remove(TESTS_FOLDER)
        folders[:] = [name for name in folders if not name.startswith(".")]
        if depth >= MAXIMUM_DEPTH and folders:
            raise invalid(f"folders are nested deeper than {MAXIMUM_DEPTH}", str(relative))
        for name in names:
            path = str(relative / name)
            is_data = name.endswith(DATA_SUFFIX) and relative.parts[:1] == (DATA_FOLDER,)
            if name.endswith(SOURCE_SUFFIX) or is_data:
                found.append(_checked_path(path))
            seen += 1
            if seen > MAXIMUM_FILES:
                raise invalid(f"the bundle holds more than {MAXIMUM_FILES} files", str(relative))
    return iter(sorted(found))


def _checked_path(path: str) -> str:
    """A path inside the bundle, in its one spelling: relative, with `/`, without `.` and `..`."""
    parts = path.split("/")
    if not path.isprintable() or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise invalid("not a path inside the bundle; write it like 'lib/net.star'", path)
    return path


def _read(root: Path, path: str, limit: int) -> bytes:
    """A regular file of the bundle, at most `limit` bytes; symbolic links are refused, not followed."""
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
