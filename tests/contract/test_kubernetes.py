"""The Kubernetes manifests: built by kustomize, valid by Kubernetes' own schemas, and about things that the code knows.

No cluster is needed, and none is asked.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from agents import configuration
from agents.settings import Settings
from agents.topics import name_of
from pipeline.engine import Topic
from tests.contract.test_readme import cli_commands

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
SCHEMAS = ROOT / "tests" / "data" / "kubernetes-1.32.json.xz"
BUILDS = ("base", "overlays/example")
FOREIGN = frozenset({"keda.sh/v1alpha1", "monitoring.coreos.com/v1"})
"""Kinds of other people's operators: their schemas are not Kubernetes' own."""
WORKLOADS = frozenset({"StatefulSet", "Deployment", "Job"})
TOKEN = "0123456789-0123456789"  # noqa: S105 - stands in for a secret that a cluster would mount

Manifest = dict[str, Any]


@cache
def built(name: str) -> tuple[Manifest, ...]:
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is missing (its kustomize builds the manifests)")
    done = subprocess.run([program, "kustomize", KUBERNETES / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(name: str, *kinds: str) -> list[Manifest]:
    return [manifest for manifest in built(name) if manifest["kind"] in kinds]


def pods(name: str) -> Iterator[tuple[str, Manifest, Manifest]]:
    """Yield name, labels and specification of every pod."""
    for manifest in of_kind(name, *WORKLOADS):
        template = manifest["spec"]["template"]
        yield manifest["metadata"]["name"], template["metadata"]["labels"], template["spec"]


def container(pod: Manifest) -> Manifest:
    (only,) = pod["containers"]
    found: Manifest = only
    return found


@cache
def schemas() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lzma.decompress(SCHEMAS.read_bytes()))
    return found


def mistakes(manifest: Manifest) -> list[str]:
    group, _, version = manifest["apiVersion"].rpartition("/")
    wanted = {"group": group, "version": version, "kind": manifest["kind"]}
    (name,) = (name for name, one in schemas()["$defs"].items() if wanted in one.get("x-kubernetes-group-version-kind", ()))
    schema = {"$ref": f"#/$defs/{name}", "$defs": schemas()["$defs"]}
    found = jsonschema.Draft202012Validator(schema).iter_errors(manifest)
    return [f"{error.json_path}: {error.message}" for error in found]


@pytest.mark.parametrize("name", BUILDS)
def test_kubernetes_would_take_them(name: str) -> None:
    ours = [manifest for manifest in built(name) if manifest["apiVersion"] not in FOREIGN]
    assert len(ours) >= 15
    for manifest in ours:
        assert mistakes(manifest) == [], (manifest["kind"], manifest["metadata"]["name"])


def test_a_mistake_is_found() -> None:
    (worker,) = of_kind("base", "StatefulSet")
    assert mistakes(worker | {"spec": worker["spec"] | {"replica": 2}})


@pytest.mark.parametrize("name", BUILDS)
def test_commands_and_settings_are_those_of_the_code(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ports = {}
    for pod_name, _, pod in pods(name):
        said = container(pod)
        assert said["args"][0] in cli_commands()
        settings = settings_of(name, pod, monkeypatch, tmp_path)
        listening = {"worker": settings.worker.metrics_port, "serve": settings.serve.port}
        listening |= {"signals": settings.signals.metrics_port, "notify": settings.notifier.metrics_port}
        if port := listening.get(said["args"][0]):
            ports[pod_name] = port
            assert [one["containerPort"] for one in said["ports"]] == [port]
            hosts = {"worker": settings.worker.metrics_host, "serve": settings.serve.host}
            hosts |= {"signals": settings.signals.metrics_host, "notify": settings.notifier.metrics_host}
            assert hosts[said["args"][0]] == "0.0.0.0", "probes come from outside the pod"  # noqa: S104 - of a container
    assert len(ports) == 4
    for service in of_kind(name, "Service"):
        (port,) = service["spec"]["ports"]
        assert port["port"] == ports[service["spec"]["selector"]["app.kubernetes.io/name"]]


def settings_of(name: str, pod: Manifest, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Settings:
    """Load what a pod is told as the pod would, with files in the place of what the cluster mounts."""
    for variable in [one for one in os.environ if one.startswith("FIRSTREPLY_")]:
        monkeypatch.delenv(variable)
    (file,) = (one for one in of_kind(name, "ConfigMap") if any(one["metadata"]["name"] == used for used in configmaps(pod)))
    said = container(pod)
    mounts = [mount["mountPath"] for mount in said["volumeMounts"]]

    def here(text: str) -> str:
        def local(found: re.Match[str]) -> str:
            assert any(found[0].startswith(f"{mount}/") for mount in mounts), f"{found[0]} is not mounted"
            place = folder / found[0].strip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(TOKEN, encoding="utf-8")
            return str(place)

        return re.sub(r"/run/secrets/[\w./-]+", local, text)

    config = folder / "firstreply.toml"
    config.write_text(here(re.sub(r"^#.*$", "", file["data"]["firstreply.toml"], flags=re.MULTILINE)), encoding="utf-8")
    for variable in said["env"]:
        value = variable.get("value", "pod-0")
        monkeypatch.setenv(variable["name"], str(config) if variable["name"] == "FIRSTREPLY_CONFIG" else here(value))
    return configuration.load()


def configmaps(pod: Manifest) -> set[str]:
    return {volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume}


@pytest.mark.parametrize("name", BUILDS)
def test_pods_are_locked_down_and_bounded(name: str) -> None:
    for pod_name, labels, pod in pods(name):
        said = container(pod)
        assert pod["securityContext"]["runAsNonRoot"], pod_name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert said["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False, "the variables of a Service firstreply-worker would be read as settings"
        assert {"cpu", "memory"} <= said["resources"]["requests"].keys()
        assert "memory" in said["resources"]["limits"]
        assert labels["app.kubernetes.io/part-of"] == "firstreply"
        assert {mount["name"] for mount in said["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


@pytest.mark.parametrize("name", BUILDS)
def test_whoever_serves_is_probed_where_it_answers(name: str) -> None:
    for _, _, pod in pods(name):
        said = container(pod)
        if "ports" not in said:
            continue
        (port,) = said["ports"]
        paths = {kind: said[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert {kind: probe["path"] for kind, probe in paths.items()} == {
            "startupProbe": "/livez",
            "livenessProbe": "/livez",
            "readinessProbe": "/readyz",
        }
        assert {probe["port"] for probe in paths.values()} == {port["name"]}


@pytest.mark.parametrize("name", BUILDS)
def test_selectors_find_their_pods(name: str) -> None:
    all_labels = [labels.items() for _, labels, _ in pods(name)]
    for manifest in built(name):
        spec = manifest.get("spec", {})
        selector = spec.get("podSelector") or spec.get("selector") or {}
        labels = selector.get("matchLabels", selector)
        if labels and manifest["kind"] != "Job":
            assert any(labels.items() <= found for found in all_labels), (manifest["kind"], manifest["metadata"]["name"])


def test_every_pod_is_behind_the_default_policy_and_nobody_is_let_in_from_everywhere() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind("base", "NetworkPolicy")}
    default = policies["firstreply-default"]
    assert default["policyTypes"] == ["Ingress", "Egress"]
    assert default["podSelector"]["matchLabels"] == {"app.kubernetes.io/part-of": "firstreply"}
    assert all(rule.get("from") for policy in policies.values() for rule in policy.get("ingress", ()))


@pytest.mark.parametrize("name", BUILDS)
def test_secrets_are_named_and_never_written(name: str) -> None:
    assert not of_kind(name, "Secret")
    for _, _, pod in pods(name):
        for variable in container(pod)["env"]:
            assert not re.search(r"(PASSWORD|SECRET|TOKEN)$", variable["name"]) or "valueFrom" in variable, variable["name"]
            assert '"secret":' not in variable.get("value", ""), variable["name"]


def test_workers_have_names_that_survive_and_keep_nothing_on_disk() -> None:
    (worker,) = of_kind("base", "StatefulSet")
    assert worker["spec"]["podManagementPolicy"] == "Parallel"
    assert "volumeClaimTemplates" not in worker["spec"]
    (identity,) = (one for one in container(worker["spec"]["template"]["spec"])["env"] if "valueFrom" in one)
    assert identity["name"] == "FIRSTREPLY_WORKER__INSTANCE_ID"


def test_budgets_leave_somebody_at_work() -> None:
    budgets = {
        one["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]: one for one in of_kind("base", "PodDisruptionBudget")
    }
    many = {one["metadata"]["name"] for one in of_kind("base", "StatefulSet", "Deployment") if one["spec"]["replicas"] > 1}
    assert budgets.keys() == many, "a budget for a single pod would only hold up a drain"


def test_scaling_fits_the_topics_and_the_group(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = "overlays/example"
    (worker,) = of_kind(name, "StatefulSet")
    (scaled,) = of_kind(name, "ScaledObject")
    settings = settings_of(name, worker["spec"]["template"]["spec"], monkeypatch, tmp_path)
    spec = scaled["spec"]
    (trigger,) = spec["triggers"]
    assert "replicas" not in worker["spec"], "the scaler says how many"
    assert (spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]) == ("StatefulSet", worker["metadata"]["name"])
    assert spec["maxReplicaCount"] == settings.topics.ticket_partitions
    assert trigger["metadata"]["topic"] == name_of(Topic.TICKET_EVENTS, settings.topics)
    assert trigger["metadata"]["consumerGroup"] == settings.worker.app_id
    assert trigger["metadata"]["bootstrapServers"] == settings.broker.bootstrap
    assert trigger["authenticationRef"]["name"] in {one["metadata"]["name"] for one in of_kind(name, "TriggerAuthentication")}


def test_prometheus_scrapes_under_the_names_that_rules_read() -> None:
    deployed = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    jobs = {job["job_name"] for job in deployed["scrape_configs"]} - {"prometheus"}
    monitors = of_kind("overlays/example", "PodMonitor")
    found = set()
    for monitor in monitors:
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        (relabeling,) = endpoint["relabelings"]
        assert relabeling["targetLabel"] == "job"
        found.add(relabeling["replacement"])
        (pod,) = (
            pod
            for _, labels, pod in pods("overlays/example")
            if monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
        )
        assert endpoint["port"] in {port["name"] for port in container(pod)["ports"]}
    assert found == jobs
