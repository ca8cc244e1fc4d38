"""Two browsers: what one does shows on the other's open page, nobody reloads, and what is being typed stays."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.factories.site import Site, running_site

SignIn = Callable[[Page, str], None]
SOON_MS = 2000


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def send(page: Page, code: str) -> None:
    page.goto("/pay")
    page.get_by_label("M-Pesa code").fill(code)
    page.get_by_role("button", name="I have paid").click()
    page.get_by_text("To be confirmed").first.wait_for()


def bell(page: Page, words: str) -> None:
    expect(page.get_by_role("link", name=re.compile(words)).locator("visible=true").first).to_be_visible(
        timeout=SOON_MS
    )


def test_sent_confirmed_told_and_read_without_a_reload(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    treasurer, member = open_page(site.address, DESK), open_page(site.address, PHONE)
    sign_in(treasurer, "0700000102")
    treasurer.goto("/payments")
    expect(treasurer.get_by_text("Nothing waits for you")).to_be_visible()
    sign_in(member, "0700000103")
    send(member, "QGH7K2M4LA")
    row = treasurer.get_by_role("row").filter(has_text="QGH7K2M4LA")
    expect(row).to_be_visible(timeout=SOON_MS)
    expect(treasurer.get_by_role("link", name=re.compile("To confirm.*1 waits"))).to_be_visible(timeout=SOON_MS)
    member.goto("/home")
    expect(member.get_by_text("sent, to be confirmed").first).to_be_visible()
    row.get_by_role("button", name="Confirm").click()
    expect(member.get_by_text("You owe nothing")).to_be_visible(timeout=SOON_MS)
    bell(member, "2 new notifications")  # with that of the contribution, which was opened before she signed in
    assert_accessible(member)
    member.get_by_role("link", name=re.compile("2 new notifications")).click()
    expect(member.get_by_text(re.compile("Your payment of KES.500.00 is confirmed"))).to_be_visible()
    assert_accessible(member)
    assert_no_sideways_scroll(member)
    member.get_by_role("button", name="Mark all as read").click()
    bell(member, "none new")
    expect(member.get_by_role("button", name="Mark all as read")).to_have_count(0)
    member.get_by_role("button", name=re.compile("is confirmed")).click()
    expect(member).to_have_url(re.compile("/receipt"))


def test_what_is_typed_stays_and_nothing_moves(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    treasurer, first, second = (open_page(site.address, size) for size in (DESK, PHONE, PHONE))
    sign_in(first, "0700000104")
    send(first, "QGH7K2M4LB")
    sign_in(treasurer, "0700000102")
    treasurer.goto("/payments")
    treasurer.get_by_role("button", name="Reject").click()
    reason = treasurer.get_by_label("Reason")
    reason.fill("This code is not on")
    sign_in(second, "0700000105")
    send(second, "QGH7K2M4LC")
    expect(treasurer.get_by_role("row", include_hidden=True).filter(has_text="QGH7K2M4LC")).to_be_attached(
        timeout=SOON_MS
    )
    expect(reason).to_have_value("This code is not on")
    expect(reason).to_be_focused()
    treasurer.get_by_role("button", name="Cancel").or_(treasurer.locator(".dialog .btn--quiet")).first.click()
    first.get_by_role("button", name="Take it back").click()
    first.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    gone = treasurer.get_by_role("row").filter(has_text="QGH7K2M4LB")
    expect(gone.get_by_text("Taken back by the member.")).to_be_visible(timeout=SOON_MS)
    expect(gone.get_by_role("button")).to_have_count(0)
    assert_accessible(treasurer)


def test_the_list_at_the_desk(site: Site, open_page: Opener, sign_in: SignIn) -> None:
    admin = open_page(site.address, DESK)
    sign_in(admin, "0700000101")
    bell(admin, "2 new notifications")
    admin.goto("/notices")
    expect(admin.get_by_text("Payments wait to be confirmed.")).to_have_count(1)
    assert_accessible(admin)
    admin.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert_no_sideways_scroll(admin)
    admin.get_by_role("button", name=re.compile("Payments wait")).click()
    expect(admin).to_have_url(re.compile("/payments"))
    bell(admin, "1 new notification")
