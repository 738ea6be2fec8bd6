"""Signatures of packages: Ed25519 over the manifest of digests, and through it over every byte of every file.

A signature is kept in the package beside the files, so it changes neither them nor the bundle's digest; there may be several.
`keys.py` reads the keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ringfence.errors import SignatureError
from ringfence.packing.keys import TrustedKeys, key_id
from ringfence.packing.package import MAXIMUM_SIGNATURES, Package
from ringfence.packing.refusal import refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNED_PREFIX = b"ringfence package signature 1\n"
"""Stands before the manifest in what is signed, so that a signature made for something else says nothing about a package."""

_UNSIGN = "Pack the bundle again: a new package has no signatures."


def sign(package: Package, key: Ed25519PrivateKey, name: str) -> tuple[Package, str]:
    """The package with a signature by `key`, and the key's id. The same key gives the same bytes each time.

    `name` is what errors call the package.
    """
    signer = key_id(key.public_key())
    if signer not in package.signatures and len(package.signatures) >= MAXIMUM_SIGNATURES:
        raise refused(name, f"it has {MAXIMUM_SIGNATURES} signatures already", advice=_UNSIGN)
    return package.signed(signer, key.sign(SIGNED_PREFIX + package.digests)), signer


def verify(package: Package, required: Iterable[TrustedKeys], name: str) -> list[str]:
    """The ids of keys whose signatures are good, one of each of `required`; `name` is what errors call the package.

    Raises `SignatureError` if one of them has no key that signed this package.
    """
    return [_verified(package, trusted, name) for trusted in required]


def _verified(package: Package, trusted: TrustedKeys, name: str) -> str:
    from cryptography.exceptions import InvalidSignature

    tried = [signer for signer in package.signatures if signer in trusted.keys]
    for signer in tried:
        try:
            trusted.keys[signer].verify(package.signatures[signer], SIGNED_PREFIX + package.digests)
            return signer
        except InvalidSignature:
            continue
    if tried:
        what = f"the signature by the key {tried[0][:16]} of {trusted.source!r} is not a signature of these files"
    elif package.signatures:
        signers = ", ".join(signer[:16] for signer in package.signatures)
        wanted = ", ".join(signer[:16] for signer in trusted.keys)
        what = f"it is signed by {signers}, and not by {wanted} of {trusted.source!r}"
    else:
        what = "it is not signed"
    raise SignatureError(f"the package {name!r} is refused: {what}")
