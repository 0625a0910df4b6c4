"""A plan on a terminal: a week of each queue, hours down and days across."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.planning.wording import assumptions, comes_to, handling
from pipeline.config import Domain
from pipeline.staffing.form import Fit, HourPlan, Plan, QueuePlan, Source

_STYLES = {Fit.UNDER: "bold red", Fit.OVER: "yellow", Fit.FITS: "", Fit.UNKNOWN: ""}
_MARKS = {Fit.UNDER: "!", Fit.OVER: "+", Fit.FITS: " ", Fit.UNKNOWN: " "}


def show(plan: Plan, domain: Domain, console: Console | None = None) -> None:
    """Print a plan."""
    console = console or Console()
    zone = ZoneInfo(plan.zone)
    first = datetime.fromtimestamp(plan.since / 1_000, zone)
    console.print(Text(f"Staffing plan: {plan.tenant}, the week from {first:%a %Y-%m-%d}, {plan.zone}", "bold"))
    cell = "needed" if plan.rota is Source.NONE else "needed/planned, ! too few, + too many"
    console.print(Text(f"people per hour: {cell}, . closed, ? no forecast", "dim"))
    for queue in plan.queues:
        console.print(_week(queue, zone))
        for line in [*comes_to(queue, plan.zone), *handling(queue)]:
            console.print(f"  {line}", highlight=False, markup=False)
    console.print()
    for line in assumptions(plan, domain):
        console.print(f"* {line}", highlight=False, markup=False, style="dim")


def _week(queue: QueuePlan, zone: ZoneInfo) -> Table:
    rows: dict[int, dict[str, HourPlan]] = {}
    days: dict[str, None] = {}
    for one in queue.hours:
        local = datetime.fromtimestamp(one.at / 1_000, zone)
        day = f"{local:%a %d}"
        days[day] = None
        # An hour that the clocks repeat stands once, as the one that needs more.
        there = rows.setdefault(local.hour, {}).get(day)
        if there is None or (one.need or 0) > (there.need or 0):
            rows[local.hour][day] = one
    table = Table(box=SIMPLE_HEAD, title=queue.queue or "(no queue)", title_justify="left", title_style="bold")
    table.add_column("hour", no_wrap=True)
    for day in days:
        table.add_column(day, justify="right", no_wrap=True)
    for hour in sorted(rows):
        cells = [rows[hour].get(day) for day in days]
        if any(one is not None and (one.open or one.planned_milli) for one in cells):
            table.add_row(f"{hour:02d}:00", *(_cell(one) for one in cells))
    return table


def _cell(one: HourPlan | None) -> Text:
    if one is None or not (one.open or one.planned_milli):
        return Text(". ", "dim")
    need = "?" if one.need is None else str(one.need)
    planned = "" if one.planned_milli is None else f"/{_number(one.planned_milli)}"
    return Text(f"{need}{planned}{_MARKS[one.fit]}", _STYLES[one.fit])


def _number(milli: int) -> str:
    return f"{milli / 1_000:.1f}".removesuffix(".0")
