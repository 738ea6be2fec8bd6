"""A bundle of rules: its manifest, its sources and its data, from a folder, a package or memory.

The host does not look into sources or data: parsing happens in the sandbox. `folder.py` reads folders, `packing/` reads and
writes packages, `runtime.py` loads bundles.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from ringfence import folder as folders
from ringfence.contents import SOURCE_SUFFIX, Part, checked_path, digest_of, part_of, source_bytes
from ringfence.errors import BundleError, SignatureError, UsageError
from ringfence.limits import Limits
from ringfence.manifest import (
    DEFAULT_ENTRY,
    MANIFEST_NAME,
    Manifest,
    checked_functions,
    checked_hit_policy,
    checked_options,
    invalid,
    not_json,
    parse_manifest,
    suggestion,
)
from ringfence.packing.archive import BEGINNING
from ringfence.packing.keys import read_trusted_keys
from ringfence.packing.package import Package, make_package, read_package_file
from ringfence.packing.signing import verify


class BundleUse(StrEnum):
    """What a bundle is loaded for; the guest knows all but the first by these names."""

    EVENTS = "events"
    TESTS = "tests"
    """Its files include the modules of its tests, and the event `{"test": 0}` calls the first of their functions."""
    CONVERSATION = "conversation"
    """Chunks of source are run in a scope: all of its modules are executed, and nothing needs to be there that decides."""


RequiredKeys = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""One file or folder of public keys, or several."""


@dataclass(frozen=True)
class Bundle:
    """Rules that can be loaded: a checked manifest, and files by their path in the bundle."""

    manifest: Manifest
    files: Mapping[str, bytes]
    """Sources and data; the manifest is apart."""
    manifest_text: bytes
    """The bytes of `bundle.toml`; of a bundle in memory, those that would say the same."""

    @classmethod
    def from_folder(cls, folder: str | os.PathLike[str]) -> Bundle:
        """Read a bundle's folder: `bundle.toml`, every `.star` outside `tests/`, every `.json` in `data/`."""
        root = Path(folder)
        text = folders.read_manifest(root)
        return cls._checked(text, folders.read_rules(root))

    @classmethod
    def from_file(cls, file: str | os.PathLike[str], *, require_signature: RequiredKeys = ()) -> Bundle:
        """Read a packed bundle (`.rfb`). Raises `BundleError` for anything but what `pack` writes.

        `require_signature` is a file or folder of public keys in PEM, or several: of each, one key must have signed the package,
        or this raises `SignatureError`. That needs the extra `sign`.
        """
        package = read_package_file(file)
        if require_signature:
            verify(package, [read_trusted_keys(keys) for keys in _listed(require_signature)], os.fspath(file))
        return cls.from_package(package)

    @classmethod
    def from_package(cls, package: Package) -> Bundle:
        """The bundle in a package that has been read."""
        files = package.decisive_files
        return cls._checked(files.pop(MANIFEST_NAME), files)

    @classmethod
    def from_path(cls, path: str | os.PathLike[str], *, require_signature: RequiredKeys = ()) -> Bundle:
        """Read a bundle wherever it is: a folder (`from_folder`) or a file (`from_file`)."""
        if not isinstance(path, str | os.PathLike):
            raise UsageError(
                f"a bundle is the path of a folder or a package, not {type(path).__name__}",
                advice="Bundle.from_sources makes one of files in memory.",
            )
        if Path(path).is_file():
            if _is_part_of_a_bundle(Path(path)):
                raise BundleError(
                    f"{os.fspath(path)!r} is a file of a bundle, not the bundle",
                    advice=f"Give the folder that holds {MANIFEST_NAME}; `ringfence exec FILE` runs a program on its own.",
                )
            return cls.from_file(path, require_signature=require_signature)
        if require_signature:
            raise SignatureError(
                f"{os.fspath(path)!r} is no package, so it has no signature",
                advice="Pack and sign the bundle, and give the package: `ringfence pack`, then `ringfence sign`.",
            )
        return cls.from_folder(path)

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
        if not isinstance(sources, Mapping) or not all(isinstance(path, str) for path in sources):
            raise UsageError("sources are files by their paths, like {'main.star': 'def decide(event): ...'}")
        if not isinstance(entry, str):
            raise UsageError(f"the entry is the path of a module, like {DEFAULT_ENTRY!r}, not {entry!r}")
        manifest = Manifest(
            entry=entry,
            hit_policy=checked_hit_policy(hit_policy),
            default=default,
            limits=Limits.checked(limits),
            options=checked_options(options),
            functions=checked_functions(functions or {}),
        )
        files = {checked_path(path): source_bytes(content, path) for path, content in sources.items()}
        return cls(manifest, files, manifest.as_toml().encode())._with_checked_entry()

    @classmethod
    def _checked(cls, text: bytes, files: Mapping[str, bytes]) -> Bundle:
        """The bundle that a `bundle.toml` and its files make."""
        try:
            manifest = parse_manifest(text.decode("utf-8-sig"))
        except UnicodeDecodeError as failure:
            raise invalid(f"not UTF-8: {failure}; save the file as UTF-8") from failure
        return cls(manifest, files, text)._with_checked_entry()

    @cached_property
    def digest(self) -> str:
        """What names this bundle, in 64 hexadecimal digits: two bundles with the same digest decide alike.

        It covers `bundle.toml`, sources and data (tests decide nothing), and is the same for a folder and its package.
        """
        return digest_of({MANIFEST_NAME: self.manifest_text, **self.files})

    def pack(self, tests: Mapping[str, bytes] | None = None) -> Package:
        """This bundle as a package without signatures, with `tests` (files by path, as `read_tests` gives them).

        Raises `BundleError` for a file whose name means something else on another system.
        """
        for path in self.files:
            if part_of(path) not in (Part.SOURCE, Part.DATA):
                raise invalid("is no source and no data file, so it cannot be packed", path)
        try:
            parse_manifest(self.manifest_text.decode())
        except BundleError as failure:  # of a bundle in memory: that of a folder has been read before
            raise invalid("[bundle] default holds None, which TOML cannot say") from failure
        return make_package({MANIFEST_NAME: self.manifest_text, **self.files, **(tests or {})})

    def configuration(self, seed: int, *, use: BundleUse = BundleUse.EVENTS, covered: bool = False) -> bytes:
        """The JSON that tells the guest how to load this bundle, and whether to note the lines that run."""
        manifest = self.manifest
        configuration: dict[str, Any] = {
            "entry": manifest.entry,
            "hit_policy": manifest.hit_policy,
            "options": list(manifest.options),
            "seed": seed,
        }
        if manifest.functions:
            configuration["functions"] = {
                name: len(function.parameters) for name, function in manifest.functions.items()
            }
        if use != BundleUse.EVENTS:
            configuration[use.value] = True
        if covered:
            configuration["covered"] = True
        if manifest.default is not None:
            configuration["default"] = manifest.default
        try:
            return json.dumps(configuration, allow_nan=False).encode()
        except (TypeError, ValueError) as failure:
            raise not_json(failure) from failure

    def _with_checked_entry(self) -> Bundle:
        entry = self.manifest.entry
        if entry not in self.files:
            near = suggestion(entry, [path for path in self.files if path.endswith(SOURCE_SUFFIX)])
            raise invalid(
                f"the entry {entry!r} is not in the bundle{near}; make it, or name another: [bundle] entry = ..."
            )
        return self


def _listed(required: RequiredKeys) -> Sequence[str | os.PathLike[str]]:
    """The files and folders of keys, one or several. Raises `UsageError` for anything else."""
    if isinstance(required, str | os.PathLike):
        return [required]
    if not isinstance(required, Sequence) or not all(isinstance(key, str | os.PathLike) for key in required):
        raise UsageError(
            "require_signature is the path of a public key in PEM, or a list of paths",
            advice="`ringfence sign FILE --new-key KEY.pem` writes the public half to KEY.pub.pem.",
        )
    return required


def _is_part_of_a_bundle(path: Path) -> bool:
    """Whether a file is given that belongs to a bundle's folder, and not the folder."""
    if path.name == MANIFEST_NAME or path.suffix == SOURCE_SUFFIX:
        return True
    if not any((above / MANIFEST_NAME).is_file() for above in path.parents):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(len(BEGINNING)) not in (b"", BEGINNING)
    except OSError:
        return False


def read_tests(path: str | os.PathLike[str]) -> dict[str, bytes]:
    """The bundle's own tests, `.star` and `.jsonl` files by their path in it, sorted; `path` is a folder or a package."""
    return read_package_file(path).tests if Path(path).is_file() else folders.read_tests(Path(path))
