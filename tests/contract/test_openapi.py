"""The API does what its OpenAPI document says: schemathesis asks the real application, and the file under docs/ is current."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.serve.openapi import document
from agents.serve.operations import BASE, OPERATIONS, Operation
from agents.serve.settings import ServeSettings
from pipeline import __version__
from tests.support.centre import everything, site_of
from tests.support.serving import served_aside

WRITTEN = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "openapi.json"
EXAMPLES = 6


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served_aside(site_of(*everything()), ServeSettings(requests_per_second=100_000)) as where:
        yield where


@pytest.fixture(scope="module")
def schema() -> Any:
    import schemathesis  # noqa: PLC0415 - half a second, which only the process that runs these tests is to spend

    return schemathesis.openapi.from_dict(document("1.2.3"))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_answers_are_as_described(operation: Operation, address: str, schema: Any) -> None:
    from schemathesis.checks import positive_data_acceptance  # noqa: PLC0415 - as the fixture does

    mine = schema[BASE + operation.path]["GET"]

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        # A cursor is valid when this server made it: no schema says that.
        unsayable = [positive_data_acceptance]
        data.draw(mine.as_strategy()).call_and_validate(base_url=address, excluded_checks=unsayable)

    ask()


def test_the_document_says_what_it_must() -> None:
    found = document("1.2.3")
    assert found["openapi"].startswith("3.1")
    ids = [verb["operationId"] for verbs in found["paths"].values() for verb in verbs.values()]
    assert len(ids) == len(set(ids)) == len(OPERATIONS) + 2
    for verbs in found["paths"].values():
        for operation in verbs.values():
            assert operation["summary"]
            assert operation["description"].endswith(".")
            assert {"400", "401", "403", "429"} <= operation["responses"].keys()


def test_the_written_document_is_current() -> None:
    assert json.loads(WRITTEN.read_text(encoding="utf-8")) == document(__version__), "run `make docs`"
