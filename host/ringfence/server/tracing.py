"""OpenTelemetry traces: a span for each request that is decided, in the trace that its `traceparent` names.

The extra `ringfence[otel]` is imported when tracing is asked for, and only then. The spans go wherever the process's tracer
provider sends them; `set_up` makes one that follows the standard environment variables.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ringfence.extras import extra

PURPOSE = "tracing"


class Tracing(Protocol):
    """Makes spans."""

    def span(self, name: str, headers: Mapping[str, str]) -> contextlib.AbstractContextManager[Span]:
        """A span for the time of a `with` statement."""


class Span(Protocol):
    """A span that is under way."""

    def set_attribute(self, key: str, value: Any, /) -> Any:
        """Say something about it."""


class NoSpan:
    """Stands for the span where nothing is traced."""

    def set_attribute(self, key: str, value: Any, /) -> None:
        """Nobody listens."""


class NoTracing:
    """Makes no spans."""

    def __init__(self) -> None:
        self._nothing = contextlib.nullcontext(NoSpan())

    def span(self, name: str, headers: Mapping[str, str]) -> contextlib.AbstractContextManager[Span]:
        """Nothing, for the time of a `with` statement."""
        return self._nothing


class OpenTelemetry:
    """Makes spans with the process's tracer provider. Raises `MissingExtraError` without the extra `otel`."""

    def __init__(self) -> None:
        with extra("otel", PURPOSE):
            from opentelemetry import propagate, trace
        self._trace = trace
        self._propagate = propagate
        self._tracer = trace.get_tracer("ringfence")

    @contextlib.contextmanager
    def span(self, name: str, headers: Mapping[str, str]) -> Iterator[Span]:
        """A span of kind SERVER, a child of the one that the headers name."""
        parent = self._propagate.extract(headers)
        with self._tracer.start_as_current_span(
            name, context=parent, kind=self._trace.SpanKind.SERVER
        ) as span:
            yield span


def set_up() -> None:
    """Send this process's spans by OTLP over HTTP, to `OTEL_EXPORTER_OTLP_ENDPOINT` (this machine, if that is not set).

    Raises `MissingExtraError` without the extra `otel`.
    """
    with extra("otel", PURPOSE):
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override the name.
    resource = Resource.create({SERVICE_NAME: "ringfence"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
