"""A broker of their own for tests that hurt it, the seed of a run, and its figures at the end."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator

import pytest

from tests.support.broker import JavaMissingError, KafkaBroker
from tests.support.chaos.figures import Figures

FULL = os.environ.get("CHAOS") == "full"
_FIGURES = pytest.StashKey[Figures]()


@pytest.fixture(autouse=True)
def _quiet_clients() -> None:
    """Keep aiokafka from filling the report with every attempt to reach a broker that was killed on purpose."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


@pytest.fixture(scope="session")
def _kafka() -> Iterator[KafkaBroker]:
    try:
        broker = KafkaBroker()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    with broker:
        yield broker


@pytest.fixture
def hurt_kafka(_kafka: KafkaBroker) -> KafkaBroker:
    """A running broker that a test may hurt: its data survive, and whoever comes next finds it up again."""
    return _kafka.start()


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """Where a test puts what it measured, and the seed of faults and events: `CHAOS_SEED`, else one that is told at the end."""
    seed = int(os.environ.get("CHAOS_SEED") or secrets.randbelow(1_000_000))
    return pytestconfig.stash.setdefault(_FIGURES, Figures(seed))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if found := config.stash.get(_FIGURES, None):
        terminalreporter.section("faults")
        terminalreporter.line(f"CHAOS_SEED={found.seed} tells and hurts the same again")
        for line in found.lines:
            terminalreporter.line(line)
