"""Evaluations in an event loop: many wait for the host at once on one thread, and none holds the loop for long.

An evaluation runs in slices and lets the loop go on between them; while a function of the host is awaited, its isolate only
waits. `RuleSet.evaluate_async` calls this; it relies on `evaluation.py` alone.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from ringfence.decision import Decision, ReceiptedDecision
from ringfence.errors import EvaluationError
from ringfence.evaluation import Evaluation
from ringfence.functions import HostCall, HostFunction

SLICE_FUEL = 20_000
"""Units after which the event loop has its turn: some tenths of a millisecond."""


async def finish(evaluation: Evaluation, deadline: float) -> Decision:
    """Run an evaluation to its end, its host functions awaited, and close it; raises the error that the event ended in.

    Its steps together may take `deadline` seconds; what it waits for is bounded by the functions' own timeouts. Cancelling drops
    the evaluation where it is.
    """
    try:
        while not evaluation.done:
            if evaluation.call is not None:
                await _answer(evaluation, evaluation.call)
            elif evaluation.seconds > deadline:
                evaluation.expire()
            if not evaluation.step(fuel=SLICE_FUEL) and evaluation.call is None:
                await asyncio.sleep(0)
        return evaluation.result()
    finally:
        evaluation.close()


async def finish_with_receipt(evaluation: Evaluation, deadline: float) -> Decision:
    """The same for an evaluation that was started for a receipt: the decision, or the error, has one."""
    try:
        decision = await finish(evaluation, deadline)
    except EvaluationError as error:
        error.receipt = await asyncio.to_thread(evaluation.receipt)
        raise
    return ReceiptedDecision(decision, await asyncio.to_thread(evaluation.receipt))


async def _answer(evaluation: Evaluation, call: HostCall) -> None:
    function = evaluation.begin_call()
    if function is None:
        return
    waiting = asyncio.timeout(function.timeout)
    try:
        async with waiting:
            result = await _result(function, call)
    except Exception as failure:
        if waiting.expired():
            evaluation.refuse(f"the host has not answered within {function.timeout:g} seconds")
        else:
            evaluation.fail(failure)
    else:
        evaluation.answer(result)


async def _result(function: HostFunction, call: HostCall) -> Any:
    """What the function returns. A plain function runs in a thread of its own, where it may block."""
    if function.is_coroutine:
        return await function.function(*call.arguments)
    result = await asyncio.to_thread(function.function, *call.arguments)
    return await result if inspect.isawaitable(result) else result
