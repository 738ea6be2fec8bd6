"""A package good enough to be spoilt, and a watch over what is written while packages are read."""

from __future__ import annotations

import builtins
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ringfence.packing.package import make_package
from tests.packing.zips import FILES

WRITES = ("mkdir", "makedirs", "symlink", "link", "rename", "replace", "unlink", "remove", "chmod", "utime")


@pytest.fixture(scope="session")
def package() -> bytes:
    """The unsigned package of a small bundle."""
    return make_package(FILES).to_bytes()


@pytest.fixture
def nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test when anything is opened for writing, made, moved or removed during it."""
    written: list[str] = []
    open_file, open_descriptor = builtins.open, os.open

    def watched_open(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if set(mode) & set("wax+"):
            written.append(f"open({file!r}, {mode!r})")
        return open_file(file, mode, *arguments, **options)

    def watched_descriptor(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(f"os.open({path!r}, {flags:#x})")
        return open_descriptor(path, flags, *arguments, **options)

    with monkeypatch.context() as patches:
        patches.setattr(builtins, "open", watched_open)
        patches.setattr(os, "open", watched_descriptor)
        for name in WRITES:
            patches.setattr(os, name, lambda *arguments, name=name, **_: written.append(f"{name}{arguments}"))
        yield
    assert written == []
