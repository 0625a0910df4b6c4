"""What a plan of a week says."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Fit(StrEnum):
    """How the rota fits an hour."""

    UNDER = "under"
    FITS = "fits"
    OVER = "over"
    """At least one person, and a quarter, more than even the busiest of the weeks before would have taken."""
    UNKNOWN = "unknown"
    """No forecast, or no rota."""


class Source(StrEnum):
    """Where the rota of a plan comes from."""

    SHIFTS = "shifts"
    """Planned shifts among the responder events."""
    CONFIGURATION = "configuration"
    """The table `domain.staffing.rota`."""
    NONE = "none"


class HourPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of one queue. Numbers of people stand for the rota: shrinkage is in them."""

    at: int
    """Its begin, ms."""
    open: bool
    contacts_milli: int | None
    """Expected contacts, thousandths; `None`: the log holds none of the same hours."""
    fewest: int | None
    most: int | None
    """In the quietest and the busiest of the same hours that the log holds."""
    need: int | None
    need_fewest: int | None
    need_most: int | None
    planned_milli: int | None
    """On the rota, thousandths; `None`: there is no rota."""
    fit: Fit


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """What one contact of a channel costs a responder, and who says so."""

    channel: str
    effort_ms: int | None
    """`None`: nobody has said; its contacts are left out."""
    measured: bool
    contacts: int
    """In the log."""
    live: bool
    within_ms: int | None


class QueuePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A queue's week."""

    queue: str
    weeks: int
    """Of the same hours that the forecast rests on, at least."""
    hours: tuple[HourPlan, ...]
    handling: tuple[Handling, ...]

    @property
    def missing_milli(self) -> int:
        """Return the person-hours that are missing, thousandths."""
        return sum(max(0, -gap) for gap in self._gaps())

    @property
    def spare_milli(self) -> int:
        """Return the person-hours beyond the need, thousandths."""
        return sum(max(0, gap) for gap in self._gaps())

    def _gaps(self) -> list[int]:
        known = ((one.planned_milli, one.need) for one in self.hours)
        return [planned - 1_000 * need for planned, need in known if planned is not None and need is not None]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of one tenant's week."""

    tenant: str
    zone: str
    since: int
    until: int
    log_since: int
    log_until: int
    rota: Source
    queues: tuple[QueuePlan, ...]
