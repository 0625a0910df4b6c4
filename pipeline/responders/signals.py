"""What routing and staffing read of responders: the compacted topics `responders` and `presence`, as JSON.

Durations are milliseconds (`_ms`), times milliseconds since the Unix epoch, UTC (`_at`), shares parts per million (`_ppm`).
"""

from __future__ import annotations

import msgspec

from pipeline.responders.events import Activity, Presence


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time of some days went."""

    since: int
    until: int
    available_ms: int = 0
    busy_ms: int = 0
    away_ms: int = 0
    offline_ms: int = 0
    unknown_ms: int = 0
    """Before the first event, and once a presence has grown stale."""
    planned_ms: int = 0
    """On the rota, whatever for."""
    kept_ms: int = 0
    """Of it, spent in a state that its activity expects."""
    adherence_ppm: int | None = None
    """kept / planned time with a known presence."""
    availability_ppm: int | None = None
    """(available + busy) / (available + busy + away): ready for customers, of the time signed in."""
    occupancy_ppm: int | None = None
    """busy / (available + busy)."""


class Earned(msgspec.Struct, frozen=True, kw_only=True):
    """Points and badges of the last 28 days."""

    points: int = 0
    by_rule: dict[str, int] = {}
    """Rule -> how many tickets met it."""
    badges: tuple[str, ...] = ()
    rank: int | None = None
    """Among the tenant's responders; only with a leaderboard."""


class ResponderState(msgspec.Struct, frozen=True, kw_only=True):
    """One responder: key `tenant:responder_id`; a tombstone once removed."""

    tenant: str
    responder_id: str
    as_of: int
    expires_at: int
    """After this, treat the record as unknown."""
    epoch: int
    state: Presence | None
    """`None`: unknown."""
    since: int | None
    channel_states: dict[str, Presence] = {}
    """Where a channel has a state of its own."""
    team: str = ""
    skills: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    """Empty: any."""
    queues: tuple[str, ...] = ()
    """Empty: any."""
    capacity: int
    load: int
    """Open tickets held."""
    load_by_channel: dict[str, int] = {}
    free: int
    """Contacts that can still be taken: 0 unless available."""
    activity: Activity | None = None
    """What the rota plans for now."""
    activity_until: int | None = None
    next_shift_at: int | None = None
    today: Times
    week: Times
    """The last seven days, today included."""
    earned: Earned | None = None


class PresenceCount(msgspec.Struct, frozen=True, kw_only=True):
    """Responders by state, and what they can take."""

    available: int = 0
    busy: int = 0
    away: int = 0
    offline: int = 0
    unknown: int = 0
    planned: int = 0
    """On the rota to work now."""
    capacity: int = 0
    """Of those available or busy."""
    load: int = 0
    """Open tickets held by those available or busy."""
    free: int = 0


class TeamEarned(msgspec.Struct, frozen=True, kw_only=True):
    """Points and badges of a team."""

    points: int = 0
    by_rule: dict[str, int] = {}
    badges: tuple[str, ...] = ()


class PresenceBoard(msgspec.Struct, frozen=True, kw_only=True):
    """Who is there, of one tenant: key `tenant`."""

    tenant: str
    as_of: int
    expires_at: int
    epoch: int
    known: bool
    """False: nobody's presence was told for too long; whether anybody is there cannot be told."""
    heard_at: int | None
    """When the newest event of a responder was appended."""
    total: PresenceCount
    queues: dict[str, PresenceCount] = {}
    """`*`: those who take any queue."""
    channels: dict[str, PresenceCount] = {}
    skills: dict[str, PresenceCount] = {}
    teams: dict[str, PresenceCount] = {}
    team_earned: dict[str, TeamEarned] = {}
