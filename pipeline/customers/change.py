"""What changes a customer's row. None of these counts anything: the difference of two accounts does."""

from __future__ import annotations

from bisect import insort

from pipeline.customers.account import goes_on
from pipeline.customers.contact import Contact
from pipeline.customers.relation import repeats
from pipeline.customers.row import CustomerRow, JourneyBefore, Kept, Registered
from pipeline.relations import CustomersModel

MOST_CONTACTS = 64
MOST_REGISTERED = 200


def _order(kept: Kept) -> tuple[int, str]:
    return kept.contact.at, kept.contact.ticket


def tell(row: CustomerRow, contact: Contact, tick_ms: int, model: CustomersModel) -> bool:
    """Take a contact as it stands now; return whether it counts: one too old to be known any more does not."""
    known = next((kept for kept in row.contacts if kept.contact.ticket == contact.ticket), None)
    if known is not None:
        moved = known.contact.at != contact.at
        known.contact, known.told_at = contact, tick_ms
        if moved:
            row.contacts.sort(key=_order)
        return True
    if contact.at + model.retention < tick_ms or (contact.at, contact.ticket) <= row.dropped_to or is_erased(row, contact.at):
        return False
    insort(row.contacts, Kept(contact, tick_ms), key=_order)
    return True


def is_erased(row: CustomerRow, at_ms: int) -> bool:
    """Return whether the customer of that time was erased."""
    return bool(row.erased_at) and at_ms <= row.erased_at


def take_back(row: CustomerRow, ticket: str) -> bool:
    """Forget a contact; return whether it was known."""
    left = [kept for kept in row.contacts if kept.contact.ticket != ticket]
    known = len(left) < len(row.contacts)
    row.contacts = left
    return known


def register(row: CustomerRow, entry: Registered) -> bool:
    """Take what the customer register says; return whether it is new."""
    known = any(one.event == entry.event for one in row.register)
    if known or is_erased(row, entry.at) or len(row.register) >= MOST_REGISTERED:
        return False
    insort(row.register, entry)
    return True


def part(row: CustomerRow, at_ms: int) -> None:
    """End being a customer at an erasure, where the register has not."""
    if row.register and row.register[-1].won:
        last = row.register[-1]
        row.register.append(Registered(max(at_ms, last.at), last.event, won=False, leaf=last.leaf))


def erase(row: CustomerRow, at_ms: int, tick_ms: int, model: CustomersModel) -> None:
    """Empty a row. It remembers when, and nothing else, for as long as older contacts could still be told of."""
    row.contacts, row.register, row.dropped_to = [], [], (0, "")
    row.erased_at = max(row.erased_at, at_ms)
    row.forget_at = max(at_ms, tick_ms) + model.retention


def due(row: CustomerRow, model: CustomersModel) -> int:
    """Return when something of a row can be dropped, ms, 0 for never."""
    times = [row.forget_at] if row.erased_at else []
    if row.contacts:
        times.append(droppable_at(row.contacts[0], model))
    return min(times, default=0)


def droppable_at(kept: Kept, model: CustomersModel) -> int:
    """Return when a contact is past its retention, ms."""
    return max(kept.contact.at, kept.told_at) + model.retention + 1


def drop(row: CustomerRow, now_ms: int, model: CustomersModel) -> list[Kept]:
    """Drop what is past its retention, or beyond what a row may hold, oldest first; what stays keeps what it added."""
    dropped: list[Kept] = []
    while row.contacts and (droppable_at(row.contacts[0], model) <= now_ms or len(row.contacts) > MOST_CONTACTS):
        first, *rest = row.contacts
        for kept in rest:
            kept.repeat = kept.repeat or repeats(first.contact, kept.contact, model.horizon)
        if rest and rest[0].before is None and goes_on(first.contact, rest[0].contact, model.journey_gap):
            rest[0].before = _journey(first)
        row.contacts, row.dropped_to = rest, _order(first)
        dropped.append(first)
    if row.erased_at and row.forget_at <= now_ms:
        row.erased_at = 0
    return dropped


def _journey(last: Kept) -> JourneyBefore:
    contact, before = last.contact, last.before
    if before is None:
        return JourneyBefore(contact.at, contact.leaf, contact.channel, switched=False)
    changed = bool(contact.channel and before.channel) and contact.channel != before.channel
    return JourneyBefore(before.at, before.leaf, contact.channel or before.channel, switched=before.switched or changed)
