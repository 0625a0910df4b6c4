"""The picture for `/metrics` is taken at any moment after a commit, between a batch and the tick that counts it too."""

from __future__ import annotations

from pipeline.config import Domain
from pipeline.engine import TimeMode
from pipeline.measures import Measure
from pipeline.metrics import Metric
from pipeline.windows.engine import SegmentsEngine
from tests.support.feed import Feed, Reader, apply, tick

AT_MS = 1_767_323_040_000
LEAF = ("billing", "email", "normal")


def test_a_picture_between_a_batch_and_its_tick_leaves_no_old_work_behind() -> None:
    engine, reader, feed = SegmentsEngine(Domain(), 0, 1, TimeMode.LIVE), Reader(), Feed()
    feed.waits(LEAF, AT_MS)
    apply(engine, reader, [feed.record(AT_MS)])
    tick(engine, reader, AT_MS + 1_000)
    feed.waits(LEAF, AT_MS + 500)
    apply(engine, reader, [feed.record(AT_MS)])
    engine.published()
    tick(engine, reader, AT_MS + 2_000)
    work = engine.published().values[Metric.WORK]
    assert work["acme", "billing", "normal", "awaiting_first_reply"] == 2


def test_a_count_that_was_taken_back_is_said_to_be() -> None:
    engine, reader, feed = SegmentsEngine(Domain(), 0, 1, TimeMode.LIVE), Reader(), Feed()
    for amount in (1, -1):
        feed.counted(LEAF, AT_MS, Measure.CREATED, amount)
        apply(engine, reader, [feed.record(AT_MS)])
    tick(engine, reader, AT_MS + 1_000)
    values = engine.published().values
    assert values[Metric.TICKETS_CREATED]["acme", "billing", "normal"] == 1
    assert values[Metric.CORRECTED]["acme", "billing", "normal", "created"] == 1


def test_counters_amounts_and_rates_are_shown_and_what_was_taken_back_is_said() -> None:
    engine, reader, feed = SegmentsEngine(Domain(), 0, 1, TimeMode.LIVE), Reader(), Feed()
    for measure, amount in (
        (Measure.ABANDONED, 3),
        (Measure.ABANDONED_SHORT, 1),
        (Measure.CREATED, 9),
        (Measure.CSAT_ANSWERS, 4),
        (Measure.CSAT_SATISFIED, 3),
        (Measure.STATUS_OPEN_BUSINESS_MS, 90_000),
        (Measure.ONE_TOUCH, 2),
        (Measure.ONE_TOUCH, -1),
    ):
        feed.counted(LEAF, AT_MS, measure, amount)
        apply(engine, reader, [feed.record(AT_MS)])
    tick(engine, reader, AT_MS + 1_000)
    values, place = engine.published().values, ("acme", "billing", "normal")
    assert values[Metric.ABANDONED] == {(*place, "other"): 2, (*place, "short"): 1}
    assert values[Metric.SURVEY_ANSWERS] == {(*place, "csat", "other"): 1, (*place, "csat", "satisfied"): 3}
    assert values[Metric.STATUS_TIME] == {(*place, "open", "business"): 90_000}
    assert (values[Metric.ONE_TOUCH][place], values[Metric.CORRECTED][(*place, "one_touch")]) == (2, 1)
    assert values[Metric.RATE_WINDOW]["acme", "channel=email", "1h", "abandonment_rate"] == 250_000
    assert values[Metric.RATE_WINDOW]["acme", "everything", "1h", "csat"] == 750_000
    assert values[Metric.CREATED_WINDOW]["acme", "channel=email", "1h"] == 9


def test_every_duration_is_summed_and_counted_also_those_without_a_histogram() -> None:
    engine, reader, feed = SegmentsEngine(Domain(), 0, 1, TimeMode.LIVE), Reader(), Feed(edges_ms=Domain().all_edges_ms)
    for value_ms, sign in ((90_000, 1), (30_000, 1), (0, 1), (30_000, -1)):
        feed.lasted(LEAF, AT_MS, Measure.FIRST_REPLY_BUSINESS, value_ms, sign)
        apply(engine, reader, [feed.record(AT_MS)])
    tick(engine, reader, AT_MS + 1_000)
    values, place = engine.published().values, ("acme", "billing", "normal", "first_reply_business")
    assert (values[Metric.DURATIONS_SUM][place], values[Metric.DURATIONS][place]) == (120_000, 3)
    assert values[Metric.CORRECTED][place] == 1
    assert (*place[:3], "pickup_business") not in values[Metric.DURATIONS]
