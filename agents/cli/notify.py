"""`firstreply notify`: tell people about alerts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, settings_from

if TYPE_CHECKING:
    from agents.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("notify")(notify)


def notify(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    alertmanager: Annotated[
        list[str] | None, typer.Option("--alertmanager", metavar="URL", help="This Alertmanager, not the configured ones.")
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", help="Port of /metrics; 0 takes a free one.", show_default=False)
    ] = None,
) -> None:
    """Tell Alertmanager and webhooks about every alert until SIGTERM or Ctrl-C. One process per pipeline; see docs/on-call.md.

    Example: [cyan]firstreply notify --alertmanager http://127.0.0.1:9093[/]

    Exit codes: 0 stopped, 75 the broker is away, 78 the configuration does not fit. Anything but 78: start it again.
    """
    settings = _to_tell(settings_from(config, bootstrap), alertmanager, metrics_port)
    from agents.logs import set_up  # noqa: PLC0415 - aiohttp and aiokafka take a while to load
    from agents.notifier.schedule import ScheduleError  # noqa: PLC0415 - the same
    from agents.partitions.clients import BROKEN  # noqa: PLC0415 - the same
    from agents.partitions.failstop import ConfigurationError, UnavailableError  # noqa: PLC0415 - the same
    from agents.web import ListenError  # noqa: PLC0415 - the same

    set_up(settings.log)
    try:
        asyncio.run(_notify(settings))
    except ListenError as error:
        raise CommandError("The notifier cannot listen.", [str(error)], exit_code=ExitCode.CONFIG) from error
    except (ConfigurationError, ScheduleError) as error:
        raise CommandError("The notifier cannot start.", [str(error)], exit_code=ExitCode.CONFIG) from error
    except (UnavailableError, *BROKEN) as error:
        details = [f"{type(error).__name__}: {error}"]
        msg = f"The broker at {settings.broker.bootstrap} failed."
        raise CommandError(msg, details, exit_code=ExitCode.UNAVAILABLE) from error


def _to_tell(settings: Settings, alertmanager: list[str] | None, metrics_port: int | None) -> Settings:
    """Return the settings with what the command line says of whom to tell; there has to be somebody."""
    from pydantic import ValidationError  # noqa: PLC0415 - loads with the settings

    from agents.notifier.settings import AlertmanagerSettings  # noqa: PLC0415 - the same

    changes: dict[str, object] = {} if metrics_port is None else {"metrics_port": metrics_port}
    if alertmanager:
        given = settings.notifier.alertmanager.model_dump() | {"urls": tuple(alertmanager)}
        try:
            changes["alertmanager"] = AlertmanagerSettings.model_validate(given)
        except ValidationError as error:
            details = [str(one["msg"]) for one in error.errors()]
            raise CommandError("--alertmanager is no address.", details, exit_code=ExitCode.USAGE) from error
    settings = settings.model_copy(update={"notifier": settings.notifier.model_copy(update=changes)})
    if not settings.notifier.alertmanager.urls and not settings.notifier.webhooks:
        way_out = "give --alertmanager URL, or write [notifier.alertmanager] urls or [[notifier.webhooks]] into the configuration"
        raise CommandError("There is nobody to tell.", way_out=way_out, exit_code=ExitCode.CONFIG)
    return settings


async def _notify(settings: Settings) -> None:
    from agents.clock import SystemClock  # noqa: PLC0415 - aiohttp and aiokafka take a while to load
    from agents.connection import access_to, wanted  # noqa: PLC0415 - the same
    from agents.notifier.service import Notifier, run_until_told  # noqa: PLC0415 - the same
    from agents.partitions.delivery import Delivery, choose  # noqa: PLC0415 - the same

    access = access_to(settings.broker)
    delivery = await choose(access, f"{settings.worker.app_id}-notifier-probe", wanted(settings.delivery))
    await run_until_told(Notifier(settings, access, SystemClock(), transactions=delivery is Delivery.EXACTLY_ONCE))
