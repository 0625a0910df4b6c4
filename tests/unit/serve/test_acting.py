"""What people do about alerts: written, read back, shown; and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from agents.serve.application import build
from agents.serve.settings import Scope, ServeSettings, TokenSettings
from pipeline.config import DAY_MS
from pipeline.signals import AlertAction
from tests.support.centre import NOW_MS, alert, everything, site_of
from tests.support.serving import visit

ID = alert().id
PATH = f"/api/v1/alerts/{ID}/actions"
TOKEN = "actor-token-of-twenty-characters"  # noqa: S105 - the test's own
GUARDED = ServeSettings(
    tokens=(
        TokenSettings(name="lead", secret=TOKEN, scopes=frozenset(Scope), tenants=("acme",)),  # type: ignore[arg-type]
        TokenSettings(name="wall", secret=TOKEN[::-1]),  # type: ignore[arg-type] # pydantic wraps it
        TokenSettings(name="elsewhere", secret=TOKEN.upper(), scopes=frozenset(Scope), tenants=("other",)),  # type: ignore[arg-type]
    )
)

REFUSED = [
    ({}, 400),
    ([], 400),
    ({"type": "resolve"}, 400),
    ({"type": "acknowledge", "until": NOW_MS}, 400),
    ({"type": "acknowledge", "more": 1}, 400),
    ({"type": "acknowledge", "by": "x" * 101}, 400),
    ({"type": "annotate"}, 400),
    ({"type": "annotate", "note": "  "}, 400),
    ({"type": "annotate", "note": "x" * 501}, 400),
    ({"type": "snooze"}, 400),
    ({"type": "snooze", "until": -1}, 400),
    ({"type": "snooze", "until": "tomorrow"}, 400),
    ({"type": "snooze", "until": NOW_MS + 7 * DAY_MS + 1}, 400),
    ({"type": "annotate", "note": "x" * 20_000}, 413),
]


def test_acts_are_written_and_shown_with_the_alert() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for act in (
            {"type": "acknowledge", "by": "Kim"},
            {"type": "snooze", "until": NOW_MS + 7 * DAY_MS},
            {"type": "annotate", "note": "two people moved over"},
        ):
            async with client.post(PATH, json=act) as response:
                assert response.status == 201, await response.text()
                assert response.headers["Cache-Control"] == "no-store"
                written = await response.json()
                assert (written["alert_id"], written["at"], written["tenant"]) == (ID, NOW_MS, "acme")
        async with client.get(f"/api/v1/alerts/{ID}") as response:
            acts = (await response.json())["acts"]
        assert [act["type"] for act in acts] == ["acknowledge", "snooze", "annotate"]
        assert [act["by"] for act in acts] == ["Kim", "127.0.0.1", "127.0.0.1"]

    visit(site_of(*everything()), look)


def test_what_is_no_act_is_refused() -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        for body, status in REFUSED:
            async with client.post(PATH, json=body) as response:
                assert response.status == status, body
                assert response.content_type == "application/problem+json"
                assert (await response.json())["what_to_do"]
        for data, kind in ((b"{", "application/json"), (b"\xff", "application/json")):
            async with client.post(PATH, data=data, headers={"Content-Type": kind}) as response:
                assert response.status == 400
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            async with client.post(PATH, data=b'{"type": "acknowledge"}', headers={"Content-Type": kind}) as response:
                assert response.status == 415, kind
        async with client.post("/api/v1/alerts/none/actions", json={"type": "acknowledge"}) as response:
            assert response.status == 404
        async with client.get(PATH) as response:
            assert response.status == 405

    site = site_of(*everything())
    visit(site, look)
    assert site.view.acts(ID) == ()


@pytest.mark.parametrize(("token", "status"), [(TOKEN, 201), (TOKEN[::-1], 403), (TOKEN.upper(), 404), ("x" * 30, 401)])
def test_acting_needs_its_scope_and_the_alerts_tenant(token: str, status: int) -> None:
    async def look(client: TestClient[Any, Any]) -> None:
        async with client.post(PATH, json={"type": "acknowledge"}, headers={"Authorization": f"Bearer {token}"}) as response:
            assert response.status == status
            if status == 201:
                assert (await response.json())["by"] == "lead"

    visit(site_of(*everything()), look, GUARDED)


def test_a_broker_that_is_away_is_said() -> None:
    async def away(_action: AlertAction) -> None:
        raise OSError

    async def main() -> None:
        application = build(site_of(*everything()), ServeSettings(), away)
        async with (
            TestClient(TestServer(application)) as client,
            client.post(PATH, json={"type": "acknowledge"}) as response,
        ):
            assert response.status == 503
            assert response.headers["Retry-After"] == "5"

    asyncio.run(main())
