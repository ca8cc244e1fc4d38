"""The admin clears what was tried, with the group's code typed and a fresh one-time code, then goes live for good."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, running_site

SignIn = Callable[[Page, str], None]
ADMIN, MEMBER = "0700000101", "0700000103"


@pytest.fixture
def site() -> Iterator[Site]:
    """The product with its demo, for one test that writes."""
    with running_site() as made:
        yield made


def type_the_code(page: Page, site: Site) -> None:
    """The newest one sent to the admin's own phone."""
    code = page.get_by_role("dialog").get_by_label("code")
    expect(code).to_be_visible()
    code.fill(site.codes("+254700000101")[-1])
    code.press("Enter")


def test_what_was_tried_is_cleared_once_and_what_is_live_never(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    member, page = open_page(site.address, PHONE), open_page(site.address, DESK)
    sign_in(member, MEMBER)
    member.goto("/pay")
    member.get_by_label("M-Pesa code").fill("UKL7X4P9QA")
    member.get_by_role("button", name=re.compile("I have paid")).click()
    expect(member.get_by_role("heading", name="To be confirmed")).to_be_visible()
    sign_in(page, ADMIN)
    page.goto("/settings")
    page.get_by_role("button", name="Clear and begin anew").click()
    page.locator("[name=typed]").fill("yes")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.locator("#typed-problem")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_accessible(page)
    code = re.search(r"[2-9A-HJ-NP-Z]{6}", page.locator("label[for=typed]").inner_text())
    assert code
    page.locator("[name=typed]").fill(code[0].lower())
    page.get_by_role("button", name="Send me a code").click()
    expect(page.locator("[name=typed]")).to_have_count(0)
    type_the_code(page, site)
    page.wait_for_url(re.compile("/today"))
    page.goto("/payments")
    expect(page.get_by_text("UKL7X4P9QA")).to_have_count(0)
    page.goto("/members")
    expect(page.get_by_text("74 members")).to_be_visible()
    page.goto("/settings")
    expect(page.get_by_text(code[0])).to_have_count(0)
    page.get_by_role("button", name="Go live", exact=True).first.click()
    type_the_code(page, site)
    expect(page.get_by_text("The group is live.")).to_be_visible()
    expect(page.get_by_role("button", name="Clear and begin anew")).to_have_count(0)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert_no_sideways_scroll(page)
    member.goto("/home")
    expect(member.get_by_text("(practice)").first).to_be_visible()
    member.goto("/pay")
    expect(member.get_by_text("UKL7X4P9QA").first).to_be_visible()
