"""Stand-ins for the functions of the host that a bundle asks for: each test says what they answer, or they refuse.

Tests are deterministic and run anywhere, so nothing real is called. `suite.py` loads bundles with these.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any


class NoAnswer(Exception):
    """A function was called for which the test has no answer."""


class Fakes:
    """Functions by name, and what they answer at present. For one thread."""

    def __init__(self, names: Iterable[str]) -> None:
        self.functions: dict[str, Callable[..., Any]] = {name: self._function(name) for name in names}
        self._answers: Mapping[str, Any] = {}

    @contextlib.contextmanager
    def answering(self, answers: Mapping[str, Any]) -> Iterator[None]:
        """Answer with these values for as long as the block runs."""
        before, self._answers = self._answers, answers
        try:
            yield
        finally:
            self._answers = before

    def _function(self, name: str) -> Callable[..., Any]:
        def answer(*_arguments: Any) -> Any:
            if name not in self._answers:
                raise NoAnswer(f'the test does not say what it answers: give "functions": {{"{name}": ...}}')
            return self._answers[name]

        return answer
