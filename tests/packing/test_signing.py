"""Signatures: only the right key over exactly these files is good, keys are openssl's, and mistakes say what to do."""

from __future__ import annotations

import base64
import builtins
import os
import pickle
import random
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

import ringfence as rf
from ringfence.packing.keys import key_id, make_keys, read_private_key, read_trusted_keys
from ringfence.packing.package import Package, make_package, read_package
from ringfence.packing.signing import SIGNED_PREFIX, sign, verify
from tests.packing.zips import FILES, manifest_of


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with the keys `a` and `b`: `a.pem` is private, `a.pub.pem` public."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("a", "b"):
        make_keys(folder / f"{name}.pem")
    return folder


def no_passphrase() -> str | None:
    return None


def signed(keys: Path, *names: str) -> Package:
    package = make_package(FILES)
    for name in names:
        package, _ = sign(package, read_private_key(keys / f"{name}.pem", no_passphrase), "p")
    return package


def written(package: Package, path: Path) -> Path:
    path.write_bytes(package.to_bytes())
    return path


def test_a_signed_bundle_is_read_and_has_the_digest_that_it_had(keys: Path, tmp_path: Path) -> None:
    plain = rf.Bundle.from_package(make_package(FILES))
    file = written(signed(keys, "a"), tmp_path / "p.rfb")
    assert rf.Bundle.from_file(file, require_signature=[keys / "a.pub.pem"]) == plain
    assert rf.Bundle.from_path(file, require_signature=[keys / "a.pub.pem"]).digest == plain.digest


def test_a_runtime_loads_only_what_is_signed_where_that_is_asked_for(keys: Path, tmp_path: Path) -> None:
    a, b = keys / "a.pub.pem", keys / "b.pub.pem"
    file, runtime = written(signed(keys, "a"), tmp_path / "p.rfb"), rf.Runtime()
    for required in (a, str(a), [a], (str(a),)):
        runtime.load(file, require_signature=required).close()
        assert rf.Bundle.from_file(file, require_signature=required).manifest.name
    for refused, required in ((file, b), (file, [a, b]), (tmp_path, a)):
        with pytest.raises(rf.SignatureError):
            runtime.load(refused, require_signature=required)
    with pytest.raises(rf.UsageError, match=r"carries no signature. Give the package's path"):
        runtime.load(rf.Bundle.from_file(file), require_signature=a)
    for nonsense in (3, [b"pem"], b"pem"):
        with pytest.raises(rf.UsageError, match="is the path of a public key in PEM, or a list of paths"):
            runtime.load(file, require_signature=nonsense)  # type: ignore[arg-type]


def test_signing_is_deterministic_and_in_any_order_the_same(keys: Path) -> None:
    assert signed(keys, "a", "b").to_bytes() == signed(keys, "b", "a", "b").to_bytes()
    assert len(signed(keys, "a", "b").signatures) == 2


def test_each_required_key_must_have_signed(keys: Path, tmp_path: Path) -> None:
    a, b = keys / "a.pub.pem", keys / "b.pub.pem"
    by_both = written(signed(keys, "a", "b"), tmp_path / "both.rfb")
    by_one = written(signed(keys, "a"), tmp_path / "one.rfb")
    rf.Bundle.from_file(by_both, require_signature=[a, b])
    rf.Bundle.from_file(by_one, require_signature=[a])
    with pytest.raises(rf.SignatureError, match=r"is signed by [0-9a-f]{16}, and not by [0-9a-f]{16} of"):
        rf.Bundle.from_file(by_one, require_signature=[a, b])


def test_one_key_of_a_folder_or_file_is_enough(keys: Path, tmp_path: Path) -> None:
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    for name in ("a", "b"):
        shutil.copy(keys / f"{name}.pub.pem", trusted)
    (tmp_path / "all.pem").write_bytes(b"our keys\n" + b"".join(f.read_bytes() for f in trusted.iterdir()))
    file = written(signed(keys, "b"), tmp_path / "p.rfb")
    for source in (trusted, tmp_path / "all.pem"):
        assert len(read_trusted_keys(source).keys) == 2
        rf.Bundle.from_file(file, require_signature=[source])


def test_a_signature_is_no_signature_of_anything_else(keys: Path) -> None:
    trusted = [read_trusted_keys(keys / "a.pub.pem")]
    ((signer, signature),) = signed(keys, "a").signatures.items()
    for changes in (
        {"main.star": b"def decide(event):\n    return 2\n"},
        {"tests/t.jsonl": b""},
        {"data/more.json": b"1"},
        {"bundle.toml": b'[bundle]\nname = "small"\nversion = "1.3"\n'},
    ):
        other = make_package({**FILES, **changes}).signed(signer, signature)
        with pytest.raises(rf.SignatureError, match="is not a signature of these files"):
            verify(other, trusted, "p")


def test_no_bit_of_a_signature_may_change(keys: Path) -> None:
    trusted = [read_trusted_keys(keys / "a.pub.pem")]
    ((signer, signature),) = signed(keys, "a").signatures.items()
    for bit in random.Random(1).sample(range(512), 60):
        forged = bytearray(signature)
        forged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(rf.SignatureError):
            verify(make_package(FILES).signed(signer, bytes(forged)), trusted, "p")


def test_a_signature_under_another_keys_name_is_not_good(keys: Path) -> None:
    by_a = signed(keys, "a").signatures
    trusted = read_trusted_keys(keys / "b.pub.pem")
    forged = make_package(FILES).signed(next(iter(trusted.keys)), next(iter(by_a.values())))
    with pytest.raises(rf.SignatureError):
        verify(forged, [trusted], "p")


def test_nothing_verifies_without_signatures_or_without_a_package(keys: Path, tmp_path: Path) -> None:
    file = written(signed(keys), tmp_path / "p.rfb")
    with pytest.raises(rf.SignatureError, match="it is not signed") as caught:
        rf.Bundle.from_file(file, require_signature=[keys / "a.pub.pem"])
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    with pytest.raises(rf.SignatureError, match="no package, so it has no signature"):
        rf.Bundle.from_path(tmp_path, require_signature=[keys / "a.pub.pem"])


def test_there_is_an_end_to_signatures(keys: Path) -> None:
    package = make_package(FILES)
    for number in range(64):
        package = package.signed(f"{number:064x}", bytes(64))
    assert len(read_package(package.to_bytes(), "p").signatures) == 64
    with pytest.raises(rf.BundleError, match="64 signatures already"):
        sign(package, read_private_key(keys / "a.pem", no_passphrase), "p")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_openssl_makes_keys_and_checks_signatures(tmp_path: Path) -> None:
    def openssl(*arguments: object) -> bytes:
        return subprocess.run(
            ["openssl", *map(str, arguments)], cwd=tmp_path, capture_output=True, check=True
        ).stdout

    openssl("genpkey", "-algorithm", "ed25519", "-out", "o.pem")
    openssl("pkey", "-in", "o.pem", "-pubout", "-out", "o.pub")
    package, signer = sign(make_package(FILES), read_private_key(tmp_path / "o.pem", no_passphrase), "p")
    assert verify(package, [read_trusted_keys(tmp_path / "o.pub")], "p") == [signer]
    (tmp_path / "signed").write_bytes(SIGNED_PREFIX + package.digests)
    (tmp_path / "signature").write_bytes(package.signatures[signer])
    said = openssl(
        *("pkeyutl", "-verify", "-pubin", "-inkey", "o.pub"),
        *("-rawin", "-in", "signed", "-sigfile", "signature"),
    )
    assert b"Verified Successfully" in said
    assert manifest_of(package.to_bytes())["format"] == 1


def test_a_new_private_key_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    key, public = make_keys(tmp_path / "k.pem")
    assert public == tmp_path / "k.pub.pem"
    assert next(iter(read_trusted_keys(public).keys)) == key_id(key.public_key())
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600
    before = (tmp_path / "k.pem").read_bytes()
    with pytest.raises(rf.KeyFileError, match="never overwritten"):
        make_keys(tmp_path / "k.pem")
    (tmp_path / "k.pub.pem").unlink()
    with pytest.raises(rf.KeyFileError, match="never overwritten"):
        make_keys(tmp_path / "k.pem")
    assert (tmp_path / "k.pem").read_bytes() == before
    assert not (tmp_path / "k.pub.pem").exists()
    with pytest.raises(rf.KeyFileError, match="cannot be written"):
        make_keys(tmp_path / "none" / "k.pem")


def test_an_encrypted_key_asks_for_its_passphrase(keys: Path) -> None:
    key = read_private_key(keys / "a.pem", no_passphrase)
    (keys / "e.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open"))
    )
    read = read_private_key(keys / "e.pem", lambda: "open")
    assert key_id(read.public_key()) == key_id(key.public_key())
    with pytest.raises(rf.KeyFileError, match=r"passphrase is wrong.*RINGFENCE_KEY_PASSPHRASE"):
        read_private_key(keys / "e.pem", lambda: "wrong")
    with pytest.raises(rf.KeyFileError, match=r"is encrypted.*RINGFENCE_KEY_PASSPHRASE"):
        read_private_key(keys / "e.pem", no_passphrase)


def rsa_key() -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


def test_every_wrong_key_file_is_told_what_is_right(keys: Path, tmp_path: Path) -> None:
    rsa_private, rsa_public = rsa_key()
    (tmp_path / "rsa.pem").write_bytes(rsa_private)
    (tmp_path / "rsa.pub").write_bytes(rsa_public)
    (tmp_path / "text").write_bytes(b"secret")
    (tmp_path / "large").write_bytes(bytes(300 << 10))
    (tmp_path / "block").write_bytes(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    (tmp_path / "empty").mkdir()
    for path, says in (
        (keys / "a.pem", "holds a private key.*openssl pkey"),
        (keys, "holds a private key"),
        (tmp_path / "rsa.pub", "not an Ed25519 key.*openssl genpkey"),
        (tmp_path / "text", "holds no key in PEM"),
        (tmp_path / "large", "too large"),
        (tmp_path / "block", "no public key"),
        (tmp_path / "empty", "no file ends with .pem"),
        (tmp_path / "none", "No such file"),
    ):
        with pytest.raises(rf.KeyFileError, match=says):
            read_trusted_keys(path)
    for path, says in (
        (keys / "a.pub.pem", "holds a public key, which verifies and cannot sign"),
        (tmp_path / "rsa.pem", "not an Ed25519 key.*openssl genpkey"),
        (tmp_path / "text", "no private key in PEM"),
        (tmp_path / "none", "No such file"),
        (keys, "Is a directory"),
    ):
        with pytest.raises(rf.KeyFileError, match=says):
            read_private_key(path, no_passphrase)


def test_without_the_extra_signatures_ask_for_it_and_nothing_else_does(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(signed(keys, "a"), tmp_path / "p.rfb")
    importing = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("cryptography"):
            raise ModuleNotFoundError(f"No module named {name!r}")
        return importing(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert rf.Bundle.from_file(file).manifest.name == "small"
    for attempt in (
        lambda: rf.Bundle.from_file(file, require_signature=[keys / "a.pub.pem"]),
        lambda: read_private_key(keys / "a.pem", no_passphrase),
        lambda: make_keys(tmp_path / "new.pem"),
    ):
        with pytest.raises(rf.MissingExtraError, match=r"pip install 'ringfence\[sign\]'"):
            attempt()
    assert not (tmp_path / "new.pem").exists()


def test_a_signature_is_kept_as_base64_of_64_bytes(keys: Path) -> None:
    ((_, signature),) = signed(keys, "a").signatures.items()
    assert base64.b64encode(signature) in signed(keys, "a").to_bytes()
