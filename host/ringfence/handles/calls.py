"""Calls of the host's functions by an operation of a scope: the operation waits in the guest until its request is answered.

Relies on the rule set's functions; `live_heap.py` uses this. `answer_requests` does the same for events.
"""

from __future__ import annotations

from time import monotonic

from ringfence.abi import Status
from ringfence.functions import LEAST_DEADLINE, CallCounts, HostFunctions, Refusal
from ringfence.isolate import Isolate


class CallInterrupted(BaseException):
    """An exception that is no answer left a host function; the operation has failed, and the scope is whole. `cause` is it."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__()
        self.cause = cause


def answer_calls(
    functions: HostFunctions, isolate: Isolate, status: int, deadline: float
) -> tuple[int, Refusal | None]:
    """Answer what an operation asks for until it has ended: its status, and the refusal if one ended it.

    The guest has `deadline` seconds for all that follows the first request; the host's own functions take what they take.
    Raises `CallInterrupted`.
    """
    counts = CallCounts()
    refused: Refusal | None = None
    left = deadline
    while status == Status.CALLING:
        try:
            call = functions.request(isolate.output())
        except ValueError as failure:
            raise isolate.broken(failure) from failure
        try:
            reply = functions.call(call, counts)
        except Refusal as refusal:
            refused = refusal
            status = isolate.refuse_operation(refusal.reason)
        except BaseException as interruption:
            isolate.refuse_operation(f"{call.function}: the host was interrupted")
            isolate.set_deadline(deadline)
            raise CallInterrupted(interruption) from interruption
        else:
            began = monotonic()
            isolate.set_deadline(max(left, LEAST_DEADLINE))
            status = isolate.answer_operation(reply)
            left -= monotonic() - began
        if refused is not None and status == Status.CALLING:
            raise isolate.broken(ValueError("the guest goes on after a call that has failed"))
    isolate.set_deadline(deadline)
    return status, refused
