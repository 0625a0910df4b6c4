"""The oracle against numbers worked out by hand, and its calendar against the wall clock asked minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.verification.oracle.calendar import OpeningHours
from agents.verification.oracle.numbers import Bounds, edge_index, mean, quantile, window, within_ppm
from pipeline.config import Domain, JumpModel, SlaMeasure
from pipeline.events import CUSTOMER_EVENTS, Event, EventType
from pipeline.hours import CalendarModel, Interval, Weekday
from pipeline.measures import EDGES, Measure, Work, base
from pipeline.policy import CycleModel
from tests.oracle import Firing, JumpOracle, Oracle
from tests.support.effort import examples
from tests.support.lives import SINCE_MS, UNTIL_MS, disorder, duplicate, lives
from tests.support.scenarios import SCENARIOS, Scenario
from tests.support.story import Story, utc
from tests.support.strategies import calendars, domains, logs

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.rule)
def test_oracle_agrees_with_the_numbers_worked_out_by_hand(scenario: Scenario) -> None:
    result = Oracle(scenario.domain).run(scenario.events, scenario.until_ms)
    for measure, values in scenario.values.items():
        assert [value for ticket in result.tickets.values() for value in ticket.values(measure)] == values, measure
    for measure, leaves in scenario.leaves.items():
        assert [fact.leaf for fact in result.facts(measure)] == leaves, measure
    verdicts = [(o.measure, o.instance, o.met, o.at_ms) for outcomes in result.outcomes().values() for o in outcomes]
    assert sorted(verdicts) == sorted((m, number, word == "met", utc(at)) for m, number, word, at in scenario.verdicts)
    if scenario.work is not None:
        found = {kind: result.work(kind) for kind in Work}
        assert {kind: starts for kind, starts in found.items() if starts} == {
            kind: [utc(start) for start in starts] for kind, starts in scenario.work.items()
        }


def test_rules_are_named_once() -> None:
    names = [scenario.rule for scenario in SCENARIOS]
    assert len(names) == len(set(names))
    assert len(names) >= 25


def _open_by_wall_clock(model: CalendarModel, minute_ms: int) -> bool:
    wall = datetime.fromtimestamp(minute_ms / 1000, UTC).astimezone(ZoneInfo(model.zone))

    def intervals(day: date) -> tuple[Interval, ...]:
        if day in model.special:
            return model.special[day]
        everything = (Interval(since=time(0), until=time(0)),)
        hours = ([model.hours] + [version.hours for version in model.versions if version.since <= day])[-1]
        return hours.get(list(Weekday)[day.weekday()], ()) if hours else everything

    today = any(i.since <= wall.time() and (wall.time() < i.until or i.until <= i.since) for i in intervals(wall.date()))
    return today or any(i.until <= i.since and wall.time() < i.until for i in intervals(wall.date() - timedelta(days=1)))


@settings(max_examples=examples(40), deadline=None)
@given(calendars(), st.integers(0, 55), st.integers(1, 2 * 24 * 60))
def test_calendar_counts_what_the_wall_clock_says_minute_by_minute(model: CalendarModel, day: int, minutes: int) -> None:
    since = SINCE_MS + day * DAY
    hours = OpeningHours("x", model)
    opened = [minute for minute in range(since, since + minutes * MINUTE, MINUTE) if _open_by_wall_clock(model, minute)]
    assert hours.elapsed(since, since + minutes * MINUTE) == len(opened) * MINUTE
    if opened:
        # The last open millisecond is reached at its end, and half a minute in the middle of the minute.
        assert hours.reach(since, len(opened) * MINUTE, UNTIL_MS) == opened[-1] + MINUTE
        assert hours.reach(since, (len(opened) - 1) * MINUTE + MINUTE // 2, UNTIL_MS) == opened[-1] + MINUTE // 2


def test_a_calendar_that_does_not_open_in_time_reaches_nothing() -> None:
    hours = OpeningHours("x", CalendarModel(hours={Weekday.MON: (Interval(since=time(9), until=time(17)),)}))
    tuesday, sunday = SINCE_MS + DAY, SINCE_MS + 6 * DAY
    assert hours.reach(tuesday, 1, sunday) is None
    assert hours.reach(tuesday, 0, sunday) == tuesday
    assert hours.elapsed(tuesday, sunday) == 0


def test_windows_end_with_the_minute_or_the_zones_hour() -> None:
    at = utc("2026-03-02 10:20:30.500")
    assert window(Domain(), HOUR, at) == Bounds(utc("2026-03-02 09:21"), utc("2026-03-02 10:21"))
    assert window(Domain(), 7 * DAY, at) == Bounds(utc("2026-02-23 11:00"), utc("2026-03-02 11:00"))
    assert window(Domain(zone="Asia/Kolkata"), 7 * DAY, at).until_ms == utc("2026-03-02 10:30")  # 16:00 there
    assert window(Domain(), HOUR, at).earlier(7 * DAY).since_ms == utc("2026-02-23 09:21")


def test_means_quantiles_shares_and_edges_are_those_of_the_page() -> None:
    assert mean([1, 2, 4]) == 2
    assert mean([]) is None
    assert [quantile([10, 20, 30, 40], q) for q in (1, 250, 251, 500, 900, 1000)] == [10, 10, 20, 20, 40, 40]
    assert quantile([], 500) is None
    assert within_ppm(2, 1) == 666_666
    assert within_ppm(0, 0) is None
    assert [edge_index((10, 20), value) for value in (0, 10, 11, 20, 21)] == [0, 0, 1, 1, 2]


def test_codes_add_up_to_counts_and_sums() -> None:
    domain = Domain(edges=(MINUTE, HOUR))
    story = Story().created("2026-03-02 09:00").reply("2026-03-02 09:01")
    codes = Oracle(domain).run(story.events, utc("2026-03-02 10:00")).codes()
    leaf = ("", "", "normal")
    assert codes["acme", leaf, utc("2026-03-02 09:00") // MINUTE] == {base(Measure.CREATED): 1}
    cell = codes["acme", leaf, utc("2026-03-02 09:01") // MINUTE]
    assert cell[base(Measure.FIRST_REPLY)] == MINUTE
    assert cell[base(Measure.FIRST_REPLY) + EDGES] == 1
    assert cell[base(Measure.REPLIES)] == 1


@settings(max_examples=examples(30), deadline=None)
@given(domains(), logs(), st.randoms(use_true_random=False), st.integers(0, 99))
def test_arrival_order_and_duplicates_change_no_number(domain: Domain, log: list[Event], random: Random, seed: int) -> None:
    shuffled = duplicate(log, 0.3, seed)
    random.shuffle(shuffled)
    first, second = Oracle(domain).run(log, UNTIL_MS), Oracle(domain).run(shuffled, UNTIL_MS)
    assert first.cells() == second.cells()
    assert first.work_starts() == second.work_starts()
    assert first.breaches() == second.breaches()
    assert second.duplicates == len(shuffled) - len(log)


@settings(max_examples=examples(30), deadline=None)
@given(domains(), logs())
def test_every_clock_has_at_most_one_outcome_and_every_wait_one_end(domain: Domain, log: list[Event]) -> None:
    result = Oracle(domain).run(log, UNTIL_MS)
    for ticket in result.tickets.values():
        clocks = [(outcome.measure, outcome.instance) for outcome in ticket.outcomes]
        assert len(clocks) == len(set(clocks))
        assert sum(wait.end_ms is None for wait in ticket.waits) <= 1
        if domain.cycles == CycleModel():  # else a reopening may begin a new cycle, with a first reply of its own
            assert sum(wait.first for wait in ticket.waits) <= 1
            assert len(ticket.values(Measure.FIRST_REPLY)) <= 1
        assert len(ticket.values(Measure.FULL_RESOLUTION)) <= 1
        assert len(ticket.values(Measure.CREATED)) == (0 if ticket.resumed else 1)


def test_lives_are_the_same_for_the_same_seed_and_cover_every_kind_of_event() -> None:
    events = lives(400, seed=1)
    assert events == lives(400, seed=1)
    assert events != lives(400, seed=2)
    assert {event.type for event in events} == set(EventType) - {EventType.CLOCK_PASSED, *CUSTOMER_EVENTS}
    times = [event.occurred_at for event in events]
    assert times == sorted(times)
    assert len({(event.tenant, event.source, event.id) for event in events}) == len(events)


def test_disorder_delays_a_share_and_duplicate_repeats_one() -> None:
    events = lives(300, seed=3)
    late = disorder(events, 0.05, HOUR, seed=4)
    moved = sum(event.ingested_at != event.occurred_at for event in late)
    assert 0.02 < moved / len(late) < 0.09
    assert [e.id for e in late] != [e.id for e in events]
    assert sorted(e.id for e in late) == sorted(e.id for e in events)
    assert all(0 <= (e.ingested_at or 0) - e.occurred_at <= HOUR for e in late)
    twice = duplicate(events, 0.05, seed=5)
    assert 0.02 < (len(twice) - len(events)) / len(events) < 0.09


def _steady(count: int, wait_ms: int, since: int, every_ms: int, name: str) -> list[Event]:
    told: list[Event] = []
    for number in range(count):
        at = since + number * every_ms
        told += Story(f"{name}{number}").created(at, queue="billing").reply(at + wait_ms).events
    return told


def test_jump_counts_customers_who_still_wait_and_fires_after_holding() -> None:
    rule = JumpModel(window=HOUR, floor=5 * MINUTE, raise_after=5 * MINUTE, clear_after=10 * MINUTE, minimum_count=5)
    domain = Domain(jump=rule)
    noon = utc("2026-03-20 12:00")
    usual = _steady(100, 4 * MINUTE, noon - DAY, 10 * MINUTE, "usual")  # all of the day before
    stuck = [e for n in range(10) for e in Story(f"stuck{n}").created(noon, queue="billing").solve(noon + 2 * HOUR).events]
    result = Oracle(domain).run(usual + stuck, noon + 6 * HOUR)
    jump = JumpOracle(result, "acme", {"queue": "billing"})

    reading = jump.read(noon + 8 * MINUTE)
    assert reading.usual_ms == 4 * MINUTE
    assert (reading.replies, reading.waiting, reading.waited_ms) == (0, 10, 80 * MINUTE)
    assert reading.now_ms == (80 + 5 * 4) * MINUTE // 5
    assert reading.holds

    ticks = range(noon, noon + 6 * HOUR, MINUTE)
    # Holds from (10 t + 20) / 5 >= 8 minutes, so t = 2. Solved unanswered at 120, which the tick after it knows: nothing is left
    # but the prior, and ten minutes later it resolves.
    assert jump.firings(ticks) == [Firing(noon + 2 * MINUTE, noon + 7 * MINUTE, noon + 131 * MINUTE)]
    assert JumpOracle(result, "acme", {"queue": "sales"}).firings(ticks) == []


def test_jump_is_silent_on_few_tickets_and_uses_the_cold_usual_without_history() -> None:
    noon = utc("2026-03-20 12:00")
    alone = Story().created(noon, queue="billing").events
    jump = JumpOracle(Oracle(Domain()).run(alone, noon + DAY), "acme", {"queue": "billing"})
    reading = jump.read(noon + 5 * HOUR)
    assert reading.usual_ms == 15 * MINUTE
    assert reading.waited_ms == HOUR  # inside the window only
    assert not reading.holds


def test_questions_by_tenant_segment_and_time() -> None:
    told = Story("A").created("2026-03-02 09:00", queue="billing").reply("2026-03-02 09:10").events
    told += Story("B", "globex").created("2026-03-02 09:00", queue="sales").reply("2026-03-02 09:30").events
    result = Oracle(Domain()).run(told, utc("2026-03-02 12:00"))
    assert result.durations(Measure.FIRST_REPLY) == [10 * MINUTE, 30 * MINUTE]
    assert result.durations(Measure.FIRST_REPLY, "globex") == [30 * MINUTE]
    assert result.durations(Measure.FIRST_REPLY, segment={"queue": "billing"}) == [10 * MINUTE]
    assert result.count(Measure.REPLIES, since=utc("2026-03-02 09:11")) == 1
    assert result.count(Measure.REPLIES, until=utc("2026-03-02 09:10")) == 0
    assert result.sla(SlaMeasure.FIRST_REPLY) == (0, 0)
    assert ("globex", (("queue", "sales"), ("channel", ""))) in result.segments()
    with pytest.raises(ValueError, match="not in tuple"):
        result.durations(Measure.FIRST_REPLY, segment={"brand": "x"})
