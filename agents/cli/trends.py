"""`firstreply trends`: what customers came about, what came up more than before, and which channel settles what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.sources import fold
from agents.cli.terminal import CommandError, ConfigOption, settings_from

if TYPE_CHECKING:
    from agents.settings import Settings
    from pipeline.config import Domain
    from pipeline.signals import ServiceLevel

_SEGMENTS: tuple[tuple[str, ...], ...] = (("topic",), ("topic", "channel"))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trends")(trends)


def trends(
    files: Annotated[list[Path], typer.Argument(help="NDJSON logs of ticket events, in order of arrival; - is standard input.")],
    config: ConfigOption = None,
    window: Annotated[str, typer.Option("--window", help="Which window, against the one before.")] = "7d",
    last_week: Annotated[bool, typer.Option("--last-week", help="Against the same hours last week instead.")] = False,
) -> None:
    """Say which topics rise at the end of a log, and how well each channel settles each topic.

    Needs [domain.topics] and [domain.customers]. A rise is marked when it is more than chance, at 5 %, among all topics looked
    at. Channels are in the order of what their first contact resolution is at least, with 95 % confidence.

    Example: [cyan]firstreply trends --config shop.toml --window 30d log.ndjson[/]

    Exit codes: 0 done, 1 a file cannot be read, 2 there is no such window, 78 the configuration is wrong or asks for no topics.
    """
    settings = settings_from(config)
    domain = _by_topic(settings.domain)
    if window not in domain.windows:
        msg = f"There is no window {window!r}."
        raise CommandError(msg, [f"configured: {', '.join(domain.windows)}"], exit_code=ExitCode.USAGE)
    print("\n".join(_lines(_levels(settings, domain, files), window, against_last_week=last_week)))


def _by_topic(domain: Domain) -> Domain:
    """Return the configuration with segments by topic, and by topic and channel."""
    if domain.customers is None or not domain.topics:
        raise CommandError(
            "The configuration asks for no topics of customers.",
            ["needed: [domain.topics], which tags say what a ticket is about, and [domain.customers] with a salt"],
            "see the end of pipeline/defaults/default.toml",
            ExitCode.CONFIG,
        )
    table = domain.model_dump() | {"customers": domain.customers, "segments": (*domain.segments, *_SEGMENTS)}
    table["dimensions"] = tuple(dict.fromkeys((*domain.dimensions, "topic", "channel")))
    return type(domain).model_validate(table)


def _levels(settings: Settings, domain: Domain, files: list[Path]) -> list[ServiceLevel]:
    import msgspec  # noqa: PLC0415 - the engines take a while to load

    from pipeline.engine import Topic  # noqa: PLC0415 - the same
    from pipeline.offline import OfflineRun  # noqa: PLC0415 - the same
    from pipeline.signals import ServiceLevel  # noqa: PLC0415 - the same

    offline = OfflineRun(domain)
    latest_ms = fold(offline, settings, files)
    # What happened last is said with the tick after it.
    said = offline.close(latest_ms + 2 * domain.event_tick).compacted[Topic.SERVICE_LEVELS]
    return [msgspec.json.decode(value, type=ServiceLevel) for _, value in sorted(said.items())]


def _lines(levels: list[ServiceLevel], window: str, *, against_last_week: bool) -> Iterator[str]:
    from pipeline.customers import trends as reading  # noqa: PLC0415 - the same

    before = "same hours last week" if against_last_week else f"{window} before"
    yield f"topic: contacts in the last {window}, against the {before}; repeats among them"
    for one in reading.trends(levels, window, against_last_week=against_last_week):
        mark = " more than chance" if one.significant else ""
        yield f"  {one.topic:24} {one.now:7} {one.difference:+7}  {one.repeats:6}{mark}"
    yield ""
    yield "topic and channel: settled at the first contact, of those solved; at least, with 95 % confidence"
    for fit in reading.channel_fits(levels, window):
        share, least = fit.settled * 100 // fit.solved, fit.at_least_ppm // 10_000
        yield f"  {fit.topic or '-':24} {fit.channel or '-':10} {fit.settled:6} of {fit.solved:6}  {share:3} %  {least:3} %"
