"""`/metrics` of all workers together, against the truth: the sums are right, and no series stands on two workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pipeline.config import Domain, SlaMeasure
from pipeline.measures import Measure, Work, base
from pipeline.metrics import Metric
from tests.support.chaos.check import Verdict, by_leaf, durations
from tests.support.chaos.truth import Truth
from tests.support.chaos.worker import Samples

_OF_A_PROCESS = (Metric.BUILD_INFO, Metric.PARTITIONS_OWNED, Metric.TRANSACTION_SECONDS, Metric.UNKNOWN_LABELS)
_HISTOGRAMS = {
    Metric.FIRST_REPLY: Measure.FIRST_REPLY,
    Metric.NEXT_REPLY: Measure.NEXT_REPLY,
    Metric.FIRST_RESOLUTION: Measure.FIRST_RESOLUTION,
    Metric.FULL_RESOLUTION: Measure.FULL_RESOLUTION,
}
_COUNTERS = {
    Metric.TICKETS_CREATED: Measure.CREATED,
    Metric.TICKETS_SOLVED: Measure.SOLVED,
    Metric.TICKETS_REOPENED: Measure.REOPENED,
}
Sample = tuple[str, ...]
"""Name, then label values in the order asked for."""


def compare(pages: Sequence[Samples], truth: Truth, malformed: int, domain: Domain) -> Verdict:
    """Judge the pages of all workers."""
    verdict = Verdict()
    for number, page in enumerate(pages):
        for other in pages[number + 1 :]:
            verdict.require("series on two workers", set(), _of_the_job(page) & _of_the_job(other))
    summed: Counter[tuple[str, frozenset[tuple[str, str]]]] = Counter()
    for page in pages:
        for series, value in page.items():
            summed[series] += int(value) if value.is_integer() else 0
    results = {("applied",): truth.events - truth.duplicates, ("duplicate",): truth.duplicates, ("invalid",): malformed}
    verdict.differ("events", results, _by(summed, "support_pipeline_events_total", ("result",)))
    place = ("tenant", "queue", "priority")
    for metric, measure in _HISTOGRAMS.items():
        found = _by(summed, f"{metric.value}_count", place)
        found.subtract(_by(summed, "support_observations_corrected_total", place, measure=measure.value))
        verdict.differ(f"{metric.value}_count", _wanted(truth, domain, measure), +found)
    for metric, measure in _COUNTERS.items():
        counted = _by(summed, f"{metric.value}_total", place)
        counted.subtract(_by(summed, "support_observations_corrected_total", place, measure=measure.value))
        verdict.differ(f"{metric.value}_total", _counted(truth, domain, measure), +counted)
    label = (*place, "sla", "outcome")
    outcomes = _by(summed, "support_sla_outcomes_total", label)
    outcomes.subtract(_by(summed, "support_sla_outcomes_retracted_total", label))
    verdict.differ("support_sla_outcomes_total", _outcomes(truth, domain), +outcomes)
    verdict.differ("support_work", _work(truth, domain), +_by(summed, "support_work", (*place, "kind")))
    return verdict


def _of_the_job(page: Samples) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    mine = tuple(metric.value for metric in Metric if metric not in _OF_A_PROCESS)
    return {series for series in page if series[0].startswith(mine)}


def _by(
    summed: Mapping[tuple[str, frozenset[tuple[str, str]]], int], name: str, labels: Iterable[str], **where: str
) -> Counter[Sample]:
    found: Counter[Sample] = Counter()
    for (metric, pairs), value in summed.items():
        told = dict(pairs)
        if metric == name and where.items() <= told.items():
            found[tuple(told[label] for label in labels)] += value
    return found


def _place(domain: Domain, tenant: str, leaf: Sequence[str]) -> Sample:
    return (tenant, leaf[domain.dimensions.index("queue")], leaf[domain.dimensions.index("priority")])


def _wanted(truth: Truth, domain: Domain, measure: Measure) -> Counter[Sample]:
    found: Counter[Sample] = Counter()
    for (tenant, leaf), cell in by_leaf(truth)[0].items():
        found[_place(domain, tenant, leaf)] += durations(cell, measure)
    return found


def _counted(truth: Truth, domain: Domain, measure: Measure) -> Counter[Sample]:
    found: Counter[Sample] = Counter()
    for (tenant, leaf), cell in by_leaf(truth)[0].items():
        found[_place(domain, tenant, leaf)] += cell.get(base(measure), 0)
    return found


def _outcomes(truth: Truth, domain: Domain) -> Counter[Sample]:
    found: Counter[Sample] = Counter()
    for (tenant, leaf), cell in by_leaf(truth)[0].items():
        for promise in SlaMeasure:
            for outcome in ("met", "breached"):
                count = cell.get(base(Measure(f"sla_{promise}_{outcome}")), 0)
                found[*_place(domain, tenant, leaf), promise.value, outcome] += count
    return found


def _work(truth: Truth, domain: Domain) -> Counter[Sample]:
    found: Counter[Sample] = Counter()
    for (tenant, leaf, kind), count in by_leaf(truth)[1].items():
        found[*_place(domain, tenant, leaf), Work(kind).value] += count
    return found
