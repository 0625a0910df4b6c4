"""What the API answers, as types: the OpenAPI document and the bytes are made from them.

Times are milliseconds since the Unix epoch, UTC (`_at`, `as_of`), durations milliseconds (`_ms`), shares parts per million
(`_ppm`).
"""

from __future__ import annotations

import msgspec

from pipeline.catalogue import Definition
from pipeline.responders.events import Activity, Presence
from pipeline.responders.signals import PresenceCount
from pipeline.routing.signal import RoutingSignal
from pipeline.signals import Alert, AlertAction, ClockState, OpenWork, ServiceLevel, WindowLevels
from pipeline.standings import ExpectedWait, StaffingStanding


class SegmentLevels(msgspec.Struct, frozen=True, kw_only=True):
    """The service levels of a segment, as the topic `service-levels` says them."""

    name: str
    """The segment in paths: `queue=billing,channel=chat`, or `everything`."""
    stale: bool
    """The numbers have expired: treat them as unknown."""
    level: ServiceLevel


class LevelsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Service levels, by tenant, everything first, then by name."""

    items: tuple[SegmentLevels, ...]
    next: str | None
    """`cursor` of the next page; null on the last one."""


class WindowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One window of one segment."""

    tenant: str
    name: str
    as_of: int
    stale: bool
    window: str
    levels: WindowLevels


class SegmentWork(msgspec.Struct, frozen=True, kw_only=True):
    """Open work of a segment now, by kind."""

    tenant: str
    name: str
    segment: dict[str, str]
    as_of: int
    stale: bool
    work: dict[str, OpenWork]


class WorkPage(msgspec.Struct, frozen=True, kw_only=True):
    """Open work, in the order of the service levels."""

    items: tuple[SegmentWork, ...]
    next: str | None


class HistoryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One minute."""

    at: int
    first_reply_ms: int | None
    """First reply time now, customers still waiting counted in where a jump rule watches."""
    usual_ms: int | None
    waiting: int


class HistoryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The last three hours of a segment with at most one dimension, as far as this server has read them."""

    tenant: str
    name: str
    points: tuple[HistoryPoint, ...]


class RoutingSignalsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Routing signals that hold now, by tenant and queue."""

    items: tuple[RoutingSignal, ...]
    next: str | None
    """`cursor` of the next page; null on the last one."""


class CrewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who of a queue is there, as counts, and how many it takes."""

    tenant: str
    queue: str
    told: bool
    """It is told who is there. False: nobody can tell, which is not the same as nobody."""
    as_of: int | None
    """When presence was said last; null: never."""
    heard_at: int | None
    """When the newest event of a responder came."""
    people: PresenceCount | None
    """The queue's responders, those who take any queue included; null while nobody can tell."""
    stale: bool
    """The queue's numbers have expired."""
    staffing: StaffingStanding | None
    """How many are needed, there and missing, where the rule `understaffed` is configured; null while stale."""


class ResponderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One responder now. What they have done - times, adherence, points - is not told here."""

    tenant: str
    responder_id: str
    as_of: int
    stale: bool
    """The record has expired: nobody knows where they are."""
    state: Presence | None
    """Null: unknown."""
    since: int | None
    team: str
    queues: tuple[str, ...]
    """Empty: any."""
    channels: tuple[str, ...]
    """Empty: any."""
    skills: tuple[str, ...]
    capacity: int
    load: int
    """Open tickets held."""
    free: int
    """Contacts that they can still take: 0 unless available."""
    activity: Activity | None
    """What the rota plans for now."""
    activity_until: int | None


class RespondersPage(msgspec.Struct, frozen=True, kw_only=True):
    """Responders, by tenant and id."""

    items: tuple[ResponderRow, ...]
    next: str | None
    """`cursor` of the next page; null on the last one."""


class DueClock(msgspec.Struct, frozen=True, kw_only=True):
    """One SLA clock in the order of deadlines."""

    tenant: str
    ticket_id: str
    queue: str
    channel: str
    priority: str
    measure: str
    instance: int
    policy: str
    state: str
    target_ms: int
    started_at: int
    due_at: int
    waiting_since: int | None


class DuePage(msgspec.Struct, frozen=True, kw_only=True):
    """Clocks by deadline, the most urgent first."""

    items: tuple[DueClock, ...]
    next: str | None


class AlertAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as the topic `alerts` says it, and what people did about it."""

    alert: Alert
    acts: tuple[AlertAction, ...]
    """The oldest first."""


class AlertsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts: firing ones first, the newest first among them."""

    items: tuple[AlertAnswer, ...]


class DefinitionsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What every measure and rate means."""

    items: tuple[Definition, ...]


class TicketAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Why a ticket counts as it does: its clocks as they stand. Nobody's name is in it, neither customer's nor responder's."""

    tenant: str
    ticket_id: str
    as_of: int
    """Time of the ticket's last event that changed anything."""
    status: str
    priority: str
    queue: str
    channel: str
    team: str
    assigned: bool
    created_at: int | None
    """Null where the ticket began before the log."""
    waiting_since: int | None
    first_reply_ms: int | None
    first_resolution_ms: int | None
    full_resolution_ms: int | None
    replies: int
    reopened: int
    clocks: tuple[ClockState, ...]


class WaitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell a customer who writes now."""

    tenant: str
    name: str
    as_of: int
    expires_at: int
    stale: bool
    wait: ExpectedWait | None
    """Null where the numbers are stale, or nothing is configured for the segment: say nothing of time then."""


class HealthAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How far this server can be trusted."""

    ok: bool
    """Caught up, in touch with the broker, and no number is stale."""
    reason: str
    version: str
    time: str
    """`live` or `event`: whether numbers are of now or of replayed history."""
    now: int
    as_of: int
    """Time of the newest number; 0 before the first."""
    caught_up: bool
    """The topics have been read to their end."""
    connected: bool
    """The broker has answered within the last seconds."""
    segments: int
    stale_segments: int
    tickets: int | None
    """Tickets known; null for a token of some tenants only."""
    streams: int | None
    """Boards that are open; null for a token of some tenants only."""
