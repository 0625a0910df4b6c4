"""The generated pages are those that the code makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import generate


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_pages_are_current(name: str) -> None:
    assert (generate.HERE / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run `make docs`"


def test_every_decision_is_in_the_index_and_says_how_it_would_be_wrong() -> None:
    decisions = sorted((generate.HERE / "adr").glob("[0-9]*.md"))
    index = (generate.HERE / "adr" / "README.md").read_text(encoding="utf-8")
    assert decisions
    numbers = [int(page.name[:4]) for page in decisions]
    assert len(numbers) == len(set(numbers))
    for number, page in zip(numbers, decisions, strict=True):
        assert f"[{number}]({page.name})" in index, f"{page.name} is not in docs/adr/README.md"
        assert re.search(r"^## .*would know", page.read_text(encoding="utf-8"), re.MULTILINE), page.name


def test_the_architecture_names_files_that_exist() -> None:
    rows = re.findall(r"^\|.*\|$", (generate.HERE / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE)
    root = generate.HERE.parent
    named = 0
    for row in rows:
        folder = root
        for name in re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", row.rsplit("|", 2)[1]):
            folder = (root / name).parent if "/" in name else folder
            assert (folder / Path(name).name).is_file(), f"{name} in {row[:40]}"
            named += 1
    assert named > 20
