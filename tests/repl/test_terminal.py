"""The command in a terminal, as somebody uses it: editing, completion, history, Ctrl-C; and with lines from a pipe."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "ringfence", "repl"]
PATIENCE = 60.0
"""Seconds that an answer may take on a busy machine."""

RULES = 'LEVEL = 7\nrule("low", when = lambda e: e.n < LEVEL, then = "no")\n'


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle's folder."""
    folder = tmp_path / "levels"
    folder.mkdir()
    (folder / "bundle.toml").write_text('[bundle]\nname = "levels"\nversion = "1.0.0"\n')
    (folder / "main.star").write_text(RULES)
    return folder


class Typist:
    """Somebody at a terminal, who waits for what should appear before going on."""

    def __init__(self, arguments: list[str], history: Path) -> None:
        import pty

        self._terminal, inside = pty.openpty()
        environment = {**os.environ, "TERM": "dumb", "RINGFENCE_HISTORY": str(history)}
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env=environment,
            start_new_session=True,
        )
        os.close(inside)
        self._shown = b""

    def waits_for(self, text: str) -> str:
        """Wait for this text: all that has appeared up to it."""
        wanted, end = text.encode(), time.monotonic() + PATIENCE
        while wanted not in self._shown:
            assert time.monotonic() < end, f"{text!r} did not appear, but {self._shown!r}"
            if select.select([self._terminal], [], [], 0.1)[0]:
                self._shown += os.read(self._terminal, 65536)
        before, _, self._shown = self._shown.partition(wanted)
        return (before + wanted).decode(errors="replace")

    def types(self, text: str) -> None:
        """Type this text; a line's end is the key Enter."""
        os.write(self._terminal, text.encode())

    def interrupts(self) -> None:
        """Ctrl-C, as the terminal sends it to whatever it controls."""
        os.killpg(self.process.pid, 2)

    def leaves(self) -> int:
        """Ctrl-D: the exit status."""
        self.types("\x04")
        status = self.process.wait(PATIENCE)
        os.close(self._terminal)
        return status


@pytest.fixture
def typist(bundle: Path, tmp_path: Path) -> Iterator[Typist]:
    """Somebody who has started the command with the bundle."""
    pytest.importorskip("pty")
    pytest.importorskip("readline")
    somebody = Typist([str(bundle)], tmp_path / "state" / "history")
    yield somebody
    somebody.process.kill()


def test_a_conversation_in_a_terminal(typist: Typist, tmp_path: Path) -> None:
    assert "Each input: 1,000,000,000 units of fuel, 10 s; 256MiB in all" in typist.waits_for(">>> ")
    typist.types("LEV\t + 1\n")
    assert "LEVEL + 1" in typist.waits_for("\n")
    typist.waits_for("8\r\n>>> ")
    typist.types("def low(n):\n")
    typist.waits_for("... ")
    typist.types("return decide({'n': n}).rule\n")
    typist.waits_for(">>> ")  # the missing indentation is an error at once
    typist.types("def low(n): return decide({'n': n}).rule\n\nlow(3)\n")
    typist.waits_for('"low"\r\n>>> ')
    assert typist.leaves() == 0
    assert "LEVEL + 1" in (tmp_path / "state" / "history").read_text().splitlines()


def test_ctrl_c_ends_what_runs_and_keeps_the_variables(typist: Typist) -> None:
    typist.waits_for(">>> ")
    typist.types("kept = [1, 2]\nfor i in range(1 << 50): pass\n\n")
    typist.waits_for("... \r\n")
    time.sleep(0.2)  # it runs now, or Ctrl-C is the prompt's: both end it
    typist.interrupts()
    assert "interrupted at <2>:1:1" in typist.waits_for(">>> ")
    typist.types("kept\n")
    typist.waits_for("[1, 2]\r\n>>> ")
    assert typist.leaves() == 0


def run(*arguments: str, lines: str) -> tuple[int, str, str]:
    """The command with lines from a pipe: exit status, output, errors."""
    done = subprocess.run([*COMMAND, *arguments], input=lines, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_lines_from_a_pipe(bundle: Path) -> None:
    lines = "x = [LEVEL]\nfor i in range(2):\n    x.append(i)\n\nx\nprint('done')"
    assert run(str(bundle), lines=lines) == (0, "[7, 0, 1]\ndone\n", "")


def test_failures_in_a_pipe_show_in_the_exit_status(bundle: Path) -> None:
    status, output, errors = run(str(bundle), lines="decide({'n': 'x'})\n1\n")
    assert (status, output) == (1, "1\n")
    assert "the event ended in an error of kind rule at main.star:2:" in errors


def test_options_are_those_of_programs() -> None:
    assert run("--option", "set", "--option", "while", lines="while True: break\n\nset([1])\n")[:2] == (
        0,
        "set([1])\n",
    )
    status, _, errors = run("--fuel", "1000", lines="[i for i in range(10000)]\n")
    assert status == 1
    assert "out of fuel" in errors


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["nowhere"], "the bundle 'nowhere' does not exist"),
        (["--option", "sets"], 'did you mean "set"?'),
        (["--memory", "1KiB"], "leaves no room"),
        (["--functions", "nowhere.py"], "'nowhere.py' does not exist"),
        (["--fuel", "-1"], "fuel"),
    ],
)
def test_wrong_usage(arguments: list[str], wanted: str) -> None:
    status, output, errors = run(*arguments, lines="1\n")
    assert (status, output) == (2, "")
    assert wanted in errors
    assert "Traceback" not in errors
