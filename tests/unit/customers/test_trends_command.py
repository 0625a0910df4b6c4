"""`firstreply trends` as a person meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.cli import main
from pipeline.codec import encode
from pipeline.events import Channel
from tests.support.story import Story

CONFIG = """\
[domain]
dimensions = ["queue"]
segments = [[], ["queue"]]
windows = { 7d = "7d" }
topics = { refund = ["refund"], login = ["login"] }
jump = { segments = [["queue"]] }
[domain.customers]
salt = "0123456789abcdef"
"""


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    events = []
    for number, (day, tag) in enumerate([(3, "login"), *((10, "refund") for _ in range(12)), (11, "login")]):
        story = Story(f"T{number}").created(
            f"2026-03-{day:02} 09:{number:02}", tags=(tag,), channel=Channel.CHAT, requester=f"c{number}"
        )
        events += story.solve(f"2026-03-{day:02} 10:00").events
    path = tmp_path / "log.ndjson"
    path.write_bytes(b"\n".join(encode(event) for event in events))
    return path


@pytest.mark.mission("C9", "A15")
def test_rising_topics_and_channels(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.toml").write_text(CONFIG)
    assert call("trends", str(log), "-c", str(tmp_path / "c.toml")) == 0
    assert capsys.readouterr().out.splitlines() == [
        "topic: contacts in the last 7d, against the 7d before; repeats among them",
        "  refund                        12     +12       0 more than chance",
        "  login                          1      +0       0",
        "",
        "topic and channel: settled at the first contact, of those solved; at least, with 95 % confidence",
        "  login                    chat            1 of      1  100 %   20 %",
        "  refund                   chat           12 of     12  100 %   75 %",
    ]


def test_mistakes(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.toml").write_text(CONFIG)
    (tmp_path / "empty.ndjson").write_text("")
    config = ("-c", str(tmp_path / "c.toml"))
    assert call("trends", str(log)) == 78
    assert "asks for no topics" in capsys.readouterr().err
    assert call("trends", str(log), "--window", "3d", *config) == 2
    assert call("trends", str(tmp_path / "gone"), *config) == 1
    assert call("trends", str(tmp_path / "empty.ndjson"), *config) == 1
