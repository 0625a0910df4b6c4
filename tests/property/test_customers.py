"""Customers against the oracle: any lives, any order of arrival, duplicates, any cuts, interleavings and restarts."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import SecretStr

from pipeline.config import Domain
from pipeline.engine import TimeMode, Topic
from pipeline.events import Event, EventType
from pipeline.relations import CustomersModel
from tests.oracle import Oracle
from tests.support.customerrun import CustomerRun
from tests.support.effort import examples
from tests.support.lives import DAY_MS, HOUR_MS, TENANTS, TIERS, UNTIL_MS
from tests.support.strategies import logs

SALT = SecretStr("a salt for tests only")
END_MS = UNTIL_MS + 2 * DAY_MS + 7
REQUESTERS = ("ann", "ann", "ann", "bob", "")
"""Mostly the same one: what happens between tickets needs customers with several."""
thorough = settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def domains(draw: st.DrawFn) -> Domain:
    spans = st.sampled_from((0, HOUR_MS, 3 * DAY_MS, 30 * DAY_MS))
    return Domain(
        dimensions=draw(st.sampled_from((("queue", "channel", "priority"), ("queue", "topic", "customer_tier"), ("channel",)))),
        segments=((),),
        jump={"segments": ((),)},  # type: ignore[arg-type]  # pydantic takes a table
        topics=draw(st.sampled_from(({}, {"money": ("refund",), "faults": ("bug", "vip")}))),
        customers=CustomersModel(salt=SALT, horizon=draw(spans), journey_gap=draw(spans), retention=400 * DAY_MS),
        reopen_horizon=400 * DAY_MS,
    )


@st.composite
def customer_logs(draw: st.DrawFn) -> list[Event]:
    """Draw lives whose events name customers now and then, and what the customer register said meanwhile."""
    random = draw(st.randoms(use_true_random=False))
    events = [_named(event, random) for event in draw(logs(max_tickets=7, max_steps=4))]
    for number in range(random.randint(0, 6)):
        at_ms = random.randint(UNTIL_MS - 60 * DAY_MS, UNTIL_MS)
        kind = random.choice((EventType.CUSTOMER_WON, EventType.CUSTOMER_LOST))
        who, tier = random.choice(REQUESTERS[:4]), random.choice((None, *TIERS))
        tenant = random.choice(TENANTS)
        about = Event(
            type=kind, id=f"r{number}", tenant=tenant, ticket_id="", occurred_at=at_ms, requester=who, customer_tier=tier
        )
        events.append(about)
    return sorted(events, key=lambda event: event.occurred_at)


def _named(event: Event, random: Random) -> Event:
    if event.type is EventType.CREATED or random.random() < 0.15:
        event = replace(event, requester=random.choice(REQUESTERS))
    return replace(event, tenant=TENANTS[0]) if event.ticket_id < "T5" else event


def agree(run: CustomerRun, domain: Domain, log: Sequence[Event]) -> None:
    truth = Oracle(domain).run(log, END_MS)
    assert run.sums.plain_codes() == truth.codes()
    assert run.sums.plain_work() == truth.work_starts()
    assert {key: repeat.repeats for key, repeat in run.repeats.items()} == truth.customers.repeats
    assert run.sums.dead == []


@thorough
@given(domains(), customer_logs(), st.integers(0, 1 << 16), st.booleans())
def test_any_cuts_interleavings_and_restarts_give_the_oracles_numbers(
    domain: Domain, log: list[Event], seed: int, restarts: bool
) -> None:
    run = CustomerRun(domain, seed=seed, restarts=restarts)
    run.run(log, END_MS)
    agree(run, domain, log)


@thorough
@given(domains(), customer_logs(), st.randoms(use_true_random=False), st.sampled_from(TimeMode))
def test_any_order_of_arrival_and_any_duplicates_give_the_same_numbers(
    domain: Domain, log: list[Event], random: Random, time: TimeMode
) -> None:
    arrived = [*log, *random.choices(log, k=len(log) // 3)]
    random.shuffle(arrived)
    run = CustomerRun(domain, time=time, seed=random.randint(0, 1 << 16))
    run.run(arrived, END_MS, appended_at=UNTIL_MS)
    agree(run, domain, log)


@thorough
@given(domains(), customer_logs(), st.integers(1, 1 << 16))
def test_what_is_said_in_event_time_depends_on_the_log_alone(domain: Domain, log: list[Event], seed: int) -> None:
    one, other = CustomerRun(domain, seed=0), CustomerRun(domain, seed=seed, restarts=True)
    for run in (one, other):
        run.run(log, END_MS)
    assert said(one) == said(other)


def said(run: CustomerRun) -> list[tuple[bytes | None, bytes | None]]:
    """Return what was said of repeats, in the order of each key."""
    emits = [(emit.key, emit.value) for emit in run.said if emit.topic is Topic.REPEATS]
    return sorted(emits, key=lambda emit: emit[0] or b"")
