"""The board's files: strict headers, nothing from elsewhere, no script or style inside the markup."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from agents.serve import files
from tests.support.centre import site_of
from tests.support.serving import visit

STATIC = Path(files.__file__).parent / "static"
OURS = sorted(path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts)
TEXTS = [path for path in OURS if path.suffix in {".html", ".js", ".css", ".svg", ".webmanifest"}]


def test_every_file_is_served_with_its_type_and_the_strict_headers() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for name in ["", "docs", *(f"static/{name}" for name in files.read_all())]:
            async with client.get(f"/{name}") as response:
                assert response.status == 200, name
                policy = response.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert "*" not in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Referrer-Policy"] == "no-referrer"
                tag = response.headers["ETag"]
            async with client.get(f"/{name}", headers={"If-None-Match": tag}) as again:
                assert again.status == 304, name

    visit(site_of(), look)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(STATIC)))
def test_nothing_comes_from_elsewhere_and_nothing_is_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    elsewhere = [found for found in re.findall(r"https?://[^\s\"'<>)]+", text) if not found.startswith("http://www.w3.org/")]
    assert not elsewhere
    assert "innerHTML" not in text
    assert "insertAdjacentHTML" not in text
    assert "eval(" not in text
    if path.suffix == ".html":
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", text)


def test_every_file_that_is_named_is_there() -> None:
    known = files.read_all()
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"/static/([\w./-]+)", text):
            assert name in known, f"{name} in {path.name}"
        if path.suffix == ".js":
            for name in re.findall(r'from "\./([\w./-]+)"', text):
                assert f"js/{name}" in known, f"{name} in {path.name}"


def test_what_others_made_keeps_its_licence() -> None:
    for folder in (STATIC / "vendor").iterdir():
        if folder.is_dir():
            assert (folder / "LICENSE").is_file(), folder.name
            assert f"`{folder.name}/`" in (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [path for path in OURS if path.suffix == ".js"], ids=lambda path: path.name)
def test_scripts_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300
