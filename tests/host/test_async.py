"""Evaluations in an event loop: they wait together, are cancelled alone, time out, and keep the loop free."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any

import pytest

import ringfence as rf

SOURCE = """
def locate(req):
    return {"country": geoip(req.ip).country}
def spin(req):
    n = 0
    for i in range(req.work):
        n += 1
    return n
rule("ask", when = lambda req: "ip" in req, then = locate)
rule("work", when = lambda req: "work" in req, then = spin)
"""


def load(function: Any, limits: rf.Limits | None = None) -> rf.RuleSet:
    bundle = rf.Bundle.from_sources({"main.star": SOURCE}, functions={"geoip": {"params": 1}})
    return rf.Runtime().load(bundle, functions={"geoip": function}, limits=limits)


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 60))


def test_many_wait_together() -> None:
    """Hundreds of coroutines are under way at once, on one thread; the decisions and the fuel are those of `evaluate`."""

    async def main() -> None:
        waiting, most = 0, 0
        everybody = asyncio.Event()

        async def geoip(address: str) -> dict[str, str]:
            nonlocal waiting, most
            waiting += 1
            most = max(most, waiting)
            if waiting == 300:
                everybody.set()
            await everybody.wait()
            return {"country": "c" + address}

        rules = load(geoip)
        decisions = await asyncio.gather(*(rules.evaluate_async({"ip": str(i)}) for i in range(300)))
        assert most == 300
        assert [decision.decision["country"] for decision in decisions] == [f"c{i}" for i in range(300)]
        again = await rules.evaluate_async({"ip": "7"})
        assert again == decisions[7]
        assert await rules.evaluate_async({}) == rules.evaluate({})

    run(main())


def test_cancelling_drops_one_evaluation_and_nothing_else() -> None:
    """Inside a TaskGroup too; the coroutine that was awaited is cancelled with it."""

    async def main() -> None:
        gate, cancelled = asyncio.Event(), []

        async def geoip(address: str) -> dict[str, str]:
            try:
                await gate.wait()
            except asyncio.CancelledError:
                cancelled.append(address)
                raise
            return {"country": address}

        rules = load(geoip)
        tasks = [asyncio.create_task(rules.evaluate_async({"ip": str(i)})) for i in range(20)]
        await asyncio.sleep(0.05)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.sleep(0.05)
        gate.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in done[::2])
        assert [result.decision["country"] for result in done[1::2]] == [str(i) for i in range(1, 20, 2)]  # type: ignore[union-attr]
        assert sorted(cancelled, key=int) == [str(i) for i in range(0, 20, 2)]
        gate.clear()
        with pytest.raises(ExceptionGroup) as group:
            async with asyncio.TaskGroup() as tasks_of_group:
                tasks_of_group.create_task(rules.evaluate_async({"ip": "x"}))
                tasks_of_group.create_task(rules.evaluate_async(b"nonsense"))
        assert isinstance(group.value.exceptions[0], rf.InputError)
        assert cancelled[-1] == "x"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await rules.evaluate_async({"ip": "late"})

    run(main())


def test_waiting_is_bounded_by_the_functions_own_timeout_and_by_nothing_else() -> None:
    """The rules' deadline is not touched by it, nor is the fuel."""

    async def slow(address: str) -> dict[str, str]:
        await asyncio.sleep(float(address))
        return {"country": "slow"}

    async def failing(address: str) -> None:
        raise TimeoutError("the database is slow")

    async def main() -> None:
        rules = load(rf.HostFunction(slow, timeout=0.3), rf.Limits(deadline=0.03))
        decision = await rules.evaluate_async({"ip": "0.1"})
        assert decision.decision == {"country": "slow"}
        assert decision.fuel == (await rules.evaluate_async({"ip": "0.0"})).fuel
        with pytest.raises(
            rf.HostFunctionError, match=r"geoip: the host has not answered within 0\.3 seconds"
        ):
            await rules.evaluate_async({"ip": "30"})
        with pytest.raises(rf.HostFunctionError, match="TimeoutError: the database is slow") as caught:
            await load(failing).evaluate_async({"ip": "1"})
        assert isinstance(caught.value.__cause__, TimeoutError)

    run(main())


def test_a_long_evaluation_lets_the_loop_go_on() -> None:
    """And ends at the deadline, which counts its own time only."""

    async def main() -> None:
        rules = load(print, rf.Limits(fuel=10**12, deadline=0.3))
        ticks = 0
        over = False

        async def tick() -> None:
            nonlocal ticks
            while not over:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        assert (await rules.evaluate_async({"work": 100_000})).decision == 100_000
        assert ticks > 5
        with pytest.raises(rf.DeadlineExceeded):
            await rules.evaluate_async({"work": 10**8})
        over = True
        await ticking

    run(main())


def test_plain_functions_run_in_threads() -> None:
    """They may block; and synchronous evaluation works in a thread pool."""

    async def main() -> None:
        threads = set()

        def geoip(address: str) -> dict[str, str]:
            threads.add(threading.get_ident())
            time.sleep(0.02)
            return {"country": address}

        rules = load(geoip)
        await asyncio.gather(*(rules.evaluate_async({"ip": str(i)}) for i in range(8)))
        assert threading.get_ident() not in threads
        decision = await asyncio.to_thread(rules.evaluate, {"ip": "1"})
        assert decision.decision == {"country": "1"}

    run(main())
