"""What a customer's row adds to the numbers: a pure function of the row, so that a change adds the difference of two accounts.

Rules: docs/semantics.md, "Customers".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.additions import Leaf, Ledger
from pipeline.customers.contact import Contact
from pipeline.customers.relation import in_words, repeats
from pipeline.customers.row import CustomerRow, Kept, Registered
from pipeline.measures import WORK_INDEX, Measure, Work, base
from pipeline.relations import CustomersModel

_CUSTOMERS = WORK_INDEX[Work.CUSTOMERS]


class Link(NamedTuple):
    """One contact repeats another."""

    repeats: str
    after_ms: int | None
    because: str


class Account(NamedTuple):
    """What a row comes to."""

    ledger: Ledger
    links: dict[str, Link]
    """Ticket -> the latest contact that it repeats."""


class _Counter:
    """Counts into a ledger; a leaf of another configuration counts nowhere."""

    def __init__(self, width: int) -> None:
        self.ledger = Ledger()
        self._width = width

    def count(self, leaf: Leaf, at_ms: int, measure: Measure) -> None:
        if len(leaf) == self._width:
            self.ledger.add(leaf, at_ms, base(measure))

    def open(self, leaf: Leaf, since_ms: int) -> None:
        if len(leaf) == self._width:
            self.ledger.shift(leaf, _CUSTOMERS, since_ms, 1)


def account_of(row: CustomerRow, model: CustomersModel, width: int) -> Account:
    """Return what a row adds, and which of its contacts repeat which; leaves have `width` dimensions."""
    counter = _Counter(width)
    links = _count_contacts(row.contacts, model, counter)
    _count_journeys(row.contacts, model.journey_gap, counter)
    _count_register(row.register, counter)
    return Account(counter.ledger, links)


def _count_contacts(kept: Sequence[Kept], model: CustomersModel, counter: _Counter) -> dict[str, Link]:
    links: dict[str, Link] = {}
    followed: set[str] = set()
    for index, one in enumerate(kept):
        contact = one.contact
        counter.count(contact.leaf, contact.at, Measure.CONTACTS)
        earlier = [before.contact for before in kept[:index] if repeats(before.contact, contact, model.horizon)]
        followed.update(first.ticket for first in earlier)
        if earlier or one.repeat:
            counter.count(contact.leaf, contact.at, Measure.REPEAT_CONTACTS)
        if earlier:
            links[contact.ticket] = _link(earlier[-1], contact, model.horizon)
    for one in kept:
        contact = one.contact
        if contact.solved_at is None or one.repeat or contact.ticket in links:
            continue
        counter.count(contact.leaf, contact.solved_at, Measure.FIRST_CONTACTS_SOLVED)
        again = contact.reopened_at is not None and contact.reopened_at <= contact.solved_at + model.horizon
        if again or contact.ticket in followed:
            counter.count(contact.leaf, contact.solved_at, Measure.FIRST_CONTACTS_REPEATED)
        if contact.ticket in followed:
            counter.count(contact.leaf, contact.solved_at, Measure.FIRST_CONTACTS_FOLLOWED)
    return links


def _link(first: Contact, later: Contact, horizon_ms: int) -> Link:
    after_ms = None if first.solved_at is None else later.at - first.solved_at
    return Link(first.ticket, after_ms, in_words(first, later, horizon_ms))


def goes_on(before: Contact, after: Contact, gap_ms: int) -> bool:
    """Return whether a contact goes on with the journey of the one just before it."""
    return before.solved_at is None or after.at <= before.solved_at + gap_ms


def _count_journeys(kept: Sequence[Kept], gap_ms: int, counter: _Counter) -> None:
    start: tuple[Leaf, int] = ((), 0)
    channel, switched = "", False
    for index, one in enumerate(kept):
        contact = one.contact
        if one.before is not None:
            start, channel, switched = (one.before.leaf, one.before.at), one.before.channel, one.before.switched
        elif not index or not goes_on(kept[index - 1].contact, contact, gap_ms):
            start, switched = (contact.leaf, contact.at), False
            counter.count(*start, Measure.JOURNEYS)
            channel = contact.channel
            continue
        if contact.channel and channel and contact.channel != channel:
            counter.count(contact.leaf, contact.at, Measure.CHANNEL_SWITCHES)
            if not switched:
                counter.count(*start, Measure.JOURNEYS_SWITCHED)
                switched = True
        channel = contact.channel or channel


def _count_register(register: Sequence[Registered], counter: _Counter) -> None:
    since: Registered | None = None
    for entry in register:
        if entry.won and since is None:
            since = entry
            counter.count(since.leaf, since.at, Measure.CUSTOMERS_WON)
        elif not entry.won and since is not None:
            counter.count(since.leaf, entry.at, Measure.CUSTOMERS_LOST)
            since = None
    if since is not None:
        counter.open(since.leaf, since.at)
