"""The notifier's own numbers on its `/metrics`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

OUTCOMES = ("delivered", "failed", "rejected", "dropped")


class Figures:
    """One set per process. Labels: the configured targets and closed sets."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register."""
        self.deliveries = Counter(
            "support_notifier_deliveries",
            "Requests to a target by outcome: delivered, failed (tried again), rejected (not tried again), dropped (queue full).",
            ["target", "outcome"],
            registry=registry,
        )
        self.pending = Gauge(
            "support_notifier_pending", "Alerts that a target has not been told yet.", ["target"], registry=registry
        )
        self.last_success = Gauge(
            "support_notifier_last_success_timestamp_seconds", "When a target last took something.", ["target"], registry=registry
        )
        self.alerts = Gauge("support_notifier_alerts", "Alerts known, by state.", ["state"], registry=registry)
        self.read = Gauge(
            "support_notifier_read_timestamp_seconds", "When the topics were last asked for news.", registry=registry
        )
        self.caught_up = Gauge("support_notifier_caught_up", "1 once the topics were read to their end.", registry=registry)
        self.delay = Histogram(
            "support_notifier_delay_seconds",
            "From the time of an alert's numbers to the first delivery of its turn.",
            ["target"],
            buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 900),
            registry=registry,
        )

    def target(self, name: str) -> None:
        """Show a target from the beginning."""
        for outcome in OUTCOMES:
            self.deliveries.labels(name, outcome)
        self.pending.labels(name).set(0)
