"""What a demo that ends by itself must have shown: the alert in its topic, and the numbers on `/metrics`."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from agents.demo.story import JUMP_AT_MS, JUMP_QUEUE
from pipeline.judgement.jump import NAME
from pipeline.metrics import Metric
from pipeline.signals import Alert


class Proof(msgspec.Struct):
    """What has been seen so far. Once seen it stays seen: the alert may be over by the end."""

    alert: Alert | None = None
    alert_after_seconds: float = 0.0
    """From the beginning of the live part to its first sight."""
    replies: int = 0
    """Most first replies that `/metrics` showed."""
    firing: bool = False
    """`/metrics` showed an alert firing."""

    def look_at_alerts(self, alerts: Iterable[Alert], after_seconds: float) -> None:
        """Find the alert that the story is about."""
        if self.alert is None:
            for alert in alerts:
                if alert.rule == NAME and alert.segment == {"queue": JUMP_QUEUE} and alert.raised_at >= JUMP_AT_MS:
                    self.alert, self.alert_after_seconds = alert, after_seconds

    def look_at_metrics(self, exposition: str) -> None:
        """Read what a scrape got."""
        totals = totals_of(exposition, (f"{Metric.FIRST_REPLY}_count", Metric.ALERTS_FIRING.value))
        self.replies = max(self.replies, round(totals[f"{Metric.FIRST_REPLY}_count"]))
        self.firing = self.firing or totals[Metric.ALERTS_FIRING.value] > 0

    @property
    def complete(self) -> bool:
        """Say whether everything has been seen."""
        return not self.missing()

    def missing(self) -> list[str]:
        """Return what has not been seen, a sentence each."""
        return [
            sentence
            for seen, sentence in (
                (self.alert is not None, f"the alert on queue {JUMP_QUEUE} did not appear in the topic alerts"),
                (self.replies > 0, f"/metrics did not show {Metric.FIRST_REPLY}_count above 0"),
                (self.firing, f"/metrics did not show {Metric.ALERTS_FIRING} above 0"),
            )
            if not seen
        ]


def totals_of(exposition: str, names: Iterable[str]) -> dict[str, float]:
    """Return the sum over all series of each sample name; 0 where there is none."""
    totals = dict.fromkeys(names, 0.0)
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            if sample.name in totals:
                totals[sample.name] += sample.value
    return totals
