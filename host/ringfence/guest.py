"""The built guest: its code, the memory that every isolate starts from, and the map of that memory.

An installed package carries the guest in `ringfence/guest/`. In a checkout it is built into `build/guest/`, in a folder that
is named by the digest of everything that it was built from, so a stale guest is never used. A maintainer may name another
folder in the environment, as the tests do to run on the debug guest. `runtime.py` loads it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from ringfence.errors import RingfenceError

CODE_FILE = "guest.wasm"
IMAGE_FILE = "base.image"
LAYOUT_FILE = "layout.json"

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent
_BUILDER = "guest.compiler.base_image"
_BUILDS_KEPT = 4

GUEST_VARIABLE = "RINGFENCE_GUEST"
"""The environment variable that names the folder of the guest to use, for maintainers: what `scripts/build_guest` built."""


class GuestError(RingfenceError):
    """The guest is missing or could not be built."""

    advice = "Install the package again, or run scripts/build_guest in the checkout and read its output."


class Layout:
    """Where the guest's variables are in its memory, and what its constants are."""

    def __init__(self, layout: dict[str, Any]) -> None:
        self._variables: dict[str, dict[str, Any]] = layout["variables"]
        self._constants: dict[str, int] = layout["constants"]
        self._heap: dict[str, Any] | None = layout.get("heap")

    @property
    def heap(self) -> dict[str, Any]:
        """How objects are read: `classes` and `roots`, for `ringfence.heap.shapes`."""
        if self._heap is None:
            raise GuestError("the guest's layout does not say how to read its heap")
        return self._heap

    def address(self, name: str) -> int:
        """The address of a module variable, as in `guest.boundary.output_address`."""
        try:
            return int(self._variables[name]["address"])
        except KeyError:
            raise GuestError(f"the guest's layout has no variable {name}") from None

    def constant(self, name: str) -> int:
        """The value of a constant or enum member, as in `guest.boundary.Status.DONE`."""
        try:
            return self._constants[name]
        except KeyError:
            raise GuestError(f"the guest's layout has no constant {name}") from None


class Guest:
    """A built guest in its folder. Its large files are read only when they are not in the cache of compiled code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        layout = json.loads(self._read(LAYOUT_FILE))
        self.layout = Layout(layout)
        self.base_pages: int = layout["base_pages"]
        """The size of the base image in pages of WebAssembly memory."""
        self.patience: int = layout.get("patience", 1)
        """How many times the time and the Wasmtime fuel of an ordinary guest the host gives this one: a debug guest is slow."""
        self._digests: dict[str, str] = layout["digests"]

    @property
    def digest(self) -> str:
        """The guest's version: the SHA-256 of the digests of its code and its base image, in hexadecimal."""
        both = f"{self._digests[CODE_FILE]} {self._digests[IMAGE_FILE]}"
        return hashlib.sha256(both.encode()).hexdigest()

    def read_code(self) -> bytes:
        """The guest's code, in the binary format."""
        return self._checked(CODE_FILE)

    def read_base_image(self) -> bytes:
        """The memory of a guest that has booted."""
        return self._checked(IMAGE_FILE)

    def _checked(self, name: str) -> bytes:
        content = self._read(name)
        if hashlib.sha256(content).hexdigest() != self._digests[name]:
            raise GuestError(f"{self._folder / name} is not what was built")
        return content

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as failure:
            raise GuestError(f"the built guest cannot be read: {failure}") from failure


@cache
def built_guest() -> Guest:
    """The guest of this installation; in a checkout, built first if its sources have changed."""
    if folder := os.environ.get(GUEST_VARIABLE):
        return Guest(Path(folder))
    return Guest(_build_if_stale(_CHECKOUT) if is_checkout(_CHECKOUT) else _PACKAGE / "guest")


def is_checkout(root: Path) -> bool:
    """Whether this package is run from the project's own tree, editable installs included."""
    return (root / "pyproject.toml").is_file() and (root / "guest" / "compiler" / "base_image.py").is_file()


def guest_sources(root: Path) -> list[Path]:
    """Everything that the built guest depends on, in a fixed order."""
    patterns = ("guest/**/*.py", "guest/prelude/*.star", "wat/*.wat")
    found: Iterable[Path] = (path for pattern in patterns for path in root.glob(pattern))
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())


def source_digest(root: Path) -> str:
    """The SHA-256 of the guest's sources and their names, in hexadecimal."""
    digest = hashlib.sha256()
    for path in guest_sources(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def build_folder(root: Path) -> Path:
    """Where the guest of the present sources is, or will be."""
    return root / "build" / "guest" / source_digest(root)[:16]


def _build_if_stale(root: Path) -> Path:
    folder = build_folder(root)
    if not (folder / IMAGE_FILE).is_file():
        # In a process of its own: the compiler must not be imported where untrusted bundles are run.
        build = subprocess.run(
            [sys.executable, "-m", _BUILDER, "--output", str(folder)],
            capture_output=True,
            text=True,
            check=False,
            cwd=root,
        )
        if build.returncode != 0:
            raise GuestError(f"the guest does not build:\n{build.stdout}{build.stderr}".rstrip())
        _drop_old_builds(folder.parent)
    return folder


def _drop_old_builds(folder: Path) -> None:
    # Hidden folders belong to builds that are going on.
    builds = [path for path in folder.iterdir() if not path.name.startswith(".")]
    for build in sorted(builds, key=lambda path: path.stat().st_mtime, reverse=True)[_BUILDS_KEPT:]:
        shutil.rmtree(build, ignore_errors=True)
