"""A view holds the newest of each key, of the newest epoch only, and tells what has changed."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.config import MINUTE_MS
from pipeline.engine import TimeMode, Topic
from pipeline.signals import AlertAction, AlertActionType, AlertState
from pipeline.view.breaches import Phase
from pipeline.view.state import ACTS_KEPT, Taken, View, dimensions_of, key_of, name_of, tenant_of
from tests.support.centre import NOW_MS, TENANT, address, alert, level, say, ticket

BILLING = key_of(TENANT, "queue=billing")


def view_of(time: TimeMode = TimeMode.LIVE) -> View:
    return View("1h", time)


def test_the_newest_level_of_a_key_counts() -> None:
    view = view_of()
    say(view, level({"queue": "billing"}, waiting=1), level({}), level({"queue": "billing"}, waiting=5, as_of=NOW_MS + 1))
    found = view.level(BILLING)
    assert found is not None
    assert found.work["awaiting_first_reply"].count == 5
    assert view.level(BILLING) is found, "decoded once"
    assert view.as_of == NOW_MS + 1
    assert [name_of(key) for key in view.segments()] == ["everything", "queue=billing"]
    assert view.level(key_of(TENANT, "queue=none")) is None


def test_keys_are_sorted_by_tenant_then_few_dimensions_first() -> None:
    view = view_of()
    say(view, level({"queue": "b", "channel": "chat"}), level({"queue": "b"}), level({"queue": "a"}), level({}, tenant="a-first"))
    assert [name_of(key) for key in view.segments()] == ["everything", "queue=a", "queue=b", "queue=b,channel=chat"]
    assert [name_of(key) for key in view.segments(1)] == ["queue=a", "queue=b"]


def test_a_tombstone_takes_back() -> None:
    view = view_of()
    say(view, level({"queue": "billing"}), alert(), ticket("T1", 5))
    for one in (level({"queue": "billing"}), alert(), ticket("T1", 5)):
        topic, key = address(one)
        assert view.take(topic, key, None) is Taken.APPLIED
        assert view.take(topic, key, None) is Taken.APPLIED, "twice is no mistake"
    assert (view.segments(), view.alerts(), view.ticket(b"acme:T1"), view.count_tickets()) == ([], [], None, 0)
    assert not list(view.breaches.upcoming(Phase.RUNNING, None, None, None))


def test_changes_are_told_once_and_only_of_narrow_segments() -> None:
    view = view_of()
    assert not view.drain()
    say(view, level({"queue": "billing"}), level({"queue": "billing", "channel": "chat"}), alert(), ticket("T1", 1))
    changes = view.drain()
    assert (changes.levels, changes.alerts, changes.anew) == ({BILLING}, {alert().id}, False)
    assert not view.drain()
    assert view.version == 4


def test_a_new_epoch_begins_anew_and_an_old_one_is_not_heard() -> None:
    view = view_of()
    say(view, level({"queue": "billing"}), alert(), ticket("T1", 1), epoch=1)
    say(view, level({"queue": "orders"}), epoch=2)
    assert [name_of(key) for key in view.segments()] == ["queue=orders"]
    assert (view.alerts(), view.count_tickets()) == ([], 0)
    assert view.drain().anew
    topic, key = address(alert())
    assert view.take(topic, key, msgspec.json.encode(alert()), 1) is Taken.OUTDATED
    assert view.alerts() == []


@pytest.mark.parametrize("topic", [Topic.SERVICE_LEVELS, Topic.ALERTS, Topic.CLOCKS])
@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"tenant": 1}', b"\xff\xfe"])
def test_what_is_no_record_of_ours_is_left_out(topic: Topic, value: bytes) -> None:
    view = view_of()
    assert view.take(topic, b"acme|queue=x", value) is Taken.UNREADABLE
    assert not view.drain()
    assert view.version == 0


def test_other_topics_and_unreadable_keys_are_left_out() -> None:
    view = view_of()
    assert view.take(Topic.PANES, b"k", b"{}") is Taken.OTHER
    assert view.take(Topic.ALERTS, b"\xff", None) is Taken.UNREADABLE


def test_live_numbers_go_stale_by_their_own_word_and_history_does_not() -> None:
    said = level({"queue": "billing"})
    live, history = view_of(), view_of(TimeMode.EVENT)
    assert not live.stale(said, said.expires_at)
    assert live.stale(said, said.expires_at + 1)
    assert not history.stale(said, said.expires_at + 1)
    say(history, said)
    assert (live.now(5), history.now(5)) == (5, NOW_MS)


def test_firing_alerts_come_first_then_the_newest() -> None:
    view = view_of()
    over = {"state": AlertState.RESOLVED, "resolved_at": NOW_MS}
    say(view, alert("r:acme:a:1", raised_at=1), alert("r:acme:b:1", raised_at=2), alert("r:acme:c:1", raised_at=3, **over))
    assert [one.id for one in view.alerts()] == ["r:acme:b:1", "r:acme:a:1", "r:acme:c:1"]
    assert view.alert("r:acme:a:1") is not None


def test_a_ticket_is_found_by_its_key() -> None:
    view = view_of()
    say(view, ticket("T:1", NOW_MS + MINUTE_MS))
    found = view.ticket(b"acme:T:1")
    assert found is not None
    assert found.ticket_id == "T:1"
    assert view.ticket(b"acme:T:2") is None


def test_histories_are_kept_of_narrow_segments() -> None:
    view = view_of()
    say(view, level({"queue": "billing"}), level({"queue": "billing", "channel": "chat"}))
    assert len(view.history(BILLING).points) == 1
    assert not view.history(key_of(TENANT, "queue=billing,channel=chat")).points


def test_names_in_keys() -> None:
    key = key_of("a|b", "queue=x%2Cy,channel=chat")
    assert (tenant_of(key), name_of(key), dimensions_of(key)) == ("a|b", "queue=x%2Cy,channel=chat", 2)
    assert (key_of("a", "everything"), dimensions_of(b"a|")) == (b"a|", 0)


def act(number: int, **changes: object) -> AlertAction:
    made = AlertAction(id=f"act-{number}", alert_id=alert().id, tenant=TENANT, type=AlertActionType.ANNOTATE, at=number, note="n")
    return msgspec.structs.replace(made, **changes)


def test_what_people_did_outlives_an_epoch_and_counts_once() -> None:
    view = view_of()
    say(view, alert(), epoch=5)
    view.drain()
    for one in (act(1), act(2), act(1, note="again")):
        assert view.take(Topic.ALERT_ACTIONS, one.alert_id.encode(), msgspec.json.encode(one)) is Taken.APPLIED
    assert [one.note for one in view.acts(alert().id)] == ["n", "n"]
    assert view.drain().alerts == {alert().id}
    say(view, alert(), epoch=6)
    assert len(view.acts(alert().id)) == 2
    assert view.take(Topic.ALERT_ACTIONS, b"k", None) is Taken.APPLIED
    for number in range(ACTS_KEPT):
        view.take(Topic.ALERT_ACTIONS, b"k", msgspec.json.encode(act(10 + number)))
    assert [one.at for one in view.acts(alert().id)][:2] == [10, 11]
    assert view.acts("none") == ()
