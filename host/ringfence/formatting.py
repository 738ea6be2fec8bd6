"""Formatting Starlark sources by the black library: Starlark is Python's syntax, and black is how Python is laid out.

The extra `fmt`. This alone reads sources outside the sandbox, so it is for sources of one's own; nothing is executed. What
Python does not take, although the rule language does, cannot be formatted: the source stays as it is, and the error says where.
`cli/fmt.py` finds files and writes them.
"""

from __future__ import annotations

import ast
import re
import warnings

from ringfence.errors import BundleError, Diagnostic
from ringfence.extras import extra

LINE_LENGTH = 88
"""Columns, as black has it."""

_MARK = "\ufeff"
_PLACE = re.compile(r"Cannot parse.*?: (\d+):(\d+): ")


def formatted(source: bytes, path: str, line_length: int = LINE_LENGTH) -> bytes:
    """The source as black writes it; the same bytes if there is nothing to change.

    Raises `BundleError` with the place if it cannot be formatted, `MissingExtraError` without the extra.
    """
    try:
        text = source.decode()
    except UnicodeDecodeError as failure:
        line = source.count(b"\n", 0, failure.start) + 1
        raise _unformattable(path, "not UTF-8", line) from None
    mark = _MARK if text.startswith(_MARK) else ""
    unix = text.removeprefix(_MARK).replace("\r\n", "\n")
    _check(unix, path)
    laid_out = _laid_out(unix, path, line_length)
    if laid_out == unix:
        return source
    # As in black, the first line says how lines end.
    ending = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    return (mark + laid_out.replace("\n", ending)).encode()


def _check(text: str, path: str) -> None:
    """Refuse what is no Python. Black compares the trees of both texts, so it needs one; here the place is exact."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as failure:
        line, column = failure.lineno or 0, failure.offset or 0
        lines = text.split("\n")
        shown = lines[line - 1] if 0 < line <= len(lines) else ""
        raise _unformattable(path, failure.msg, line, column, shown) from None
    except (ValueError, RecursionError, MemoryError) as failure:
        raise _unformattable(path, str(failure) or "nested too deeply") from None


def _laid_out(text: str, path: str, line_length: int) -> str:
    with extra("fmt", "formatting"):
        import black
        from black.parsing import InvalidInput
        from black.report import NothingChanged
    mode = black.Mode(line_length=line_length)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return black.format_file_contents(text, fast=False, mode=mode)
    except NothingChanged:
        return text
    except InvalidInput as failure:
        place = _PLACE.match(str(failure))
        line, column = (int(place[1]), int(place[2]) + 1) if place else (0, 0)
        raise _unformattable(path, "black cannot read this", line, column) from None
    except (AssertionError, ValueError, RecursionError) as failure:
        # Black found that its own result means something else, or is not stable.
        raise _unformattable(path, f"black gives up: {str(failure).partition(chr(10))[0]}") from None


def _unformattable(
    path: str, reason: str, line: int = 0, column: int = 0, source_line: str = ""
) -> BundleError:
    return BundleError(
        "the source cannot be formatted",
        diagnostics=[Diagnostic(path, f"cannot be formatted: {reason}", line, column, source_line)],
        advice="It is left as it is. Black lays out what Python can read; write the line as Python would have it.",
    )
