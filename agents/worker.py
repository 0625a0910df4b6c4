"""One worker process: its stages, `/metrics` and health, put together from the settings."""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import dataclass

import faust

from agents.app import Membership, PartitionApp, build_app
from agents.clock import Clock, SystemClock
from agents.connection import access_to, wanted
from agents.customers import customers_stages
from agents.exporter import Exporter, process_registry
from agents.health import Progress, Readiness
from agents.logs import set_up
from agents.partitions.delivery import Delivery, choose
from agents.partitions.runtime import Runtime
from agents.responders import responders_stage
from agents.segments import segments_stage
from agents.settings import LogSettings, Settings
from agents.tickets import tickets_stage
from agents.web import WebServer, worker_routes
from pipeline import __version__

logger = logging.getLogger(__name__)

_SWITCH_SECONDS = 0.000_5
"""How long one thread may hold the interpreter while another waits. The fetcher has a thread of its own: with Python's 5 ms every
answer of the broker waits so long for a busy engine, some twenty times in a transaction."""


@dataclass(frozen=True)
class Worker:
    """A worker that has not been started."""

    app: PartitionApp
    web: WebServer
    delivery: Delivery

    def run(self, log: LogSettings) -> None:
        """Run until SIGTERM or SIGINT, then exit with 0; a fatal error exits with its own code."""
        set_up(log)
        sys.setswitchinterval(_SWITCH_SECONDS)
        logger.info("worker of %s starts, delivery is %s", self.app.conf.id, self.delivery)
        worker = faust.Worker(self.app, self.web, override_logging=False, redirect_stdouts=False, quiet=True)
        worker.spinner = None  # it writes control characters even where nobody watches
        worker.execute_from_commandline()


def build_worker(settings: Settings, clock: Clock | None = None) -> Worker:
    """Put a worker together; asks the broker what it can do.

    Raises:
        agents.partitions.failstop.ConfigurationError: the broker cannot deliver what is asked for.
        agents.guards.UntestedVersionError: Faust or aiokafka is of a version that nobody has checked.

    """
    clock = clock or SystemClock()
    access = access_to(settings.broker)
    app_id = settings.worker.app_id
    delivery = asyncio.run(choose(access, f"{app_id}-probe", wanted(settings.delivery)))
    epoch = clock.now_ms() if delivery is Delivery.AT_LEAST_ONCE else 0
    runtime = Runtime(app_id=app_id, access=access, clock=clock, delivery=delivery, epoch=epoch)
    membership = Membership(
        session_timeout_seconds=settings.worker.session_timeout / 1_000,
        heartbeat_seconds=settings.worker.heartbeat_interval / 1_000,
        instance_id=settings.worker.instance_id,
        patience_seconds=settings.worker.patience / 1_000,
    )
    configs = [tickets_stage(settings), *customers_stages(settings), segments_stage(settings, epoch)]
    if settings.domain.responders.enabled:
        configs.append(responders_stage(settings, epoch))
    app = build_app(runtime, configs, membership)
    stages = list(app.stages.values())
    exporter = Exporter(stages, __version__)
    routes = worker_routes(exporter, process_registry(), live=Progress(stages, clock), ready=Readiness(stages))
    web = WebServer(routes, host=settings.worker.metrics_host, port=settings.worker.metrics_port)
    return Worker(app, web, delivery)
