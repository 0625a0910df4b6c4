"""The story of the demo: two Wednesdays, one of them with a queue that nobody answers."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from agents.demo import story
from agents.eventlog import Arrival
from agents.simulator import CENTRE, simulate
from pipeline.codec import decode
from pipeline.config import HOUR_MS, MINUTE_MS
from pipeline.events import Event, EventType
from pipeline.timestamps import LATEST_MS


def event_of(arrival: Arrival) -> Event:
    event = decode(arrival.value, appended_at=LATEST_MS)
    assert isinstance(event, Event)
    return event


@pytest.fixture(scope="module")
def parts() -> tuple[list[Arrival], list[Arrival]]:
    before, live = story.split(story.told(1), story.LIVE_MS)
    return before, list(itertools.takewhile(lambda arrival: arrival.at_ms < story.LIVE_MS + 2 * HOUR_MS, live))


def test_the_past_is_told_before_the_live_part_in_order(parts: tuple[list[Arrival], list[Arrival]]) -> None:
    before, live = parts
    times = [arrival.at_ms for arrival in before + live]
    assert times == sorted(times)
    assert before[0].at_ms >= story.LAST_WEEK_MS
    assert before[-1].at_ms < story.LIVE_MS <= live[0].at_ms


def test_tickets_of_last_week_began_in_its_hours_and_are_none_of_this_weeks(
    parts: tuple[list[Arrival], list[Arrival]],
) -> None:
    created = {}
    for arrival in itertools.chain(*parts):
        event = event_of(arrival)
        assert created.setdefault(event.ticket_id, arrival.at_ms) <= arrival.at_ms
        assert arrival.key == f"demo:{event.ticket_id}".encode()
    last = [at for ticket, at in created.items() if ticket.startswith("L")]
    this = [at for ticket, at in created.items() if not ticket.startswith("L")]
    assert story.LAST_WEEK_MS <= min(last) < max(last) < story.LAST_WEEK_MS + story.LAST_WEEK_LENGTH_MS
    assert min(this) >= story.THIS_WEEK_MS


def test_no_event_is_told_twice_and_mergers_point_at_their_own_week(parts: tuple[list[Arrival], list[Arrival]]) -> None:
    events = [event_of(arrival) for arrival in itertools.chain(*parts)]
    assert max(Counter(event.id for event in events).values()) == 1
    merged = [event for event in events if event.type is EventType.MERGED]
    assert merged
    assert all((event.merged_into or "").startswith("L") == event.ticket_id.startswith("L") for event in merged)


def test_nobody_answers_the_queue_while_it_is_jumping(parts: tuple[list[Arrival], list[Arrival]]) -> None:
    picked_up = Counter(
        arrival.at_ms >= story.JUMP_AT_MS
        for arrival in parts[1]
        for event in [event_of(arrival)]
        if event.queue == story.JUMP_QUEUE and event.type is EventType.ASSIGNEE_CHANGED and event.assignee
        if story.JUMP_AT_MS - 3 * MINUTE_MS <= arrival.at_ms < story.JUMP_AT_MS + HOUR_MS
    )
    assert picked_up[True] == 0
    elsewhere = [arrival for arrival in parts[1] if event_of(arrival).queue == "orders"]
    assert len(elsewhere) > 100


def test_seeds_differ_and_repeat() -> None:
    first = list(itertools.islice(story.told(1), 500))
    assert first == list(itertools.islice(story.told(1), 500))
    assert first != list(itertools.islice(story.told(2), 500))


def test_begun_before_keeps_a_ticket_to_its_end() -> None:
    middle = story.LAST_WEEK_MS + HOUR_MS // 2
    events = list(simulate(CENTRE, 1, story.LAST_WEEK_MS, HOUR_MS))
    kept = list(story.begun_before(events, middle))
    tickets = {event.ticket_id for at_ms, event in events if at_ms < middle}
    assert kept == [(at_ms, event) for at_ms, event in events if event.ticket_id in tickets]
    assert any(at_ms >= middle for at_ms, _ in kept)
    assert len(kept) < len(events)


def test_how_much_has_been_learnt() -> None:
    assert story.learnt_percent(0) == 0
    assert story.learnt_percent(story.LAST_WEEK_MS + story.LAST_WEEK_LENGTH_MS) == 70
    assert story.learnt_percent(story.THIS_WEEK_MS) == 70
    assert story.learnt_percent(story.LIVE_MS) == story.learnt_percent(story.LIVE_MS + HOUR_MS) == 100
