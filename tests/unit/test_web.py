from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from agents.exporter import Exporter, process_registry
from agents.health import Readiness, Verdict
from agents.web import ListenError, WebServer, worker_routes
from tests.support.views import FixedStage


@asynccontextmanager
async def serving(stage: FixedStage, live: Callable[[], Verdict]) -> AsyncIterator[tuple[ClientSession, WebServer]]:
    exporter = Exporter([stage], "1.2.3")
    server = WebServer(worker_routes(exporter, process_registry(), live=live, ready=Readiness([stage])))
    await server.start()
    try:
        async with ClientSession(f"http://127.0.0.1:{server.port}") as session:
            yield session, server
    finally:
        await server.stop()


def alive() -> Verdict:
    return Verdict(ok=True, reason="advances")


def visit(stage: FixedStage, look: Callable[[ClientSession], Awaitable[None]], live: Callable[[], Verdict] = alive) -> None:
    async def main() -> None:
        async with serving(stage, live) as (session, _):
            await look(session)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("accept", "content_type", "last_line"),
    [
        ("", "text/plain", "python_info{"),
        ("text/plain;version=0.0.4", "text/plain", "python_info{"),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text", "# EOF"),
    ],
)
def test_metrics_speaks_what_the_scraper_asks_for(accept: str, content_type: str, last_line: str) -> None:
    async def look(session: ClientSession) -> None:
        async with session.get("/metrics", headers={"Accept": accept}) as response:
            text = await response.text()
            assert response.status == 200
            assert response.headers["Content-Type"].startswith(content_type)
            assert 'support_pipeline_build_info{version="1.2.3"} 1.0' in text
            assert "process_resident_memory_bytes" in text
            assert any(line.startswith(last_line) for line in text.splitlines())

    visit(FixedStage("tickets"), look)


def test_scrapes_at_the_same_time_all_answer() -> None:
    async def look(session: ClientSession) -> None:
        async def scrape() -> int:
            async with session.get("/metrics") as response:
                await response.read()
                return response.status

        assert await asyncio.gather(*(scrape() for _ in range(8))) == [200] * 8

    visit(FixedStage("tickets"), look)


def test_checks_answer_with_a_status_and_a_reason() -> None:
    stage = FixedStage("tickets", joined=False)

    async def look(session: ClientSession) -> None:
        async with session.get("/readyz") as response:
            assert (response.status, await response.text()) == (503, "tickets: waits for its consumer group\n")
        stage.joined = True
        async with session.get("/readyz") as response:
            assert (response.status, await response.text()) == (200, "tickets: owns 0\n")
        async with session.get("/livez") as response:
            assert (response.status, await response.text()) == (503, "tickets partition 0 has stood\n")

    visit(stage, look, lambda: Verdict(ok=False, reason="tickets partition 0 has stood"))


def test_it_listens_on_loopback_and_stops() -> None:
    async def main() -> int:
        async with serving(FixedStage("tickets"), alive) as (_, server):
            return server.port

    port = asyncio.run(main())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))  # free again


def test_a_taken_port_says_so() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            server = WebServer([], port=port)
            with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{port} "):
                await server.start()

    asyncio.run(main())
