"""How commands speak: results on standard output, complaints as one block on standard error. NO_COLOR is respected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from agents.mistakes import ConfigurationError
    from agents.settings import Settings

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="The TOML file; without it FIRSTREPLY_CONFIG, then ./firstreply.toml, then the shipped defaults.",
        show_default=False,
    ),
]
BootstrapOption = Annotated[
    str | None,
    typer.Option("--bootstrap", "-b", metavar="HOST:PORT", help="This broker, not the configured one.", show_default=False),
]


class CommandError(Exception):
    """Ends the command with one clear block and an exit code."""

    def __init__(
        self, summary: str, details: Sequence[str] = (), way_out: str = "", exit_code: ExitCode = ExitCode.FAILED
    ) -> None:
        """Say what is wrong (`summary`), exactly where (`details`, one a line) and what to do about it (`way_out`)."""
        super().__init__(summary)
        self.summary = summary
        self.details = tuple(details)
        self.way_out = way_out
        self.exit_code = exit_code


def complain(error: CommandError) -> None:
    """Print the error as one block on standard error."""
    from rich.console import Console  # noqa: PLC0415 - a command that succeeds without it starts sooner
    from rich.text import Text  # noqa: PLC0415 - the same

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text.assemble(("error: ", "bold red"), (error.summary, "bold")))
    for line in error.details:
        console.print(Text(f"  {line}"))
    if error.way_out:
        console.print(Text.assemble(("what to do: ", "green"), error.way_out))


def settings_from(config: Path | None, bootstrap: str | None = None, **options: dict[str, object]) -> Settings:
    """Return the settings of a command; `options` win over everything else: `redis={"address": ...}`.

    Raises:
        CommandError: with every mistake in the configuration.

    """
    from agents.configuration import load  # noqa: PLC0415 - pydantic is not for `firstreply version`
    from agents.mistakes import ConfigurationError  # noqa: PLC0415 - the same

    if bootstrap is not None:
        options["broker"] = {"bootstrap": bootstrap}
    try:
        return load(config, **options)
    except ConfigurationError as error:
        raise configuration_error(error) from None


def configuration_error(error: ConfigurationError) -> CommandError:
    """Return how a configuration that cannot be used is told."""
    lines = [f"{mistake.path}: {mistake.message}" for mistake in error.mistakes]
    return CommandError(error.headline, lines, "correct these, then check with: firstreply doctor", ExitCode.CONFIG)


@contextmanager
def broker_errors(bootstrap: str) -> Iterator[None]:
    """Turn what a broker that is away raises into a `CommandError`."""
    from agents.admin import UNREACHABLE  # noqa: PLC0415 - kafka-python takes a while to load

    try:
        yield
    except UNREACHABLE as error:
        msg = f"The broker at {bootstrap} does not answer."
        raise CommandError(
            msg,
            [f"{type(error).__name__}: {error}"],
            "start it, or correct broker.bootstrap and broker.security; find out more with: firstreply doctor",
            ExitCode.UNAVAILABLE,
        ) from error
