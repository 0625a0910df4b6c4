"""The routing signals over HTTP: the content that Redis holds, only while it holds, and only to whom it is for."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp.test_utils import TestClient
from yarl import URL

from agents.clock import ManualClock
from agents.serve.settings import Scope, ServeSettings, TokenSettings
from pipeline.config import MINUTE_MS
from pipeline.routing.board import RoutingBoard
from pipeline.routing.deadlines import Queue
from pipeline.routing.signal import RoutingSignal
from tests.support.centre import NOW_MS, TENANT, address, everything, level, site_of
from tests.support.serving import visit
from tests.unit.serve.test_api import got, paged
from tests.unit.serve.test_refusals import check

SIGNALS = "/routing-signals"
ROUTER = "router-token-of-many-characters"
WALL = "wall-token-of-twenty-characters"


def board() -> RoutingBoard:
    """Return what the Redis sink makes of the same records."""
    made = site_of().routing
    for one in everything():
        topic, key = address(one)
        made.take(topic, key, msgspec.json.encode(one), NOW_MS)
    return made


def test_the_signals_are_those_that_the_board_composes() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        found = [msgspec.convert(item, RoutingSignal) for item in await paged(client, f"{SIGNALS}?limit=2")]
        expected = board()
        assert found == [expected.signal(queue) for queue in sorted(expected.queues())]
        assert [one.queue for one in found] == ["billing", "orders", "technical", "repairs"]
        technical = msgspec.convert(await got(client, f"{SIGNALS}/acme/technical"), RoutingSignal)
        assert technical == expected.signal(Queue("acme", "technical"))
        assert technical.next_to_breach[0].assignee == "kim"

    visit(site_of(*everything()), look)


def test_one_queue_of_one_tenant_also_without_a_name() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for query, places in (
            ("tenant=other", [("other", "repairs")]),
            ("queue=orders", [("acme", "orders")]),
            ("queue=", [("acme", "")]),
            ("tenant=acme&queue=a%2Fb", [("acme", "a/b")]),
            ("tenant=nobody", []),
        ):
            page = await got(client, f"{SIGNALS}?{query}")
            assert [(item["tenant"], item["queue"]) for item in page["items"]] == places, query
        async with client.get(URL(f"/api/v1{SIGNALS}/acme/a%2Fb", encoded=True)) as response:
            assert (await response.json())["queue"] == "a/b"

    visit(site_of(*everything(), level({"queue": ""}), level({"queue": "a/b"})), look)


def test_an_answer_has_an_etag_and_changes_with_the_signal() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        path = f"/api/v1{SIGNALS}/acme/billing"
        async with client.get(path) as response:
            tag = response.headers["ETag"]
        async with client.get(path, headers={"If-None-Match": tag}) as response:
            assert response.status == 304
        topic, key = address(later)
        site.take(topic, key, msgspec.json.encode(later), NOW_MS)
        async with client.get(path, headers={"If-None-Match": tag}) as response:
            assert (response.status, (await response.json())["waiting"]) == (200, 9)

    later = level({"queue": "billing"}, waiting=9)
    site = site_of(*everything())
    visit(site, look)


def test_what_has_expired_is_not_told() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        clock = site.clock
        assert isinstance(clock, ManualClock)
        clock.advance(MINUTE_MS - 1)
        assert (await got(client, f"{SIGNALS}/acme/billing"))["expires_at"] == NOW_MS + MINUTE_MS
        clock.advance(1)
        await check(client, f"/api/v1{SIGNALS}/acme/billing", 404, "not_found")
        assert (await got(client, SIGNALS))["items"] == []

    site = site_of(*everything())
    visit(site, look)


def test_half_a_log_is_not_answered_from() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for path in (SIGNALS, f"{SIGNALS}/acme/billing"):
            body = await check(client, f"/api/v1{path}", 503, "unavailable")
            assert body["retry_after_seconds"] > 0

    site = site_of(*everything())
    site.reading.caught_up = False
    visit(site, look)


def test_a_router_needs_its_scope_and_sees_its_tenants_only() -> None:
    router = TokenSettings.model_validate({"name": "router", "secret": ROUTER, "scopes": [Scope.ROUTE], "tenants": [TENANT]})
    wall = TokenSettings.model_validate({"name": "wall", "secret": WALL})

    async def look(client: TestClient[Any, Any]) -> None:
        mine, others = {"Authorization": f"Bearer {ROUTER}"}, {"Authorization": f"Bearer {WALL}"}
        async with client.get(f"/api/v1{SIGNALS}", headers=mine) as response:
            assert {item["tenant"] for item in (await response.json())["items"]} == {TENANT}
        await check(client, f"/api/v1{SIGNALS}/other/repairs", 403, "forbidden", headers=mine)
        await check(client, "/api/v1/service-levels", 403, "forbidden", headers=mine)
        await check(client, f"/api/v1{SIGNALS}", 403, "forbidden", headers=others)
        await check(client, f"/api/v1{SIGNALS}", 401, "unauthorized")

    visit(site_of(*everything()), look, ServeSettings(tokens=(router, wall)))
