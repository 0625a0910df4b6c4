"""Tickets and waits: nothing is lost, nothing is there twice, and `clocks` tells of each what the log does."""

from __future__ import annotations

from collections import Counter

from agents.verification.findings import Check, Checked, Law
from agents.verification.oracle import OracleResult
from agents.verification.oracle.facts import DONE, EndedBy, Running, TicketResult
from pipeline.measures import Measure
from pipeline.signals import ClockState, TicketClocks

Place = tuple[str, str]
"""Tenant, ticket."""


def compare_tickets(truth: OracleResult, said: list[TicketClocks], now_of: dict[Place, int]) -> Checked:
    """Compare what is said of every ticket; `now_of` is the time of each ticket's partition, ms."""
    checked = Checked(check=Check.TICKETS)
    told = {(one.tenant, one.ticket_id): one for one in said}
    horizon_ms = truth.domain.reopen_horizon
    for place in sorted(truth.tickets.keys() | told.keys()):
        ticket, one = truth.tickets.get(place), told.get(place)
        tenant, ticket_id = place
        if ticket is None:
            checked.same(None, "kept", "a ticket that is not in the log", tenant, ticket_id=ticket_id)
        elif ticket.is_forgotten(now_of[place], horizon_ms):
            checked.same(None, None if one is None else "kept", "a ticket that should be forgotten", tenant, ticket_id=ticket_id)
        elif one is None:
            checked.same(_standing(ticket), "missing", "a ticket of the log", tenant, ticket_id=ticket_id)
        else:
            _compare(checked, ticket, one)
    return checked


def compare_waits(truth: OracleResult, said: list[TicketClocks], now_of: dict[Place, int]) -> Checked:
    """Compare who waits now, and since when."""
    checked = Checked(check=Check.WAITS)
    told = {(one.tenant, one.ticket_id): one for one in said}
    for place, ticket in sorted(truth.tickets.items()):
        one = told.get(place)
        if one is None or ticket.is_forgotten(now_of[place], truth.domain.reopen_horizon):
            continue
        since = None if ticket.stands[-1].gone else _waiting_since(ticket)
        checked.same(since, one.waiting_since, "since when the customer waits", place[0], ticket_id=place[1])
    return checked


def ticket_law(truth: OracleResult, said: list[TicketClocks], now_of: dict[Place, int]) -> Law:
    """Return the conservation of tickets: those of the log are what `clocks` says they are, or forgotten."""
    counted = Counter("gone" if one.status == "gone" else "solved" if one.status in DONE else "open" for one in said)
    forgotten = sum(ticket.is_forgotten(now_of[place], truth.domain.reopen_horizon) for place, ticket in truth.tickets.items())
    parts = {name: counted[name] for name in ("open", "solved", "gone")}
    return Law(name="tickets in the log", total=len(truth.tickets), parts=parts | {"forgotten": forgotten})


def wait_law(truth: OracleResult, said: list[TicketClocks]) -> Law:
    """Return the conservation of waits: every one that began was ended once, or `clocks` says that it runs."""
    waits = [wait for ticket in truth.tickets.values() for wait in ticket.waits]
    ended = Counter(wait.ended_by for wait in waits)
    parts = {"ended by a reply": ended[EndedBy.REPLY], "by a solve": ended[EndedBy.SOLVE], "abandoned": ended[EndedBy.ABANDONED]}
    hidden = sum(ticket.stands[-1].gone and _waiting_since(ticket) is not None for ticket in truth.tickets.values())
    running = sum(one.waiting_since is not None for one in said)
    parts |= {"running": running, "running on tickets that are gone": hidden}
    return Law(name="waits begun", total=len(waits), parts=parts)


def _compare(checked: Checked, ticket: TicketResult, one: TicketClocks) -> None:
    latest = {measure: ticket.values(measure) for measure in (Measure.FIRST_RESOLUTION, Measure.FULL_RESOLUTION)}
    pairs: list[tuple[str, int | str | None, int | str | None]] = [
        ("status", _standing(ticket), one.status),
        ("replies", ticket.replies, one.replies),
    ]
    if ticket.lives == 1:  # of a life before, nothing is kept
        pairs.append(("reopened", len(ticket.values(Measure.REOPENED)), one.reopened))
        for name, measure in (("first_resolution_ms", Measure.FIRST_RESOLUTION), ("full_resolution_ms", Measure.FULL_RESOLUTION)):
            if latest[measure]:  # what was not counted, on a ticket that was gone, is kept there all the same
                pairs.append((name, latest[measure][-1], getattr(one, name)))
    for name, expected, found in pairs:
        checked.same(expected, found, name, ticket.tenant, ticket_id=ticket.ticket_id)
    expected_clocks = sorted(_words(clock) for clock in ticket.clocks)
    found_clocks = sorted(_words(clock) for clock in one.clocks)
    checked.same("; ".join(expected_clocks), "; ".join(found_clocks), "clocks", ticket.tenant, ticket_id=ticket.ticket_id)


def _words(clock: Running | ClockState) -> str:
    due = "" if clock.due_at is None or clock.state == "paused" else f" due {clock.due_at}"
    promise = f"{clock.measure.value} {clock.instance} {clock.state}, {clock.policy} within {clock.target_ms}"
    return f"{promise} since {clock.started_at}{due}"


def _standing(ticket: TicketResult) -> str:
    last = ticket.stands[-1]
    return "gone" if last.gone else last.status.value


def _waiting_since(ticket: TicketResult) -> int | None:
    return next((wait.start_ms for wait in ticket.waits if wait.end_ms is None), None)
