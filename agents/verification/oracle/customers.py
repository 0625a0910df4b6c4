"""Customers by brute force: every contact against every other one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agents.verification.oracle.facts import Fact, Leaf, Piece, TicketResult
from agents.verification.oracle.order import distinct, sort_key
from agents.verification.oracle.policy import Attributes
from pipeline.config import Domain
from pipeline.events import Event, EventType
from pipeline.measures import Measure, Work

ABOUT_CUSTOMERS = frozenset({EventType.CUSTOMER_WON, EventType.CUSTOMER_LOST, EventType.CUSTOMER_ERASED})
COUNTED = frozenset(
    {
        *(Measure.CONTACTS, Measure.REPEAT_CONTACTS, Measure.JOURNEYS, Measure.JOURNEYS_SWITCHED, Measure.CHANNEL_SWITCHES),
        *(Measure.FIRST_CONTACTS_SOLVED, Measure.FIRST_CONTACTS_REPEATED, Measure.FIRST_CONTACTS_FOLLOWED),
        *(Measure.CUSTOMERS_WON, Measure.CUSTOMERS_LOST),
    }
)
"""The measures of customers."""
Ticket = tuple[str, str]
"""Tenant, ticket."""


class Contact(NamedTuple):
    """What a ticket is to its customer."""

    at_ms: int
    ticket: str
    customer: tuple[str, str]
    leaf: Leaf
    channel: str
    queue: str
    topics: frozenset[str]
    solved_ms: int | None
    reopened_ms: int | None


class Customers(NamedTuple):
    """What customers add to the numbers."""

    facts: list[tuple[str, Fact]]
    """Tenant, fact."""
    pieces: list[tuple[str, Piece]]
    repeats: dict[Ticket, str]
    """Ticket -> the ticket that it repeats."""
    most: int = 0
    """The most contacts that one customer has."""


def customers(
    domain: Domain, logs: Mapping[Ticket, list[Event]], told: Mapping[Ticket, TicketResult], register: list[Event]
) -> Customers:
    """Return it from the tickets' logs, what was found of each, and the events of the customer register."""
    found = Customers([], [], {})
    by_customer: dict[tuple[str, tuple[str, str]], list[Contact]] = {}
    for (tenant, ticket), log in logs.items():
        contact = _contact(domain, tenant, ticket, log, told[tenant, ticket])
        if contact is not None:
            by_customer.setdefault((tenant, contact.customer), []).append(contact)
    for (tenant, _), contacts in by_customer.items():
        _repeats(domain, tenant, sorted(contacts), found)
        _journeys(domain, tenant, sorted(contacts), found)
    _register(domain, register, found)
    return found._replace(most=max(map(len, by_customer.values()), default=0))


def _contact(domain: Domain, tenant: str, ticket: str, log: list[Event], told: TicketResult) -> Contact | None:
    first = next((wait.start_ms for wait in told.waits if wait.first), None)
    if first is None or told.stands[-1].gone:
        return None
    attributes = Attributes(tenant)
    for event in sorted(distinct(log)[0], key=sort_key):
        attributes.apply(event)
    requester = attributes.text(domain, "requester")
    if not requester and not domain.topics:
        return None
    solved = [fact.at_ms for fact in told.facts if fact.measure is Measure.FIRST_RESOLUTION]
    created = [fact.at_ms for fact in told.facts if fact.measure is Measure.CREATED]
    return Contact(
        first,
        ticket,
        ("customer", requester) if requester else ("ticket", ticket),
        attributes.leaf(domain),
        attributes.text(domain, "channel"),
        attributes.text(domain, "queue"),
        frozenset(name for name, tags in domain.topics.items() if attributes.tags.intersection(tags)),
        max(solved[0], *created) if solved else None,
        min((fact.at_ms for fact in told.facts if fact.measure is Measure.REOPENED), default=None),
    )


def _in_time(earlier: Contact, later: Contact, grace_ms: int) -> bool:
    return earlier.solved_ms is None or later.at_ms - earlier.solved_ms <= grace_ms


def _related(one: Contact, other: Contact) -> bool:
    return bool(one.topics & other.topics) if one.topics and other.topics else one.queue == other.queue


def _repeats(domain: Domain, tenant: str, contacts: list[Contact], found: Customers) -> None:
    assert domain.customers is not None  # noqa: S101 - the caller has asked; narrows the type
    horizon = domain.customers.horizon
    pairs = [(a, b) for place, b in enumerate(contacts) for a in contacts[:place] if _related(a, b) and _in_time(a, b, horizon)]

    def add(measure: Measure, at_ms: int, contact: Contact) -> None:
        found.facts.append((tenant, Fact(measure, at_ms, contact.leaf, 1)))

    for contact in contacts:
        add(Measure.CONTACTS, contact.at_ms, contact)
        repeated = [a for a, b in pairs if b is contact]
        if repeated:
            add(Measure.REPEAT_CONTACTS, contact.at_ms, contact)
            found.repeats[tenant, contact.ticket] = max(repeated, key=lambda one: (one.at_ms, one.ticket)).ticket
        elif contact.solved_ms is not None:
            add(Measure.FIRST_CONTACTS_SOLVED, contact.solved_ms, contact)
            followed = any(a is contact for a, _ in pairs)
            reopened = contact.reopened_ms is not None and contact.reopened_ms - contact.solved_ms <= horizon
            if followed:
                add(Measure.FIRST_CONTACTS_FOLLOWED, contact.solved_ms, contact)
            if followed or reopened:
                add(Measure.FIRST_CONTACTS_REPEATED, contact.solved_ms, contact)


def _journeys(domain: Domain, tenant: str, contacts: list[Contact], found: Customers) -> None:
    assert domain.customers is not None  # noqa: S101 - the caller has asked; narrows the type
    journeys: list[list[Contact]] = []
    for contact in contacts:
        if journeys and _in_time(journeys[-1][-1], contact, domain.customers.journey_gap):
            journeys[-1].append(contact)
        else:
            journeys.append([contact])
    for journey in journeys:
        found.facts.append((tenant, Fact(Measure.JOURNEYS, journey[0].at_ms, journey[0].leaf, 1)))
        known = [contact for contact in journey if contact.channel]
        switches = [b for a, b in itertools.pairwise(known) if a.channel != b.channel]
        found.facts.extend((tenant, Fact(Measure.CHANNEL_SWITCHES, one.at_ms, one.leaf, 1)) for one in switches)
        if switches:
            found.facts.append((tenant, Fact(Measure.JOURNEYS_SWITCHED, journey[0].at_ms, journey[0].leaf, 1)))


def _register(domain: Domain, register: Iterable[Event], found: Customers) -> None:
    by_customer: dict[tuple[str, str], list[Event]] = {}
    for event in register:
        by_customer.setdefault((event.tenant, event.requester or ""), []).append(event)
    for (tenant, _), events in by_customer.items():
        since: tuple[int, Leaf] | None = None
        for event in sorted(distinct(events)[0], key=lambda one: (one.occurred_at, sort_key(one)[3])):
            if event.type is EventType.CUSTOMER_WON and since is None:
                attributes = Attributes(tenant)
                attributes.values |= {name: getattr(event, name) or "" for name in ("brand", "region", "customer_tier")}
                since = event.occurred_at, attributes.leaf(domain)
                found.facts.append((tenant, Fact(Measure.CUSTOMERS_WON, *since, 1)))
            elif event.type is EventType.CUSTOMER_LOST and since is not None:
                found.facts.append((tenant, Fact(Measure.CUSTOMERS_LOST, event.occurred_at, since[1], 1)))
                since = None
        if since is not None:
            found.pieces.append((tenant, Piece(Work.CUSTOMERS, *since)))
