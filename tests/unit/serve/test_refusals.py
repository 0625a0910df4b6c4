"""What the API refuses, one row each: the status, the kind of problem, and that it says what to do."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from yarl import URL

from agents.serve.settings import Scope, ServeSettings, TokenSettings
from tests.support.centre import everything, site_of
from tests.support.serving import visit

API = "/api/v1"
LEVELS = f"{API}/service-levels"
DUE = f"{API}/next-to-breach"

BAD = [
    (f"{LEVELS}?limit=0", 400, "bad_request"),
    (f"{LEVELS}?limit=501", 400, "bad_request"),
    (f"{LEVELS}?limit=-1", 400, "bad_request"),
    (f"{LEVELS}?limit=ten", 400, "bad_request"),
    (f"{LEVELS}?limit=1e3", 400, "bad_request"),
    (f"{LEVELS}?limit=99999999999999999999999", 400, "bad_request"),
    (f"{LEVELS}?limit=", 400, "bad_request"),
    (f"{LEVELS}?limit=1&limit=2", 400, "bad_request"),
    (f"{LEVELS}?nonsense=1", 400, "bad_request"),
    (f"{LEVELS}?tenant=", 400, "bad_request"),
    (f"{LEVELS}?tenant={'x' * 129}", 400, "bad_request"),
    (f"{LEVELS}/a%00b/everything%0A", 404, "not_found"),
    (f"{LEVELS}/a%FF/%ED%A0%80", 404, "not_found"),
    (f"{LEVELS}?shape=queue,", 400, "bad_request"),
    (f"{LEVELS}?shape=Queue", 400, "bad_request"),
    (f"{LEVELS}?cursor=!", 400, "bad_request"),
    (f"{LEVELS}?cursor=a", 400, "bad_request"),
    (f"{LEVELS}?cursor=abcd", 400, "bad_request"),
    (f"{LEVELS}?cursor=WzFd", 400, "bad_request"),
    (f"{LEVELS}?cursor={'a' * 5_000}", 400, "bad_request"),
    (f"{DUE}?cursor=WyJhIl0", 400, "bad_request"),
    (f"{DUE}?state=paused", 400, "bad_request"),
    (f"{DUE}?measure=happiness", 400, "bad_request"),
    (f"{DUE}?queue={'x' * 129}", 400, "bad_request"),
    (f"{API}/alerts?state=open", 400, "bad_request"),
    (f"{API}/alerts?cursor=a", 400, "bad_request"),
    (f"{API}/health?x=1", 400, "bad_request"),
    (f"{API}/stream?tenant=", 400, "bad_request"),
    (f"{LEVELS}/acme/queue=none", 404, "not_found"),
    (f"{LEVELS}/acme/%7C", 404, "not_found"),
    (f"{LEVELS}/nobody/everything", 404, "not_found"),
    (f"{LEVELS}/acme/{'x' * 3_100}", 400, "bad_request"),
    (f"{LEVELS}/acme/everything?x=1", 400, "bad_request"),
    (f"{LEVELS}/acme/everything/windows/2h", 404, "not_found"),
    (f"{LEVELS}/acme/everything/nothing", 404, "not_found"),
    (f"{API}/routing-signals?limit=501", 400, "bad_request"),
    (f"{API}/routing-signals?cursor=WyJhIl0", 400, "bad_request"),
    (f"{API}/routing-signals?queue={'x' * 129}", 400, "bad_request"),
    (f"{API}/routing-signals/acme/none", 404, "not_found"),
    (f"{API}/routing-signals/acme/", 404, "not_found"),
    (f"{API}/routing-signals/acme/billing?tenant=acme", 400, "bad_request"),
    (f"{API}/crews/acme/none", 404, "not_found"),
    (f"{API}/crews/acme/billing?tenant=acme", 400, "bad_request"),
    (f"{API}/responders?limit=501", 400, "bad_request"),
    (f"{API}/responders?cursor=WyJhIl0", 400, "bad_request"),
    (f"{API}/responders?queue=", 400, "bad_request"),
    (f"{API}/tickets/acme/none", 404, "not_found"),
    (f"{API}/tickets/acme/{'x' * 257}", 400, "bad_request"),
    (f"{API}/tickets/acme", 404, "not_found"),
    (f"{API}/alerts/none", 404, "not_found"),
    (f"{API}/nothing", 404, "not_found"),
    ("/api", 404, "not_found"),
    ("/nothing", 404, "not_found"),
    ("/static/nothing.js", 404, "not_found"),
    ("/static/../settings.py", 404, "not_found"),
    ("/static/%2e%2e/settings.py", 404, "not_found"),
    ("/static//etc/passwd", 404, "not_found"),
    ("/static/vendor/uplot/LICENSE", 404, "not_found"),
]


async def check(client: TestClient[Any, Any], path: str, status: int, kind: str, **options: Any) -> dict[str, Any]:
    async with client.request(options.pop("method", "GET"), URL(path, encoded=True), **options) as response:
        assert response.status == status, (path, await response.text())
        assert response.content_type == "application/problem+json"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        body: dict[str, Any] = await response.json()
        assert body["type"] == f"urn:firstreply:problem:{kind}"
        assert body["status"] == status
        assert body["title"].endswith(".")
        assert body.get("what_to_do")
        return body


def test_bad_requests() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for path, status, kind in BAD:
            await check(client, path, status, kind)

    visit(site_of(*everything()), look)


def test_nothing_can_be_changed_here() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            for path in (LEVELS, f"{API}/health", "/", "/openapi.json"):
                await check(client, path, 405, "method_not_allowed", method=method)

    visit(site_of(), look)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "board.local:8090", "", "[2001:db8::1]:80"])
def test_without_tokens_only_this_machines_names_are_answered(host: str) -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        await check(client, LEVELS, 421, "not_acceptable_host", headers={"Host": host})

    visit(site_of(), look)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8090", "[::1]:8090", "board.local", "BOARD.local:80"])
def test_names_that_are_allowed(host: str) -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get(LEVELS, headers={"Host": host}) as response:
            assert response.status == 200

    visit(site_of(), look, ServeSettings(names=("board.local",)))


WALL = "wall-token-of-twenty-characters"
ONE = "one-tenant-token-of-characters"
ACTOR = "actor-token-without-any-reading"
GUARDED = ServeSettings(
    tokens=(
        TokenSettings(name="wall", secret=WALL),  # type: ignore[arg-type] # pydantic wraps it
        TokenSettings(name="one", secret=ONE, tenants=("acme",)),  # type: ignore[arg-type] # the same
        TokenSettings(name="actor", secret=ACTOR, scopes=frozenset({Scope.ACT})),  # type: ignore[arg-type] # the same
    )
)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {WALL}"},
        {"Authorization": WALL},
        bearer(WALL[:-1]),
        bearer(WALL + "x"),
        bearer("\xe4" * 30),
    ],
)
def test_without_a_known_token_nothing_is_said(given: dict[str, str]) -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for path in (LEVELS, f"{API}/stream", f"{API}/health"):
            body = await check(client, path, 401, "unauthorized", headers=given)
            assert WALL not in str(body)
            async with client.get(path, headers=given) as response:
                assert response.headers["WWW-Authenticate"].startswith("Bearer")

    visit(site_of(*everything()), look, GUARDED)


def test_a_token_opens_what_it_is_for() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get(LEVELS, headers=bearer(WALL) | {"Host": "board.example"}) as response:
            assert response.status == 200
            assert {item["level"]["tenant"] for item in (await response.json())["items"]} == {"acme", "other"}
        async with client.get(LEVELS, headers={"authorization": f"bearer {ONE}"}) as response:
            assert {item["level"]["tenant"] for item in (await response.json())["items"]} == {"acme"}
        await check(client, LEVELS, 403, "forbidden", headers=bearer(ACTOR))
        for path in (
            f"{LEVELS}?tenant=other",
            f"{LEVELS}/other/queue=repairs",
            f"{API}/tickets/other/T1",
            f"{API}/stream?tenant=other",
        ):
            await check(client, path, 403, "forbidden", headers=bearer(ONE))
        async with client.get(f"{API}/health", headers=bearer(ONE)) as response:
            health = await response.json()
            assert (health["segments"], health["tickets"], health["streams"]) == (6, None, None)

    visit(site_of(*everything()), look, GUARDED)


def test_the_page_and_the_description_need_no_token() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for path in ("/", "/docs", "/openapi.json", "/static/js/main.js", "/livez", "/metrics"):
            async with client.get(path) as response:
                assert response.status == 200, path

    visit(site_of(), look, GUARDED)


def test_who_asks_too_often_waits() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for _ in range(8):
            async with client.get(f"{API}/health") as response:
                assert response.status == 200
        await check(client, f"{API}/health", 429, "too_many_requests")
        async with client.get(f"{API}/health") as response:
            assert response.headers["Retry-After"] == "1"

    visit(site_of(), look, ServeSettings(requests_per_second=2))


def test_too_many_boards_are_refused() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get(f"{API}/stream") as response:
            assert response.status == 200
            body = await check(client, f"{API}/stream", 503, "unavailable")
            assert body["retry_after_seconds"] == 10

    visit(site_of(*everything()), look, ServeSettings(streams=1))
