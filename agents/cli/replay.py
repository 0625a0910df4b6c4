"""`firstreply replay`: a log of ticket events into Kafka."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.meter import Meter
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, settings_from
from agents.connection import client_arguments
from agents.eventlog import EventLog, ResponderLog, UnreadableEventError, arrivals
from agents.instants import parse_instant
from agents.replay import Pace, Progress, ReplayError, replay
from agents.settings import Delivery, Settings
from agents.topics import name_of
from pipeline.duration import parse
from pipeline.engine import TimeMode, Topic


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(command)


def command(
    file: Annotated[Path, typer.Argument(help="Events, one JSON object a line; - is standard input.", allow_dash=True)],
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    speed: Annotated[float, typer.Option(min=0, help="Times as fast as it happened; 0: as fast as possible.")] = 0,
    since: Annotated[str | None, typer.Option("--from", help="Only what arrived from this time on.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only what arrived before this time.")] = None,
    clock: Annotated[
        str | None, typer.Option(help="Write clock records into every partition, each time so much time has passed: 1m, 1h.")
    ] = None,
    until_after: Annotated[
        str | None, typer.Option(help="At the end let time pass on by this much, so that the last deadlines fall due: 0s, 2d.")
    ] = None,
    keep_invalid: Annotated[bool, typer.Option("--keep-invalid", help="Send lines that are no events, too.")] = False,
    responders: Annotated[
        bool, typer.Option("--responders", help="The lines are responder events: presence and shifts, for responder-events.")
    ] = False,
) -> None:
    """Play a log of ticket events into Kafka, each record stamped with the time at which it arrived.

    Example: firstreply replay tickets.ndjson --speed 3600 --clock 1m --until-after 1d
    """
    try:
        log = (ResponderLog if responders else EventLog)(since=_instant(since), until=_instant(until), keep_invalid=keep_invalid)
        pace = Pace(speed=speed, clock_every_ms=_duration(clock) or 0, until_after_ms=_duration(until_after))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    settings = settings_from(config, bootstrap)
    if settings.time is TimeMode.LIVE and not speed:
        print("time is 'live': the worker takes these events as arriving now; for history set time = 'event'", file=sys.stderr)
    progress = Progress()
    try:
        with sys.stdin.buffer if file == Path("-") else file.open("rb") as stream:
            _run(settings, log, stream, pace, progress)
    except UnreadableEventError as error:
        way_out = "correct the line, or send it as it is with --keep-invalid"
        raise CommandError(str(error), [_summary(progress, "stopped after")], way_out) from error
    except ReplayError as error:
        details = [_summary(progress, "stopped after")]
        raise CommandError(str(error), details, "find out more with: firstreply doctor", ExitCode.UNAVAILABLE) from error
    except OSError as error:
        msg = f"{file}: {error.strerror or error}"
        raise CommandError(msg, [_summary(progress, "stopped after")]) from error
    except KeyboardInterrupt:
        print(_summary(progress, "interrupted after"), file=sys.stderr)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    print(_summary(progress, "done:"), file=sys.stderr)


def _run(settings: Settings, log: EventLog, stream: BinaryIO, pace: Pace, progress: Progress) -> None:
    size = os.fstat(stream.fileno())
    total = size.st_size if stat.S_ISREG(size.st_mode) else None
    with Meter("records", total) as meter:

        def report() -> None:
            position = stream.tell() if total else None
            meter.show(progress.records, position, lambda: _moment(progress.last_ms))

        client = {"bootstrap_servers": settings.broker.bootstrap.split(","), **client_arguments(settings.broker)}
        topic = name_of(Topic.RESPONDER_EVENTS if isinstance(log, ResponderLog) else Topic.TICKET_EVENTS, settings.topics)

        async def main() -> None:
            task = asyncio.current_task()
            if task is not None:
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
            # A broker without transactions has no idempotent producers either.
            idempotent = settings.delivery is not Delivery.AT_LEAST_ONCE
            await replay(client, topic, arrivals(log, stream), pace=pace, progress=progress, report=report, idempotent=idempotent)

        try:
            asyncio.run(main())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


def _summary(progress: Progress, how: str) -> str:
    clocks = f" and {progress.clocks:,} clock records" if progress.clocks else ""
    reach = f", up to {_moment(progress.last_ms)}" if progress.records else ""
    return f"{how} {progress.records:,} records{clocks}{reach}"


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _instant(text: str | None) -> int | None:
    return None if text is None else parse_instant(text)


def _duration(text: str | None) -> int | None:
    value = None if text is None else parse(text)
    assert value is None or isinstance(value, int)  # noqa: S101 - a text gives a number or raises
    return value
