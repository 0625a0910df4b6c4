from __future__ import annotations

import msgspec

from agents.notifier.acts import NOTES_KEPT, Acts, after
from agents.notifier.liveset import LiveSet, Turn
from pipeline.signals import Alert, AlertAction, AlertActionType
from tests.support.samples import NOON, M, alert, resolved

KEEP = 15 * M


def take(live: LiveSet, one: Alert, now_ms: int = NOON) -> Turn | None:
    news = live.take_alert(one.id.encode(), msgspec.json.encode(one), now_ms)
    return None if news is None else news[1]


def test_an_alert_fires_is_updated_and_is_over() -> None:
    live, one = LiveSet(KEEP), alert()
    assert [take(live, one), take(live, alert(as_of=NOON + 9 * M)), take(live, resolved(one, NOON + 20 * M))] == [
        Turn.FIRING,
        Turn.UPDATED,
        Turn.RESOLVED,
    ]
    assert list(live.firing()) == []
    live.forget(NOON + KEEP - 1)
    assert len(live.alerts()) == 1
    live.forget(NOON + KEEP)
    assert live.alerts() == []


def test_what_was_over_long_before_the_start_is_not_taken_up() -> None:
    live, one = LiveSet(KEEP), alert()
    assert take(live, resolved(one, NOON), NOON + KEEP + 1) is None
    assert live.alerts() == []
    assert take(live, resolved(one, NOON), NOON + KEEP) is Turn.RESOLVED


def test_only_the_newest_epoch_counts() -> None:
    live = LiveSet(KEEP)
    take(live, alert(epoch=1))
    assert live.begin_epoch(2)
    assert live.alerts() == []
    assert take(live, alert(epoch=1)) is None
    assert take(live, alert(epoch=2)) is Turn.FIRING


def test_a_tombstone_takes_an_alert_away() -> None:
    live, one = LiveSet(KEEP), alert()
    take(live, one)
    assert live.take_alert(one.id.encode(), None, NOON) is None
    assert live.alerts() == []


def action(kind: AlertActionType, **changes: object) -> AlertAction:
    return AlertAction(**({"id": "1", "alert_id": alert().id, "tenant": "acme", "type": kind, "at": NOON} | changes))  # type: ignore[arg-type]


def test_acts_add_up_and_the_same_act_counts_once() -> None:
    acts = Acts()
    first = action(AlertActionType.ACKNOWLEDGE, by="ann", note="on it")
    for one in (first, first, action(AlertActionType.ACKNOWLEDGE, id="2", at=NOON + M, by="bob")):
        acts = after(acts, one)
    assert (acts.acknowledged_at, acts.acknowledged_by, len(acts.notes)) == (NOON, "ann", 1)
    acts = after(acts, action(AlertActionType.SNOOZE, id="3", until=NOON + M))
    assert acts.snoozed(NOON + M - 1)
    assert not acts.snoozed(NOON + M)
    for number in range(NOTES_KEPT + 5):
        acts = after(acts, action(AlertActionType.ANNOTATE, id=f"n{number}", note=str(number)))
    assert len(acts.notes) == NOTES_KEPT
    assert acts.notes[-1].note == str(NOTES_KEPT + 4)
