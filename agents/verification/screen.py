"""How a verification looks on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.screen import name_of
from agents.verification.findings import Check, Finding, Law, Report, Value


def show(report: Report, limit: int, console: Console | None = None) -> None:
    """Print what was compared, what is conserved, and what differs: at most `limit` differences of each check."""
    console = console or Console(soft_wrap=True)
    console.print(
        Text(f"{report.events} events", "bold"),
        f"({report.duplicates} duplicates, {report.refused} refused) of {report.tickets} tickets, counted again up to "
        f"{_moment(report.until)} UTC",
    )
    table = Table(box=SIMPLE_HEAD)
    for heading in ("check", "compared", "differ"):
        table.add_column(heading, justify="left" if heading == "check" else "right")
    for checked in report.checks:
        wrong = len(checked.findings)
        table.add_row(checked.check.value, f"{checked.compared:,}", Text(f"{wrong:,}", "bold red" if wrong else "green"))
    console.print(table)
    for law in report.laws:
        console.print(_law(law))
    for line in report.unchecked:
        console.print(Text(f"not compared: {line}", "yellow"))
    for checked in report.checks:
        if checked.findings:
            _show_findings(console, checked.check, checked.findings, limit)
    console.print(Text("everything agrees", "bold green") if report.agrees else Text("there are differences", "bold red"))


def _show_findings(console: Console, check: Check, findings: list[Finding], limit: int) -> None:
    console.print(Text(f"\n{check.value}: {len(findings)} differ", "bold red"))
    for finding in findings[:limit]:
        both = f"{_shown(finding.expected)} in the log, {_shown(finding.found)} said"
        console.print(Text(f"  {_where(finding)}: {finding.what}: {both}"))
    if len(findings) > limit:
        console.print(Text(f"  and {len(findings) - limit} more; --limit shows them", "dim"))
    console.print(Text.assemble(("  what to do: ", "green"), check.advice))


def _where(finding: Finding) -> str:
    parts: Iterable[str] = (
        f"{finding.tenant}:{finding.ticket_id}" if finding.ticket_id else finding.tenant,
        "" if finding.segment is None else name_of(dict(finding.segment)),
        finding.measure,
        finding.window and f"window {finding.window}",
        "" if finding.at is None else f"at {_moment(finding.at)}",
    )
    return ", ".join(part for part in parts if part)


def _law(law: Law) -> Text:
    parts = " + ".join(f"{amount} {name}" for name, amount in law.parts.items()).replace("+ -", "- ")
    mark = ("=", "green") if law.holds else ("is not", "bold red")
    return Text.assemble(f"{law.total} {law.name} ", mark, f" {parts}")


def _shown(value: Value) -> str:
    return "nothing" if value in (None, "") else str(value)


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")
