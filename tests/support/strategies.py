"""Hypothesis strategies: lives of tickets, and domains that have opinions about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from pipeline.config import Condition, CycleModel, Domain, PolicyModel, SlaMeasure, Target, VipModel
from pipeline.events import Channel, Event, Priority
from pipeline.hours import CalendarModel, FallbackModel, Interval, Weekday, WeekModel
from pipeline.measures import Clock
from pipeline.policy import TeamGoal
from tests.support.lives import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    OPEN_STATUSES,
    QUEUES,
    SECOND_MS,
    SINCE_MS,
    TAGS,
    TEAMS,
    TENANTS,
    TIERS,
    Opening,
    Step,
    StepKind,
    live,
)

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia")
"""With DST changes in March and April 2026 in both directions, half hours among them, and with none."""

TO_CUSTOMERS = tuple(measure for measure in SlaMeasure if measure is not SlaMeasure.TEAM_TIME)

_GAPS = st.one_of(
    st.just(0),
    st.integers(1, 90 * SECOND_MS),
    st.integers(1, 24 * 4).map(lambda quarters: quarters * 15 * MINUTE_MS),
    st.integers(1, 3 * DAY_MS),
)
_MOMENTS = st.integers(SINCE_MS // HOUR_MS, SINCE_MS // HOUR_MS + 40 * 24).map(
    lambda hours: datetime.fromtimestamp(hours * 3600, UTC)
)
_STEPS = st.builds(Step, st.sampled_from(StepKind), _GAPS, st.integers(0, 1 << 16))
_OPENINGS = st.builds(
    Opening,
    st.integers(SINCE_MS // MINUTE_MS, (SINCE_MS + 35 * DAY_MS) // MINUTE_MS).map(lambda m: m * MINUTE_MS),
    st.integers(0, 1 << 16),
)


def ticket_lives(ticket_id: str = "T1", max_steps: int = 14) -> st.SearchStrategy[list[Event]]:
    """Draw one ticket's events in the order of their times: never empty, at most `max_steps` steps."""
    return st.builds(
        live, st.sampled_from(TENANTS), st.just(ticket_id), _OPENINGS, st.lists(_STEPS, min_size=1, max_size=max_steps)
    ).filter(bool)


def logs(max_tickets: int = 5, max_steps: int = 8) -> st.SearchStrategy[list[Event]]:
    """Draw several tickets' events in one order of time."""
    many = st.integers(1, max_tickets).flatmap(lambda n: st.tuples(*(ticket_lives(f"T{i}", max_steps) for i in range(n))))
    return many.map(lambda tickets: sorted((e for life in tickets for e in life), key=lambda event: event.occurred_at))


def calendars() -> st.SearchStrategy[CalendarModel]:
    """Draw a calendar: none to three intervals a day, over midnight too, holidays and special hours."""
    walls = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))
    intervals = st.lists(st.builds(Interval, since=walls, until=walls), max_size=3).map(tuple)
    dates = st.integers(0, 60).map(lambda days: date(2026, 3, 1) + timedelta(days=days))
    weeks = st.one_of(
        st.just({}),
        st.dictionaries(st.sampled_from(Weekday), intervals, max_size=7).filter(lambda hours: any(hours.values())),
    )
    return st.builds(
        CalendarModel,
        zone=st.sampled_from(ZONES),
        hours=weeks,
        special=st.dictionaries(dates, intervals, max_size=4),
        versions=st.lists(st.builds(WeekModel, since=dates, hours=weeks), max_size=2, unique_by=lambda week: week.since).map(
            lambda versions: tuple(sorted(versions, key=lambda week: week.since))
        ),
    )


def fallbacks(calendar_names: Sequence[str]) -> st.SearchStrategy[tuple[FallbackModel, ...]]:
    """Draw what holds for closed channels; often nothing."""
    pairs = st.sampled_from(((Channel.CHAT, Channel.EMAIL), (Channel.EMAIL, Channel.CHAT), (Channel.CHAT, Channel.PHONE)))
    queues = st.one_of(st.just(()), st.lists(st.sampled_from(QUEUES), min_size=1, max_size=2, unique=True).map(tuple))
    one = st.builds(
        lambda pair, queues, calendar: FallbackModel(channel=pair[0], to=pair[1], queues=queues, calendar=calendar),
        pairs,
        queues,
        st.sampled_from(("", *calendar_names)),
    )
    return st.one_of(st.just(()), st.lists(one, max_size=2).map(tuple))


def targets(measures: Sequence[SlaMeasure] = TO_CUSTOMERS) -> st.SearchStrategy[Target]:
    """Draw a promise about one of these measures."""
    limits = st.one_of(
        st.integers(0, 90 * SECOND_MS),
        st.sampled_from((15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, DAY_MS)),
        st.integers(1, 3 * DAY_MS),
    )
    return st.builds(
        Target,
        measure=st.sampled_from(measures),
        within=st.dictionaries(st.sampled_from(Priority), limits, min_size=1, max_size=4),
        clock=st.sampled_from(Clock),
        at_risk=st.sampled_from(((), (0.75,), (0.5, 0.75, 0.9), (0.333,))),
        at_risk_before=st.sampled_from(((), (), (1,), (HOUR_MS, 30 * SECOND_MS))),
        until=st.sampled_from(TeamGoal),
        pauses=st.one_of(st.none(), st.lists(st.sampled_from(OPEN_STATUSES), max_size=3, unique=True).map(tuple)),
    ).map(_without_contradictions)


def _without_contradictions(target: Target) -> Target:
    """Take away what no configuration may ask for: pauses of a first reply, warnings longer than every limit."""
    longest = max(target.within.values())
    return target.model_copy(
        update={
            "pauses": None if target.measure is SlaMeasure.FIRST_REPLY else target.pauses,
            "until": target.until if target.measure is SlaMeasure.TEAM_TIME else TeamGoal.HANDED_ON,
            "at_risk_before": tuple(before for before in target.at_risk_before if before < longest),
        }
    )


def conditions() -> st.SearchStrategy[Condition]:
    """Draw a policy's condition; often none."""

    def some(values: tuple[Any, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
        return st.one_of(
            st.just(()), st.just(()), st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)
        )

    return st.builds(
        Condition,
        tenants=some(TENANTS),
        queues=some(QUEUES),
        channels=some((Channel.EMAIL, Channel.CHAT)),
        priorities=some(tuple(Priority)),
        teams=some(TEAMS),
        customer_tiers=some(TIERS),
        tags=some(TAGS[:2]),
        excluded_tags=some(TAGS[2:]),
        vip=st.sampled_from((None, None, None, True, False)),
    )


@st.composite
def policies(draw: st.DrawFn, measures: Sequence[SlaMeasure] = TO_CUSTOMERS) -> tuple[PolicyModel, ...]:
    """Draw up to three policies with up to six promises each, some of them in several versions, in any order."""
    found: list[PolicyModel] = []
    for number in range(draw(st.integers(0, 3))):
        changes = sorted(draw(st.lists(_MOMENTS, max_size=2, unique=True)))
        begins = [None, *changes] if draw(st.booleans()) or not changes else changes
        ends = draw(st.one_of(st.none(), st.none(), _MOMENTS))
        if ends is not None and begins[-1] is not None and ends <= begins[-1]:
            ends = None
        found += [
            PolicyModel(
                name=f"policy-{number}",
                version=version,
                effective_from=begin,
                effective_until=ends if version == len(begins) else None,
                when=draw(conditions()),
                targets=tuple(draw(st.lists(targets(measures), max_size=6, unique_by=lambda target: target.measure))),
            )
            for version, begin in enumerate(begins, 1)
        ]
    return tuple(draw(st.permutations(found)))


@st.composite
def domains(draw: st.DrawFn) -> Domain:
    """Draw a configuration: two calendars, a rule book, and who is a VIP customer."""
    named = {"always": CalendarModel(), "one": draw(calendars()), "two": draw(calendars())}
    return Domain(
        zone=draw(st.sampled_from(ZONES)),
        dimensions=("queue", "channel", "priority", *draw(st.sampled_from(((), ("assignee", "author"))))),
        calendars=named,
        default_calendar=draw(st.sampled_from(sorted(named))),
        queue_calendars=draw(st.dictionaries(st.sampled_from(QUEUES), st.sampled_from(sorted(named)), max_size=3)),
        team_calendars=draw(st.dictionaries(st.sampled_from(TEAMS), st.sampled_from(sorted(named)), max_size=2)),
        fallbacks=draw(fallbacks(sorted(named))),
        default_priority=draw(st.sampled_from(Priority)),
        vip=VipModel(customer_tiers=("gold",), tags=draw(st.sampled_from(((), ("vip",))))),
        policies=draw(policies()),
        live_channels=draw(st.sampled_from(((), (Channel.CHAT,), (Channel.CHAT, Channel.PHONE, Channel.EMAIL)))),
        automations=draw(st.sampled_from(((), ("ben",)))),
        short_abandon=draw(st.sampled_from((0, 5_000, HOUR_MS))),
        expectations=draw(st.sampled_from(({}, {Channel.EMAIL: HOUR_MS, Channel.CHAT: 30_000, Channel.PHONE: 0}))),
        costs=draw(st.sampled_from(({}, {Channel.EMAIL: {"contact": 450}, Channel.CHAT: {"contact": 7, "minute": 85}}))),
        retract_on_relax=draw(st.booleans()),
        cycles=draw(
            st.sampled_from((CycleModel(), CycleModel(unanswered=True), CycleModel(reopen_after=DAY_MS, unanswered=True)))
        ),
        team_policies=draw(st.one_of(st.just(()), policies((SlaMeasure.TEAM_TIME,)))),
    )
