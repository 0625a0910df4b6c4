"""`firstreply signals` beside the demo's worker: the numbers in Redis are those on Kafka, and the example router reads them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from agents.brokerprocess import free_port
from agents.demo.configuration import settings_of, text_of
from agents.embedded import EmbeddedBroker, EmbeddedBrokerMissingError
from agents.routing import Fresh, SignalReader
from agents.routing.redissource import RedisSource
from agents.sinks import RedisSettings
from agents.topicadmin import apply
from pipeline.signals import ServiceLevel
from tests.broker.servicelevels import levels_on
from tests.support.liverun import LiveWorker, firstreply
from tests.support.redisprocess import RedisMissingError, RedisProcess
from tests.support.waiting import wait_for

pytestmark = pytest.mark.broker
ROOT = Path(__file__).resolve().parents[2]
FIRSTREPLY = [sys.executable, "-c", "from agents.cli import main; main()"]


class Scene(NamedTuple):
    config: Path
    bootstrap: str
    redis: RedisProcess
    events: int


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """An afternoon of the demo's centre, worked through by the demo's worker."""
    folder = tmp_path_factory.mktemp("scene")
    try:
        redis, broker = RedisProcess(), EmbeddedBroker()
    except (RedisMissingError, EmbeddedBrokerMissingError) as missing:
        pytest.skip(str(missing))
    with redis, broker:
        worker = LiveWorker(folder / "demo.toml", folder / "worker.log")
        worker.config.write_text(text_of(broker.bootstrap, worker.port))
        apply(settings_of(worker.config.read_text()))
        log = folder / "log.ndjson"
        firstreply("simulate", "--hours", "6", "--start", "2026-03-02T08:00Z", "--out", str(log))
        with worker:
            firstreply("replay", str(log), "--config", str(worker.config), "--clock", "1m", "--until-after", "0s")
            events = len(log.read_bytes().splitlines())
            wait_for(worker.settled(events), "the worker is through", 120)
            yield Scene(worker.config, broker.bootstrap, redis, events)


class SignalsRun:
    """A `firstreply signals` process."""

    def __init__(self, scene: Scene, log: Path) -> None:
        self.port = free_port()
        self.log = log
        command = [*FIRSTREPLY, "signals", "--config", str(scene.config), "--redis", scene.redis.address]
        with log.open("wb") as out:
            self.process = subprocess.Popen([*command, "--metrics-port", str(self.port)], stdout=out, stderr=out)

    def get(self, path: str) -> tuple[int, str]:
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def stop(self) -> tuple[int, float]:
        """Return the exit code and how long it took, seconds."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20), time.monotonic() - began


def waiting_of(level: ServiceLevel) -> int:
    return sum(level.work[kind].count for kind in ("awaiting_first_reply", "awaiting_next_reply"))


def test_redis_says_what_kafka_says(scene: Scene, tmp_path: Path) -> None:
    run = SignalsRun(scene, tmp_path / "signals.log")
    try:
        wait_for(run.ready, "the signals are current", 60)
        levels = {
            (level.tenant, level.segment["queue"]): level
            for level in levels_on(scene.bootstrap)
            if list(level.segment) == ["queue"]
        }
        assert levels
        source = RedisSource(RedisSettings(address=scene.redis.address))
        readings = SignalReader(source).read_all()
        source.close()
        assert readings.keys() == levels.keys()
        for place, reading in readings.items():
            assert isinstance(reading, Fresh), place
            level, found = levels[place], reading.signal
            assert (found.as_of, found.epoch, found.waiting) == (level.as_of, level.epoch, waiting_of(level))
            assert (found.pressure.at_risk, found.pressure.breached) == (
                level.work["at_risk"].count,
                level.work["breached"].count,
            )
            assert len(found.overdue) <= found.pressure.breached
            assert all(one.due_at > found.as_of - 60_000 for one in found.next_to_breach), "none of these has been missed"
        assert any(reading.signal.next_to_breach for reading in readings.values() if isinstance(reading, Fresh))
        page = run.get("/metrics")[1]
        assert f'support_signals_writes_total{{outcome="written"}} {len(levels)}.0' in page
        assert "support_signals_redis_up 1.0" in page
        assert "_created" not in page
        routed(scene, levels)
        code, seconds = run.stop()
        assert code == 0, run.log.read_text()
        assert seconds < 3
    finally:
        run.process.kill()
        run.process.wait()


def routed(scene: Scene, levels: dict[tuple[str, str], ServiceLevel]) -> None:
    command = [sys.executable, str(ROOT / "examples" / "router.py"), "--redis", scene.redis.address, "--once"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
    lines = done.stdout.splitlines()
    assert len(lines) == len(levels)
    assert all("static rules" not in line and "promises in danger" in line for line in lines), done.stdout


def test_a_missing_topic_and_a_broker_that_is_away_are_told(scene: Scene, tmp_path: Path) -> None:
    config = tmp_path / "other.toml"
    for text, code, said in (
        (scene.config.read_text().replace("[topics]\n", '[topics]\nprefix = "other."\n'), 78, "firstreply topics apply"),
        (scene.config.read_text().replace(scene.bootstrap, f"127.0.0.1:{free_port()}"), 75, "no broker answers"),
    ):
        config.write_text(text)
        command = [*FIRSTREPLY, "signals", "--config", str(config), "--redis", scene.redis.address, "--metrics-port", "0"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == code, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
