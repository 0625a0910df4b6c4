"""The command line: one file per command, each loaded only when it is the one that is asked for."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence

import typer
from typer.core import TyperGroup

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import CommandError, complain, configuration_error

COMMANDS: tuple[tuple[str, str], ...] = (
    ("demo", "agents.cli.demo"),
    ("worker", "agents.cli.worker"),
    ("serve", "agents.cli.serve"),
    ("signals", "agents.cli.signals"),
    ("notify", "agents.cli.notify"),
    ("alerts", "agents.cli.alerts"),
    ("run", "agents.cli.run"),
    ("explain", "agents.cli.explain"),
    ("verify", "agents.cli.verify"),
    ("trends", "agents.cli.trends"),
    ("report", "agents.cli.report"),
    ("plan", "agents.cli.plan"),
    ("backtest", "agents.cli.backtest"),
    ("replay", "agents.cli.replay"),
    ("import", "agents.cli.import_"),
    ("simulate", "agents.cli.simulate"),
    ("topics", "agents.cli.topics"),
    ("calendars", "agents.cli.calendars"),
    ("doctor", "agents.cli.doctor"),
    ("schemas", "agents.cli.schemas"),
    ("version", "agents.cli.version"),
)
"""In the order of the help: the name, and the module whose `register(app)` adds it."""

DEBUG = "FIRSTREPLY_DEBUG"
_HELP = """Know the moment customers wait too long: first response times, SLA breaches and FRT-jump alerts, live.

New here? [bold]firstreply demo[/] shows everything on this machine, without Kafka.

With a Kafka broker of your own:

  [cyan]firstreply doctor[/]          is everything in place, and if not, what to do
  [cyan]firstreply topics apply[/]    create the topics
  [cyan]firstreply worker[/]          as many as there are partitions

Settings come from firstreply.toml (or --config FILE), and the environment wins: FIRSTREPLY_BROKER__BOOTSTRAP=kafka:9092.
"""
_EPILOG = "Exit codes: " + ", ".join(f"{code.value} {code.meaning}" for code in ExitCode) + "."


_COLLECT = (50_000, 20, 100)
"""After how many new containers Python looks for cycles, and how much more rarely among older ones. With its own (700, 10, 10) it
goes through the records of a batch dozens of times, a seventh of a worker's time; what we keep by the million has no cycles."""


class _InOrder(TyperGroup):
    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer's own context class is private
        """List commands in the order of `COMMANDS`; typer puts groups last."""
        present = super().list_commands(ctx)
        return [name for name, _ in COMMANDS if name in present]


def build(arguments: Sequence[str]) -> typer.Typer:
    """Return the application with the command that `arguments` name, or with all of them where they name none."""
    app = typer.Typer(
        name="firstreply",
        cls=_InOrder,
        help=_HELP,
        epilog=_EPILOG,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    app.callback()(_nothing)
    wanted = dict(COMMANDS).get(arguments[0]) if arguments else None
    for module in [wanted] if wanted else [module for _, module in COMMANDS]:
        importlib.import_module(module).register(app)
    return app


def _nothing() -> None:
    """Take no options before the command; a callback keeps the command's name even where it is the only one."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with one of `ExitCode`. Errors are one block on standard error, never a traceback."""
    if arguments is None:  # this process is ours
        gc.set_threshold(*_COLLECT)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        build(given)(args=given, prog_name="firstreply")
    except CommandError as error:
        complain(error)
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get(DEBUG) == "1":
            raise
        told = _told(error)
        complain(told)
        sys.exit(told.exit_code)


def _told(error: Exception) -> CommandError:
    from agents.mistakes import ConfigurationError  # noqa: PLC0415 - pydantic is not for `firstreply version`

    if isinstance(error, ConfigurationError):
        return configuration_error(error)
    return CommandError(
        "This is a bug in firstreply, not something you did.",
        [f"{type(error).__name__}: {error}"],
        f"run the command again with {DEBUG}=1 for the traceback, and report it",
        ExitCode.INTERNAL,
    )
