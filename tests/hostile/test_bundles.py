"""A bundle that is broken, or that wants out of its folder, does not load: exit status 2, nothing evaluated, nothing written,
and a sentence that names the file.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import ringfence as rf
from tests.hostile.harness import RINGFENCE

TOML = '[bundle]\nname = "b"\n'
MAIN = "def decide(event):\n    return 1\n"
SECRET = "top secret"


def make(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in {"bundle.toml": TOML, "main.star": MAIN, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def files(**changes: str | bytes) -> Callable[[Path], None]:
    """A bundle whose files differ from a good one by these; `__` in a name stands for `/`, `_dot_` for a dot."""
    named = {name.replace("__", "/").replace("_dot_", "."): content for name, content in changes.items()}
    return lambda folder: make(folder, named)


def toml(text: str) -> Callable[[Path], None]:
    return lambda folder: make(folder, {"bundle.toml": text})


def main(text: str | bytes) -> Callable[[Path], None]:
    return lambda folder: make(folder, {"main.star": text})


def without(name: str) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        make(folder, {})
        (folder / name).unlink()

    return prepare


def link(name: str, target: str, main: str = MAIN) -> Callable[[Path], None]:
    """A bundle in which `name` is a symbolic link to `target`, with this `main.star` (unless that is the link)."""

    def prepare(folder: Path) -> None:
        outside = folder.parent / "outside"
        outside.mkdir()
        (outside / "secret.star").write_text(f'secret = "{SECRET}"\n')
        (outside / "secret.json").write_text(f'"{SECRET}"')
        make(folder, {"main.star": main})
        path = folder / name
        path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(target)

    return prepare


def cycle(folder: Path) -> None:
    make(
        folder,
        {
            "main.star": 'load("lib/a.star", "a")\n' + MAIN,
            "lib/a.star": 'load("lib/b.star", "b")\na = 1\n',
            "lib/b.star": 'load("lib/a.star", "a")\nb = 1\n',
        },
    )


def huge_data(folder: Path) -> None:
    make(folder, {"main.star": 'x = data("big.json")\n' + MAIN, "data/big.json": b""})
    with (folder / "data" / "big.json").open("wb") as file:
        file.truncate(1 << 30)  # sparse: a gigabyte without the disk space


def huge_source(folder: Path) -> None:
    make(folder, {})
    with (folder / "main.star").open("wb") as file:
        file.truncate(1 << 30)


def many_files(folder: Path) -> None:
    make(folder, {f"lib/m{number}.star": f"x = {number}\n" for number in range(20_000)})


def a_file(folder: Path) -> None:
    folder.write_text("x")


def fifo(folder: Path) -> None:
    make(folder, {})
    (folder / "main.star").unlink()
    os.mkfifo(folder / "main.star")


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    # what is wrong: (how to make it, what the sentence must name)
    "no such folder": (lambda folder: None, "bundle"),
    "an empty folder": (lambda folder: folder.mkdir(), "bundle.toml"),
    "a file": (a_file, "bundle"),
    "no bundle.toml": (without("bundle.toml"), "bundle.toml"),
    "no entry": (without("main.star"), "main.star"),
    "not TOML": (toml("[bundle\nname ="), "bundle.toml"),
    "TOML that is no UTF-8": (files(bundle_dot_toml=b'[bundle]\nname = "\xff"\n'), "bundle.toml"),
    "TOML of another shape": (toml("bundle = 3\n"), "bundle"),
    "an unknown table": (toml(TOML + "[limit]\nfuel = 1\n"), "limit"),
    "an unknown key": (toml('[bundle]\nname = "b"\nentri = "main.star"\n'), "entri"),
    "an unknown limit": (toml(TOML + "[limits]\ntime = 1\n"), "time"),
    "an unknown option": (toml(TOML + '[dialect]\noptions = ["wile"]\n'), "wile"),
    "an unknown hit policy": (toml('[bundle]\nname = "b"\nhit_policy = "random"\n'), "random"),
    "a fuel that is no number": (toml(TOML + '[limits]\nfuel = "much"\n'), "fuel"),
    "a fuel below zero": (toml(TOML + "[limits]\nfuel = -1\n"), "fuel"),
    "a memory that is no size": (toml(TOML + '[limits]\nmemory = "lots"\n'), "lots"),
    "a deadline that is no duration": (toml(TOML + '[limits]\ndeadline = "soon"\n'), "soon"),
    "a default that is no JSON": (toml('[bundle]\nname = "b"\ndefault = 2026-01-01\n'), "default"),
    "an entry outside": (toml('[bundle]\nname = "b"\nentry = "../main.star"\n'), "../main.star"),
    "an absolute entry": (toml('[bundle]\nname = "b"\nentry = "/etc/passwd"\n'), "/etc/passwd"),
    "a function that the host does not have": (toml(TOML + "[functions]\ngeoip = { params = 1 }\n"), "geoip"),
    "a syntax error": (main("def decide(event)\n    return 1\n"), "main.star:1:"),
    "an unknown name": (main("x = foo\n"), "foo"),
    "an error while loading": (main("x = 1 // 0\n"), "main.star:1:"),
    "source that is no UTF-8": (main(b"x = '\xff'\n"), "main.star"),
    "neither rule nor decide": (main("x = 1\n"), "decide"),
    "a load from outside": (main('load("../x.star", "x")\n' + MAIN), "../x.star"),
    "a load from outside in disguise": (main('load("lib/../../x.star", "x")\n' + MAIN), "lib/../../x.star"),
    "an absolute load": (main('load("/etc/x.star", "x")\n' + MAIN), "/etc/x.star"),
    "a load of a drive": (main('load("C:\\\\x.star", "x")\n' + MAIN), "x.star"),
    "a load of nothing": (main('load("", "x")\n' + MAIN), "main.star:1:"),
    "a load of a zero byte": (main('load("lib/x\\0.star", "x")\n' + MAIN), "main.star:1:"),
    "a load of what is missing": (main('load("lib/none.star", "x")\n' + MAIN), "lib/none.star"),
    "a load of a folder": (
        files(main_dot_star='load("lib", "x")\n' + MAIN, lib__x_dot_star="x = 1\n"),
        "lib",
    ),
    "a load of a name that is missing": (
        files(main_dot_star='load("lib/x.star", "y")\n' + MAIN, lib__x_dot_star="x = 1\n"),
        "y",
    ),
    "a load of a private name": (
        files(main_dot_star='load("lib/x.star", "_x")\n' + MAIN, lib__x_dot_star="_x = 1\n"),
        "_x",
    ),
    "a module that loads itself": (main('load("main.star", "x")\nx = 1\n' + MAIN), "main.star"),
    "a cycle of loads": (cycle, "lib/a.star"),
    "data from outside": (main('x = data("../bundle.toml")\n' + MAIN), "../bundle.toml"),
    "data by an absolute path": (main('x = data("/etc/passwd")\n' + MAIN), "/etc/passwd"),
    "data that is missing": (main('x = data("none.json")\n' + MAIN), "none.json"),
    "data that is no JSON": (
        files(main_dot_star='x = data("x.json")\n' + MAIN, data__x_dot_json="{'a'}"),
        "x.json",
    ),
    "data that is no UTF-8": (
        files(main_dot_star='x = data("x.json")\n' + MAIN, data__x_dot_json=b'"\xff"'),
        "x.json",
    ),
    "data that is nested too deep": (
        files(main_dot_star='x = data("x.json")\n' + MAIN, data__x_dot_json="[" * 10_000 + "]" * 10_000),
        "x.json",
    ),
    "data that is too big": (huge_data, "big.json"),
    "a source that is too big": (huge_source, "main.star"),
    "too many files": (many_files, "files"),
    "a source that is a pipe": (fifo, "main.star"),
    "a source that is a link out": (
        link("lib/x.star", "../../outside/secret.star", 'load("lib/x.star", "secret")\n' + MAIN),
        "x.star",
    ),
    "a folder of sources that is a link out": (
        link("lib", "../outside", 'load("lib/secret.star", "secret")\n' + MAIN),
        "lib",
    ),
    "data that is a link out": (
        link("data/x.json", "../../outside/secret.json", 'x = data("x.json")\n' + MAIN),
        "x.json",
    ),
    "a folder of data that is a link out": (
        link("data", "../outside", 'x = data("secret.json")\n' + MAIN),
        "data",
    ),
    "an entry that is a link out": (link("main.star", "../outside/secret.star"), "main.star"),
    "an entry that is a link to itself": (link("main.star", "main.star"), "main.star"),
    "a bundle.toml that is a link out": (link("bundle.toml", "../outside/secret.json"), "bundle.toml"),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in BROKEN.items()])
def test_it_does_not_load(
    case: tuple[Callable[[Path], None], str], tmp_path: Path, runtime: rf.Runtime
) -> None:
    prepare, named = case
    folder = tmp_path / "bundle"
    prepare(folder)
    with pytest.raises((rf.BundleError, rf.RuleError)) as caught:
        runtime.load(folder)
    assert named in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "no such folder",
        "not TOML",
        "an unknown key",
        "an unknown option",
        "a cycle of loads",
        "a load from outside",
    ],
)
def test_run_ends_with_status_2_and_a_sentence(name: str, tmp_path: Path) -> None:
    prepare, named = BROKEN[name]
    prepare(tmp_path / "bundle")
    output = tmp_path / "out.jsonl"
    for command in (["run", "--output", str(output)], ["check"]):
        run = subprocess.run(
            [str(RINGFENCE), command[0], str(tmp_path / "bundle"), *command[1:]],
            input="{}\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert run.returncode == 2, run.stderr
        assert named in run.stderr.replace("\n", "")
        assert "Traceback (most recent call last):\n  File" not in run.stderr
        assert not run.stdout
        assert not output.exists()


def test_the_message_of_a_cycle_shows_the_chain(tmp_path: Path, runtime: rf.Runtime) -> None:
    cycle(tmp_path / "bundle")
    with pytest.raises(rf.BundleError) as caught:
        runtime.load(tmp_path / "bundle")
    assert "lib/a.star -> lib/b.star -> lib/a.star" in str(caught.value)


def test_a_long_chain_of_loads_works_or_is_refused(tmp_path: Path, runtime: rf.Runtime) -> None:
    chain: dict[str, str | bytes] = {
        f"lib/m{number}.star": f'load("lib/m{number + 1}.star", y = "x")\nx = y + 1\n'
        for number in range(1_000)
    }
    last: dict[str, str | bytes] = {
        "lib/m1000.star": "x = 1\n",
        "main.star": 'load("lib/m0.star", "x")\ndef decide(event):\n    return x\n',
    }
    make(tmp_path / "bundle", chain | last)
    try:
        with runtime.load(tmp_path / "bundle") as rules:
            assert rules.evaluate({}).decision == 1_001
    except (rf.BundleError, rf.RuleError) as error:
        assert "lib/" in str(error)


def test_sources_in_memory_obey_the_same_rules(runtime: rf.Runtime) -> None:
    for sources in (
        {"main.star": 'load("../x.star", "x")\n' + MAIN, "../x.star": "x = 1\n"},
        {"main.star": 'load("/x.star", "x")\n' + MAIN, "/x.star": "x = 1\n"},
        {"lib/x.star": "x = 1\n"},
        {},
    ):
        with pytest.raises(rf.BundleError):
            runtime.load(rf.Bundle.from_sources(sources))
