"""`firstreply doctor`: is everything in place, and if not, what to do."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import BootstrapOption, ConfigOption, settings_from
from agents.clock import SystemClock
from agents.diagnosis import Finding, Verdict, examine

_STYLES = {
    Verdict.OK: "green",
    Verdict.WARNING: "yellow",
    Verdict.UNKNOWN: "yellow",
    Verdict.FAILED: "bold red",
    Verdict.UNAVAILABLE: "bold red",
}


class Format(StrEnum):
    """Who reads the answer."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(command)


def command(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    form: Annotated[
        Format, typer.Option("--format", help="text for people, json (one finding a line) for programs.")
    ] = Format.TEXT,
) -> None:
    """Check versions, configuration, broker, transactions, clock and topics, and say what to do about what is wrong.

    Writes nothing but two records into a topic of its own, which it removes.

    Example: [cyan]firstreply doctor --bootstrap kafka:9092[/]

    Exit codes: 0 all is well (there may be warnings), 1 something must be put right, 75 the broker is away, 78 the configuration
    is wrong.
    """
    for library in ("aiokafka", "kafka"):  # the findings say it better
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    settings = settings_from(config, bootstrap)
    worst = ExitCode.OK
    console = Console(soft_wrap=True, highlight=False)
    for finding in examine(settings, SystemClock(), config):
        if form is Format.JSON:
            print(msgspec.json.encode(finding).decode())
        else:
            _show(finding, console)
        if finding.verdict is Verdict.UNAVAILABLE:
            worst = ExitCode.UNAVAILABLE
        elif finding.verdict is Verdict.FAILED and worst is ExitCode.OK:
            worst = ExitCode.FAILED
    if worst is not ExitCode.OK:
        raise typer.Exit(worst)


def _show(finding: Finding, console: Console) -> None:
    console.print(
        Text.assemble((f"{finding.verdict:<12}", _STYLES[finding.verdict]), (f"{finding.check:<14}", "bold"), finding.said)
    )
    for line in finding.details:
        console.print(Text(f"{'':<26}{line}", "dim"))
    if finding.way_out:
        console.print(Text.assemble(f"{'':<26}", ("what to do: ", "green"), finding.way_out))
