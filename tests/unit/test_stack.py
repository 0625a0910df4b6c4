"""What the stack is told, and what it says is missing. No process is started."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.cli.exit_codes import ExitCode
from agents.settings import Delivery, Settings
from deploy.stack.__main__ import main
from deploy.stack.configuration import DEPLOY, Ports, alertmanager_settings, prometheus_settings, settings_text
from deploy.stack.programs import Program, ProgramsMissingError, check_all, find
from pipeline.engine import TimeMode

PORTS = Ports(kafka=1, redis=2, prometheus=3, alertmanager=4, board=5, workers=(6, 7), notifier=8, signals=9)


def test_our_settings_are_valid_and_point_at_this_machine() -> None:
    settings = Settings.model_validate(tomllib.loads(settings_text(PORTS)))
    assert (settings.broker.bootstrap, settings.redis.address) == ("127.0.0.1:1", "127.0.0.1:2")
    assert settings.notifier.alertmanager.urls == ("http://127.0.0.1:4",)
    assert (settings.delivery, settings.time) == (Delivery.EXACTLY_ONCE, TimeMode.EVENT)
    assert settings.topics.ticket_partitions >= 2 * len(PORTS.workers)


def test_prometheus_gets_the_deployed_rules_and_every_job_a_target() -> None:
    told = prometheus_settings(PORTS)
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in told["scrape_configs"]}
    assert targets == {
        "firstreply": ["127.0.0.1:6", "127.0.0.1:7"],
        "firstreply-serve": ["127.0.0.1:5"],
        "firstreply-signals": ["127.0.0.1:9"],
        "firstreply-notifier": ["127.0.0.1:8"],
        "prometheus": ["127.0.0.1:3"],
    }
    assert not any("dns_sd_configs" in job for job in told["scrape_configs"])
    assert told["alerting"]["alertmanagers"] == [{"static_configs": [{"targets": ["127.0.0.1:4"]}]}]
    (rules,) = told["rule_files"]
    assert list(Path(rules).parent.glob(Path(rules).name)) == list((DEPLOY / "prometheus" / "rules").glob("*.yml"))


def test_alertmanager_gets_the_deployed_routes_and_tells_nobody() -> None:
    told = alertmanager_settings()
    deployed = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))
    assert (told["route"], told["inhibit_rules"]) == (deployed["route"], deployed["inhibit_rules"])
    assert [list(receiver) for receiver in told["receivers"]] == [["name"]] * len(deployed["receivers"])


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [("promtool", ("check", "config"), prometheus_settings(PORTS)), ("amtool", ("check-config",), alertmanager_settings())],
    ids=["prometheus", "alertmanager"],
)
def test_their_own_tools_accept_it(tool: str, arguments: tuple[str, ...], told: dict[str, Any], tmp_path: Path) -> None:
    program = shutil.which(tool)
    if program is None:
        pytest.skip(f"{tool} is missing (Debian packages prometheus, prometheus-alertmanager)")
    file = tmp_path / "told.yml"
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    done = subprocess.run([program, *arguments, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_usual_port_that_is_taken_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.stack.configuration.is_taken", lambda port: port in (9092, 9467))
    ports = Ports.usual()
    assert (ports.redis, ports.board, ports.workers[0]) == (6379, 8090, 9464)
    assert {9092, 9467}.isdisjoint((ports.kafka, ports.workers[1]))


def test_what_is_missing_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("FIRSTREPLY_KAFKA_HOME", str(tmp_path))
    with pytest.raises(ProgramsMissingError) as caught:
        check_all()
    said = str(caught.value)
    assert "apt-get install --no-install-recommends redis-server prometheus prometheus-alertmanager" in said
    assert "kafka_2.13" in said or "Java" in said
    with pytest.raises(ProgramsMissingError, match="apt-get install redis-server"):
        find(Program.REDIS)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command here, without its hold on signals, and return its exit code."""
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def run(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        code = ended.value.code
        assert isinstance(code, int)
        return code

    return run


def test_the_command_ends_with_one_block_when_something_is_missing(
    command: Callable[..., int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("FIRSTREPLY_KAFKA_HOME", str(tmp_path))
    assert command() == ExitCode.UNAVAILABLE
    said = capsys.readouterr().err
    assert said.startswith("error: Something that the stack is made of is missing.")
    assert "redis-server" in said


@pytest.mark.parametrize("arguments", [("--seconds", "3"), ("--seconds", "0"), ("--speed", "0", "--seconds", "60")])
def test_a_run_that_could_not_show_the_alert_is_refused(
    command: Callable[..., int], arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*arguments) == ExitCode.USAGE
    assert "--s" in capsys.readouterr().err
