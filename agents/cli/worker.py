"""`firstreply worker`: run the pipeline."""

from __future__ import annotations

from typing import Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, settings_from


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("worker")(worker)


def worker(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", help="Port of /metrics; 0 takes a free one.", show_default=False)
    ] = None,
) -> None:
    """Run one worker until SIGTERM or Ctrl-C. Start as many as there are partitions: they share them.

    Example: [cyan]firstreply worker --bootstrap kafka:9092 --metrics-port 0[/]

    Exit codes: 0 stopped, 3 another worker took over, 70 a bug, 75 the broker is away, 78 the configuration or what stands
    on the broker does not fit. Anything but 78: start it again.
    """
    settings = settings_from(config, bootstrap)
    if metrics_port is not None:
        settings = settings.model_copy(update={"worker": settings.worker.model_copy(update={"metrics_port": metrics_port})})
    from agents.partitions.failstop import ConfigurationError  # noqa: PLC0415 - Faust takes a while to load
    from agents.worker import build_worker  # noqa: PLC0415 - the same

    try:
        built = build_worker(settings)
    except ConfigurationError as error:
        raise CommandError("The worker cannot start.", [str(error)], exit_code=ExitCode.CONFIG) from error
    built.run(settings.log)
