"""Every screen: no violation that axe knows, nothing that scrolls sideways at 320 px, no error in the console."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site

PUBLIC = ("/", "/sign-in", "/c", "/c/2345678ABCDEF", "/no-group", "/join", "/join/2345678ABCDEF", "/trouble")
SIGNED_IN = {
    "0700000103": ("/home", "/pay", "/passbook", "/statement", "/welfare", "/profile"),
    "0700000102": (
        "/today",
        "/payments",
        "/collections",
        "/claims",
        "/members",
        "/member",
        "/joining",
        "/account",
        "/import",
        "/receipts",
        "/books",
        "/audit",
        "/reports",
        "/reports/programmes",
    ),
    "0700000101": ("/admin/people", "/settings", "/admin/welfare"),
    "0700000001": ("/staff", "/staff/jobs", "/staff/account"),
}
NARROW = {"width": 320, "height": 640}


def look(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("h1").first).to_be_attached()
    expect(page.locator(".sk")).to_have_count(0)
    assert_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_public_screens(demo_site: Site, open_page: Opener, scheme: str) -> None:
    for size in (PHONE, DESK):
        page = open_page(demo_site.address, size, scheme)
        for path in PUBLIC:
            look(page, path)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for path in PUBLIC:
        page.goto(path)
        assert_no_sideways_scroll(page)


@pytest.mark.parametrize("phone", SIGNED_IN)
def test_signed_in_screens(
    demo_site: Site, open_page: Opener, sign_in: Callable[[Page, str], None], phone: str
) -> None:
    page = open_page(demo_site.address, PHONE)
    sign_in(page, phone)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            for path in SIGNED_IN[phone]:
                look(page, path)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for path in SIGNED_IN[phone]:
        page.goto(path)
        expect(page.locator(".sk")).to_have_count(0)
        assert_no_sideways_scroll(page)


def test_a_wrong_code_is_named_with_its_fix(demo_site: Site, open_page: Opener) -> None:
    page = open_page(demo_site.address, PHONE)
    page.goto("/sign-in")
    page.get_by_label("Phone number").fill("0712")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("alert")).to_contain_text("too short")
    assert_accessible(page)
    page.get_by_label("Phone number").fill("0700000104")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Six-digit code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)


def test_a_stranger_sees_no_page(demo_site: Site, open_page: Opener) -> None:
    page = open_page(demo_site.address, DESK)
    for path in ("/today", "/home", "/books", "/staff", "/admin/people"):
        page.goto(path)
        page.wait_for_url("**/sign-in")


def test_a_member_is_led_back_from_the_treasurers_pages(
    demo_site: Site, open_page: Opener, sign_in: Callable[[Page, str], None]
) -> None:
    page = open_page(demo_site.address, PHONE)
    sign_in(page, "0700000105")
    page.goto("/today")
    page.wait_for_url(re.compile(r"/home/?$"))
