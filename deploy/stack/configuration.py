"""What everything is told: our own settings, and the deployed Prometheus and Alertmanager files with this machine's addresses."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from agents.childprocess import free_port, is_taken

DEPLOY = Path(__file__).resolve().parents[1]
SCRAPE_SECONDS = 1
"""Instead of the deployed 15 s: the day passes 180 times as fast."""
_TEXT = """\
time = "event"                     # the events are a simulation: their own times count
delivery = "exactly_once"

[broker]
bootstrap = "127.0.0.1:{kafka}"

[topics]
ticket_partitions = 4

[worker]
app_id = "firstreply-stack"
session_timeout = "6s"
heartbeat_interval = "1s"

[redis]
address = "127.0.0.1:{redis}"

[notifier]
escalate_after = []                # alerts of a simulated day are old by every clock on the wall
[notifier.alertmanager]
urls = ["http://127.0.0.1:{alertmanager}"]
resend = "5s"
expire = "1m"

[log]
level = "warning"

"""


class Ports(msgspec.Struct, frozen=True):
    """Where everything listens, on loopback: the ports that docker-compose.yml publishes, where they are free."""

    kafka: int = 9092
    redis: int = 6379
    prometheus: int = 9090
    alertmanager: int = 9093
    board: int = 8090
    workers: tuple[int, ...] = (9464, 9467)
    notifier: int = 9465
    signals: int = 9466

    @classmethod
    def usual(cls) -> Ports:
        """Return the usual ports, and free ones in the place of those that are taken."""
        return cls._chosen(lambda port: free_port() if is_taken(port) else port)

    @classmethod
    def free(cls) -> Ports:
        """Return ports that nobody uses, for a stack beside others."""
        return cls._chosen(lambda _port: free_port())

    @classmethod
    def _chosen(cls, choose: Callable[[int], int]) -> Ports:
        usual = msgspec.structs.asdict(cls())
        workers = tuple(choose(port) for port in usual.pop("workers"))
        return cls(workers=workers, **{name: choose(port) for name, port in usual.items()})


def settings_text(ports: Ports) -> str:
    """Return the TOML file of every process of ours."""
    domain = importlib.resources.files("pipeline").joinpath("defaults", "demo.toml").read_text(encoding="utf-8")
    return _TEXT.format(**msgspec.structs.asdict(ports)) + domain


def prometheus_settings(ports: Ports) -> dict[str, Any]:
    """Return the deployed configuration with this machine's addresses, scraped every second."""
    deployed = _deployed("prometheus")
    where: Mapping[str, Sequence[int]] = {
        "worker": ports.workers,
        "serve": (ports.board,),
        "signals": (ports.signals,),
        "notifier": (ports.notifier,),
    }
    deployed["global"] = {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"}
    deployed["rule_files"] = [str(DEPLOY / "prometheus" / pattern) for pattern in deployed["rule_files"]]
    deployed["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [f"127.0.0.1:{ports.alertmanager}"]}]}]
    for job in deployed["scrape_configs"]:
        found = [port for one in job.pop("dns_sd_configs", ()) for name in one["names"] for port in where[name]]
        job["static_configs"] = [{"targets": [f"127.0.0.1:{port}" for port in found or (ports.prometheus,)]}]
    return deployed


def alertmanager_settings() -> dict[str, Any]:
    """Return the deployed routes and inhibitions; its receivers tell nobody, so that nothing leaves this machine."""
    deployed = _deployed("alertmanager")
    deployed["templates"] = [str(DEPLOY / "alertmanager" / pattern) for pattern in deployed["templates"]]
    deployed["receivers"] = [{"name": receiver["name"]} for receiver in deployed["receivers"]]
    return deployed


def _deployed(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / name / f"{name}.yml").read_text(encoding="utf-8"))
    return found
