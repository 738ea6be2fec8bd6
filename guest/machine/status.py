"""How a request of the host, or a run of the interpreter, ended."""

from enum import IntEnum


class Status(IntEnum):
    """The result of every entry point."""

    DONE = 0
    FAILED = 1
    SUSPENDED = 2  # the slice is over, or the print buffer is full: `resume` goes on
    PARTIAL = 3  # a batch stopped early because its output is large enough
    CALLING = 4  # a rule asks the host, whose turn is `answer` or `refuse`
    STARVED = 5  # the fuel is spent: `resume` goes on after more has been given
