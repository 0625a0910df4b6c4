"""Where a command that looks back reads from: files that are named, or the topic of the configured broker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import CommandError, broker_errors

if TYPE_CHECKING:
    from agents.history import Told
    from agents.settings import Settings
    from pipeline.engine import Topic
    from pipeline.offline import OfflineRun

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="NDJSON logs of ticket events; - is standard input. Without one, the topic of the broker is read."),
]


def told(settings: Settings, files: Sequence[Path] | None, topic: Topic, partition: int | None = None) -> Iterator[Told]:
    """Yield the records of files, or of a topic where there are none.

    Raises:
        CommandError: a file, the topic or the broker is not to be had.

    """
    from agents.history import MissingTopicError, from_files, from_topic  # noqa: PLC0415 - kafka-python takes a while to load

    if files:
        try:
            yield from from_files(files)
        except OSError as error:
            msg = f"{error.filename or 'standard input'} cannot be read."
            raise CommandError(msg, [error.strerror or str(error)]) from error
        return
    try:
        with broker_errors(settings.broker.bootstrap):
            yield from from_topic(settings, topic, partition)
    except MissingTopicError as error:
        msg = f"The topic {error} is not there."
        way_out = "name a file of events, or create the topics with: firstreply topics apply"
        raise CommandError(msg, [f"broker {settings.broker.bootstrap}"], way_out, ExitCode.FAILED) from error


def fold(offline: OfflineRun, settings: Settings, files: Sequence[Path]) -> int:
    """Feed an offline run with the ticket events of files; return when the last of them came, ms.

    Raises:
        CommandError: a file cannot be read, or there is no event.

    """
    from pipeline.engine import Topic  # noqa: PLC0415 - the engines take a while to load

    latest_ms = 0

    def noted() -> Iterator[tuple[bytes | None, bytes, int]]:
        nonlocal latest_ms
        for key, value, at_ms in told(settings, files, Topic.TICKET_EVENTS):
            latest_ms = at_ms
            yield key, value or b"", at_ms

    offline.feed(noted())
    if not latest_ms:
        raise CommandError("There is no event in the input.", exit_code=ExitCode.FAILED)
    return latest_ms


def one_tenant(tenant: str | None, there: Sequence[str]) -> str:
    """Return the tenant that was named, or the only one there is.

    Raises:
        CommandError: there are several, or not this one.

    """
    if tenant is None and len(there) == 1:
        return there[0]
    if tenant is None or tenant not in there:
        msg = "Which tenant?" if tenant is None else f"There is no tenant {tenant!r}."
        raise CommandError(msg, [f"there are: {', '.join(there)}"], "name one with --tenant", ExitCode.USAGE)
    return tenant
