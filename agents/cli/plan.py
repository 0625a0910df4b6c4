"""`firstreply plan`: how many people each hour of a week takes, queue by queue, against who is on the rota."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.sources import FilesArgument, one_tenant, told
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, broker_errors, settings_from

if TYPE_CHECKING:
    from agents.settings import Settings
    from pipeline.staffing.form import Plan
    from pipeline.staffing.people import People
    from pipeline.staffing.plan import Past, Staff


class PlanFormat(StrEnum):
    """How a plan is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(plan)


def plan(
    files: FilesArgument = None,
    responders: Annotated[
        Path | None, typer.Option("--responders", help="NDJSON of responder events: shifts, and how long people were busy.")
    ] = None,
    week: Annotated[
        str | None, typer.Option("--week", help="First day, such as 2026-03-16; otherwise the Monday after the log.")
    ] = None,
    queues: Annotated[list[str] | None, typer.Option("--queue", help="This queue only. Repeatable.")] = None,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Whose, where the log has several.")] = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    form: Annotated[PlanFormat, typer.Option("--format", help="Tables for people, one JSON document, or CSV.")] = PlanFormat.TEXT,
) -> None:
    """Plan a week: people needed per hour and queue, from what came in the weeks before, and where the rota does not fit.

    Needs [domain.staffing.handling], how long a contact keeps a responder, or responder events that tell who was busy.

    Example: [cyan]firstreply plan log.ndjson --responders people.ndjson --week 2026-03-16[/]

    Exit codes: 0 done, 1 nothing to plan from, 2 wrong arguments, 75 the broker is away, 78 the configuration is wrong.
    """
    settings = settings_from(config, bootstrap)
    made = _plan(settings, files, responders, week, tenant, queues)
    if form is PlanFormat.TEXT:
        from agents.planning.terminal import show  # noqa: PLC0415 - rich takes a while to load

        show(made, settings.domain)
        return
    from agents.planning.tables import document, write  # noqa: PLC0415 - the engines take a while to load

    if form is PlanFormat.JSON:
        sys.stdout.write(document(made, settings.domain).decode() + "\n")
    else:
        write(made, sys.stdout)


def _plan(
    settings: Settings,
    files: list[Path] | None,
    responders: Path | None,
    week: str | None,
    tenant: str | None,
    queues: list[str] | None,
) -> Plan:
    import msgspec  # noqa: PLC0415 - the engines take a while to load

    from pipeline.config import zone_of  # noqa: PLC0415 - the same
    from pipeline.staffing.plan import plan as build  # noqa: PLC0415 - the same
    from pipeline.staffing.plan import week_from  # noqa: PLC0415 - the same
    from pipeline.windows.slots import Slots  # noqa: PLC0415 - the same

    past = _past(settings, files)
    whose = one_tenant(tenant, past.arrivals.tenants())
    hours = week_from(Slots(zone_of(settings.domain)), _first(week, past, settings))
    made = build(settings.domain, past, whose, hours, _staff(settings, files, responders, past, whose, hours))
    known = [one.queue for one in made.queues]
    if unknown := [queue for queue in queues or () if queue not in known]:
        msg = f"There is no queue {unknown[0]!r}."
        raise CommandError(msg, [f"there are: {', '.join(known)}"], exit_code=ExitCode.USAGE)
    made = msgspec.structs.replace(made, queues=tuple(one for one in made.queues if not queues or one.queue in queues))
    if not any(one.effort_ms for queue in made.queues for one in queue.handling):
        raise CommandError(
            "Nobody has said how long a contact takes.",
            ['needed: [domain.staffing.handling], such as chat = "9m", or --responders with events that say who was busy'],
            "see the end of pipeline/defaults/default.toml, and docs/staffing.md",
            ExitCode.CONFIG,
        )
    return made


def _past(settings: Settings, files: list[Path] | None) -> Past:
    from agents.planning.gathering import arrivals_of  # noqa: PLC0415 - the engines take a while to load
    from pipeline.engine import Topic  # noqa: PLC0415 - the same

    missing = [name for name in ("queue", "channel") if name not in settings.domain.dimensions]
    if missing:
        msg = f"A plan needs {' and '.join(missing)} among domain.dimensions."
        raise CommandError(msg, exit_code=ExitCode.CONFIG)
    past = arrivals_of(settings.domain, told(settings, files, Topic.TICKET_EVENTS))
    if past is None or not past.arrivals.tenants() or past.since >= past.until:
        raise CommandError("There is nothing to plan from.", ["the log holds no whole hour of tickets"])
    return past


def _staff(
    settings: Settings, files: list[Path] | None, responders: Path | None, past: Past, tenant: str, hours: list[int]
) -> Staff:
    from agents.planning.gathering import measured  # noqa: PLC0415 - the engines take a while to load
    from pipeline.config import zone_of  # noqa: PLC0415 - the same
    from pipeline.staffing.plan import Staff  # noqa: PLC0415 - the same
    from pipeline.windows.slots import HOUR, Slots  # noqa: PLC0415 - the same

    people = _people(settings, files, responders)
    if people is None:
        return Staff()
    queues = past.arrivals.queues(tenant)
    shifts = people.rota(tenant, queues, Slots(zone_of(settings.domain)), hours[0], hours[-1] + HOUR)
    return Staff(shifts or None, measured(settings.domain, past, people, tenant))


def _people(settings: Settings, files: list[Path] | None, responders: Path | None) -> People | None:
    from agents.history import MissingTopicError  # noqa: PLC0415 - kafka-python takes a while to load
    from agents.planning.gathering import people_of, responder_lines, responder_records  # noqa: PLC0415 - the same

    if responders is not None:
        try:
            return people_of(responder_lines(responders))
        except OSError as error:
            msg = f"{responders} cannot be read."
            raise CommandError(msg, [error.strerror or str(error)]) from error
    if files or not settings.domain.responders.enabled:
        return None
    try:
        with broker_errors(settings.broker.bootstrap):
            return people_of(responder_records(settings))
    except MissingTopicError:
        return None


def _first(week: str | None, past: Past, settings: Settings) -> int:
    """Return a minute of the first day: the one asked for, or the Monday on which or after which the log ends."""
    from datetime import timedelta  # noqa: PLC0415 - only here

    from agents.instants import parse_instant  # noqa: PLC0415 - the engines take a while to load
    from pipeline.config import zone_of  # noqa: PLC0415 - the same
    from pipeline.windows.slots import MINUTE_MS, Slots  # noqa: PLC0415 - the same

    if week is not None:
        try:
            return parse_instant(week, settings.domain.zone) // MINUTE_MS
        except ValueError as error:
            raise CommandError("The week is not to be read.", [str(error)], exit_code=ExitCode.USAGE) from error
    local = Slots(zone_of(settings.domain)).local(past.until * MINUTE_MS)
    return int((local + timedelta(days=-local.weekday() % 7)).timestamp()) // 60
