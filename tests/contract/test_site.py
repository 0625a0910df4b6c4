"""The site holds every page once, and its links lead somewhere. Building it is for `make docs`."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

from docs import site

PAGES = [page for pages in site.navigation().values() for page in pages]
THERE = {*PAGES, *site.assets()}
PLACES = {site.place(path) for path in THERE}


def test_every_page_is_in_the_navigation_once() -> None:
    written = {
        str(page.relative_to(site.ROOT)) for folder in ("docs", "deploy/runbooks") for page in (site.ROOT / folder).rglob("*.md")
    }
    top = {page.name for page in site.ROOT.glob("*.md")} - {"README.md"}
    assert Counter(PAGES) == Counter(written | top), "docs/navigation.toml names the pages"


def test_no_two_pages_stand_in_one_place() -> None:
    assert len(PLACES) == len(THERE)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_title_and_links_that_lead_somewhere(page: str) -> None:
    text = site.linked(page, (site.ROOT / page).read_text(encoding="utf-8"), THERE)
    plain = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    assert text.startswith("# ")
    assert len(re.findall(r"^# ", plain, re.MULTILINE)) == 1
    for _, _, target in site.LINK.findall(plain):
        path = target.partition("#")[0]
        if path and "://" not in target and not target.startswith("mailto:"):
            assert os.path.normpath(PurePosixPath(site.place(page)).parent / path) in PLACES, target


@pytest.mark.parametrize(
    ("text", "repository", "expected"),
    [
        ("[a](scale.md#size-it)", "", "[a](scale.md#size-it)"),
        ("[a](adr/README.md)", "", "[a](adr/index.md)"),
        ("[a](../deploy/runbooks/README.md)", "", "[a](runbooks/index.md)"),
        ("[a](../CHANGELOG.md)", "", "[a](project/changelog.md)"),
        ("![b](images/board.png)", "", "![b](images/board.png)"),
        ("[`code`](../pipeline/engine.py)", "", "`code`"),
        ("[`code`](../pipeline/engine.py)", "https://example.org/tree/", "[`code`](https://example.org/tree/pipeline/engine.py)"),
        ("[a](https://example.org)", "", "[a](https://example.org)"),
        ("[a](no-such.md)", "", "[a](no-such.md)"),
        ("```\n[a](adr/README.md)\n```", "", "```\n[a](adr/README.md)\n```"),
    ],
)
def test_links_are_made_to_fit(text: str, repository: str, expected: str) -> None:
    assert site.linked("docs/measures.md", text, THERE, repository) == expected


@pytest.mark.parametrize(
    ("html", "foreign"),
    [
        ('<script src="assets/a.js"></script>', False),
        ('<script src="https://cdn.example/a.js"></script>', True),
        ('<img alt="x" src=//cdn.example/a.png>', True),
        ('<link rel="stylesheet" href="https://fonts.example/a.css">', True),
        ('<link href="https://fonts.example" rel="preconnect">', True),
        ('<a href="https://example.org">to read</a>', False),
    ],
)
def test_what_is_loaded_from_elsewhere_is_found(html: str, foreign: bool, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(html)
    assert bool(site.third_parties(tmp_path)) is foreign
