"""The Faust app of a worker: membership and assignment by Faust, everything else by the partitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import faust

from agents.guards import check_versions
from agents.partitions.agent import register
from agents.partitions.consumer import PartitionTransport
from agents.partitions.runtime import Runtime, StageConfig
from agents.partitions.stage import Stage
from agents.partitions.store import PartitionTables
from agents.partitions.watchdog import WatchdogThread


@dataclass(frozen=True, kw_only=True)
class Membership:
    """How this worker takes part in its consumer group."""

    session_timeout_seconds: float = 15.0
    """A worker that is silent this long loses its partitions."""
    heartbeat_seconds: float = 3.0
    instance_id: str = ""
    """Set to a name that survives restarts, a restart within the session timeout moves no partition (static membership)."""
    patience_seconds: float = 60.0
    """A partition that stands still this long although there is work ends the process."""


class PartitionApp(faust.App):
    """A Faust app whose topics belong to stages."""

    stages: Mapping[str, Stage]
    """By name."""
    watchdog: WatchdogThread | None = None

    def _new_transport(self) -> Any:
        return PartitionTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Create none: nothing is kept on disk."""

    async def on_start(self) -> None:
        """Begin to watch progress."""
        await super().on_start()
        if self.watchdog:
            self.watchdog.start()

    async def on_stop(self) -> None:
        """Finish the transactions in hand before Faust leaves the group, so that the next owners find nothing open."""
        if self.watchdog:
            self.watchdog.stop()
        for stage in self.stages.values():
            await stage.close()
        await super().on_stop()


def build_app(runtime: Runtime, stages: Sequence[StageConfig], membership: Membership | None = None) -> PartitionApp:
    """Return the app of one worker that runs `stages`.

    Raises:
        UntestedVersionError: Faust or aiokafka is of a version whose internals nobody has checked.

    """
    check_versions()
    membership = membership or Membership()
    app = PartitionApp(
        runtime.app_id,
        broker=runtime.access.faust_broker(),
        broker_credentials=runtime.access.faust_credentials(),
        # State lives in the engines and their changelogs.
        store="memory://",
        TableManager=PartitionTables,
        # A standby would hold every row twice, and a restore takes seconds.
        table_standby_replicas=0,
        # Topics are made by `firstreply topics apply`, with the retention and partitions that they need.
        topic_allow_declare=False,
        # Nothing here elects a leader; its topic would be one more to make.
        topic_disable_leader=True,
        # Metrics and HTTP are ours, on loopback; Faust's web server listens on every interface and shows tables.
        web_enabled=False,
        broker_session_timeout=membership.session_timeout_seconds,
        broker_heartbeat_interval=membership.heartbeat_seconds,
        # Joining may take as long as a transaction in hand.
        broker_rebalance_timeout=max(30.0, membership.session_timeout_seconds),
        broker_request_timeout=max(40.0, membership.session_timeout_seconds + 5),
        consumer_group_instance_id=membership.instance_id or None,
        # What is restored decides where reading begins; a log without commits is read from its beginning.
        consumer_auto_offset_reset="earliest",
        # Large fetches: a partition takes thousands of records at a time.
        consumer_max_fetch_size=4 << 20,
        # Partitions restore themselves; there is nothing to wait for before streams resume.
        stream_recovery_delay=0.0,
        # Partitions finish what they have in hand themselves; messages in Faust's buffers are fetched again.
        stream_wait_empty=False,
        # Faust's own producer is idle: without this every request of it may wait 20 minutes.
        producer_request_timeout=30.0,
    )
    app.stages = {config.name: Stage(config, runtime) for config in stages}
    app.watchdog = WatchdogThread(app.stages.values(), runtime.on_fatal, membership.patience_seconds)
    for stage in app.stages.values():
        register(app, stage)
    return app


def run_worker(app: PartitionApp, loglevel: str = "WARNING") -> None:
    """Run the worker until SIGTERM or SIGINT, then exit with 0. A fatal error exits with `failstop.ExitCode`."""
    worker = faust.Worker(app, loglevel=loglevel, redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it writes control characters even where nobody watches
    worker.execute_from_commandline()
