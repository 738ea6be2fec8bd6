"""The code cache: whole entries or none, private, and never a reason to fail."""

from __future__ import annotations

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


def content(folder: Path, key: str = "a") -> bytes | None:
    """What a new process would find under a key."""
    found = CodeCache(folder).find(key)
    return None if found is None else found.read_bytes()


def entry(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_is_written_is_found_again(folder: Path) -> None:
    CodeCache(folder).write("a", b"code")
    assert content(folder, "a") == b"code"
    assert content(folder, "b") is None


@pytest.mark.parametrize("damage", [b"", b"x", b"codf", b"code" * 2])
def test_a_damaged_entry_is_not_used_and_goes_away(folder: Path, damage: bytes) -> None:
    CodeCache(folder).write("a", b"code")
    entry(folder).write_bytes(damage)
    assert content(folder) is None
    assert list(folder.iterdir()) == []


@posix_only
def test_the_folder_is_private(folder: Path) -> None:
    CodeCache(folder).write("a", b"code")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert entry(folder).stat().st_mode & 0o077 == 0


@posix_only
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_is_not_used(folder: Path, mode: int) -> None:
    CodeCache(folder).write("a", b"code")
    folder.chmod(mode)
    assert content(folder) is None
    CodeCache(folder).write("b", b"code")
    folder.chmod(0o700)
    assert content(folder, "b") is None


@posix_only
def test_an_entry_that_is_a_link_is_not_used(folder: Path, tmp_path: Path) -> None:
    CodeCache(folder).write("a", b"code")
    elsewhere = tmp_path / "elsewhere"
    path = entry(folder)
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert content(folder) is None


@posix_only
def test_an_entry_that_others_can_write_is_not_used(folder: Path) -> None:
    CodeCache(folder).write("a", b"code")
    entry(folder).chmod(0o666)
    assert content(folder) is None


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    CodeCache(tmp_path / "file" / "cache").write("a", b"code")
    assert content(tmp_path / "file" / "cache") is None


def test_concurrent_writers_leave_whole_entries(folder: Path) -> None:
    codes = [bytes([number]) * 200_000 for number in range(8)]
    threads = [threading.Thread(target=CodeCache(folder).write, args=("a", code)) for code in codes]
    for thread in threads:
        thread.start()
    seen = {content(folder) for _ in range(50)}
    for thread in threads:
        thread.join()
    assert seen <= {None, *codes}
    assert content(folder) in codes
    assert not any(path.name.startswith(".") for path in folder.iterdir())


def test_old_entries_are_dropped(folder: Path) -> None:
    for number in range(40):
        CodeCache(folder).write(str(number), b"code")
    assert 0 < len(list(folder.iterdir())) < 20


def test_an_engine_compiles_again_when_the_cached_code_is_not_wasmtimes(folder: Path, tmp_path: Path) -> None:
    guest = misbehaving_guest(tmp_path)
    cache = CodeCache(folder)
    Engine(guest, cache)
    good = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(good) == 2
    for name in good:
        (folder / name).unlink()
        cache.write(name.partition("-")[0], b"not machine code")
    Engine(guest, cache)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == good


def test_the_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RINGFENCE_CACHE_DIR", str(tmp_path))
    assert cache_directory() == tmp_path
    monkeypatch.delenv("RINGFENCE_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory().name == "ringfence"
