"""What has been over for long is taken from the topic `alerts`: at its time, once, over restarts; its readers let go of it."""

from __future__ import annotations

import msgspec
import pytest

from agents.alertlog import AlertLog
from agents.notifier.liveset import LiveSet
from pipeline.alertrules import SlaAlertsModel
from pipeline.config import Domain, Retention
from pipeline.engine import Effects, Emit, TimeMode, Topic
from pipeline.measures import Work
from pipeline.signals import AlertAction, AlertActionType
from pipeline.view.state import Taken, View
from pipeline.windows.ended import EndedAlerts
from pipeline.windows.engine import SegmentsEngine
from pipeline.windows.rows import RowType
from tests.support.feed import EDGES_MS, Feed, Reader, apply, tick
from tests.support.samples import alert, resolved

M, H, D = 60_000, 3_600_000, 86_400_000
NOW = 1_767_614_400_000
"""2026-01-05 12:00 UTC."""
LEAF = ("billing", "chat", "normal")
DOMAIN = Domain(
    edges=EDGES_MS,
    segments=(("queue",),),
    sla_alerts=SlaAlertsModel(at_risk=2, clear_after=0),
    retention=Retention(alerts=10 * D),
)


def tombstones(reader: Reader) -> list[bytes | None]:
    return [emit.key for emit in reader.emits if emit.topic is Topic.ALERTS and emit.value is None]


def over(engine: SegmentsEngine, reader: Reader) -> tuple[str, int]:
    """Let an alert fire and end; return its id and when it ended, ms."""
    feed = Feed()
    for at_ms, amount in ((NOW, 2), (NOW + M, -2)):
        feed.waits(LEAF, NOW - 5 * M, Work.AT_RISK, amount)
        apply(engine, reader, [feed.record(at_ms, passed=at_ms)])
        tick(engine, reader, at_ms)
    (ended,) = [one for one in reader.decoded("alerts") if one["state"] == "resolved"]
    return ended["id"], ended["resolved_at"]


@pytest.mark.parametrize("time", [TimeMode.EVENT, TimeMode.LIVE])
@pytest.mark.parametrize("restarted", [False, True])
def test_an_alert_that_is_over_leaves_the_topic_when_its_time_has_come(time: TimeMode, *, restarted: bool) -> None:
    engine, reader = SegmentsEngine(DOMAIN, 0, 1, time), Reader()
    alert_id, resolved_at = over(engine, reader)
    if restarted:
        engine = SegmentsEngine(DOMAIN, 0, 1, time)
        engine.restore(reader.changelog())
    feed = Feed()
    feed.sequence = 9
    for at_ms, gone in ((resolved_at + 10 * D - M, []), (resolved_at + 10 * D, [alert_id.encode()])):
        apply(engine, reader, [feed.record(0, passed=at_ms)])
        tick(engine, reader, at_ms)
        assert tombstones(reader) == gone
    apply(engine, reader, [feed.record(0, passed=resolved_at + 30 * D)])
    tick(engine, reader, resolved_at + 30 * D)
    assert tombstones(reader) == [alert_id.encode()]
    assert not [key for key in reader.rows if key[:1] == RowType.ENDED.value]


def test_what_fires_again_stays() -> None:
    ended, effects = EndedAlerts(D), Effects()
    one = alert(NOW)
    ended.said(resolved(one, NOW + M), effects)
    ended.said(one, effects)
    assert list(effects.rows.values()) == [None]
    ended.drop(NOW + 9 * D, effects)
    assert effects.emits == []
    ended.said(resolved(one, NOW + 2 * D), effects)
    ended.drop(NOW + 3 * D - 1, effects)
    assert effects.emits == []
    ended.drop(NOW + 3 * D, effects)
    assert effects.emits == [Emit(Topic.ALERTS, one.id.encode(), None)]


def test_a_tick_takes_away_a_few_hundred_and_the_next_ones_the_rest() -> None:
    ended, taken = EndedAlerts(D), []
    for number in range(1_100):
        ended.said(resolved(alert(NOW + number), NOW + number), Effects())
    for _ in range(4):
        effects = Effects()
        ended.drop(NOW + 2 * D, effects)
        taken.append(len(effects.emits))
    assert taken == [500, 500, 100, 0]


def test_readers_let_go_of_it() -> None:
    one = alert(NOW)
    over = resolved(one, NOW + M)
    key, value = one.id.encode(), msgspec.json.encode(over)
    act = AlertAction(id="1", alert_id=one.id, tenant="acme", type=AlertActionType.ACKNOWLEDGE, at=NOW)
    log, live, view = AlertLog(), LiveSet(H), View("1h")
    for said in (value, None, None):
        log.take(Topic.ALERTS, key, said)
        live.take_alert(key, said, NOW + 2 * M)
        assert view.take(Topic.ALERTS, key, said) is Taken.APPLIED
    log.take(Topic.ALERT_ACTIONS, key, msgspec.json.encode(act))
    live.forget(NOW + D)
    assert (log.alerts(), live.alerts(), view.alerts()) == ([], [], [])
    log.take(Topic.ALERTS, key, value)
    log.take(Topic.ALERT_ACTIONS, key, None)
    assert log.alerts() == [over]
