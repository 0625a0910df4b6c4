"""The board's files: read once, served from memory by exact name, so that no path leads anywhere else."""

from __future__ import annotations

import importlib.resources
from functools import cache
from importlib.resources.abc import Traversable
from typing import Final

from aiohttp import hdrs, web

from agents.serve.http import tagged

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
PAGE: Final = "index.html"
REVALIDATED: Final = "no-cache"


@cache
def read_all() -> dict[str, bytes]:
    """Return path -> bytes of every file of the board; licences and notes are kept beside them and not served."""
    root = importlib.resources.files("agents.serve").joinpath("static")
    return dict(_walk(root, ""))


def routes(files: dict[str, bytes]) -> list[web.RouteDef]:
    """Return the routes of the page and its files."""

    async def page(request: web.Request) -> web.StreamResponse:
        return tagged(request, files[PAGE], _TYPES[".html"], cache=REVALIDATED)

    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        data = files.get(name)
        if data is None:
            raise web.HTTPNotFound
        response = tagged(request, data, _TYPES[_suffix(name)], cache=REVALIDATED)
        response.headers[hdrs.VARY] = "Accept-Encoding"
        return response

    return [web.get("/", page), web.get("/static/{name:.+}", file)]


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif _suffix(entry.name) in _TYPES:
            found.append((prefix + entry.name, entry.read_bytes()))
    return found


def _suffix(name: str) -> str:
    return name[name.rfind(".") :] if "." in name else ""
