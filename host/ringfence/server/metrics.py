"""The metrics, as prometheus_client writes them: collected from the counts of bundles and requests when they are asked for.

Labels are bounded: bundles and paths are fixed when the server starts, and of each bundle only so many rules have a name
(`counts.MOST_RULES`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ringfence.server.bundles import Served, Shelf
from ringfence.server.counts import SECONDS_BOUNDS, Histogram
from ringfence.server.decision_log import DecisionLog
from ringfence.server.lanes import Lanes
from ringfence.statistics import PAUSE_KINDS


class RequestCounts:
    """How many requests were answered how, and how long that took. Used by the event loop's thread."""

    def __init__(self) -> None:
        self.by_status: Counter[tuple[str, int]] = Counter()
        self.seconds: dict[str, Histogram] = {}
        self.under_way = 0

    def add(self, path: str, status: int, seconds: float) -> None:
        """Count a request that is over; `path` is that of its route."""
        self.by_status[path, status] += 1
        self.seconds.setdefault(path, Histogram(SECONDS_BOUNDS)).add(seconds)


class Metrics(Collector):
    """Everything that is counted."""

    def __init__(
        self, shelf: Shelf, lanes: Mapping[str, Lanes], requests: RequestCounts, log: DecisionLog | None
    ) -> None:
        self._shelf = shelf
        self._lanes = lanes
        self._requests = requests
        self._log = log
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def exposition(self) -> bytes:
        """The text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """All families, for the registry."""
        yield from self._about_requests()
        yield from self._about_decisions()
        yield from self._about_bundles()
        yield from self._about_guests()
        failures = self._log.failures if self._log is not None else 0
        yield CounterMetricFamily(
            "ringfence_decision_log_failures", "Writes of the decision log that failed.", value=failures
        )

    def _about_requests(self) -> Iterator[Metric]:
        counts = self._requests
        answered = CounterMetricFamily(
            "ringfence_requests", "Requests that were answered.", labels=("path", "status")
        )
        for (path, status), times in counts.by_status.items():
            answered.add_metric((path, str(status)), times)
        yield answered
        seconds = HistogramMetricFamily(
            "ringfence_request_seconds", "From a request's head to the end of its response.", labels=("path",)
        )
        for path, histogram in counts.seconds.items():
            seconds.add_metric((path,), histogram.buckets(), histogram.sum)
        yield seconds
        yield GaugeMetricFamily(
            "ringfence_requests_under_way", "Requests that are not answered yet.", value=counts.under_way
        )

    def _about_decisions(self) -> Iterator[Metric]:
        decisions = CounterMetricFamily(
            "ringfence_decisions",
            "Events that were decided, by rule; without a rule: by the default.",
            labels=("bundle", "rule"),
        )
        errors = CounterMetricFamily(
            "ringfence_errors", "Events that ended in an error.", labels=("bundle", "kind")
        )
        fuel = HistogramMetricFamily("ringfence_fuel", "Units of fuel of an event.", labels=("bundle",))
        seconds = HistogramMetricFamily(
            "ringfence_evaluation_seconds",
            "Time of an event; of those that were decided together, their mean.",
            labels=("bundle",),
        )
        for name, served in self._shelf.bundles.items():
            counts = served.counts
            with counts.lock:
                for rule, times in counts.by_rule.items():
                    decisions.add_metric((name, rule), times)
                for kind, times in counts.errors.items():
                    errors.add_metric((name, kind), times)
                fuel.add_metric((name,), counts.fuel.buckets(), counts.fuel.sum)
                seconds.add_metric((name,), counts.seconds.buckets(), counts.seconds.sum)
        yield from (decisions, errors, fuel, seconds)

    def _about_bundles(self) -> Iterator[Metric]:
        info = InfoMetricFamily("ringfence_bundle", "What is served.", labels=("bundle",))
        reloads = CounterMetricFamily(
            "ringfence_reloads", "Reloads, by how they ended.", labels=("bundle", "result")
        )
        stale = GaugeMetricFamily(
            "ringfence_bundle_stale",
            "1 while a bundle's files do not load and its old rules decide.",
            labels=("bundle",),
        )
        generations = GaugeMetricFamily(
            "ringfence_generations",
            "Rule sets that are open, those of a reload's past among them.",
            labels=("bundle",),
        )
        waiting = GaugeMetricFamily(
            "ringfence_waiting", "Requests that are decided or wait for it.", labels=("bundle",)
        )
        for name, served in self._shelf.bundles.items():
            info.add_metric((name,), {"version": served.current.version, "digest": served.current.digest})
            reloads.add_metric((name, "loaded"), served.reloads)
            reloads.add_metric((name, "failed"), served.failed_reloads)
            stale.add_metric((name,), served.failure is not None)
            generations.add_metric((name,), 1 + len(served.old))
            waiting.add_metric((name,), self._lanes[name].waiting)
        yield from (info, reloads, stale, generations, waiting)

    def _about_guests(self) -> Iterator[Metric]:
        isolates = GaugeMetricFamily(
            "ringfence_isolates", "Isolates that wait for an event.", labels=("bundle",)
        )
        allocated = CounterMetricFamily(
            "ringfence_allocated_bytes", "Bytes that events allocated.", labels=("bundle",)
        )
        live = GaugeMetricFamily(
            "ringfence_live_bytes",
            "Bytes alive in idle isolates, without the loaded image.",
            labels=("bundle",),
        )
        collections = CounterMetricFamily(
            "ringfence_collections", "Collections of the guest's garbage collector.", labels=("bundle",)
        )
        pauses = CounterMetricFamily(
            "ringfence_collector_pauses", "Pauses of the collector, by kind.", labels=("bundle", "kind")
        )
        for name, served in self._shelf.bundles.items():
            isolates.add_metric((name,), _idle_isolates(served))
            statistics = served.statistics()
            allocated.add_metric((name,), statistics.allocated_bytes)
            live.add_metric((name,), statistics.live_bytes)
            collections.add_metric((name,), statistics.collections)
            for kind in PAUSE_KINDS:
                pauses.add_metric((name, kind), getattr(statistics, kind).count)
        yield from (isolates, allocated, live, collections, pauses)


def _idle_isolates(served: Served) -> int:
    return sum(generation.rules.idle_isolates for generation in (*served.old, served.current))
