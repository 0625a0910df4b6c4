"""One batch of work on ticket rows: what it has touched and what it will say, kept apart until it is whole.

Nothing outside the batch changes before `finish`: a record that makes the fold raise is left out by doing the batch again.
"""

from __future__ import annotations

from collections import Counter

from pipeline.additions import Ledger
from pipeline.customers.contact import ERASED, ContactRecord
from pipeline.engine import Effects, Emit, Record, Topic
from pipeline.events import Event, EventType
from pipeline.identity import event_hash, ticket_key
from pipeline.partitioning import partition_of
from pipeline.reasons import Reason
from pipeline.refusal import refusal
from pipeline.tickets import refold, telling, workitems
from pipeline.tickets.contacts import Contacts, about_customer, contact_record, emit_of, erase, marker, told
from pipeline.tickets.entry import entry_of
from pipeline.tickets.openwork import pieces_of, shift
from pipeline.tickets.row import HotRow, TicketRow
from pipeline.tickets.rules import Rules
from pipeline.tickets.shelf import Shelf
from pipeline.tickets.sla import expire, next_timer
from pipeline.tickets.state import State
from pipeline.tickets.tally import Tally
from pipeline.tickets.timers import Timers


class Place:
    """Where a ticket partition stands among its kind."""

    def __init__(self, partition: int, partitions: int, panes_partitions: int, contact_partitions: int = 1) -> None:
        """Be partition `partition` of `partitions`, telling so many partitions of segments and of customers."""
        self.partition = partition
        self.partitions = partitions
        self.panes_partitions = panes_partitions
        self.contact_partitions = contact_partitions


class Batch:
    """Work in progress."""

    def __init__(
        self,
        rules: Rules,
        shelf: Shelf,
        timers: Timers,
        place: Place,
        now_ms: int,
        sequence: int,
        contacts: Contacts | None = None,
    ) -> None:
        """Begin at the partition's time `now_ms`; `sequence` counts the records of additions said so far."""
        self.rules = rules
        self.shelf = shelf
        self.timers = timers
        self.place = place
        self.now = now_ms
        self.sequence = sequence
        self.contacts = contacts
        self.effects = Effects()
        self.counts: Counter[str] = Counter()
        self.popped: list[tuple[int, bytes]] = []
        self._tells_work = rules.domain.responders.enabled
        self._hot: dict[bytes, HotRow] = {}
        self._changed: dict[bytes, str] = {}
        self._unsettled: dict[bytes, str] = {}
        self._forgotten: set[bytes] = set()
        self._ledgers: dict[str, Ledger] = {}
        self._customers: list[ContactRecord] = []
        """What was said of customers, until it is known to which tick it belongs."""

    def customer(self, event: Event, record: Record) -> None:
        """Take an event about a customer: pass it on, or take the customer out of the ticket that it names."""
        if self.contacts is None:
            self.counts["unknown_type"] += 1
            return
        self.counts["customer"] += 1
        if event.requester:
            self._customers.append(about_customer(event, self.contacts, self.rules))
        elif event.type is EventType.CUSTOMER_ERASED:
            self._erase(event, record)

    def _erase(self, event: Event, record: Record) -> None:
        key = ticket_key(event.tenant, event.ticket_id)
        hot = self._take(key)
        if hot is None:
            self._away(key, record)
        elif erase(hot.row):  # no change of the ticket: what is said of it stays, byte for byte
            self._changed[key] = self._unsettled[key] = event.tenant

    def event(self, event: Event, record: Record) -> None:
        """Apply one valid event."""
        key = ticket_key(event.tenant, event.ticket_id)
        hot = self._take(key)
        digest = event_hash(event)
        if hot is None:
            hot = self._first(key, event, record)
            if hot is None:
                return
        elif refold.knows(hot.row, digest):
            self.counts["duplicate"] += 1
            return
        row = hot.row
        # A customer once erased does not come back with what else is told of the ticket.
        named = self.contacts is not None and row.state.requester != ERASED
        requester = self.contacts.requester(event) if self.contacts is not None and named else None
        entry = entry_of(event, digest, requester, authored=self.rules.authored)
        if row.frozen_to is not None and entry.order < row.frozen_to:
            self.counts["behind_frozen_prefix"] += 1
            self.refuse(record, Reason.BEHIND_FROZEN_PREFIX, "sorts before the part of the ticket's log that is still kept")
            return
        self._note_disorder(event, entry.order < row.last)
        tally = self._tally(event.tenant)
        if refold.apply(hot, entry, self.now, tally):
            self.counts["refolded"] += 1
        self._hot[key] = hot
        self._said(key, event.tenant, hot, tally)
        self.counts["applied"] += 1

    def _note_disorder(self, event: Event, out_of_order: bool) -> None:
        if out_of_order:
            self.counts["out_of_order"] += 1
        if event.occurred_at < self.now - self.rules.domain.late_after:
            self.counts["late"] += 1

    def _first(self, key: bytes, event: Event, record: Record) -> HotRow | None:
        if self._away(key, record):
            return None
        if event.occurred_at < self.now - self.rules.domain.reopen_horizon:
            self.counts["beyond_horizon"] += 1
            self.refuse(record, Reason.BEYOND_HORIZON, "about a ticket that is not kept, and older than the reopen horizon")
            return None
        if event.type is not EventType.CREATED:
            self.counts["resumed"] += 1
        self._forgotten.discard(key)
        return HotRow(TicketRow(State()), [], 0)

    def _away(self, key: bytes, record: Record) -> bool:
        """Send a record on to the partition that its ticket belongs to; return whether that is another one."""
        target = partition_of(key, self.place.partitions)
        if target == self.place.partition:
            return False
        self.counts["forwarded"] += 1
        headers = tuple(record.headers)
        self.effects.emits.append(Emit(Topic.TICKET_EVENTS, key, record.value, target, headers, record.timestamp))
        return True

    def fire(self, key: bytes, due_ms: int, until_ms: int) -> None:
        """Run what is due on a ticket by `until_ms`; a timer that has moved is set again."""
        self.popped.append((due_ms, key))
        hot = self._take(key)
        if hot is None or not hot.due:
            return
        if hot.due > until_ms:
            self.timers.schedule(key, hot.due)
            return
        tenant = key.partition(b":")[0].decode()
        if self._forget_at(hot.row) <= until_ms:
            self._forget(key, tenant, hot)
            return
        tally = self._tally(tenant)
        hot.due = 0  # What stood on the books has just been taken off them.
        expire(hot.row.state, until_ms, tally)
        self._said(key, tenant, hot, tally)

    def _take(self, key: bytes) -> HotRow | None:
        if key in self._forgotten:
            return None
        hot = self._hot.get(key)
        if hot is None:
            hot = self.shelf.take(key)
            if hot is not None:
                self._hot[key] = hot
                if self._tells_work and hot.item is None:
                    hot.item = workitems.item_of(hot.row.state)
        return hot

    def due(self, key: bytes) -> int:
        """Return a ticket's next timer, ms, 0 for none."""
        hot = self._hot.get(key)
        if hot is not None:
            return hot.due
        return 0 if key in self._forgotten else self.shelf.due(key)

    def _tally(self, tenant: str) -> Tally:
        ledger = self._ledgers.get(tenant)
        if ledger is None:
            ledger = self._ledgers[tenant] = Ledger()
        return Tally(self.rules, tenant, ledger)

    def _said(self, key: bytes, tenant: str, hot: HotRow, tally: Tally) -> None:
        hot.row.changed_at = self.now
        self._changed[key] = self._unsettled[key] = tenant
        for fact in tally.facts:
            self.effects.emits.append(telling.sla_event(key, tenant, hot.row, fact, self.now, self.rules))
        due = next_timer(hot.row.state) or 0
        if not due:
            forget_at = self._forget_at(hot.row)
            due = 0 if forget_at == _NEVER else forget_at
        if due and (not hot.due or due < hot.due):
            self.timers.schedule(key, due)
        hot.due = due

    def _forget_at(self, row: TicketRow) -> int:
        state = row.state
        quiet = (state.gone or not state.unsolved) and next_timer(state) is None
        return row.last[0] + self.rules.domain.reopen_horizon if quiet else _NEVER

    def _forget(self, key: bytes, tenant: str, hot: HotRow) -> None:
        shift(hot.pieces, [], self._ledger_of(tenant))
        self._hot.pop(key, None)
        self._changed.pop(key, None)
        self._unsettled.pop(key, None)
        self._forgotten.add(key)
        self.counts["forgotten"] += 1

    def _ledger_of(self, tenant: str) -> Ledger:
        return self._tally(tenant).ledger

    def refuse(self, record: Record, reason: Reason, detail: str, field: str = "") -> None:
        """Make a record a dead letter."""
        self.effects.dead_letters.append(refusal(record, reason, detail, field))

    def flush(self, tick_ms: int) -> None:
        """Say the additions collected so far, as those of `tick_ms`."""
        for key, tenant in self._unsettled.items():
            hot = self._hot[key]
            pieces = pieces_of(hot.row.state, self.rules)
            shift(hot.pieces, pieces, self._ledger_of(tenant))
            hot.pieces = pieces
            if self.contacts is not None:
                for customer, contact in told(hot.row, key, self.contacts):
                    self._customers.append(contact_record(key, tenant, customer, contact))
        self._unsettled.clear()
        for fact in self._customers:
            self.sequence += 1
            self.effects.emits.append(emit_of(fact, self.place.partition, self.sequence, tick_ms))
        self._customers.clear()
        for tenant in sorted(self._ledgers):
            for portion in telling.portions(self._ledgers[tenant].leaves()):
                self.sequence += 1
                self.effects.emits.append(telling.additions(tenant, self.place.partition, self.sequence, tick_ms, portion))
        self._ledgers.clear()

    def mark(self, passed_ms: int) -> None:
        """Tell every partition of segments and of customers that this one has passed `passed_ms`."""
        for partition in range(self.place.panes_partitions):
            self.sequence += 1
            self.effects.emits.append(telling.marker(partition, self.place.partition, self.sequence, passed_ms))
        for partition in range(self.place.contact_partitions if self.contacts is not None else 0):
            self.sequence += 1
            self.effects.emits.append(marker(partition, self.place.partition, self.sequence, passed_ms))

    def finish(self) -> Effects:
        """Put changed rows on the shelf, and return everything that is to be done."""
        rows, emits = self.effects.rows, self.effects.emits
        for key in self._forgotten:
            self.shelf.forget(key)
        for key, hot in self._hot.items():
            tenant = self._changed.get(key)
            if tenant is None:
                self.shelf.cache(key, hot)
                continue
            rows[key] = self.shelf.put(key, hot)
            if self._tells_work:
                self._tell_work(key, tenant, hot)
            emits.append(telling.ticket_clocks(key, tenant, hot.row, self.rules))
        for key in self._forgotten:
            rows[key] = None
            emits.append(Emit(Topic.CLOCKS, key, None))
        return self.effects

    def _tell_work(self, key: bytes, tenant: str, hot: HotRow) -> None:
        item = workitems.item_of(hot.row.state)
        if item != hot.item:
            hot.item = item
            self.effects.emits.append(workitems.work_item(key, tenant, hot.row, self.now))


_NEVER = 1 << 62
