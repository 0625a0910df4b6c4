"""`firstreply explain`: why a ticket's clocks say what they say, and which tickets stand behind a number."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.run import Format
from agents.cli.sources import FilesArgument, told
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, settings_from

if TYPE_CHECKING:
    from agents.settings import Settings
    from pipeline.accounting.account import Account
    from pipeline.accounting.journal import Journal
    from pipeline.measures import Measure

FormatOption = Annotated[Format, typer.Option("--format", help="Tables for people, or one JSON document for programs.")]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", help="What happened before this time, such as 2026-03-02T09:30:00Z; otherwise the whole log."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    words = "Show where a number comes from: one ticket's clocks, or the tickets behind a number."
    group = typer.Typer(help=words, no_args_is_help=True)
    group.command("ticket")(ticket)
    group.command("number")(number)
    app.add_typer(group, name="explain")


def ticket(
    ticket_id: Annotated[str, typer.Argument(metavar="TICKET", help="Id of the ticket, or tenant:id.")],
    files: FilesArgument = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    until: UntilOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell the life of one ticket: every event, every clock segment, and what it added to which number.

    Example: [cyan]firstreply explain ticket INC0000045 log.ndjson[/]

    Exit codes: 0 done, 1 there is no such ticket, 75 the broker is away, 78 the configuration is wrong.
    """
    settings = settings_from(config, bootstrap)
    from pipeline.identity import ticket_key  # noqa: PLC0415 - the engines take a while to load
    from pipeline.partitioning import partition_of  # noqa: PLC0415 - the same

    tenant, _, name = ticket_id.rpartition(":")
    partition = partition_of(ticket_key(tenant, name), settings.topics.ticket_partitions) if tenant and not files else None
    journal = _journal(settings, files, partition, name, tenant or None)
    accounts = _accounts(settings, journal, _until(until, journal))
    if not accounts:
        msg = f"There is no event of ticket {ticket_id!r}."
        raise CommandError(msg, ["other tickets are there" if journal.latest_ms else "the log is empty"])
    from agents.explaining import show_ticket, ticket_document  # noqa: PLC0415 - rich takes a while to load

    if form is Format.JSON:
        for one in accounts:
            sys.stdout.buffer.write(ticket_document(one, settings.domain.dimensions) + b"\n")
    else:
        for one in accounts:
            show_ticket(one, settings.domain.dimensions)


def number(
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="Such as first_reply, solved or sla_first_reply_breached.")],
    files: FilesArgument = None,
    segment: Annotated[
        list[str] | None, typer.Option("--segment", "-s", help="dimension=value, repeatable; without it, everything.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="Begin of the window.")] = None,
    window: Annotated[
        str, typer.Option("--window", "-w", help="Its length, such as 1h or 7d, where --since is not given.")
    ] = "1d",
    until: UntilOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many tickets to print.")] = 50,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """List the tickets behind one number: who added how much to a measure of a segment in a window.

    Example: [cyan]firstreply explain number first_reply log.ndjson -s queue=billing --window 7d[/]

    Exit codes: 0 done, 2 no such measure or dimension, 75 the broker is away, 78 the configuration is wrong.
    """
    settings = settings_from(config, bootstrap)
    wanted, pairs = _measure(measure), _segment(segment or [], settings)
    from agents.instants import parse_instant  # noqa: PLC0415 - the engines take a while to load
    from pipeline.accounting.tracing import behind  # noqa: PLC0415 - the same
    from pipeline.duration import parse  # noqa: PLC0415 - the same

    journal = _journal(settings, files)
    until_ms = _until(until, journal)
    try:
        since_ms = until_ms - int(str(parse(window))) if since is None else parse_instant(since, settings.domain.zone)
    except ValueError as error:
        raise CommandError("The window is not to be read.", [str(error)], exit_code=ExitCode.USAGE) from error
    accounts = _accounts(settings, journal, until_ms)
    traces = behind(accounts, wanted, pairs, settings.domain.dimensions, since_ms, until_ms)
    from agents.explaining import number_document, show_number  # noqa: PLC0415 - rich takes a while to load

    if form is Format.JSON:
        sys.stdout.buffer.write(number_document(wanted, pairs, since_ms, until_ms, traces) + b"\n")
    else:
        show_number(wanted, pairs, since_ms, until_ms, traces, limit)


def _journal(
    settings: Settings,
    files: list[Path] | None,
    partition: int | None = None,
    ticket_id: str | None = None,
    tenant: str | None = None,
) -> Journal:
    from pipeline.accounting.journal import Journal  # noqa: PLC0415 - the engines take a while to load
    from pipeline.engine import Topic  # noqa: PLC0415 - the same

    journal = Journal(ticket_id, tenant)
    for record in told(settings, files, Topic.TICKET_EVENTS, partition):
        if record.value is not None:
            journal.take(record.value, record.at_ms)
    return journal


def _accounts(settings: Settings, journal: Journal, until_ms: int) -> list[Account]:
    from pipeline.accounting.account import account  # noqa: PLC0415 - the engines take a while to load
    from pipeline.tickets.rules import Rules  # noqa: PLC0415 - the same

    rules = Rules(settings.domain)
    found = []
    for key in sorted(journal.entries):
        tenant, _, ticket_id = key.decode().partition(":")
        life = [entry for entry in journal.life(key) if entry.at < until_ms]
        if life:
            found.append(account(life, rules, tenant, ticket_id, until_ms))
    return found


def _until(text: str | None, journal: Journal) -> int:
    from agents.instants import parse_instant  # noqa: PLC0415 - the engines take a while to load

    if text is None:
        return journal.latest_ms + 1
    try:
        return parse_instant(text)
    except ValueError as error:
        raise CommandError("--until is no time.", [str(error)], exit_code=ExitCode.USAGE) from error


def _measure(text: str) -> Measure:
    from pipeline.measures import Measure  # noqa: PLC0415 - the engines take a while to load

    try:
        return Measure(text)
    except ValueError:
        msg = f"There is no measure {text!r}."
        raise CommandError(msg, [", ".join(one.value for one in Measure)], exit_code=ExitCode.USAGE) from None


def _segment(texts: list[str], settings: Settings) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in texts)
    wrong = [name for name in pairs if name not in settings.domain.dimensions]
    if wrong:
        known = ", ".join(settings.domain.dimensions)
        msg = f"{', '.join(wrong)}: not among the dimensions."
        raise CommandError(msg, [f"dimensions: {known}"], exit_code=ExitCode.USAGE)
    return pairs
