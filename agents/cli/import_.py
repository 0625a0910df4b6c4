"""`firstreply import`: other systems' histories as ticket events."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

import typer

from agents.cli.ndjson import STDOUT, write_lines
from agents.cli.terminal import CommandError
from agents.importers.servicenow import ServiceNowLog
from agents.importers.tables import UnreadableTableError
from agents.instants import parse_instant
from pipeline.codec import encode


def register(app: typer.Typer) -> None:
    """Add the command."""
    importer = typer.Typer(no_args_is_help=True, help="Turn another system's history into ticket events.")
    importer.command("servicenow")(servicenow)
    app.add_typer(importer, name="import")


def servicenow(
    file: Annotated[Path, typer.Argument(help="The incident log: CSV, plain, .gz or .xz.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Write there; - is standard output.")] = STDOUT,
    tenant: Annotated[str, typer.Option(help="Whose tickets these are.")] = "servicenow",
    zone: Annotated[str, typer.Option(help="Zone of the log's times, which carry none.")] = "UTC",
    since: Annotated[str | None, typer.Option("--from", help="Only incidents opened from this time on, whole.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only incidents opened before this time, whole.")] = None,
) -> None:
    """Turn the ServiceNow incident log (UCI data set 498) into ticket events, in the order of their arrival.

    Every rule, and what is odd about the log, stands in docs/import-servicenow.md.

    Example: firstreply import servicenow incident_event_log.csv.xz | firstreply replay -
    """
    if zone not in available_timezones():
        msg = f"{zone!r} is not an IANA time zone, such as America/Sao_Paulo"
        raise typer.BadParameter(msg)
    try:
        opened_from = None if since is None else parse_instant(since, zone)
        opened_until = None if until is None else parse_instant(until, zone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    try:
        log = ServiceNowLog(file, tenant=tenant, zone=zone)
    except UnreadableTableError as error:
        raise CommandError(str(error), way_out="see docs/import-servicenow.md for the file that is expected") from error
    count = write_lines(out, map(encode, log.events(opened_from=opened_from, opened_until=opened_until)))
    skipped = f"; {log.skipped_rows:,} rows without number or time skipped" if log.skipped_rows else ""
    print(f"{log.rows:,} rows, {len(log.incidents):,} incidents read; {count:,} events written{skipped}", file=sys.stderr)
