"""The stream: a snapshot, then changes; who comes back gets what was missed, who is slow everything anew."""

from __future__ import annotations

import json
from typing import Any

from aiohttp.test_utils import TestClient

from agents.serve.hub import BUFFER, KEPT, Hub
from agents.serve.settings import ServeSettings, TokenSettings
from tests.support.centre import NOW_MS, address, alert, everything, level, say, site_of
from tests.support.serving import Following, visit

STREAM = "/api/v1/stream"


def hub_of(*said: Any) -> Hub:
    return Hub(site_of(*said), "boot")


def test_a_board_sees_everything_then_what_changes() -> None:
    site = site_of(*everything())

    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get(STREAM) as response:
            assert response.content_type == "text/event-stream"
            assert response.headers["Cache-Control"] == "no-store"
            follow = Following(response)
            _, first, data = await follow.event("snapshot")
            snapshot = json.loads(data)
            assert [row["name"] for row in snapshot["rows"] if row["tenant"] == "acme"][:2] == ["everything", "channel=chat"]
            assert (snapshot["window"], snapshot["time"], snapshot["zone"]) == ("1h", "live", "Europe/Berlin")
            assert [one["alert"]["state"] for one in snapshot["alerts"]] == ["firing", "resolved"]
            beat = json.loads((await follow.event("heartbeat"))[2])
            assert (beat["now"], beat["connected"], beat["caught_up"]) == (NOW_MS, True, True)
            say(site.view, level({"queue": "billing"}, waiting=77, as_of=NOW_MS + 1))
            _, second, data = await follow.event("update")
            update = json.loads(data)
            assert [(row["name"], row["waiting"]) for row in update["rows"]] == [("queue=billing", 77)]
            assert (update["alerts"], update["gone"], update["alerts_gone"]) == ([], [], [])
            assert first != second
        assert site.streams <= 1

    visit(site, look)


def test_what_is_taken_back_leaves_the_board() -> None:
    site = site_of(*everything())

    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get(STREAM) as response:
            follow = Following(response)
            await follow.event("snapshot")
            for one in (level({"queue": "billing"}), alert()):
                topic, key = address(one)
                site.view.take(topic, key, None)
            update = json.loads((await follow.event("update"))[2])
            assert update["gone"] == [{"tenant": "acme", "name": "queue=billing"}]
            assert update["alerts_gone"] == [alert().id]

    visit(site, look)


def test_who_comes_back_gets_what_was_missed() -> None:
    site = site_of(*everything())

    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get(STREAM) as response:
            follow = Following(response)
            _, last, _ = await follow.event("snapshot")
            say(site.view, level({"queue": "billing"}, waiting=5, as_of=NOW_MS + 1))
            await follow.event("update")
        async with client.get(STREAM, headers={"Last-Event-ID": last}) as response:
            kind, _, data = await Following(response).event("snapshot", "update")
            assert kind == "update"
            assert json.loads(data)["rows"][0]["waiting"] == 5
        for unknown in ("other-0", "nonsense", f"{last}9", "", "x" * 300, "-", "boot-\u0663"):
            async with client.get(STREAM, headers={"Last-Event-ID": unknown}) as response:
                assert (await Following(response).event("snapshot", "update"))[0] == "snapshot"

    visit(site, look)


def test_a_board_of_one_tenant_sees_no_other() -> None:
    site = site_of(*everything())
    token = "one-tenant-token-of-characters"  # noqa: S105 - the test's own
    settings = ServeSettings(tokens=(TokenSettings(name="one", secret=token, tenants=("other",)),))  # type: ignore[arg-type]

    async def look(client: TestClient[Any, Any]) -> None:
        async with client.get(STREAM, headers={"Authorization": f"Bearer {token}"}) as response:
            follow = Following(response)
            snapshot = json.loads((await follow.event("snapshot"))[2])
            assert {row["tenant"] for row in snapshot["rows"]} == {"other"}
            assert snapshot["alerts"] == []
            say(site.view, level({"queue": "billing"}, as_of=NOW_MS + 1), level({"queue": "repairs"}, tenant="other", waiting=4))
            update = json.loads((await follow.event("update"))[2])
            assert {row["tenant"] for row in update["rows"]} == {"other"}

    visit(site, look, settings)


def change(hub: Hub, step: int) -> None:
    say(hub.site.view, level({"queue": "billing"}, as_of=NOW_MS + step))
    hub.publish()


def test_who_is_slow_gets_everything_anew_and_holds_up_nobody() -> None:
    hub = hub_of(*everything())
    hub.publish()
    with hub.subscribed(None, "") as slow, hub.subscribed(None, f"boot-{hub.number}") as late:
        slow.needs_snapshot = False
        for step in range(BUFFER):
            change(hub, step)
        assert len(slow.pending) == BUFFER
        late.pending.clear()
        change(hub, BUFFER)
        assert (slow.needs_snapshot, len(slow.pending), slow.resyncs, hub.resyncs) == (True, 0, 1, 1)
        assert (late.needs_snapshot, len(late.pending)) == (False, 1)
        change(hub, BUFFER + 1)
        assert len(slow.pending) == 0, "the snapshot will hold it"
    assert hub.site.streams == 0


def test_too_long_away_means_everything_anew() -> None:
    hub = hub_of(*everything())
    hub.publish()
    began = hub.number
    for step in range(KEPT + 1):
        change(hub, step)
    with hub.subscribed(None, f"boot-{began}") as board:
        assert board.needs_snapshot
    with hub.subscribed(None, f"boot-{began + 1}") as board:
        assert (board.needs_snapshot, len(board.pending)) == (False, KEPT)
    with hub.subscribed(None, f"boot-{hub.number}") as board:
        assert (board.needs_snapshot, len(board.pending)) == (False, 0)


def test_a_pipeline_begun_anew_clears_every_board() -> None:
    hub = hub_of(*everything())
    hub.publish()
    with hub.subscribed(None, f"boot-{hub.number}") as board:
        last = hub.number
        say(hub.site.view, level({"queue": "fresh"}), epoch=7)
        hub.publish()
        assert board.needs_snapshot
        snapshot = json.loads(hub.snapshot(None).split(b"data: ")[1])
        assert [row["name"] for row in snapshot["rows"]] == ["queue=fresh"]
    with hub.subscribed(None, f"boot-{last}") as board:
        assert board.needs_snapshot


def test_the_snapshot_of_all_is_made_once() -> None:
    hub = hub_of(*everything())
    assert hub.snapshot(None) is hub.snapshot(None)
    assert hub.snapshot(frozenset({"acme"})) != hub.snapshot(None)
    before = hub.snapshot(None)
    change(hub, 5)
    assert hub.snapshot(None) != before
