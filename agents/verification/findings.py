"""What a verification finds: where the pipeline's word differs from the log counted again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Check(StrEnum):
    """What was looked at."""

    TICKETS = "tickets"
    """Every ticket of the log is open, solved, gone or forgotten, and `clocks` tells the same."""
    WAITS = "waits"
    """Every wait has one beginning and at most one end."""
    PROMISES = "promises"
    """Every clock has at most one outcome, a breach stands at its deadline, and `sla-events` says each once."""
    SUMS = "sums"
    """Every figure of every window in `service-levels`."""
    REPEATS = "repeats"
    """Which contact repeats which, in `repeats`."""
    STATE = "state"
    """Totals and open work of every leaf, as the segments' changelog keeps them."""
    METRICS = "metrics"
    """Counters, histograms and open work on `/metrics`."""

    @property
    def advice(self) -> str:
        """Say what to do about a difference."""
        return _ADVICE[self]


_AFRESH = "keep this report and the topics, and begin the state anew under another topics.prefix with: firstreply replay"
_ADVICE = {
    Check.TICKETS: f"`firstreply explain ticket TICKET` shows what the log says of it; then {_AFRESH}",
    Check.WAITS: f"`firstreply explain ticket TICKET` shows its waits; then {_AFRESH}",
    Check.PROMISES: "`firstreply explain ticket TICKET` shows its clocks; check that the policies are those of the time "
    f"(docs/semantics.md, versions), then {_AFRESH}",
    Check.SUMS: "`firstreply explain number MEASURE --since ... --until ...` lists the tickets behind the number; check that the "
    f"configuration is the worker's, then {_AFRESH}",
    Check.REPEATS: f"check that topics, horizon and salt are those of the worker; then {_AFRESH}",
    Check.STATE: f"the state cannot be mended in place: {_AFRESH}",
    Check.METRICS: "scrape every worker (--metrics-url once for each); if all are there, " + _AFRESH,
}

Value = int | str | None


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference."""

    check: Check
    what: str
    """In plain words."""
    tenant: str
    ticket_id: str = ""
    segment: Mapping[str, str] | None = None
    """Dimension -> value; `None` where it is not about a segment."""
    measure: str = ""
    window: str = ""
    at: int | None = None
    """Which time it is about, ms."""
    expected: Value = None
    """What the log says."""
    found: Value = None
    """What the pipeline says."""


class Checked(msgspec.Struct, kw_only=True):
    """One check: how much was compared, and what differs."""

    check: Check
    compared: int = 0
    findings: list[Finding] = []

    def same(
        self,
        expected: Value,
        found: Value,
        what: str,
        tenant: str,
        *,
        ticket_id: str = "",
        segment: Mapping[str, str] | None = None,
        measure: str = "",
        window: str = "",
        at: int | None = None,
    ) -> bool:
        """Compare two values and note a difference; return whether they are the same."""
        self.compared += 1
        if expected == found:
            return True
        self.findings.append(
            Finding(
                check=self.check,
                what=what,
                tenant=tenant,
                ticket_id=ticket_id,
                segment=segment,
                measure=measure,
                window=window,
                at=at,
                expected=expected,
                found=found,
            )
        )
        return False


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is conserved: what there is of it is the sum of what became of it."""

    name: str
    total: int
    parts: dict[str, int]

    @property
    def holds(self) -> bool:
        """Return whether the sum is right."""
        return self.total == sum(self.parts.values())


class Report(msgspec.Struct, kw_only=True):
    """A whole verification."""

    events: int
    """Events of the log, duplicates included."""
    duplicates: int
    refused: int
    """Records that are no events, and events that came too late for a ticket that is no longer kept."""
    tickets: int
    until: int
    """Up to which time deadlines were looked at, ms."""
    laws: list[Law] = []
    checks: list[Checked] = []
    unchecked: list[str] = []
    """What could not be compared, and why."""

    @property
    def findings(self) -> list[Finding]:
        """Return every difference."""
        return [finding for checked in self.checks for finding in checked.findings]

    @property
    def agrees(self) -> bool:
        """Return whether nothing differs."""
        return not self.findings and all(law.holds for law in self.laws)
