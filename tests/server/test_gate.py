"""Who may ask, and how often."""

from __future__ import annotations

from pathlib import Path

import pytest

import ringfence as rf
from ringfence.server import Settings, Tokens
from ringfence.server.rates import MOST_CLIENTS, RateLimits
from tests.server.conftest import Start

ALICE, BOB = "alice-token-0123456789", "bob-token-0123456789"
TOKENS = Tokens([("alice", ALICE), ("bob", BOB)])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", ["/v1/decide", "/v1/bundles/sizes/decide", "/v1/bundles/sizes/reload"])
def test_only_clients_with_a_token_may_post(start: Start, path: str) -> None:
    client = start(tokens=TOKENS)
    for headers in ({}, bearer("wrong"), bearer(ALICE + "x"), {"Authorization": ALICE}, bearer("")):
        response = client.post(path, json={}, headers=headers)
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
        assert response.json()["error"]["kind"] == "authentication"
    assert client.post(path, json={}, headers=bearer(ALICE)).status_code == 200
    assert client.post(path, json={}, headers={"Authorization": f"bearer {BOB}"}).status_code == 200


def test_names_of_bundles_and_numbers_are_for_clients_as_well(start: Start) -> None:
    client = start(tokens=TOKENS)
    for path in ("/v1/bundles", "/metrics"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=bearer(BOB)).status_code == 200
    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert client.get(path).status_code == 200
    assert client.post("/v1/bundles/nobody/decide", json={}).status_code == 401


def test_without_tokens_nobody_may_reload(start: Start) -> None:
    response = start().post("/v1/bundles/sizes/reload")
    assert (response.status_code, response.json()["error"]["kind"]) == (403, "forbidden")


def test_a_client_that_asks_too_often_waits_and_others_do_not(start: Start) -> None:
    client = start(tokens=TOKENS, settings=Settings(rate=0.01, burst=3))
    statuses = [client.post("/v1/decide", json={}, headers=bearer(ALICE)).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = client.post("/v1/decide", json={}, headers=bearer(ALICE))
    assert 1 <= int(refused.headers["retry-after"]) <= 100
    assert client.post("/v1/decide", json={}, headers=bearer(BOB)).status_code == 200
    assert client.get("/healthz").status_code == 200


def test_a_bucket_fills_again_and_no_further_than_its_burst() -> None:
    now = [0.0]
    limits = RateLimits(2.0, 2, clock=lambda: now[0])
    assert [limits.wait("a") for _ in range(3)] == [0, 0, 0.5]
    now[0] = 0.5
    assert [limits.wait("a") for _ in range(2)] == [0, 0.5]
    now[0] = 100
    assert [limits.wait("a") for _ in range(3)] == [0, 0, 0.5]


def test_clients_are_remembered_in_bounded_memory() -> None:
    limits = RateLimits(1.0, 1, clock=lambda: 0.0)
    for number in range(MOST_CLIENTS + 10):
        limits.wait(f"client {number}")
    assert limits.wait("client 0") == 0  # forgotten
    assert limits.wait(f"client {MOST_CLIENTS}") == 1


def test_the_file_of_tokens(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# who may ask\n\nalice {ALICE}\n  bob\t{BOB}\n")
    tokens = Tokens.from_file(file)
    assert tokens.client_of(f"Bearer {BOB}") == "bob"
    for text, what in (
        ("", "there is no token"),
        ("alice", "tokens:1: not a name and a token"),
        ("alice short", "the token of 'alice' cannot be used"),
        (f"a/b {ALICE}", "no name for a client"),
        (f"alice {ALICE}\nbob {ALICE}", "another client's as well"),
    ):
        file.write_text(text)
        with pytest.raises(rf.TokenFileError, match=what):
            Tokens.from_file(file)
    with pytest.raises(rf.TokenFileError, match="cannot be read"):
        Tokens.from_file(tmp_path / "nowhere")
