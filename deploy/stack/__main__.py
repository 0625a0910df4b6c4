"""`make stack`, or `python -m deploy.stack --seconds 60`: start everything, tell the demo's story, end everything."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from agents.childprocess import ChildFailedError
from agents.cli.demo import SPEED, check_length, judge
from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import CommandError, complain
from agents.demo import story
from agents.demo.performance import Performance, Terms, TooSlowError
from agents.demo.screen import Addresses, Board, LineDisplay, LiveDisplay
from agents.demo.stage import until_told
from agents.replay import ReplayError
from agents.topicadmin import TopicsFailedError
from agents.topics import names
from deploy.stack.configuration import Ports
from deploy.stack.programs import ProgramsMissingError, check_all
from deploy.stack.stack import Stack

_NOTICE = (
    "Kafka, two workers, serve, signals, notifier, Redis, Prometheus and Alertmanager, on this machine only; all in temporary\n"
    "folders, gone at the end. The day is a simulated one: rules that compare with the clock on the wall (FirstreplyBehind,\n"
    "FirstreplyServiceLevelsStale) fire, and are right to."
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the stack until Ctrl-C, or for `--seconds`; exit with one of `ExitCode`."""
    terms = _terms(arguments)
    console = Console(highlight=False)
    for number in (signal.SIGINT, signal.SIGTERM):  # a supervisor's end is a Ctrl-C; a shell's background ignores both
        signal.signal(number, signal.default_int_handler)
    try:
        check_length(terms)
        judge(_perform(terms, console).proof, console)
    except KeyboardInterrupt:
        console.print("Ended; nothing is left running.")
        sys.exit(ExitCode.OK if terms.seconds is None else ExitCode.INTERRUPTED)
    except CommandError as error:
        complain(error)
        sys.exit(error.exit_code)


def _terms(arguments: Sequence[str] | None) -> Terms:
    parser = argparse.ArgumentParser(prog="python -m deploy.stack", description=__doc__)
    parser.add_argument("--seconds", type=_at_least_one, help="end after so long a live part, and check what was shown")
    parser.add_argument("--speed", type=_at_least_one, default=SPEED, help="times as fast as life (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed tells the same story")
    given = parser.parse_args(arguments)
    return Terms(speed=given.speed, seconds=given.seconds, seed=given.seed)


def _at_least_one(text: str) -> float:
    if (value := float(text)) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _perform(terms: Terms, console: Console) -> Performance:
    """Start everything, perform, and end everything.

    Raises:
        CommandError: something is missing or broke off, with what to do.

    """
    console.print(_NOTICE, style="yellow", soft_wrap=True)
    began = time.monotonic()
    try:
        check_all()
        with Stack(Ports.usual()) as stack:
            console.print(f"Everything is up after {time.monotonic() - began:.1f} s.", soft_wrap=True)
            for name, where in stack.addresses():
                console.print(f"{name:16} {where}", soft_wrap=True)
            return _show(terms, stack, console)
    except ProgramsMissingError as error:
        raise CommandError(
            "Something that the stack is made of is missing.", str(error).splitlines(), exit_code=ExitCode.UNAVAILABLE
        ) from error
    except (ChildFailedError, TopicsFailedError, ReplayError, TooSlowError) as error:
        summary, *details = str(error).splitlines()
        msg = f"The stack broke off: {summary}"
        raise CommandError(msg, details) from error


def _show(terms: Terms, stack: Stack, console: Console) -> Performance:
    where = Addresses(
        f"http://{stack.serve.address}/",
        f"http://{stack.prometheus.address}/",
        stack.bootstrap,
        tuple(names(stack.settings.topics).values()),
    )
    board = Board(story.ZONE, where)
    display = LiveDisplay(board, console) if console.is_terminal else LineDisplay(board, console)
    performance = Performance(terms, stack.settings, stack, display)
    before, live = story.split(story.told(terms.seed), story.LIVE_MS)
    try:
        asyncio.run(until_told(performance.run(before, live)))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        display.close()
    return performance


if __name__ == "__main__":
    main()
