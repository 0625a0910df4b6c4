"""`firstreply verify`: the log counted again by brute force, against what the pipeline says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.run import Format
from agents.cli.sources import FilesArgument, told
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, broker_errors, settings_from

if TYPE_CHECKING:
    from agents.settings import Settings
    from agents.verification.findings import Report


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    files: FilesArgument = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="What `firstreply run --format json` said of these files.")
    ] = None,
    metrics_url: Annotated[
        list[str] | None, typer.Option("--metrics-url", help="A worker's /metrics; once for each worker, or not at all.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many differences of each check to print.")] = 10,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    form: Annotated[Format, typer.Option("--format", help="For people, or one JSON document for programs.")] = Format.TEXT,
) -> None:
    """Count the whole log again by brute force, and compare state, output topics and metrics with it.

    Tickets, waits and breaches are conserved; every clock, every deadline and every figure of every window is that of the log.
    It takes far longer than the pipeline did, and holds the log in memory.

    Examples:
      [cyan]firstreply verify --metrics-url http://127.0.0.1:9464/metrics[/]
      [cyan]firstreply run log.ndjson --format json > said.json && firstreply verify log.ndjson --output said.json[/]

    Exit codes: 0 everything agrees, 1 something differs or cannot be read, 75 the broker is away, 78 the configuration is wrong.

    """
    settings = settings_from(config, bootstrap)
    if bool(files) != (output is not None):
        raise CommandError(
            "Files are verified with what was said of them.",
            ["name both the files and --output, or neither to verify the broker's topics"],
            exit_code=ExitCode.USAGE,
        )
    report = _of_files(settings, files, output) if files and output else _of_broker(settings, metrics_url or [])
    if form is Format.JSON:
        import msgspec  # noqa: PLC0415 - only here

        document = {"agrees": report.agrees, "advice": {c.check: c.check.advice for c in report.checks if c.findings}}
        sys.stdout.buffer.write(msgspec.json.encode(document | msgspec.to_builtins(report)) + b"\n")
    else:
        from agents.verification.screen import show  # noqa: PLC0415 - rich takes a while to load

        show(report, limit)
    if not report.agrees:
        raise typer.Exit(ExitCode.FAILED)


def _of_files(settings: Settings, files: list[Path], output: Path) -> Report:
    import msgspec  # noqa: PLC0415 - only here

    from agents.history import Placed  # noqa: PLC0415 - the codec takes a while to load
    from agents.verification.log import EventRecords  # noqa: PLC0415 - the same
    from agents.verification.outputs import compare_outputs, report_of  # noqa: PLC0415 - the same
    from agents.verification.said import Document  # noqa: PLC0415 - the same
    from pipeline.engine import Topic  # noqa: PLC0415 - the same

    try:
        document = msgspec.json.decode(output.read_bytes(), type=Document)
    except (OSError, msgspec.MsgspecError) as error:
        msg = f"{output} cannot be read."
        raise CommandError(msg, [str(error)], "write it with: firstreply run FILES --format json") from error
    records = EventRecords(settings.domain, document.dead_letters)
    records.take(
        Placed(0, place, one.key, one.value, one.at_ms, ())
        for place, one in enumerate(told(settings, files, Topic.TICKET_EVENTS))
    )
    if not records.arrived:
        raise CommandError("There is no event in the input.")
    until = {0: document.until or records.latest[0]}
    report = report_of(records, until)
    compare_outputs(report, settings.domain, records, document.said(), until)
    report.unchecked.append("state, metrics: a run over files keeps none")
    return report


def _of_broker(settings: Settings, urls: list[str]) -> Report:
    from agents.history import MissingTopicError  # noqa: PLC0415 - kafka-python takes a while to load
    from agents.verification import broker  # noqa: PLC0415 - the same

    try:
        with broker_errors(settings.broker.bootstrap):
            return broker.verify(settings, urls)
    except MissingTopicError as error:
        msg = f"The topic {error} is not there."
        raise CommandError(msg, [f"broker {settings.broker.bootstrap}"], "create the topics: firstreply topics apply") from error
    except broker.NothingAppliedError as error:
        raise CommandError(
            "There is no state to verify.",
            ["no worker has committed anything, or it runs with delivery = at_least_once, which keeps no state on the broker"],
            "start `firstreply worker` on a broker with transactions, and verify once it has read the log",
        ) from error
