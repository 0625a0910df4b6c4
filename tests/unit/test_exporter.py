from __future__ import annotations

import os
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from agents.exporter import Exporter, process_registry
from agents.labels import LabelBound
from agents.timing import EDGES_US, DurationCounts
from pipeline.metrics import CATALOGUE, Metric, MetricDefinition, MetricKind
from pipeline.published import HistogramCounts, Published
from tests.support.effort import examples
from tests.support.views import FixedPartition, FixedStage

GOLDEN = Path(__file__).parent / "golden" / "exposition.prom"

BILLING, GERMAN = ("acme", "billing", "normal"), ("acme", 'Büro "Süd"', "urgent")


def segments_picture() -> Published:
    """Return one value of every kind that a segment partition publishes."""
    return Published(
        as_of=1_764_000_000_250,
        edges_ms=(15_000, 450_000, 86_400_000),
        values={
            Metric.TICKETS_CREATED: {BILLING: 12, GERMAN: 1},
            Metric.TICKETS_SOLVED: {BILLING: 9},
            Metric.SLA_OUTCOMES: {(*BILLING, "first_reply", "met"): 8},
            Metric.WORK: {(*BILLING, "open"): 3},
            Metric.OLDEST_WORK: {(*BILLING, "open"): 1_763_999_000_125},
            Metric.FIRST_REPLY_WINDOW: {("acme", "queue=billing", "1h", "p90"): 421_500},
            Metric.FIRST_REPLY_CHANGE: {("acme", "queue=billing", "1h", "previous"): -30_000},
            Metric.FIRST_REPLY_WINDOW_SAMPLES: {("acme", "queue=billing", "1h"): 7},
            Metric.FIRST_REPLY_NOW: {("acme", "queue=billing"): 90_000},
            Metric.ALERTS_FIRING: {("acme", "frt_jump", "page"): 1},
            Metric.SERVICE_LEVELS_AS_OF: {("acme",): 1_764_000_000_250},
        },
        histograms={Metric.FIRST_REPLY: {BILLING: HistogramCounts((2, 5, 0, 1), 90_002_500)}},
    )


def worker() -> Exporter:
    """Return the exporter of a worker that owns two ticket partitions and one segment partition."""
    times = DurationCounts()
    for duration_us in (900, 1_000, 4_100, 10_000_000):
        times.observe(duration_us)
    tickets = FixedStage(
        "tickets",
        [
            FixedPartition(
                0,
                Published(
                    values={Metric.EVENTS: {("0", "applied"): 40, ("0", "duplicate"): 2}, Metric.TICKETS_TRACKED: {("0",): 12}}
                ),
                position=43,
                lag=5,
                engine_time_ms=1_764_000_000_000,
                records=42,
                transactions={"committed": 4},
                dead_letters={"not_json": 1},
                restored_rows=7,
                restore_ms=125,
                tick_delay_ms=3,
            ),
            FixedPartition(2, position=9, lag=None),
        ],
        transaction_times=times,
    )
    segments = FixedStage("segments", [FixedPartition(0, segments_picture(), position=4)])
    return Exporter([tickets, segments], "1.2.3")


def samples(exporter: Exporter) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return what a scraper reads: series name and label values (in the order of their names) -> value."""
    text = generate_latest(exporter).decode()
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of_segments(*pictures: Published, max_queues: int = 200, max_segments: int = 2_000) -> Exporter:
    """Return the exporter of a worker with one segment partition per picture."""
    partitions = [FixedPartition(index, picture) for index, picture in enumerate(pictures)]
    return Exporter([FixedStage("segments", partitions)], "1", max_queues=max_queues, max_segments=max_segments)


def test_exposition_byte_for_byte() -> None:
    if os.environ.get("UPDATE_GOLDEN"):  # read the difference before committing it: dashboards and alerts read these bytes
        GOLDEN.write_bytes(generate_latest(worker()))
    assert generate_latest(worker()).decode() == GOLDEN.read_text(encoding="utf-8")


def test_promtool_finds_nothing_to_say() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing (Debian package prometheus)")
    checked = subprocess.run([promtool, "check", "metrics"], input=generate_latest(worker()), capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_every_family_of_the_catalogue_is_exposed_and_nothing_else() -> None:
    exposed = {(family.name, family.documentation, family.type) for family in worker().collect()}
    assert exposed == {(definition.metric.value, definition.help, definition.kind.value) for definition in CATALOGUE.values()}


@pytest.mark.parametrize("definition", CATALOGUE.values(), ids=lambda definition: definition.metric.name)
def test_names_follow_prometheus_habits(definition: MetricDefinition) -> None:
    assert not definition.metric.endswith(("_total", "_count", "_sum", "_bucket", "_ms"))
    assert definition.kind is not MetricKind.HISTOGRAM or definition.metric.endswith("_seconds")
    assert not {"quantile", "le"} & set(definition.labels)


def test_a_registry_takes_the_exporter_beside_the_process() -> None:
    registry = process_registry()
    registry.register(worker())
    text = generate_latest(registry).decode()
    assert "process_resident_memory_bytes" in text
    assert "support_pipeline_build_info" in text
    assert not [sample.name for family in registry.collect() for sample in family.samples if sample.name.endswith("_created")]


def test_openmetrics_parses() -> None:
    families = list(openmetrics_families(openmetrics_latest(worker()).decode()))
    assert len(families) == len(CATALOGUE)


def test_partitions_of_one_family_add_up() -> None:
    histogram = {Metric.FIRST_REPLY: {BILLING: HistogramCounts((1, 2, 3), 1_500)}}
    one = Published(edges_ms=(1_000, 2_000), values={Metric.TICKETS_CREATED: {BILLING: 2}}, histograms=histogram)
    two = Published(edges_ms=(1_000, 2_000), values={Metric.TICKETS_CREATED: {BILLING: 5, GERMAN: 1}}, histograms=histogram)
    read = samples(of_segments(one, two))
    labels = ("normal", "billing", "acme")
    assert read["support_tickets_created_total", labels] == 7
    assert read["support_tickets_created_total", ("urgent", 'Büro "Süd"', "acme")] == 1
    assert read["support_first_reply_seconds_count", labels] == 12
    assert read["support_first_reply_seconds_sum", labels] == 3.0
    assert [read["support_first_reply_seconds_bucket", (edge, *labels)] for edge in ("1.0", "2.0", "+Inf")] == [2, 6, 12]


def test_oldest_is_the_least_and_newest_the_greatest_of_partitions() -> None:
    one = Published(values={Metric.OLDEST_WORK: {(*BILLING, "open"): 5_000}, Metric.SERVICE_LEVELS_AS_OF: {("acme",): 1_000}})
    two = Published(values={Metric.OLDEST_WORK: {(*BILLING, "open"): 4_000}, Metric.SERVICE_LEVELS_AS_OF: {("acme",): 2_000}})
    read = samples(of_segments(one, two))
    assert read["support_oldest_work_start_timestamp_seconds", ("open", "normal", "billing", "acme")] == 4.0
    assert read["support_service_levels_as_of_timestamp_seconds", ("acme",)] == 2.0


def test_different_edges_are_refused() -> None:
    one = Published(edges_ms=(1_000,), histograms={Metric.FIRST_REPLY: {BILLING: HistogramCounts((1, 2), 3)}})
    two = Published(edges_ms=(2_000,), histograms={Metric.FIRST_REPLY: {BILLING: HistogramCounts((1, 2), 3)}})
    with pytest.raises(ValueError, match="same configuration"):
        list(of_segments(one, two).collect())


def test_an_outcome_that_has_not_happened_is_zero() -> None:
    read = samples(of_segments(segments_picture()))
    assert read["support_sla_outcomes_total", ("breached", "normal", "billing", "first_reply", "acme")] == 0
    assert read["support_sla_outcomes_total", ("met", "normal", "billing", "first_reply", "acme")] == 8


def created(**queues: int) -> Published:
    """Return a picture with so many tickets created per queue."""
    return Published(values={Metric.TICKETS_CREATED: {("acme", queue, "normal"): count for queue, count in queues.items()}})


def test_queues_beyond_the_bound_are_summed_as_other_and_counted() -> None:
    exporter = of_segments(created(a=1, b=9, c=2, d=5), max_queues=2)
    read = samples(exporter)
    shown = {labels[1]: value for (name, labels), value in read.items() if name == "support_tickets_created_total"}
    assert shown == {"b": 9, "d": 5, "other": 3}
    assert read["support_pipeline_unknown_label_values_total", ("queue",)] == 2


def test_a_queue_keeps_its_series_once_it_has_one() -> None:
    stage = FixedStage("segments", [FixedPartition(0, created(a=1, b=2))])
    exporter = Exporter([stage], "1", max_queues=2)
    samples(exporter)
    stage.partitions = [FixedPartition(0, created(a=1, b=2, c=100))]
    read = samples(exporter)
    assert {labels[1] for name, labels in read if name == "support_tickets_created_total"} == {"a", "b", "other"}


def test_the_bound_holds_per_tenant() -> None:
    values = {("one", "a", "normal"): 1, ("two", "b", "normal"): 1}
    read = samples(of_segments(Published(values={Metric.TICKETS_CREATED: values}), max_queues=1))
    assert {labels[1] for name, labels in read if name == "support_tickets_created_total"} == {"a", "b"}


def test_segments_beyond_the_bound_are_left_out_because_quantiles_do_not_add_up() -> None:
    values = {("acme", f"queue={queue}"): 1_000 for queue in "abc"}
    read = samples(of_segments(Published(values={Metric.FIRST_REPLY_NOW: values}), max_segments=2))
    assert {labels[0] for name, labels in read if name == "support_first_reply_now_seconds"} == {"queue=a", "queue=b"}
    assert read["support_pipeline_unknown_label_values_total", ("segment",)] == 1


def test_a_bound_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Exporter([], "1", max_queues=0)


def test_series_leave_with_their_partition() -> None:
    stage = FixedStage("segments", [FixedPartition(0, segments_picture())])
    exporter = Exporter([stage], "1")
    assert ("support_first_reply_now_seconds", ("queue=billing", "acme")) in samples(exporter)
    stage.partitions = []
    read = samples(exporter)
    assert not [name for name, _ in read if name.startswith(("support_first_reply", "support_pipeline_position"))]
    assert read["support_pipeline_partitions_owned", ("segments",)] == 0


def test_unknown_lag_shows_nothing_rather_than_zero() -> None:
    read = samples(worker())
    assert ("support_pipeline_lag_records", ("2", "tickets")) not in read
    assert read["support_pipeline_lag_records", ("0", "tickets")] == 5


def test_rendering_twice_shows_the_same() -> None:
    exporter = worker()
    photograph = exporter.photograph()
    registry = CollectorRegistry()
    registry.register(photograph)
    assert generate_latest(registry) == generate_latest(photograph) == generate_latest(exporter)


def test_a_duration_counts_at_its_edge() -> None:
    times = DurationCounts()
    for duration_us in (EDGES_US[0], EDGES_US[0] + 1, EDGES_US[-1] + 1):
        times.observe(duration_us)
    assert (times.counts[0], times.counts[1], times.counts[-1], sum(times.counts)) == (1, 1, 1, 3)
    assert all(low < high for low, high in pairwise(EDGES_US))


def test_a_flood_of_queue_names_stays_bounded_and_is_counted() -> None:
    bound, names = LabelBound(200), examples(1_000_000)
    attack = {("acme", f"q{name}"): name == names - 1 for name in range(names)}
    bound.admit(attack)
    assert bound.refused == names - 200
    assert sum(bound.admits(*pair) for pair in attack) == 200
    assert bound.admits("acme", f"q{names - 1}"), "the busiest first"


def test_what_is_refused_is_in_the_sum() -> None:
    names = 20_000
    attack = Published(values={Metric.TICKETS_CREATED: {("acme", f"q{name}", "normal"): 1 for name in range(names)}})
    found = samples(of_segments(attack))
    created = {labels: value for (name, labels), value in found.items() if name == "support_tickets_created_total"}
    assert len(created) == 201
    assert sum(created.values()) == names
    assert created["normal", "other", "acme"] == names - 200
    assert found["support_pipeline_unknown_label_values_total", ("queue",)] == names - 200
    assert len(found) < 1_000
