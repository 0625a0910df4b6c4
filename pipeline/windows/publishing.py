"""The picture of the segments that `/metrics` shows: built after a tick, from the leaves and levels that changed."""

from __future__ import annotations

from collections import Counter

from pipeline.additions import Leaf
from pipeline.catalogue import DEFINITIONS, Rate
from pipeline.config import Domain, SlaMeasure
from pipeline.judgement.figures import figures
from pipeline.measures import Kind, Measure, base
from pipeline.metrics import Metric
from pipeline.published import HistogramCounts, Labels, Published
from pipeline.signals import ServiceLevel
from pipeline.windows.amounts import AMOUNTS
from pipeline.windows.board import Board
from pipeline.windows.leaf import LeafState
from pipeline.windows.lives import Lives
from pipeline.windows.segment import SegmentState, works_of
from pipeline.windows.totals import edge_counts, observations

EVERYTHING = "everything"
"""Label of the segment that has no dimension: an empty label would be none."""

_HISTOGRAMS = {
    Measure.FIRST_REPLY: Metric.FIRST_REPLY,
    Measure.NEXT_REPLY: Metric.NEXT_REPLY,
    Measure.FIRST_RESOLUTION: Metric.FIRST_RESOLUTION,
    Measure.FULL_RESOLUTION: Metric.FULL_RESOLUTION,
    Measure.PICKUP: Metric.PICKUP,
}
_COUNTERS = (
    (Metric.TICKETS_CREATED, Measure.CREATED),
    (Metric.TICKETS_SOLVED, Measure.SOLVED),
    (Metric.TICKETS_REOPENED, Measure.REOPENED),
)
_DURATIONS = tuple((measure, base(measure)) for measure in Measure if DEFINITIONS[measure.value].kind is Kind.DURATION)
_OUTCOMES = tuple(
    (promise.value, outcome, base(Measure(f"sla_{promise}_{outcome}")))
    for promise in SlaMeasure
    for outcome in ("met", "breached")
)
_CREATED, _FIRST_REPLY = Measure.CREATED.value, Measure.FIRST_REPLY.value
_RATES = tuple(rate.value for rate in Rate)
_STATS = ("mean", "p50", "p90", "p95")
_AGAINST = ("previous", "last_week")


class Picture:
    """Keeps the published numbers; only what changed since the last picture is counted again."""

    __slots__ = ("_board", "_edges_ms", "_groups", "_histograms", "_last", "_lives", "_places", "_touched", "_values", "_works")

    def __init__(self, domain: Domain, board: Board, lives: Lives) -> None:
        """Show the numbers of a board and its alerts."""
        self._board = board
        self._lives = lives
        self._edges_ms = domain.all_edges_ms
        self._works = works_of(domain)
        names = domain.dimensions
        self._places = tuple(names.index(name) if name in names else None for name in ("queue", "priority"))
        self._groups: dict[Labels, list[LeafState]] = {}
        self._touched: dict[Labels, ServiceLevel] = {}
        self._values: dict[Metric, dict[Labels, int]] = {}
        self._histograms: dict[Metric, dict[Labels, HistogramCounts]] = {}
        self._last: Published | None = None

    def said(self, state: SegmentState, level: ServiceLevel) -> None:
        """Note service levels that were said."""
        self._touched[level.tenant, state.name or EVERYTHING] = level

    def at(self, at_ms: int) -> Published:
        """Return the picture as of a tick, ms; the one before where no tick was completed since."""
        if self._last is None or self._last.as_of != at_ms:
            self._refresh(at_ms)
            self._last = Published(
                as_of=at_ms,
                values={metric: dict(values) for metric, values in self._values.items()},
                histograms={metric: dict(histograms) for metric, histograms in self._histograms.items()},
                edges_ms=self._edges_ms,
            )
        return self._last

    def _refresh(self, at_ms: int) -> None:
        seen = self._board.seen
        for owner in sorted(seen):
            leaf = self._board.leaves[owner]
            group = self._groups.setdefault(self._labels(owner[0], owner[1:]), [])
            if leaf not in group:
                group.append(leaf)
        for labels in sorted({self._labels(owner[0], owner[1:]) for owner in seen}):
            self._count(labels, self._groups[labels])
        seen.clear()
        for labels, level in self._touched.items():
            self._show(labels, level)
        self._touched.clear()
        firing: Counter[Labels] = Counter((alert.tenant, alert.rule, alert.severity) for alert in self._lives.firing())
        shown = self._values.setdefault(Metric.ALERTS_FIRING, {})
        shown.update(dict.fromkeys(shown, 0))
        shown.update(firing)
        self._values[Metric.SERVICE_LEVELS_AS_OF] = {(owner[0],): at_ms for owner in self._board.leaves} if at_ms else {}

    def _labels(self, tenant: str, leaf: Leaf) -> Labels:
        return (tenant, *("" if place is None else leaf[place] for place in self._places))

    def _count(self, labels: Labels, leaves: list[LeafState]) -> None:
        """Count one queue and priority again."""
        up: Counter[int] = Counter()
        down: Counter[int] = Counter()
        for leaf in leaves:
            up.update(leaf.totals.up)
            down.update(leaf.totals.down)
        self._durations(labels, up, down)
        for metric, measure in _COUNTERS:
            self._put(metric, labels, up[base(measure)])
            self._put(Metric.CORRECTED, (*labels, measure.value), down[base(measure)])
        for amount in AMOUNTS:
            if amount.code in up or amount.code in down:
                self._put(amount.metric, (*labels, *amount.labels), up[amount.code] - (up[amount.less] if amount.less else 0))
                self._put(Metric.CORRECTED, (*labels, amount.measure), down[amount.code])
        for promise, outcome, code in _OUTCOMES:
            if code in up or code in down:
                self._put(Metric.SLA_OUTCOMES, (*labels, promise, outcome), up[code])
                self._put(Metric.SLA_RETRACTED, (*labels, promise, outcome), down[code])
        for work, index in self._works:
            self._put(Metric.WORK, (*labels, work.value), sum(leaf.work.of(index).count for leaf in leaves))
            starts = [at for leaf in leaves if (at := leaf.work.oldest_of(index)) is not None]
            self._put(Metric.OLDEST_WORK, (*labels, work.value), min(starts, default=None))

    def _durations(self, labels: Labels, up: Counter[int], down: Counter[int]) -> None:
        edges, observed, corrected = len(self._edges_ms), observations(up), observations(down)
        for measure, code in _DURATIONS:
            metric = _HISTOGRAMS.get(measure)
            if metric is not None:
                counts = edge_counts(up, measure, edges)
                self._histograms.setdefault(metric, {})[labels] = HistogramCounts(counts, up[code])
            if metric is not None or code in observed or code in corrected:
                self._put(Metric.DURATIONS, (*labels, measure.value), observed.get(code, 0))
                self._put(Metric.DURATIONS_SUM, (*labels, measure.value), up[code])
                self._put(Metric.CORRECTED, (*labels, measure.value), corrected.get(code, 0))

    def _show(self, labels: Labels, level: ServiceLevel) -> None:
        """Show the windows of one segment."""
        for window, levels in level.windows.items():
            self._put(Metric.RETENTION_WINDOW, (*labels, window), level.retention_ppm.get(window))
            created = levels.counters.get(_CREATED)
            self._put(Metric.CREATED_WINDOW, (*labels, window), None if created is None else created.now)
            for rate in _RATES:
                share = levels.rates.get(rate)
                self._put(Metric.RATE_WINDOW, (*labels, window, rate), None if share is None else share.ppm)
            measure = levels.durations.get(_FIRST_REPLY)
            now = None if measure is None else measure.now
            self._put(Metric.FIRST_REPLY_WINDOW_SAMPLES, (*labels, window), 0 if now is None else now.count)
            for stat in _STATS:
                self._put(Metric.FIRST_REPLY_WINDOW, (*labels, window, stat), None if now is None else getattr(now, f"{stat}_ms"))
            for against in _AGAINST:
                change = None if measure is None else getattr(measure, against).difference_ms
                self._put(Metric.FIRST_REPLY_CHANGE, (*labels, window, against), change)
        self._put(Metric.FIRST_REPLY_NOW, labels, level.first_reply_now_ms)
        self._put(Metric.FIRST_REPLY_USUAL, labels, level.first_reply_usual_ms)
        for metric, rest, value in figures(level):
            self._put(metric, (*labels, *rest), value)

    def _put(self, metric: Metric, labels: Labels, value: int | None) -> None:
        """Show a number; `None` shows nothing."""
        values = self._values.setdefault(metric, {})
        if value is None:
            values.pop(labels, None)
        else:
            values[labels] = value
