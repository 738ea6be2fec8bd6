"""The console: which lines are a chunk, what is shown, its commands, and what happens when the isolate breaks."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

import ringfence as rf
from ringfence.cli.common import describe
from ringfence.isolate import Isolate
from ringfence.repl.console import LONGEST_VALUE, Console, is_complete
from ringfence.repl.conversation import Conversation
from ringfence.ticker import TICKER


class Lines:
    """Lines that somebody might type; an exception is raised where it stands."""

    def __init__(self, *lines: str | BaseException, is_terminal: bool = False) -> None:
        self._lines = iter(lines)
        self.is_terminal = is_terminal
        self.prompts: list[str] = []

    def read(self, prompt: str) -> str:
        """The next one."""
        self.prompts.append(prompt)
        line = next(self._lines, EOFError())
        if isinstance(line, BaseException):
            raise line
        return line


@pytest.fixture
def talk() -> Iterator[Conversation]:
    """A conversation without a bundle."""
    with Conversation(limits=rf.Limits(fuel=1_000_000)) as talk:
        yield talk


def shown(talk: Conversation, lines: Lines) -> tuple[str, str, int]:
    """What is written for these lines, what is complained about, and how many chunks failed."""
    output, complaints = io.StringIO(), []
    console = Console(talk, lines, output, complaints.append, describe)
    console.talk()
    return output.getvalue(), "\n".join(complaints), console.failures


@pytest.mark.parametrize(
    ("chunk", "complete"),
    [
        ("1", True),
        ("", True),
        ("# only a comment", True),
        ("def f():", False),
        ("def f():\n    return 1", False),
        ("def f():\n    return 1\n", True),
        ("def f(): return 1", False),
        ("x = (1,", False),
        ("x = (1,\n2)", True),
        ("'''text", False),
        ("'''text\n'''", True),
        ("x = 'open", True),
        ("1 +", True),
        ("x = )", True),
        ("if True:\n    1\nelse:", False),
        ("load('a.star', 'b')", True),
        ("\\", False),
        ("'\\d'", True),
        ("x = " + "(" * 5000, True),
        ("\0", True),
        ("1" * 10_000, True),
    ],
)
def test_which_lines_are_a_chunk(chunk: str, complete: bool) -> None:
    assert is_complete(chunk) is complete


def test_prompts_and_blocks(talk: Conversation) -> None:
    lines = Lines("x = [", "1]", "def f():", "    return x", "", "f()", "")
    assert shown(talk, lines) == ("[1]\n", "", 0)
    assert lines.prompts == [">>> ", "... ", ">>> ", "... ", "... ", ">>> ", ">>> ", ">>> "]


def test_the_end_of_a_file_ends_a_block(talk: Conversation) -> None:
    assert shown(talk, Lines("for i in range(2):", "    print(i)")) == ("0\n1\n", "", 0)
    output, complaints, failures = shown(talk, Lines("x = (1,"))
    assert (output, failures) == ("", 1)
    assert "<2>:1:8: got end of file, want ')'" in complaints


def test_errors_are_shown_where_they_are(talk: Conversation) -> None:
    output, complaints, failures = shown(talk, Lines("print('a'); 1 // 0", "2"))
    assert output == "a\n2\n"
    assert complaints.splitlines()[-3:] == [
        "<1>:1:15: floored division by zero",
        "    print('a'); 1 // 0",
        "                  ^",
    ]
    assert failures == 1


def test_ctrl_c_at_the_prompt_forgets_the_lines(talk: Conversation) -> None:
    lines = Lines("def f(:", "def f():", KeyboardInterrupt(), "7", is_terminal=True)
    output, complaints, failures = shown(talk, lines)
    assert output == "7\n\n"
    assert complaints.endswith("KeyboardInterrupt")
    assert failures == 1


@pytest.mark.parametrize("leave", ["exit()", "quit", ":quit", " :q "])
def test_leaving(talk: Conversation, leave: str) -> None:
    assert shown(talk, Lines(leave, "1"))[0] == ""


def test_commands(talk: Conversation) -> None:
    output, complaints, failures = shown(
        talk, Lines("x = 'a' * 5000", ":stats", ":reset", ":help", ":nope", "x")
    )
    assert "units of fuel so far, " in output
    assert "All variables are forgotten." in output
    assert 'load("lib/x.star", "name")' in output
    assert "there is no command :nope: try :help" in complaints
    assert "undefined: x" in complaints
    assert failures == 1


def test_a_terminal_does_not_obey_what_rules_print(talk: Conversation) -> None:
    attack = "print('\\x1b]0;owned\\x07 \\u009b31m' + 'ok\\ttab')"
    assert shown(talk, Lines(attack, is_terminal=True))[0] == "\\x1b]0;owned\\x07 \\x9b31mok\ttab\n\n"
    assert shown(talk, Lines(attack))[0] == "\x1b]0;owned\x07 \x9b31mok\ttab\n"
    assert "\x1b" not in shown(talk, Lines("fail('\\x1b[2J')", is_terminal=True))[1]


def test_long_values_are_cut(talk: Conversation) -> None:
    output, _, _ = shown(talk, Lines(f"'x' * {2 * LONGEST_VALUE}"))
    assert len(output) < LONGEST_VALUE + 100
    assert output.endswith(f"... ({2 * LONGEST_VALUE + 2:,} characters)\n")


def test_a_broken_isolate_is_replaced(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    def trap(isolate: Isolate, _request: bytes) -> int:
        monkeypatch.undo()
        raise isolate.broken(ValueError("a test"))

    class Breaking(Lines):
        def read(self, prompt: str) -> str:
            line = super().read(prompt)
            if line == "broken":
                monkeypatch.setattr(Isolate, "operate", trap)
            return line

    output, complaints, failures = shown(talk, Breaking("x = 5", "x", "broken", "x", "1"))
    assert output == "5\n1\n"
    assert "the guest broke: a test" in complaints
    assert "The variables are lost" in complaints
    assert "undefined: x" in complaints
    assert failures == 2


def test_ctrl_c_is_for_the_guest_that_runs(talk: Conversation) -> None:
    """Nothing runs here, so it is the prompt's; while a chunk runs see `test_terminal.py`."""
    console = Console(talk, Lines(), io.StringIO(), print, describe)
    assert not TICKER.running
    with pytest.raises(KeyboardInterrupt):
        console.interrupt()
