"""What `/metrics` shows against the log: counters and histograms less what was corrected, and open work, by tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from agents.verification.findings import Check, Checked
from agents.verification.oracle import OracleResult
from pipeline.config import SlaMeasure
from pipeline.measures import Measure, Work

HISTOGRAMS = {
    f"support_{measure.value}_seconds_count": measure
    for measure in (Measure.FIRST_REPLY, Measure.NEXT_REPLY, Measure.FIRST_RESOLUTION, Measure.FULL_RESOLUTION, Measure.PICKUP)
}
COUNTERS = {
    "support_tickets_created_total": Measure.CREATED,
    "support_tickets_solved_total": Measure.SOLVED,
    "support_tickets_reopened_total": Measure.REOPENED,
    "support_tickets_self_served_total": Measure.SELF_SERVED,
    "support_tickets_one_touch_total": Measure.ONE_TOUCH,
    "support_ticket_transfers_total": Measure.TRANSFERS,
    "support_ticket_reassignments_total": Measure.REASSIGNMENTS,
    "support_surveys_offered_total": Measure.SURVEYS_OFFERED,
    "support_surveys_answered_total": Measure.SURVEYS_ANSWERED,
    "support_contacts_costed_total": Measure.CONTACTS_COSTED,
}
_SHOWN = HISTOGRAMS | COUNTERS


class Series(NamedTuple):
    """One number of one tenant."""

    tenant: str
    name: str
    kind: str = ""


class Scrape:
    """The sums over every worker's page."""

    def __init__(self, pages: Iterable[str]) -> None:
        """Read pages in the text format of Prometheus."""
        self.values: Counter[Series] = Counter()
        for page in pages:
            for family in text_string_to_metric_families(page):
                for sample in family.samples:
                    self._take(sample.name, sample.labels, round(sample.value))

    def _take(self, name: str, labels: dict[str, str], value: int) -> None:
        tenant = labels.get("tenant", "")
        if name in _SHOWN:
            self.values[Series(tenant, _SHOWN[name].value)] += value
        elif name == "support_observations_corrected_total":
            self.values[Series(tenant, labels["measure"])] -= value
        elif name in ("support_sla_outcomes_total", "support_sla_outcomes_retracted_total"):
            sign = 1 if name == "support_sla_outcomes_total" else -1
            self.values[Series(tenant, f"sla_{labels['sla']}_{labels['outcome']}")] += sign * value
        elif name == "support_work":
            self.values[Series(tenant, "work", labels["kind"])] += value


def compare_metrics(truth: OracleResult, scrape: Scrape) -> Checked:
    """Compare what the workers' pages show together."""
    checked = Checked(check=Check.METRICS)
    outcomes = [Measure(f"sla_{promise.value}_{how}") for promise in SlaMeasure for how in ("met", "breached")]
    tenants = sorted({tenant for tenant, _ in truth.tickets} | {series.tenant for series in scrape.values if series.tenant})
    for tenant in tenants:
        for measure in (*_SHOWN.values(), *outcomes):
            found = scrape.values[Series(tenant, measure.value)]
            checked.same(truth.count(measure, tenant), found, "how many since the beginning", tenant, measure=measure.value)
        for kind in Work:
            expected = len(truth.work(kind, tenant)) + sum(
                owner == tenant and piece.work is kind for owner, piece in truth.customers.pieces
            )
            found = scrape.values[Series(tenant, "work", kind.value)]
            checked.same(expected, found, "pieces of open work", tenant, measure=kind.value)
    return checked
