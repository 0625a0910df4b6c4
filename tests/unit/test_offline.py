"""The offline run: a log in, the final outputs out, the same whatever the batches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.cli import main
from pipeline.arrival import keyed
from pipeline.codec import encode
from pipeline.config import Domain
from pipeline.engine import Topic
from pipeline.identity import ticket_key
from pipeline.metrics import Metric
from pipeline.offline import OfflineRun, Outputs
from tests.support.lives import UNTIL_MS, disorder, duplicate, lives
from tests.support.story import Story, utc

NINE = utc("2026-03-02 09:00")


def ran(domain: Domain, lines: list[bytes], partitions: int, batch: int) -> tuple[OfflineRun, Outputs]:
    run = OfflineRun(domain, partitions=partitions, panes_partitions=2, batch_records=batch)
    run.feed(keyed(lines))
    return run, run.close(UNTIL_MS)


def test_batches_do_not_show_and_partitions_give_the_same_tickets() -> None:
    domain = Domain(event_tick=24 * 3_600_000)
    events = duplicate(disorder(lives(40, seed=7), 0.1, 3_600_000, seed=7), 0.05, seed=7)
    lines = [*map(encode, events), b"", b"not json"]
    _, one = ran(domain, lines, 4, 1)
    run, many = ran(domain, lines, 4, 97)
    assert one.digest() == many.digest()
    assert [letter.reason for letter in many.dead_letters] == ["not_json"]
    _, alone = ran(domain, lines, 1, 50)
    assert alone.compacted[Topic.CLOCKS].keys() == many.compacted[Topic.CLOCKS].keys()
    told = sum(sum(picture.values.get(Metric.TICKETS_TRACKED, {}).values()) for picture in run.published())
    assert told == len(many.compacted[Topic.CLOCKS])


def test_a_record_under_a_strange_key_finds_its_partition() -> None:
    event = Story(ticket_id="T1").created(NINE).events[0]
    home = ticket_key("acme", "T1")
    for key in (b"elsewhere", b"other", b"third", home):
        run = OfflineRun(Domain(), partitions=4, batch_records=1)
        run.feed([(key, encode(event), NINE)])
        assert list(run.close(NINE + 60_000).compacted[Topic.CLOCKS]) == [home]


def test_run_prints_one_document_for_programs_and_tables_for_people(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    log = tmp_path / "log.ndjson"
    story = Story().created(NINE, queue="billing").reply("2026-03-02 09:20").solve("2026-03-02 10:00")
    log.write_bytes(b"\n".join(map(encode, story.events)))
    for arguments, code in ((["run", str(log), "--format", "json"], 0), (["run", str(log), "--window", "1d"], 0)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == code
    out = capsysbinary.readouterr().out
    document, _, tables = out.partition(b"\n")
    told = json.loads(document)
    assert told["tickets"][0]["first_reply_ms"] == 20 * 60_000
    assert {tuple(level["segment"].items()) for level in told["service_levels"]} >= {(), (("queue", "billing"),)}
    assert "billing" in tables.decode()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["run", "missing.ndjson"], 1), (["run", "-", "--window", "3y"], 2), (["run", "-", "--until-after", "soon"], 2)],
)
def test_run_says_what_is_wrong(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == code
    assert "error:" in capsys.readouterr().err
