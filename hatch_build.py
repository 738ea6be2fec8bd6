"""The package's build hook: builds the guest into the wheel.

Needs nothing but Python and the wasmtime package, whose own assembler turns the guest's text into WebAssembly. An editable
install needs no guest in the package: in a checkout, `ringfence.guest` builds what it runs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GuestBuildHook(BuildHookInterface[Any]):
    """Adds `ringfence/guest/` to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the guest before the wheel's files are collected."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from guest.compiler.base_image import build_guest

        self._folder = tempfile.TemporaryDirectory(prefix="ringfence-guest-")
        for path in build_guest(root, Path(self._folder.name)):
            build_data["force_include"][str(path)] = f"ringfence/guest/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the built files: they are in the wheel now."""
        if version != "editable":
            self._folder.cleanup()
