"""Log lines: JSON for machines, readable for people, libraries quiet."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from agents.logs import set_up
from agents.settings import LogSettings


@pytest.fixture(autouse=True)
def _root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("aiokafka", "kafka", "faust", "mode", "asyncio"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def said(settings: LogSettings, monkeypatch: pytest.MonkeyPatch) -> str:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    set_up(settings)
    logging.getLogger("agents.partitions").info("restored %d rows", 7)
    logging.getLogger("aiokafka.producer.sender").warning("retrying")
    logging.getLogger("agents.partitions").debug("detail")
    return stream.getvalue()


def test_machines_get_one_json_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = said(LogSettings(), monkeypatch).splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("restored 7 rows", "info", "agents.partitions")


def test_people_get_a_line_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "restored 7 rows" in said(LogSettings(format="console"), monkeypatch)


def test_debug_lets_everybody_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = said(LogSettings(level="debug"), monkeypatch).splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["restored 7 rows", "retrying", "detail"]
