"""Spans on their way: the command sends them to a collector over OTLP, by its own protocol, in the trace that the client named."""

from __future__ import annotations

import http.client
import http.server
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.test_process import serving

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs signals")

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


class Collector(http.server.ThreadingHTTPServer):
    """A collector of spans: keeps what is sent to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[tuple[str, bytes]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    """Takes what exporters send."""

    server: Collector

    def do_POST(self) -> None:
        """Keep the path and the body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        self.server.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """One that listens."""
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["ringfence", "gateway-rules"])
def test_spans_arrive_at_a_collector(
    bundle: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What has not been sent when the server is told to end is sent before it does; the service's name is the user's to choose."""
    if name != "ringfence":
        monkeypatch.setenv("OTEL_SERVICE_NAME", name)
    messages = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
    with serving(str(bundle), "--traces") as (process, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"Content-Type": "application/json", "traceparent": f"00-{TRACE}-{PARENT}-01"}
        connection.request("POST", "/v1/decide", '{"n": 11}', headers)
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    spans = []
    for path, body in collector.received:
        assert path == "/v1/traces"
        request = messages.ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            assert names["service.name"] == name
            spans += [span for scope in resource.scope_spans for span in scope.spans]
    (span,) = spans
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    assert {a.key: a.value.string_value for a in span.attributes if a.key.endswith("bundle")}
    assert span.end_time_unix_nano > span.start_time_unix_nano
