from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.config import Domain
from pipeline.engine import TimeMode, Topic
from pipeline.events import Channel
from pipeline.metrics import Metric
from pipeline.responders.engine import RespondersEngine
from pipeline.responders.events import Activity, Presence, ResponderEvent, ResponderEventType
from pipeline.responders.model import RespondersModel
from pipeline.responders.rows import UnknownRowError
from tests.support.rota import TENANT, Floor, event

T = ResponderEventType
M, H, D = 60_000, 3_600_000, 86_400_000
NINE = int(datetime(2026, 3, 10, 9, tzinfo=UTC).timestamp()) * 1_000
DOMAIN = Domain(responders=RespondersModel(enabled=True))


def floor(time: TimeMode = TimeMode.LIVE, domain: Domain = DOMAIN) -> Floor:
    return Floor(RespondersEngine(domain, time=time, epoch=7))


def is_(who: str, state: Presence, at: int, **fields: Any) -> ResponderEvent:
    return event(T.PRESENCE_CHANGED, who, at, state=state, **fields)


def shift(
    who: str, since: int, until: int, name: str = "s1", activity: Activity = Activity.WORK, at: int = NINE - D
) -> ResponderEvent:
    return event(T.SHIFT_PLANNED, who, at, f"{name}:{at}", shift_id=name, starts_at=since, ends_at=until, activity=activity)


def holds(who: str, ticket: str, at: int, *, open_: bool = True, **fields: Any) -> ResponderEvent:
    return event(T.WORK_ITEM_CHANGED, who, at, f"{ticket}:{at}", ticket_id=ticket, open=open_, **fields)


@pytest.mark.mission("A13")
def test_adherence_availability_and_occupancy_by_hand() -> None:
    # Planned 9 to 13 with a break from 11 to 11:30. Available 9:10-10, busy 10-11, away 11-11:45, available 11:45-12.
    desk = floor()
    desk.tell(
        shift("ann", NINE, NINE + 4 * H),
        shift("ann", NINE + 2 * H, NINE + 150 * M, "pause", Activity.BREAK),
        is_("ann", Presence.OFFLINE, NINE - H),
        is_("ann", Presence.AVAILABLE, NINE + 10 * M),
        is_("ann", Presence.BUSY, NINE + H),
        is_("ann", Presence.AWAY, NINE + 2 * H),
        is_("ann", Presence.AVAILABLE, NINE + 165 * M),
        at=NINE + 3 * H,
    )
    today = desk.of("ann")["today"]
    assert (today["available_ms"], today["busy_ms"], today["away_ms"]) == (65 * M, 60 * M, 45 * M)
    assert today["offline_ms"] == 70 * M  # 8:00 to 9:10
    assert today["unknown_ms"] == 8 * H
    assert today["planned_ms"] == 3 * H
    assert today["kept_ms"] == (50 + 60 + 30 + 15) * M
    assert today["adherence_ppm"] == 155 * 1_000_000 // 180
    assert today["availability_ppm"] == 125 * 1_000_000 // 170
    assert today["occupancy_ppm"] == 60 * 1_000_000 // 125
    record = desk.of("ann")
    assert (record["state"], record["since"]) == ("available", NINE + 165 * M)
    assert (record["activity"], record["activity_until"]) == ("work", NINE + 4 * H)


@pytest.mark.mission("A13")
def test_who_is_there_by_queue_channel_and_skill() -> None:
    desk = floor()
    desk.tell(
        event(
            T.SKILLS_CHANGED, "ann", NINE, skills=("refunds", "german"), queues=("billing",), channels=(Channel.CHAT,), team="red"
        ),
        event(T.SKILLS_CHANGED, "bob", NINE, skills=("german",), team="red"),
        is_("ann", Presence.AVAILABLE, NINE, capacity=3),
        is_("bob", Presence.BUSY, NINE),
        is_("cleo", Presence.AWAY, NINE),
        shift("cleo", NINE, NINE + H),
        holds("ann", "T1", NINE, channel=Channel.CHAT),
        at=NINE + M,
    )
    board = desk.board()
    assert board["known"]
    total = {name: number for name, number in board["total"].items() if number}
    assert total == {"available": 1, "busy": 1, "away": 1, "planned": 1, "capacity": 4, "load": 1, "free": 2}
    assert board["queues"]["billing"]["available"] == 1
    assert (board["queues"]["*"]["busy"], board["queues"]["*"]["away"]) == (1, 1)
    assert board["channels"]["chat"]["free"] == 2
    assert {skill: counts["available"] + counts["busy"] for skill, counts in board["skills"].items()} == {
        "german": 2,
        "refunds": 1,
    }
    assert board["teams"]["red"]["capacity"] == 4


def test_a_channel_of_its_own_state_counts_there() -> None:
    desk = floor()
    desk.tell(
        event(T.SKILLS_CHANGED, "ann", NINE, channels=(Channel.CHAT, Channel.PHONE)),
        is_("ann", Presence.AVAILABLE, NINE),
        is_("ann", Presence.BUSY, NINE + M, channel=Channel.PHONE),
        at=NINE + 2 * M,
    )
    assert (desk.of("ann")["state"], desk.of("ann")["channel_states"]) == ("available", {"phone": "busy"})
    channels = desk.board()["channels"]
    assert (channels["chat"]["available"], channels["phone"]["busy"]) == (1, 1)
    desk.tell(is_("ann", Presence.AWAY, NINE + 3 * M))
    assert (desk.of("ann")["state"], desk.of("ann")["channel_states"]) == ("away", {})


@pytest.mark.mission("A13")
def test_load_follows_the_tickets_whoever_holds_them() -> None:
    desk = floor()
    desk.tell(is_("ann", Presence.AVAILABLE, NINE, capacity=2), is_("bob", Presence.AVAILABLE, NINE))
    desk.tell(holds("ann", "T1", NINE, channel=Channel.CHAT), holds("ann", "T2", NINE, channel=Channel.EMAIL))
    assert (desk.of("ann")["load"], desk.of("ann")["free"], desk.of("ann")["load_by_channel"]) == (2, 0, {"chat": 1, "email": 1})
    desk.tell(holds("bob", "T1", NINE + M, channel=Channel.CHAT))
    assert (desk.of("ann")["load"], desk.of("bob")["load"]) == (1, 1)
    desk.tell(holds("bob", "T1", NINE + 2 * M, open_=False), holds("", "T2", NINE + 2 * M))
    assert (desk.of("ann")["load"], desk.of("bob")["load"]) == (0, 0)
    desk.tell(holds("ann", "T1", NINE + M, channel=Channel.CHAT))  # older than what is known
    assert desk.of("ann")["load"] == 0


def test_without_news_for_too_long_nobody_knows_who_is_there() -> None:
    desk = floor()
    desk.tell(is_("ann", Presence.AVAILABLE, NINE), is_("bob", Presence.OFFLINE, NINE))
    assert desk.board()["known"]
    desk.tick(NINE + H)
    assert not desk.board()["known"]
    assert desk.board()["total"]["available"] == 1
    desk.tick(NINE + 16 * H)
    assert desk.of("ann")["state"] is None  # nobody works for sixteen hours
    assert desk.of("bob")["state"] == "offline"
    assert (desk.board()["total"]["unknown"], desk.board()["total"]["offline"]) == (1, 1)
    assert (desk.of("ann")["as_of"], desk.of("ann")["expires_at"], desk.of("ann")["epoch"]) == (
        NINE + 16 * H,
        NINE + 16 * H + 3 * M,
        7,
    )


def test_a_shift_is_changed_and_cancelled_by_its_name() -> None:
    desk = floor()
    desk.tell(shift("ann", NINE, NINE + 4 * H))
    assert desk.of("ann")["next_shift_at"] == NINE
    desk.tell(shift("ann", NINE + H, NINE + 2 * H, at=NINE - H))
    assert desk.of("ann")["next_shift_at"] == NINE + H
    desk.tell(event(T.SHIFT_CANCELLED, "ann", NINE - M, shift_id="s1"))
    assert desk.of("ann")["next_shift_at"] is None


def test_who_is_removed_leaves_a_tombstone_and_may_come_back() -> None:
    desk = floor()
    desk.tell(is_("ann", Presence.AVAILABLE, NINE))
    desk.tell(event(T.REMOVED, "ann", NINE + M))
    assert desk.of("ann") is None
    assert desk.board()["total"]["available"] == desk.board()["total"]["offline"] == 0
    desk.tell(is_("ann", Presence.AVAILABLE, NINE + 2 * M))
    assert desk.of("ann")["state"] == "available"


def test_everybody_is_said_again_at_a_heartbeat_in_bounded_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = floor()
    desk.tell(*(is_(f"r{number}", Presence.AVAILABLE, NINE) for number in range(10)))
    monkeypatch.setattr("pipeline.responders.engine.BOUND", 4)
    assert desk.engine.next_due() == M  # a heartbeat is due since ever
    desk.tick(NINE + M)
    desk.said.clear()
    assert desk.engine.next_due() == NINE + 2 * M
    assert desk.tick(NINE + 90_000).emits == []
    desk.tick(NINE + 2 * M)
    assert len(desk.said) == 11
    assert desk.of("r9")["as_of"] == NINE + 2 * M


def test_a_restart_goes_on() -> None:
    desk = floor()
    desk.tell(shift("ann", NINE, NINE + 4 * H), is_("ann", Presence.AVAILABLE, NINE), holds("ann", "T1", NINE))
    again = floor()
    again.engine.restore(desk.changelog())
    for one in (desk, again):
        one.tell(is_("ann", Presence.BUSY, NINE + H), holds("ann", "T2", NINE + H))
        one.tick(NINE + 2 * H)
    assert again.of("ann") == desk.of("ann")
    assert again.board() == desk.board()
    assert (again.of("ann")["load"], again.of("ann")["today"]["available_ms"]) == (2, H)


def test_old_events_move_into_the_base_and_their_duplicates_are_refused() -> None:
    desk = floor()
    first = is_("ann", Presence.AVAILABLE, NINE - 10 * D)
    desk.tell(
        event(T.SKILLS_CHANGED, "ann", NINE - 10 * D - M, skills=("x",)), first, shift("ann", NINE, NINE + H, at=NINE - 10 * D)
    )
    desk.tell(is_("ann", Presence.BUSY, NINE))
    assert sum(key[:1] == b"e" for key in desk.rows) == 1
    assert desk.of("ann")["skills"] == ["x"]
    assert desk.of("ann")["activity"] == "work"
    desk.tell(first, at=NINE)
    assert desk.dead == ["behind_frozen_prefix"]
    again = floor()
    again.engine.restore(desk.changelog())
    again.tick(NINE + M)
    desk.tick(NINE + M)
    assert again.of("ann") == desk.of("ann")


def test_what_is_not_for_this_partition_is_sent_where_it_belongs() -> None:
    engines = [RespondersEngine(DOMAIN, partition, 3) for partition in range(3)]
    effects = [Floor(engine).tell(is_("ann", Presence.AVAILABLE, NINE)) for engine in engines]
    homes = [one.emits[0].partition for one in effects if one.emits[0].topic is Topic.RESPONDER_EVENTS]
    assert len(homes) == 2
    assert len(set(homes)) == 1


def test_what_cannot_be_read_is_refused_and_counted() -> None:
    desk = floor()
    desk.tell(b"{}", b'{"type":"support.responder.promoted","id":"1","time":1}', is_("ann", Presence.AWAY, NINE), at=NINE)
    desk.tell(is_("ann", Presence.AWAY, NINE), b'{"type":"support.clock.passed","id":"c","time":1773133200}', at=NINE)
    assert desk.dead == ["missing_field"]
    values = desk.engine.published().values
    assert values[Metric.RESPONDER_EVENTS] == {
        ("0", name): 1 for name in ("invalid", "unknown_type", "applied", "duplicate", "clock")
    }
    assert values[Metric.RESPONDERS][TENANT, "away"] == 1
    assert values[Metric.RESPONDERS][TENANT, "available"] == 0


def test_a_row_of_a_later_version_is_refused() -> None:
    desk = floor()
    desk.tell(is_("ann", Presence.AWAY, NINE))
    row = desk.changelog()[0]
    with pytest.raises(UnknownRowError, match="row schema 9"):
        floor().engine.restore([row._replace(value=b"\x09")])
