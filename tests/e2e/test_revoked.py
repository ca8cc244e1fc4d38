"""A device that is signed out from another one: its open page empties and leads to sign-in, by itself."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener
from tests.factories.site import Site, running_site

SignIn = Callable[[Page, str], None]
MEMBER, NEIGHBOUR, TREASURER = "0700000107", "0700000108", "0700000102"
KEPT = "caches.open('seen').then((seen) => seen.keys()).then((keys) => keys.length)"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def is_gone(page: Page) -> None:
    """Within two seconds, with nothing of it left to read, also not by the way back or without a connection."""
    page.wait_for_url(re.compile("/sign-in$"), timeout=2_000)
    expect(page.get_by_label("Phone number")).to_be_visible()
    assert "KES" not in page.content()
    assert page.evaluate(KEPT) == 0
    page.go_back()
    page.wait_for_url(re.compile("/sign-in$"))
    assert "KES" not in page.content()


def test_signing_another_device_out_closes_its_page(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    lost, mine, neighbour = (open_page(site.address, size) for size in (PHONE, DESK, PHONE))
    for page, phone in ((lost, MEMBER), (mine, MEMBER), (neighbour, NEIGHBOUR)):
        sign_in(page, phone)
        expect(page.get_by_text("KES 500.00").first).to_be_visible()
    lost.evaluate("navigator.serviceWorker.ready.then(() => true)")
    lost.reload()
    for _ in range(100):
        if lost.evaluate(KEPT):
            break
        lost.wait_for_timeout(100)
    assert lost.evaluate(KEPT)
    mine.goto("/profile")
    mine.get_by_role("button", name=re.compile("^Sign out of")).click()
    is_gone(lost)
    expect(neighbour).to_have_url(re.compile("/home/?$"))
    expect(mine).to_have_url(re.compile("/profile/?$"))


def test_signing_out_everywhere_closes_every_page(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    pages = [open_page(site.address, size) for size in (PHONE, DESK)]
    for page, place in zip(pages, ("/members", "/account"), strict=True):
        sign_in(page, TREASURER)
        page.goto(place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    pages[1].get_by_role("button", name="Sign out everywhere").click()
    pages[1].get_by_role("dialog").get_by_role("button", name=re.compile("Sign out")).click()
    for page in pages:
        page.wait_for_url(re.compile("/sign-in$"), timeout=3_000)
        assert "Njeri" not in page.content()
