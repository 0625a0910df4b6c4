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
