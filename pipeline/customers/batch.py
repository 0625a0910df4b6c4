"""One step of work on customers' rows: what it has touched and what it will say."""

from __future__ import annotations

from collections import Counter

import msgspec

from pipeline.additions import Ledger
from pipeline.config import Domain
from pipeline.customers import change
from pipeline.customers.account import Account, account_of
from pipeline.customers.contact import Contact, ContactRecord, Kind, customer_key, repeat_key
from pipeline.customers.row import CustomerRow, Registered
from pipeline.encoding import encode
from pipeline.engine import Effects, Emit, Topic
from pipeline.events import Event, EventType
from pipeline.identity import ticket_key
from pipeline.relations import CustomersModel
from pipeline.signals import Repeat

_SOURCE = "/firstreply/customers"
_json = msgspec.json.Encoder().encode


class Touched:
    """A row that is being worked on."""

    __slots__ = ("before", "key", "row", "tenant")

    def __init__(self, key: bytes, tenant: str, row: CustomerRow, before: Account) -> None:
        """Know what the row has added so far."""
        self.key = key
        self.tenant = tenant
        self.row = row
        self.before = before


class Batch:
    """Work in progress. Accounts are compared at `flush`, so that what cancels out within a step is not said."""

    def __init__(self, domain: Domain, model: CustomersModel, effects: Effects) -> None:
        """Say things into `effects`; `model` is that of the domain."""
        self._model = model
        self._width = len(domain.dimensions)
        self._tickets_go_first = domain.reopen_horizon <= model.retention
        self._effects = effects
        self.touched: dict[bytes, Touched] = {}
        self.counts: Counter[str] = Counter()
        self._ledgers: dict[str, Ledger] = {}

    def begin(self, key: bytes, tenant: str, row: CustomerRow) -> Touched:
        """Begin to work on a row."""
        touched = self.touched[key] = Touched(key, tenant, row, self._account(row))
        return touched

    def take(self, record: ContactRecord, touched: Touched, tick_ms: int) -> None:
        """Take what a ticket partition says of a customer, in a tick, ms."""
        row = touched.row
        match record.kind:
            case Kind.TOLD if record.contact is not None:
                self._tell(record, record.contact, row, tick_ms)
            case Kind.TAKEN_BACK:
                self.counts["taken_back" if change.take_back(row, record.ticket) else "unknown"] += 1
            case Kind.WON | Kind.LOST:
                entry = Registered(record.at, record.event, record.kind is Kind.WON, record.leaf)
                self.counts["registered" if change.register(row, entry) else "unknown"] += 1
            case Kind.ERASED:
                self._erase(touched, record, tick_ms)
            case _:
                self.counts["unknown"] += 1

    def _tell(self, record: ContactRecord, contact: Contact, row: CustomerRow, tick_ms: int) -> None:
        if change.tell(row, contact, tick_ms, self._model):
            self.counts["told"] += 1
            return
        self.counts["beyond_retention"] += 1
        if change.is_erased(row, contact.at):
            self._strip(record.tenant, contact.ticket, row.erased_at, tick_ms)

    def _erase(self, touched: Touched, record: ContactRecord, tick_ms: int) -> None:
        """Empty a row: its sums stay, nothing says any more that these tickets were one customer's."""
        row = touched.row
        change.part(row, record.at)
        self._settle(touched)
        for kept in row.contacts:
            self._strip(record.tenant, kept.contact.ticket, record.at, tick_ms)
            if kept.repeat or kept.contact.ticket in touched.before.links:
                self._unlink(touched, kept.contact.ticket)
        change.erase(row, record.at, tick_ms, self._model)
        touched.before = self._account(row)
        self.counts["erased"] += 1

    def _strip(self, tenant: str, ticket: str, at_ms: int, tick_ms: int) -> None:
        """Have the ticket's own partition forget whose it is."""
        event = Event(
            type=EventType.CUSTOMER_ERASED,
            id=f"erased:{ticket}:{at_ms}",
            source=_SOURCE,
            tenant=tenant,
            ticket_id=ticket,
            occurred_at=at_ms,
        )
        self._effects.emits.append(
            Emit(Topic.TICKET_EVENTS, ticket_key(tenant, ticket), encode(event), timestamp=max(at_ms, tick_ms))
        )

    def drop(self, key: bytes, now_ms: int) -> None:
        """Drop what a row need not remember any more. What it has added stays.

        A ticket that may outlive its contact here forgets whose it is: an erasure would not find it any more.
        """
        touched = self.touched[key]
        self._settle(touched)
        for kept in change.drop(touched.row, now_ms, self._model):
            contact = kept.contact
            forgotten = self._tickets_go_first and contact.solved_at is not None and contact.reopened_at is None
            if not forgotten or change.droppable_at(kept, self._model) > now_ms:
                self._strip(touched.tenant, contact.ticket, contact.at, now_ms)
            if kept.repeat or kept.contact.ticket in touched.before.links:
                self._unlink(touched, kept.contact.ticket)
        touched.before = self._account(touched.row)

    def flush(self) -> dict[str, Ledger]:
        """Compare accounts, say which contacts repeat which, and return what there is to add, by tenant."""
        for key in sorted(self.touched):
            self._settle(self.touched[key])
        ledgers, self._ledgers = self._ledgers, {}
        return ledgers

    def _settle(self, touched: Touched) -> None:
        after, before = self._account(touched.row), touched.before
        ledger = self._ledgers.setdefault(touched.tenant, Ledger())
        ledger.merge(after.ledger)
        ledger.merge(before.ledger, sign=-1)
        for ticket, link in after.links.items():
            if before.links.get(ticket) != link:
                value = Repeat(
                    tenant=touched.tenant,
                    ticket_id=ticket,
                    repeats=link.repeats,
                    after_ms=link.after_ms,
                    because=link.because,
                )
                self._effects.emits.append(Emit(Topic.REPEATS, repeat_key(touched.tenant, ticket, touched.key), _json(value)))
        for ticket in before.links.keys() - after.links.keys():
            self._unlink(touched, ticket)
        touched.before = after

    def _unlink(self, touched: Touched, ticket: str) -> None:
        self._effects.emits.append(Emit(Topic.REPEATS, repeat_key(touched.tenant, ticket, touched.key), None))

    def _account(self, row: CustomerRow) -> Account:
        return account_of(row, self._model, self._width)


def key_of(record: ContactRecord) -> bytes:
    """Return the key of the row that a record is about."""
    return customer_key(record.tenant, record.customer)
