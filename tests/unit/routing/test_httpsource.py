"""Signals over HTTP, from the real application: the reader's promises hold as they do with Redis."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from agents.clock import ManualClock
from agents.routing import Fresh, SignalReader, SourceError, Stale, Unknown
from agents.routing.httpsource import HttpSettings, HttpSource
from agents.serve.settings import Scope, ServeSettings, TokenSettings
from agents.serve.site import Site
from examples import router
from pipeline.config import MINUTE_MS
from tests.support.centre import NOW_MS, address, everything, level, site_of
from tests.support.serving import served_aside

TOKEN = "a-token-of-twenty-characters-or-more"  # noqa: S105 - of a server that lives for one test
PLACE = ("acme", "billing")


def source_of(where: str, **options: object) -> HttpSource:
    return HttpSource(HttpSettings.model_validate({"address": where, "timeout": "5s", **options}))


def say(site: Site, waiting: int, as_of: int) -> None:
    one = level({"queue": "billing"}, waiting=waiting, as_of=as_of)
    topic, key = address(one)
    site.take(topic, key, msgspec.json.encode(one), as_of)


def test_a_router_reads_what_the_board_composes_as_it_changes() -> None:
    site = site_of(*everything())
    with served_aside(site) as where, contextlib.closing(source_of(where)) as source:
        reader = SignalReader(source, clock=ManualClock(NOW_MS + 7))
        assert reader.read_all() == {
            tuple(queue): Fresh(signal, 7) for queue in site.routing.queues() if (signal := site.routing.signal(queue))
        }
        assert reader.read(*PLACE) == reader.read_all()[PLACE], "unchanged: 304, and the same again"
        say(site, 9, NOW_MS + 1)
        reading = reader.read(*PLACE)
        assert isinstance(reading, Fresh)
        assert (reading.signal.waiting, reading.age_ms) == (9, 6)
        assert reader.read("acme", "nowhere") == Unknown("it is gone from the source")


def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.routing.httpsource._PAGE", 1)
    site = site_of(*everything())
    with served_aside(site) as where, contextlib.closing(source_of(where)) as source:
        assert source.fetch_all().keys() == site.routing.queues()


def test_a_server_that_is_away_or_emptied_changes_nothing_before_the_expiry() -> None:
    clock = ManualClock(NOW_MS)
    site = site_of(*everything())
    with served_aside(site) as where:
        source = source_of(where)
        reader = SignalReader(source, clock=clock)
        assert isinstance(reader.read(*PLACE), Fresh)
        server_clock = site.clock
        assert isinstance(server_clock, ManualClock)
        server_clock.advance(MINUTE_MS)
        assert isinstance(reader.read(*PLACE), Fresh), "this machine's clock decides what is fresh here"
    clock.advance(MINUTE_MS - 1)
    assert isinstance(reader.read(*PLACE), Fresh)
    clock.advance(1)
    reading = reader.read(*PLACE)
    assert isinstance(reading, Stale)
    assert "the source does not answer" in reading.reason
    source.close()


def test_a_replica_that_lags_is_not_believed() -> None:
    ahead, behind = site_of(*everything()), site_of(*everything())
    say(ahead, 9, NOW_MS + 1)
    reader = SignalReader(source_of("http://127.0.0.1:1"), clock=ManualClock(NOW_MS + 1))
    for site in (ahead, behind):
        with served_aside(site) as where, contextlib.closing(source_of(where)) as source:
            reader._source = source
            reading = reader.read(*PLACE)
            assert isinstance(reading, Fresh)
            assert reading.signal.waiting == 9


def test_a_refusal_says_what_to_do() -> None:
    token = TokenSettings.model_validate({"name": "router", "secret": TOKEN, "scopes": [Scope.ROUTE]})
    site = site_of(*everything())
    with served_aside(site, ServeSettings(tokens=(token,))) as where:
        with contextlib.closing(source_of(where)) as source, pytest.raises(SourceError, match=r"401: A token is needed.*Bearer"):
            source.fetch(*PLACE)
        with contextlib.closing(source_of(where, token=TOKEN)) as source:
            assert source.fetch(*PLACE) is not None
            site.reading.caught_up = False
            with pytest.raises(SourceError, match=r"503: .* still being read"):
                source.fetch_all()


class _Elsewhere(http.server.BaseHTTPRequestHandler):
    """Some other server: speaks HTTP/1.1, then closes without a word; it has no routing signals."""

    protocol_version = "HTTP/1.1"
    bodies: list[tuple[int, bytes]]

    def do_GET(self) -> None:
        status, body = self.bodies.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class says so
        pass


@contextmanager
def elsewhere(*bodies: tuple[int, bytes]) -> Iterator[str]:
    handler = type("Handler", (_Elsewhere,), {"bodies": list(bodies)})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)


def test_a_server_that_is_none_of_ours_is_told_and_a_closed_connection_is_opened_again() -> None:
    empty = b'{"items":[],"next":null}'
    with (
        elsewhere((200, b"<html>"), (200, empty), (200, empty), (302, b""), (500, b"{}")) as where,
        contextlib.closing(source_of(where)) as source,
    ):
        with pytest.raises(SourceError, match="holds no routing signals"):
            source.fetch(*PLACE)
        assert source.fetch(*PLACE) is None
        assert source.fetch_all() == {}
        with pytest.raises(SourceError, match="302"):
            source.fetch(*PLACE)
        with pytest.raises(SourceError, match="500:"):
            source.fetch(*PLACE)
    with pytest.raises(SourceError, match="ConnectionRefused"):
        source.fetch(*PLACE)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"address": "redis:6379"}, "http://host:port"),
        ({"address": "http://kim:secret@serve:8090"}, "without a user name"),
        ({"address": "http://serve:8090", "token": TOKEN}, "unprotected"),
        ({"timeout": "2m"}, "10ms to 60s"),
    ],
)
def test_settings_that_are_refused(options: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        HttpSettings.model_validate(options)


def test_the_example_router_reads_over_http(capsys: pytest.CaptureFixture[str]) -> None:
    site = site_of(*everything())
    with served_aside(site) as where:
        router.main(["--http", where, "--once"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert all("static rules" in line for line in lines), "the centre's numbers are of another year: stale for a real clock"
