"""`firstreply alerts`: what fires, and who is on it."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, settings_from

if TYPE_CHECKING:
    from agents.alertlog import AlertLog
    from agents.settings import Settings
    from pipeline.signals import Alert, AlertActionType

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The alert's id, or any part of it that only one alert has.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who does it.", show_default="you")]
NoteOption = Annotated[str, typer.Option("--note", "-n", help="A word to whoever looks next.")]
T = TypeVar("T")
_LONGEST_NOTE = 500


def register(app: typer.Typer) -> None:
    """Add the commands."""
    alerts = typer.Typer(no_args_is_help=True, help="See alerts; acknowledge, snooze or annotate one.")
    for name, command in (("list", list_), ("show", show), ("ack", ack), ("snooze", snooze), ("annotate", annotate)):
        alerts.command(name)(command)
    app.add_typer(alerts, name="alerts")


def list_(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="Show those that are over, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One alert a line, as in the topic.")] = False,
) -> None:
    """List the alerts that fire.

    Example: [cyan]firstreply alerts list --bootstrap kafka:9092[/]

    Exit codes: 0 done, whatever fires; 75 the broker is away, 78 the configuration is wrong.
    """
    settings = settings_from(config, bootstrap)
    log = _asked(settings)
    from pipeline.signals import AlertState  # noqa: PLC0415 - loads with the log

    shown = [alert for alert in log.alerts() if everything or alert.state is AlertState.FIRING]
    if as_json:
        import msgspec  # noqa: PLC0415 - only here

        for alert in shown:
            print(msgspec.json.encode(alert).decode())
        return
    for alert in shown:
        print(f"{alert.state:<8} {alert.severity:<4} {alert.id}\n         {alert.summary}{_people(log, alert)}")
    if not shown:
        print("No alert fires." if not everything else "There is no alert.")


def show(alert: IdArgument, config: ConfigOption = None, bootstrap: BootstrapOption = None) -> None:
    """Show one alert: what happened, how bad, who waits, what to do, who did what.

    Example: [cyan]firstreply alerts show queue=billing[/]

    Exit codes: 0 done, 1 no such alert or several, 75 the broker is away, 78 the configuration is wrong.
    """
    settings = settings_from(config, bootstrap)
    log = _asked(settings)
    one = _only(log, alert)
    from agents.notifier.wording import annotations_of, rfc3339  # noqa: PLC0415 - loads with the log

    acts = log.acts.of(one.id)
    print(f"{one.state}: {one.rule} ({one.severity}) of tenant {one.tenant}\n{one.id}\n")
    annotations = annotations_of(one, acts, settings.notifier.runbook_url, settings.notifier.dashboard_url)
    print(f"{annotations['summary']}\n\n{annotations['description']}")
    for name, value in sorted(one.numbers.items()):
        print(f"{name}: {value}")
    print(f"Runbook: {annotations['runbook_url']}")
    for other in one.related:
        print(f"Related: {other}")
    if acts.snoozed_until is not None:
        print(f"Snoozed until {rfc3339(acts.snoozed_until)}")


def ack(
    alert: IdArgument, by: ByOption = None, note: NoteOption = "", config: ConfigOption = None, bootstrap: BootstrapOption = None
) -> None:
    """Say that somebody is on it: it is not escalated any further.

    Example: [cyan]firstreply alerts ack queue=billing --note "two people moved over"[/]

    Exit codes: 0 done, 1 no such alert or several, 75 the broker is away, 78 the configuration is wrong.
    """
    from pipeline.signals import AlertActionType  # noqa: PLC0415 - not for the help

    done = _act(settings_from(config, bootstrap), alert, AlertActionType.ACKNOWLEDGE, by, note)
    print(f"Acknowledged: {done.summary}")


def snooze(
    alert: IdArgument,
    length: Annotated[str, typer.Option("--for", help="How long nobody is to be told; 0s ends a snooze.")] = "1h",
    by: ByOption = None,
    note: NoteOption = "",
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Tell nobody about one alert for a while. A new alert of the same queue is told all the same.

    Example: [cyan]firstreply alerts snooze queue=billing --for 2h[/]

    Exit codes: 0 done, 1 no such alert or several, 2 no duration, 75 the broker is away, 78 the configuration is wrong.
    """
    from agents.clock import SystemClock  # noqa: PLC0415 - not for the help
    from pipeline.duration import parse  # noqa: PLC0415 - the same
    from pipeline.signals import AlertActionType  # noqa: PLC0415 - the same

    try:
        length_ms = int(str(parse(length)))
    except ValueError as error:
        raise CommandError("--for is no duration.", [str(error)], exit_code=ExitCode.USAGE) from error
    until = SystemClock().now_ms() + length_ms
    done = _act(settings_from(config, bootstrap), alert, AlertActionType.SNOOZE, by, note, until)
    print(f"Snoozed for {length}: {done.summary}")


def annotate(
    alert: IdArgument,
    note: Annotated[str, typer.Argument(help="What whoever looks next should know. No personal data.")],
    by: ByOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Put a note to an alert; it goes out with the next message about it.

    Example: [cyan]firstreply alerts annotate queue=billing "the payment provider is down"[/]

    Exit codes: 0 done, 1 no such alert or several, 75 the broker is away, 78 the configuration is wrong.
    """
    from pipeline.signals import AlertActionType  # noqa: PLC0415 - not for the help

    done = _act(settings_from(config, bootstrap), alert, AlertActionType.ANNOTATE, by, note)
    print(f"Noted: {done.summary}")


def _act(settings: Settings, part: str, kind: AlertActionType, by: str | None, note: str, until: int | None = None) -> Alert:
    if len(note) > _LONGEST_NOTE:
        msg = f"The note has {len(note)} characters; at most {_LONGEST_NOTE} fit into a page."
        raise CommandError(msg, exit_code=ExitCode.USAGE)
    one = _only(_asked(settings), part)
    from agents.alertlog import new_action, record  # noqa: PLC0415 - not for the help
    from agents.clock import SystemClock  # noqa: PLC0415 - the same

    action = new_action(one, kind, SystemClock(), by=getpass.getuser() if by is None else by, note=note, until=until)
    _run(settings, record(settings, action))
    return one


def _asked(settings: Settings) -> AlertLog:
    from agents.alertlog import read_alerts  # noqa: PLC0415 - aiokafka takes a while to load

    return _run(settings, read_alerts(settings))


def _run(settings: Settings, work: Coroutine[Any, Any, T]) -> T:
    from agents.partitions.clients import BROKEN  # noqa: PLC0415 - aiokafka takes a while to load
    from agents.partitions.failstop import ConfigurationError, UnavailableError  # noqa: PLC0415 - the same

    try:
        return asyncio.run(work)
    except ConfigurationError as error:
        raise CommandError("The broker cannot do what is configured.", [str(error)], exit_code=ExitCode.CONFIG) from error
    except (UnavailableError, *BROKEN) as error:
        msg = f"The broker at {settings.broker.bootstrap} does not answer."
        raise CommandError(msg, [f"{type(error).__name__}: {error}"], exit_code=ExitCode.UNAVAILABLE) from error


def _only(log: AlertLog, part: str) -> Alert:
    found = log.found(part)
    if len(found) == 1:
        return found[0]
    if not found:
        msg = f"There is no alert {part!r}."
        raise CommandError(msg, [alert.id for alert in log.alerts()[:10]], "see them all with: firstreply alerts list --all")
    msg = f"{len(found)} alerts have {part!r} in their id."
    raise CommandError(msg, [alert.id for alert in found[:10]], "write more of the id")


def _people(log: AlertLog, alert: Alert) -> str:
    acts = log.acts.of(alert.id)
    by = f" by {acts.acknowledged_by}" if acts.acknowledged_by else ""
    return f"\n         acknowledged{by}" if acts.acknowledged_at is not None else ""
