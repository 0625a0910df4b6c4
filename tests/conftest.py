"""What every test shares."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.effort import examples

TESTS = Path(__file__).parent
MARKED = ("broker", "chaos", "browser", "bench")
"""Folders in which every test has the mark of this name."""

# No test depends on the machine's speed: neither an example nor its drawing has a time limit.
settings.register_profile("firstreply", deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("firstreply")


def pytest_configure(config: pytest.Config) -> None:
    # kafka-python 3.0 reads its message schemas with functions that Python 3.11 deprecates (and 3.13 takes back into favour).
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")
    # The classic form of dashboards is the one that every Grafana provisions from files.
    config.addinivalue_line("filterwarnings", "ignore:Prefer using dashboardv2:DeprecationWarning")
    # A shell's background job ignores Ctrl-C, and so would every process that a test starts, and interrupts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Share the whole default run out to the cores; named files, brokers, browsers and benchmarks run in one process."""
    whole = config.args_source is config.ArgsSource.TESTPATHS and "not broker" in config.option.markexpr
    return min(os.cpu_count() or 1, 8) if whole else 0


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spare each process of the default run the import of whole folders that it leaves out; who names one is told why."""
    left_out = [name for name in MARKED if collection_path == TESTS / name and f"not {name}" in config.option.markexpr]
    named = any(Path(argument.partition("::")[0]).resolve().is_relative_to(collection_path) for argument in config.args)
    return True if left_out and not named else None
