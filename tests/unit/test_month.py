"""A seeded month with every kind of event, late ones and duplicates among them: everything that is said of it is the oracle's."""

from __future__ import annotations

import msgspec
import pytest

from agents.verification.levels import compare_levels
from agents.verification.oracle import Oracle
from agents.verification.oracle.windows import Windows
from pipeline.arrival import keyed
from pipeline.codec import encode
from pipeline.engine import Topic
from pipeline.events import Event, EventType
from pipeline.offline import OfflineRun
from pipeline.signals import Repeat, ServiceLevel
from tests.support import month
from tests.support.sums import Sums


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return month.log()


def test_the_month_has_every_kind_of_event_late_and_twice(events: list[Event]) -> None:
    assert {event.type for event in events} == set(EventType) - {EventType.CLOCK_PASSED, EventType.CUSTOMER_ERASED}
    late = sum(event.ingested_at != event.occurred_at for event in events)
    assert 0.04 < late / len(events) < 0.06
    ids = {(event.tenant, event.source, event.id) for event in events}
    assert 0.015 < 1 - len(ids) / len(events) < 0.025


def test_a_month_of_everything_is_the_oracles(events: list[Event]) -> None:
    sums = Sums()
    run = OfflineRun(month.DOMAIN, partitions=3, panes_partitions=2, contact_partitions=2, batch_records=173, heard=sums.hear)
    run.feed(keyed(map(encode, events)))
    outputs = run.close(month.END_MS)
    truth = month.truth()
    assert outputs.dead_letters == []
    assert sums.plain_codes() == truth.codes()
    assert sums.plain_work() == truth.work_starts()
    assert sums.standing() == {(b.tenant, b.ticket_id, b.measure.value, b.instance, b.at_ms): 1 for b in truth.breaches()}
    repeats = [msgspec.json.decode(value, type=Repeat) for value in outputs.compacted[Topic.REPEATS].values()]
    assert {(repeat.tenant, repeat.ticket_id): repeat.repeats for repeat in repeats} == truth.customers.repeats
    levels = [msgspec.json.decode(value, type=ServiceLevel) for value in outputs.compacted[Topic.SERVICE_LEVELS].values()]
    as_of = Oracle(month.DOMAIN).run(events, max(level.as_of for level in levels) - 1)  # they stand at the last whole tick
    checked = compare_levels(levels, Windows(as_of))
    assert checked.findings == []
    assert checked.compared > 10_000
