"""Every conformance program that succeeds, typed into a conversation statement by statement: it prints what it prints as a whole."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

import pytest

import ringfence as rf
from ringfence.repl.conversation import Conversation
from tests.conformance.chunks import Program, read_chunks
from tests.conformance.test_conformance import HERE

FILES = sorted(path.stem for path in HERE.glob("*.star"))
LEAST_PROGRAMS = 200
"""Of all files together."""


class Conversations:
    """A conversation for each choice of options, begun anew for every program."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, ...], Conversation] = {}

    def new(self, options: list[str]) -> Conversation:
        """One without variables."""
        key = tuple(options)
        if key in self._open:
            self._open[key].restart()
        else:
            self._open[key] = Conversation(options=key)
        return self._open[key]

    def close(self) -> None:
        """End all of them."""
        for conversation in self._open.values():
            conversation.close()


@pytest.fixture(scope="module")
def conversations() -> Iterator[Conversations]:
    """Those of this module."""
    conversations = Conversations()
    yield conversations
    conversations.close()


def statements(source: str) -> list[str]:
    """The top-level statements; none if Python's grammar does not know the program."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that Python does not know
            parsed = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    lines = source.encode().splitlines(keepends=True)
    found = []
    for statement in parsed.body:
        first, *middle = lines[statement.lineno - 1 : statement.end_lineno]
        text = [first, *middle]
        text[-1] = text[-1][: statement.end_col_offset]
        text[0] = text[0][statement.col_offset :]
        found.append(b"".join(text).decode())
    return found


def talked(conversation: Conversation, parts: list[str]) -> str:
    """What the statements print. One that uses a name that is defined later is typed together with what follows it."""
    printed = ""
    waiting = ""
    for part in parts:
        chunk = f"{waiting}{part}\n"
        reply = conversation.run(chunk)
        printed += reply.printed
        error = reply.error
        if isinstance(error, rf.BundleError) and error.diagnostics[0].message.startswith("undefined: "):
            waiting = chunk
            continue
        assert error is None, f"{error} in {chunk}"
        waiting = ""
    assert waiting == ""
    return printed


def typed_programs(file: str) -> Iterator[tuple[list[str], Program, list[str]]]:
    """The programs of a file that can be compared: the options, the program, and its statements."""
    for chunk in read_chunks(HERE / f"{file}.star"):
        for program in chunk.programs():
            # A conversation knows no `args`.
            if program.error is None and "args" not in program.source:
                parts = statements(program.source)
                if parts:
                    yield chunk.options, program, parts


@pytest.mark.parametrize("file", FILES)
def test_statements_one_by_one_are_the_program(conversations: Conversations, file: str) -> None:
    for options, program, parts in typed_programs(file):
        assert talked(conversations.new(options), parts) == program.output


def test_there_are_programs_to_compare() -> None:
    assert sum(1 for file in FILES for _ in typed_programs(file)) > LEAST_PROGRAMS
