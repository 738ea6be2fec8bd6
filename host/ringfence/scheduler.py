"""A scheduler: the evaluations of many tenants on one thread, in slices of fuel, so that none of them can starve the others.

Each tenant has a queue, whose events are decided in order. The tenants take turns: in its turn a tenant's first event runs for
one slice. So an event of n slices takes n rounds, and what another tenant asks for changes how long a round is, by one slice at
the most (and by one instruction: see `Evaluation.step`). It relies on `evaluation.py` alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ringfence.closing import Closable
from ringfence.decision import Decision
from ringfence.errors import ClosedError, UsageError
from ringfence.evaluation import Evaluation
from ringfence.events import Event
from ringfence.ruleset import RuleSet

SLICE_FUEL = 2_000
"""Units of one turn: some tens of microseconds."""


@dataclass(slots=True)
class _Job:
    """An event that waits for its decision."""

    rules: RuleSet[Any]
    event: Event
    now: float | None
    future: Future[Decision]
    evaluation: Evaluation | None = None


@dataclass(slots=True)
class _Tenant:
    """Whoever shares a turn: their events, in order. The first one may be under way."""

    jobs: deque[_Job] = field(default_factory=deque)


class Scheduler(Closable):
    """One thread that decides events for many tenants. Close it, or use it in a `with` statement.

    Threads may submit at the same time. A bundle's host functions are called on the scheduler's thread, so they should be quick;
    those that wait belong in `RuleSet.evaluate_async`.
    """

    def __init__(self, *, slice_fuel: int = SLICE_FUEL) -> None:
        """`slice_fuel` is what a tenant may spend before the next one's turn: less is fairer, more costs less."""
        if isinstance(slice_fuel, bool) or not isinstance(slice_fuel, int) or slice_fuel < 1:
            raise UsageError(f"slice_fuel is a number of units, at least 1, not {slice_fuel!r}")
        self._slice = slice_fuel
        self._tenants: dict[Hashable, _Tenant] = {}
        self._turns: deque[Hashable] = deque()
        """The tenants that have anything to do, in the order of their turns."""
        self._changed = threading.Condition()
        self._closing = False
        self._under_way: _Job | None = None
        """The job whose turn it is."""
        self._thread = threading.Thread(target=self._run, name="ringfence-scheduler", daemon=True)
        self._thread.start()

    def submit(
        self, rules: RuleSet[Any], event: Event, *, tenant: Hashable = None, now: float | None = None
    ) -> Future[Decision]:
        """Decide an event in its turn; the future has the decision, or the error that the event ended in.

        Events of one `tenant` (by default: of one rule set) are decided in the order in which they were submitted. A future
        may be cancelled until its event's first turn.
        """
        if not isinstance(rules, RuleSet):
            raise UsageError(
                f"submit takes a rule set, and then an event; the first is {type(rules).__name__}"
            )
        if not isinstance(tenant, Hashable):
            raise UsageError(f"a tenant is named by what can be a key of a dict, not by {tenant!r}")
        future: Future[Decision] = Future()
        name = id(rules) if tenant is None else tenant
        with self._changed:
            if self._closing:
                raise ClosedError("this scheduler is closed", advice="Make another one.")
            known = self._tenants.setdefault(name, _Tenant())
            known.jobs.append(_Job(rules, event, now, future))
            if len(known.jobs) == 1:
                self._turns.append(name)
                self._changed.notify()
        return future

    def close(self) -> None:
        """Finish what is under way, cancel what has not begun, and end the thread.

        Whoever calls this on that thread, from a host function or a future's callback, does not wait for its end.
        """
        with self._changed:
            self._closing = True
            waiting: list[_Job] = []
            for tenant in self._tenants.values():
                jobs, tenant.jobs = tenant.jobs, deque()
                for job in jobs:
                    has_begun = job.evaluation is not None or job is self._under_way
                    (tenant.jobs if has_begun else waiting).append(job)
            self._turns = deque(name for name in self._turns if self._tenants[name].jobs)
            self._changed.notify()
        for job in waiting:
            job.future.cancel()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._turns and not self._closing:
                    self._changed.wait()
                if not self._turns:
                    return
                name = self._turns.popleft()
                job = self._under_way = self._tenants[name].jobs[0]
            is_over = self._take_turn(job)
            with self._changed:
                self._under_way = None
                tenant = self._tenants[name]
                if is_over:
                    tenant.jobs.popleft()
                if tenant.jobs:
                    self._turns.append(name)
                else:
                    del self._tenants[name]

    def _take_turn(self, job: _Job) -> bool:
        """Run the job for a slice; whether it is over."""
        # Whatever a host function or a callback of the future raises, the other tenants go on. A failure is told to who submitted
        # the event: it is the event's error, or the caller's mistake. Of callbacks only `SystemExit` and the like come here.
        with suppress(BaseException):
            try:
                if job.evaluation is None:
                    if not job.future.set_running_or_notify_cancel():
                        return True
                    job.evaluation = job.rules.start(job.event, job.now)
                evaluation = job.evaluation
                if not evaluation.done and evaluation.seconds > job.rules.limits.deadline:
                    evaluation.expire()
                if not evaluation.step(fuel=self._slice):
                    return False
                decision = evaluation.result()
            except BaseException as failure:
                if job.evaluation is not None:
                    job.evaluation.close()
                job.future.set_exception(failure)
            else:
                job.future.set_result(decision)
        return True
