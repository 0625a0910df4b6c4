"""Every query of every panel on a real Prometheus that scrapes a real worker and sink: none may come back empty."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import math
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.request import urlopen

import pytest
import yaml
from aiohttp import ClientSession

from agents.brokerprocess import free_port
from agents.clock import SystemClock
from agents.configuration import load
from agents.demo.configuration import text_of
from agents.embedded import EmbeddedBroker, EmbeddedBrokerMissingError
from agents.eventlog import EventLog
from agents.routing.redissource import RedisSource
from agents.simulator.centre import CENTRE
from agents.sinks import RedisSettings
from agents.topicadmin import apply
from pipeline.codec import encode
from pipeline.events import Channel, Event, EventType
from tests.broker.test_scrape import ask
from tests.support.grafana.queries import filled, label_query, targets, values_of, variables
from tests.support.liverun import LiveWorker, firstreply
from tests.support.redisprocess import RedisMissingError, RedisProcess
from tests.support.story import Story
from tests.support.waiting import wait_for

pytestmark = pytest.mark.broker
ROOT = Path(__file__).resolve().parents[2]
BOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
RULES = ROOT / "deploy" / "prometheus" / "rules"
FIRSTREPLY = [sys.executable, "-c", "from agents.cli import main; main()"]
HISTORY = timedelta(days=8, hours=2)
"""More than a week, so that there is a last week to compare with."""
LIVE = timedelta(hours=2)
"""Played while Prometheus scrapes, so that counters move."""
COMPARED = (timedelta(days=7, hours=1), timedelta(hours=2))
"""How long ago the hours began that the present one is compared with: at night the simulated centre may answer nobody in them."""
COMPARED_FOR, COMPARED_EVERY = timedelta(minutes=70), timedelta(minutes=10)
PLAY_SECONDS = 45
PRESENT_SECONDS = 120
DEADLINE_SECONDS = 200.0
"""What was told is compared with what happened once a minute, and only once the log has been played can a wait be told."""
PLACES = tuple(itertools.product(("technical", "orders", "billing"), (Channel.EMAIL, Channel.CHAT)))
COMING_BACK = 9
"""Customers who come back: an odd number, so that each comes in another channel."""
_GOAL = """
[[domain.goals]]
name = "quick"
measure = "first_reply"
within = "4h"
share = 0.9
starts = {starts}
deadline = {deadline}
"""


People: TypeAlias = dict[str, tuple[float | None, ...]]
"""By queue: people needed, there and missing."""


class Scene(NamedTuple):
    folder: Path
    worker: int
    sink: int
    redis: str
    config: Path
    log: Path
    since: datetime


def as_composed(environment: pytest.MonkeyPatch) -> None:
    """Let every process be told what docker-compose.yml says of the simulated centre."""
    told = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["x-firstreply"]["environment"]
    for variable, value in told.items():
        if variable.startswith("FIRSTREPLY_DOMAIN__"):
            environment.setenv(variable, value)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A worker that has applied a week of the simulated centre, and a sink that keeps its signals in Redis."""
    with pytest.MonkeyPatch.context() as environment:
        as_composed(environment)
        yield from scenes(tmp_path_factory)


def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("grafana")
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is missing (Debian package prometheus)")
    try:
        redis, broker = RedisProcess(), EmbeddedBroker()
    except (RedisMissingError, EmbeddedBrokerMissingError) as missing:
        pytest.skip(str(missing))
    now = datetime.fromtimestamp(SystemClock().now_ms() // 1_000, UTC)
    with redis, broker:
        worker = LiveWorker(folder / "firstreply.toml", folder / "worker.log")
        goal = _GOAL.format(starts=(now - timedelta(days=3)).date(), deadline=(now + timedelta(days=30)).date())
        worker.config.write_text(text_of(broker.bootstrap, worker.port).replace('time = "event"', 'time = "live"') + goal)
        apply(load(worker.config))
        log, since = folder / "log.ndjson", now - LIVE
        start = f"{now - HISTORY:%Y-%m-%dT%H:%M:%SZ}"
        hours = str(HISTORY.total_seconds() / 3600)
        disorder = ["--malformed", "0.005", "--duplicates", "0.01", "--delayed", "0.02"]
        people = ["--responders", str(folder / "people.ndjson")]
        firstreply("simulate", "--hours", hours, "--start", start, "--scale", "0.5", *disorder, *people, "--out", str(log))
        put_into(log, compared(now))
        with worker:
            config = ["--config", str(worker.config)]
            firstreply("replay", str(log), *config, "--until", f"{since:%Y-%m-%dT%H:%M:%SZ}", "--keep-invalid")
            firstreply("replay", str(folder / "people.ndjson"), "--responders", *config)
            wait_for(worker.settled(1_000, 1.0), "the worker is through", 180)
            port = free_port()
            command = [*FIRSTREPLY, "signals", *config, "--redis", redis.address, "--metrics-port", str(port)]
            with (folder / "signals.log").open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as sink:
                try:
                    yield Scene(folder, worker.port, port, redis.address, worker.config, log, since)
                finally:
                    sink.terminate()


def compared(now: datetime) -> list[Event]:
    """Return tickets answered in the hours that the present one is compared with, in the order of arrival."""
    events = []
    for ago, place in itertools.product(COMPARED, PLACES):
        for number in range(COMPARED_FOR // COMPARED_EVERY):
            at = int((now - ago + number * COMPARED_EVERY).timestamp() * 1_000)
            story = Story(ticket_id=f"compared-{'-'.join(place)}-{at}", tenant=CENTRE.tenant, source="/compared")
            story.created(at, queue=place[0], channel=place[1]).customer(at).reply(at + 60_000).solve(at + 120_000)
            events += story.events
    return sorted(events, key=lambda event: event.occurred_at)


def put_into(path: Path, events: list[Event]) -> None:
    """Put events where they belong among the arrivals of a log."""
    logs = (path.read_bytes().splitlines(), [encode(event) for event in events])
    arrivals = heapq.merge(*(EventLog(keep_invalid=True).read(lines) for lines in logs), key=lambda arrival: arrival.at_ms)
    path.write_bytes(b"".join(arrival.value + b"\n" for arrival in arrivals))


def configuration(scene: Scene) -> Path:
    """Write what is deployed, with the worker and the sink at known addresses, scraped every second."""
    deployed = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    jobs = {job["job_name"]: job for job in deployed["scrape_configs"]}
    for name, port in (("firstreply", scene.worker), ("firstreply-signals", scene.sink)):
        jobs[name].pop("dns_sd_configs")
        jobs[name]["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
    deployed |= {"scrape_configs": [jobs["firstreply"], jobs["firstreply-signals"]], "rule_files": [str(RULES / "*.yml")]}
    deployed["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    deployed.pop("alerting", None)
    path = scene.folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(deployed), encoding="utf-8")
    return path


def present(scene: Scene) -> Path:
    """Write tickets that come and are answered in the minutes from now: only they can be compared with what was told.

    Customers write again, come back in another channel and rate the service: at night few do so in the simulated centre. They
    also rate the effort, and some are won and lost meanwhile: the centre knows neither.
    """
    now = SystemClock().now_ms()
    events = []
    for number in range(PRESENT_SECONDS):
        at = now + number * 1_000
        story = Story(ticket_id=f"present-{number}", tenant=CENTRE.tenant, source="/present")
        queue, channel = PLACES[number % len(PLACES)]
        who = f"present-{number % COMING_BACK}"
        story.created(at, queue=queue, channel=channel, requester=who).customer(at).reply(at + 1_000)
        story.customer(at + 1_500).reply(at + 2_500).solve(at + 3_000)
        story.add(EventType.RATED, at + 4_000, rating_kind="csat", rating_score=4, rating_low=1, rating_high=5)
        story.add(EventType.RATED, at + 5_000, rating_kind="ces", rating_score=6, rating_low=1, rating_high=7)
        events += [*story.events, registered(number, at)]
    path = scene.folder / "present.ndjson"
    path.write_bytes(
        b"\n".join(encode(event) for event in sorted(events, key=lambda event: event.ingested_at or event.occurred_at)) + b"\n"
    )
    return path


def registered(number: int, at: int) -> Event:
    """Return what the customer register tells at a time: customers won two hours ago, others now, and every third is lost."""
    return Event(
        type=EventType.CUSTOMER_WON if number % 3 else EventType.CUSTOMER_LOST,
        id=f"registered-{number}",
        tenant=CENTRE.tenant,
        ticket_id="",
        occurred_at=at - 7_200_000 if number % 3 == 1 else at,
        ingested_at=at,
        requester=f"registered-{number if number % 3 else number - 2}",
    )


@asynccontextmanager
async def scraping(scene: Scene) -> AsyncIterator[ClientSession]:
    """Run Prometheus while the rest of the log is played."""
    address = f"127.0.0.1:{free_port()}"
    arguments = [f"--config.file={configuration(scene)}", f"--storage.tsdb.path={scene.folder}/data", "--log.level=error"]
    speed = str(LIVE.total_seconds() / PLAY_SECONDS)
    since = f"{scene.since:%Y-%m-%dT%H:%M:%SZ}"
    play = [
        *FIRSTREPLY,
        "replay",
        str(scene.log),
        "--config",
        str(scene.config),
        "--from",
        since,
        "--speed",
        speed,
        "--keep-invalid",
    ]
    now = [*FIRSTREPLY, "replay", str(present(scene)), "--config", str(scene.config), "--speed", "1"]
    processes = [
        await asyncio.create_subprocess_exec("prometheus", *arguments, f"--web.listen-address={address}"),
        await asyncio.create_subprocess_exec(*play, "--keep-invalid", stderr=asyncio.subprocess.DEVNULL),
        await asyncio.create_subprocess_exec(*now, stderr=asyncio.subprocess.DEVNULL),
    ]
    try:
        async with ClientSession(f"http://{address}") as session:
            yield session
    finally:
        for process in processes:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _says_something(result: list[dict[str, Any]]) -> bool:
    return any(not math.isnan(float(series["value"][1])) for series in result)


async def empty_ones(session: ClientSession) -> set[str]:
    """Ask every panel and every variable until each has said something once; return those that never did."""
    boards = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in BOARDS}
    left = {
        f"{name}: {target.panel} [{target.ref}]: {expr}": expr
        for name, board in boards.items()
        for target in targets(board)
        for expr in [filled(target.expr, values_of(board))]
    }
    asked = {
        f"{name}: variable {variable['name']}": found
        for name, board in boards.items()
        for variable in variables(board).values()
        if (found := label_query(variable)) is not None
    }
    assert len(left) > 60
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (left or asked) and time.monotonic() < deadline:
        for place, expr in list(left.items()):
            if _says_something((await ask(session, "query", query=expr))["result"]):
                del left[place]
        for place, (selector, label) in list(asked.items()):
            match = {"match[]": selector.replace("$tenant", ".*")} if selector else {}
            if await ask(session, f"label/{label}/values", **match):
                del asked[place]
        await asyncio.sleep(0.5)
    return {*left, *asked}


async def asked(scene: Scene) -> set[str]:
    async with scraping(scene) as session:
        return await empty_ones(session)


def test_no_panel_is_empty(scene: Scene) -> None:
    empty = asyncio.run(asked(scene))
    assert not empty, "\n".join(sorted(empty))


def people_shown(scene: Scene) -> People:
    """Return how many people each queue needs, has and lacks on the worker's `/metrics`; `None`: it says nothing of it."""
    with urlopen(f"http://127.0.0.1:{scene.worker}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(r'^support_responders_(\w+)\{segment="queue=(\w*)",tenant="\w+"\} (\S+)$', text, re.MULTILINE)
    shown = {(name, queue): float(value) for name, queue, value in found}
    return {queue: tuple(shown.get((name, queue)) for name in ("needed", "there", "missing")) for _, queue in shown}


def people_signalled(scene: Scene) -> People:
    """Return the same as routers read it from Redis."""
    source = RedisSource(RedisSettings(address=scene.redis))
    try:
        signals = source.fetch_all()
    finally:
        source.close()
    said = {queue: signal.staffing for (_, queue), signal in signals.items()}
    return {queue: (one.needed, one.there, one.missing) for queue, one in said.items() if one is not None}


def test_routers_read_of_people_what_prometheus_is_shown(scene: Scene) -> None:
    seen: tuple[People, People] = {}, {}

    def agreed() -> bool:
        nonlocal seen
        seen = people_signalled(scene), people_shown(scene)
        return seen[0] == seen[1] != {}

    try:
        wait_for(agreed, "the same people in Redis and on /metrics", 150)
    except AssertionError:
        assert seen[0] == seen[1]
        raise
    source = RedisSource(RedisSettings(address=scene.redis))
    signals = source.fetch_all()
    source.close()
    nowhere = signals.pop((CENTRE.tenant, ""), None)  # a reply that came before its ticket, whose queue nobody knew then
    assert nowhere is None or not nowhere.responders
    assert signals.keys() == {(CENTRE.tenant, queue.name) for queue in CENTRE.queues}
    for signal in signals.values():
        assert signal.responders is not None, "presence is told"
        assert signal.available == len(signal.responders)
        assert all(one.responder_id.startswith(signal.queue) for one in signal.responders)
    assert any(signal.available for signal in signals.values()), "the queue that never closes has somebody"
