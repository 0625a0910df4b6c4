"""One pass over a log with both configurations."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from agents.history import Told
from pipeline.backtest.comparison import Period
from pipeline.backtest.trial import Trial
from pipeline.config import Domain

CHUNK = 500
"""Records between two looks at the progress."""


class Sought(NamedTuple):
    """What is asked of the log."""

    since: int | None
    """Alerts and outcomes count from here on, ms; `None`: from the first record."""
    until: int | None
    """Records from here on are left out; `None`: none are."""
    rules: Sequence[str] = ()


class Folded(NamedTuple):
    """Both sides at the end of the log."""

    present: Trial
    proposed: Trial
    period: Period


def fold(
    domains: tuple[Domain, Domain], records: Iterable[Told], sought: Sought, report: Callable[[int, int, int], None]
) -> Folded | None:
    """Run a log through both configurations; `None` where it holds no record.

    Args:
        domains: the present one and the proposed one.
        records: in order of arrival.
        sought: the period and the rules.
        report: is told how many records and bytes are done, and the time, ms, that they have reached.

    """
    told = iter(records)
    first = next(told, None)
    if first is None or (sought.until is not None and first.at_ms >= sought.until):
        return None
    since = first.at_ms if sought.since is None else sought.since
    trials = [Trial(domain, since, sought.rules) for domain in domains]
    done = size = 0
    latest, chunk = first.at_ms, [first]
    while chunk:
        kept = [one for one in chunk if sought.until is None or one.at_ms < sought.until]
        for trial in trials:
            trial.feed([(one.key, one.value or b"", one.at_ms) for one in kept])
        if kept:
            latest = kept[-1].at_ms
        done, size = done + len(kept), size + sum(len(one.value or b"") + 1 for one in kept)
        report(done, size, latest)
        chunk = list(islice(told, CHUNK)) if len(kept) == len(chunk) else []
    until = _end(latest, max(domain.event_tick for domain in domains)) if sought.until is None else sought.until
    for trial in trials:
        trial.close(until)
    return Folded(trials[0], trials[1], Period(since, until, first.at_ms, domains[0].zone))


def total_bytes(files: Sequence[Path] | None) -> int | None:
    """Return the size of all files, or `None` where nobody knows it."""
    try:
        found = [file.stat() for file in files or ()]
    except OSError:
        return None
    regular = found and all(stat.S_ISREG(one.st_mode) for one in found)
    return sum(one.st_size for one in found) if regular else None


def _end(latest_ms: int, tick_ms: int) -> int:
    """Return the first tick that has seen the last record."""
    return (latest_ms // tick_ms + 1) * tick_ms
