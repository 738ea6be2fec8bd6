"""What is packed is read back as it was, and the same bundle is the same bytes, wherever and however it is packed."""

from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ringfence as rf
from ringfence.bundle import read_tests
from ringfence.packing.package import make_package, read_package
from tests.packing.zips import FILES

ROOT = Path(__file__).parents[2]


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "bundle", FILES)


def packed(folder: Path) -> bytes:
    return rf.Bundle.from_folder(folder).pack(read_tests(folder)).to_bytes()


def test_a_package_is_the_bundle_of_its_folder(folder: Path, tmp_path: Path) -> None:
    bundle = rf.Bundle.from_folder(folder)
    (tmp_path / "b.rfb").write_bytes(packed(folder))
    read = rf.Bundle.from_file(tmp_path / "b.rfb")
    assert read == bundle == rf.Bundle.from_path(tmp_path / "b.rfb") == rf.Bundle.from_path(folder)
    assert read.digest == bundle.digest
    assert read_tests(tmp_path / "b.rfb") == read_tests(folder) == {"tests/t.jsonl": FILES["tests/t.jsonl"]}


def test_a_package_decides_as_its_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "b.rfb").write_bytes(packed(folder))
    runtime = rf.Runtime()
    with runtime.load(folder) as here, runtime.load(tmp_path / "b.rfb") as there:
        assert here.evaluate({}) == there.evaluate({})
    assert runtime.check(tmp_path / "b.rfb") == []


def test_tests_change_neither_digest_nor_decisions_and_may_stay_out(folder: Path) -> None:
    bundle = rf.Bundle.from_folder(folder)
    without = read_package(bundle.pack().to_bytes(), "b")
    assert without.tests == {}
    assert rf.Bundle.from_package(without).digest == bundle.digest


def test_order_time_mode_and_umask_do_not_change_a_byte(folder: Path, tmp_path: Path) -> None:
    expected = packed(folder)
    previous = os.umask(0o077)
    try:
        other = write(tmp_path / "other", dict(random.Random(1).sample(list(FILES.items()), len(FILES))))
    finally:
        os.umask(previous)
    for number, path in enumerate(FILES):
        (other / path).chmod(0o400 + number)
        os.utime(other / path, (number, 10**9 + number))
    write(
        other,
        {"README.md": b"not packed", "lib/.hidden/x.star": b"not packed", ".git/config.star": b"not packed"},
    )
    assert packed(other) == expected


def test_the_form_of_a_package_does_not_change_unnoticed(folder: Path) -> None:
    # Bytes written today must be read by every later version with this format number, and give the same digests.
    assert (
        hashlib.sha256(packed(folder)).hexdigest()
        == "edc1ae8cc6d9ca2bac6d1943a56b38df044eac1f5d462d59d1036717a76f8bef"
    )


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_other_pythons_write_the_same_bytes(folder: Path, version: str) -> None:
    python = shutil.which(f"python{version}")
    program = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from ringfence.packing.package import make_package\n"
        "root = Path(sys.argv[1])\n"
        "files = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob('*') if p.is_file()}\n"
        "sys.stdout.buffer.write(make_package(files).to_bytes())\n"
    )
    if python is None or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"no Python {version} here")
    paths = [path for path in sys.path if "site-packages" in path]
    done = subprocess.run(
        [python, "-I", "-c", program, str(folder), str(ROOT / "host"), *paths],
        capture_output=True,
        check=True,
    )
    assert done.stdout == packed(folder)


def test_ordinary_tools_read_packages(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(folder))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [".manifest.json", *sorted(FILES)]
        assert {name: archive.read(name) for name in FILES} == FILES
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}


part = st.text(st.characters(categories=["Ll", "Lu", "Lo", "Nd"]), min_size=1, max_size=6)
paths = st.lists(part, min_size=1, max_size=4).map("/".join)
contents = st.binary(max_size=50)
bundles = st.dictionaries(paths.map(lambda path: path + ".star"), contents, max_size=8).flatmap(
    lambda sources: st.dictionaries(
        paths.map(lambda path: f"data/{path}.json") | paths.map(lambda path: f"tests/{path}.jsonl"),
        contents,
        max_size=4,
    ).map(lambda others: {"bundle.toml": b"", "main.star": b"", **sources, **others})
)


@given(bundles)
def test_generated_bundles_come_back_or_are_refused_with_a_reason(files: dict[str, bytes]) -> None:
    try:
        package = make_package(files)
    except rf.BundleError as error:
        # Names that differ in case only, or that mean something to Windows.
        assert "same file on some systems" in str(error) or "on every system" in str(error)
        return
    data = package.to_bytes()
    read = read_package(data, "generated")
    assert dict(read.files) == dict(sorted(files.items()))
    assert read.to_bytes() == data


def test_a_large_bundle_is_packed_and_read_in_a_moment() -> None:
    data = {f"data/d{number}.json": bytes(1 << 20) for number in range(100)}
    started = time.process_time()
    package = make_package({"bundle.toml": b"", "main.star": b"", **data})
    assert len(read_package(package.to_bytes(), "large").files) == 102
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("con.star", "a device on Windows"),
        ("lib/NUL .star", "a device on Windows"),
        ("a:b.star", "no ':' in names"),
        ("lib./x.star", "drops the end"),
        ("x" * 260 + ".star", "longer than 255 bytes"),
        ("MAIN.star", "the same file"),
        ("main.star/x.star", "the same file"),
        ("é.star", "the same file"),
    ],
)
def test_names_that_mean_another_file_elsewhere_are_not_packed(path: str, says: str) -> None:
    files = {"bundle.toml": b"", "main.star": b"", "e\u0301.star": b"", path: b""}
    with pytest.raises(rf.BundleError, match=says) as caught:
        make_package(files)
    assert "Rename it" in str(caught.value)


def test_bundles_in_memory_are_packed_too() -> None:
    bundle = rf.Bundle.from_sources(
        {"main.star": "x = 1", "data/d.json": "1"}, default={"a": [1.5, True]}, options=["while"]
    )
    read = rf.Bundle.from_package(read_package(bundle.pack().to_bytes(), "b"))
    assert read == bundle
    with pytest.raises(rf.BundleError, match="default holds None"):
        rf.Bundle.from_sources({"main.star": ""}, default=[None]).pack()
    with pytest.raises(rf.BundleError, match="no source and no data file"):
        rf.Bundle.from_sources({"main.star": "", "notes.txt": ""}).pack()
