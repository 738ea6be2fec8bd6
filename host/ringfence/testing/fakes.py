"""Stand-ins for the functions of the host that a bundle asks for: whoever asks the rules says what they answer, or they refuse.

Tests are deterministic and run anywhere, so nothing real is called, unless the functions are provided. `suite.py` and
conversations load bundles with these.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from ringfence.functions import Functions, HostFunction


class NoAnswer(Exception):
    """A function was called for which there is no answer."""


class Fakes:
    """Functions by name, and what they answer at present. For one thread."""

    def __init__(self, names: Iterable[str], provided: Functions | None = None) -> None:
        """Those that are `provided` are called where no answer is given."""
        self._provided = provided or {}
        self._answers: Mapping[str, Any] = {}
        self.functions: Functions = {name: self._function(name) for name in names}

    @contextlib.contextmanager
    def answering(self, answers: Mapping[str, Any]) -> Iterator[None]:
        """Answer with these values for as long as the block runs."""
        before, self._answers = self._answers, answers
        try:
            yield
        finally:
            self._answers = before

    def _function(self, name: str) -> Callable[..., Any] | HostFunction:
        if name not in self._provided:
            return self._alone(name)
        given = self._provided[name]
        real = given if isinstance(given, HostFunction) else HostFunction(given)

        @wraps(real.function)  # so that its parameters are known
        def answer(*arguments: Any) -> Any:
            return self._answers[name] if name in self._answers else real.function(*arguments)

        @wraps(real.function)
        async def awaited(*arguments: Any) -> Any:
            return self._answers[name] if name in self._answers else await real.function(*arguments)

        return replace(real, function=awaited if real.is_coroutine else answer)

    def _alone(self, name: str) -> Callable[..., Any]:
        def answer(*_arguments: Any) -> Any:
            if name not in self._answers:
                raise NoAnswer(
                    f'nobody says what it answers: give "functions": {{"{name}": ...}}, or --functions FILE.py with the real one'
                )
            return self._answers[name]

        return answer
