"""Compiled native code on disk, so that only the first process on a machine compiles the guest.

What is stored here is machine code that will be executed: the folder must belong to this user alone, and every entry is
checked against its own SHA-256 before it is used. Anything doubtful is ignored and compiled again. `engine.py` uses this.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

DIRECTORY_VARIABLE = "RINGFENCE_CACHE_DIR"
_PRIVATE = 0o700
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_SUFFIX = ".code"
_ENTRIES_KEPT = 16


def cache_directory() -> Path:
    """`$RINGFENCE_CACHE_DIR`, or `ringfence` in the user's cache folder."""
    if chosen := os.environ.get(DIRECTORY_VARIABLE):
        return Path(chosen)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "ringfence"
    try:
        home = Path.home()
    except RuntimeError:
        # A user without a home: a folder of the same name that is somebody else's is not used.
        return Path(tempfile.gettempdir()) / f"ringfence-{os.geteuid()}"
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ringfence"


class CodeCache:
    """Entries by key in one private folder, each a file whose name ends with the SHA-256 of its content.

    Every failure means "not cached", never an error.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> Path | None:
        """The file of an entry, if it is there, ours, and intact; one that is not intact is removed.

        Nobody else can change it after the check: that is what the private folder is for.
        """
        try:
            self._check_folder()
            for path in sorted(self._folder.glob(f"{key}-*{_SUFFIX}")):
                if _is_intact(path, path.name[len(key) + 1 : -len(_SUFFIX)]):
                    return path
                self.remove(path)
        except (OSError, RuntimeError):
            return None
        return None

    def write(self, key: str, code: bytes) -> None:
        """Store an entry: whole or not at all, whoever else writes it at the same time."""
        try:
            self._folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            self._check_folder()
            descriptor, temporary = tempfile.mkstemp(dir=self._folder, prefix=".writing-")
            try:
                with open(descriptor, "wb") as file:
                    file.write(code)
                os.replace(temporary, self._folder / f"{key}-{hashlib.sha256(code).hexdigest()}{_SUFFIX}")
            except BaseException:
                os.unlink(temporary)
                raise
            self._drop_oldest()
        except (OSError, RuntimeError):
            return

    def remove(self, path: Path) -> None:
        """Forget an entry that turned out to be unusable."""
        with contextlib.suppress(OSError):
            path.unlink()

    def _check_folder(self) -> None:
        status = os.lstat(self._folder)
        if not stat.S_ISDIR(status.st_mode) or not _is_private(status):
            raise RuntimeError(f"{self._folder} is not a private folder of this user")

    def _drop_oldest(self) -> None:
        entries = sorted(self._folder.iterdir(), key=lambda path: path.lstat().st_mtime, reverse=True)
        for path in entries[_ENTRIES_KEPT:]:
            with contextlib.suppress(OSError):
                path.unlink()


def _is_intact(path: Path, digest: str) -> bool:
    """Whether the file is a plain one of ours, and its content is what its name says."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or not _is_private(status):
                return False
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False


def _is_private(status: os.stat_result) -> bool:
    """Whether nobody but this user could have written it. (Windows keeps no such bits; its profile folders are private.)"""
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _WRITABLE_BY_OTHERS
