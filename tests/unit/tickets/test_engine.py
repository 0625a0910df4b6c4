"""The ticket engine at its edges: what is refused, forwarded, forgotten, frozen, bounded and shown."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.additions import Additions, LeafAdditions
from pipeline.config import Domain, PolicyModel, SlaMeasure, Target
from pipeline.engine import Effects, LogRecord, Row, TimeMode, Topic
from pipeline.events import Event, EventType, Priority, Status
from pipeline.identity import ticket_key
from pipeline.measures import Clock
from pipeline.metrics import Metric
from pipeline.partitioning import partition_of
from pipeline.reasons import Reason
from pipeline.signals import SlaEvent, SlaEventType
from pipeline.tickets import batch as batch_module
from pipeline.tickets import row as rows
from pipeline.tickets import telling
from pipeline.tickets.engine import TIMERS_PER_TICK, TicketsEngine
from pipeline.tickets.row import LOG_LIMIT, UnknownSchemaError
from tests.support.scenarios.terms import DAY, HOUR
from tests.support.story import Story, utc
from tests.support.sums import Sums, records_of

NINE = utc("2026-03-02 09:00")


def counts(engine: TicketsEngine) -> dict[str, int]:
    return {labels[1]: count for labels, count in engine.published().values[Metric.EVENTS].items()}


def restored(*effects: Effects, domain: Domain | None = None) -> TicketsEngine:
    kept: dict[bytes, bytes] = {}
    for effect in effects:
        for key, value in effect.rows.items():
            if value is None:
                kept.pop(key, None)
            else:
                kept[key] = value
    engine = TicketsEngine(domain or Domain())
    engine.restore([Row(*item) for item in kept.items()])
    return engine


def test_a_record_in_the_wrong_partition_is_forwarded_as_it_came_and_counted() -> None:
    story = Story(ticket_id="T1").created(NINE)
    home = partition_of(ticket_key("acme", "T1"), 4)
    engine = TicketsEngine(Domain(), (home + 1) % 4, 4)
    record = msgspec.structs.replace(records_of(story.events)[0], headers=(("traceparent", b"00-1"),))
    effects = engine.apply([record])
    (emit,) = effects.emits
    assert (emit.topic, emit.partition, emit.value) == (Topic.TICKET_EVENTS, home, record.value)
    assert list(emit.headers) == [("traceparent", b"00-1")]
    assert counts(engine) == {"forwarded": 1}
    at_home = TicketsEngine(Domain(), home, 4)
    assert at_home.apply([record]).emits
    assert counts(at_home)["applied"] == 1


def test_an_event_older_than_the_horizon_of_an_unknown_ticket_is_a_dead_letter() -> None:
    engine = TicketsEngine(Domain())
    engine.tick(NINE + 36 * DAY)
    effects = engine.apply(records_of(Story().created(NINE).events))
    assert [letter.reason for letter in effects.dead_letters] == [Reason.BEYOND_HORIZON]
    assert counts(engine) == {"beyond_horizon": 1}


def test_input_that_is_no_event_is_refused_with_its_coordinates_and_never_its_payload() -> None:
    engine = TicketsEngine(Domain(), partition=3, partitions=4)
    record = LogRecord("ticket-events", 3, 17, NINE, b"k", b'{"secret": "words"')
    effects = engine.apply(
        [record, LogRecord("ticket-events", 3, 18, NINE, None, b'{"type":"support.queue.opened","id":"1","time":1}')]
    )
    (letter,) = effects.dead_letters
    assert (letter.topic, letter.partition, letter.offset, letter.size_bytes) == ("ticket-events", 3, 17, 18)
    assert b"secret" not in msgspec.json.encode(letter)
    assert counts(engine) == {"invalid": 1, "unknown_type": 1}


def test_a_record_that_makes_the_fold_raise_leaves_its_ticket_as_it_was_and_the_others_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story().created(NINE).reply("2026-03-02 09:10").reply("2026-03-02 09:20")
    entry_of = batch_module.entry_of

    def poisoned(event: Event, digest: bytes | None = None, requester: bytes | None = None, **rest: bool) -> object:
        if event.occurred_at == utc("2026-03-02 09:10"):
            raise ZeroDivisionError
        return entry_of(event, digest, requester, **rest)

    monkeypatch.setattr(batch_module, "entry_of", poisoned)
    engine = TicketsEngine(Domain(), time=TimeMode.EVENT)
    effects = engine.apply(records_of(story.events))
    (letter,) = effects.dead_letters
    assert (letter.reason, letter.offset) == (Reason.INTERNAL_ERROR, 1)
    assert "ZeroDivisionError" in letter.detail
    assert counts(engine) == {"applied": 2, "internal_error": 1}


def test_timers_popped_in_a_batch_that_failed_fire_in_the_one_that_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    domain = Domain(reopen_horizon=DAY)
    old = Story(ticket_id="old").created(NINE).solve("2026-03-02 09:10")
    late = Story(ticket_id="late").created("2026-03-09 09:00")
    engine = TicketsEngine(domain, time=TimeMode.EVENT)
    engine.apply(records_of(old.events))

    def poisoned(event: Event, digest: bytes | None = None) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(batch_module, "entry_of", poisoned)
    effects = engine.apply(records_of(late.events, first_offset=2))
    assert effects.rows[b"acme:old"] is None
    assert [letter.reason for letter in effects.dead_letters] == [Reason.INTERNAL_ERROR]


def test_a_long_log_is_frozen_and_what_sorts_before_it_is_refused() -> None:
    story = Story().created(NINE)
    for minute in range(1, LOG_LIMIT + 10):
        story.customer(NINE + minute * 60_000)
    engine = TicketsEngine(Domain())
    first = engine.apply(records_of(story.events))
    row = rows.decode(first.rows[b"acme:T1"] or b"")
    assert row.count < LOG_LIMIT
    assert row.base
    again = engine.apply(records_of(story.events[:2], first_offset=999))
    assert counts(engine)["duplicate"] == 2
    assert not again.dead_letters
    late = engine.apply(records_of(Story(source="/acme/other").customer(NINE + 1_000).events, first_offset=1_001))
    assert [letter.reason for letter in late.dead_letters] == [Reason.BEHIND_FROZEN_PREFIX]
    within = engine.apply(
        records_of(Story(source="/acme/third").reply(NINE + (LOG_LIMIT + 5) * 60_000 + 1).events, first_offset=1_002)
    )
    assert engine.published().values[Metric.DISORDER]["0", "refolded"] == 1
    assert not within.dead_letters


def test_a_tick_is_bounded_and_says_that_there_is_more() -> None:
    domain = Domain(reopen_horizon=DAY)
    engine = TicketsEngine(domain)
    stories = [Story(ticket_id=f"T{n}").created(NINE).solve(NINE + 1) for n in range(TIMERS_PER_TICK + 5)]
    engine.apply(records_of([event for story in stories for event in story.events]))
    first = engine.tick(NINE + 2 * DAY)
    assert first.more
    second = engine.tick(NINE + 2 * DAY)
    assert not second.more
    assert sum(value is None for value in (*first.rows.values(), *second.rows.values())) == len(stories)
    assert engine.published().values[Metric.TICKETS_TRACKED] == {("0",): 0}


def test_time_that_goes_back_is_ignored_and_an_idle_tick_writes_nothing() -> None:
    engine = TicketsEngine(Domain())
    assert engine.tick(NINE).rows == {}
    assert engine.tick(NINE - 1).rows == {}
    assert engine.next_due() is None
    assert TicketsEngine(Domain(), time=TimeMode.EVENT).next_due() is None


def test_a_forgotten_ticket_that_comes_back_in_the_same_batch_is_resumed() -> None:
    domain = Domain(reopen_horizon=DAY)
    engine = TicketsEngine(domain, time=TimeMode.EVENT)
    story = Story().created(NINE).solve(NINE + 1).status(NINE + 3 * DAY, Status.OPEN).status(NINE + 3 * DAY + 1, Status.PENDING)
    effects = engine.apply(records_of(story.events))
    row = rows.decode(effects.rows[b"acme:T1"] or b"")
    assert row.count == 2
    assert row.state.created_at is None
    sums = Sums()
    sums.take(effects)
    assert {work.value for _, _, work in sums.plain_work()} == {"open", "unassigned"}


def test_counts_and_sequence_outlive_a_restart() -> None:
    engine = TicketsEngine(Domain())
    first = engine.apply(records_of(Story().created(NINE).events))
    later = restored(first)
    assert counts(later) == {"applied": 1}
    second = later.apply(records_of(Story(source="/acme/other").reply(NINE + 60_000).events, first_offset=1))
    sums = Sums()
    sums.take(first)
    sums.take(second)
    assert sums.sequences == {0: [1, 2]}


def test_a_row_of_another_schema_is_refused_with_a_way_out() -> None:
    data = rows.encode(rows.TicketRow(rows.thaw(b"")), 0)
    with pytest.raises(UnknownSchemaError, match="run the version that wrote it"):
        rows.decode(b"\x63" + data[1:])


def test_additions_are_cut_into_records_of_bounded_size() -> None:
    many = LeafAdditions(("billing",), {minute: {0: 1} for minute in range(telling.ADDITIONS_PER_RECORD + 7)}, {0: {1: 1}})
    portions = list(telling.portions([many, LeafAdditions(("sales",), {1: {0: 2}}, {})]))
    sizes = [sum(len(c) for leaf in portion for c in (*leaf.minutes.values(), *leaf.work.values())) for portion in portions]
    assert max(sizes) <= telling.ADDITIONS_PER_RECORD
    assert sum(sizes) == telling.ADDITIONS_PER_RECORD + 9
    emit = telling.additions("acme", 2, 5, 60_000, portions[0])
    assert emit.value is not None
    assert msgspec.msgpack.decode(emit.value, type=Additions).source == 2


def test_a_merged_ticket_says_that_its_warned_clocks_are_cancelled() -> None:
    story = Story().created(NINE).add(EventType.MERGED, NINE + 7 * HOUR)
    target = Target(
        measure=SlaMeasure.FIRST_REPLY, within={Priority.NORMAL: 8 * 3_600_000}, clock=Clock.CALENDAR, at_risk=(0.5, 0.6, 0.9)
    )
    engine = TicketsEngine(Domain(policies=(PolicyModel(name="p", targets=(target,)),)))
    effects = engine.apply(records_of(story.events))
    said = [msgspec.json.decode(e.value or b"", type=SlaEvent) for e in effects.emits if e.topic is Topic.SLA_EVENTS]
    assert [(event.type, event.cause, event.share) for event in said] == [
        (SlaEventType.AT_RISK, "", 0.5),
        (SlaEventType.AT_RISK, "", 0.6),
        (SlaEventType.CANCELLED, "gone", 0.0),
    ]
