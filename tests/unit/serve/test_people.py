"""Who of a queue is there: counts for everybody, names for those whose token opens them, and never 0 for what nobody knows."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp.test_utils import TestClient

from agents.clock import ManualClock
from agents.serve.settings import ServeSettings, TokenSettings
from agents.serve.site import Site
from pipeline.config import MINUTE_MS
from pipeline.engine import TimeMode, Topic
from pipeline.responders.events import Presence
from pipeline.responders.signals import PresenceCount
from pipeline.view.state import Taken
from tests.support.centre import NOW_MS, TENANT, Said, level, presence, responder, site_of, staffing
from tests.support.serving import visit
from tests.unit.serve.test_api import got, paged
from tests.unit.serve.test_refusals import check
from tests.unit.serve.test_routing import ROUTER, WALL

CREW = "/crews/acme/billing"


def floor(**options: Any) -> Site:
    said: list[Said] = [level({"queue": "billing"}, staffing=staffing()), level({"queue": "orders"}, staffing=staffing(3, None))]
    said += [
        responder("ann", load=1),
        responder("bob", Presence.BUSY),
        responder("cat", queues=()),
        responder("dee", queues=("orders",)),
    ]
    return site_of(*said, presence(), **options)


def test_a_crew_in_numbers_names_nobody() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        found = await got(client, CREW)
        assert found["people"]["available"] == 2
        assert (found["told"], found["as_of"], found["stale"]) == (True, NOW_MS, False)
        assert found["staffing"] == msgspec.to_builtins(staffing())
        assert "'ann'" not in str(found)

    visit(floor(), look)


def test_who_takes_any_queue_counts_in_each() -> None:
    board = presence(billing=PresenceCount(available=1, free=1), **{"*": PresenceCount(available=2, busy=1, free=3)})

    async def look(client: TestClient[Any, Any]) -> None:
        people = (await got(client, CREW))["people"]
        assert (people["available"], people["busy"], people["free"]) == (3, 1, 4)

    visit(site_of(level({"queue": "billing"}), board), look)


def test_while_nobody_can_tell_there_is_no_number() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        found = await got(client, CREW)
        assert (found["told"], found["people"]) == (False, None)

    visit(site_of(level({"queue": "billing"})), look)
    visit(site_of(level({"queue": "billing"}), presence(known=False)), look)
    late = floor()
    assert isinstance(late.clock, ManualClock)
    late.clock.advance(3 * MINUTE_MS)

    async def look_late(client: TestClient[Any, Any]) -> None:
        found = await got(client, CREW)
        assert (found["told"], found["people"], found["stale"], found["staffing"]) == (False, None, True, None)
        rows = (await got(client, "/responders"))["items"]
        assert {(row["state"], row["since"], row["free"], row["stale"]) for row in rows} == {(None, None, 0, True)}

    visit(late, look_late)


def test_history_is_not_stale() -> None:
    late = floor(time=TimeMode.EVENT)
    assert isinstance(late.clock, ManualClock)
    late.clock.advance(60 * MINUTE_MS)

    async def look(client: TestClient[Any, Any]) -> None:
        assert (await got(client, CREW))["people"]["busy"] == 1
        assert {row["stale"] for row in (await got(client, "/responders"))["items"]} == {False}

    visit(late, look)


def test_responders_in_pages_of_a_queue_or_of_all() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        every = await paged(client, "/responders?limit=1")
        assert [one["responder_id"] for one in every] == ["ann", "bob", "cat", "dee"]
        mine = await paged(client, "/responders?queue=billing&limit=2")
        assert [one["responder_id"] for one in mine] == ["ann", "bob", "cat"]
        first = mine[0]
        assert (first["state"], first["load"], first["capacity"], first["free"]) == ("available", 1, 2, 1)
        assert not {"today", "week", "earned"} & first.keys(), "what people have done is nobody's here"
        assert (await got(client, "/responders?tenant=other"))["items"] == []

    visit(floor(), look)


def test_names_need_the_scope_and_counts_do_not() -> None:
    tokens = (
        TokenSettings.model_validate({"name": "wall", "secret": WALL}),
        TokenSettings.model_validate({"name": "router", "secret": ROUTER, "scopes": ["route"], "tenants": ["other"]}),
    )

    async def look(client: TestClient[Any, Any]) -> None:
        wall, router = ({"Authorization": f"Bearer {token}"} for token in (WALL, ROUTER))
        await check(client, "/api/v1/responders", 403, "forbidden", headers=wall)
        async with client.get(f"/api/v1{CREW}", headers=wall) as response:
            assert response.status == 200
        async with client.get("/api/v1/responders", headers=router) as response:
            assert (await response.json())["items"] == []
        await check(client, f"/api/v1/responders?tenant={TENANT}", 403, "forbidden", headers=router)

    visit(floor(), look, ServeSettings(tokens=tokens))


def test_a_queue_that_nobody_knows_is_not_found() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        await check(client, "/api/v1/crews/acme/none", 404, "not_found")
        await check(client, "/api/v1/crews/nobody/billing", 404, "not_found")
        assert (await got(client, "/crews/acme/orders"))["staffing"]["missing"] is None

    site = site_of(level({"queue": "orders"}, staffing=staffing(3, None)))
    visit(site, look)


def test_half_a_log_is_not_answered_from() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for path in (CREW, "/responders"):
            await check(client, f"/api/v1{path}", 503, "unavailable")

    site = floor()
    site.reading.caught_up = False
    visit(site, look)


def test_what_becomes_of_records_of_responders_is_known() -> None:
    site = site_of()
    assert site.take(Topic.RESPONDERS, b"acme:ann", b"{}", NOW_MS) is Taken.UNREADABLE
    assert site.take(Topic.RESPONDERS, b"acme:ann", msgspec.json.encode(responder("ann")), NOW_MS) is Taken.APPLIED
    assert site.take(Topic.PANES, b"acme", b"x", NOW_MS) is Taken.OTHER
