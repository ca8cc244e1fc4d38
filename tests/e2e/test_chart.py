"""Today's chart: drawn on a desk beside its table, in both themes; a phone never asks for Plotly."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible
from tests.factories.site import Site

TREASURER = "0700000102"
BAR = ".chart .trace.bars path"


def scripts(page: Page) -> list[str]:
    """Addresses of all that the page asks for, from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def colour(page: Page) -> str:
    return page.locator(BAR).first.evaluate("bar => getComputedStyle(bar).fill")


def test_a_desk_draws_the_ranking_beside_its_table(
    demo_site: Site, open_page: Opener, sign_in: Callable[[Page, str], None]
) -> None:
    page = open_page(demo_site.address, DESK)
    sign_in(page, TREASURER)
    page.goto("/today")
    expect(page.locator(".chart--drawn")).to_be_visible()
    expect(page.locator(f"{BAR}").first).to_be_attached()
    expect(page.locator(".chart .annotation")).to_have_count(14)
    expect(page.locator(".chart + .tbl-box tbody tr")).to_have_count(14)
    light = colour(page)
    page.emulate_media(color_scheme="dark")
    expect(page.locator(BAR).first).not_to_have_css("fill", light)
    assert_accessible(page)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(page.locator(".chart--drawn")).to_have_count(0)
    expect(page.locator(".chart svg")).to_have_count(0)


def test_a_phone_never_asks_for_plotly(
    demo_site: Site, open_page: Opener, sign_in: Callable[[Page, str], None]
) -> None:
    page = open_page(demo_site.address, PHONE)
    sign_in(page, TREASURER)
    asked = scripts(page)
    page.goto("/today")
    expect(page.locator("tbody tr")).to_have_count(14)
    page.wait_for_timeout(4000)  # longer than a desk waits before it asks
    assert [address for address in asked if re.search("plotly", address)] == []
    expect(page.locator(".chart svg")).to_have_count(0)
