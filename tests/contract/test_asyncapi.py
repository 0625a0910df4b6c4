"""The AsyncAPI document: valid by the specification's own schema, whole, and about every topic."""

from __future__ import annotations

import copy
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agents.asyncapi import document
from agents.settings import TopicSettings
from pipeline.engine import Topic

SCHEMA = Path(__file__).parents[1] / "data" / "asyncapi-3.0.0.json.xz"
DOCUMENT = document()


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft7Validator(json.loads(lzma.decompress(SCHEMA.read_bytes())))


def references(part: Any) -> Iterator[str]:
    match part:
        case dict():
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for value in part.values():
                yield from references(value)
        case list():
            for value in part:
                yield from references(value)


def test_it_is_valid(validator: Any) -> None:
    assert [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("operations", "send-alerts", "action"), "publish"),
        (("channels", "alerts", "messages"), []),
        (("info", "title"), 7),
        (("servers", "kafka", "protocol"), None),
    ],
)
def test_the_validator_refuses_what_is_wrong(validator: Any, path: tuple[str, ...], value: Any) -> None:
    wrong = copy.deepcopy(DOCUMENT)
    place = wrong
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert not validator.is_valid(wrong)


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > 20
    for reference in found:
        place = DOCUMENT
        for name in reference.removeprefix("#/").split("/"):
            place = place[name.replace("~1", "/").replace("~0", "~")]


def test_every_topic_is_told_and_every_schema_is_used() -> None:
    assert list(DOCUMENT["channels"]) == [topic.value for topic in Topic]
    used = {reference.rpartition("/")[2] for reference in references(DOCUMENT) if "/schemas/" in reference}
    assert DOCUMENT["components"]["schemas"].keys() - used == {"Canonical", "ResponderCanonical"}, (
        "the forms that firstreply itself writes"
    )
    for channel in DOCUMENT["channels"].values():
        assert len(channel["description"]) > 20


def test_addresses_are_those_of_the_configuration() -> None:
    said = document(TopicSettings(prefix="support.", ticket_partitions=32, replication=3))["channels"]["clocks"]
    assert said["address"] == "support.clocks"
    kafka = said["bindings"]["kafka"]
    assert (kafka["partitions"], kafka["replicas"], kafka["topicConfiguration"]["cleanup.policy"]) == (32, 3, ["compact"])
