"""`firstreply serve`: the HTTP API and the live board."""

from __future__ import annotations

from typing import Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, settings_from


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    port: Annotated[int | None, typer.Option("--port", "-p", help="Port; 0 takes a free one.", show_default=False)] = None,
) -> None:
    """Serve the live board and the HTTP API until SIGTERM or Ctrl-C: what the pipeline says, for people and programs.

    Reads the compacted topics and writes nothing. Listens on this machine alone unless serve.host and a token are set.

    Example: [cyan]firstreply serve --bootstrap kafka:9092[/], then open http://127.0.0.1:8090

    Exit codes: 0 stopped, 78 the configuration does not fit or the port is taken. A broker that is away is waited for.
    """
    settings = settings_from(config, bootstrap)
    if port is not None:
        settings = settings.model_copy(update={"serve": settings.serve.model_copy(update={"port": port})})
    import asyncio  # noqa: PLC0415 - not for the help
    import ssl  # noqa: PLC0415 - the same

    from agents.logs import set_up  # noqa: PLC0415 - the same
    from agents.serve import server  # noqa: PLC0415 - aiohttp and the clients take a while to load
    from agents.web import ListenError  # noqa: PLC0415 - the same

    set_up(settings.log)
    try:
        asyncio.run(server.serve(settings, _announce))
    except (ListenError, ssl.SSLError, OSError) as error:
        raise CommandError("The server cannot start.", [str(error)], exit_code=ExitCode.CONFIG) from error


def _announce(address: str) -> None:
    typer.echo(f"board  {address}/\nAPI    {address}/docs")
