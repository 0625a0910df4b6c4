"""What `firstreply signals` shows on `/metrics`. Names and help stand here and nowhere else."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from agents.timing import EDGES_US


class SignalFigures:
    """The numbers of one sink process, in a registry of its own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Begin at zero; outcomes that have not happened yet are shown as 0, so that their rates are not missing."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nobody reads
        self.writes = Counter(
            "support_signals_writes",
            "Routing signals by outcome: written, refused (by the fence), expired (before they could be written), failed.",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("written", "refused", "expired", "failed"):
            self.writes.labels(outcome)
        self.reasserted = Counter(
            "support_signals_reasserted",
            "Times everything was written again: Redis was away (connected), or had lost it (emptied).",
            ["reason"],
            registry=registry,
        )
        for reason in ("connected", "emptied"):
            self.reasserted.labels(reason)
        self.write_seconds = Histogram(
            "support_signals_write_seconds",
            "One round trip to Redis.",
            registry=registry,
            buckets=[edge / 1_000_000 for edge in EDGES_US],
        )
        self.redis_up = Gauge("support_signals_redis_up", "Whether the last call to Redis succeeded.", registry=registry)
        self.queues = Gauge("support_signals_queues", "Queues that have a signal.", registry=registry)
        self.pending = Gauge("support_signals_pending", "Queues whose newest signal has not been written.", registry=registry)
        self.tickets = Gauge("support_signals_tickets", "Open tickets held in the order of their deadlines.", registry=registry)
        self.let_go = Gauge(
            "support_signals_tickets_let_go", "Tickets dropped at the bound of signals.most_tickets.", registry=registry
        )
        self.records = Counter("support_signals_records", "Records read from the compacted topics.", registry=registry)
        self.unreadable = Gauge("support_signals_unreadable", "Records read that are none of firstreply's.", registry=registry)
        self.caught_up = Gauge(
            "support_signals_caught_up", "Whether the topics have been read to the end they had at the start.", registry=registry
        )
        self.as_of = Gauge(
            "support_signals_as_of_timestamp_seconds", "Engine time of the newest signal written.", registry=registry
        )
        self.written_at = Gauge("support_signals_written_timestamp_seconds", "When a signal was last written.", registry=registry)
