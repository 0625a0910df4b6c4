"""TLS and SASL against a real broker: the right secret gets in, a wrong one is told apart from a broker that is away."""

from __future__ import annotations

import gc
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from agents.brokerprocess import free_port
from agents.clock import SystemClock
from agents.configuration import load
from agents.diagnosis import Verdict, broker, clock_skew, transactions
from agents.settings import Settings
from agents.topicadmin import apply, check
from tests.support.broker import KafkaBroker

pytestmark = pytest.mark.broker
PASSWORD = "open sesame"  # noqa: S105 - of a broker that lives for one test


class Guarded(NamedTuple):
    address: str
    authority: Path


def certificate(folder: Path) -> tuple[Path, Path]:
    """Return a self-signed certificate for 127.0.0.1, and the same with its key as Kafka reads it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no certificate for the broker")
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "keystore.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    both.write_text(key.read_text() + cert.read_text())
    return cert, both


@pytest.fixture(scope="module")
def guarded(own_kafka: Callable[..., KafkaBroker], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A broker with a second listener that wants TLS and a password."""
    cert, keystore = certificate(tmp_path_factory.mktemp("tls"))
    port, guarded = free_port(), free_port()
    plain, controller = f"127.0.0.1:{port}", f"127.0.0.1:{free_port()}"
    login = "org.apache.kafka.common.security.plain.PlainLoginModule"
    properties = {
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://{plain},SASL_SSL://127.0.0.1:{guarded},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{plain},SASL_SSL://127.0.0.1:{guarded}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": f'{login} required user_firstreply="{PASSWORD}";',
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
    }
    with own_kafka(port, properties=properties):
        yield Guarded(f"127.0.0.1:{guarded}", cert)


def settings(guarded: Guarded, password: str = PASSWORD, *, trusted: bool = True) -> Settings:
    return load(
        broker={
            "bootstrap": guarded.address,
            "security": "sasl_tls",
            "tls": {"ca_file": str(guarded.authority)} if trusted else {},
            "sasl": {"mechanism": "PLAIN", "username": "firstreply", "password": password},
        },
        topics={"prefix": "guarded."},
    )


def test_the_right_secret_does_everything(guarded: Guarded) -> None:
    right = settings(guarded)
    assert broker(right).verdict is Verdict.OK
    assert transactions(right).verdict is Verdict.OK
    assert clock_skew(right, SystemClock()).verdict is Verdict.OK
    apply(right)
    assert check(right) == []


# kafka-python leaves the sockets of its failed attempts to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_wrong_password_is_called_that_and_not_shown(guarded: Guarded) -> None:
    found = broker(settings(guarded, "abracadabra"))
    gc.collect()
    assert found.verdict is Verdict.UNAVAILABLE
    assert "does not accept" in found.said
    assert "broker.sasl" in found.way_out
    assert "abracadabra" not in f"{found}"


def test_an_authority_that_is_not_trusted_is_called_that(guarded: Guarded) -> None:
    found = broker(settings(guarded, trusted=False))
    assert found.verdict is Verdict.UNAVAILABLE
    assert "TLS" in found.said
    assert "broker.tls" in found.way_out
