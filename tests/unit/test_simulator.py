"""The simulated centre: the same seed tells the same story, of the rates and troubles that were asked for."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from importlib import resources

import msgspec
import pytest

from agents.simulator import CENTRE, Centre, Disorder, Jump, QueueProfile, lines, simulate
from agents.simulator.centre import ALWAYS, load
from agents.simulator.staff import Desk, Work, plan
from pipeline.codec import decode
from pipeline.config import Domain
from pipeline.events import CUSTOMER_EVENTS, ActorKind, Channel, Event, EventType, MessageKind, Status, Visibility
from pipeline.hours import Weekday

MONDAY = 1_772_409_600_000
"""2026-03-02T00:00:00Z."""
HOUR = 3_600_000
Story = list[tuple[int, Event]]


def story(centre: Centre = CENTRE, seed: int = 1, hours: int = 48) -> Story:
    return list(simulate(centre, seed, MONDAY, hours * HOUR))


def told(**changes: object) -> Centre:
    return msgspec.structs.replace(CENTRE, **changes)


@pytest.fixture(scope="module")
def week() -> Story:
    return story(hours=168)


@pytest.fixture(scope="module")
def usual() -> Story:
    """A Monday and most of a Tuesday without a jump."""
    return story(hours=42)


def first_replies(events: Story, queue: str) -> list[tuple[int, int]]:
    """(time of the reply, wait) of tickets that customers opened in the queue."""
    opened: dict[str, int] = {}
    waits = []
    for at, event in events:
        if event.type is EventType.CREATED and event.created_by is ActorKind.CUSTOMER and event.queue == queue:
            opened[event.ticket_id] = at
        elif event.counts_as_reply and event.ticket_id in opened:
            waits.append((at, at - opened.pop(event.ticket_id)))
    return waits


def mean_minutes(waits: list[tuple[int, int]], since_hour: int, until_hour: int) -> float:
    chosen = [wait for at, wait in waits if since_hour * HOUR <= at - MONDAY < until_hour * HOUR]
    assert len(chosen) >= 10
    return sum(chosen) / len(chosen) / 60_000


def test_the_same_seed_tells_the_same_story() -> None:
    assert story(hours=10) == story(hours=10)


def test_another_seed_tells_another_one() -> None:
    assert story(hours=10) != story(seed=2, hours=10)


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    short = story(hours=10)
    assert story(hours=20)[: len(short)] == short


def test_every_kind_of_event_happens(week: Story) -> None:
    assert {event.type for _, event in week} == set(EventType) - {EventType.CLOCK_PASSED, *CUSTOMER_EVENTS}


def test_every_kind_of_actor_status_and_message_happens(week: Story) -> None:
    events = [event for _, event in week]
    assert {event.actor for event in events} == set(ActorKind) - {ActorKind.UNKNOWN}
    assert {event.status for event in events} == set(Status)
    kinds = {event.message_kind for event in events} - {None}
    assert kinds == {MessageKind.REPLY, MessageKind.NOTE, MessageKind.AUTOREPLY, MessageKind.SURVEY, MessageKind.VOICE}


def test_notes_are_internal_and_bots_are_no_repliers(week: Story) -> None:
    for _, event in week:
        if event.message_kind is MessageKind.NOTE:
            assert event.visibility is Visibility.INTERNAL
        if event.counts_as_reply:
            assert event.actor is ActorKind.RESPONDER


def test_tickets_come_at_the_rate_asked_for(week: Story) -> None:
    created = Counter(event.queue for _, event in week if event.type is EventType.CREATED)
    for queue in CENTRE.queues:
        closed_live = 0.3  # callers and chatters who find nobody stay away
        assert (1 - closed_live) * queue.tickets_per_hour < created[queue.name] / 168 < 1.1 * queue.tickets_per_hour
    assert set(created) == {queue.name for queue in CENTRE.queues}


def test_load_is_relative_to_the_mean_and_peaks_on_monday_morning() -> None:
    assert sum(load(hour) for hour in range(168)) == pytest.approx(168)
    assert max(range(168), key=load) == 10


def test_nobody_replies_while_a_queue_is_closed(week: Story) -> None:
    # billing is closed on Sunday, but its lead may write to customers first.
    replies = [(at, event) for at, event in week if event.counts_as_reply and event.queue == "billing"]
    sunday = [event for at, event in replies if at - MONDAY >= 143 * HOUR and event.assignee != "billing-lead"]
    assert replies
    assert sunday == []


def test_time_never_goes_back_and_ids_are_distinct(week: Story) -> None:
    arrivals = [at for at, _ in week]
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] < MONDAY + 168 * HOUR
    assert len({event.id for _, event in week}) == len(week)


def test_a_tickets_events_are_numbered_in_order(week: Story) -> None:
    numbers: dict[str, list[int]] = defaultdict(list)
    for _, event in week:
        numbers[event.ticket_id].append(event.sequence)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


@pytest.mark.parametrize("queue", ["technical", "orders"])
def test_a_jump_shows_in_the_raw_data(queue: str, usual: Story) -> None:
    jump = Jump(queue=queue, at_ms=37 * HOUR, duration_ms=HOUR * 3 // 2)
    before = first_replies(usual, queue)
    struck = first_replies(story(told(jumps=(jump,)), hours=42), queue)
    assert mean_minutes(struck, 37, 39) > 2 * mean_minutes(before, 37, 39)
    assert mean_minutes(struck, 30, 37) == mean_minutes(before, 30, 37)


def test_a_jump_leaves_the_arrival_of_tickets_alone(usual: Story) -> None:
    def created(events: Story) -> list[tuple[int, str, str, Channel | None]]:
        return [(at, e.ticket_id, e.queue or "", e.channel) for at, e in events if e.type is EventType.CREATED]

    jump = Jump(queue="orders", at_ms=34 * HOUR)
    assert created(story(told(jumps=(jump,)), hours=42)) == created(usual)


def test_a_jump_in_no_queue_is_refused() -> None:
    with pytest.raises(ValueError, match="no queue 'sales'; the queues are orders, billing"):
        story(told(jumps=(Jump(queue="sales", at_ms=0),)))


class TestDisorder:
    def test_copies_and_delays_lose_nothing(self) -> None:
        plain = {event.id: event for _, event in story(hours=12)}
        disturbed = story(told(disorder=Disorder(duplicates=0.05, delayed=0.05)), hours=12)
        assert {event.id for _, event in disturbed} == set(plain)
        copies = len(disturbed) - len(plain)
        assert 0.03 * len(plain) < copies < 0.07 * len(plain)
        assert {event.id: msgspec.structs.replace(event, ingested_at=None) for _, event in disturbed} == plain

    def test_delays_put_events_out_of_order(self) -> None:
        disturbed = story(told(disorder=Disorder(delayed=0.05)), hours=12)
        arrivals = [at for at, _ in disturbed]
        assert arrivals == sorted(arrivals)
        late = [event for at, event in disturbed if event.occurred_at < at]
        assert 0.03 * len(disturbed) < len(late) < 0.07 * len(disturbed)
        assert all(event.ingested_at == at for at, event in disturbed if event.occurred_at < at)

    def test_malformed_lines_come_beside_the_events(self) -> None:
        events = story(hours=12)
        records = list(lines(iter(events), Disorder(malformed=0.02), seed=1))
        bad = [value for _, key, value in records if key is None]
        assert 0.01 * len(events) < len(bad) < 0.03 * len(events)
        assert not any(isinstance(decode(value, appended_at=MONDAY), Event) for value in bad)
        good = [decode(value, appended_at=at) for at, key, value in records if key is not None]
        assert good == [event for _, event in events]


class TestDesk:
    def test_first_in_first_out_but_those_who_sit_and_wait_first(self) -> None:
        desk = Desk("q")
        later, second, live = Work("q", 1), Work("q", 1), Work("q", 1, live=True)
        for work in (later, second, live):
            desk.put(work)
        desk.capacity = 3
        assert [desk.take(), desk.take(), desk.take(), desk.take()] == [(live, 1), (later, 2), (second, 3), None]

    def test_responders_do_not_take_more_than_they_are(self) -> None:
        desk = Desk("q")
        desk.capacity = 1
        one, two = Work("q", 1), Work("q", 1)
        desk.put(one)
        desk.put(two)
        assert desk.take() == (one, 1)
        assert desk.take() is None
        desk.release(1)
        assert desk.take() == (two, 1)

    def test_who_has_given_up_is_passed_over(self) -> None:
        desk = Desk("q")
        desk.capacity = 1
        gone, here = Work("q", 1), Work("q", 1)
        desk.put(gone)
        desk.put(here)
        gone.done = True
        assert desk.take() == (here, 1)


@pytest.mark.parametrize("queue", CENTRE.queues, ids=lambda queue: queue.name)
def test_staff_is_planned_while_open_only(queue: QueueProfile) -> None:
    planned = plan(queue)
    assert all((planned[hour] > 0) == queue.is_open(hour) for hour in range(168))


class TestDemoDomain:
    """`pipeline/defaults/demo.toml` describes the centre that is simulated."""

    @pytest.fixture(scope="class")
    @staticmethod
    def domain() -> Domain:
        text = resources.files("pipeline").joinpath("defaults", "demo.toml").read_text(encoding="utf-8")
        return Domain.model_validate(tomllib.loads(text)["domain"])

    @pytest.mark.parametrize("queue", CENTRE.queues, ids=lambda queue: queue.name)
    def test_each_queues_calendar_has_its_hours(self, domain: Domain, queue: QueueProfile) -> None:
        calendar = domain.calendars[domain.queue_calendars.get(queue.name, domain.default_calendar)]
        if not calendar.hours:
            assert queue.hours == ALWAYS
            return
        assert calendar.zone == CENTRE.zone
        shown = [
            next(((interval.since.hour, interval.until.hour) for interval in calendar.hours.get(day, ())), None)
            for day in Weekday
        ]
        assert shown == list(queue.hours)

    def test_it_is_the_zone_of_the_centre(self, domain: Domain) -> None:
        assert domain.zone == CENTRE.zone
