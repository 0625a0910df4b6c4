"""Build the site of the documents: `python -m docs.site`, with Zensical (`make docs`).

The pages are laid out first: those of `docs/`, the runbooks and what stands at the top of the repository, with their links made
to fit. A link to a file that is no page becomes plain text, or a link into the repository where its address is given.
"""  # noqa: INP001 - a folder of pages, no package

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "docs"
ASSETS = (".png", ".svg", ".json", ".html", ".csv", ".gz", ".toml")
"""Files beside the pages that a page may link to or show."""
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=["']?(?:https?:)?//"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preload|icon|preconnect|dns-prefetch))[^>]*\bhref=["']?(?:https?:)?//"""
)


def navigation() -> dict[str, list[str]]:
    """Return the pages of each section, folders written out: paths from the top of the repository."""
    sections = tomllib.loads((HERE / "navigation.toml").read_text(encoding="utf-8"))["section"]
    return {one["title"]: [page for entry in one["pages"] for page in _expanded(entry)] for one in sections}


def _expanded(entry: str) -> Iterator[str]:
    if not entry.endswith("/"):
        yield entry
        return
    names = sorted(page.name for page in (ROOT / entry).glob("*.md"))
    yield from (entry + name for name in sorted(names, key=lambda name: name != "README.md"))


def place(path: str) -> str:
    """Return where a page or file of the repository stands in the site."""
    inside = PurePosixPath(path.removeprefix("docs/").removeprefix("deploy/"))
    if len(PurePosixPath(path).parts) == 1:
        inside = PurePosixPath("project", inside.name.lower())
    return str(inside.with_name("index.md") if inside.name == "README.md" else inside)


def linked(page: str, text: str, there: set[str], repository: str = "") -> str:
    """Return a page's text with its links made to fit the site.

    Args:
        page: the page's path from the top of the repository.
        text: what it says.
        there: the paths of all pages and files that the site holds.
        repository: the address under which files of the repository can be read; without one, links to them become text.

    """

    def fit(match: re.Match[str]) -> str:
        image, words, target = match.groups()
        path, hash_, fragment = target.partition("#")
        if "://" in target or target.startswith("mailto:") or not path:
            return match[0]
        found = os.path.normpath(PurePosixPath(page).parent / path)
        if found not in there and not (ROOT / found).exists():
            return match[0]  # for the strict build to refuse
        if found not in there:
            return f"[{words}]({repository.rstrip('/')}/{found})" if repository else words
        own = PurePosixPath(place(page)).parent
        return f"{image}[{words}]({os.path.relpath(place(found), own)}{hash_}{fragment})"

    parts, at = [], 0
    for fence in _FENCE.finditer(text):
        parts += [LINK.sub(fit, text[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join([*parts, LINK.sub(fit, text[at:])])


def assets() -> set[str]:
    """Return the files that the site holds beside its pages: paths from the top of the repository."""
    beside = {HERE / "asyncapi.json", HERE / "site.css"}
    return {str(file.relative_to(ROOT)) for file in {*HERE.glob("*/**/*"), *beside} if file in beside or file.suffix in ASSETS}


def lay_out(folder: Path, repository: str = "") -> None:
    """Write pages, files and the builder's configuration into an empty folder."""
    sections = navigation()
    pages = [page for one in sections.values() for page in one]
    there = {*pages, *assets()}
    for path in sorted(there):
        into = folder / "pages" / place(path)
        into.parent.mkdir(parents=True, exist_ok=True)
        if path in pages:
            into.write_text(linked(path, (ROOT / path).read_text(encoding="utf-8"), there, repository), encoding="utf-8")
        else:
            shutil.copyfile(ROOT / path, into)
    written = ", ".join(
        f"{{ {json.dumps(title)} = {json.dumps([place(page) for page in one])} }}" for title, one in sections.items()
    )
    settings = (HERE / "zensical.toml").read_text(encoding="utf-8")
    (folder / "zensical.toml").write_text(settings.replace("[project]\n", f"[project]\nnav = [{written}]\n", 1), encoding="utf-8")


def third_parties(folder: Path) -> list[str]:
    """Return the built pages that would load something from elsewhere."""
    return [str(page) for page in sorted(folder.rglob("*.html")) if _LOADED.search(page.read_text(encoding="utf-8"))]


def main() -> int:
    """Build the site and say where it is."""
    parser = argparse.ArgumentParser(description="Build the site of the documents.")
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache" / "site")
    parser.add_argument("--repository", default="", help="address under which files of the repository can be read")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    lay_out(given.folder, given.repository)
    builder = Path(sys.executable).with_name("zensical")
    built = subprocess.run([builder, "build", "--strict", "--clean"], cwd=given.folder, check=False)  # noqa: S603 - no shell, no input
    if built.returncode:
        return built.returncode
    if foreign := third_parties(given.folder / "html"):
        print("loads from elsewhere:", *foreign, sep="\n  ", file=sys.stderr)  # noqa: T201 - a build says what is wrong
        return 1
    html = given.folder / "html"
    print(f"the site: {html / 'index.html'}")  # noqa: T201 - and where its result is
    print(f"with its search: python3 -m http.server --bind 127.0.0.1 --directory {html}")  # noqa: T201 - the same
    return 0


if __name__ == "__main__":
    sys.exit(main())
