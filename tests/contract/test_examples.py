"""The reports under docs/examples stand alone, hold the log's own numbers, and tell nothing of the machine they were made on."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from agents.configuration import load
from pipeline.catalogue import DEFINITIONS

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
PAGES = sorted(EXAMPLES.glob("*.html"))


def figures(folder: str) -> dict[str, str]:
    rows = csv.DictReader((EXAMPLES / folder / "figures.csv").read_text(encoding="utf-8").splitlines())
    return {row["code"]: row["value"] for row in rows}


def test_they_are_small() -> None:
    assert sum(file.stat().st_size for file in EXAMPLES.rglob("*") if file.is_file()) < 2_000_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_stands_alone_and_says_every_part(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)
    assert text.count("<svg ") == 3
    headings = re.findall(r"<h2>(.*?)</h2>", text)
    assert {"By queue", "By channel", "By topic", "Promises", "Service levels and goals", "Alerts"} <= set(headings)
    assert "Longest waits for a first reply" in headings


@pytest.mark.parametrize(
    "file",
    [file for file in EXAMPLES.rglob("*") if file.suffix in {".html", ".csv", ".toml"}],
    ids=lambda file: f"{file.parent.name}-{file.name}",
)
def test_nothing_tells_of_the_machine(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"/(?:home|root|tmp|work|Users|private)/", text)
    assert "localhost" not in text


def test_the_numbers_are_those_of_the_log() -> None:
    """Facts of the log that were counted without this program: its incidents, and its first rows that are not New."""
    whole = figures("servicenow")
    assert whole["created"] == "24918"
    assert round(int(whole["first_reply"]) / 3_600_000, 1) == 43.6
    assert set(whole) <= set(DEFINITIONS)


def test_the_configuration_beside_them_is_one() -> None:
    domain = load(EXAMPLES / "servicenow.toml").domain
    assert len(domain.topics) == 12
    assert [goal.name for goal in domain.goals] == ["phone within 4 h", "solved within a week"]
