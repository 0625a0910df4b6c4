"""What every test shares."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.effort import examples

# No test depends on the machine's speed: neither an example nor its drawing has a time limit.
settings.register_profile("firstreply", deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("firstreply")


def pytest_configure(config: pytest.Config) -> None:
    # kafka-python 3.0 reads its message schemas with functions that Python 3.11 deprecates (and 3.13 takes back into favour).
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")
    # The classic form of dashboards is the one that every Grafana provisions from files.
    config.addinivalue_line("filterwarnings", "ignore:Prefer using dashboardv2:DeprecationWarning")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Share the whole default run out to the cores; named files, brokers, browsers and benchmarks run in one process."""
    whole = config.args_source is config.ArgsSource.TESTPATHS and "not broker" in config.option.markexpr
    return min(os.cpu_count() or 1, 8) if whole else 0
