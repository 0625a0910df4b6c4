"""The board for everybody: on a phone, in the dark, for screen readers, without motion. axe-core finds nothing serious."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import AXE, Centre

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
