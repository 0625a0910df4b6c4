"""The generated pages are those that the code makes."""

from __future__ import annotations

import pytest

from docs import generate


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_pages_are_current(name: str) -> None:
    assert (generate.HERE / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run `make docs`"
