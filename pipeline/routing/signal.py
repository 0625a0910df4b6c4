"""The routing signal of one queue: one content, whichever way it is read (Kafka, Redis, HTTP).

Durations are milliseconds (`_ms`), times are milliseconds since the Unix epoch, UTC (`_at`), shares parts per million (`_ppm`).
A reader computes the age itself, `now - said_at`, and takes a signal past `expires_at` for unknown.
"""

from __future__ import annotations

import msgspec

from pipeline.config import SlaMeasure
from pipeline.signals import Opening
from pipeline.standings import StaffingStanding


class Deadline(msgspec.Struct, frozen=True, kw_only=True, order=True, omit_defaults=True):
    """A ticket's nearest promise: the earliest of its clocks of that state. Ordered by `due_at`, then by ticket."""

    due_at: int
    ticket_id: str
    measure: SlaMeasure
    priority: str = ""
    channel: str = ""
    assignee: str = ""
    waiting_since: int = 0
    """When the customer's wait began; 0 where nobody waits."""


class SlaPressure(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what was promised is in danger: clocks past a warning or past their deadline, among all open clocks."""

    clocks: int
    """Open clocks of the queue's tickets: running, paused or breached."""
    at_risk: int
    """Past their first at-risk step and not breached: the service level's `work.at_risk`."""
    breached: int
    """Past their deadline and still open: the service level's `work.breached`."""
    share_ppm: int | None
    """(at_risk + breached) / clocks; `None` where nothing is promised."""
    next_breach_at: int | None
    """The nearest deadline of a running clock."""


class ChannelFit(msgspec.Struct, frozen=True, kw_only=True):
    """How one channel of the queue serves its customers now."""

    channel: str
    waiting: int
    replies: int
    """First replies in the window."""
    within_ppm: int | None
    """First-reply promises kept, of those decided in the window."""
    first_reply_p90_ms: int | None
    level: int | None = None
    """The service level reached, 1 is the lowest."""
    expected_wait_ms: int | None = None
    """Half of the customers who come now wait no longer for a first reply."""
    expected_wait_p90_ms: int | None = None
    """Nine in ten of them wait no longer."""


class AvailableResponder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A responder who can take a contact of the queue now, by the id that the events give them."""

    responder_id: str
    free: int
    """Contacts that they can still take."""
    load: int
    """Open tickets held."""
    capacity: int
    since: int | None = None
    """Since when they are available."""
    skills: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    """Those that they serve; empty: any."""
    closed_channels: tuple[str, ...] = ()
    """Those on which they are not available just now."""


class RoutingSignal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One queue, now."""

    tenant: str
    queue: str
    epoch: int
    """Grows when the state was begun anew; a signal of an older epoch is void."""
    as_of: int
    """Engine time of the numbers; deadlines are on this clock."""
    said_at: int
    """When the pipeline said so, wall clock: `as_of` itself where the pipeline runs live."""
    expires_at: int
    """Wall clock; from then on the queue's state is unknown."""
    waiting: int
    """Customers who wait for a first or a further reply."""
    waiting_first: int
    """Those of them who have had no reply yet."""
    oldest_at: int | None
    """When the longest of these waits began."""
    pressure: SlaPressure
    channels: tuple[ChannelFit, ...]
    """Best first: the largest share of promises kept, then the quickest first reply; unmeasured ones last."""
    next_to_breach: tuple[Deadline, ...]
    """Tickets whose promise can still be kept, the nearest deadline first; as many as configured."""
    overdue: tuple[Deadline, ...]
    """Tickets with a broken promise that is still open, the oldest first; as many as configured."""
    deadlines_complete: bool = True
    """False while the reader that made this holds more open tickets than it may: far deadlines may be missing."""
    first_reply_now_ms: int | None = None
    """First reply time with waiting customers counted in."""
    first_reply_usual_ms: int | None = None
    level: int | None = None
    """The service level reached, 1 is the lowest, where queues have one: as shipped, channels have."""
    levels: int | None = None
    """How many levels there are."""
    expected_wait_ms: int | None = None
    """As for a channel, where queues are told: as shipped, channels are."""
    expected_wait_p90_ms: int | None = None
    opening: Opening | None = None
    """The queue's hours, and where to send customers of channels that are closed; `None`: never closed."""
    staffing: StaffingStanding | None = None
    """How many responders are needed, there and missing, where the rule `understaffed` is configured."""
    available: int | None = None
    """How many responders can take a contact now; `None`: who is there is not told, which is not the same as nobody."""
    responders: tuple[AvailableResponder, ...] | None = None
    """These, as many as configured: the smaller share of capacity in use first, then who has been available for longest."""
