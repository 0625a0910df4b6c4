"""Where commands write events, one JSON object a line: a file that appears whole, or standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import typer

STDOUT = Path("-")


def write_lines(out: Path, values: Iterable[bytes]) -> int:
    """Write each value as a line and return their number. A reader who goes away ends the command quietly.

    A file is written beside its place first, so that a command that stops half way leaves nothing that looks complete.
    """
    if out != STDOUT:
        part = out.with_name(out.name + ".part")
        try:
            with part.open("wb") as file:
                count = _write(file, values)
            part.replace(out)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return count
    try:
        count = _write(sys.stdout.buffer, values)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python flushes standard output once more at exit; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    return count


def _write(file: BinaryIO, values: Iterable[bytes]) -> int:
    count = 0
    for value in values:
        file.write(value + b"\n")
        count += 1
    return count
