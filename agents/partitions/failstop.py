"""Errors that end the process at once, with a message that a person can act on. Nothing is retried into doubt.

What a partition has in memory may be ahead of what is committed. The changelog is the truth, and a new process the way back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import NoReturn, TypeAlias


class ExitCode(IntEnum):
    """Exit codes of a worker; 64 and above follow `sysexits.h`. A supervisor restarts on all of them but `CONFIGURATION`."""

    FENCED = 3
    """Another worker owns this partition, or a transaction outlived its timeout."""
    ENGINE = 70
    """An engine raised, or returned something that cannot be written: a bug."""
    UNAVAILABLE = 75
    """The broker did not carry out what was asked, or nothing moved although there is work."""
    CONFIGURATION = 78
    """The broker, the topics or the state do not fit what was asked for; a restart alone does not help."""


class FatalError(Exception):
    """Ends the process with `exit_code`."""

    exit_code = ExitCode.ENGINE


class FencedError(FatalError):
    """Another producer with this partition's transactional id has taken over."""

    exit_code = ExitCode.FENCED


class EngineError(FatalError):
    """A bug in an engine."""

    exit_code = ExitCode.ENGINE


class UnavailableError(FatalError):
    """The broker failed us for longer than we may wait."""

    exit_code = ExitCode.UNAVAILABLE


class ConfigurationError(FatalError):
    """What stands on the broker does not fit what was asked for."""

    exit_code = ExitCode.CONFIGURATION


OnFatal: TypeAlias = Callable[[FatalError], None]


def end_process(error: FatalError) -> NoReturn:
    """Print the error and end the process without running anything else: no handler may commit, flush or retry."""
    cause = f"\n  cause: {type(error.__cause__).__name__}: {error.__cause__}" if error.__cause__ else ""
    line = f"firstreply: fatal ({error.exit_code.name.lower()}, exit {int(error.exit_code)}): {error}{cause}\n"
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, line.encode(errors="replace"))
    os._exit(int(error.exit_code))
