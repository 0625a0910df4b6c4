"""Every output topic against the log."""

from __future__ import annotations

from agents.verification.findings import Check, Checked, Report
from agents.verification.levels import compare_levels
from agents.verification.log import EventRecords
from agents.verification.oracle import OracleResult
from agents.verification.oracle.customers import Customers
from agents.verification.oracle.windows import Windows
from agents.verification.promises import compare_promises, promise_law
from agents.verification.said import Said
from agents.verification.tickets import Place, compare_tickets, compare_waits, ticket_law, wait_law
from pipeline.config import Domain

MOST_CONTACTS = 64
"""What a customer's row holds (docs/semantics.md): of those who have more, the oldest contacts are not related any more."""


def report_of(records: EventRecords, until: dict[int, int]) -> Report:
    """Begin a report."""
    events, until_ms = len(records.arrived), max(until.values())
    return Report(events=events, duplicates=records.duplicates, refused=records.refused, tickets=0, until=until_ms)


def compare_outputs(
    report: Report, domain: Domain, records: EventRecords, said: Said, until: dict[int, int], *, live: bool = False
) -> OracleResult:
    """Compare every output topic with the log, and return what the log says; `until` is the time of each ticket partition, ms."""
    truth = records.truth(until)
    if records.beginnings:
        truth, said = _whole_lives(truth, said)
        why = f"retention has removed the beginning of the log ({records.beginnings}); tickets created since then are compared"
        report.unchecked.append(f"sums, repeats, state, metrics: {why}")
    now_of: dict[Place, int] = {place: until[partition] for place, partition in records.homes.items()}
    report.tickets = len(truth.tickets)
    report.laws += [
        ticket_law(truth, said.tickets, now_of),
        wait_law(truth, said.tickets),
        promise_law(truth, said.sla_events),
    ]
    report.checks += [
        compare_tickets(truth, said.tickets, now_of),
        compare_waits(truth, said.tickets, now_of),
        compare_promises(truth, said.sla_events),
    ]
    if not records.beginnings:
        _compare_sums(report, domain, records, said, until, truth, live=live)
    return truth


def _compare_sums(
    report: Report, domain: Domain, records: EventRecords, said: Said, until: dict[int, int], truth: OracleResult, *, live: bool
) -> None:
    why = asks_of_customers(domain, records, truth)
    with_customers = not why
    if why:
        report.unchecked.append(f"measures of customers: {why}")
    levels = said.levels
    if levels:
        as_of = truth if live else at_tick(records, max(level.as_of for level in levels), until)
        report.checks.append(compare_levels(levels, Windows(as_of), with_customers=with_customers))
    else:
        report.unchecked.append("sums: no service levels were said")
    if with_customers and domain.customers is not None:
        report.checks.append(_compare_repeats(truth, said))


def at_tick(records: EventRecords, tick_ms: int, until: dict[int, int]) -> OracleResult:
    """Count again as of the last whole tick: in event time, what arrives at a tick or later is added with the next one."""
    return records.truth({partition: min(at, tick_ms - 1) for partition, at in until.items()}, before_ms=tick_ms)


def asks_of_customers(domain: Domain, records: EventRecords, truth: OracleResult) -> str:
    """Return why measures of customers cannot be compared; empty where they can."""
    if domain.customers is None:
        return ""
    if records.erases:
        return "a customer was erased, and what is counted of their contacts depends on what was known by then"
    if truth.customers.most > MOST_CONTACTS:
        return f"a customer has more than {MOST_CONTACTS} contacts, of which the oldest are dropped"
    if any(ticket.lives > 1 for ticket in truth.tickets.values()):
        return "a ticket was forgotten and came back, while its contact was kept"
    return ""


def _whole_lives(truth: OracleResult, said: Said) -> tuple[OracleResult, Said]:
    """Leave out the tickets whose creation is not in the log any more."""
    whole = {place: ticket for place, ticket in truth.tickets.items() if not ticket.resumed}
    return OracleResult(truth.domain, whole, Customers([], [], {})), said.only(whole.keys())


def _compare_repeats(truth: OracleResult, said: Said) -> Checked:
    checked = Checked(check=Check.REPEATS)
    found = {(repeat.tenant, repeat.ticket_id): repeat.repeats for repeat in said.repeats}
    expected = truth.customers.repeats
    for place in sorted(expected.keys() | found.keys()):
        checked.same(expected.get(place), found.get(place), "which ticket it repeats", place[0], ticket_id=place[1])
    return checked
