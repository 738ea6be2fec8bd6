"""Taking a heap: of a loaded bundle, or of an event at its end, after so much fuel, or where it has most alive.

Evaluations are deterministic and stop at any unit of fuel, so a moment of an event is a number of units, and looking at it
is deciding the event again up to there, in an isolate that is thrown away. `RuleSet.heap` and `Session.heap` call this.
"""

from __future__ import annotations

import json
from functools import cache

from ringfence.abi import Kind
from ringfence.engine import Engine
from ringfence.errors import EvaluationError, MemoryExceeded, RuleError, UsageError, error_from_json
from ringfence.heap.heap import Heap, Scope
from ringfence.heap.reader import base_areas, read_graph
from ringfence.heap.shapes import HeapLayout
from ringfence.heap.sites import read_account
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate
from ringfence.pool import Pool

END, PEAK = "end", "peak"
SAMPLES = 32
"""Moments of an event at which its live bytes are counted to find the most; as many again around the best, and so on."""


def checked_moment(at: str | int) -> str | int:
    """A moment of an event; raises `UsageError` if it is none."""
    if at in (END, PEAK) or (isinstance(at, int) and at >= 0):
        return at
    raise UsageError(f"a moment of an event is {END!r}, {PEAK!r} or a number of units of fuel, not {at!r}")


@cache
def _map_of(engine: Engine) -> tuple[HeapLayout, list[int]]:
    """How to read the heaps of an engine's guest, and where built-in objects lie."""
    layout = HeapLayout(engine.guest.layout)
    return layout, base_areas(layout, engine.guest.read_base_image())


def read_heap(
    engine: Engine,
    isolate: Isolate,
    scope: Scope,
    *,
    raw: bool = False,
    fuel: int | None = None,
    error: EvaluationError | None = None,
    sites: bool = False,
) -> Heap:
    """The heap in an isolate's memory as it is now; with `sites`, which the isolate has recorded.

    Raises `IsolateTrapped` if the memory makes no sense.
    """
    layout, built_in = _map_of(engine)
    content = bytes(isolate.memory())
    # Afterwards, because the account collects what is dead and moves what is alive.
    allocations = read_account(isolate.account()) if sites else None
    graph = read_graph(layout, content, built_in)
    return Heap(graph, scope, raw=raw, fuel=fuel, error=error, allocations=allocations)


def image_heap(engine: Engine, pool: Pool, scope: Scope, *, raw: bool = False) -> Heap:
    """The heap of a loaded bundle before any event."""
    isolate = pool.fresh()
    try:
        return read_heap(engine, isolate, scope, raw=raw)
    finally:
        isolate.close()


def event_heap(
    engine: Engine,
    pool: Pool,
    event: bytes,
    at: str | int,
    scope: Scope,
    *,
    raw: bool = False,
    sites: bool = False,
) -> Heap:
    """The heap of an event `at` its `end`, its `peak`, or after so many units of fuel; `sites` records who allocates.

    An event that ends in an error is no error here: `Heap.error` says it. One that breaks its isolate raises `IsolateBroken`.
    """
    isolate = pool.fresh()
    try:
        status, fuel, line = isolate.examine(event)
        error = _error(line, fuel) if status != Kind.NONE else None
        moment = _peak(pool, event, fuel) if at == PEAK else fuel if at == END else int(at)
        if moment < fuel or sites:
            isolate.close()
            isolate = pool.fresh()
            if sites and not isolate.record():
                raise MemoryExceeded("there is no room to record allocation sites")
            _, fuel, _ = isolate.examine(event, None if moment >= fuel else moment)
        return read_heap(engine, isolate, scope, raw=raw, fuel=fuel, error=error, sites=sites)
    finally:
        isolate.close()


def _peak(pool: Pool, event: bytes, fuel: int) -> int:
    """The moment at which most is alive, of some that are spread evenly, and of ever closer ones around the best."""
    step = max(1, fuel // SAMPLES)
    moments = range(0, fuel + 1, step)
    while True:
        best = max(moments, key=lambda moment: (_live_bytes(pool, event, moment), moment))
        if step == 1:
            return best
        first, last = max(0, best - step), min(fuel, best + step)
        step = max(1, 2 * step // SAMPLES)
        moments = range(first, last + 1, step)


def _live_bytes(pool: Pool, event: bytes, fuel: int) -> int:
    isolate = pool.fresh()
    try:
        isolate.examine(event, fuel)
        return isolate.collect()
    except IsolateBroken:
        # No room to collect in: this is not the moment that can be looked at either.
        return 0
    finally:
        isolate.close()


def _error(line: bytes, fuel: int) -> EvaluationError:
    try:
        told = json.loads(line)["error"]
    except (ValueError, LookupError, TypeError, RecursionError):
        told = {"kind": "internal", "message": "the guest did not say why the event failed"}
    error = error_from_json(told if isinstance(told, dict) else {}, fuel)
    if not error.message:  # it stands at a call that it waits for
        error = RuleError(
            "the event calls a function of the host: its heap can be shown up to that call only",
            location=error.location,
            source=error.source,
            traceback=error.traceback,
            fuel=fuel,
            advice="Look at a moment before it: at= a number of units of fuel, or --at.",
        )
    return error
