"""`ringfence pack`: a bundle in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringfence.bundle import Bundle, read_tests
from ringfence.cli.common import BUNDLE_HELP, fail, interruptible, quiet_broken_pipe, say, usage_errors
from ringfence.cli.packages import write_packed
from ringfence.cli.streams import STANDARD_STREAM
from ringfence.limits import rounded_size
from ringfence.runtime import Runtime


def pack(
    bundle: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="BUNDLE")],
    output_file: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The package to write, like gateway.rfb.")
    ],
    without_tests: Annotated[
        bool, typer.Option("--without-tests", help="Leave the bundle's tests/ out.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Pack a bundle that loads only (default), or any.")
    ] = True,
) -> None:
    """Pack a bundle into one file: bundle.toml, sources, data and tests. The same bundle gives the same bytes everywhere.

    Example: ringfence pack gateway --output gateway.rfb

    Exit status: 0 the package was written, 2 wrong usage or a bundle that does not load (nothing is written).
    """
    with interruptible(), quiet_broken_pipe():
        with usage_errors():
            found = Bundle.from_path(bundle)
            package = found.pack({} if without_tests else read_tests(bundle))
            if check:
                _check(found, bundle)
        write_packed(package, output_file)
    size = rounded_size(sum(map(len, package.files.values())))
    where = "" if output_file == STANDARD_STREAM else f" into {output_file}"
    say(f"packed {found.manifest.name} {found.manifest.version}{where}: {len(package.files)} files, {size}")
    say(f"digest sha256:{found.digest}")


def _check(bundle: Bundle, path: Path) -> None:
    """End the command if the bundle does not load, showing every finding."""
    findings = Runtime().check(bundle)
    errors = sum(finding.severity == "error" for finding in findings)
    for finding in findings:
        say(str(finding))
    if errors:
        fail(
            f"{str(path)!r} does not load ({errors} error{'s' if errors > 1 else ''}), so it was not packed; "
            "correct it, or pack it as it is with --no-check"
        )
