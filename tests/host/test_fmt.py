"""`ringfence fmt`: what it changes and leaves alone, and that a source is never lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ringfence.cli.app import app
from ringfence.errors import BundleError, MissingExtraError
from ringfence.formatting import formatted

UGLY = "rule( 'a',when = lambda e:e.x ==1 )\n"
GOOD = 'rule("a", when=lambda e: e.x == 1)\n'


def fmt(*arguments: object, given: str = "") -> Result:
    return CliRunner().invoke(app, ["fmt", *map(str, arguments)], input=given)


def test_a_file_is_formatted_in_place_and_only_once(tmp_path: Path) -> None:
    file = tmp_path / "main.star"
    file.write_text(UGLY)
    file.chmod(0o640)
    done = fmt(file)
    assert (done.exit_code, file.read_text(), done.stderr) == (0, GOOD, "1 file formatted, 0 unchanged\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert fmt(file).stderr == "0 files formatted, 1 unchanged\n"


def test_a_folder_means_every_source_below_it(tmp_path: Path) -> None:
    for name in ("main.star", "lib/a.star", "tests/b.star", ".git/c.star", "notes.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(UGLY)
    done = fmt(tmp_path)
    assert done.stderr == "3 files formatted, 0 unchanged\n"
    left = [name for name in (".git/c.star", "notes.py") if (tmp_path / name).read_text() == UGLY]
    assert left == [".git/c.star", "notes.py"]


def test_check_and_diff_write_nothing_and_exit_with_1(tmp_path: Path) -> None:
    file = tmp_path / "main.star"
    file.write_text(UGLY)
    checked, shown = fmt(tmp_path, "--check"), fmt(tmp_path, "--diff")
    assert (checked.exit_code, shown.exit_code, file.read_text()) == (1, 1, UGLY)
    assert checked.stderr == f"would be formatted: {file}\n1 file would be formatted, 0 unchanged\n"
    assert f"-{UGLY}+{GOOD}" in shown.stdout
    file.write_text(GOOD)
    assert (fmt(tmp_path, "--check").exit_code, fmt(tmp_path, "--diff").stdout) == (0, "")


def test_standard_input_goes_to_standard_output() -> None:
    assert (fmt("-", given=UGLY).stdout, fmt("-", given=GOOD).stdout) == (GOOD, GOOD)
    assert (fmt("-", "--check", given=UGLY).stdout, fmt("-", "--check", given=UGLY).exit_code) == ("", 1)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ('x = 1\ny = b"\u00e9"\n', "2:5: cannot be formatted: bytes can only contain ASCII"),
        ("def f():\n    return 1 +\n", "2:15: cannot be formatted: invalid syntax"),
        ("x = " + "(" * 5000 + ")" * 5000, "cannot be formatted: "),
        ("x = '\0'", "cannot be formatted: source code string cannot contain null bytes"),
    ],
)
def test_what_python_does_not_take_stays_as_it_is(tmp_path: Path, source: str, place: str) -> None:
    bad, ugly = tmp_path / "bad.star", tmp_path / "ugly.star"
    bad.write_text(source)
    ugly.write_text(UGLY)
    done = fmt(tmp_path)
    assert (done.exit_code, bad.read_text(), ugly.read_text()) == (2, source, GOOD)
    assert f"{bad}:" in done.stderr and place in done.stderr
    assert "1 file formatted, 0 unchanged, 1 file left alone" in done.stderr


def test_line_ends_and_the_byte_order_mark_are_kept() -> None:
    assert formatted(b"\xef\xbb\xbfx=1\r\ny=2\r\n", "a.star") == b"\xef\xbb\xbfx = 1\r\ny = 2\r\n"
    assert formatted(GOOD.replace("\n", "\r\n").encode(), "a.star") == GOOD.replace("\n", "\r\n").encode()
    with pytest.raises(BundleError, match="2: cannot be formatted: not UTF-8"):
        formatted(b"x = 1\ny = '\xff'", "a.star")


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.star"
    outside.write_text(UGLY)
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "linked.star").symlink_to(outside)
    (bundle / "folder").symlink_to(tmp_path)
    assert fmt(bundle).stderr == "0 files formatted, 0 unchanged\n"
    named = fmt(bundle / "linked.star")
    assert (named.exit_code, "is a symbolic link" in named.stderr, outside.read_text()) == (2, True, UGLY)


def test_only_starlark_sources_are_taken(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(UGLY)
    done = fmt(tmp_path / "a.py", tmp_path / "none.star")
    assert done.exit_code == 2
    assert "is no .star file" in done.stderr and "cannot be read: No such file" in done.stderr


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "black", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ringfence\[fmt\]'"):
        formatted(b"x=1", "a.star")
    (tmp_path / "a.star").write_text("x=1")
    done = fmt(tmp_path)
    assert (done.exit_code, "ringfence[fmt]" in done.stderr) == (2, True)
