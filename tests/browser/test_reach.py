"""The board for everybody: on a phone, in the dark, for screen readers, without motion. axe-core finds nothing serious."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import AXE, Centre
from tests.support.centre import alert

pytestmark = pytest.mark.browser

PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
_SERIOUS = {"serious", "critical"}


def shown(chromium: Browser, url: str, wait: str, **options: object) -> Page:
    context = chromium.new_context(locale="en-GB", bypass_csp=True, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    expect(page.locator(wait).first).to_be_visible(timeout=20_000)
    return page


@pytest.mark.parametrize(
    ("path", "wait", "viewport", "scheme"),
    [
        ("", "#rows tr", WIDE, "light"),
        ("", "#rows tr", WIDE, "dark"),
        ("", "#rows tr", PHONE, "light"),
        ("#/s/acme/queue%3Dbilling", "#detail .due", WIDE, "light"),
        ("#/s/acme/queue%3Dbilling", "#detail .due", PHONE, "dark"),
        ("#/t/acme/T3", "#detail .clocks", WIDE, "dark"),
        ("docs", "main", WIDE, "light"),
    ],
)
def test_axe_finds_nothing_serious(
    chromium: Browser, centre: Centre, path: str, wait: str, viewport: dict[str, int], scheme: str
) -> None:
    page = shown(chromium, centre.url + path, wait, viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        f"{one['id']}: {one['help']} - {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found["violations"]
        if one["impact"] in _SERIOUS
    ]
    page.context.close()
    assert not serious


def test_a_phone_shows_everything_without_scrolling_sideways(chromium: Browser, centre: Centre) -> None:
    page = shown(chromium, centre.url, "#rows tr", viewport=PHONE, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    row = page.locator("#rows tr", has_text="billing")
    expect(row.locator("td.waiting")).to_be_visible()
    row.get_by_role("link").tap()
    expect(page.locator("#detail-title")).to_have_text("billing")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Close").tap()
    expect(row).to_be_visible()
    page.context.close()


def test_on_a_phone_nothing_lies_over_an_alerts_words(chromium: Browser, centre: Centre) -> None:
    now = centre.now()
    said = "technical: 6 people are missing: 7 needed, 1 there, 7 on the rota; 44 contacts an hour come, 13 customers wait"
    centre.tell(
        alert(onset_at=now, raised_at=now, as_of=now, summary=said, action="Call 6 people for 30m. Those of the rota first.")
    )
    page = shown(chromium, centre.url, ".alert .todo", viewport=PHONE)
    expect(page.locator(".alert p").first).to_contain_text("44 contacts")
    parts = [page.locator(f".alert {part}").first.bounding_box() for part in (".kind", "p", ".todo", ".people")]
    edges = [(box["y"], box["y"] + box["height"]) for box in parts if box is not None]
    assert len(edges) == 4
    assert all(end <= begin + 1 for (_, end), (begin, _) in pairwise(edges)), edges
    page.context.close()


def test_a_table_stays_a_table_for_those_who_listen(chromium: Browser, centre: Centre) -> None:
    page = shown(chromium, centre.url, "#rows tr", viewport=PHONE)
    table = page.get_by_role("table", name="One row for each queue")
    expect(table.get_by_role("rowheader")).to_have_count(3)
    expect(table.get_by_role("columnheader").first).to_have_attribute("aria-sort", "descending")
    page.context.close()


def test_the_dark_is_dark_and_can_be_chosen(chromium: Browser, centre: Centre) -> None:
    page = shown(chromium, centre.url, "#rows tr", viewport=WIDE, color_scheme="dark")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(paper)
    page.get_by_role("button", name="Light").click()
    light = page.evaluate(paper)
    page.reload()
    expect(page.locator("#rows tr").first).to_be_visible(timeout=20_000)
    assert (page.evaluate(paper), dark) == (light, "rgb(15, 19, 23)")
    page.context.close()


def test_nothing_moves_for_those_who_asked(chromium: Browser, centre: Centre) -> None:
    page = shown(chromium, centre.url, "#rows tr", viewport=WIDE, reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0
    page.context.close()


_MARKS = """
names => Object.fromEntries([...document.querySelectorAll('#rows tr')].map(row => [
  row.querySelector('th a').textContent,
  ['th a', ...names.map(name => `td.${name} span`)].map(part => getComputedStyle(row.querySelector(part), '::before').content),
]))
"""


def test_what_colour_says_a_sign_says_too(chromium: Browser, centre: Centre) -> None:
    page = shown(chromium, centre.url, "td.gap", viewport=WIDE)
    marks = page.evaluate(_MARKS, ["difference", "risk", "breached", "gap"])
    signs = {name: [content.split('"')[1].strip() if '"' in content else "" for content in row] for name, row in marks.items()}
    # An alert, twice the usual, a promise at risk, none broken; who is short of people, and where nobody can tell.
    assert signs == {
        "technical": ["▲", "▲", "△", "", ""],
        "billing": ["△", "▲", "△", "", "▲"],
        "orders": ["△", "▲", "△", "", "△"],
    }
    page.context.close()
