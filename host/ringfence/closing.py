"""Things that are closed when they are no longer needed, by `close()` or at the end of a `with` statement.

Rule sets, sessions, evaluations, scopes, schedulers and locks are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closable(ABC):
    """What a `with` statement closes."""

    __slots__ = ()

    @abstractmethod
    def close(self) -> None:
        """Let go of what this holds. A second time does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
