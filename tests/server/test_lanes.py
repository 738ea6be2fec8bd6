"""No bundle slows down another: each has lanes of its own, and too much work is turned away."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ringfence as rf
from ringfence.server import Settings
from ringfence.server.lanes import Lanes
from tests.server.conftest import RULES, Start, write_bundle


def test_what_is_slow_pays_back_in_the_slow_lane() -> None:
    """Between its turns the work of one request changes lanes, and a quick bundle never does."""

    async def lanes_of(seconds: float) -> list[str]:
        lanes, seen = Lanes("b", 10), list[str]()

        def turn() -> None:
            end = time.thread_time() + seconds
            while time.thread_time() < end:
                pass
            seen.append("slow" if "-slow" in threading.current_thread().name else "fast")

        for _ in range(3):
            await lanes.take_turn(turn)
        lanes.close()
        return seen

    assert asyncio.run(lanes_of(0)) == ["fast"] * 3
    assert asyncio.run(lanes_of(0.02)) == ["fast", "slow", "slow"]


def test_what_rules_print_stays_in_the_sandbox() -> None:
    """Copying it would stop all threads for as long as that takes: a print buffer may be as large as the memory limit."""
    bundle = rf.Bundle.from_sources({"main.star": "def decide(e):\n    print(e.n)\n    return e.n\n"})
    with rf.Runtime().load(bundle) as rules:
        printed: list[bytes] = []
        for _ in range(2):
            (decided,) = rules.evaluate_stream(io.BytesIO(b'{"n": 1}\n'), workers=1, pristine=True)
            printed += [part.printed for part in decided.parts]
            assert decided.parts[0].output.startswith(b'{"decision": 1')
            rules.discard_prints()
        assert printed == [b"1\n", b""]


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
