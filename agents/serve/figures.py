"""The server's own Prometheus series: requests, boards, records. Labels come from closed sets, never from a request."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from agents.exporter import process_registry
from agents.serve.hub import Hub

_EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Figures(Collector):
    """Counts requests as they end and reads everything else when it is scraped."""

    def __init__(self, hub: Hub) -> None:
        """Make a registry of its own."""
        self.registry: CollectorRegistry = process_registry()
        self.refused = dict.fromkeys(("unauthorized", "forbidden", "too_many_requests"), 0)
        self._hub = hub
        self._seconds = Histogram(
            "support_serve_request_seconds",
            "Requests of the HTTP API, by operation and status.",
            ("operation", "status"),
            buckets=_EDGES,
            registry=self.registry,
        )
        self.registry.register(self)

    def observe(self, operation: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._seconds.labels(operation, str(status)).observe(seconds)

    def collect(self) -> Iterator[Metric]:
        """Yield what the site and the hub say now."""
        site, clock_ms = self._hub.site, self._hub.site.clock.now_ms()
        records = CounterMetricFamily("support_serve_records", "Records read, by what became of them.", labels=("result",))
        for result, count in sorted(site.reading.records.items()):
            records.add_metric((result,), count)
        yield records
        yield CounterMetricFamily(
            "support_serve_resyncs", "Boards that were too slow and got everything anew.", self._hub.resyncs
        )
        yield CounterMetricFamily("support_serve_changes", "Events sent to boards.", self._hub.number)
        for name, text, value in (
            ("support_serve_streams", "Boards that are open.", site.streams),
            ("support_serve_tickets", "Tickets whose clocks are known.", site.view.count_tickets()),
            ("support_serve_segments", "Segments whose service levels are known.", len(site.view.segments())),
            ("support_serve_caught_up", "Whether the topics have been read to their end.", int(site.reading.caught_up)),
            ("support_serve_connected", "Whether the broker answers.", int(site.reading.connected(clock_ms))),
            ("support_serve_as_of_timestamp_seconds", "Time of the newest number.", site.view.as_of / 1_000),
        ):
            yield GaugeMetricFamily(name, text, value)
