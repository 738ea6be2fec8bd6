"""`ringfence verify`: whether a package is signed by the keys that one trusts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringfence.bundle import Bundle
from ringfence.cli.common import FAILED, fail, say, usage_errors
from ringfence.cli.packages import read_packed
from ringfence.errors import SignatureError
from ringfence.packing.keys import read_trusted_keys
from ringfence.packing.signing import verify as verified_by


def verify(
    file: Annotated[Path, typer.Argument(help="The package (.rfb).", metavar="FILE")],
    keys: Annotated[
        list[Path],
        typer.Option(
            "--key",
            metavar="KEY",
            help="A public key in PEM, or a file or folder of several of which one must have signed. "
            "Repeatable: then each is required.",
        ),
    ],
) -> None:
    """Verify that a package is whole and signed by a key.

    Example: ringfence verify gateway.rfb --key release.pub.pem

    Needs the extra: pip install 'ringfence[sign]'.

    Exit status: 0 it is, 1 no good signature by that key, 2 wrong usage, no package (or a damaged one), or no key.
    """
    with usage_errors():
        package = read_packed(file)
        trusted = [read_trusted_keys(key) for key in keys]
        try:
            signers = verified_by(package, trusted, str(file))
        except SignatureError as error:
            fail(str(error), FAILED)
        bundle = Bundle.from_package(package)
    for signer in signers:
        say(f"{file}: good signature by the key {signer}")
    say(f"{bundle.manifest.name} {bundle.manifest.version}, digest sha256:{bundle.digest}")
