"""What the server says about itself: its metrics, its OpenAPI description, its traces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from ringfence.server import Tokens
from ringfence.server.counts import MOST_RULES, OTHER_RULES
from ringfence.server.problems import STANDARD
from tests.server.conftest import Start, write_bundle


def samples(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """The metrics by name and labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_metrics_count_what_happened(client: TestClient) -> None:
    events: list[dict[str, Any]] = [{"n": 11}, {"n": 12}, {"n": 1}, {"fail": 1}, {"spin": 1}]
    fuel = sum(answer["fuel"] for answer in client.post("/v1/decide", json=events).json())
    client.post("/v1/decide", content=b"x")
    found = samples(client)

    def value(name: str, **labels: str) -> float:
        return found[name, tuple(sorted(labels.items()))]

    assert value("ringfence_decisions_total", bundle="sizes", rule="large") == 2
    assert value("ringfence_decisions_total", bundle="sizes", rule="") == 1
    assert value("ringfence_errors_total", bundle="sizes", kind="rule") == 1
    assert value("ringfence_errors_total", bundle="sizes", kind="fuel") == 1
    assert value("ringfence_fuel_count", bundle="sizes") == 5
    assert value("ringfence_fuel_sum", bundle="sizes") == fuel
    assert value("ringfence_fuel_bucket", bundle="sizes", le="10000") == 4
    assert value("ringfence_evaluation_seconds_count", bundle="sizes") == 5
    assert value("ringfence_requests_total", path="/v1/decide", status="200") == 1
    assert value("ringfence_requests_total", path="/v1/decide", status="415") == 1
    assert value("ringfence_isolates", bundle="sizes") == 1
    assert value("ringfence_allocated_bytes_total", bundle="sizes") > 0
    assert value("ringfence_requests_under_way") == 1


def test_a_bundle_of_many_rules_has_few_labels(start: Start, tmp_path: Path) -> None:
    """And under a hit policy that lists rules, each rule that matched counts."""
    rules = f"""
def make(i):
    rule("r%d" % i, when = lambda e: e["from"] <= i and i < e["to"], then = i)
[make(i) for i in range({MOST_RULES + 50})]
"""
    bundle = write_bundle(tmp_path / "many", rules=rules)
    manifest = bundle / "bundle.toml"
    manifest.write_text(
        manifest.read_text().replace("[limits]", 'hit_policy = "collect"\n[limits]').replace('"small"', "[]")
    )
    client = start(bundle)
    decided = client.post("/v1/decide", json={"from": 0, "to": MOST_RULES + 50}).json()
    assert len(decided["rule"]) == MOST_RULES + 50
    counted = {
        dict(labels)["rule"]: value
        for (name, labels), value in samples(client).items()
        if name == "ringfence_decisions_total"
    }
    assert len(counted) == MOST_RULES + 1 and counted[OTHER_RULES] == 50


def test_the_description_names_the_bundles_and_every_problem(start: Start, client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    (parameter,) = document["paths"]["/v1/bundles/{name}/decide"]["parameters"]
    assert parameter["schema"]["enum"] == ["sizes"]
    kinds = document["components"]["schemas"]["Problem"]["properties"]["error"]["properties"]["kind"]["enum"]
    assert set(kinds) == {kind for kind, _ in STANDARD.values()}
    secured = start(tokens=Tokens([("a", "a-token-0123456789")])).get("/openapi.json").json()
    assert secured["paths"]["/v1/decide"]["post"]["security"] == [{"token": []}]
    assert "401" in secured["paths"]["/v1/decide"]["post"]["responses"]


def test_each_decision_is_a_span_of_the_trace_that_asked(start: Start) -> None:
    trace = pytest.importorskip("opentelemetry.trace")
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from ringfence.server import OpenTelemetry

    exporter, provider = InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    client = start(tracing=OpenTelemetry())
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    client.post("/v1/decide", json=[{"n": 11}] * 2, headers={"traceparent": parent})
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.attributes["ringfence.events"]) == ("decide sizes", 2)
    assert f"{span.context.trace_id:x}" == "4bf92f3577b34da6a3ce929d0e0e4736"
