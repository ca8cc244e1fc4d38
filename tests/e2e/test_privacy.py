"""Amounts that are hidden on this device: on every screen of a member, for the ear too, and without a connection."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site

SignIn = Callable[[Page, str], None]
MEMBER = "0700000107"
BARE = """[...document.querySelectorAll("main *")].filter((one) => !one.closest("[data-covered=yes], label")
  && [...one.childNodes].some((node) => node.nodeType === 3 && /KES|\\d\\.\\d\\d/.test(node.data))).length"""


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_one_tap_hides_every_amount_and_one_shows_them(
    demo_site: Site, open_page: Opener, sign_in: SignIn, size: dict[str, int], scheme: str
) -> None:
    page = open_page(demo_site.address, size, scheme)
    sign_in(page, MEMBER)
    owed = page.get_by_text("KES 500.00").first
    expect(owed).to_be_visible()
    eye = page.get_by_role("button", name="Hide amounts")
    expect(eye).to_have_attribute("aria-pressed", "false")
    eye.click()
    expect(eye).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("link", name="Pay now Amount hidden")).to_be_visible()
    for path in ("/pay", "/statement", "/passbook", "/rules", "/notifications", "/home"):
        page.goto(path)
        expect(page.locator("main .skeleton")).to_have_count(0)
        page.wait_for_timeout(300)
        assert page.evaluate(BARE) == 0, path
        assert_accessible(page)
        assert_no_sideways_scroll(page)
    hidden = page.get_by_role("button", name="Amount hidden, show it")
    assert owed.evaluate("(one) => getComputedStyle(one).color") == "rgba(0, 0, 0, 0)"
    hidden.focus()
    page.keyboard.press("Enter")
    expect(hidden).to_have_count(0)
    assert owed.evaluate("(one) => getComputedStyle(one).color") != "rgba(0, 0, 0, 0)"
    page.get_by_role("button", name="Hide amounts").click()
    assert page.locator("[data-covered=yes]").count() == 0


def test_the_choice_is_on_the_profile_and_holds_without_a_connection(
    demo_site: Site, open_page: Opener, sign_in: SignIn
) -> None:
    page = open_page(demo_site.address, PHONE)
    sign_in(page, MEMBER)
    page.goto("/home")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/profile")
    page.get_by_role("button", name="Hide", exact=True).click()
    expect(page.get_by_role("button", name="Hide", exact=True)).to_have_attribute("aria-pressed", "true")
    page.goto("/home")
    expect(page.get_by_role("link", name="Pay now Amount hidden")).to_be_visible()
    for _ in range(100):
        if page.evaluate("caches.open('seen').then((seen) => seen.match('/home')).then(Boolean)"):
            break
        page.wait_for_timeout(100)
    page.context.set_offline(True)
    page.goto("/home")
    expect(page.get_by_role("status")).to_contain_text("No connection")
    expect(page.get_by_role("link", name="Pay now Amount hidden")).to_be_visible()
    one = page.get_by_role("button", name="Amount hidden, show it")
    one.click()
    expect(one).to_have_count(0)
    page.context.set_offline(False)
