"""Tables of comma-separated values as they come from others: plain, `.gz` or `.xz`, read by named column."""

from __future__ import annotations

import csv
import gzip
import lzma
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO


class UnreadableTableError(ValueError):
    """The file is not the table that was expected. The message says where and what to do."""


def open_text(path: Path) -> TextIO:
    """Open a text file for reading, decompressed by the end of its name.

    Raises:
        OSError: the file cannot be opened.

    """
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, values of `columns` in their order) for each row; no other column leaves this function.

    Raises:
        UnreadableTableError: a column is missing, a row is short, or the file is damaged.
        OSError: the file cannot be opened.

    """
    try:
        with open_text(path) as file:
            yield from _picked(path, csv.reader(file), columns)
    except (EOFError, UnicodeDecodeError, lzma.LZMAError, gzip.BadGzipFile, csv.Error) as error:
        msg = f"{path}: cannot be read as a table ({type(error).__name__}); is it the CSV file, plain, .gz or .xz, and complete?"
        raise UnreadableTableError(msg) from error


def _picked(path: Path, reader: Iterator[list[str]], columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    header = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
    missing = [name for name in columns if name not in header]
    if missing:
        msg = f"{path}: the first line has no column {', '.join(missing)}; is this the right file?"
        raise UnreadableTableError(msg)
    places = [header.index(name) for name in columns]
    width = len(header)
    for number, values in enumerate(reader, start=2):
        if not values:
            continue
        if len(values) != width:
            msg = f"{path}: row {number} has {len(values)} values where the header has {width}"
            raise UnreadableTableError(msg)
        yield number, [values[place] for place in places]
