"""Things that are closed when they are no longer needed, by `close()` or at the end of a `with` statement.

Rule sets, sessions, evaluations, scopes, schedulers and locks are. What holds a sandbox, closed or not, stays in its process.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import NoReturn, Self, SupportsIndex

from ringfence.errors import UsageError


class Local:
    """What cannot leave its process: pickling or copying it is refused, with advice, instead of failing somewhere inside."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise UsageError(
            f"a {type(self).__name__} cannot be pickled or copied",
            advice="Load the bundle in each process; Evaluation.snapshot() gives bytes that travel.",
        )


class Closable(Local, ABC):
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
