"""What ticket partitions tell the responders' partition, through the whole offline pipeline."""

from __future__ import annotations

import msgspec

from pipeline.codec import encode
from pipeline.config import Domain
from pipeline.engine import Topic
from pipeline.events import ActorKind, Channel, Direction, Event, EventType, MessageKind, Status, Visibility
from pipeline.identity import ticket_key
from pipeline.offline import OfflineRun
from pipeline.responders.codec import encode as encode_responder
from pipeline.responders.events import Presence, ResponderEventType
from pipeline.responders.model import PointsModel, RespondersModel
from pipeline.responders.signals import PresenceBoard, ResponderState
from tests.support.rota import TENANT, event

NINE, M, D = 1_773_133_200_000, 60_000, 86_400_000
POINTS = PointsModel.model_validate(
    {"rules": [{"name": "solved", "points": 2}, {"name": "quick", "points": 1, "first_reply": "5m"}]}
)
DOMAIN = Domain(responders=RespondersModel(enabled=True, points=POINTS))


def ticket(kind: EventType, number: int, at: int, **fields: object) -> tuple[bytes, bytes, int]:
    name = f"T{number}"
    one = Event(kind, f"{name}:{kind}:{at}", TENANT, name, at, source="/acme/desk", **fields)  # type: ignore[arg-type]
    return ticket_key(TENANT, name), encode(one), at


def asked(number: int, at: int) -> tuple[bytes, bytes, int]:
    return ticket(
        EventType.CREATED,
        number,
        at,
        actor=ActorKind.CUSTOMER,
        status=Status.NEW,
        channel=Channel.CHAT,
        queue="billing",
        team="red",
    )


def replied(number: int, at: int, who: str) -> tuple[bytes, bytes, int]:
    return ticket(
        EventType.MESSAGE_ADDED,
        number,
        at,
        actor=ActorKind.RESPONDER,
        actor_id=who,
        assignee=who,
        direction=Direction.OUT,
        visibility=Visibility.PUBLIC,
        message_kind=MessageKind.REPLY,
    )


def record(run: OfflineRun, who: str) -> ResponderState:
    return msgspec.json.decode(run.outputs.compacted[Topic.RESPONDERS][f"{TENANT}:{who}".encode()], type=ResponderState)


def test_load_and_points_come_from_tickets() -> None:
    run = OfflineRun(DOMAIN, partitions=3, batch_records=1)
    here = event(ResponderEventType.PRESENCE_CHANGED, "ann", NINE, state=Presence.AVAILABLE, capacity=3)
    run.feed_responders([(TENANT, encode_responder(here), NINE)])
    run.feed([asked(1, NINE), asked(2, NINE), replied(1, NINE + 2 * M, "ann"), replied(2, NINE + 9 * M, "ann")])
    assert (record(run, "ann").load, record(run, "ann").free, record(run, "ann").load_by_channel) == (2, 1, {"chat": 2})
    run.feed([replied(2, NINE + 10 * M, "bob")])
    assert (record(run, "ann").load, record(run, "bob").load) == (1, 1)
    run.feed([ticket(EventType.STATUS_CHANGED, number, NINE + 20 * M, status=Status.SOLVED) for number in (1, 2)])
    run.feed([ticket(EventType.RATED, 2, NINE + 30 * M, rating_kind="csat", rating_score=2)])
    assert (record(run, "ann").load, record(run, "bob").load) == (0, 0)
    run.feed_responders([(TENANT, encode_responder(event(ResponderEventType.REMOVED, "cleo", NINE + 4 * D)), NINE + 4 * D)])
    ann, bob = record(run, "ann").earned, record(run, "bob").earned
    assert ann is not None
    assert ann.by_rule == {"solved": 1, "quick": 1}
    assert bob is not None
    assert bob.points == 0  # rated 2 of 5
    board = msgspec.json.decode(run.outputs.compacted[Topic.PRESENCE][TENANT.encode()], type=PresenceBoard)
    assert board.known
    assert board.team_earned == {}  # nobody has told that ann is of a team


def test_a_ticket_that_only_gets_longer_is_no_news() -> None:
    run = OfflineRun(DOMAIN, batch_records=1)
    run.feed([asked(1, NINE), replied(1, NINE + M, "ann")])
    before = run.responders[0].published().values
    run.feed([replied(1, NINE + number * M, "ann") for number in range(2, 9)])
    assert run.responders[0].published().values == before


def test_without_responders_no_ticket_tells_of_work() -> None:
    run = OfflineRun(Domain(), batch_records=1)
    run.feed([asked(1, NINE), replied(1, NINE + M, "ann")])
    assert run.responders == []
    assert not run.outputs.compacted[Topic.RESPONDERS]
