"""Events are decided as `ringfence run` decides them: one, an array, a stream; an event's error is a value in the response."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import ringfence as rf
from ringfence.server import Settings
from ringfence.server.bodies import MOST_EVENTS
from tests.server.conftest import Start, write_bundle

JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}
EVENTS: list[dict[str, Any]] = [
    {"n": 1},
    {"n": 11},
    {"fail": "now"},
    {"spin": 1},
    {"n": "x"},
    {"n": 2**70},
    {},
]


@pytest.fixture
def lines(bundle: Path, tmp_path: Path) -> list[str]:
    """What the command would write for `EVENTS`."""
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, EVENTS)))
    with rf.Runtime().load(bundle) as rules:
        rules.run_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    return (tmp_path / "out.jsonl").read_text().splitlines()


def test_one_event_is_answered_with_its_line(client: TestClient, lines: list[str]) -> None:
    for event, line in zip(EVENTS, lines, strict=True):
        response = client.post("/v1/decide", json=event)
        assert (response.status_code, response.text) == (200, line)
        assert response.headers["content-type"] == "application/json"


def test_an_array_is_answered_with_an_array_of_lines(client: TestClient, lines: list[str]) -> None:
    response = client.post("/v1/bundles/sizes/decide", json=EVENTS)
    assert response.json() == [json.loads(line) for line in lines]
    assert client.post("/v1/decide", json=[]).json() == []


def test_events_may_be_laid_out_in_any_way(client: TestClient, lines: list[str]) -> None:
    body = "\r\n " + json.dumps(EVENTS, indent=2).replace(",", "\t,\r\n") + "\n"
    response = client.post("/v1/decide", content=body, headers=JSON)
    answers = response.json()
    assert [answer.get("decision") for answer in answers] == [
        json.loads(line).get("decision") for line in lines
    ]
    single = client.post("/v1/decide", content='\n{\n"n":\r11}\n', headers=JSON)
    assert single.json()["decision"] == {"size": 11, "version": "1"}


def test_a_stream_is_answered_with_lines(client: TestClient, lines: list[str]) -> None:
    body = "\n \n".join(map(json.dumps, EVENTS))
    response = client.post("/v1/decide", content=body, headers=LINES)
    assert response.text.splitlines() == lines
    assert response.headers["content-type"] == "application/x-ndjson"
    assert client.post("/v1/decide", content=b"", headers=LINES).text == ""


def test_the_lines_of_a_stream_may_be_cut_anywhere(client: TestClient, lines: list[str]) -> None:
    body = "\n".join(map(json.dumps, EVENTS)).encode()
    response = client.post("/v1/decide", content=(bytes([byte]) for byte in body), headers=LINES)
    assert response.text.splitlines() == lines


def test_a_line_that_is_too_long_is_an_error_in_its_place(start: Start) -> None:
    client = start(settings=Settings(max_body=100))
    long = json.dumps({"n": 11, "x": "y" * 200_000})
    body = ['{"n": 11}', long, "nonsense", '{"n": 12}']
    pieces = [part.encode() for line in body for part in (line[:70_000], line[70_000:] + "\n")]
    for content in ("\n".join(body), (piece for piece in pieces)):
        response = client.post("/v1/decide", content=content, headers=LINES)
        answers = [json.loads(line) for line in response.text.splitlines()]
        assert [answer.get("rule", answer.get("error", {}).get("kind")) for answer in answers] == [
            "large", "input", "input", "large"
        ]  # fmt: skip
        assert "larger than 100 bytes" in answers[1]["error"]["message"]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "the request is empty"),
        (b" \n", "the request is empty"),
        (b"5", "not a JSON object"),
        (b'{"n": 1', "input"),
        (b"[1, 2", "expected , or ] at line 1, column 6"),
        (b"[1,]", "column 4"),
        (b"[{}] x", "more text after the end at line 1, column 6"),
        (b'{"n": 1}\n{"n": 2}', "more text after the end at line 2, column 1"),
        (b'{"n": "a\nb"}', "control character"),
        (b'["\xff"]', "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_event_is_a_bad_request(client: TestClient, body: bytes, what: str) -> None:
    response = client.post("/v1/decide", content=body, headers=JSON)
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["kind"] == "input" and error["advice"]
    assert what in error["message"] or what == "input"


def test_numbers_reach_the_rules_as_they_were_written(start: Start, tmp_path: Path) -> None:
    """The host cuts arrays into events without reading them: no digit is lost, and no limit of Python's applies."""
    echo = 'def decide(e):\n    return json.encode(e["n"]) if type(e["n"]) != "int" else str(e["n"] % 1000)\n'
    client = start(write_bundle(tmp_path / "echo", rules=echo))
    body = "[" + ",".join(f'{{"n": {n}}}' for n in ("1.0", "1e300", "9" * 4000, "-0.0")) + "]"
    answers = client.post("/v1/decide", content=body, headers=JSON).json()
    assert [answer["decision"] for answer in answers] == ["1.0", "1e+300", "999", "-0.0"]


def test_other_content_types_are_refused(client: TestClient) -> None:
    for headers in (
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ):
        response = client.post("/v1/decide", content=b"{}", headers=headers)
        assert (response.status_code, response.json()["error"]["kind"]) == (415, "media-type")


def test_what_is_not_there_is_an_error_with_advice(client: TestClient) -> None:
    response = client.post("/v1/bundles/size/decide", json={})
    assert (response.status_code, response.json()["error"]["kind"]) == (404, "not-found")
    assert 'did you mean "sizes"' in response.json()["error"]["message"]
    assert client.get("/v1/decide/").status_code == 404
    response = client.get("/v1/decide")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["error"]["kind"] == "method"


def test_a_body_that_is_too_large_is_refused(start: Start) -> None:
    client = start(settings=Settings(max_body=100))
    for content in (b'{"n": "%s"}' % (b"x" * 100), iter([b'{"n": "', b"x" * 100, b'"}'])):
        response = client.post("/v1/decide", content=content, headers=JSON)
        assert (response.status_code, response.json()["error"]["kind"]) == (413, "too-large")


def test_a_byte_order_mark_is_no_part_of_a_body(client: TestClient) -> None:
    for body in (json.dumps(EVENTS[0]), json.dumps(EVENTS)):
        plain, marked = (
            client.post("/v1/decide", content=body.encode(encoding), headers=JSON)
            for encoding in ("utf-8", "utf-8-sig")
        )
        assert (marked.status_code, marked.text) == (plain.status_code, plain.text)


def test_an_array_of_too_many_events_is_refused(client: TestClient) -> None:
    body = json.dumps([{}] * (MOST_EVENTS + 1))
    response = client.post("/v1/decide", content=body, headers=JSON)
    assert (response.status_code, response.json()["error"]["kind"]) == (413, "too-large")
    most = client.post("/v1/decide", json=[{}] * MOST_EVENTS)
    assert {answer["decision"] for answer in most.json()} == {"small"} and len(most.json()) == MOST_EVENTS


def test_large_decisions_are_sent_as_they_are_made(start: Start, tmp_path: Path) -> None:
    """An event of two bytes may come to a mebibyte: a block of them is not held in memory as a whole."""
    rules = 'def decide(e):\n    return "x" * 200000\n'
    client = start(write_bundle(tmp_path / "large", rules=rules))
    answers = client.post("/v1/decide", json=[{}] * 100).json()
    assert [len(answer["decision"]) for answer in answers] == [200_000] * 100
    lines = client.post("/v1/decide", content=b"{}\n" * 100, headers=LINES).text.splitlines()
    assert [len(json.loads(line)["decision"]) for line in lines] == [200_000] * 100


def test_rules_have_the_time_of_the_request_unless_it_is_withheld(start: Start) -> None:
    assert start().post("/v1/decide", json={"timed": 1}).json()["decision"] >= 2026
    withheld = start(settings=Settings(clock=False)).post("/v1/decide", json={"timed": 1})
    assert withheld.json()["error"]["kind"] == "rule"


def test_the_response_names_the_request_and_the_bundle(client: TestClient, bundle: Path) -> None:
    response = client.post("/v1/decide", json={}, headers={"X-Request-Id": "mine-1"})
    assert response.headers["x-request-id"] == "mine-1"
    assert response.headers["ringfence-bundle-digest"] == rf.Bundle.from_folder(bundle).digest
    generated = client.get("/healthz", headers={"X-Request-Id": "not good"}).headers["x-request-id"]
    assert len(generated) == 32


def test_the_first_bundle_is_the_default(start: Start, bundle: Path, tmp_path: Path) -> None:
    other = write_bundle(tmp_path / "other", name="other", rules='def decide(e):\n    return "other"\n')
    client = start(bundle, other)
    assert client.post("/v1/decide", json={}).json()["decision"] == "small"
    assert client.post("/v1/bundles/other/decide", json={}).json()["decision"] == "other"
    listed = client.get("/v1/bundles").json()
    assert listed["default"] == "sizes" and [each["name"] for each in listed["bundles"]] == ["sizes", "other"]


def test_two_bundles_of_the_same_name_do_not_start(start: Start, bundle: Path) -> None:
    with pytest.raises(rf.BundleError, match="two bundles have the name 'sizes'"):
        start(bundle, bundle)
