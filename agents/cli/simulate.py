"""`firstreply simulate`: the events of a support centre that does not exist."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from agents.cli.ndjson import STDOUT, write_lines
from agents.instants import parse_instant
from agents.simulator import CENTRE, Disorder, Jump, lines, presence, simulate
from pipeline.duration import parse
from pipeline.responders.codec import encode

START = "2026-03-02"
HOUR_MS = 3_600_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(command)


def jump_of(text: str) -> Jump:
    """Read `QUEUE@AFTER[,DURATION[,SHARE OF STAFF LEFT]]`, such as `technical@37h,90m,0.15`.

    Raises:
        ValueError: it is not written like that.

    """
    queue, at, rest = text.partition("@")
    parts = rest.split(",") if at else []
    if not queue or not 1 <= len(parts) <= 3:
        msg = f"{text!r} is no jump; write QUEUE@AFTER[,DURATION[,SHARE OF STAFF LEFT]], for example technical@37h,90m,0.15"
        raise ValueError(msg)
    jump = Jump(queue=queue, at_ms=_duration(parts[0]))
    if len(parts) > 1:
        jump = msgspec.structs.replace(jump, duration_ms=_duration(parts[1]))
    if len(parts) > 2:
        jump = msgspec.structs.replace(jump, staff_share=float(parts[2]))
    return jump


def command(
    seed: Annotated[int, typer.Option(help="The same seed gives the same events.")] = 1,
    hours: Annotated[float, typer.Option(min=0, help="How much time passes.")] = 24,
    start: Annotated[str, typer.Option(help="When it begins (the default is a Monday).")] = START,
    out: Annotated[Path, typer.Option("--out", "-o", help="Write there; - is standard output.")] = STDOUT,
    jumps: Annotated[
        list[str] | None,
        typer.Option("--jump", help="A jump of first reply times: QUEUE@AFTER[,DURATION[,SHARE OF STAFF LEFT]]. Repeatable."),
    ] = None,
    scale: Annotated[float, typer.Option(min=0.01, help="So many times the usual sixty tickets an hour.")] = 1,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Share of events told twice.")] = 0,
    delayed: Annotated[float, typer.Option(min=0, max=1, help="Share of events that arrive late.")] = 0,
    malformed: Annotated[float, typer.Option(min=0, max=1, help="Share of lines that are no events.")] = 0,
    responders: Annotated[Path | None, typer.Option(help="Write the responders' presence and rota there, too.")] = None,
) -> None:
    """Simulate a support centre: queues, channels, shifts, bots, reopenings, and jumps of first reply times.

    Example: firstreply simulate --hours 48 --jump technical@37h | firstreply replay -
    """
    disorder = Disorder(duplicates=duplicates, delayed=delayed, malformed=malformed)
    try:
        start_ms = parse_instant(start)
        centre = msgspec.structs.replace(CENTRE.scaled(scale), jumps=tuple(map(jump_of, jumps or ())), disorder=disorder)
        told = simulate(centre, seed, start_ms, int(hours * HOUR_MS))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    count = write_lines(out, (value for _, _, value in lines(told, disorder, seed)))
    print(f"{count:,} events of {hours:g} hours simulated", file=sys.stderr)
    if responders is not None:
        people = write_lines(responders, (encode(event) for event in presence(centre, start_ms, int(hours * HOUR_MS))))
        print(f"{people:,} events of responders simulated", file=sys.stderr)


def _duration(text: str) -> int:
    value = parse(text)
    assert isinstance(value, int)  # noqa: S101 - a text gives a number or raises
    return value
