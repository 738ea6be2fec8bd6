"""The commands about packages, end to end: what they write, what they say, and how they end."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ringfence.cli.app import app
from tests.packing.test_hostile_archives import HOSTILE
from tests.packing.test_round_trips import write
from tests.packing.zips import FILES


def ringfence(*arguments: object, status: int = 0) -> Result:
    """Run the command here; `status` is the exit status that it must have."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == status, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundle `small`, its package, an event, and a package that is signed with `k.pem`."""
    folder = tmp_path_factory.mktemp("made")
    write(folder / "small", FILES)
    (folder / "event").write_text("{}\n")
    ringfence("pack", folder / "small", "-o", folder / "small.rfb")
    ringfence("sign", folder / "small.rfb", "--new-key", folder / "k.pem", "--output", folder / "signed.rfb")
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `made` that is the current folder."""
    shutil.copytree(made, tmp_path / "place")
    monkeypatch.chdir(tmp_path / "place")
    return tmp_path / "place"


def test_a_package_works_wherever_a_folder_does(place: Path) -> None:
    for bundle in ("small", "small.rfb", "signed.rfb"):
        assert json.loads(ringfence("run", bundle, "--input", "event").stdout)["decision"] == 1
        assert "loads" in ringfence("check", bundle).stderr
        assert "1 passed" in ringfence("test", bundle).stdout
        assert json.loads(ringfence("heap", bundle, "--format", "json").stdout)
    assert ringfence("pack", "small.rfb", "-o", "again.rfb").stdout == ""
    assert (place / "again.rfb").read_bytes() == (place / "small.rfb").read_bytes()
    assert ringfence("pack", "small", "-o", "-").stdout_bytes == (place / "small.rfb").read_bytes()


def test_inspect_says_the_same_of_folder_and_package(place: Path) -> None:
    folder = json.loads(ringfence("inspect", "small", "--format", "json").stdout)
    package = json.loads(ringfence("inspect", "signed.rfb", "--format", "json").stdout)
    assert package["signatures"] == [{"key": package["signatures"][0]["key"]}]
    assert (folder.pop("format"), package.pop("format")) == (None, 1)
    assert (folder.pop("signatures"), len(package.pop("signatures"))) == ([], 1)
    assert folder == package
    assert [file["path"] for file in package["files"]] == sorted(FILES)
    table = ringfence("inspect", "signed.rfb").stdout
    for shown in ("small", "1.2", f"sha256:{package['digest']}", "main.star", "not verified"):
        assert shown in table


def test_run_takes_what_a_required_key_has_signed(place: Path) -> None:
    done = ringfence("run", "signed.rfb", "--input", "event", "--require-signature", "k.pub.pem")
    assert json.loads(done.stdout)["decision"] == 1
    for bundle, says in (("small.rfb", "it is not signed"), ("small", "no package")):
        refused = ringfence("run", bundle, "--require-signature", "k.pub.pem", "--output", "out", status=2)
        assert refused.stdout == ""
        assert says in refused.stderr
    assert not (place / "out").exists()


def test_verify_ends_with_0_1_or_2(place: Path) -> None:
    assert "good signature" in ringfence("verify", "signed.rfb", "--key", "k.pub.pem").stderr
    assert "it is not signed" in ringfence("verify", "small.rfb", "--key", "k.pub.pem", status=1).stderr
    ringfence("sign", "small.rfb", "--new-key", "other.pem")
    assert "and not by" in ringfence("verify", "small.rfb", "--key", "k.pub.pem", status=1).stderr
    damaged = (place / "signed.rfb").read_bytes().replace(b"return n", b"return 7")
    (place / "signed.rfb").write_bytes(damaged)
    assert "another checksum" in ringfence("verify", "signed.rfb", "--key", "k.pub.pem", status=2).stderr


def test_signing_in_place_keeps_other_signatures(place: Path) -> None:
    ringfence("sign", "signed.rfb", "--new-key", "other.pem")
    once = (place / "signed.rfb").read_bytes()
    ringfence("sign", "signed.rfb", "--key", "other.pem")
    assert (place / "signed.rfb").read_bytes() == once
    ringfence("verify", "signed.rfb", "--key", "k.pub.pem", "--key", "other.pub.pem")


def test_a_failure_leaves_the_package_that_was_there(place: Path) -> None:
    before = (place / "small.rfb").read_bytes()
    (place / "small/main.star").write_text("def decide(e):\n    return lenn(e)\n\nx = y\n")
    done = ringfence("pack", "small", "-o", "small.rfb", status=2)
    assert "main.star:2:12: undefined: lenn" in done.stderr
    assert "main.star:4:5: undefined: y" in done.stderr
    assert "--no-check" in done.stderr
    assert (place / "small.rfb").read_bytes() == before
    ringfence("pack", "small", "-o", "small.rfb", "--no-check")
    assert (place / "small.rfb").read_bytes() != before
    assert sorted(path.name for path in place.iterdir()) == [
        "event",
        "k.pem",
        "k.pub.pem",
        "signed.rfb",
        "small",
        "small.rfb",
    ]


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="file modes as another user would see them"
)
def test_a_package_gets_the_mode_of_an_ordinary_file(place: Path) -> None:
    assert (place / "small.rfb").stat().st_mode & 0o777 == 0o666 & ~umask()


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("pack small", "--output"),
        ("pack none -o x.rfb", "does not exist. Give the folder that holds bundle.toml"),
        ("pack small/main.star -o x.rfb", "is a file of a bundle, not the bundle"),
        ("pack small/tests -o x.rfb", "no bundle.toml"),
        ("pack small -o small", "it is a folder; give a file's name"),
        ("pack small -o none/x.rfb", "there is no folder 'none'; make it first"),
        ("pack small -o small/main.star", "exists and is no package"),
        ("inspect small/main.star", "Give a file that `ringfence pack BUNDLE --output FILE` made"),
        ("inspect none.rfb", "does not exist"),
        ("sign small.rfb", "--new-key KEY to make one"),
        ("sign small.rfb --key k.pem --new-key l.pem", "give one of the two"),
        ("sign small --key k.pem", "ringfence pack small --output small.rfb"),
        ("sign none.rfb --key k.pem", "cannot be read"),
        ("sign small.rfb --key none.pem", "cannot be read: No such file"),
        ("sign small.rfb --key k.pub.pem", "Give the private key"),
        ("sign small.rfb --new-key k.pem", "never overwritten"),
        ("sign small.rfb --key k.pem -o none/x.rfb", "there is no folder 'none'"),
        ("verify small.rfb", "--key"),
        ("verify small --key k.pub.pem", "ringfence pack small"),
        ("verify signed.rfb --key k.pem", "openssl pkey -in k.pem -pubout"),
        ("verify signed.rfb --key none.pem", "cannot be read: No such file"),
        ("run signed.rfb --require-signature none.pem", "cannot be read: No such file"),
        ("run none.rfb", "does not exist"),
        ("run k.pem", "does not begin like a package"),
    ],
)
def test_mistakes_are_answered_with_what_to_do(place: Path, arguments: str, says: str) -> None:
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    done = ringfence(*arguments.split(), status=2)
    assert says in " ".join(done.stderr.split())
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_another_zip_file_is_not_overwritten(place: Path) -> None:
    """It begins with the same four bytes."""
    with zipfile.ZipFile(place / "photos.zip", "w") as photos:
        photos.writestr("one.jpg", b"")
    before = (place / "photos.zip").read_bytes()
    for arguments in ("pack small -o photos.zip", "sign small.rfb --key k.pem -o photos.zip"):
        assert "exists and is no package" in ringfence(*arguments.split(), status=2).stderr
    assert (place / "photos.zip").read_bytes() == before


@pytest.mark.parametrize(
    "kind", ["parent", "link", "bomb", "twice", "wrong digest", "later format", "bytes after"]
)
def test_every_command_refuses_a_hostile_package_and_writes_nothing(place: Path, kind: str) -> None:
    (place / "x.rfb").write_bytes(HOSTILE[kind][0]())
    before = {path: path.read_bytes() for path in place.parent.rglob("*") if path.is_file()}
    for arguments in (
        "run x.rfb --input event --output out",
        "check x.rfb",
        "test x.rfb",
        "heap x.rfb",
        "inspect x.rfb",
        "pack x.rfb -o y.rfb",
        "sign x.rfb --key k.pem",
        "verify x.rfb --key k.pub.pem",
    ):
        done = ringfence(*arguments.split(), status=2)
        assert "the package 'x.rfb' is refused: " in done.stderr
        assert done.stdout == ""
    assert {path: path.read_bytes() for path in place.parent.rglob("*") if path.is_file()} == before
