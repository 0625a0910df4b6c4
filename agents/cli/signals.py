"""`firstreply signals`: keep every queue's routing signal in Redis."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, settings_from


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("signals")(signals)


def signals(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    redis: Annotated[
        str | None, typer.Option("--redis", metavar="HOST:PORT", help="This Redis, not the configured one.", show_default=False)
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", help="Port of /metrics; 0 takes a free one.", show_default=False)
    ] = None,
) -> None:
    """Keep the routing signal of every queue in Redis until SIGTERM or Ctrl-C. Signals expire by themselves when this stops.

    Several may run at once: a fence refuses whoever knows less.

    Example: [cyan]firstreply signals --bootstrap kafka:9092 --redis redis:6379[/]

    Exit codes: 0 stopped, 70 a bug, 75 the broker is away, 78 the configuration does not fit. Redis may come and go.
    """
    options: dict[str, dict[str, object]] = {}
    if redis is not None:
        options["redis"] = {"address": redis}
    if metrics_port is not None:
        options["signals"] = {"metrics_port": metrics_port}
    settings = settings_from(config, bootstrap, **options)
    from agents.logs import set_up  # noqa: PLC0415 - the clients take a while to load
    from agents.partitions.failstop import FatalError  # noqa: PLC0415 - the same
    from agents.signals.process import SignalsProcess  # noqa: PLC0415 - the same
    from agents.web import ListenError  # noqa: PLC0415 - the same

    set_up(settings.log)

    async def run() -> None:
        await SignalsProcess(settings).run()

    try:
        asyncio.run(run())
    except FatalError as error:
        raise CommandError("The signals cannot be kept.", [str(error)], exit_code=ExitCode(error.exit_code)) from error
    except ListenError as error:
        raise CommandError("The signals cannot be kept.", [str(error)], exit_code=ExitCode.CONFIG) from error
