"""What a reader of the topics knows: the newest of each key, of the newest epoch only."""

from __future__ import annotations

import msgspec

from agents.demo.signals import Signals
from pipeline.engine import Topic
from pipeline.signals import AlertState, SlaEventType
from tests.unit.demo.said import NOW_MS, alert, level, sla_event, ticket


def test_the_newest_level_of_a_key_counts_and_everything_comes_first() -> None:
    signals = Signals()
    for said in (level("billing", waiting=1), level(), level("billing", waiting=2, as_of=NOW_MS + 1)):
        signals.take(Topic.SERVICE_LEVELS, repr(said.segment).encode(), msgspec.json.encode(said))
    levels = signals.levels()
    assert [one.segment for one in levels] == [{}, {"queue": "billing"}]
    assert levels[1].work["awaiting_first_reply"].count == 2
    assert signals.as_of == NOW_MS + 1
    assert signals.levels() == levels
    signals.take(Topic.SERVICE_LEVELS, repr({"queue": "billing"}).encode(), None)
    assert [one.segment for one in signals.levels()] == [{}]


def test_what_an_earlier_epoch_said_is_forgotten() -> None:
    signals = Signals()
    signals.take(Topic.SERVICE_LEVELS, b"old", msgspec.json.encode(level("billing", epoch=1)))
    signals.take(Topic.SERVICE_LEVELS, b"new", msgspec.json.encode(level("orders", epoch=2)))
    signals.take(Topic.ALERTS, b"a", msgspec.json.encode(alert(id="a", epoch=1)))
    signals.take(Topic.ALERTS, b"b", msgspec.json.encode(alert(id="b", epoch=2)))
    assert [one.segment for one in signals.levels()] == [{"queue": "orders"}]
    assert [one.id for one in signals.alerts()] == ["b"]


def test_firing_alerts_come_first_then_the_newest() -> None:
    signals = Signals()
    over = {"state": AlertState.RESOLVED, "resolved_at": NOW_MS}
    for one in (alert(id="a", raised_at=1), alert(id="b", raised_at=2), alert(id="c", raised_at=3, **over)):
        signals.take(Topic.ALERTS, one.id.encode(), msgspec.json.encode(one))
    assert [one.id for one in signals.alerts()] == ["b", "a", "c"]
    signals.take(Topic.ALERTS, b"b", None)
    assert [one.id for one in signals.alerts()] == ["a", "c"]


def test_who_waits_longest_comes_first_and_gone_tickets_do_not_wait() -> None:
    signals = Signals()
    for one in (ticket(1, 300), ticket(2, 100), ticket(3, 200, "gone"), ticket(4, None), ticket(5, 50)):
        signals.take(Topic.CLOCKS, one.ticket_id.encode(), msgspec.json.encode(one))
    signals.take(Topic.CLOCKS, b"T5", None)
    assert [one.ticket_id for one in signals.waiting(5)] == ["T2", "T1"]
    assert [one.ticket_id for one in signals.waiting(1)] == ["T2"]
    answered = ticket(2, None)
    signals.take(Topic.CLOCKS, b"T2", msgspec.json.encode(answered))
    assert [one.ticket_id for one in signals.waiting(5)] == ["T1"]


def test_a_breach_that_is_taken_back_is_not_shown() -> None:
    signals = Signals()
    for said in (sla_event(1, at_ms=1), sla_event(2, at_ms=3), sla_event(3, at_ms=2), sla_event(2, SlaEventType.AT_RISK)):
        signals.take(Topic.SLA_EVENTS, b"k", msgspec.json.encode(said))
    assert [event.ticket_id for event in signals.breaches(2)] == ["T2", "T3"]
    signals.take(Topic.SLA_EVENTS, b"k", msgspec.json.encode(sla_event(2, SlaEventType.BREACH_RETRACTED)))
    assert [event.ticket_id for event in signals.breaches(9)] == ["T3", "T1"]
