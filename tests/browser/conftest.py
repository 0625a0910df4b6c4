"""A real Chromium, a real server over a broker of its own, and somebody who writes what a pipeline would say."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from agents.clock import SystemClock
from agents.embedded import EmbeddedBroker
from agents.settings import Settings
from agents.topicadmin import apply
from pipeline.config import MINUTE_MS
from pipeline.responders.events import Presence
from pipeline.signals import ServiceLevel
from tests.support.boardprocess import ServeProcess, Teller
from tests.support.centre import CHANNELS, QUEUES, Said, alert, level, presence, responder, staffing, ticket

AXE = Path(__file__).parent / "vendor" / "axe" / "axe.min.js"
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this machine; Playwright's own is not needed."""
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is missing (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


class Centre:
    """A server and who feeds it."""

    def __init__(self, server: ServeProcess, teller: Teller) -> None:
        self.server = server
        self.teller = teller
        self.url = server.url
        self.clock = SystemClock()

    def now(self) -> int:
        return self.clock.now_ms()

    def tell(self, *said: Said) -> None:
        self.teller.tell(*said)

    def usual(self, *, seconds: int = 600) -> None:
        """Say a small centre, fresh for so long."""
        now = self.now()
        segments: list[dict[str, str]] = [{}]
        segments += [{"queue": queue} for queue in QUEUES]
        segments += [{"channel": channel} for channel in CHANNELS]
        segments += [{"queue": queue, "channel": channel} for queue in QUEUES for channel in CHANNELS]
        self.tell(*(fresh(now, segment, seconds) for segment in segments))
        self.tell(fresh(now, {"queue": "billing"}, seconds, staffing=staffing()))
        self.tell(fresh(now, {"queue": "orders"}, seconds, staffing=staffing(3, None)))
        self.tell(responder("kim", load=1, at=now, skills=("refunds",)), responder("ann", Presence.AWAY, at=now), presence(now))
        self.tell(responder("bob", Presence.OFFLINE, at=now, activity=None))
        self.tell(*(ticket(f"T{number}", now + number * MINUTE_MS, queue=QUEUES[number % 3]) for number in range(1, 9)))
        self.tell(ticket("T90", now - MINUTE_MS, state="breached"))
        self.tell(alert(onset_at=now - 10 * MINUTE_MS, raised_at=now - 5 * MINUTE_MS, as_of=now))


def fresh(now: int, segment: dict[str, str], seconds: int = 600, **changes: object) -> ServiceLevel:
    """Build service levels of now."""
    return level(segment, as_of=now, expires_at=now + seconds * 1_000, **changes)


@pytest.fixture
def open_centre(broker: EmbeddedBroker, request: pytest.FixtureRequest) -> Iterator[Callable[..., Centre]]:
    """Start a server over topics of its own: `open_centre(more="...")` adds to its configuration."""
    opened: list[tuple[ServeProcess, Teller]] = []

    def start(more: str = "") -> Centre:
        prefix = f"b{abs(hash((request.node.nodeid, len(opened)))) % 10**9}."
        server = ServeProcess(broker.bootstrap, prefix, more)
        apply(Settings.model_validate(tomllib.loads(server.text())))
        teller = Teller(broker.bootstrap, prefix)
        opened.append((server, teller))
        server.start()
        return Centre(server, teller)

    yield start
    for server, teller in opened:
        teller.close()
        server.close()


@pytest.fixture
def centre(open_centre: Callable[..., Centre]) -> Centre:
    """A small centre that has been said."""
    made = open_centre()
    made.usual()
    return made


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Europe/Berlin")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must not complain and must not ask anybody else."""
    made = context.new_page()
    complaints: list[str] = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda said: complaints.append(said.text) if said.type == "error" and "csp" in said.text.lower() else None)
    made.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith("http://127.0.0.1:") else None)
    yield made
    assert not complaints
