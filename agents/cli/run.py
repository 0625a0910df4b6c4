"""`firstreply run`: the whole pipeline over files, without Kafka."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.sources import fold
from agents.cli.terminal import CommandError, ConfigOption, settings_from
from pipeline.duration import parse

if TYPE_CHECKING:
    from pipeline.offline import Outputs


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    """Tables for people."""
    JSON = "json"
    """One document for programs: every segment, measure, window, alert and ticket."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    files: Annotated[list[Path], typer.Argument(help="NDJSON logs of ticket events, in order of arrival; - is standard input.")],
    config: ConfigOption = None,
    form: Annotated[Format, typer.Option("--format", help="Tables for people, or one JSON document for programs.")] = Format.TEXT,
    window: Annotated[str, typer.Option("--window", help="Which window the tables show.")] = "",
    after: Annotated[
        str, typer.Option("--until-after", help="Let this much time pass after the last event, so that deadlines fall due.")
    ] = "0s",
) -> None:
    """Run the pipeline over files: the same engines, the same numbers, no broker.

    Example: [cyan]firstreply import servicenow log.csv | firstreply run -[/]

    Exit codes: 0 done, 1 a file cannot be read, 78 the configuration is wrong.
    """
    settings = settings_from(config)
    from pipeline.offline import OfflineRun  # noqa: PLC0415 - the engines take a while to load

    name = window or next(reversed(settings.domain.windows))
    if name not in settings.domain.windows:
        choices = ", ".join(settings.domain.windows)
        msg = f"There is no window {name!r}."
        raise CommandError(msg, [f"configured: {choices}"], exit_code=ExitCode.USAGE)
    try:
        after_ms = int(str(parse(after)))
    except ValueError as error:
        raise CommandError("--until-after is no duration.", [str(error)], exit_code=ExitCode.USAGE) from error
    offline = OfflineRun(settings.domain, partitions=1)
    outputs = offline.close(fold(offline, settings, files) + after_ms)
    if form is Format.JSON:
        _print_json(outputs)
    else:
        _print_text(outputs, name)


def _print_json(outputs: Outputs) -> None:
    import msgspec  # noqa: PLC0415 - only here

    from pipeline.engine import Topic  # noqa: PLC0415 - the same

    def raw(values: Iterable[bytes]) -> list[msgspec.Raw]:
        return [msgspec.Raw(value) for value in values]

    compacted = {
        name: raw(value for _, value in sorted(outputs.compacted[topic].items()))
        for name, topic in (("service_levels", Topic.SERVICE_LEVELS), ("alerts", Topic.ALERTS), ("tickets", Topic.CLOCKS))
    }
    document = {
        "digest": outputs.digest(),
        **compacted,
        "sla_events": raw(value for _, value in outputs.sla_events),
        "dead_letters": outputs.dead_letters,
    }
    sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")


def _print_text(outputs: Outputs, window: str) -> None:
    import msgspec  # noqa: PLC0415 - only here
    from rich.console import Console  # noqa: PLC0415 - the same

    from agents.screen import board, moment  # noqa: PLC0415 - the same
    from pipeline.engine import Topic  # noqa: PLC0415 - the same
    from pipeline.signals import Alert, ServiceLevel  # noqa: PLC0415 - the same

    levels = [msgspec.json.decode(v, type=ServiceLevel) for _, v in sorted(outputs.compacted[Topic.SERVICE_LEVELS].items())]
    alerts = [msgspec.json.decode(v, type=Alert) for _, v in sorted(outputs.compacted[Topic.ALERTS].items())]
    console = Console()
    as_of = max((level.as_of for level in levels), default=0)
    console.print(board(levels, alerts, window, f"last {window} to {moment(as_of)} UTC"))
    for letter in outputs.dead_letters[:10]:
        console.print(f"[yellow]refused[/] offset {letter.offset}: {letter.reason}: {letter.detail}")
    refused = len(outputs.dead_letters)
    console.print(f"{len(outputs.compacted[Topic.CLOCKS])} tickets kept, {len(outputs.sla_events)} SLA events, {refused} refused")
