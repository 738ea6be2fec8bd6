"""`ringfence sign`: a signature in a package, by an Ed25519 key."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.common import fail, say, usage_errors
from ringfence.cli.packages import read_packed, write_packed
from ringfence.packing.keys import PASSPHRASE_VARIABLE, make_keys, read_private_key
from ringfence.packing.signing import sign as signed_by


def sign(
    file: Annotated[Path, typer.Argument(help="The package (.rfb).", metavar="FILE")],
    key_file: Annotated[
        Path | None, typer.Option("--key", metavar="KEY", help="The private key: Ed25519, in PEM.")
    ] = None,
    new_key: Annotated[
        Path | None,
        typer.Option(
            "--new-key",
            metavar="KEY",
            help="Make a key first: the private one in this file (KEY.pem), the public one beside it (KEY.pub.pem).",
        ),
    ] = None,
    output_file: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where it goes (default: the package itself)."),
    ] = None,
) -> None:
    """Sign a package with an Ed25519 key. Other keys' signatures stay; the bundle's digest does not change.

    Example: ringfence sign gateway.rfb --key release.pem

    Keys are those of openssl: openssl genpkey -algorithm ed25519 -out release.pem. This needs the extra:
    pip install 'ringfence[sign]'.

    Exit status: 0 the package is signed, 2 wrong usage, no package or no key (nothing is written).
    """
    if key_file is not None and new_key is not None:
        fail("--key is a key that exists, and --new-key makes one: give one of the two")
    if key_file is None and new_key is None:
        fail("give the key to sign with: --key KEY, or --new-key KEY to make one")
    with usage_errors():
        package = read_packed(file)
        if new_key is not None:
            key, public = make_keys(new_key)
            say(f"made the private key {new_key} (keep it secret) and the public key {public} (give it away)")
        elif key_file is not None:
            key = read_private_key(key_file, lambda: _passphrase(key_file))
        signed, signer = signed_by(package, key, str(file))
    write_packed(signed, output_file or str(file))
    say(f"signed {output_file or file} with the key {signer}")


def _passphrase(key_file: Path) -> str | None:
    """The passphrase of an encrypted key: from the environment, or from a terminal."""
    if (given := os.environ.get(PASSPHRASE_VARIABLE)) is not None:
        return given
    if sys.stdin.isatty():
        return str(typer.prompt(f"Passphrase of {key_file}", hide_input=True, err=True))
    return None
