"""The ServiceNow incident log (UCI set 498) as ticket events. `docs/import-servicenow.md` explains every rule.

Each row of the log is the incident after one update. Columns that tell the future (`resolved_at`, `closed_at`,
`closed_code`, `resolved_by`, `made_sla`) stand on every row of an incident; they are never read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from agents.importers.tables import UnreadableTableError, rows
from pipeline.events import ActorKind, Channel, Direction, Event, EventType, MessageKind, Priority, Status, Visibility

COLUMNS = (
    "number",
    "incident_state",
    "opened_at",
    "sys_updated_at",
    "contact_type",
    "priority",
    "assignment_group",
    "assigned_to",
    "caller_id",
    "category",
)
"""The columns that are read: each says only what was known when its row was written."""

MISSING = "?"
STATUSES = {
    "New": Status.NEW,
    "Active": Status.OPEN,
    "Awaiting User Info": Status.PENDING,
    "Awaiting Vendor": Status.HOLD,
    "Awaiting Problem": Status.HOLD,
    "Awaiting Evidence": Status.HOLD,
    "Resolved": Status.SOLVED,
    "Closed": Status.CLOSED,
}
"""Any other state (the log has "-100") leaves the status unknown."""
PRIORITIES = {"1": Priority.URGENT, "2": Priority.HIGH, "3": Priority.NORMAL, "4": Priority.LOW}
CHANNELS = {
    "Phone": Channel.PHONE,
    "IVR": Channel.PHONE,
    "Email": Channel.EMAIL,
    "Self service": Channel.WEB,
}
SLOTS = 4
"""Places in `sequence` per row: the customer's message, the reply, the state of the ticket."""


class Update(NamedTuple):
    """One row: the incident after an update. Times are milliseconds since the Unix epoch, UTC."""

    updated_at: int
    line: int
    position: int
    """Place of the row within its incident, in the order of the file, from 1."""
    state: str
    opened_at: int | None
    channel: Channel | None
    priority: Priority | None
    queue: str | None
    assignee: str | None
    caller: str | None
    category: str | None


class ServiceNowLog:
    """The log, read and ready to be told in the order of arrival."""

    def __init__(self, path: Path, *, tenant: str = "servicenow", zone: str = "UTC") -> None:
        """Read the whole file. The log's times carry no zone: they are taken as local times of `zone`.

        Raises:
            UnreadableTableError: the file is not the incident log.
            OSError: the file cannot be opened.

        """
        self.tenant = tenant
        self.rows = 0
        self.skipped_rows = 0
        """Rows without a number or without `sys_updated_at`: they cannot be placed."""
        self.incidents: dict[str, list[Update]] = {}
        """Per incident its updates, by time; in the order of the file where the minute is the same."""
        self._clock = _MinuteClock(path, zone)
        for line, values in rows(path, COLUMNS):
            self._take(line, values)
        for updates in self.incidents.values():
            updates.sort()

    def _take(self, line: int, values: list[str]) -> None:
        known = [None if value == MISSING or not value else value for value in values]
        number, state, opened, updated, contact, priority, group, assigned, caller, category = known
        self.rows += 1
        updated_at = self._clock.read(line, updated)
        if number is None or updated_at is None:
            self.skipped_rows += 1
            return
        updates = self.incidents.setdefault(number, [])
        updates.append(
            Update(
                updated_at,
                line,
                len(updates) + 1,
                state or MISSING,
                self._clock.read(line, opened),
                CHANNELS.get(contact, Channel.OTHER) if contact else None,
                PRIORITIES.get(priority[0]) if priority else None,
                group,
                assigned,
                caller,
                category,
            )
        )

    def events(self, *, opened_from: int | None = None, opened_until: int | None = None) -> Iterator[Event]:
        """Yield the events of the incidents opened in `[opened_from, opened_until)`, whole, in the order of arrival.

        An event arrives with its row: by `sys_updated_at`, then in the order of the file.
        """
        told: list[tuple[int, int, list[Event]]] = []
        for number, updates in self.incidents.items():
            opened = created_at(updates)
            if (opened_from is None or opened >= opened_from) and (opened_until is None or opened < opened_until):
                told += _told(self.tenant, number, updates)
        told.sort(key=lambda entry: entry[:2])
        for _, _, events in told:
            yield from events


def created_at(updates: list[Update]) -> int:
    """Return when the incident was opened, ms; its first update's time where `opened_at` is missing or comes after it."""
    first = updates[0]
    return first.updated_at if first.opened_at is None else min(first.opened_at, first.updated_at)


def _told(tenant: str, number: str, updates: list[Update]) -> Iterator[tuple[int, int, list[Event]]]:
    """Yield (arrival, line, events) for each update of one incident.

    A customer waits from the opening, and again when "Awaiting User Info" gives way to another unsolved state. The first
    update to another state than the one in which the wait began is the responder's reply.
    """
    waiting_in: Status | None = Status.NEW
    status = Status.NEW
    for update in updates:
        events = [_created(tenant, number, updates)] if update is updates[0] else []
        after = STATUSES.get(update.state)
        if after is not None:
            if status is Status.PENDING and after in (Status.OPEN, Status.HOLD):
                events.append(_message(tenant, number, update, ActorKind.CUSTOMER))
                waiting_in = after
            elif waiting_in is not None and after is not waiting_in:
                events.append(_message(tenant, number, update, ActorKind.RESPONDER))
                waiting_in = None
        events.append(_state(tenant, number, update, after if after is not status else None))
        status = after or status
        yield update.updated_at, update.line, events


def _created(tenant: str, number: str, updates: list[Update]) -> Event:
    first = updates[0]
    return _event(
        tenant,
        number,
        first,
        "created",
        0,
        type=EventType.CREATED,
        occurred_at=created_at(updates),
        actor=ActorKind.CUSTOMER,
        created_by=ActorKind.CUSTOMER,
        status=Status.NEW,
        requester=_pseudonym(tenant, first.caller),
    )


def _message(tenant: str, number: str, update: Update, actor: ActorKind) -> Event:
    """Return a message that the log only implies. It stands before the row's state, so that a solve does not swallow it."""
    inbound = actor is ActorKind.CUSTOMER
    what = "message" if inbound else "reply"
    return _event(
        tenant,
        number,
        update,
        what,
        1 if inbound else 2,
        type=EventType.MESSAGE_ADDED,
        actor=actor,
        message_id=f"{update.position}:{what}",
        direction=Direction.IN if inbound else Direction.OUT,
        visibility=Visibility.PUBLIC,
        message_kind=MessageKind.REPLY,
    )


def _state(tenant: str, number: str, update: Update, changed_to: Status | None) -> Event:
    what = EventType.SNAPSHOT if changed_to is None else EventType.STATUS_CHANGED
    return _event(tenant, number, update, "snapshot" if changed_to is None else "status", 3, type=what, status=changed_to)


def _event(tenant: str, number: str, update: Update, what: str, slot: int, **rest: object) -> Event:
    fields: dict[str, object] = {
        "id": f"servicenow:{number}:{update.position}:{what}",
        "source": f"/{tenant}/servicenow",
        "tenant": tenant,
        "ticket_id": number,
        "occurred_at": update.updated_at,
        "ingested_at": update.updated_at,
        "sequence": update.position * SLOTS + slot,
        "priority": update.priority,
        "channel": update.channel,
        "queue": update.queue,
        "assignee": update.assignee,
        "tags": None if update.category is None else (update.category,),
    }
    return Event(**(fields | rest))  # type: ignore[arg-type]  # one place that fills the struct by name


def _pseudonym(tenant: str, caller: str | None) -> str | None:
    """Return a name that is the same for the same caller of a tenant and does not show who it is."""
    return None if caller is None else blake2b(caller.encode(), key=tenant.encode()[:64], digest_size=8).hexdigest()


class _MinuteClock:
    """Reads `dd/mm/yyyy HH:MM`, remembering the minutes it has seen: the log repeats them a lot."""

    def __init__(self, path: Path, zone: str) -> None:
        self._path = path
        self._zone = ZoneInfo(zone)
        self._seen: dict[str, int] = {}

    def read(self, line: int, text: str | None) -> int | None:
        if text is None:
            return None
        at = self._seen.get(text)
        if at is None:
            try:
                local = datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=self._zone)
            except ValueError as error:
                msg = f"{self._path}: row {line} holds a time that is not dd/mm/yyyy HH:MM"
                raise UnreadableTableError(msg) from error
            at = self._seen[text] = int(local.timestamp()) * 1_000
        return at
