"""The code cache: whole entries or none, private, and never a reason to fail."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from ringfence.cache import CodeCache, cache_directory
from ringfence.engine import Engine
from tests.host.misbehaving import misbehaving_guest

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="file modes are those of POSIX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_what_is_written_is_read_again(folder: Path) -> None:
    CodeCache(folder).write("a", b"code")
    assert CodeCache(folder).read("a") == b"code"
    assert CodeCache(folder).read("b") is None


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 31, b"x" * 500])
def test_a_damaged_entry_is_not_used_and_goes_away(folder: Path, damage: bytes) -> None:
    cache = CodeCache(folder)
    cache.write("a", b"code" * 100)
    (folder / "a").write_bytes(damage)
    assert cache.read("a") is None
    assert not (folder / "a").exists()


def test_a_flipped_bit_is_noticed(folder: Path) -> None:
    cache = CodeCache(folder)
    cache.write("a", b"code")
    content = bytearray((folder / "a").read_bytes())
    content[-1] ^= 1
    (folder / "a").write_bytes(content)
    assert cache.read("a") is None


@posix_only
def test_the_folder_is_private(folder: Path) -> None:
    CodeCache(folder).write("a", b"code")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "a").stat().st_mode & 0o077 == 0


@posix_only
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_is_not_used(folder: Path, mode: int) -> None:
    cache = CodeCache(folder)
    cache.write("a", b"code")
    folder.chmod(mode)
    assert cache.read("a") is None
    cache.write("b", b"code")
    folder.chmod(0o700)
    assert cache.read("b") is None


@posix_only
def test_an_entry_that_others_can_write_or_that_is_a_link_is_not_used(folder: Path) -> None:
    cache = CodeCache(folder)
    cache.write("a", b"code")
    os.link(folder / "a", folder / "b")
    (folder / "link").symlink_to(folder / "b")
    assert cache.read("link") is None
    (folder / "a").chmod(0o666)
    assert cache.read("a") is None


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = CodeCache(tmp_path / "file" / "cache")
    cache.write("a", b"code")
    assert cache.read("a") is None


def test_concurrent_writers_leave_a_whole_entry(folder: Path) -> None:
    codes = [bytes([number]) * 200_000 for number in range(8)]
    threads = [threading.Thread(target=CodeCache(folder).write, args=("a", code)) for code in codes]
    for thread in threads:
        thread.start()
    seen = {CodeCache(folder).read("a") for _ in range(50)}
    for thread in threads:
        thread.join()
    assert seen <= {None, *codes}
    assert CodeCache(folder).read("a") in codes
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_old_entries_are_dropped(folder: Path) -> None:
    for number in range(20):
        CodeCache(folder).write(str(number), b"code")
    assert 0 < len(list(folder.iterdir())) < 10


def test_an_engine_compiles_again_when_the_cached_code_is_not_wasmtimes(folder: Path) -> None:
    cache = CodeCache(folder)
    guest = misbehaving_guest()
    Engine(guest, cache)
    (entry,) = folder.iterdir()
    good = cache.read(entry.name)
    cache.write(entry.name, b"not machine code")
    Engine(guest, cache)
    assert cache.read(entry.name) == good


def test_the_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RINGFENCE_CACHE_DIR", str(tmp_path))
    assert cache_directory() == tmp_path
    monkeypatch.delenv("RINGFENCE_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory().name == "ringfence"
