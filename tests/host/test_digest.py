"""One digest names a bundle: it changes with whatever decides, with nothing else, and can be checked with `sha256sum`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ringfence as rf
from ringfence.manifest import Manifest, checked_functions, parse_manifest

FILES = {
    "bundle.toml": '[bundle]\nname = "b"\n',
    "main.star": "load('lib/n.star', 'n')\ndef decide(e):\n    return n\n",
    "lib/n.star": "n = 1\n",
    "data/d.json": "[]",
    "tests/test_n.star": "def test_n():\n    pass\n",
    "README.md": "About n.\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, content in FILES.items():
        (tmp_path / "b" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "b" / path).write_text(content)
    return tmp_path / "b"


def test_it_is_the_digest_of_what_sha256sum_says(folder: Path) -> None:
    paths = ["bundle.toml", "data/d.json", "lib/n.star", "main.star"]
    listing = "".join(f"{hashlib.sha256(FILES[path].encode()).hexdigest()}  {path}\n" for path in paths)
    assert rf.Bundle.from_folder(folder).digest == hashlib.sha256(listing.encode()).hexdigest()
    if shutil.which("sha256sum"):
        said = subprocess.run(["sha256sum", *paths], cwd=folder, capture_output=True, check=True).stdout
        assert said.decode() == listing


@pytest.mark.parametrize("path", ["bundle.toml", "main.star", "lib/n.star", "data/d.json"])
def test_it_covers_every_file_that_decides(folder: Path, path: str) -> None:
    before = rf.Bundle.from_folder(folder).digest
    (folder / path).write_text(FILES[path] + "\n")
    changed = rf.Bundle.from_folder(folder).digest
    (folder / path).write_text(FILES[path])
    assert changed != before == rf.Bundle.from_folder(folder).digest


def test_it_covers_where_a_file_is(folder: Path) -> None:
    before = rf.Bundle.from_folder(folder).digest
    (folder / "lib/n.star").rename(folder / "lib/m.star")
    assert rf.Bundle.from_folder(folder).digest != before


@pytest.mark.parametrize("path", ["tests/test_n.star", "README.md"])
def test_what_decides_nothing_does_not_count(folder: Path, path: str) -> None:
    before = rf.Bundle.from_folder(folder).digest
    (folder / path).write_text("changed")
    assert rf.Bundle.from_folder(folder).digest == before


def test_a_bundle_in_memory_has_the_digest_of_its_folder(tmp_path: Path) -> None:
    in_memory = rf.Bundle.from_sources({"main.star": FILES["main.star"], "lib/n.star": "n = 2"}, default=[1])
    for path, content in {"bundle.toml": in_memory.manifest_text, **in_memory.files}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    assert rf.Bundle.from_folder(tmp_path).digest == in_memory.digest


def test_every_part_of_a_manifest_in_memory_counts() -> None:
    variants: list[dict[str, Any]] = [
        {},
        {"hit_policy": "collect"},
        {"default": 0},
        {"default": False},
        {"default": {"a": None}},
        {"options": ["while"]},
        {"functions": {"f": {"params": 1}}},
        {"limits": rf.Limits(fuel=7)},
    ]
    assert len({rf.Bundle.from_sources({"main.star": ""}, **each).digest for each in variants}) == len(
        variants
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
json_values = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.builds(
        Manifest,
        name=st.sampled_from(["gateway", 'a "b" é \\']),
        default=st.none() | json_values,
        limits=st.builds(
            rf.Limits, fuel=st.none() | st.integers(1, 10**15), memory=st.none() | st.just("16MiB")
        ),
        options=st.sampled_from([(), ("while", "set")]),
        functions=st.sampled_from(
            [
                {},
                checked_functions(
                    {"geoip": {"params": 1}, "été": {"params": ["str"], "result": "dict | null"}}
                ),
            ]
        ),
    )
)
def test_a_manifest_written_as_toml_reads_the_same(manifest: Manifest) -> None:
    assert parse_manifest(manifest.as_toml()) == manifest


@pytest.mark.parametrize("label", ["two\nlines", "\x1b[31mred", "x" * 201])
def test_names_and_versions_are_fit_to_be_shown(label: str) -> None:
    for key in ("name", "version"):
        with pytest.raises(rf.BundleError, match=f"{key} must be at most 200 printable"):
            parse_manifest(Manifest(**{key: label}).as_toml())
