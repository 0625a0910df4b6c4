"""The life of one ticket as it stands: what `advance` changes and what a row keeps.

Times are milliseconds since the Unix epoch, UTC; closed sets are indices of their enums. Field order is the row format:
append with a default, never reorder.
"""

from __future__ import annotations

import msgspec

from pipeline.additions import Leaf
from pipeline.config import SlaMeasure
from pipeline.events import ActorKind, Status
from pipeline.tickets.entry import ACTORS, STATUSES

SLA_MEASURES = tuple(SlaMeasure)
FIRST_REPLY, NEXT_REPLY, FIRST_RESOLUTION, REQUESTER_WAIT, RESPONDER_WORK = range(5)
EACH_REPLY, PERIODIC_UPDATE, TOTAL_RESOLUTION, PICKUP, TEAM_TIME = range(5, 10)
RESOLUTIONS = (FIRST_RESOLUTION, REQUESTER_WAIT, RESPONDER_WORK, TOTAL_RESOLUTION)
"""Clocks that start at creation."""
SURVIVORS = frozenset({PERIODIC_UPDATE, TOTAL_RESOLUTION})
"""Clocks that a solve only pauses."""

NEW = STATUSES.index(Status.NEW)
PENDING = STATUSES.index(Status.PENDING)
HOLD = STATUSES.index(Status.HOLD)
CLOSED = STATUSES.index(Status.CLOSED)
SOLVED = frozenset({STATUSES.index(Status.SOLVED), CLOSED})

RESPONDER = ACTORS.index(ActorKind.RESPONDER)
AUTOMATIC = frozenset({ACTORS.index(ActorKind.AUTOMATION), ACTORS.index(ActorKind.SYSTEM)})


class SlaClock(msgspec.Struct, array_like=True, gc=False):
    """One promise to one ticket, running, paused or breached."""

    measure: int
    instance: int
    promise: int
    """Id of the `Promise` in force; 0 while there is none, and the clock only remembers when it ran."""
    started_at: int
    elapsed_ms: int = 0
    """On the promise's clock, up to `running_since`, or in all while paused."""
    running_since: int | None = None
    """`None` while paused."""
    due_at: int | None = None
    """The deadline; `None` while paused, unless breached."""
    step: int = 0
    """The next at-risk step."""
    step_at: int | None = None
    at_risk_since: int | None = None
    """When the first at-risk step passed."""
    breached: bool = False
    unmeasured: list[tuple[int, int]] = msgspec.field(default_factory=list)
    """Stretches that ran without a promise: they count on the clock of the promise that comes."""
    breach_leaf: Leaf = ()
    """Where the breach stands, if it may be taken back when the promise is relaxed."""


class Rated(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A rating that stands, and where."""

    rating: int
    at: int
    leaf: Leaf


class Owed(msgspec.Struct, array_like=True, gc=False):
    """What only promises beyond the usual ones need to remember. Field order is the row format: append with a default."""

    asked: int = 0
    """Messages by the customer that began a clock of their own."""
    parked: list[int] = msgspec.field(default_factory=list)
    """Messages by the customer on the solved ticket after the first one."""
    pickups: int = 0
    stays: int = 0
    """How often a team has come to hold the ticket."""
    met_at: int | None = None
    """The solve that the total resolution was met by, as it stands in the numbers."""
    met_leaf: Leaf = ()
    solved_at: int | None = None
    solved_by: int | None = None
    """Who solved it last: an index of the kinds of actors."""
    cases: int = 0
    """First contacts, where a reopened ticket may be a new case."""
    new_case: bool = False
    """The next wait is one for a first reply again."""


class State(msgspec.Struct, array_like=True, gc=False):
    """Everything that the next event may depend on."""

    status: int = NEW
    priority: int | None = None
    channel: int | None = None
    queue: str = ""
    assignee: str = ""
    team: str = ""
    brand: str = ""
    region: str = ""
    tags: tuple[str, ...] = ()
    began_at: int = 0
    """When the first event in the log occurred."""
    created_at: int | None = None
    """`None`: creation is unknown (resumed)."""
    has_creation: bool = False
    """A created event is in the log, wherever it sorts."""
    creator: int | None = None
    gone: bool = False
    first_contact_at: int | None = None
    handed_off_at: int | None = None
    first_reply_ms: int | None = None
    waiting_since: int | None = None
    waits: int = 0
    """Waits for a next reply begun so far."""
    wait_is_first: bool = False
    parked_at: int | None = None
    """The first message by the customer since the solve."""
    replies: int = 0
    abandoned: int = 0
    solved: int = 0
    reopened: int = 0
    first_resolution_ms: int | None = None
    full_resolution_ms: int | None = None
    full_resolution_business_ms: int = 0
    full_resolution_at: int = 0
    full_resolution_leaf: Leaf = ()
    resolution_over: bool = False
    """Solved at least once, counted or not: no resolution clock starts again."""
    clocks: list[SlaClock] = msgspec.field(default_factory=list)
    status_known: bool = False
    """An event has said the status; until then it is taken to be new."""
    fired_at: int = 0
    """The latest time at which a timer of this ticket has run."""
    customer_tier: str = ""
    taken_at: int | None = None
    """When a responder first held the ticket or acted on it."""
    answered: bool = False
    """An automation has answered the customer."""
    touches: int = 0
    """Replies by responders; on a live channel those of one session are one."""
    touched: bool = False
    """A responder has replied since the ticket was created or last reopened."""
    stands_for: int = 0
    """Code of the counter that the last solve stands for, in the minute and leaf of the full resolution; 0 for none."""
    cost: int | None = None
    """What stands as cost beside the full resolution; `None` for none."""
    status_since: int | None = None
    """Since when the status holds; `None`: since the ticket's origin."""
    unassigned_since: int | None = None
    """Since when nobody holds the unsolved ticket; `None`: since the ticket's origin."""
    surveyed: bool = False
    """A survey was sent and has no answer yet."""
    ratings: list[Rated] = msgspec.field(default_factory=list)
    """The rating of each kind that stands."""
    requester: bytes = b""
    """Keyed hash of the customer's id; empty if unknown or not asked about."""
    reopened_at: int | None = None
    """The first reopening that counts."""
    unmatched: bool = False
    """No policy is for this ticket."""
    owed: Owed | None = None
    author: str = ""
    """While an event is folded: the responder by whom it is, where numbers by author are configured."""

    @property
    def holder(self) -> str:
        """Return the team that holds the ticket: where none is known, the queue stands for it."""
        return self.team or self.queue

    @property
    def unsolved(self) -> bool:
        """Return whether work is left to do."""
        return self.status not in SOLVED

    @property
    def by_customer(self) -> bool:
        """Return whether a customer created the ticket, as far as is known."""
        return self.has_creation and self.creator != RESPONDER and self.creator not in AUTOMATIC

    @property
    def origin(self) -> int:
        """Return creation, or the first event where creation is unknown."""
        return self.began_at if self.created_at is None else self.created_at
