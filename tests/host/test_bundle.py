"""Reading bundles: nothing outside the folder is read, everything is bounded, and errors name the file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import ringfence as rf
from ringfence import contents
from ringfence.manifest import parse_manifest

GOOD = """
[bundle]
name = "gateway"
version = "1.4.0"
hit_policy = "first"
default = { action = "allow" }
[limits]
fuel = 200000
memory = "16MiB"
deadline = "50ms"
[dialect]
options = ["while"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small bundle."""
    root = tmp_path / "bundle"
    for path, content in {
        "bundle.toml": GOOD,
        "main.star": "load('lib/net.star', 'x')",
        "lib/net.star": "x = 1",
        "data/countries.json": "[]",
        "tests/test_main.star": "not part of it",
        "README.md": "not part of it",
        "lib/data.json": "not part of it",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


def finding(caught: pytest.ExceptionInfo[rf.BundleError]) -> rf.Diagnostic:
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_a_bundle_holds_its_sources_and_its_data(folder: Path) -> None:
    bundle = rf.Bundle.from_folder(folder)
    assert sorted(bundle.files) == ["data/countries.json", "lib/net.star", "main.star"]
    assert bundle.manifest.default == {"action": "allow"}
    assert bundle.manifest.limits == rf.Limits(fuel=200_000, memory=16 << 20, deadline=0.05)
    assert bundle.manifest.options == ("while",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bundle]\nnam = 'x'", "[bundle] unknown key 'nam' (did you mean \"name\"?)"),
        ("[bundel]\n", "unknown table 'bundel' (did you mean \"bundle\"?)"),
        ("[limits]\nfule = 3", "[limits] unknown key 'fule' (did you mean \"fuel\"?)"),
        ("[limits]\nfuel = 'much'", "[limits] fuel is a whole number of units, not 'much'"),
        ("[limits]\nmemory = '16 miles'", "[limits] memory: '16 miles' is not a size"),
        ("[limits]\ndeadline = -1", "[limits] deadline: a duration must be positive"),
        ("[bundle]\nhit_policy = 'frist'", "unknown hit policy 'frist' (did you mean \"first\"?)"),
        ("[bundle]\nentry = 3", "[bundle] entry must be a string, not an integer"),
        ("[dialect]\noptions = ['whlie']", "unknown dialect option 'whlie' (did you mean \"while\"?)"),
        ("[dialect]\noptions = 'while'", "must be a list of strings"),
        ("[functions]\ngeoip = 1", "[functions] geoip must be a table"),
        ("[functions]\ngeoip = { parms = 1 }", "unknown key 'parms' (did you mean \"params\"?)"),
        ("limits = 3", "[limits] must be a table, not an integer"),
        ("[bundle\n", "not valid TOML"),
        ("x = " + "[" * 5000, "not valid TOML"),
    ],
)
def test_every_key_of_the_manifest_is_checked(text: str, message: str) -> None:
    with pytest.raises(rf.BundleError) as caught:
        parse_manifest(text)
    assert finding(caught).path == "bundle.toml"
    assert message in finding(caught).message


def test_a_missing_bundle_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(rf.BundleError, match=r"does not exist.*ringfence init"):
        rf.Bundle.from_folder(tmp_path / "nothing")
    with pytest.raises(rf.BundleError, match=r"no bundle\.toml"):
        rf.Bundle.from_folder(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(rf.BundleError, match="not a folder"):
        rf.Bundle.from_folder(tmp_path / "file")


def test_a_missing_entry_names_the_nearest_source(folder: Path) -> None:
    (folder / "bundle.toml").write_text("[bundle]\nentry = 'mian.star'")
    with pytest.raises(rf.BundleError) as caught:
        rf.Bundle.from_folder(folder)
    assert "'mian.star' is not in the bundle (did you mean \"main.star\"?)" in finding(caught).message


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
@pytest.mark.parametrize("name", ["bundle.toml", "main.star", "data/countries.json"])
def test_symbolic_links_are_refused(folder: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text(GOOD)
    (folder / name).unlink()
    (folder / name).symlink_to(outside)
    with pytest.raises(rf.BundleError) as caught:
        rf.Bundle.from_folder(folder)
    assert finding(caught).path == name
    assert "symbolic link" in finding(caught).message


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
def test_folders_behind_links_are_not_entered(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.star").write_text("secret")
    (folder / "more").symlink_to(tmp_path / "secret")
    assert not any(path.startswith("more") for path in rf.Bundle.from_folder(folder).files)


@pytest.mark.skipif(not hasattr(__import__("os"), "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_does_not_block_the_reader(folder: Path) -> None:
    import os

    os.mkfifo(folder / "pipe.star")
    with pytest.raises(rf.BundleError) as caught:
        rf.Bundle.from_folder(folder)
    assert finding(caught).path == "pipe.star"


def test_sizes_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MAXIMUM_SOURCE_BYTES", 100)
    (folder / "main.star").write_text("#" * 101)
    with pytest.raises(rf.BundleError) as caught:
        rf.Bundle.from_folder(folder)
    assert finding(caught).path == "main.star"
    monkeypatch.setattr(contents, "MAXIMUM_SOURCE_BYTES", 101)
    monkeypatch.setattr(contents, "MAXIMUM_TOTAL_BYTES", 100)
    with pytest.raises(rf.BundleError, match="more than 100 bytes"):
        rf.Bundle.from_folder(folder)
    monkeypatch.setattr(contents, "MAXIMUM_FILES", 3)
    with pytest.raises(rf.BundleError, match="more than 3 files"):
        rf.Bundle.from_folder(folder)


def test_the_manifest_must_be_text(folder: Path) -> None:
    (folder / "bundle.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(rf.BundleError, match="UTF-8"):
        rf.Bundle.from_folder(folder)


@pytest.mark.parametrize(
    "path", ["../x.star", "/x.star", "a//b.star", "a/./b.star", "a\\b.star", "", "a\nb.star"]
)
def test_paths_in_memory_stay_inside_too(path: str) -> None:
    with pytest.raises(rf.BundleError):
        rf.Bundle.from_sources({"main.star": "", path: ""})


def test_a_bundle_in_memory_is_checked_as_one_on_disk() -> None:
    assert rf.Bundle.from_sources({"main.star": "x"}, default="no").manifest.default == "no"
    for wrong in (
        {"hit_policy": "last"},
        {"options": ["goto"]},
        {"functions": {"f": 1}},
        {"entry": "a.star"},
    ):
        with pytest.raises(rf.BundleError):
            rf.Bundle.from_sources({"main.star": ""}, **wrong)  # type: ignore[arg-type]


def test_a_default_must_be_json() -> None:
    with pytest.raises(rf.BundleError, match="JSON"):
        rf.Bundle.from_sources({"main.star": ""}, default={1, 2}).configuration(0)
