"""`ringfence inspect`: what a package or a bundle's folder holds, without loading it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ringfence.bundle import Bundle, read_tests
from ringfence.cli.common import BUNDLE_HELP, quiet_broken_pipe, usage_errors
from ringfence.limits import format_duration, format_size, parse_duration, parse_size
from ringfence.manifest import MANIFEST_NAME
from ringfence.packing.package import FORMAT, read_package_file

FACT_WIDTH = 12
SIZE_WIDTH = 11
SHOWN_DIGITS = 16
"""Of a file's digest, in the table; JSON has all of them."""


class Format(StrEnum):
    """How the contents are written."""

    TABLE = "table"
    JSON = "json"


def inspect(
    file: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="FILE")],
    form: Annotated[Format, typer.Option("--format", help="table or json.")] = Format.TABLE,
) -> None:
    """Show what a package holds: name, version, digest, files, what it asks for, and who says to have signed it.

    Nothing of it is loaded or run. Signatures are listed, not verified: that is what `ringfence verify` does.

    Example: ringfence inspect gateway.rfb --format json

    Exit status: 0 it was shown, 2 it is no package, or a damaged one.
    """
    with quiet_broken_pipe():
        with usage_errors():
            document = described(file)
        print(json.dumps(document, indent=1) if form is Format.JSON else _table(document))


def described(path: Path) -> dict[str, Any]:
    """What `--format json` writes. Raises `BundleError`."""
    signatures: Iterable[str] = ()
    if packed := path.is_file():
        package = read_package_file(path)
        bundle, files, signatures = Bundle.from_package(package), package.files, package.signatures
    else:
        bundle = Bundle.from_folder(path)
        files = {MANIFEST_NAME: bundle.manifest_text, **bundle.files, **read_tests(path)}
    manifest = bundle.manifest
    return {
        "name": manifest.name,
        "version": manifest.version,
        "digest": bundle.digest,
        "format": FORMAT if packed else None,
        "entry": manifest.entry,
        "hit_policy": manifest.hit_policy,
        "limits": {
            name: value
            for name in ("fuel", "memory", "deadline")
            if (value := getattr(manifest.limits, name)) is not None
        },
        "options": list(manifest.options),
        "functions": {name: each.as_toml() for name, each in manifest.functions.items()},
        "files": [
            {"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        ],
        "signatures": [{"key": key} for key in signatures],
    }


def _table(document: Mapping[str, Any]) -> str:
    """The document for reading. Everything in it was checked to be printable when it was read."""
    facts = [f"{name:<{FACT_WIDTH}}{value}" for name, value in _facts(document)]
    width = max(len(file["path"]) for file in document["files"])
    files = [
        f"{file['path']:<{width}}  {file['size']:>{SIZE_WIDTH},}  {file['sha256'][:SHOWN_DIGITS]}"
        for file in document["files"]
    ]
    return "\n".join([*facts, "", f"{'file':<{width}}  {'bytes':>{SIZE_WIDTH}}  sha256", *files])


def _facts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The table's first part: what is true of the whole bundle."""
    limits = document["limits"]
    asked = [
        f"fuel {limits['fuel']:,}" if "fuel" in limits else "",
        f"memory {format_size(parse_size(limits['memory']))}" if "memory" in limits else "",
        f"deadline {format_duration(parse_duration(limits['deadline']))}" if "deadline" in limits else "",
    ]
    functions = [
        f"{name}({', '.join(function['params'])})" for name, function in document["functions"].items()
    ]
    yield "name", document["name"]
    yield "version", document["version"]
    yield "digest", f"sha256:{document['digest']}"
    yield "format", str(document["format"] or "a folder, not packed")
    yield "entry", document["entry"]
    yield "hit policy", document["hit_policy"]
    yield "limits", ", ".join(filter(None, asked)) or "none asked for"
    yield "options", ", ".join(document["options"]) or "none"
    yield "functions", ", ".join(functions) or "none asked for"
    for signature in document["signatures"]:
        yield "signed by", f"{signature['key']} (not verified)"
    if not document["signatures"]:
        yield "signed by", "nobody"
