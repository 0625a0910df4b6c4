"""`firstreply demo`: everything on this machine, without Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import CommandError

if TYPE_CHECKING:
    from rich.console import Console

    from agents.demo.performance import Terms
    from agents.demo.proof import Proof

SPEED = 180.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(command)


def command(
    seconds: Annotated[
        float | None,
        typer.Option(min=1, help="End by itself after so long a live part, and check what was shown.", show_default=False),
    ] = None,
    speed: Annotated[float, typer.Option(min=1, max=3_600, help="Times as fast as life.")] = SPEED,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
) -> None:
    """See it: an embedded broker, a real worker, and a simulated support centre in which a queue is suddenly not answered.

    Everything is in memory and gone at the end. Ctrl-C ends it.

    Example: [cyan]firstreply demo --seconds 60 --speed 300[/]

    Exit codes: 0 ended, and with --seconds: the alert and the metrics appeared; 1 they did not, or something broke off;
    75 there is no embedded broker; 130 interrupted before --seconds were over.
    """
    from rich.console import Console  # noqa: PLC0415 - the simulator and the clients take a while to load

    from agents.demo.performance import Terms  # noqa: PLC0415 - the same

    terms = Terms(speed=speed, seconds=seconds, seed=seed)
    check_length(terms)
    console = Console(highlight=False)
    try:
        proof = _perform(terms, console)
    except KeyboardInterrupt:
        console.print("Ended; nothing is left running.")
        if seconds is not None:
            raise typer.Exit(ExitCode.INTERRUPTED) from None
    else:
        judge(proof, console)


def check_length(terms: Terms) -> None:
    """Refuse a demo that would end before its alert can be expected.

    Raises:
        CommandError: with the seconds or the speed that it takes.

    """
    from agents.demo.story import ALERT_WITHIN_MS  # noqa: PLC0415 - as above

    if terms.seconds is None or terms.seconds * terms.speed * 1_000 >= ALERT_WITHIN_MS:
        return
    needed_seconds = ALERT_WITHIN_MS // 1_000
    told = f"{terms.seconds:g} s at speed {terms.speed:g} are {terms.seconds * terms.speed / 60:.0f} minutes of the centre"
    msg = f"{told}; its alert may take {needed_seconds // 60}."
    way_out = f"--seconds {-(-needed_seconds // terms.speed):.0f} or --speed {-(-needed_seconds // terms.seconds):.0f}"
    raise CommandError(msg, way_out=way_out, exit_code=ExitCode.USAGE)


def judge(proof: Proof, console: Console) -> None:
    """Say how a demo went that ended by itself.

    Raises:
        CommandError: the alert or the metrics did not appear.

    """
    if missing := proof.missing():
        way_out = "this machine may be too slow for it: try --speed 60 --seconds 120"
        raise CommandError("The demo ended without showing what it is about.", missing, way_out)
    after = f"the alert came {proof.alert_after_seconds:.0f} s into the live part"
    console.print(
        f"All was shown: {after}; /metrics counted {proof.replies:,} first replies and showed it firing.", soft_wrap=True
    )


def _perform(terms: Terms, console: Console) -> Proof:
    from agents.childprocess import ChildFailedError  # noqa: PLC0415 - as above
    from agents.demo.performance import TooSlowError  # noqa: PLC0415 - as above
    from agents.demo.stage import perform  # noqa: PLC0415 - as above
    from agents.embedded import EmbeddedBrokerMissingError  # noqa: PLC0415 - as above
    from agents.replay import ReplayError  # noqa: PLC0415 - as above
    from agents.topicadmin import TopicsFailedError  # noqa: PLC0415 - as above

    try:
        return perform(terms, console).proof
    except EmbeddedBrokerMissingError as error:
        raise CommandError("There is no embedded broker.", [str(error)], exit_code=ExitCode.UNAVAILABLE) from error
    except (ChildFailedError, TopicsFailedError, ReplayError, TooSlowError) as error:
        summary, *details = str(error).splitlines()
        msg = f"The demo broke off: {summary}"
        raise CommandError(msg, details) from error
