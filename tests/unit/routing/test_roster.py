"""Who can take a contact: from presence events to the responders of a signal, ranked, never stale, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from pipeline.config import Domain
from pipeline.engine import TimeMode, Topic
from pipeline.events import Channel
from pipeline.responders.engine import RespondersEngine
from pipeline.responders.events import Presence, ResponderEvent, ResponderEventType
from pipeline.responders.model import RespondersModel
from pipeline.responders.signals import ResponderState
from pipeline.routing.board import RoutingBoard
from pipeline.routing.deadlines import Queue
from pipeline.routing.picking import suited
from pipeline.routing.signal import AvailableResponder, RoutingSignal
from pipeline.signals import ServiceLevel
from tests.support.centre import level, staffing
from tests.support.rota import Floor, event

pytestmark = pytest.mark.mission("C8")
M = 60_000
NINE = int(datetime(2026, 3, 10, 9, tzinfo=UTC).timestamp()) * 1_000
NOW = NINE + 3 * M
BILLING, ORDERS = Queue("acme", "billing"), Queue("acme", "orders")
T = ResponderEventType


def is_(who: str, state: Presence, at: int = NINE, **fields: Any) -> ResponderEvent:
    return event(T.PRESENCE_CHANGED, who, at, state=state, **fields)


def holds(who: str, ticket: str) -> ResponderEvent:
    return event(T.WORK_ITEM_CHANGED, who, NINE, f"{ticket}:{NINE}", ticket_id=ticket, open=True)


def staff() -> tuple[ResponderEvent, ...]:
    return (
        is_("busy", Presence.BUSY),
        is_("full", Presence.AVAILABLE),
        holds("full", "T9"),
        is_("idle", Presence.AVAILABLE, NINE + M, capacity=4),
        is_("long", Presence.AVAILABLE, capacity=4),
        is_("half", Presence.AVAILABLE, capacity=2),
        holds("half", "T1"),
        is_("able", Presence.AVAILABLE, capacity=9),
        *(holds("able", f"A{number}") for number in range(8)),
        event(T.SKILLS_CHANGED, "able", NINE, skills=("refunds",)),
        event(T.SKILLS_CHANGED, "idle", NINE, queues=("billing",)),
        is_("mute", Presence.AVAILABLE, channel=Channel.PHONE),
        is_("mute", Presence.AWAY, NINE + 1, channel=Channel.CHAT),
    )


class Centre:
    """The responders' stage, and a board that follows it."""

    def __init__(self, time: TimeMode = TimeMode.LIVE, **options: int) -> None:
        self.floor = Floor(RespondersEngine(Domain(responders=RespondersModel(enabled=True)), time=time))
        self.board = RoutingBoard(time, **options)
        self.say(level({"queue": "billing"}, as_of=NOW), level({"queue": "orders"}, as_of=NOW))
        self.say(level({"queue": "billing"}, as_of=NOW, tenant="other"))
        self.board.changed()

    def tell(self, *events: ResponderEvent, at: int = NINE + 2 * M) -> None:
        self._pass(self.floor.tell(*events, at=at))

    def beat(self, at: int) -> None:
        self._pass(self.floor.tick(at))

    def say(self, *levels: ServiceLevel) -> None:
        for one in levels:
            key = f"{one.tenant}|queue={one.segment['queue']}".encode()
            self.board.take(Topic.SERVICE_LEVELS, key, msgspec.json.encode(one), one.as_of)

    def signal(self, queue: Queue = BILLING) -> RoutingSignal:
        found = self.board.signal(queue)
        assert found is not None
        return found

    def names(self, queue: Queue = BILLING, **wanted: Any) -> list[str]:
        return [one.responder_id for one in suited(self.signal(queue).responders or (), **wanted)]

    def _pass(self, effects: Any) -> None:
        for emit in effects.emits:
            self.board.take(emit.topic, emit.key, emit.value, 0)


def test_responders_are_ranked_by_load_then_by_how_long_they_are_available_and_by_skill() -> None:
    centre = Centre()
    centre.tell(*staff())
    signal = centre.signal()
    assert [one.responder_id for one in signal.responders or ()] == ["long", "mute", "idle", "half", "able"]
    assert signal.available == 5
    assert (signal.responders or ())[4] == AvailableResponder(
        responder_id="able", free=1, load=8, capacity=9, since=NINE, skills=("refunds",)
    )
    assert centre.names(channel="chat", skills={"refunds"}) == ["able", "long", "idle", "half"]
    assert centre.names(ORDERS, channel="phone") == ["long", "mute", "half", "able"]


def test_so_many_are_named_and_all_are_counted() -> None:
    centre = Centre(depth=2)
    centre.tell(*staff())
    assert (centre.names(), centre.signal().available) == (["long", "mute"], 5)


def test_without_presence_nobody_can_tell_and_with_it_nobody_is_nobody() -> None:
    centre = Centre()
    assert (centre.signal().responders, centre.signal().available) == (None, None)
    assert b"responders" not in msgspec.json.encode(centre.signal())
    centre.tell(is_("ann", Presence.AWAY))
    assert (centre.signal().responders, centre.signal().available) == ((), 0)
    assert centre.signal(Queue("other", "billing")).responders is None


def test_what_has_expired_is_not_there_and_is_again_after_a_heartbeat() -> None:
    centre = Centre()
    centre.tell(is_("ann", Presence.AVAILABLE, queues=("billing",)))
    late = level({"queue": "billing"}, as_of=NINE + 5 * M)
    centre.say(late)
    assert centre.signal().responders is None, "records live for three minutes"
    centre.beat(NINE + 4 * M)
    assert centre.names() == ["ann"]
    # Nobody was heard of for an hour: whoever was there may be home.
    centre.say(level({"queue": "billing"}, as_of=NINE + 62 * M))
    centre.beat(NINE + 62 * M)
    assert centre.signal().responders is None


def test_a_record_that_has_expired_alone_is_left_out() -> None:
    centre = Centre()
    centre.tell(is_("ann", Presence.AVAILABLE), is_("bob", Presence.AVAILABLE))
    record = msgspec.json.decode(centre.floor.said[Topic.RESPONDERS, b"acme:bob"] or b"", type=ResponderState)
    gone = msgspec.structs.replace(record, expires_at=NOW)
    centre.board.take(Topic.RESPONDERS, b"acme:bob", msgspec.json.encode(gone), 0)
    assert (centre.names(), centre.signal().available) == (["ann"], 1)


def test_history_does_not_expire() -> None:
    centre = Centre(TimeMode.EVENT)
    centre.tell(is_("ann", Presence.AVAILABLE))
    centre.say(level({"queue": "billing"}, as_of=NINE + 50 * M))
    assert centre.names() == ["ann"]


def test_only_queues_whose_responders_changed_are_told_again() -> None:
    centre = Centre()
    centre.tell(is_("ann", Presence.AVAILABLE, queues=("billing",)))
    assert centre.board.changed() == {BILLING, ORDERS}, "now it is told who is there"
    centre.beat(NINE + 4 * M)
    assert centre.board.changed() == set(), "a heartbeat changes nothing"
    centre.tell(is_("ann", Presence.AVAILABLE, NINE + 4 * M, queues=("orders",)), at=NINE + 4 * M)
    assert centre.board.changed() == {BILLING, ORDERS}
    assert (centre.names(), centre.names(ORDERS)) == ([], ["ann"])
    centre.tell(is_("bob", Presence.AWAY, NINE + 4 * M, queues=("orders",)), at=NINE + 4 * M)
    assert centre.board.changed() == {ORDERS}
    centre.tell(is_("cat", Presence.AVAILABLE, NINE + 4 * M), at=NINE + 4 * M)
    assert centre.board.changed() == {BILLING, ORDERS}, "who names no queue takes any"
    assert centre.names() == ["cat"]


def test_who_is_removed_takes_nothing_and_a_new_epoch_forgets_everybody() -> None:
    centre = Centre()
    centre.tell(is_("ann", Presence.AVAILABLE))
    centre.tell(event(T.REMOVED, "ann", NINE + 2 * M))
    assert centre.names() == []
    centre.tell(is_("bob", Presence.AVAILABLE))
    centre.board.take(Topic.CLOCKS, b"acme:T1", None, 0, epoch=5)
    assert centre.board.roster.tenants() == []


def test_what_is_no_record_of_ours_is_counted() -> None:
    board = RoutingBoard(TimeMode.LIVE)
    board.take(Topic.RESPONDERS, b"acme:ann", b"{}", 0)
    board.take(Topic.PRESENCE, b"acme", b"[]", 0)
    assert board.unreadable == 2


@pytest.mark.parametrize("there", [2, None])
def test_the_gap_is_that_of_the_service_level(there: int | None) -> None:
    centre = Centre()
    told = level({"queue": "billing"}, as_of=NOW, staffing=staffing(5, there))
    centre.say(told)
    assert centre.signal().staffing == told.staffing
    assert centre.signal(ORDERS).staffing is None


def test_people_of_a_queue_are_counted_by_state() -> None:
    centre = Centre()
    assert centre.board.roster.count(BILLING) is None
    centre.tell(*staff())
    count = centre.board.roster.count(BILLING)
    assert count is not None
    assert (count.available, count.busy, count.away) == (6, 1, 0)
    assert [one.responder_id for one in centre.board.roster.people(ORDERS)] == ["able", "busy", "full", "half", "long", "mute"]
