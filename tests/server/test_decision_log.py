"""The decision log: a line for each event, whole, in files of bounded size."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import ringfence as rf
from ringfence.server import DecisionLog, Settings, Tokens
from ringfence.server.decision_log import KEPT_FILES, Origin
from tests.server.conftest import Start

ORIGIN = Origin("request", "client", 0.0, "bundle", "00")


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_event_is_logged_with_its_origin_and_its_outcome(
    start: Start, bundle: Path, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    tokens = Tokens([("alice", "alice-token-0123456789")])
    client = start(decision_log=DecisionLog(path), tokens=tokens)
    headers = {
        "Authorization": "Bearer alice-token-0123456789",
        "X-Request-Id": "r-1",
        "Content-Type": "application/json",
    }
    client.post("/v1/decide", content='[{"n": 11}, {"fail": 1},\n 5]', headers=headers)
    decided, failed, refused = entries(path)
    assert {key: decided[key] for key in ("request", "client", "bundle", "rule", "decision")} == {
        "request": "r-1",
        "client": "alice",
        "bundle": "sizes",
        "rule": "large",
        "decision": {"size": 11, "version": "1"},
    }
    assert decided["event_digest"] == hashlib.sha256(b'{"n": 11}').hexdigest()
    assert decided["bundle_digest"] == rf.Bundle.from_folder(bundle).digest
    assert decided["fuel"] > 0 and decided["time"].endswith("+00:00") and "event" not in decided
    assert failed["error"]["kind"] == "rule" and failed["error"]["rule"] == "broken"
    assert refused["error"]["kind"] == "input"


def test_events_are_logged_where_that_is_wanted_whatever_they_are(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "log"
    client = start(decision_log=DecisionLog(path, with_events=True))
    body = b'{"n": 11}\nno "json"\n\xff{}\n'
    client.post("/v1/decide", content=body, headers={"Content-Type": "application/x-ndjson"})
    assert [entry["event"] for entry in entries(path)] == [{"n": 11}, 'no "json"', "�{}"]


def test_receipts_are_logged_where_they_are_wanted_and_answered_to_nobody(
    start: Start, bundle: Path, tmp_path: Path
) -> None:
    """Each is for the very bytes that were sent; what was too large has none."""
    path = tmp_path / "log"
    client = start(
        decision_log=DecisionLog(path, with_events=True, with_receipts=True), settings=Settings(max_body=300)
    )
    events = ['{"n": 11}', '{"fail": ", \\"receipt\\": "}', "no event", '{"n": "%s"}' % ("x" * 300)]
    body = "\n".join(events)
    response = client.post("/v1/decide", content=body, headers={"Content-Type": "application/x-ndjson"})
    plain = start(settings=Settings(max_body=300)).post(
        "/v1/decide", content=body, headers={"Content-Type": "application/x-ndjson"}
    )
    assert response.text == plain.text
    logged = entries(path)
    with rf.Runtime().load(bundle) as rules:
        for event, entry in zip(events[:2], logged, strict=False):
            assert rules.replay(event, rf.Receipt.from_json(entry["receipt"])).same
    assert logged[3]["receipt"] is None


def test_files_are_rotated_by_size_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = DecisionLog(path, size=2_000)
    for number in range(100):
        log.write(ORIGIN, [b"{}"], [b'{"decision": %d, "rule": null, "fuel": 1}' % number])
    log.close()
    files = [*(tmp_path / f"log.{number}" for number in range(KEPT_FILES, 0, -1)), path]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert all(file.stat().st_size <= 2_000 for file in files)
    kept = [entry["decision"] for file in files for entry in entries(file)]
    assert kept == list(range(kept[0], 100)) and len(kept) > 20


def test_threads_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = DecisionLog(path, size=10_000_000)
    line = b'{"decision": "' + b"x" * 2_000 + b'", "rule": null, "fuel": 1}'
    threads = [
        threading.Thread(target=lambda: [log.write(ORIGIN, [b"{}"] * 3, [line] * 3) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entries(path)) == 600


def test_a_log_that_cannot_be_written_is_told_and_stops_nothing(start: Start, tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "log")
    client = start(decision_log=log)
    log._file.close()
    assert client.post("/v1/decide", json={"n": 1}).json()["decision"] == "small"
    assert client.get("/readyz").json()["decision_log_failures"] == 1
    assert "ringfence_decision_log_failures_total 1.0" in client.get("/metrics").text
    client.post("/v1/decide", json={"n": 2})
    assert len(entries(tmp_path / "log")) == 1
