"""`firstreply report`: a period of the past, for a lead to read or to forward."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.sources import FilesArgument, one_tenant, told
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, broker_errors, settings_from
from pipeline.reporting.form import Form

if TYPE_CHECKING:
    from agents.reporting.gathering import Gathered
    from agents.settings import Settings
    from pipeline.reporting.build import Period
    from pipeline.reporting.form import Report

_DAY_MS = 86_400_000
_SPANS_MS = {Form.HANDOVER: 8 * 3_600_000, Form.WEEKLY: 7 * _DAY_MS}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    files: FilesArgument = None,
    form: Annotated[
        Form, typer.Option("--form", help="What it is for: any period, the shift's last 8 hours, or the last whole week.")
    ] = Form.PERIOD,
    since: Annotated[
        str | None, typer.Option("--since", help="Begin, such as 2026-03-01; otherwise the begin of the log.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="End; otherwise the end of the log.")] = None,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Whose, where the log has several.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write one page with plots there.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the tables as CSV into this folder.")] = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Report a period: every measure with its differences, promises, volume by hour, the longest waits, levels and goals.

    Reads a log, or without one what the pipeline has published to the broker.

    Example: [cyan]firstreply report log.ndjson --form weekly --html week.html[/]

    Exit codes: 0 done, 1 nothing to report, 2 wrong arguments, 75 the broker is away, 78 the configuration is wrong.
    """
    settings = settings_from(config, bootstrap)
    from agents.reporting.terminal import show  # noqa: PLC0415 - the engines take a while to load
    from pipeline.reporting.build import report as build  # noqa: PLC0415 - the same

    gathered = _gathered(settings, files, _instant(until, settings))
    if not (tenants := gathered.cube.tenants()):
        raise CommandError("There is nothing to report: no ticket was counted.")
    whose = one_tenant(tenant, tenants)
    period = _period(form, _instant(since, settings), gathered, whose, settings)
    told_of = build(settings.domain, gathered.cube, whose, period, gathered.ending, form)
    show(told_of)
    if html is not None:
        html.write_text(_page(told_of), encoding="utf-8")
        typer.echo(f"written: {html}", err=True)
    if csv is not None:
        from agents.reporting.tables import write  # noqa: PLC0415 - only here

        typer.echo(f"written: {', '.join(file.name for file in write(told_of, csv))} in {csv}", err=True)


def _page(told_of: Report) -> str:
    try:
        from agents.reporting.page import html  # noqa: PLC0415 - Matplotlib takes long to load
    except ModuleNotFoundError as error:
        way_out = "install them with: pip install 'firstreply[report]'"
        raise CommandError("The page needs Jinja and Matplotlib.", [str(error)], way_out) from error
    return html(told_of)


def _gathered(settings: Settings, files: list[Path] | None, until_ms: int | None) -> Gathered:
    from agents.history import MissingTopicError  # noqa: PLC0415 - kafka-python takes a while to load
    from agents.reporting.gathering import from_log, from_topics  # noqa: PLC0415 - the same
    from pipeline.engine import Topic  # noqa: PLC0415 - the same

    if files:
        return from_log(settings.domain, told(settings, files, Topic.TICKET_EVENTS), until_ms)
    try:
        with broker_errors(settings.broker.bootstrap):
            return from_topics(settings)
    except MissingTopicError as error:
        msg = f"The topic {error} is not there."
        raise CommandError(msg, way_out="name a file of events, or start the pipeline with: firstreply worker") from error


def _period(form: Form, since_ms: int | None, gathered: Gathered, tenant: str, settings: Settings) -> Period:
    from pipeline.config import zone_of  # noqa: PLC0415 - the engines take a while to load
    from pipeline.reporting.build import Period  # noqa: PLC0415 - the same
    from pipeline.windows.slots import MINUTE_MS, Slots  # noqa: PLC0415 - the same

    slots = Slots(zone_of(settings.domain))
    until = -(-gathered.latest_ms // MINUTE_MS)
    if since_ms is not None:
        since = since_ms // MINUTE_MS
    elif form in _SPANS_MS:
        since = until - _SPANS_MS[form] // MINUTE_MS
    else:
        known = gathered.cube.span(tenant)
        since = slots.day(slots.hour(known[0] if known else until - 1))
    if since >= until:
        raise CommandError("The period is empty: --since is not before its end.", exit_code=ExitCode.USAGE)
    return Period(since, until)


def _instant(text: str | None, settings: Settings) -> int | None:
    from agents.instants import parse_instant  # noqa: PLC0415 - the engines take a while to load

    try:
        return None if text is None else parse_instant(text, settings.domain.zone)
    except ValueError as error:
        raise CommandError("The period is not to be read.", [str(error)], exit_code=ExitCode.USAGE) from error
