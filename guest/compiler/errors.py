"""What the guest compiler says when it refuses a program: file, line, column and a sentence.

Every stage raises `GuestError` through `fail`; `build` and the command line print them.
"""

from __future__ import annotations

import ast
from typing import NoReturn


class GuestError(Exception):
    """A Guest Python program that the compiler refuses.

    `path` is the guest file, `line` and `column` count from 1, `message` is one sentence.
    """

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        super().__init__(f"{path}:{line}:{column}: {message}")
        self.path = path
        self.line = line
        self.column = column
        self.message = message


class GuestErrors(Exception):
    """All refusals of one build, in source order."""

    def __init__(self, errors: list[GuestError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def fail(path: str, node: ast.AST | None, message: str) -> NoReturn:
    """Refuse `node` of the guest file at `path`."""
    line = getattr(node, "lineno", 1)
    column = getattr(node, "col_offset", 0) + 1
    raise GuestError(path, line, column, message)
