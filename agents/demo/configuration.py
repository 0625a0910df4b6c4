"""The configuration of the demo's worker: the shipped demo domain, and what an embedded broker can do."""

from __future__ import annotations

import importlib.resources
import os
import tomllib
from collections.abc import Mapping

from agents.configuration import PREFIX
from agents.settings import Settings

_KEPT = frozenset({"FIRSTREPLY_ALLOW_UNTESTED_FAUST", "FIRSTREPLY_DEBUG"})
# The embedded broker's group join takes about half of the session timeout.
_TEXT = """\
time = "event"                     # the events are a simulation: their own times count
delivery = "at_least_once"         # the embedded broker has no transactions

[broker]
bootstrap = "{bootstrap}"

[topics]
ticket_partitions = 2

[worker]
app_id = "firstreply-demo"
session_timeout = "4s"
heartbeat_interval = "1s"
batch_records = 500
metrics_port = {metrics_port}

[log]
level = "warning"

"""


def text_of(bootstrap: str, metrics_port: int) -> str:
    """Return the worker's TOML file."""
    domain = importlib.resources.files("pipeline").joinpath("defaults", "demo.toml").read_text(encoding="utf-8")
    return _TEXT.format(bootstrap=bootstrap, metrics_port=metrics_port) + domain


def settings_of(text: str) -> Settings:
    """Return what the file says, without the environment: nothing of it is meant for the demo."""
    return Settings.model_validate(tomllib.loads(text))


def environment_of(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the worker's environment: settings in it are those of a real pipeline, and must not reach the demo's worker."""
    return {name: value for name, value in environment.items() if not name.startswith(PREFIX) or name in _KEPT}
