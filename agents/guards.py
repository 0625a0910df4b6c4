"""What is wrong in the versions of Faust and aiokafka that we run, and what we do about it.

The partition runtime replaces Faust's per-event path, acks, commits and recovery, and reads internals of both libraries to do
so. An unknown version is therefore refused. Each guard has a test in `tests/contract/test_guards.py` that fails when upstream has
fixed the fault, so that the work-around can go.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

ALLOW_UNTESTED = "FIRSTREPLY_ALLOW_UNTESTED_FAUST"
CHECKED: Mapping[str, frozenset[str]] = {
    "faust-streaming": frozenset({"0.15.3"}),
    "aiokafka": frozenset({"0.14.0"}),
}
"""Versions whose internals the runtime was checked on."""


class UntestedVersionError(RuntimeError):
    """A library is of a version that the runtime was not checked on."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """A fault of a library and how we live with it."""

    fault: str
    link: str
    instead: str
    """What the runtime does."""


_ISSUES = "https://github.com/faust-streaming/faust/issues"
GUARDS: Mapping[str, Guard] = {
    "commit_over_in_flight": Guard(
        fault="Faust commits past an event that is still in flight when acks arrive out of order.",
        link=f"{_ISSUES}/606",
        instead="`PartitionConsumer._new_offset` commits nothing; offsets are part of the partition's transaction.",
    ),
    "gap_duplicates": Guard(
        fault="The gap ranges that Faust merges into the acked offsets hold offsets twice; the commit stops at the first pair.",
        link=f"{_ISSUES}/378",
        instead="`PartitionConsumer._add_gap` notes none; every batch says where the fetcher stood before it.",
    ),
    "exception_acks": Guard(
        fault="An exception in an agent acknowledges the event that raised it.",
        link=f"{_ISSUES}/315",
        instead="The agent only queues; what raises in a partition's task ends the process.",
    ),
    "flush_gives_up": Guard(
        fault="`producer.flush()` returns after 0.1 s without progress, whatever is still unsent.",
        link="https://github.com/faust-streaming/faust/pull/273",
        instead="Nothing is sent through Faust's producer.",
    ),
    "never_read_committed": Guard(
        fault="The worker's consumer reads uncommitted records unless Faust's own exactly_once is on.",
        link="https://github.com/faust-streaming/faust/blob/v0.15.3/faust/transport/drivers/aiokafka.py",
        instead="`PartitionThread._create_worker_consumer` sets the isolation level.",
    ),
    "stopped_flow_is_not_awaited": Guard(
        fault="`Consumer.wait_for_stopped_flow` never waits: its event is only ever set.",
        link="https://github.com/faust-streaming/faust/pull/256",
        instead="Seeks run in the fetcher's own thread, and a batch that was drained before one is told by its `seeks`.",
    ),
    "unread_changelog_called_slow": Guard(
        fault="After five minutes Faust logs every changelog, which it holds and never reads, as a stalled stream, for ever.",
        link="https://github.com/faust-streaming/faust/blob/v0.15.3/faust/transport/drivers/aiokafka.py",
        instead="`PartitionConsumer.verify_event_path` judges nothing; the watchdog judges partitions by their own positions.",
    ),
    "sasl_without_tls": Guard(
        fault="SASL credentials without an SSL context silently travel in the clear.",
        link="https://github.com/faust-streaming/faust/blob/v0.15.3/faust/auth.py",
        instead="`BrokerAccess` refuses SASL without TLS unless it is told `allow_plaintext`.",
    ),
}


def check_versions(installed: Mapping[str, str] | None = None, *, allow_untested: bool | None = None) -> None:
    """Refuse versions that the runtime was not checked on.

    Raises:
        UntestedVersionError: names the library, what was found and what was checked.

    """
    if allow_untested is None:
        allow_untested = os.environ.get(ALLOW_UNTESTED) == "1"
    for name, checked in CHECKED.items():
        found = installed[name] if installed else version(name)
        if found not in checked and not allow_untested:
            msg = (
                f"{name} {found} is not a version that firstreply was checked on ({', '.join(sorted(checked))}). Install "
                f"one of those; "
                f"to try this one, run the broker and chaos tests on it and set {ALLOW_UNTESTED}=1"
            )
            raise UntestedVersionError(msg)
