"""`firstreply backtest`: what other rules and promises would have said of the past."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.run import Format
from agents.cli.sources import FilesArgument, told
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption

if TYPE_CHECKING:
    from agents.backtesting.folding import Folded, Sought
    from agents.backtesting.inputs import Inputs
    from agents.settings import Settings
    from pipeline.backtest.form import Backtest, Labels


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backtest")(backtest)


def backtest(
    files: FilesArgument = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", "-p", metavar="FILE", help="The proposed configuration: a whole TOML file with its [domain]."),
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Propose one setting: jump.factor=1.5. Repeatable.")
    ] = None,
    rules: Annotated[
        list[str] | None, typer.Option("--rule", metavar="NAME", help="Look at this alert rule only. Repeatable.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="TOML: true incidents, and false alarms.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Count from here on; what was before is learnt from.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="End; otherwise the end of the log.")] = None,
    form: Annotated[Format, typer.Option("--format", help="Tables for people, or one JSON document for programs.")] = Format.TEXT,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write one page with a timeline there.")] = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Try alert rules and promises on the past: which alerts would have fired, against the present ones.

    Runs a log, or without one the topic of the broker, through the pipeline with both configurations. The present one is
    --config, the proposed one --policy, or the present one with --set.

    Example: [cyan]firstreply backtest march.ndjson --set jump.factor=1.5 --since 2026-03-08 --html trial.html[/]

    Exit codes: 0 done, 1 nothing to read, 2 wrong arguments, 75 the broker is away, 78 a configuration or the labels are wrong.
    """
    if policy is None and not changes:
        way_out = "name a file with --policy, or single settings with --set jump.factor=1.5"
        raise CommandError("What is to be tried?", ["neither --policy nor --set is given"], way_out, ExitCode.USAGE)
    page = None if html is None else _page_of(html)
    inputs = _inputs(config, policy, changes or [], labels, bootstrap)
    sought = _sought(since, until, rules or [], inputs.present)
    found = _compared(_folded(inputs, files, sought), _labels(inputs, files), sought)
    if form is Format.JSON:
        import msgspec  # noqa: PLC0415 - only here

        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    else:
        from agents.backtesting.terminal import show  # noqa: PLC0415 - rich takes a while to load

        show(found)
    if page is not None:
        page(found)
        typer.echo(f"written: {html}", err=True)


def _inputs(config: Path | None, policy: Path | None, changes: list[str], labels: Path | None, bootstrap: str | None) -> Inputs:
    from agents.backtesting.inputs import read_inputs  # noqa: PLC0415 - pydantic is not for the help

    options = {} if bootstrap is None else {"broker": {"bootstrap": bootstrap}}
    try:
        inputs, wrong = read_inputs(config, policy, changes, labels, **options)
    except ValueError as error:
        raise CommandError("--set is not to be read.", [str(error)], exit_code=ExitCode.USAGE) from error
    if inputs is None:
        details = [f"{error.source}: {one.path}: {one.message}" for error in wrong for one in error.mistakes]
        summary = f"{len(details)} mistake{'s' if len(details) != 1 else ''} in what is to be compared"
        raise CommandError(summary, details, "correct these and run it again", ExitCode.CONFIG)
    return inputs


def _sought(since: str | None, until: str | None, rules: list[str], settings: Settings) -> Sought:
    from agents.backtesting.folding import Sought  # noqa: PLC0415 - the engines take a while to load
    from agents.instants import parse_instant  # noqa: PLC0415 - the same
    from pipeline.judgement.judges import RULES  # noqa: PLC0415 - the same

    if unknown := [rule for rule in rules if rule not in RULES]:
        msg = f"There is no rule {unknown[0]!r}."
        raise CommandError(msg, [f"there are: {', '.join(RULES)}"], exit_code=ExitCode.USAGE)
    try:
        begin, end = (None if text is None else parse_instant(text, settings.domain.zone) for text in (since, until))
    except ValueError as error:
        raise CommandError("The period is not to be read.", [str(error)], exit_code=ExitCode.USAGE) from error
    if begin is not None and end is not None and begin >= end:
        raise CommandError("The period is empty: --since is not before --until.", exit_code=ExitCode.USAGE)
    return Sought(begin, end, tuple(rules))


def _folded(inputs: Inputs, files: list[Path] | None, sought: Sought) -> Folded:
    from agents.backtesting.folding import fold, total_bytes  # noqa: PLC0415 - the engines take a while to load
    from agents.cli.meter import Meter  # noqa: PLC0415 - the same
    from agents.screen import moment  # noqa: PLC0415 - the same
    from pipeline.engine import Topic  # noqa: PLC0415 - the same

    total = total_bytes(files)
    with Meter("records", total) as meter:

        def report(done: int, size: int, at_ms: int) -> None:
            meter.show(done, size if total else None, lambda: moment(at_ms))

        domains = inputs.present.domain, inputs.proposed.domain
        folded = fold(domains, told(inputs.present, files, Topic.TICKET_EVENTS), sought, report)
    if folded is None:
        raise CommandError("There is no event in the input.", ["before --until"] if sought.until else [])
    if folded.period.since >= folded.period.until:
        raise CommandError("The period is empty: --since is after the end of the log.", exit_code=ExitCode.USAGE)
    return folded


def _labels(inputs: Inputs, files: list[Path] | None) -> Labels:
    """Return the labels; where the log is the broker's, with what people annotated there."""
    if files:
        return inputs.labels
    from msgspec.structs import replace  # noqa: PLC0415 - only here

    from agents.backtesting.labels import annotated  # noqa: PLC0415 - the same
    from pipeline.engine import Topic  # noqa: PLC0415 - the same

    noted = annotated(one.value for one in told(inputs.present, None, Topic.ALERT_ACTIONS) if one.value)
    return replace(inputs.labels, false_alarms=(*inputs.labels.false_alarms, *noted))


def _compared(folded: Folded, labels: Labels, sought: Sought) -> Backtest:
    from pipeline.backtest.comparison import backtest as compare  # noqa: PLC0415 - the engines take a while to load

    return compare(folded.present, folded.proposed, folded.period, labels, sought.rules)


def _page_of(file: Path) -> Callable[[Backtest], None]:
    """Return what writes the page. What it lacks is said before the log is run, not after."""
    if not file.parent.is_dir():
        msg = f"{file} cannot be written."
        raise CommandError(msg, [f"there is no folder {file.parent}"], exit_code=ExitCode.USAGE)
    try:
        from agents.backtesting.page import html  # noqa: PLC0415 - Matplotlib takes long to load
    except ModuleNotFoundError as error:
        way_out = "install them with: pip install 'firstreply[report]'"
        raise CommandError("The page needs Jinja and Matplotlib.", [str(error)], way_out) from error

    def write(found: Backtest) -> None:
        try:
            file.write_text(html(found), encoding="utf-8")
        except OSError as error:
            msg = f"{file} cannot be written."
            raise CommandError(msg, [error.strerror or str(error)]) from error

    return write
