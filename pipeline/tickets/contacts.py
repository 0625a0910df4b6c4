"""What a ticket is to its customer: the contact that it stands for, and whether that has been told as it is."""

from __future__ import annotations

from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from pipeline.config import Domain
from pipeline.customers.contact import ERASED, SCHEMA, Contact, ContactRecord, Kind, customer_key, customer_of, stranger_of
from pipeline.engine import Emit, Topic
from pipeline.events import Event
from pipeline.identity import event_hash
from pipeline.tickets import entry as log
from pipeline.tickets.entry import CHANNELS, Entry
from pipeline.tickets.row import TicketRow, Told, freeze, thaw
from pipeline.tickets.rules import Rules
from pipeline.tickets.state import State

_KINDS = {"won": Kind.WON, "lost": Kind.LOST, "erased": Kind.ERASED}
_pack = msgspec.msgpack.Encoder().encode


class Contacts:
    """Reads contacts off tickets. One per engine, only where measures of customers are configured."""

    def __init__(self, domain: Domain, rules: Rules) -> None:
        """Take the salt; `domain.customers` is there."""
        assert domain.customers is not None  # noqa: S101 - the caller has asked; narrows the type
        self._salt = domain.customers.salt.get_secret_value().encode()
        self._rules = rules
        self._strangers = bool(domain.topics)

    def requester(self, event: Event) -> bytes | None:
        """Return who asks, as a ticket's log keeps it: `None` unchanged, empty for nobody."""
        if event.requester is None:
            return None
        return customer_of(event.tenant, event.requester, self._salt) if event.requester else b""

    def of(self, key: bytes, state: State) -> tuple[bytes, Contact] | None:
        """Return a ticket's customer and contact, or `None` where it is none: nobody wrote to us, or it is gone."""
        at = state.first_contact_at
        if at is None or state.gone or state.created_at is None or not (state.requester or self._strangers):
            return None
        resolution_ms = state.first_resolution_ms
        contact = Contact(
            key.partition(b":")[2].decode(),
            at,
            self._rules.leaf(state),
            "" if state.channel is None else CHANNELS[state.channel].value,
            state.queue,
            self._rules.topics_of(state.tags),
            None if resolution_ms is None else state.created_at + resolution_ms,
            state.reopened_at,
        )
        return state.requester or stranger_of(key), contact


def told(row: TicketRow, key: bytes, contacts: Contacts) -> list[tuple[bytes, Contact | None]]:
    """Return what there is to say about a ticket, by customer (`None`: no contact any more), and note it as said."""
    if row.state.requester == ERASED:
        row.told = None
        return []
    found, before = contacts.of(key, row.state), row.told
    if found is None:
        row.told = None
        return [] if before is None else [(before.customer, None)]
    customer, contact = found
    digest = blake2b(_pack(contact), digest_size=8).digest()
    if before is not None and before.customer == customer:
        if before.digest == digest:
            return []
        row.told = Told(customer, digest)
        return [(customer, contact)]
    row.told = Told(customer, digest)
    news: list[tuple[bytes, Contact | None]] = [] if before is None else [(before.customer, None)]
    return [*news, (customer, contact)]


def contact_record(key: bytes, tenant: str, customer: bytes, contact: Contact | None) -> ContactRecord:
    """Return what is to be said of a ticket, not yet placed."""
    kind = Kind.TAKEN_BACK if contact is None else Kind.TOLD
    return ContactRecord(SCHEMA, tenant, 0, 0, 0, kind, customer, key.partition(b":")[2].decode(), contact)


def emit_of(record: ContactRecord, source: int, sequence: int, tick_ms: int) -> Emit:
    """Make the record of `contacts`, said by a source in a tick."""
    placed = replace(record, source=source, sequence=sequence, tick=tick_ms)
    return Emit(Topic.CONTACTS, customer_key(record.tenant, record.customer), _pack(placed))


def marker(partition: int, source: int, sequence: int, passed: int) -> Emit:
    """Make the record that tells one partition of `contacts` how far this source has come."""
    record = ContactRecord(SCHEMA, "", source, sequence, 0, Kind.PASSED, passed=passed)
    return Emit(Topic.CONTACTS, None, _pack(record), partition)


def about_customer(event: Event, contacts: Contacts, rules: Rules) -> ContactRecord:
    """Return what an event about a customer says, not yet placed: who was won, lost or is to be erased."""
    state = State(brand=event.brand or "", region=event.region or "", customer_tier=event.customer_tier or "")
    return ContactRecord(
        SCHEMA,
        event.tenant,
        0,
        0,
        0,
        _KINDS[event.type.rpartition(".")[2]],
        contacts.requester(event) or b"",
        at=event.occurred_at,
        event=event_hash(event),
        leaf=rules.leaf(state),
    )


def erase(row: TicketRow) -> bool:
    """Take the customer out of a ticket's row, its log too; return whether there was one."""
    entries = log.unpack(row.log, row.count) if row.count else []
    named = {row.state.requester, *(entry.requester for entry in entries)} - {None, b"", ERASED}
    if not named:
        return False
    row.log = b"".join(log.pack(_without(entry)) for entry in entries)
    if row.base:
        base = thaw(row.base)
        base.requester = ERASED
        row.base = freeze(base)
    row.state.requester = ERASED
    row.told = None
    return True


def _without(entry: Entry) -> Entry:
    return entry if entry.requester is None else replace(entry, requester=ERASED)
