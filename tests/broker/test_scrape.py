"""A real Prometheus scrapes a worker's page and evaluates our rules on it: a process that takes seconds, as the brokers do."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientConnectionError, ClientSession

from agents.brokerprocess import free_port
from agents.exporter import Exporter, process_registry
from agents.health import Readiness
from agents.web import WebServer, worker_routes
from pipeline.metrics import Metric
from pipeline.published import Published
from tests.support.views import FixedPartition, FixedStage

pytestmark = pytest.mark.broker
PROMETHEUS = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
DEADLINE_SECONDS = 30


def configuration(folder: Path, worker_port: int) -> Path:
    """Write what is deployed, with one worker at a known address, scraped and judged every half second."""
    deployed = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    job = next(job for job in deployed["scrape_configs"] if job["job_name"] == "firstreply")
    job.pop("dns_sd_configs")
    job["static_configs"] = [{"targets": [f"127.0.0.1:{worker_port}"]}]
    deployed["scrape_configs"] = [job]
    deployed["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    deployed["rule_files"] = [str(PROMETHEUS / "rules" / "*.yml")]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(deployed), encoding="utf-8")
    return path


@asynccontextmanager
async def prometheus(program: str, folder: Path, worker_port: int) -> AsyncIterator[ClientSession]:
    address = f"127.0.0.1:{free_port()}"
    arguments = [f"--config.file={configuration(folder, worker_port)}", f"--storage.tsdb.path={folder}/data", "--log.level=error"]
    process = await asyncio.create_subprocess_exec(program, *arguments, f"--web.listen-address={address}")
    try:
        async with ClientSession(f"http://{address}") as session:
            yield session
    finally:
        process.terminate()
        await process.wait()


async def ask(session: ClientSession, path: str, **parameters: str) -> Any:
    """Ask until Prometheus answers."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            async with session.get(f"/api/v1/{path}", params=parameters) as response:
                if response.status == 200:
                    return (await response.json())["data"]
        except ClientConnectionError:
            pass
        assert time.monotonic() < deadline, "Prometheus does not answer"
        await asyncio.sleep(0.05)


async def value_of(session: ClientSession, query: str) -> str:
    """Wait until the query has a value."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := (await ask(session, "query", query=query))["result"]):
        assert time.monotonic() < deadline, await ask(session, "targets")
        await asyncio.sleep(0.05)
    return str(found[0]["value"][1])


async def scraped(program: str, folder: Path) -> None:
    numbers = Published(
        values={Metric.WORK: {("acme", "billing", "normal", "open"): 3}, Metric.ALERTS_FIRING: {("acme", "jump", "page"): 2}}
    )
    stages = [FixedStage("segments", [FixedPartition(0, numbers, position=7)])]
    ready = Readiness(stages)
    server = WebServer(worker_routes(Exporter(stages, "1.2.3"), process_registry(), live=ready, ready=ready))
    await server.start()
    try:
        async with prometheus(program, folder, server.port) as session:
            assert await value_of(session, 'support_work{tenant="acme",queue="billing",kind="open"}') == "3"
            assert await value_of(session, 'ALERTS{alertname="SupportAlertFiring",rule="jump",severity="page"}') == "1"
            groups = (await ask(session, "rules"))["groups"]
            assert {rule["health"] for group in groups for rule in group["rules"]} <= {
                "ok",
                "unknown",
            }  # unknown: not evaluated yet
    finally:
        await server.stop()


def test_prometheus_scrapes_a_worker_and_evaluates_the_rules(tmp_path: Path) -> None:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is missing (Debian package prometheus)")
    asyncio.run(scraped(program, tmp_path))
