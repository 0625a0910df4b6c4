"""The API answers what the topics say, in pages, with ETags, and names nobody."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from agents.clock import ManualClock
from agents.serve.site import Site
from pipeline.catalogue import DEFINITIONS
from pipeline.config import MINUTE_MS
from pipeline.engine import TimeMode
from pipeline.view.state import View
from tests.support.centre import NOW_MS, everything, level, say, site_of, ticket
from tests.support.serving import visit

API = "/api/v1"


async def got(client: TestClient[Any, Any], path: str) -> dict[str, Any]:
    async with client.get(API + path) as response:
        assert response.status == 200, await response.text()
        body: dict[str, Any] = await response.json()
        return body


async def paged(client: TestClient[Any, Any], path: str) -> list[dict[str, Any]]:
    """Return the items of all pages."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await got(client, f"{path}{cursor}")
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = f"&cursor={page['next']}"


def test_service_levels_come_in_pages_and_each_by_its_name() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        whole = await got(client, "/service-levels")
        items = await paged(client, "/service-levels?limit=3")
        assert items == whole["items"]
        assert whole["next"] is None
        assert [item["name"] for item in items if item["level"]["tenant"] == "acme"][:4] == [
            *("everything", "channel=chat", "channel=email", "queue=billing"),
        ]
        for item in items:
            one = await got(client, f"/service-levels/{item['level']['tenant']}/{item['name']}")
            assert one == item
            assert one["stale"] is False

    visit(site_of(*everything()), look)


def test_service_levels_by_shape_and_inside_others() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        async def names(query: str) -> list[str]:
            return [item["name"] for item in (await got(client, f"/service-levels?tenant=acme&{query}"))["items"]]

        assert await names("shape=queue") == ["queue=billing", "queue=orders", "queue=technical"]
        assert await names("shape=everything") == ["everything"]
        assert await names("shape=queue,channel&within=queue=orders") == [
            *("queue=orders,channel=chat", "queue=orders,channel=email"),
        ]
        assert await names("shape=channel,queue") == []
        assert len(await names("within=everything")) == 12

    visit(site_of(*everything()), look)


def test_windows_work_history_and_expected_wait() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        billing = "/service-levels/acme/queue=billing"
        window = await got(client, f"{billing}/windows/8h")
        assert window["levels"]["durations"]["first_reply"]["now"]["count"] == 100
        history = await got(client, f"{billing}/history")
        assert history["points"] == [{"at": NOW_MS, "first_reply_ms": 360_000, "usual_ms": 180_000, "waiting": 2}]
        wait = await got(client, f"{billing}/expected-wait")
        assert wait["wait"]["p90_ms"] == 9 * MINUTE_MS
        assert (await got(client, "/service-levels/acme/everything/expected-wait"))["wait"] is None
        work = (await got(client, "/work?tenant=acme&shape=queue"))["items"]
        assert [item["work"]["awaiting_first_reply"]["count"] for item in work] == [2, 2, 2]

    visit(site_of(*everything()), look)


def test_expired_numbers_are_stale_and_nothing_is_expected_of_them() -> None:
    site = site_of(*everything())
    site.clock = ManualClock(NOW_MS + MINUTE_MS + 1)

    async def look(client: TestClient[Any, Any]) -> None:
        assert (await got(client, "/service-levels/acme/everything"))["stale"] is True
        wait = await got(client, "/service-levels/acme/queue=billing/expected-wait")
        assert (wait["stale"], wait["wait"]) == (True, None)
        health = await got(client, "/health")
        assert (health["ok"], health["stale_segments"]) == (False, 7)
        assert "stale" in health["reason"]

    visit(site, look)


def test_what_breaks_next_is_paged_by_deadline() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        items = await paged(client, "/next-to-breach?limit=5")
        assert [item["ticket_id"] for item in items] == [f"T{number}" for number in range(1, 13)]
        billing = await paged(client, "/next-to-breach?queue=billing&limit=2")
        assert [item["ticket_id"] for item in billing] == ["T3", "T6", "T9", "T12"]
        assert [item["ticket_id"] for item in await paged(client, "/next-to-breach?state=breached")] == ["T90"]
        assert await paged(client, "/next-to-breach?measure=next_reply") == []
        assert len(await paged(client, "/next-to-breach?measure=first_reply&tenant=acme")) == 12
        assert items[0]["due_at"] == NOW_MS + MINUTE_MS

    visit(site_of(*everything()), look)


def test_a_ticket_is_explained_without_naming_anybody() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get(f"{API}/tickets/acme/T3") as response:
            text = await response.text()
            assert "kim" not in text
        found = await got(client, "/tickets/acme/T3")
        assert (found["assigned"], found["queue"], found["clocks"][0]["policy"]) == (True, "billing", "standard")
        odd = await got(client, "/tickets/acme/a%2Fb%3Ac%20%3F")
        assert odd["created_at"] is None

    visit(site_of(*everything(), ticket("a/b:c ?", 5, created_at=0)), look)


def test_alerts_firing_first_and_one_by_id() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        items = (await got(client, "/alerts"))["items"]
        assert [item["alert"]["state"] for item in items] == ["firing", "resolved"]
        assert await got(client, f"/alerts/{items[0]['alert']['id']}") == items[0]
        assert (await got(client, "/alerts?state=resolved"))["items"] == items[1:]
        assert (await got(client, "/alerts?tenant=other"))["items"] == []
        assert (await got(client, "/alerts?limit=1"))["items"] == items[:1]

    visit(site_of(*everything()), look)


@pytest.mark.parametrize("path", ["/service-levels", "/next-to-breach", "/alerts", "/tickets/acme/T3", "/work"])
def test_an_answer_that_has_not_changed_is_not_sent_again(path: str) -> None:
    site = site_of(*everything())

    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get(API + path) as first:
            tag = first.headers["ETag"]
            assert first.headers["Cache-Control"] == "private, no-cache"
        async with client.get(API + path, headers={"If-None-Match": f'"other", {tag}'}) as again:
            assert (again.status, await again.read()) == (304, b"")
            assert again.headers["ETag"] == tag
        say(site.view, level({}, waiting=9), ticket("T3", NOW_MS + 5, replies=3))
        say(site.view, *(one for one in everything() if hasattr(one, "severity")))
        async with client.get(API + path, headers={"If-None-Match": tag}) as changed:
            assert changed.status == (304 if path == "/alerts" else 200)

    visit(site, look)


def test_health_says_what_is_wrong() -> None:
    empty = Site(View("1h"), ManualClock(NOW_MS), "1.2.3")

    async def look(client: TestClient[Any, Any]) -> None:
        health = await got(client, "/health")
        assert health["ok"] is False
        assert health["reason"] == "the broker does not answer; the topics are still being read"
        empty.reading.answered_at = NOW_MS
        empty.reading.caught_up = True
        assert "is a worker running?" in (await got(client, "/health"))["reason"]

    visit(empty, look)


def test_history_is_seen_at_its_own_time() -> None:
    site = site_of(*everything(), time=TimeMode.EVENT)
    site.clock = ManualClock(NOW_MS * 2)
    site.reading.answered_at = NOW_MS * 2

    async def look(client: TestClient[Any, Any]) -> None:
        health = await got(client, "/health")
        assert (health["ok"], health["now"], health["time"]) == (True, NOW_MS, "event")

    visit(site, look)


def test_probes_and_figures() -> None:
    site = site_of(*everything())

    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get("/livez") as response:
            assert response.status == 200
        async with client.get("/readyz") as response:
            assert (response.status, await response.text()) == (200, "caught up\n")
        site.reading.answered_at = 0
        async with client.get("/readyz") as response:
            assert (response.status, await response.text()) == (503, "the broker does not answer\n")
        await got(client, "/alerts")
        async with client.get("/metrics") as response:
            text = await response.text()
            assert 'support_serve_request_seconds_count{operation="listAlerts",status="200"} 1.0' in text
            assert "support_serve_segments 13.0" in text
            assert "process_resident_memory_bytes" in text

    visit(site, look)


def test_every_measure_is_defined() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        items = {item["code"]: item for item in (await got(client, "/definitions"))["items"]}
        assert items["first_reply"]["formula"]
        assert set(DEFINITIONS) == set(items)

    visit(site_of(), look)
