"""From records to routing signals: what the numbers are, epochs, tombstones, and the pressure against the clocks themselves."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.arrival import keyed
from pipeline.codec import encode
from pipeline.config import HOUR_MS, Domain, SlaMeasure
from pipeline.engine import TimeMode, Topic
from pipeline.offline import OfflineRun
from pipeline.routing.board import TOPICS, RoutingBoard
from pipeline.routing.deadlines import Queue
from pipeline.signals import Opening, ServiceLevel
from pipeline.standings import ExpectedWait, LevelStanding
from tests.support.story import Story, utc

NINE = utc("2026-03-02 09:00")
MINUTE = 60_000
BILLING = Queue("acme", "billing")
DOMAIN = Domain.model_validate(
    {
        "segments": [[], ["queue"], ["channel"], ["channel", "queue"]],
        "jump": {"segments": [["queue"]]},
        "policies": [
            {
                "name": "all",
                "targets": [
                    {"measure": "first_reply", "within": {"normal": "30m"}, "clock": "calendar", "at_risk": [0.5]},
                    {"measure": "first_resolution", "within": {"normal": "8h"}, "clock": "calendar"},
                ],
            }
        ],
    }
)
STORIES = (
    Story("overdue").created(NINE, queue="billing", channel="email").customer(NINE),
    Story("risky").created(NINE + 40 * MINUTE, queue="billing", channel="email").customer(NINE + 40 * MINUTE),
    Story("fresh").created(NINE + 55 * MINUTE, queue="billing", channel="chat").customer(NINE + 55 * MINUTE),
    Story("answered").created(NINE, queue="billing", channel="chat").customer(NINE).reply(NINE + 4 * MINUTE),
    Story("elsewhere").created(NINE, queue="orders", channel="phone").customer(NINE),
)
UNTIL = NINE + HOUR_MS
AS_OF = NINE + 56 * MINUTE
"""Nothing changed after the minute of the last message."""


def said(time: TimeMode = TimeMode.LIVE, **options: int) -> RoutingBoard:
    """Return a board that has read what the pipeline said of the stories by ten o'clock."""
    run = OfflineRun(DOMAIN)
    events = sorted((event for story in STORIES for event in story.events), key=lambda event: event.occurred_at)
    run.feed(keyed([*map(encode, events)]))
    outputs = run.close(UNTIL)
    board = RoutingBoard(time, **options)
    for topic in TOPICS:
        for key, value in outputs.compacted[topic].items():
            board.take(topic, key, value, UNTIL + 5 * HOUR_MS)
    return board


def test_a_queue_in_numbers() -> None:
    signal = said().signal(BILLING)
    assert signal is not None
    assert (signal.tenant, signal.queue, signal.as_of, signal.said_at) == ("acme", "billing", AS_OF, AS_OF)
    assert signal.expires_at == AS_OF + DOMAIN.signal_expiry
    assert (signal.waiting, signal.waiting_first, signal.oldest_at) == (3, 3, NINE)
    # Four tickets with a resolution clock each, three of them with a first-reply clock: 7 open clocks.
    # `overdue` is broken; `risky` passed half of its 30 minutes at 09:55.
    assert signal.pressure.clocks == 7
    assert (signal.pressure.at_risk, signal.pressure.breached) == (1, 1)
    assert signal.pressure.share_ppm == 2_000_000 // 7
    assert signal.pressure.next_breach_at == NINE + 70 * MINUTE


@pytest.mark.mission("C8")
def test_the_orders_name_the_tickets() -> None:
    signal = said().signal(BILLING)
    assert signal is not None
    assert [(one.ticket_id, one.measure, one.due_at) for one in signal.next_to_breach] == [
        ("risky", SlaMeasure.FIRST_REPLY, NINE + 70 * MINUTE),
        ("fresh", SlaMeasure.FIRST_REPLY, NINE + 85 * MINUTE),
        ("answered", SlaMeasure.FIRST_RESOLUTION, NINE + 8 * HOUR_MS),
        ("overdue", SlaMeasure.FIRST_RESOLUTION, NINE + 8 * HOUR_MS),
    ]
    assert [(one.ticket_id, one.due_at, one.waiting_since) for one in signal.overdue] == [("overdue", NINE + 30 * MINUTE, NINE)]
    assert signal.deadlines_complete
    shallow = said(depth=1).signal(BILLING)
    assert shallow is not None
    assert [one.ticket_id for one in shallow.next_to_breach] == ["risky"]


@pytest.mark.mission("C8")
def test_the_channel_that_keeps_its_promises_comes_first() -> None:
    signal = said().signal(BILLING)
    assert signal is not None
    assert [(fit.channel, fit.waiting, fit.replies, fit.within_ppm) for fit in signal.channels] == [
        ("chat", 1, 1, 1_000_000),
        ("email", 2, 0, 0),
    ]
    assert signal.channels[0].first_reply_p90_ms == pytest.approx(4 * MINUTE, rel=0.01)


def test_in_event_time_a_signal_was_said_when_the_broker_got_it() -> None:
    signal = said(TimeMode.EVENT).signal(BILLING)
    assert signal is not None
    assert (signal.as_of, signal.said_at) == (AS_OF, UNTIL + 5 * HOUR_MS)
    assert signal.expires_at == signal.said_at + DOMAIN.signal_expiry


def test_only_the_queues_that_changed_are_told_once() -> None:
    board = said()
    assert board.changed() == {BILLING, Queue("acme", "orders")}
    assert board.changed() == set()
    assert board.queues() == {BILLING, Queue("acme", "orders")}
    assert board.as_of == AS_OF
    assert board.signal(Queue("acme", "nowhere")) is None


def test_tombstones_and_epochs() -> None:
    board = said()
    signal = board.signal(BILLING)
    assert signal is not None
    level = msgspec.structs.replace(_level(board), epoch=signal.epoch + 1)
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=billing", msgspec.json.encode(level), UNTIL)
    assert board.queues() == {BILLING}, "levels of an older epoch are void"
    again = board.signal(BILLING)
    assert again is not None
    assert (again.epoch, again.channels) == (signal.epoch + 1, ())
    old = msgspec.structs.replace(level, epoch=signal.epoch)
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=billing", msgspec.json.encode(old), UNTIL)
    assert board.signal(BILLING) == again
    board.changed()
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=billing", None, UNTIL)
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=never", None, UNTIL)
    board.take(Topic.ALERTS, b"x", b"{}", UNTIL)
    assert (board.queues(), board.changed()) == (set(), set())


def test_a_new_epoch_voids_the_deadlines_of_the_old_one_and_an_old_one_is_not_heard() -> None:
    board = said()
    level = msgspec.structs.replace(_level(board), epoch=7)
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=billing", msgspec.json.encode(level), UNTIL, 7)
    signal = board.signal(BILLING)
    assert signal is not None
    assert (signal.epoch, signal.next_to_breach, len(board.deadlines)) == (7, (), 0)
    old = OfflineRun(DOMAIN)
    old.feed(keyed([*map(encode, STORIES[0].events)]))
    for key, value in old.close(UNTIL).compacted[Topic.CLOCKS].items():
        board.take(Topic.CLOCKS, key, value, UNTIL, 6)
    assert len(board.deadlines) == 0


def test_what_is_none_of_ours_is_counted_and_leaves_the_rest_alone() -> None:
    board = said()
    before = board.signal(BILLING)
    board.take(Topic.CLOCKS, b"acme:x", b"no json", UNTIL)
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=\xff", b"{}", UNTIL)
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=billing", b"no json", UNTIL)
    everything = msgspec.structs.replace(_level(board), segment={})
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=none", msgspec.json.encode(everything), UNTIL)
    assert board.signal(BILLING) == before
    assert board.unreadable == 4


def test_a_channel_that_is_gone_leaves_the_signal() -> None:
    board = said()
    board.changed()
    board.take(Topic.SERVICE_LEVELS, b"acme|channel=chat,queue=billing", None, UNTIL)
    assert board.changed() == {BILLING}
    signal = board.signal(BILLING)
    assert signal is not None
    assert [fit.channel for fit in signal.channels] == ["email"]


def test_a_queue_about_which_little_was_said() -> None:
    board = RoutingBoard(TimeMode.LIVE)
    bare = ServiceLevel(tenant="acme", segment={"queue": "billing"}, as_of=1, expires_at=61, epoch=0, windows={}, work={})
    channel = msgspec.structs.replace(bare, segment={"queue": "billing", "channel": "chat"})
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=billing", msgspec.json.encode(bare), 1)
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=billing,channel=chat", msgspec.json.encode(channel), 1)
    board.take(Topic.SERVICE_LEVELS, b"acme|", msgspec.json.encode(bare), 1)
    signal = board.signal(BILLING)
    assert signal is not None
    assert (signal.waiting, signal.oldest_at, signal.pressure.share_ppm, signal.pressure.next_breach_at) == (0, None, None, None)
    assert [(fit.channel, fit.within_ppm, fit.first_reply_p90_ms) for fit in signal.channels] == [("chat", None, None)]


def test_level_wait_and_hours_are_those_of_the_service_level() -> None:
    board = said()
    wait = ExpectedWait(told_at=1, p50_ms=60_000, p90_ms=None, replies=9, waiting=2, words="")
    standing = LevelStanding(level=3, levels=5, name="average", group="live", window="1d", measures=(), words="")
    opening = Opening(open=False, opens_at=5, closes_at=None, instead={"chat": "email"}, summary="closed")
    level = msgspec.structs.replace(_level(board), level=standing, expected_wait=wait, opening=opening)
    board.take(Topic.SERVICE_LEVELS, b"acme|queue=billing", msgspec.json.encode(level), UNTIL)
    chat = msgspec.structs.replace(level, segment={"queue": "billing", "channel": "chat"})
    board.take(Topic.SERVICE_LEVELS, b"acme|channel=chat,queue=billing", msgspec.json.encode(chat), UNTIL)
    signal = board.signal(BILLING)
    assert signal is not None
    fits = {fit.channel: (fit.level, fit.expected_wait_ms, fit.expected_wait_p90_ms) for fit in signal.channels}
    assert fits == {"chat": (3, 60_000, None), "email": (None, None, None)}
    assert (signal.level, signal.levels, signal.expected_wait_ms, signal.expected_wait_p90_ms) == (3, 5, 60_000, None)
    assert signal.opening == opening


def _level(board: RoutingBoard) -> ServiceLevel:
    assert BILLING in board.queues()
    return board._queues[BILLING].level
