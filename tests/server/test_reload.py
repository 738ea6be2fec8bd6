"""A bundle is replaced while requests are under way: none is lost, each is decided by one generation as a whole."""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import ringfence as rf
from ringfence.server import Settings, Tokens
from ringfence.server.bundles import Loader, Shelf
from tests.server.conftest import Start, write_bundle

TOKENS = Tokens([("admin", "admin-token-0123456789")])
HEADERS = {"Authorization": "Bearer admin-token-0123456789"}


def version(client: TestClient) -> str:
    answer = client.post("/v1/decide", json={"n": 11}, headers=HEADERS).json()
    return str(answer["decision"]["version"])


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_reload_replaces_the_rules(start: Start, bundle: Path) -> None:
    client = start(tokens=TOKENS)
    same = client.post("/v1/bundles/sizes/reload", headers=HEADERS)
    assert (same.status_code, same.json()["changed"]) == (200, False)
    write_bundle(bundle, "2")
    changed = client.post("/v1/bundles/sizes/reload", headers=HEADERS).json()
    assert changed["changed"] and changed["bundle"]["version"] == "2"
    assert version(client) == "2"


def test_a_bundle_that_does_not_load_leaves_the_old_one(start: Start, bundle: Path) -> None:
    client = start(tokens=TOKENS)
    for rules, name, what in (
        ("rule(", "sizes", "main.star:2:6"),
        ("rule('a', then = 1)", "another", "another name"),
    ):
        write_bundle(bundle, "2", rules=rules, name=name)
        response = client.post("/v1/bundles/sizes/reload", headers=HEADERS)
        assert (response.status_code, response.json()["error"]["kind"]) == (409, "bundle")
        assert what in response.json()["error"]["message"]
    assert version(client) == "1"
    assert client.get("/readyz").json()["stale"] == ["sizes"]
    assert "another name" in client.get("/v1/bundles", headers=HEADERS).json()["bundles"][0]["error"]
    assert len([line for line in client.said if "the old rules stay" in line]) == 2  # type: ignore[attr-defined]
    metrics = client.get("/metrics", headers=HEADERS).text
    assert 'ringfence_bundle_stale{bundle="sizes"} 1.0' in metrics
    assert 'ringfence_reloads_total{bundle="sizes",result="failed"} 2.0' in metrics
    write_bundle(bundle, "3")
    assert client.post("/v1/bundles/sizes/reload", headers=HEADERS).status_code == 200
    assert client.get("/readyz").json()["stale"] == []


def test_changed_files_are_noticed(start: Start, bundle: Path) -> None:
    client = start(tokens=TOKENS, settings=Settings(watch=0.02))
    write_bundle(bundle, "2")
    wait_until(lambda: version(client) == "2")
    (bundle / "main.star").write_text("rule(")
    wait_until(lambda: client.get("/readyz").json()["stale"] == ["sizes"])
    assert version(client) == "2"
    write_bundle(bundle, "3")
    wait_until(lambda: version(client) == "3")


def test_old_rules_are_closed_when_their_last_request_is_done(bundle: Path) -> None:
    loader = Loader(rf.Runtime())
    shelf = Shelf(loader, [bundle], lambda _: None)
    served = shelf.default
    with served.used() as first, served.used() as second:
        write_bundle(bundle, "2")
        assert asyncio.run(shelf.reload(served))
        assert first is second and served.old == [first]
        assert first.rules.evaluate({"n": 11}).decision["version"] == "1"
        with served.used() as third:
            assert third.rules.evaluate({"n": 11}).decision["version"] == "2"
    assert served.old == []
    with pytest.raises(rf.ClosedError):
        first.rules.session()
    # At once, and not when Python next looks for cycles: a server that reloads often would hold many.
    rules = weakref.ref(first.rules), weakref.ref(first.rules._pool)
    assert served.statistics().fuel == first.rules.stats().fuel + third.rules.stats().fuel > 0
    del first, second
    assert [each() for each in rules] == [None, None]
    shelf.close()


def test_no_request_is_lost_or_torn_while_bundles_change(start: Start, bundle: Path) -> None:
    client = start(tokens=TOKENS)
    stop = threading.Event()
    failures: list[object] = []
    seen: set[str] = set()

    def ask() -> None:
        while not stop.is_set():
            response = client.post("/v1/decide", json=[{"n": 11}] * 50, headers=HEADERS)
            versions = {answer["decision"]["version"] for answer in response.json()}
            seen.update(versions)
            if response.status_code != 200 or len(versions) != 1:
                failures.append(response.text)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(2, 12):
        write_bundle(bundle, str(number))
        assert client.post("/v1/bundles/sizes/reload", headers=HEADERS).json()["changed"]
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(seen) > 2
    assert client.app.shelf.default.old == []  # type: ignore[attr-defined]
