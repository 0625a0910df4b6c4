"""Prometheus series from committed state: a custom collector over the partitions that this worker owns.

Names, help and labels come from `pipeline.metrics.CATALOGUE` and nowhere else. A collector, unlike gauges that are set,
makes a series disappear together with the partition it came from, so that no series stands on two workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Protocol

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client import Metric as Family
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.utils import floatToGoString

from agents.labels import OTHER, LabelBound
from pipeline.metrics import CATALOGUE, Metric, MetricDefinition, MetricKind
from pipeline.published import HistogramCounts, Labels, Published


class DurationsView(Protocol):
    """Counts per edge (not cumulative, the last one above every edge) of durations that this process measured."""

    @property
    def edges_us(self) -> Sequence[int]: ...
    @property
    def counts(self) -> Sequence[int]: ...
    @property
    def sum_us(self) -> int: ...


class PartitionView(Protocol):
    """What the exporter reads of one partition, owned and restored. Counters are those of this process."""

    @property
    def partition(self) -> int: ...
    @property
    def published(self) -> Published:
        """The newest picture after a commit. It is replaced, never changed: another thread renders it."""
        ...

    @property
    def position(self) -> int: ...
    @property
    def lag(self) -> int | None:
        """Records behind the end; `None` while the end is unknown."""
        ...

    @property
    def engine_time_ms(self) -> int | None: ...
    @property
    def records(self) -> int: ...
    @property
    def replayed(self) -> int: ...
    @property
    def transactions(self) -> Mapping[str, int]:
        """By outcome."""
        ...

    @property
    def dead_letters(self) -> Mapping[str, int]:
        """By reason."""
        ...

    @property
    def restored_rows(self) -> int: ...
    @property
    def restore_ms(self) -> int: ...
    @property
    def tick_delay_ms(self) -> int: ...


class StageView(Protocol):
    """What the exporter and the health checks read of one stage (tickets, segments) of this worker."""

    @property
    def name(self) -> str: ...
    @property
    def joined(self) -> bool:
        """The consumer group has given this worker its share, be it nothing."""
        ...

    @property
    def restoring(self) -> int:
        """Partitions assigned whose state is still being read back."""
        ...

    @property
    def partitions(self) -> Iterable[PartitionView]: ...
    @property
    def transaction_times(self) -> DurationsView:
        """Of every partition that this process ever owned: a sum that shrank with a lost partition would look like a reset."""
        ...


class _Histogram:
    """A histogram being summed over partitions; counts per edge, not cumulative."""

    __slots__ = ("counts", "edges", "total")

    def __init__(self, edges: tuple[float, ...], counts: Sequence[int], total: int) -> None:
        self.edges = edges
        self.counts = tuple(counts)
        self.total = total

    def add(self, other: _Histogram) -> None:
        if other.edges != self.edges:
            raise ValueError("histograms of one family have different edges: every partition must run the same configuration")
        self.counts = tuple(map(int.__add__, self.counts, other.counts))
        self.total += other.total


_LEAST = frozenset({Metric.OLDEST_WORK})
_GREATEST = frozenset(
    {
        Metric.SERVICE_LEVELS_AS_OF,
        Metric.FIRST_REPLY_WINDOW,
        Metric.FIRST_REPLY_CHANGE,
        Metric.FIRST_REPLY_NOW,
        Metric.FIRST_REPLY_USUAL,
    }
)
_OUTCOMES = ("breached", "met")


def _combine(metric: Metric) -> Callable[[int, int], int]:
    """Return how two values under the same labels become one: by default they add up."""
    if metric in _LEAST:
        return min
    return max if metric in _GREATEST else int.__add__


class Exporter:
    """The collector of one worker. `photograph` belongs in the event loop's thread, rendering the picture in any other."""

    def __init__(self, stages: Iterable[StageView], version: str, *, max_queues: int = 200, max_segments: int = 2_000) -> None:
        """Watch `stages`; show at most `max_queues` queues and `max_segments` segments per tenant."""
        self._stages = tuple(stages)
        self._version = version
        self._queues = LabelBound(max_queues)
        self._segments = LabelBound(max_segments)

    def collect(self) -> Iterator[Family]:
        """Yield every family of the catalogue, those without a sample too."""
        return self.photograph().collect()

    def photograph(self) -> Photograph:
        """Take what is committed now, quickly: references to pictures and a few numbers per partition."""
        photograph = Photograph(self._queues, self._segments)
        photograph.put(Metric.BUILD_INFO, (self._version,), 1)
        for stage in self._stages:
            partitions = tuple(stage.partitions)
            photograph.put(Metric.PARTITIONS_OWNED, (stage.name,), len(partitions))
            photograph.time(Metric.TRANSACTION_SECONDS, (stage.name,), stage.transaction_times)
            for partition in partitions:
                photograph.take(stage.name, partition)
        return photograph


class Photograph:
    """One moment of a worker, and the families that show it."""

    def __init__(self, queues: LabelBound, segments: LabelBound) -> None:
        """Hold the labels of the families within these bounds."""
        self._queues = queues
        self._segments = segments
        self._pictures: list[Published] = []
        self._values: dict[Metric, dict[Labels, int]] = {metric: {} for metric in CATALOGUE}
        self._histograms: dict[Metric, dict[Labels, _Histogram]] = {metric: {} for metric in CATALOGUE}

    def put(self, metric: Metric, labels: Labels, value: int | None) -> None:
        """Note one number; the same labels again are combined. `None` is unknown and shows nothing."""
        if value is not None:
            values = self._values[metric]
            values[labels] = _combine(metric)(values[labels], value) if labels in values else value

    def time(self, metric: Metric, labels: Labels, times: DurationsView) -> None:
        """Note durations, microseconds."""
        edges = tuple(edge / 1_000_000 for edge in times.edges_us)
        # Whole milliseconds like every other duration: half a millisecond is lost per scrape, never accumulated.
        self._histograms[metric][labels] = _Histogram(edges, times.counts, round(times.sum_us / 1_000))

    def take(self, stage: str, view: PartitionView) -> None:
        """Note the numbers of one partition."""
        labels = (stage, str(view.partition))
        self._pictures.append(view.published)
        for metric, value in (
            (Metric.POSITION, view.position),
            (Metric.LAG, view.lag),
            (Metric.ENGINE_TIME, view.engine_time_ms),
            (Metric.RECORDS, view.records),
            (Metric.REPLAYED, view.replayed),
            (Metric.RESTORED_ROWS, view.restored_rows),
            (Metric.RESTORE_SECONDS, view.restore_ms),
            (Metric.TICK_DELAY, view.tick_delay_ms),
        ):
            self.put(metric, labels, value)
        for metric, counts in ((Metric.TRANSACTIONS, view.transactions), (Metric.DEAD_LETTERS, view.dead_letters)):
            for label, count in counts.items():
                self.put(metric, (*labels, label), count)

    def collect(self) -> Iterator[Family]:
        """Yield the families in the order of the catalogue, their samples in the order of the labels."""
        self._admit()
        for picture in self._pictures:
            self._merge(picture)
        self._pictures.clear()
        self._values[Metric.UNKNOWN_LABELS] = {("queue",): self._queues.refused, ("segment",): self._segments.refused}
        for definition in CATALOGUE.values():
            yield self._family(definition)

    def _admit(self) -> None:
        """Let the bounds see every queue and segment of this moment together, so that the busiest come in first."""
        queues: dict[tuple[str, str], int] = {}
        segments: dict[tuple[str, str], int] = {}
        for picture in self._pictures:
            for table in (picture.values, picture.histograms):
                for metric, samples in table.items():
                    names = CATALOGUE[metric].labels[:2]
                    if names in (("tenant", "queue"), ("tenant", "segment")):
                        target = queues if names[1] == "queue" else segments
                        for labels, sample in samples.items():
                            weight = sample if metric is Metric.TICKETS_CREATED and isinstance(sample, int) else 0
                            target[labels[0], labels[1]] = target.get((labels[0], labels[1]), 0) + weight
        self._queues.admit(queues)
        self._segments.admit(segments)

    def _merge(self, picture: Published) -> None:
        for metric, values in picture.values.items():
            for labels, value in values.items():
                if (bounded := self._bounded(metric, labels)) is not None:
                    self.put(metric, bounded, value)
        edges = tuple(edge / 1_000 for edge in picture.edges_ms)
        for metric, histograms in picture.histograms.items():
            for labels, counts in histograms.items():
                if (bounded := self._bounded(metric, labels)) is not None:
                    self._add(metric, bounded, edges, counts)

    def _add(self, metric: Metric, labels: Labels, edges: tuple[float, ...], counts: HistogramCounts) -> None:
        histogram = _Histogram(edges, counts.counts, counts.sum_ms)
        present = self._histograms[metric].setdefault(labels, histogram)
        if present is not histogram:
            present.add(histogram)

    def _bounded(self, metric: Metric, labels: Labels) -> Labels | None:
        """Return the labels with a refused queue as `other`; `None` for a refused segment, whose quantiles do not add up."""
        names = CATALOGUE[metric].labels
        if names[1:2] == ("queue",) and not self._queues.admits(labels[0], labels[1]):
            return (labels[0], OTHER, *labels[2:])
        if names[1:2] == ("segment",) and not self._segments.admits(labels[0], labels[1]):
            return None
        return labels

    def _family(self, definition: MetricDefinition) -> Family:
        metric, values = definition.metric, self._values[definition.metric]
        unit = 1_000 if metric.endswith("_seconds") else 1_000_000 if metric.endswith("_ratio") else 1
        match definition.kind:
            case MetricKind.HISTOGRAM:
                return _histogram_family(definition, self._histograms[metric])
            case MetricKind.COUNTER:
                if metric in (Metric.SLA_OUTCOMES, Metric.SLA_RETRACTED):
                    values = _with_zeros(values)
                family: CounterMetricFamily | GaugeMetricFamily = CounterMetricFamily(
                    metric.value, definition.help, labels=definition.labels
                )
            case MetricKind.GAUGE:
                family = GaugeMetricFamily(metric.value, definition.help, labels=definition.labels)
        for labels in sorted(values):
            family.add_metric(labels, values[labels] / unit if unit > 1 else values[labels])
        return family


def _with_zeros(values: Mapping[Labels, int]) -> dict[Labels, int]:
    """Add the outcome that has not happened yet: a ratio over a missing series is missing, not zero."""
    return {(*labels[:-1], outcome): 0 for labels in values for outcome in _OUTCOMES} | dict(values)


def _histogram_family(definition: MetricDefinition, histograms: Mapping[Labels, _Histogram]) -> Family:
    family = HistogramMetricFamily(definition.metric.value, definition.help, labels=definition.labels)
    for labels in sorted(histograms):
        histogram = histograms[labels]
        names = [*map(floatToGoString, histogram.edges), "+Inf"]
        family.add_metric(labels, list(zip(names, accumulate(histogram.counts), strict=True)), histogram.total / 1_000)
    return family


def process_registry() -> CollectorRegistry:
    """Return a registry of its own with the process's memory, CPU, open files and garbage collections."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
