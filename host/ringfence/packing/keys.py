"""Keys for signatures: Ed25519 in PEM, as openssl writes and reads them. The cryptography library does all the arithmetic.

A key is known by its id: the SHA-256 of its public half in DER, which `openssl pkey -pubout -outform DER | sha256sum` shows too.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence.errors import KeyFileError
from ringfence.extras import extra
from ringfence.limits import KIBIBYTE
from ringfence.nearby import meant

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PASSPHRASE_VARIABLE = "RINGFENCE_KEY_PASSPHRASE"
PUBLIC_SUFFIX = ".pub.pem"
_PEM_SUFFIX = ".pem"
_MAXIMUM_KEY_FILE_BYTES = 256 * KIBIBYTE
_PEM_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_PURPOSE = "Working with signatures"
_ONLY_OWNER = 0o600

_GIVE_PASSPHRASE = f"Give its passphrase on the terminal, or in the environment as {PASSPHRASE_VARIABLE}."
_PUBLIC_HALF = "Take the public half of it: openssl pkey -in {0} -pubout -out {0}.pub"


@dataclass(frozen=True)
class TrustedKeys:
    """The public keys by id that one file or folder holds: a signature by any of them is good."""

    source: str
    keys: dict[str, Ed25519PublicKey]


def key_id(key: Ed25519PublicKey) -> str:
    """The id of a public key: 64 hexadecimal digits."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def read_trusted_keys(path: str | os.PathLike[str]) -> TrustedKeys:
    """Every public key in a PEM file, or in the `.pem` and `.pub` files of a folder. Raises `KeyFileError`."""
    source = Path(path)
    files = [source]
    if source.is_dir():
        files = sorted(file for file in source.iterdir() if file.suffix in (_PEM_SUFFIX, ".pub"))
        if not files:
            raise KeyFileError(f"the folder {str(source)!r} holds no key: no file ends with .pem or .pub")
    keys = [key for file in files for key in _public_keys(file)]
    return TrustedKeys(str(source), {key_id(key): key for key in keys})


def read_private_key(path: str | os.PathLike[str], passphrase: Callable[[], str | None]) -> Ed25519PrivateKey:
    """The private key in a PEM file; `passphrase` is asked for the one of an encrypted file. Raises `KeyFileError`."""
    with extra("sign", _PURPOSE):
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    source = Path(path)
    content = _content(source)
    labels = [label for label, _ in _blocks(content)]
    if b"PUBLIC KEY" in labels and not any(label.endswith(b"PRIVATE KEY") for label in labels):
        raise KeyFileError(
            f"{str(source)!r} holds a public key, which verifies and cannot sign",
            advice="Give the private key that belongs to it.",
        )
    secret = None
    if b"ENCRYPTED PRIVATE KEY" in labels:
        if (said := passphrase()) is None:
            raise KeyFileError(f"the key in {str(source)!r} is encrypted", advice=_GIVE_PASSPHRASE)
        secret = said.encode()
    try:
        key = load_pem_private_key(content, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as failure:
        what, advice = (
            ("it is no private key in PEM", KeyFileError.advice)
            if secret is None
            else ("the passphrase is wrong, or the file is damaged", _GIVE_PASSPHRASE)
        )
        raise KeyFileError(f"the key in {str(source)!r} cannot be read: {what}", advice=advice) from failure
    if not isinstance(key, Ed25519PrivateKey):
        raise _other_algorithm(source)
    return key


def make_keys(path: str | os.PathLike[str]) -> tuple[Ed25519PrivateKey, Path]:
    """Write a new private key to a file that does not exist yet, and its public half to a file beside it (which is returned).

    Only the owner may read the private key. Raises `KeyFileError`.
    """
    with extra("sign", _PURPOSE):
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
            PublicFormat,
        )
    private = Path(path)
    public = private.with_name(private.name.removesuffix(_PEM_SUFFIX) + PUBLIC_SUFFIX)
    key = Ed25519PrivateKey.generate()
    _write_new(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o666)
    try:
        _write_new(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), _ONLY_OWNER)
    except KeyFileError:
        public.unlink()
        raise
    return key, public


def _write_new(path: Path, content: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(path, flags, mode), "wb") as file:
            file.write(content)
    except FileExistsError as failure:
        raise KeyFileError(
            f"{str(path)!r} exists, and a key is never overwritten",
            advice="Sign with it (--key), or give the new key another name.",
        ) from failure
    except OSError as failure:
        raise KeyFileError(
            f"the key {str(path)!r} cannot be written: {failure.strerror}",
            advice="Give a file in a folder that exists and that you may write to.",
        ) from failure


def _public_keys(file: Path) -> list[Ed25519PublicKey]:
    with extra("sign", _PURPOSE):
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    blocks = _blocks(_content(file))
    if any(label.endswith(b"PRIVATE KEY") for label, _ in blocks):
        raise KeyFileError(
            f"{str(file)!r} holds a private key; whoever verifies needs the public one only",
            advice=_PUBLIC_HALF.format(file),
        )
    if not blocks:
        raise KeyFileError(f"{str(file)!r} holds no key in PEM")
    keys: list[Ed25519PublicKey] = []
    for _, block in blocks:
        try:
            key = load_pem_public_key(block)
        except (ValueError, UnsupportedAlgorithm) as failure:
            raise KeyFileError(f"{str(file)!r} holds something that is no public key") from failure
        if not isinstance(key, Ed25519PublicKey):
            raise _other_algorithm(file)
        keys.append(key)
    return keys


def _other_algorithm(file: Path) -> KeyFileError:
    return KeyFileError(
        f"the key in {str(file)!r} is not an Ed25519 key",
        advice="Make one: openssl genpkey -algorithm ed25519 -out key.pem",
    )


def _blocks(content: bytes) -> list[tuple[bytes, bytes]]:
    """The PEM blocks of a file: what each says it is, and the block."""
    return [(block[1], block[0]) for block in _PEM_BLOCK.finditer(content)]


def _content(file: Path) -> bytes:
    try:
        with open(file, "rb") as opened:
            content = opened.read(_MAXIMUM_KEY_FILE_BYTES + 1)
    except OSError as failure:
        raise KeyFileError(
            f"the key {str(file)!r} cannot be read: {failure.strerror}",
            advice=meant(file, KeyFileError.advice),
        ) from failure
    if len(content) > _MAXIMUM_KEY_FILE_BYTES:
        raise KeyFileError(f"{str(file)!r} is too large for a key")
    return content
