"""The limits on a bundle's folder: how many files, how deep, how large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import ringfence as rf
from ringfence import contents as limits

MAIN = "def decide(event):\n    return 1\n"


def sparse(path: Path, size: int) -> None:
    """A file of zeroes that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(size)


def make(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "bundle.toml").write_text('[bundle]\nname = "limits"\n')
    (folder / "main.star").write_text(MAIN)
    return folder


def too_many_files(folder: Path) -> None:
    for number in range(limits.MAXIMUM_FILES + 1):
        (folder / f"m{number}.star").write_text("")


def too_deep(folder: Path) -> None:
    deepest = folder.joinpath(*["d"] * (limits.MAXIMUM_DEPTH + 1))
    deepest.mkdir(parents=True)
    (deepest / "m.star").write_text("")


def too_large_together(folder: Path) -> None:
    for number in range(limits.MAXIMUM_TOTAL_BYTES // limits.MAXIMUM_DATA_BYTES + 1):
        sparse(folder / "data" / f"d{number}.json", limits.MAXIMUM_DATA_BYTES)


TOO_MUCH: dict[str, tuple[Callable[[Path], None], str]] = {
    "MAXIMUM_FILES": (too_many_files, "files"),
    "MAXIMUM_DEPTH": (too_deep, "nested"),
    "MAXIMUM_MANIFEST_BYTES": (
        lambda folder: sparse(folder / "bundle.toml", limits.MAXIMUM_MANIFEST_BYTES + 1),
        "bundle.toml",
    ),
    "MAXIMUM_SOURCE_BYTES": (
        lambda folder: sparse(folder / "main.star", limits.MAXIMUM_SOURCE_BYTES + 1),
        "main.star",
    ),
    "MAXIMUM_DATA_BYTES": (
        lambda folder: sparse(folder / "data" / "d.json", limits.MAXIMUM_DATA_BYTES + 1),
        "data/d.json",
    ),
    "MAXIMUM_TOTAL_BYTES": (too_large_together, "hold more than"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_one_past_the_limit_is_refused(name: str, tmp_path: Path) -> None:
    exceed, named = TOO_MUCH[name]
    folder = make(tmp_path / "bundle")
    rf.Bundle.from_folder(folder)
    exceed(folder)
    with pytest.raises(rf.BundleError) as caught:
        rf.Bundle.from_folder(folder)
    assert named in str(caught.value)


def test_every_limit_has_a_test() -> None:
    assert set(TOO_MUCH) == {name for name in vars(limits) if name.startswith("MAXIMUM_")}
