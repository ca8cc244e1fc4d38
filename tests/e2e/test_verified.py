"""Books verified: a member keeps four words and finds them again; the same in Swahili, on a phone and at a desk."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site

SignIn = Callable[[Page, str], None]
MEMBER, TREASURER = "+919800000203", "+919800000202"


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_a_member_keeps_the_words_and_finds_them_again(
    demo_site: Site, open_page: Opener, sign_in: SignIn, size: dict[str, int], scheme: str
) -> None:
    page = open_page(demo_site.address, size, scheme)
    sign_in(page, MEMBER)
    page.goto("/passbook")
    page.get_by_role("link", name=re.compile("Books verified today")).click()
    page.wait_for_url("**/verified")
    page.get_by_text("All 155 entries, none changed.").wait_for()
    words = page.locator("[data-figure=words] li").all_inner_texts()
    assert len(words) == 4
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    if (keep := page.get_by_role("button", name="Keep these words")).count():
        keep.click()
    page.get_by_text("Still inside today's books").wait_for()
    page.get_by_label("Entry number").fill("155")
    page.get_by_label("Four words").fill(", ".join(words).upper())
    page.get_by_role("button", name="Look for them").click()
    page.get_by_text("Yes: the books up to entry 155").wait_for()
    page.get_by_label("Four words").fill("only three words")
    page.get_by_role("button", name="Look for them").click()
    page.get_by_text("“three” is none of the words").wait_for()
    page.get_by_label("Four words").fill("acid acorn acre acts")
    page.get_by_role("button", name="Look for them").click()
    page.get_by_text("No: entry 155 has other words.").wait_for()
    assert_accessible(page)


def test_it_is_said_in_swahili_and_opens_from_the_books(demo_site: Site, open_page: Opener, sign_in: SignIn) -> None:
    page = open_page(demo_site.address, DESK)
    sign_in(page, TREASURER)
    page.goto("/books")
    page.get_by_role("link", name=re.compile("Books verified today")).click()
    page.wait_for_url("**/books/verified")
    page.get_by_text("152 signed receipts agree").wait_for()
    assert_accessible(page)
    page.context.add_cookies([{"name": "sanduk-language", "value": "sw", "url": demo_site.address}])
    page.goto("/books/verified")
    page.get_by_role("heading", name="Je, daftari halijabadilishwa?").wait_for()
    page.get_by_text("Maingizo yote 155, hakuna lililobadilishwa.").wait_for()
