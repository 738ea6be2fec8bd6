"""No bundle slows down another: slow ones share threads in turns, and too much work is turned away."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ringfence.server import Settings
from ringfence.server.fair_pool import FairPool
from tests.server.conftest import RULES, Start, write_bundle


def test_owners_take_turns_however_much_they_want() -> None:
    pool = FairPool(1)
    gate = threading.Event()
    order: list[str] = []
    pool.submit("gate", gate.wait)
    futures = [pool.submit("greedy", lambda: order.append("greedy")) for _ in range(5)]
    futures += [pool.submit("modest", lambda: order.append("modest")) for _ in range(2)]
    gate.set()
    for future in futures:
        future.result(10)
    pool.close()
    assert order == ["greedy", "modest", "greedy", "modest", "greedy", "greedy", "greedy"]


def test_a_failure_is_for_its_owner_alone() -> None:
    pool = FairPool(1)
    failing = pool.submit("a", lambda: 1 // 0)
    assert pool.submit("b", lambda: 2).result(10) == 2
    assert isinstance(failing.exception(10), ZeroDivisionError)
    pool.close()


SLOW = RULES.replace("100000000", "100000000000").replace('e.get("spin")', "True")


def test_a_bundle_that_takes_long_does_not_hold_up_another(
    start: Start, bundle: Path, tmp_path: Path
) -> None:
    """Each of its events runs into the deadline of 0.2 s; those of the other one are answered meanwhile."""
    hostile = write_bundle(tmp_path / "hostile", name="hostile", rules=SLOW)
    manifest = hostile / "bundle.toml"
    manifest.write_text(manifest.read_text().replace("fuel = 20000", 'fuel = 10000000\ndeadline = "200ms"'))
    client = start(bundle, hostile)
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(client.post, "/v1/bundles/hostile/decide", json={}) for _ in range(4)]
        times: list[float] = []
        while not all(future.done() for future in slow):
            started = time.perf_counter()
            assert client.post("/v1/decide", json={"n": 11}).json()["rule"] == "large"
            times.append(time.perf_counter() - started)
    assert {future.result().json()["error"]["kind"] for future in slow} <= {"deadline", "memory", "fuel"}
    assert len(times) >= 10
    assert sorted(times)[len(times) // 2] < 0.1


def test_more_than_may_wait_is_turned_away(start: Start, tmp_path: Path) -> None:
    hostile = write_bundle(tmp_path / "hostile", name="hostile", rules=SLOW)
    client = start(hostile, settings=Settings(max_waiting=1))
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: client.post("/v1/decide", json=[{}] * 20), range(8)))
    statuses = {response.status_code for response in responses}
    assert statuses == {200, 503}
    refused = next(response for response in responses if response.status_code == 503)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"]["kind"] == "busy"
