"""`firstreply calendars`: look at opening hours, and write down holidays from a file or a country."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import CommandError, ConfigOption, settings_from

if TYPE_CHECKING:
    from agents.calendars.week import Day
    from pipeline.config import Domain


def register(app: typer.Typer) -> None:
    """Add the commands."""
    calendars = typer.Typer(no_args_is_help=True, help="Look at opening hours; write holidays down.")
    calendars.command("show")(show)
    calendars.command("import")(import_)
    app.add_typer(calendars, name="calendars")


def show(
    config: ConfigOption = None,
    queue: Annotated[str, typer.Option("--queue", help="The calendar of this queue.", metavar="QUEUE")] = "",
    team: Annotated[str, typer.Option("--team", help="The calendar of this team.", metavar="TEAM")] = "",
    calendar: Annotated[str, typer.Option("--calendar", help="The calendar of this name.", metavar="NAME")] = "",
    week: Annotated[str, typer.Option("--week", help="A date in the week, such as 2026-11-23; today.", metavar="DATE")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Print a week of opening hours: every calendar, or the one of a queue or team, holidays written out.

    Example: [cyan]firstreply calendars show --queue billing --week 2026-12-24[/]

    Exit codes: 0 printed, 2 there is no such calendar or date, 78 the configuration is wrong.
    """
    from agents.calendars.week import dated, week_of  # noqa: PLC0415 - pydantic is not for --help

    domain = settings_from(config).domain
    names = _chosen(domain, queue, team, calendar)
    weeks = {}
    for name in names:
        on = _date(week) if week else _today(domain.calendars[name].zone)
        weeks[name] = week_of(name, domain.calendars[name], on)
    if as_json:
        print(json.dumps({name: _as_data(domain, name, days) for name, days in weeks.items()}, indent=2, ensure_ascii=False))
        return
    for name, days in weeks.items():
        print("\n".join(_lines(domain, name, days)))
        year = days[0].on.year
        if special := dated(domain.calendars[name], year):
            print(f"  dates of {year} with hours of their own:")
            print("\n".join(f"    {on:%a %Y-%m-%d}  {note}" for on, note in special))
        print()


def import_(
    file: Annotated[Path | None, typer.Argument(help="An iCalendar file (.ics).", metavar="[FILE.ics]")] = None,
    country: Annotated[str, typer.Option("--country", help="Public holidays of a country: DE.", metavar="CODE")] = "",
    subdivision: Annotated[str, typer.Option("--subdivision", help="And of a part of it: BY.", metavar="CODE")] = "",
    calendar: Annotated[str, typer.Option("--calendar", help="Name of the calendar to write.", metavar="NAME")] = "office",
    zone: Annotated[str, typer.Option("--zone", help="Its zone, for events with times.", metavar="ZONE")] = "UTC",
    years: Annotated[str, typer.Option("--years", help="Which years, such as 2026-2028.", metavar="FROM-UNTIL")] = "",
    skip: Annotated[list[str] | None, typer.Option("--skip", help="A name that does not count; repeat.", metavar="NAME")] = None,
) -> None:
    """Write the holidays of a file or a country as TOML on standard output, to paste into firstreply.toml.

    What is written down stays as it is, also when a newer release knows other dates. All-day events close; events with
    times are the opening hours of their date.

    Examples: [cyan]firstreply calendars import holidays.ics --years 2026-2027[/]
    [cyan]firstreply calendars import --country DE --subdivision BY --years 2026-2028 --calendar office[/]

    Exit codes: 0 written, 1 the file is none, 2 wrong arguments.
    """
    from agents.calendars.country import UnknownCountryError, holidays_of  # noqa: PLC0415 - only what the command needs
    from agents.calendars.feed import FeedError, read  # noqa: PLC0415 - the same
    from agents.calendars.special import as_toml, merged  # noqa: PLC0415 - the same

    if file is None and not country:
        raise CommandError("Nothing to import.", way_out="give FILE.ics, or --country DE", exit_code=ExitCode.USAGE)
    wanted = _years(years)
    try:
        from_country = holidays_of(country, subdivision, wanted, skip or ()) if country else {}
        from_file = read(file, _zone(zone), skip or ()) if file is not None else {}
    except UnknownCountryError as error:
        raise CommandError("There are no such holidays.", [str(error)], exit_code=ExitCode.USAGE) from None
    except FeedError as error:
        raise CommandError("The file cannot be used.", [str(error)], exit_code=ExitCode.FAILED) from None
    days = {on: day for on, day in merged([from_country, from_file]).items() if on.year in wanted}
    print(as_toml(days, calendar), end="")


def _chosen(domain: Domain, queue: str, team: str, calendar: str) -> list[str]:
    if queue or team:
        of_team = domain.team_calendars.get(team, domain.default_calendar)
        return [domain.queue_calendars.get(queue, of_team)]
    if not calendar:
        return list(domain.calendars)
    if calendar not in domain.calendars:
        known = ", ".join(domain.calendars)
        msg = f"There is no calendar {calendar!r}."
        raise CommandError(msg, [f"there are: {known}"], exit_code=ExitCode.USAGE)
    return [calendar]


def _lines(domain: Domain, name: str, days: list[Day]) -> Iterator[str]:
    model = domain.calendars[name]
    yield f"{name} ({model.zone}): {_users(domain, name)}"
    for day in days:
        hours = ", ".join(str(opening) for opening in day.openings) or "closed"
        yield f"  {day.on:%a %Y-%m-%d}  {hours}" + (f"   [{day.note}]" if day.note else "")
    yield f"  open {_said(sum((day.length for day in days), timedelta()))} in this week"
    for one in domain.fallbacks:
        if one.calendar in ("", name):
            queues = f" of {', '.join(one.queues)}" if one.queues else ""
            yield f"  while closed, {one.channel.value}{queues} has the promises of {one.to.value}"


def _users(domain: Domain, name: str) -> str:
    queues = [f"queue {queue}" for queue, used in domain.queue_calendars.items() if used == name]
    teams = [f"team {team}" for team, used in domain.team_calendars.items() if used == name]
    default = ["everybody else"] if domain.default_calendar == name else []
    return ", ".join(queues + teams + default) or "used by nobody"


def _as_data(domain: Domain, name: str, days: list[Day]) -> dict[str, Any]:
    return {
        "zone": domain.calendars[name].zone,
        "days": [
            {
                "date": day.on.isoformat(),
                "open": [{"from": one.opens.isoformat(), "until": one.closes.isoformat()} for one in day.openings],
                "note": day.note,
            }
            for day in days
        ],
        "open_seconds": sum(int(day.length.total_seconds()) for day in days),
    }


def _said(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is not a date."
        raise CommandError(msg, way_out="write 2026-11-23", exit_code=ExitCode.USAGE) from None


def _today(zone: str) -> date:
    from agents.clock import SystemClock  # noqa: PLC0415 - not for --help

    return datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        msg = f"{name!r} is no time zone."
        raise CommandError(msg, way_out="write Europe/Berlin", exit_code=ExitCode.USAGE) from None


def _years(text: str) -> range:
    from agents.calendars.special import FIRST_YEAR, LAST_YEAR  # noqa: PLC0415 - not for --help

    first, _, last = text.partition("-")
    try:
        wanted = range(int(first), int(last or first) + 1) if text else range(FIRST_YEAR, LAST_YEAR + 1)
    except ValueError:
        wanted = range(0)
    if not wanted or wanted[0] < FIRST_YEAR or wanted[-1] > LAST_YEAR:
        way_out = f"write 2026 or 2026-2028, between {FIRST_YEAR} and {LAST_YEAR}"
        msg = f"{text!r} is no range of years."
        raise CommandError(msg, way_out=way_out, exit_code=ExitCode.USAGE)
    return wanted
